//! IPv4's check of the source of a packet that arrives (`net/ipv4/fib_frontend.c`, `fib_validate_source`).
//!
//! It is a look-up of the way back. Some of it is left out while no policy rule was ever changed and no local route
//! was ever added by hand; where that matters and cannot be seen, the verdict is open.

use crate::net::{Family, Protocol, RouteType, TableId};
use crate::snapshot::{Route, RouteId, Snapshot};

use super::judge::Case;
use super::legs::Legs;
use super::query::{LOOPBACK, Query, vrf_of};
use super::{Blind, Fate, Fib, Outcome};

/// Whether a source may be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    /// The source is this node's own, or no unicast address.
    Martian,
    /// The way back is another, or there is none.
    ReversePath,
    Open(Blind),
}

/// Checks the source of a packet that arrived and would leave by a link, 0 for none.
pub(super) fn check(fib: &Fib<'_>, query: &Query, dst: u128, oif: u32) -> Verdict {
    let strictness = fib.greater_setting4(query.iif, "rp_filter");
    if strictness != 0 || (query.iif == oif && redirects(fib, oif)) {
        return way_back(fib, query, dst, oif, strictness);
    }
    if fib.either_setting4(query.iif, "accept_local") {
        return Verdict::Good;
    }
    let quick = if fib.owns4(query.source) { Verdict::Martian } else { Verdict::Good };
    let full = || way_back(fib, query, dst, oif, 0);
    match fib.policy(Family::V4).merged {
        Some(true) if !fib.custom_local => quick,
        None if !fib.custom_local && full() != quick => Verdict::Open(Blind::Merged),
        Some(_) | None => full(),
    }
}

/// Whether a link tells senders of a better way, as it does unless somebody turned it off; the kernel then looks closer.
fn redirects(fib: &Fib<'_>, link: u32) -> bool {
    fib.setting4(link, "send_redirects").is_none() || fib.either_setting4(link, "send_redirects")
}

/// Whether the way back to the source is fit: unicast, and strictly (`rp_filter` 1) over the same link.
fn way_back(fib: &Fib<'_>, query: &Query, dst: u128, oif: u32, strictness: u32) -> Verdict {
    let fate = look_back(fib, query, dst, oif);
    let unknown_way = if strictness == 0 { Verdict::Good } else { Verdict::ReversePath };
    match fate.outcome {
        Outcome::Unseen(blind) => return Verdict::Open(blind),
        Outcome::Forward => {}
        Outcome::Local if fib.either_setting4(query.iif, "accept_local") => {}
        Outcome::Local | Outcome::Broadcast | Outcome::Anycast | Outcome::Multicast => {
            return Verdict::Martian;
        }
        Outcome::Blackhole | Outcome::Unreachable | Outcome::Prohibit => return unknown_way,
        Outcome::NoRoute | Outcome::Martian | Outcome::ReversePath | Outcome::NotForwarding => {
            return unknown_way;
        }
    }
    let same_link = uses(fib, &fate, query.iif) || (fate.outcome == Outcome::Local && query.iif == LOOPBACK);
    let has_address = fib.snapshot.addresses.iter().any(|own| own.link == query.iif && own.address.is_ipv4());
    match same_link {
        true => Verdict::Good,
        false if !has_address => unknown_way,
        false if strictness == 1 => Verdict::ReversePath,
        false => Verdict::Good,
    }
}

/// What becomes of a packet back to the source, by rules and tables alone.
fn look_back(fib: &Fib<'_>, query: &Query, dst: u128, oif: u32) -> Fate {
    let marked = fib.either_setting4(query.iif, "src_valid_mark");
    let back = Query {
        source: dst,
        has_source: dst != 0,
        arrives: false,
        iif: if oif == 0 { LOOPBACK } else { oif },
        vrf: vrf_of(fib.snapshot, query.iif),
        mark: if marked { query.mark } else { 0 },
        sport: query.dport,
        dport: query.sport,
        ..*query
    };
    let plan = fib.policy(Family::V4).plan(fib.snapshot, &fib.tables, &back);
    let find = |slot: usize| fib.table(Family::V4, slot).longest(query.source);
    Case { query: &back, plan: &plan, dst: query.source, find }.judge(fib, &mut |_| ())
}

/// Whether some next hop of the route, dead or alive, is on a link, or on one of the VRF that it is.
fn uses(fib: &Fib<'_>, fate: &Fate, link: u32) -> bool {
    let route = fate.route.and_then(|id| fib.snapshot.routes.get(id));
    let on_link = |dev: u32| dev == link || vrf_of(fib.snapshot, dev) == link;
    route.is_some_and(|route| Legs::of(fib.snapshot, route).iter().filter_map(|exit| exit.dev).any(on_link))
}

/// Whether a local route was added by hand.
pub(super) fn has_custom_local(snapshot: &Snapshot, routes: impl Iterator<Item = RouteId>) -> bool {
    let by_kernel = |route: &Route| route.protocol == Protocol::KERNEL && route.table == TableId::LOCAL;
    let mut routes = routes.filter_map(|id| snapshot.routes.get(id));
    routes.any(|route| route.kind == RouteType::Local && !by_kernel(route))
}
