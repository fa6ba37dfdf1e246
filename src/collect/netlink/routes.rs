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

/// How long to wait before each further attempt; a routing daemon's burst is over in less.
const PAUSES: [Duration; 4] = [
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
    let mut pauses = PAUSES.into_iter();
    let mut before: Option<Attempt> = None;
    loop {
        let mut attempt = Attempt::make(family, &mut asker, &mut witness)?;
        let undecodable = attempt.flaws.undecodable;
        if attempt.is_whole(family) {
            return Ok(Dumped { routes: attempt.routes, torn: false, undecodable });
        }
        // Two torn attempts are the least from which a union can be made.
        let in_time = before.is_none() || begun.elapsed() < deadline;
        let Some(pause) = pauses.next().filter(|_| in_time) else {
            return Ok(Dumped {
                routes: union(before.unwrap_or_default(), attempt),
                torn: true,
                undecodable,
            });
        };
        std::thread::sleep(pause);
        attempt.heard.append(witness.listen()?);
        before = Some(attempt);
    }
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
    let order = by_identity(routes);
    order.windows(2).any(|pair| is_same(&routes[pair[0] as usize], &routes[pair[1] as usize]))
}

/// The places of the rows, sorted by what they are and then by where they stand.
fn by_identity(routes: &[Route]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..routes.len() as u32).collect();
    order.sort_unstable_by_key(|at| (identity(&routes[*at as usize]), *at));
    order
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
///
/// Places are sorted rather than rows kept in a set: there may be a million of them.
fn union(before: Attempt, last: Attempt) -> Vec<Route> {
    let mut routes = last.routes;
    let order = by_identity(&routes);
    let is_known = |route: &Route| {
        let wanted = identity(route);
        order.binary_search_by(|at| identity(&routes[*at as usize]).cmp(&wanted)).is_ok()
    };
    let missed: Vec<Route> = before.routes.into_iter().filter(|route| !is_known(route)).collect();
    routes.extend(missed);
    let changes = before.heard.changes.into_iter().chain(last.heard.changes);
    apply(without_repeats(routes), changes)
}

/// Each row once, where it stood first.
fn without_repeats(mut routes: Vec<Route>) -> Vec<Route> {
    let order = by_identity(&routes);
    let mut keep = vec![true; routes.len()];
    for pair in order.windows(2) {
        let (first, second) = (pair[0] as usize, pair[1] as usize);
        keep[second] = !is_same(&routes[first], &routes[second]);
    }
    let mut keep = keep.into_iter();
    routes.retain(|_| keep.next().unwrap_or(true));
    routes
}

fn apply(routes: Vec<Route>, changes: impl Iterator<Item = Change>) -> Vec<Route> {
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
