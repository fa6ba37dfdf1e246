//! IPv4's choice of a source address (`net/ipv4/devinet.c`, `inet_select_addr`).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::net::RouteScope;
use crate::snapshot::{Address, AddressFlag, Link, Snapshot};

use super::query::vrf_of;
use super::{Exit, Fib};

/// What is valid on its link only.
pub(super) const LINK: RouteScope = RouteScope(253);

/// The source for an exit and the scope of its route; without a route the destination is on the link.
pub(super) fn choose(fib: &Fib<'_>, exit: &Exit, scope: Option<RouteScope>) -> Option<IpAddr> {
    let scope = scope.unwrap_or(LINK);
    let dev = exit.dev?;
    let via = exit.via.filter(IpAddr::is_ipv4);
    of_link(fib, dev, via, scope)
}

/// The source for a link of which no route is known yet.
pub(super) fn first(fib: &Fib<'_>, dev: u32, scope: RouteScope) -> Option<IpAddr> {
    of_link(fib, dev, None, scope)
}

fn of_link(fib: &Fib<'_>, dev: u32, via: Option<IpAddr>, scope: RouteScope) -> Option<IpAddr> {
    on_link(fib, dev, via, scope).or_else(|| elsewhere(fib.snapshot, vrf_of(fib.snapshot, dev), scope))
}

/// The first address of the link; one that has the gateway in its prefix comes before. Where loopback addresses may
/// leave the node, those that are valid here only serve the link too.
fn on_link(fib: &Fib<'_>, dev: u32, via: Option<IpAddr>, scope: RouteScope) -> Option<IpAddr> {
    let widest = if fib.either_setting4(dev, "route_localnet") { LINK } else { RouteScope(254) };
    let fit = || primary(fib.snapshot, dev).filter(|own| own.scope.min(widest) <= scope);
    let near = fit().find(|own| via.is_some_and(|via| connected(own).is_some_and(|net| net.contains(&via))));
    near.or_else(|| fit().next()).map(|own| own.address)
}

/// The first address of another link, the VRF's own first; one that is valid on its link only does not serve.
fn elsewhere(snapshot: &Snapshot, vrf: u32, scope: RouteScope) -> Option<IpAddr> {
    let first = |link: u32| {
        let mut fit = primary(snapshot, link).filter(|own| own.scope != LINK && own.scope <= scope);
        fit.next().map(|own| own.address)
    };
    let own = (vrf != 0).then(|| first(vrf)).flatten();
    let peers = || snapshot.links.iter().filter(|link: &&Link| vrf_of(snapshot, link.index) == vrf);
    own.or_else(|| peers().find_map(|link| first(link.index)))
}

fn primary(snapshot: &Snapshot, link: u32) -> impl Iterator<Item = &Address> {
    let of_link = snapshot.addresses.iter().filter(move |own| own.link == link && own.address.is_ipv4());
    of_link.filter(|own| !own.has(AddressFlag::Secondary))
}

/// The prefix of an address: the peer's on a point-to-point address.
fn connected(own: &Address) -> Option<IpNet> {
    IpNet::new(own.peer.unwrap_or(own.address), own.length).ok()
}
