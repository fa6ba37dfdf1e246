//! `import`: what each BGP session may bring in.

use super::passed::{FAMILIES, evidence, family, flag, key};
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{Host, ImportChannel};
use crate::seen::Seen;
use crate::snapshot::Source;

/// The relation.
pub(super) static IMPORT: Relation<ImportChannel> = Relation {
    name: "import",
    about: "a channel of a BGP session, which routes its import filter lets pass and with what local preference",
    needs: &[Source::BirdConfig],
    reads: &[],
    fields: &[
        Field {
            name: "session",
            about: "the protocol's name",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.gate.protocol.clone())),
        },
        Field {
            name: "neighbour",
            about: "the neighbour's address",
            kind: Kind::Address,
            get: |row, _| row.neighbour.clone().map(Value::Address),
        },
        Field {
            name: "family",
            about: "the family of the channel's routes",
            kind: Kind::Word(FAMILIES),
            get: |row, _| Seen::Known(Value::Word(family(row.gate.family))),
        },
        Field {
            name: "policy",
            about: "the import statement",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.gate.policy.clone())),
        },
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

fn sentence(row: &ImportChannel) -> String {
    let (session, policy) = (&row.gate.protocol, &row.gate.policy);
    if let (Some(false), Some(found), Some(wanted)) =
        (as_wanted(row).known(), row.preferences.known(), row.wanted.known())
    {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        return format!(
            "`{policy}` of {session} gives local preference {}, and intent's sites and regions ask for {wanted}",
            found.join(" or ")
        );
    }
    let accepts = [
        (row.own.known().is_some(), "this node's own planes"),
        (row.third.known().is_some(), "planes of other nodes than the neighbour"),
        (row.default.known().is_some(), "a default route"),
    ];
    let accepted: Vec<&str> =
        accepts.into_iter().filter(|(accepts, _)| *accepts).map(|(_, what)| what).collect();
    match accepted.is_empty() {
        true => format!(
            "`{policy}` of {session} accepts no own plane, no third node's plane and no default route"
        ),
        false => format!("`{policy}` of {session} would accept {}", accepted.join(", ")),
    }
}
