//! All routes of one family: whole, or said to be torn.
//!
//! Owns the repetition. A dump is whole when nothing was announced while it ran, the kernel did not mark it, and no
//! row came twice. Must not know how a row is laid out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ipnet::IpNet;
use rtnetlink::sys::protocols::NETLINK_ROUTE;

use super::socket::{Asker, Fault, Flaws};
use super::witness::{Change, Heard, Witness};
use super::{is_of_family, kind, route};
use crate::net::{Family, RouteType, TableId};
use crate::snapshot::Route;

/// How long to wait before each attempt; a routing daemon's burst is over in less.
const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(5),
    Duration::from_millis(25),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

/// The routes of one family as far as they could be read.
#[derive(Debug)]
pub struct Dumped {
    /// The rows, in the kernel's order.
    pub routes: Vec<Route>,
    /// Whether every attempt was disturbed, so that rows may be missing.
    pub torn: bool,
    /// How many messages could not be decoded.
    pub undecodable: usize,
}

/// Reads every route of every table of a family.
pub fn dump(family: Family, deadline: Duration) -> Result<Dumped, Fault> {
    let mut witness = Witness::join(family)?;
    let mut asker = Asker::open(NETLINK_ROUTE, deadline)?;
    let begun = Instant::now();
    let mut torn: Vec<Attempt> = Vec::new();
    for pause in PAUSES {
        if torn.len() > 1 && begun.elapsed() > deadline {
            break;
        }
        std::thread::sleep(pause);
        // Only the last two torn attempts count; a million rows are not kept longer than needed.
        torn.drain(..torn.len().saturating_sub(1));
        let between = witness.listen()?;
        torn.iter_mut()
            .for_each(|last| last.heard.append(Heard { changes: between.changes.clone(), ..between }));
        let attempt = Attempt::make(family, &mut asker, &mut witness)?;
        if attempt.is_whole(family) {
            return Ok(Dumped {
                routes: attempt.routes,
                torn: false,
                undecodable: attempt.flaws.undecodable,
            });
        }
        torn.push(attempt);
    }
    Ok(union(torn))
}

/// One dump and what was announced while it ran.
#[derive(Debug, Default)]
struct Attempt {
    routes: Vec<Route>,
    flaws: Flaws,
    heard: Heard,
}

impl Attempt {
    fn make(family: Family, asker: &mut Asker, witness: &mut Witness) -> Result<Attempt, Fault> {
        let mut routes = Vec::new();
        let body = request_body(family);
        let flaws = asker.dump(kind::GET_ROUTE, &body, |message| {
            if message.kind == kind::ROUTE && is_of_family(&body, message) {
                routes.extend(route::parse(message)?);
            }
            Ok(())
        })?;
        Ok(Attempt { routes, flaws, heard: witness.listen()? })
    }

    fn is_whole(&self, family: Family) -> bool {
        !self.heard.disturbed && !self.flaws.interrupted && !repeats(family, &self.routes)
    }
}

/// `struct rtmsg`: the family, and zeroes for every table.
fn request_body(family: Family) -> [u8; 12] {
    let number = match family {
        Family::V4 => nix::libc::AF_INET,
        Family::V6 => nix::libc::AF_INET6,
    };
    let mut body = [0; 12];
    body[0] = number as u8;
    body
}

/// What tells one route from another in the kernel's eyes.
type Identity = (Slot, RouteType, Option<u32>, Option<IpAddr>, Option<u32>);
/// Where a route stands: what a replacing route replaces.
type Slot = (TableId, IpNet, Option<IpNet>, u8, u32);

fn slot(route: &Route) -> Slot {
    let tos = route.rare.as_ref().map_or(0, |rare| rare.tos);
    (route.table, route.dst, route.from(), tos, route.metric)
}

fn identity(route: &Route) -> Identity {
    (slot(route), route.kind, route.dev, route.via, route.nhid())
}

/// Whether a route came twice.
///
/// The kernel walks each table in the order of its tree, so rows in that order hold no repetition but next to each
/// other; only rows out of order are worth sorting.
fn repeats(family: Family, routes: &[Route]) -> bool {
    if is_in_tree_order(family, routes) {
        return routes.windows(2).any(|pair| is_same(&pair[0], &pair[1]));
    }
    let mut order: Vec<u32> = (0..routes.len() as u32).collect();
    order.sort_unstable_by_key(|at| identity(&routes[*at as usize]));
    order.windows(2).any(|pair| is_same(&routes[pair[0] as usize], &routes[pair[1] as usize]))
}

/// Whether two rows are one route; how long it still has may differ.
fn is_same(one: &Route, other: &Route) -> bool {
    let encap = |route: &Route| route.rare.as_ref().and_then(|rare| rare.encap.clone());
    identity(one) == identity(other) && one.legs() == other.legs() && encap(one) == encap(other)
}

fn is_in_tree_order(family: Family, routes: &[Route]) -> bool {
    let mut tables = BTreeSet::new();
    routes.chunk_by(|one, next| one.table == next.table).all(|table| {
        tables.insert(table[0].table)
            && table.windows(2).all(|pair| position(family, pair[0].dst) <= position(family, pair[1].dst))
    })
}

/// IPv4's trie gives rows by address; IPv6's tree gives what a prefix holds before the prefix.
fn position(family: Family, dst: IpNet) -> (IpAddr, Reverse<u8>) {
    match family {
        Family::V4 => (dst.network(), Reverse(0)),
        Family::V6 => (dst.broadcast(), Reverse(dst.prefix_len())),
    }
}

/// The rows of the last attempt, what only the one before had, and then the changes in the order of their announcement.
fn union(torn: Vec<Attempt>) -> Dumped {
    let undecodable = torn.iter().map(|attempt| attempt.flaws.undecodable).max().unwrap_or(0);
    let mut known = BTreeSet::new();
    let mut routes = Vec::new();
    let mut changes = Vec::new();
    for attempt in torn.into_iter().rev() {
        routes.extend(attempt.routes.into_iter().filter(|route| known.insert(identity(route))));
        changes.splice(0..0, attempt.heard.changes);
    }
    drop(known);
    Dumped { routes: apply(routes, changes), torn: true, undecodable }
}

fn apply(routes: Vec<Route>, changes: Vec<Change>) -> Vec<Route> {
    let mut replaced = BTreeSet::new();
    let mut fate: BTreeMap<Identity, Option<Route>> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Removed(route) => drop(fate.insert(identity(&route), None)),
            Change::Added(route) => drop(fate.insert(identity(&route), Some(route))),
            Change::Replaced(route) => {
                replaced.insert(slot(&route));
                fate.insert(identity(&route), Some(route));
            }
        }
    }
    let survivors = routes.into_iter().filter_map(|route| match fate.remove(&identity(&route)) {
        Some(changed) => changed,
        None => (!replaced.contains(&slot(&route))).then_some(route),
    });
    let mut routes: Vec<Route> = survivors.collect();
    routes.extend(fate.into_values().flatten());
    routes
}
