//! `own`: each plane of this node, and what discards do to it.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::told::list;
use super::{Field, Kind, Relation, Story, Value};
use crate::fib::{Flow, Outcome, Segment};
use crate::host::{Change, Host, PlanePrefix};
use crate::net::{AddressRange, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::{RouteId, Source};

/// One plane of this node.
pub(super) struct Own {
    plane: PlanePrefix,
    /// The discards that decide for some destination of the plane.
    discards: BTreeSet<RouteId>,
    /// What would be reached without them.
    hidden: Vec<IpNet>,
    /// The routes by which it would be reached.
    behind: BTreeSet<RouteId>,
    /// Some destination follows a route that is shorter than the plane.
    looping: bool,
}

/// The relation.
pub(super) static OWN: Relation<Own> = Relation {
    name: "own",
    about: "a plane of this node, and what becomes of packets to its addresses here",
    needs: &[Source::Routes4, Source::Routes6, Source::Policy, Source::Addresses],
    reads: &[],
    main: &["plane", "prefix", "discard", "looping", "hidden"],
    fields: &[
        Field {
            name: "plane",
            about: "the plane's name",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.plane.plane.clone())),
        },
        Field {
            name: "prefix",
            about: "the plane's prefix here",
            kind: Kind::Prefix,
            get: |row, _| Seen::Known(Value::Prefix(row.plane.prefix)),
        },
        Field {
            name: "discard",
            about: "whether a discard decides for some of its addresses",
            kind: Kind::Word(&["some", "none"]),
            get: |row, _| Seen::Known(Value::Word(if row.discards.is_empty() { "none" } else { "some" })),
        },
        Field {
            name: "looping",
            about: "some of its addresses follow a route that is shorter than the plane, such as the default, out \
                    of the node again",
            kind: Kind::Flag,
            get: |row, _| Seen::Known(Value::Flag(row.looping)),
        },
        Field {
            name: "hidden",
            about: "the parts that a network behind this node would get if the discards were not there",
            kind: Kind::Prefixes,
            get: |row, _| Seen::Known(Value::Prefixes(row.hidden.clone())),
        },
        Field {
            name: "hidden-count",
            about: "how many they are",
            kind: Kind::Number("prefixes"),
            get: |row, _| Seen::Known(Value::Number(row.hidden.len() as u64)),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(Own)) {
    for plane in &host.plan.own {
        let mut own = Own {
            plane: plane.clone(),
            discards: BTreeSet::new(),
            hidden: Vec::new(),
            behind: BTreeSet::new(),
            looping: false,
        };
        let mut discarded = Vec::new();
        host.fib.sweep(&Flow::local(), AddressRange::of(plane.prefix), &mut |segment| {
            own.looping |= loops(host, plane, &segment);
            if segment.fate.outcome.is_discard() {
                own.discards.extend(segment.fate.route);
                discarded.push(segment.range);
            }
        });
        if !discarded.is_empty() {
            own.look_behind(host, &discarded);
        }
        give(own);
    }
}

fn loops(host: &Host<'_>, plane: &PlanePrefix, segment: &Segment) -> bool {
    let route = segment.fate.route.and_then(|id| host.route(id));
    let shorter = route.is_some_and(|route| route.dst.prefix_len() < plane.prefix.prefix_len());
    segment.fate.outcome == Outcome::Forward && shorter
}

impl Own {
    /// Looks what the discarded addresses would reach by routes within the plane.
    fn look_behind(&mut self, host: &Host<'_>, discarded: &[AddressRange]) {
        let plane = self.plane.prefix;
        let within = host.fib.only(|_, route| plane.contains(&route.dst) && !route.kind.is_discard());
        let mut hidden = Vec::new();
        for range in discarded {
            within.sweep(&Flow::local(), *range, &mut |segment| {
                if segment.fate.outcome.is_accepted() {
                    hidden.push(segment.range);
                    self.behind.extend(segment.fate.route);
                }
            });
        }
        self.hidden = prefixes_of(&hidden);
    }
}

fn tell(row: &Own, host: &Host<'_>) -> Story {
    let prefix = row.plane.prefix;
    let routes = |ids: &BTreeSet<RouteId>| ids.iter().filter_map(|id| host.route(*id)).collect::<Vec<_>>();
    let (discards, behind) = (routes(&row.discards), routes(&row.behind));
    let hidden = list(&host.whole(&row.hidden), 3);
    let sentence = match discards.first() {
        Some(discard) if !hidden.is_empty() => {
            format!("`{}` hides {hidden}, which is behind this node", host.route_line(discard))
        }
        _ => format!("unused addresses of {prefix} leave this node again by a shorter route"),
    };
    Story {
        key: prefix.to_string(),
        culprit: discards
            .first()
            .map_or_else(|| "own planes".to_owned(), |route| format!("discards by proto {}", route.protocol)),
        subject: prefix.to_string(),
        sentence,
        evidence: discards.iter().chain(&behind).map(|route| host.route_evidence(route)).collect(),
        now: discards.iter().map(|route| host.delete_command(route)).collect(),
        for_good: None,
        undo: row.discards.iter().map(|id| Change::Withdraw(*id)).collect(),
        ..Story::default()
    }
}
