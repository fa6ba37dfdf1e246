//! How IPv4 picks a route in one table (`net/ipv4/fib_trie.c`, `fib_table_lookup`).

use crate::net::RouteType;
use crate::snapshot::{Route, RouteId, Snapshot};

use super::kept::View;
use super::legs::Legs;
use super::policy::LEGACY_TOS;
use super::query::Query;
use super::select::Found;
use super::table::Node;
use super::{Blind, Way};

/// What one route says to a packet.
enum Says {
    Take(Way),
    /// Not this one: the next.
    Pass,
    /// Its next-hop object has nothing for the packet, and the kernel then leaves out all routes with the same
    /// network address.
    PassAll,
    Blind(Blind),
}

/// The route that a packet takes in a table, from the longest prefix that holds its destination.
pub(super) fn select(snapshot: &Snapshot, table: View<'_>, longest: Option<Node>, query: &Query) -> Found {
    select_among(snapshot, [(table, longest)], query).1
}

/// The route that a packet takes in tables that the kernel holds as one, and in which of them: the longer prefix
/// comes first, of equals that of the earlier table.
pub(super) fn select_among<const N: usize>(
    snapshot: &Snapshot,
    mut places: [(View<'_>, Option<Node>); N],
    query: &Query,
) -> (usize, Found) {
    let mut left_out = None;
    while let Some((which, at)) = longest_of(&places) {
        let table = places[which].0;
        let first = table.first(at);
        for id in table.kept(table.routes(at)).filter(|_| left_out != Some(first)) {
            let Some(route) = snapshot.routes.get(id) else { continue };
            match says(snapshot, id, route, query) {
                Says::Take(way) => return (which, Found::Route { id, node: at, way }),
                Says::Blind(blind) => return (which, Found::Blind(blind)),
                Says::PassAll => {
                    left_out = Some(first);
                    break;
                }
                Says::Pass => {}
            }
        }
        places[which].1 = table.parent(at);
    }
    (0, Found::Nothing)
}

fn longest_of(places: &[(View<'_>, Option<Node>)]) -> Option<(usize, Node)> {
    let nodes = places.iter().enumerate().filter_map(|(which, (_, node))| Some((which, (*node)?)));
    // The last of equals is the greatest to `max_by_key`, so that the order is turned.
    nodes.rev().max_by_key(|(which, node)| places[*which].0.length(*node))
}

fn says(snapshot: &Snapshot, id: RouteId, route: &Route, query: &Query) -> Says {
    let tos = route.rare.as_ref().map_or(0, |rare| rare.tos);
    if tos != 0 && tos != query.dscp & LEGACY_TOS {
        return Says::Pass;
    }
    match route.kind {
        RouteType::Blackhole | RouteType::Unreachable | RouteType::Prohibit | RouteType::Throw => {
            Says::Take(Way::Any)
        }
        RouteType::Other(_) => Says::Blind(Blind::Route(id)),
        RouteType::Unicast
        | RouteType::Local
        | RouteType::Broadcast
        | RouteType::Anycast
        | RouteType::Multicast => by_legs(snapshot, id, route, query),
    }
}

/// The first living next hop on the link that the sender is bound to, if it is bound.
fn by_legs(snapshot: &Snapshot, id: RouteId, route: &Route, query: &Query) -> Says {
    let legs = Legs::of(snapshot, route);
    if matches!(legs, Legs::Unknown) {
        return Says::Blind(Blind::Nexthop(id));
    }
    let good = |exit: super::Exit| !exit.dead && (query.oif == 0 || exit.dev == Some(query.oif));
    match legs.iter().position(good) {
        Some(at) if query.bound && legs.len() > 1 => Says::Take(Way::Leg(at as u16)),
        Some(_) => Says::Take(Way::Any),
        None if route.nhid().is_some() => Says::PassAll,
        None => Says::Pass,
    }
}
