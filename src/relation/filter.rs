//! `filter`: the filters that BIRD's channels use, and what of their code does nothing.

use super::passed::{FAMILIES, family};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::Evidence;
use crate::host::{FilterCode, Host};
use crate::seen::Seen;
use crate::snapshot::Source;

/// The relation.
pub(super) static FILTER: Relation<FilterCode> = Relation {
    name: "filter",
    about: "a filter that some channel uses, and the parts of it that do nothing",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &[],
    fields: &[
        Field {
            name: "name",
            about: "its name; of a nameless one the place",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.name.clone())),
        },
        Field {
            name: "families",
            about: "the families of the channels that use it",
            kind: Kind::Words(FAMILIES),
            get: |row, _| Seen::Known(Value::Words(row.families.iter().map(|of| family(*of)).collect())),
        },
        Field {
            name: "dead",
            about: "how many of its commands no route gets to, whatever it is, and of its functions BIRD never runs",
            kind: Kind::Number("commands"),
            get: |row, _| match row.lost.len() {
                0 => row.dead.clone().map(|dead| Value::Number(dead.len() as u64)),
                lost => Seen::Known(Value::Number((lost + dead(row).len()) as u64)),
            },
        },
        Field {
            name: "foreign",
            about: "how many of its tests compare the network with prefixes of a family that never comes",
            kind: Kind::Number("tests"),
            get: |row, _| Seen::Known(Value::Number(row.foreign.len() as u64)),
        },
    ],
    rows: |host, give| host.filters().into_iter().for_each(give),
    tell,
};

fn tell(row: &FilterCode, _: &Host<'_>) -> Story {
    let daemon = if row.daemon == "bird" { String::new() } else { format!("{} ", row.daemon) };
    let mut evidence = [row.foreign.as_slice(), row.lost.as_slice()].concat();
    evidence.extend(dead(row).iter().filter(|line| !row.foreign.contains(line)).cloned());
    evidence.push(row.line.clone());
    Story {
        key: format!("{daemon}{}", row.name),
        culprit: row.name.clone(),
        subject: row.name.clone(),
        sentence: sentence(row),
        evidence,
        now: Vec::new(),
        for_good: None,
        undo: Vec::new(),
        ..Story::default()
    }
}

fn dead(row: &FilterCode) -> &[Evidence] {
    row.dead.known().map_or(&[], Vec::as_slice)
}

fn sentence(row: &FilterCode) -> String {
    let at = |lines: &[Evidence]| lines.iter().map(|line| line.place.clone()).collect::<Vec<_>>().join(", ");
    let families: Vec<&str> = row.families.iter().map(|of| family(*of)).collect();
    let mut parts = Vec::new();
    if !row.foreign.is_empty() {
        let families = families.join(" and ");
        parts.push(format!(
            "compares {families} networks with prefixes of another family ({})",
            at(&row.foreign)
        ));
    }
    if !row.lost.is_empty() {
        let what = "calls what BIRD never runs, a function whose name is a keyword";
        parts.push(format!("{what} ({})", at(&row.lost)));
    }
    if !dead(row).is_empty() {
        parts.push(format!("has commands that no route gets to ({})", at(dead(row))));
    }
    match (&row.dead, parts.is_empty()) {
        (Seen::Unseen(why), true) => format!("filter {}: {}", row.name, why.reason),
        (_, true) => format!("every command of filter {} has routes that get to it", row.name),
        (_, false) => format!("filter {} {}", row.name, parts.join(", and ")),
    }
}
