//! The source address that the kernel chooses for a packet of this node's own.

use std::net::IpAddr;

use crate::net::{Family, RouteScope, RouteType, address};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{Route, Source};

use super::query::{Query, vrf_of};
use super::source4::LINK;
use super::{Exit, Fate, Fib, Outcome, Way, source4, source6};

/// The source of the packet, or the one that the kernel would choose; absent where it goes nowhere.
pub(super) fn of(fib: &Fib<'_>, query: &Query, dst: IpAddr, fate: &Fate) -> Seen<IpAddr> {
    if query.has_source {
        return Seen::Known(address(query.family, query.source));
    }
    if let Outcome::Unseen(_) = fate.outcome {
        return Seen::Unseen(unknown_fate());
    }
    if query.arrives || !fate.outcome.is_accepted() {
        return Seen::Absent;
    }
    let route = fate.route.and_then(|id| fib.snapshot.routes.get(id));
    if let Some(preferred) = route.filter(|_| !leaves_vrf(fib, query, fate)).and_then(Route::prefsrc) {
        return Seen::Known(preferred);
    }
    if !fib.snapshot.sources.asked(Source::Addresses) && fib.snapshot.addresses.is_empty() {
        return Seen::Unseen(no_addresses());
    }
    one(candidates(fib, query, dst, fate, route))
}

/// Whether a route leads an IPv4 sender's packet out of its VRF, by some exit at least.
fn leaves_vrf(fib: &Fib<'_>, query: &Query, fate: &Fate) -> bool {
    fate.route.is_some() && fib.exits(fate).iter().any(|exit| is_outside(fib, query, exit))
}

/// Whether an exit is outside the VRF of an IPv4 sender; the source is then one of the VRF's own.
fn is_outside(fib: &Fib<'_>, query: &Query, exit: &Exit) -> bool {
    let vrf = exit.dev.map_or(0, |dev| vrf_of(fib.snapshot, dev));
    query.family == Family::V4 && query.vrf != 0 && query.vrf != vrf
}

/// The choice for each exit that the packet may take.
fn candidates(
    fib: &Fib<'_>,
    query: &Query,
    dst: IpAddr,
    fate: &Fate,
    route: Option<&Route>,
) -> Vec<Option<IpAddr>> {
    let by_exit = |exit: &Exit| match (query.family, dst) {
        (Family::V6, IpAddr::V6(dst)) => source6::choose(fib.snapshot, exit.dev, dst).map(IpAddr::V6),
        (Family::V4 | Family::V6, _) if route.is_some() && is_outside(fib, query, exit) => {
            source4::first(fib, query.vrf, LINK)
        }
        (Family::V4 | Family::V6, _) => source4::choose(fib, exit, route.map(|route| route.scope)),
    };
    let local = route.is_none_or(|route| route.kind == RouteType::Local);
    match (query.family, fate.outcome) {
        (Family::V4, Outcome::Local) if dst.is_unspecified() => vec![Some(own(fib, query))],
        (Family::V4, Outcome::Local | Outcome::Broadcast | Outcome::Multicast)
            if local && fate.way == Way::Any =>
        {
            vec![Some(dst)]
        }
        _ => exits(fib, fate, route).iter().map(by_exit).collect(),
    }
}

/// Who sends to `0.0.0.0` sends to itself: by the address of the link to which it is bound.
fn own(fib: &Fib<'_>, query: &Query) -> IpAddr {
    let host = RouteScope(254);
    let bound = query.bound.then(|| source4::first(fib, query.bound_to(), host)).flatten();
    bound.unwrap_or([127, 0, 0, 1].into())
}

/// The exits of the fate; for a delivery here the link of the local route.
fn exits(fib: &Fib<'_>, fate: &Fate, route: Option<&Route>) -> Vec<Exit> {
    let own = route.map(|route| Exit { dev: route.dev, via: None, weight: 1, dead: false, linkdown: false });
    let leaving = fib.exits(fate);
    if leaving.is_empty() { own.into_iter().collect() } else { leaving }
}

/// The one answer for all exits.
fn one(mut candidates: Vec<Option<IpAddr>>) -> Seen<IpAddr> {
    candidates.dedup();
    match candidates.as_slice() {
        [] => Seen::Absent,
        [one] => (*one).into(),
        _ => Seen::Unseen(Unseen::new(
            "the source depends on which leg of the multipath route the hash takes",
            "give the source with `from`",
        )),
    }
}

fn unknown_fate() -> Unseen {
    Unseen::new("the packet's fate is open", "see what the decision lacks")
}

fn no_addresses() -> Unseen {
    Unseen::new(
        "the addresses were not asked for",
        "add `addresses.jsonl` to the folder, or judge the live host",
    )
}
