//! `import`: what each BGP session may bring in.

use super::column::{OfGate, family_of, policy, protocol};
use super::passed::{evidence, flag, key};
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{Gate, Host, ImportChannel};
use crate::seen::Seen;
use crate::snapshot::Source;

impl OfGate for ImportChannel {
    fn gate(&self) -> &Gate {
        &self.gate
    }
}

/// The relation.
pub(super) static IMPORT: Relation<ImportChannel> = Relation {
    name: "import",
    about: "a channel of a BGP session, which routes its import filter lets pass and with what local preference",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &["session", "policy", "preference", "accepts-own", "accepts-default"],
    fields: &[
        protocol("session"),
        Field {
            name: "neighbour",
            about: "the neighbour's address",
            kind: Kind::Address,
            get: |row, _| row.neighbour.clone().map(Value::Address),
        },
        family_of(),
        policy("the import statement"),
        Field {
            name: "preference",
            about: "the local preferences that accepted routes can have; absent where nothing is accepted",
            kind: Kind::Texts,
            get: |row, _| {
                let texts = |numbers: Vec<u32>| numbers.iter().map(ToString::to_string).collect();
                row.preferences.clone().map(|numbers| Value::Texts(texts(numbers)))
            },
        },
        Field {
            name: "wanted",
            about: "the local preference that intent asks for: 220 from the same site, 180 from the same region, \
                    120 across regions; absent without intent's sites or regions",
            kind: Kind::Number("local preference"),
            get: |row, _| row.wanted.clone().map(|wanted| Value::Number(wanted.into())),
        },
        Field {
            name: "as-wanted",
            about: "every accepted route gets the local preference that intent asks for",
            kind: Kind::Flag,
            get: |row, _| as_wanted(row).map(Value::Flag),
        },
        Field {
            name: "accepts-own",
            about: "a route to one of this node's own planes, or within one, is accepted",
            kind: Kind::Flag,
            get: |row, _| flag(&row.own),
        },
        Field {
            name: "accepts-third",
            about: "a route to a plane of a node that is neither this one nor the neighbour is accepted",
            kind: Kind::Flag,
            get: |row, _| flag(&row.third),
        },
        Field {
            name: "accepts-default",
            about: "a default route is accepted",
            kind: Kind::Flag,
            get: |row, _| flag(&row.default),
        },
        Field {
            name: "limited",
            about: "received or imported routes have a limit; absent where nothing is imported",
            kind: Kind::Flag,
            get: |row, _| row.limited.clone().map(Value::Flag),
        },
    ],
    rows: |host, give| host.import_channels().into_iter().for_each(give),
    tell,
};

fn as_wanted(row: &ImportChannel) -> Seen<bool> {
    match (&row.wanted, &row.preferences) {
        (Seen::Known(wanted), Seen::Known(found)) => Seen::Known(found.iter().all(|number| number == wanted)),
        (Seen::Known(_), Seen::Unseen(why)) | (Seen::Unseen(why), _) => Seen::Unseen(why.clone()),
        (Seen::Absent, _) | (_, Seen::Absent) => Seen::Absent,
    }
}

fn tell(row: &ImportChannel, _: &Host<'_>) -> Story {
    let first = row.own.known().or(row.third.known()).or(row.default.known());
    Story {
        key: key(&row.gate),
        culprit: match as_wanted(row) {
            Seen::Known(false) => row.gate.policy.clone(),
            Seen::Known(true) | Seen::Absent | Seen::Unseen(_) => "what neighbours may teach".to_owned(),
        },
        subject: row.gate.protocol.clone(),
        sentence: sentence(row),
        evidence: evidence(&row.gate, &[first]),
        now: Vec::new(),
        for_good: as_wanted(row).known().filter(|fits| !**fits).map(|_| {
            let wanted = row.wanted.known().copied().unwrap_or_default();
            format!("{}: an import filter that sets `bgp_local_pref = {wanted};`", row.gate.line.place)
        }),
        undo: Vec::new(),
        ..Story::default()
    }
}

/// Words with commas and a last `and`.
fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn sentence(row: &ImportChannel) -> String {
    let mut parts: Vec<String> = preference(row).into_iter().collect();
    let accepts = [
        (row.own.known().is_some(), "this node's own planes"),
        (row.third.known().is_some(), "planes of third nodes"),
        (row.default.known().is_some(), "a default route"),
    ];
    let accepted: Vec<&str> =
        accepts.into_iter().filter(|(accepts, _)| *accepts).map(|(_, what)| what).collect();
    let limit = if row.limited == Seen::Known(false) { ", without a limit" } else { "" };
    let unseen = [&row.own, &row.third, &row.default].into_iter().find_map(|answer| answer.unseen());
    let unseen = unseen.or(row.preferences.unseen()).filter(|_| accepted.is_empty() && parts.is_empty());
    if let Some(why) = unseen {
        return format!(
            "what `{}` of {} lets pass is not known: {}",
            row.gate.policy, row.gate.protocol, why.reason
        );
    }
    match (accepted.is_empty(), parts.is_empty(), limit.is_empty()) {
        (false, _, _) => parts.push(format!("would accept {}{limit}", and(&accepted))),
        (true, _, false) => parts.push("has no limit".to_owned()),
        (true, true, true) => {
            parts.push("accepts no own plane, no third node's plane and no default route".to_owned())
        }
        (true, false, true) => {}
    }
    format!("`{}` of {} {}", row.gate.policy, row.gate.protocol, parts.join("; "))
}

/// The local preference, where it is not as intent asks.
fn preference(row: &ImportChannel) -> Option<String> {
    let found = row.preferences.known().filter(|_| as_wanted(row) == Seen::Known(false))?;
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    let wanted = row.wanted.known()?;
    Some(format!(
        "gives local preference {}, and intent's sites and regions ask for {wanted}",
        found.join(" or ")
    ))
}
