//! Where packets go, in words that mean the same on two snapshots of a node.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::Host;
use crate::fib::{Fate, Flow, Outcome, Segment};
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

/// What the comparison goes by: where packets end. Who decided it is told, but is no difference.
type Way = (String, Option<String>);

/// The destinations whose fate differs between two snapshots of a node, for packets of its own.
pub fn moved(before: &Host<'_>, after: &Host<'_>) -> Vec<Moved> {
    let mut moved: BTreeMap<(String, String), Vec<AddressRange>> = BTreeMap::new();
    for family in Family::ALL {
        let now = after.fib.sweeper(family, &Flow::local());
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

/// Notes the parts of a segment whose packets go elsewhere.
fn differ(
    before: &Host<'_>,
    old: &Segment,
    after: &Host<'_>,
    new: &Segment,
    moved: &mut BTreeMap<(String, String), Vec<AddressRange>>,
) {
    let (old_words, new_words) = (before.way_words(&old.fate), after.way_words(&new.fate));
    before.by_peer(&old.fate, new.range, &mut |range, was| {
        after.by_peer(&new.fate, range, &mut |range, is| {
            let (was, is): (Way, Way) = ((old_words.clone(), was.clone()), (new_words.clone(), is));
            if was != is {
                let told = (before.told(&was, &old.fate), after.told(&is, &new.fate));
                moved.entry(told).or_default().push(range);
            }
        });
    });
}

impl Host<'_> {
    /// Where a fate leads: the outcome, or the links and gateways.
    fn way_words(&self, fate: &Fate) -> String {
        let exit = |exit: &crate::fib::Exit| {
            let dev = exit.dev.map_or_else(|| "no link".to_owned(), |dev| self.link_name(dev));
            let tunnel = exit.dev.is_some_and(|dev| self.tunnel_of(dev).is_some());
            // WireGuard picks the peer by the destination alone: a gateway makes no difference there.
            match exit.via.filter(|_| !tunnel) {
                Some(via) => format!("{dev} via {via}"),
                None => dev,
            }
        };
        let mut ways: Vec<String> = self.fib.exits(fate).iter().map(exit).collect();
        ways.sort();
        match fate.outcome {
            Outcome::Forward => ways.join(" or "),
            outcome => outcome.to_string(),
        }
    }

    /// Splits a range of one fate by the peer that gets its packets.
    fn by_peer(&self, fate: &Fate, range: AddressRange, visit: &mut dyn FnMut(AddressRange, Option<String>)) {
        let devs = self.fib.exits(fate).into_iter().filter_map(|exit| exit.dev);
        match devs.filter_map(|dev| self.tunnel_of(dev)).next() {
            Some(tunnel) => tunnel.sweep(range, &mut |range, peer| {
                let peer =
                    peer.map_or_else(|| "no peer".to_owned(), |(_, peer)| format!("peer {}", peer.name));
                visit(range, Some(peer));
            }),
            None => visit(range, None),
        }
    }

    /// A way with who decided it.
    fn told(&self, way: &Way, fate: &Fate) -> String {
        let peer = way.1.as_ref().map(|peer| format!(" {peer}")).unwrap_or_default();
        let route = fate.route.and_then(|id| self.route(id));
        let by = route.map(|route| format!(", by {} metric {}", route.protocol, route.metric));
        format!("{}{peer}{}", way.0, by.unwrap_or_default())
    }
}
