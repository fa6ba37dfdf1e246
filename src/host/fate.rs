//! Where packets go, in words that mean the same on two snapshots of a node.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::Host;
use crate::fib::{Exit, Fate, Flow, Outcome, Segment};
use crate::net::{AddressRange, Family, prefixes_of};

/// Destinations whose fate is one on the first snapshot and another on the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The destinations, in the fewest prefixes.
    pub prefixes: Vec<IpNet>,
    /// The same as a person knows them: with the holes closed that this node's own addresses make.
    pub networks: Vec<IpNet>,
    /// Where their packets went.
    pub before: String,
    /// Where they go.
    pub after: String,
}

/// The destinations whose fate differs between two snapshots of a node, for packets of its own.
pub fn moved(before: &Host<'_>, after: &Host<'_>) -> Vec<Moved> {
    let mut moved: BTreeMap<(String, String), Vec<AddressRange>> = BTreeMap::new();
    for family in Family::ALL {
        let Some(mut now) = after.fib.sweeper(family, &Flow::local()) else { continue };
        before.fib.sweep(&Flow::local(), AddressRange::all(family), &mut |old| {
            now.sweep(old.range, &mut |new| differ(before, &old, after, &new, &mut moved));
        });
    }
    let mut moved: Vec<Moved> = moved
        .into_iter()
        .map(|((was, is), ranges)| {
            let prefixes = prefixes_of(&ranges);
            Moved { networks: after.whole(&prefixes), prefixes, before: was, after: is }
        })
        .collect();
    moved.sort_by(|a, b| a.prefixes.cmp(&b.prefixes));
    moved
}

/// Notes the parts of a segment whose packets go elsewhere. Who decided it is told, but is no difference.
fn differ(
    before: &Host<'_>,
    old: &Segment,
    after: &Host<'_>,
    new: &Segment,
    moved: &mut BTreeMap<(String, String), Vec<AddressRange>>,
) {
    before.by_way(&old.fate, new.range, &mut |range, was| {
        after.by_way(&new.fate, range, &mut |range, is| {
            if was != is {
                let told = (before.told(was, &old.fate), after.told(is, &new.fate));
                moved.entry(told).or_default().push(range);
            }
        });
    });
}

impl Host<'_> {
    /// Splits a range of one fate by where its packets go: the outcome, or the links, each with its gateway or the
    /// peer that the tunnel picks.
    fn by_way(&self, fate: &Fate, range: AddressRange, visit: &mut dyn FnMut(AddressRange, &str)) {
        let exits = self.fib.exits(fate);
        self.by_exits(&exits, &BTreeSet::new(), range, &mut |range, ways| {
            let ways = ways.iter().map(String::as_str).collect::<Vec<_>>().join(" or ");
            match fate.outcome {
                Outcome::Forward => visit(range, &ways),
                outcome if exits.is_empty() => visit(range, outcome.word()),
                outcome => visit(range, &format!("{outcome} by {ways}")),
            }
        });
    }

    /// Splits a range by the ways that the exits add to those that were found already.
    fn by_exits(
        &self,
        exits: &[Exit],
        found: &BTreeSet<String>,
        range: AddressRange,
        visit: &mut dyn FnMut(AddressRange, &BTreeSet<String>),
    ) {
        let Some((exit, others)) = exits.split_first() else { return visit(range, found) };
        let dev = exit.dev.map_or_else(|| "no link".to_owned(), |dev| self.link_name(dev));
        let mut with = |range, way: String| {
            let found = found.iter().cloned().chain([way]).collect();
            self.by_exits(others, &found, range, visit);
        };
        match (exit.dev.and_then(|dev| self.tunnel_of(dev)), exit.via) {
            // WireGuard picks the peer by the destination alone: a gateway makes no difference there.
            (Some(tunnel), _) => tunnel.sweep(range, &mut |range, peer| match peer {
                Some((_, peer)) => with(range, format!("{dev} peer {}", peer.name)),
                None => with(range, format!("{dev} no peer")),
            }),
            (None, Some(via)) => with(range, format!("{dev} via {via}")),
            (None, None) => with(range, dev),
        }
    }

    /// A way with who decided it.
    fn told(&self, way: &str, fate: &Fate) -> String {
        let route = fate.route.and_then(|id| self.route(id));
        let by = route.map(|route| format!(", by {} metric {}", route.protocol, route.metric));
        format!("{way}{}", by.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
