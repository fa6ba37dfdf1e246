//! `export`: what each BGP session may announce.

use super::column::{OfGate, family_of, policy, protocol};
use super::passed::{evidence, flag, key};
use super::told::list;
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{ExportChannel, Gate, Host, Unannounced};
use crate::net::Family;
use crate::seen::Seen;
use crate::snapshot::Source;

impl OfGate for ExportChannel {
    fn gate(&self) -> &Gate {
        &self.gate
    }
}

/// The relation.
pub(super) static EXPORT: Relation<ExportChannel> = Relation {
    name: "export",
    about: "a channel of a BGP session, and which routes its export filter lets pass",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &["session", "policy", "own-only", "learned", "announces-own"],
    fields: &[
        protocol("session"),
        Field {
            name: "neighbour",
            about: "the neighbour's address",
            kind: Kind::Address,
            get: |row, _| row.neighbour.clone().map(Value::Address),
        },
        family_of(),
        policy("the export statement"),
        Field {
            name: "mesh",
            about: "the neighbour's address is one that a WireGuard peer has, or no tunnel is known",
            kind: Kind::Flag,
            get: |row, _| Seen::Known(Value::Flag(row.mesh)),
        },
        Field {
            name: "own-only",
            about: "whether nothing but own static planes can pass: proved for every route, or refuted by one",
            kind: Kind::Word(&["proved", "refuted"]),
            get: |row, _| match &row.beyond {
                Seen::Known(_) => Seen::Known(Value::Word("refuted")),
                Seen::Absent => Seen::Known(Value::Word("proved")),
                Seen::Unseen(why) => Seen::Unseen(why.clone()),
            },
        },
        Field {
            name: "witness",
            about: "a route that refutes it",
            kind: Kind::Text,
            get: |row, _| row.beyond.clone().map(|passed| Value::Text(passed.route)),
        },
        Field {
            name: "learned",
            about: "a route that came from another neighbour, the kernel or another routing protocol can pass",
            kind: Kind::Flag,
            get: |row, _| flag(&row.learned),
        },
        Field {
            name: "announces-own",
            about: "every own plane has a static route and passes; absent where the own planes are not known, and where \
                    nothing is exported at all",
            kind: Kind::Flag,
            get: |row, _| row.unannounced.clone().map(|lacking| Value::Flag(lacking.is_empty())),
        },
        Field {
            name: "unannounced",
            about: "the own planes that do not pass",
            kind: Kind::Prefixes,
            get: |row, _| row.unannounced.clone().map(|lacking| Value::Prefixes(prefixes(&lacking))),
        },
    ],
    rows: |host, give| host.export_channels().into_iter().for_each(give),
    tell,
};

fn prefixes(lacking: &[Unannounced]) -> Vec<ipnet::IpNet> {
    lacking.iter().map(|plane| plane.prefix).collect()
}

fn tell(row: &ExportChannel, host: &Host<'_>) -> Story {
    let lacking: &[Unannounced] = row.unannounced.known().map_or(&[], Vec::as_slice);
    // A learned route says most of what passes too much.
    let passed = row.learned.known().or(row.beyond.known());
    let mut pieces = evidence(&row.gate, &[passed]);
    pieces.extend(lacking.iter().filter_map(|plane| plane.rejected.clone()));
    Story {
        key: key(&row.gate),
        culprit: row.gate.policy.clone(),
        subject: row.gate.protocol.clone(),
        sentence: sentence(row, lacking),
        evidence: pieces,
        now: Vec::new(),
        for_good: for_good(row, lacking, host),
        undo: Vec::new(),
        ..Story::default()
    }
}

fn sentence(row: &ExportChannel, lacking: &[Unannounced]) -> String {
    let (session, policy) = (&row.gate.protocol, &row.gate.policy);
    let mut parts = Vec::new();
    if let Some(passed) = row.learned.known().or(row.beyond.known()) {
        parts.push(format!("lets more pass than this node's own static planes, such as {}", passed.route));
    }
    if !lacking.is_empty() {
        let without: Vec<_> =
            lacking.iter().filter(|plane| plane.rejected.is_none()).map(|p| p.prefix).collect();
        let rejected: Vec<_> =
            lacking.iter().filter(|plane| plane.rejected.is_some()).map(|p| p.prefix).collect();
        if !without.is_empty() {
            parts
                .push(format!("does not announce {}, for which there is no static route", list(&without, 3)));
        }
        if !rejected.is_empty() {
            parts.push(format!("rejects {}", list(&rejected, 3)));
        }
    }
    match (&row.beyond, parts.is_empty()) {
        (Seen::Unseen(why), true) => {
            format!("whether `{policy}` of {session} lets only own planes pass: {}", why.reason)
        }
        (_, true) => {
            format!("`{policy}` of {session} lets this node's own static planes pass and nothing else")
        }
        (_, false) => format!("`{policy}` of {session} {}", parts.join(", and ")),
    }
}

fn for_good(row: &ExportChannel, lacking: &[Unannounced], host: &Host<'_>) -> Option<String> {
    let place = &row.gate.line.place;
    if row.learned.known().or(row.beyond.known()).is_some() {
        let own = host.plan.own.iter().map(|own| own.prefix);
        let own = own.filter(|prefix| Some(Family::of_prefix(*prefix)) == row.gate.family);
        let own: Vec<String> = own.map(|prefix| prefix.to_string()).collect();
        let planes = if own.is_empty() { "OWN PLANES".to_owned() } else { own.join(", ") };
        return Some(format!(
            "{place}: `export filter {{ if source = RTS_STATIC && net ~ [ {planes} ] then accept; reject; }};`"
        ));
    }
    let first = lacking.first()?;
    Some(match &first.rejected {
        Some(_) => format!("{place}: let {} pass", first.prefix),
        None => format!("add to a static protocol: `route {} unreachable;`", first.prefix),
    })
}
