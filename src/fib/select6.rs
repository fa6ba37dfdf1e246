//! How IPv6 picks a route in one table (`net/ipv6/route.c`, `rt6_select`; `net/ipv6/ip6_fib.c`).
//!
//! Whether a router answers is not seen. The kernel asks for it only where this node does not forward, and
//! takes a router that it knows nothing of to be reachable; so does this.

use crate::net::{RouteType, number};
use crate::snapshot::{Route, RouteId, RouterPreference, Snapshot};

use super::kept::View;
use super::legs::{Exit, Legs};
use super::policy::bounds;
use super::query::Query;
use super::select::Found;
use super::table::Node;
use super::{Blind, Way};

/// A prefix with a source prefix: the routes among which the metric decides.
struct Place<'t> {
    node: Node,
    /// Those that are not kept too.
    routes: &'t [RouteId],
    /// The length of the source prefix.
    source: u8,
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    table: View<'a>,
    query: &'a Query,
    strict: bool,
}

/// The route that a packet takes in a table, from the longest prefix that holds its destination.
pub(super) fn select(
    snapshot: &Snapshot,
    table: View<'_>,
    longest: Option<Node>,
    query: &Query,
    dst: u128,
) -> Found {
    let search = Search { snapshot, table, query, strict: is_strict(query, dst) };
    let mut place = match search.begin(longest) {
        Ok(place) => place,
        Err(blind) => return Found::Blind(blind),
    };
    while let Some(at) = place {
        match search.best(&at) {
            Found::Nothing => place = search.outward(&at),
            found @ (Found::Route { .. } | Found::Blind(_)) => return found,
        }
    }
    Found::Nothing
}

impl<'a> Search<'a> {
    /// Where the search begins: a prefix with source prefixes of which none fits is left out altogether, its
    /// routes for any source included, unless it is the outermost (`fib6_node_lookup_1`).
    fn begin(&self, longest: Option<Node>) -> Result<Option<Place<'a>>, Blind> {
        let mut node = longest;
        while let Some(at) = node {
            if !self.has_sources(at) {
                return Ok(Some(self.plain(at)));
            }
            if let Some(place) = self.with_source(at, u8::MAX) {
                return self.unless_overlooked(place).map(Some);
            }
            if self.table.length(at) == 0 {
                return Ok(Some(self.plain(at)));
            }
            node = self.table.parent(at);
        }
        Ok(None)
    }

    /// A prefix is found by the key of its first route for any source. When the last of these is deleted the kernel
    /// puts a route of a longer prefix in its place (`fib6_find_prefix`), and may then overlook the others.
    fn unless_overlooked(&self, place: Place<'a>) -> Result<Place<'a>, Blind> {
        let first = |place: &Place<'a>| self.table.kept(place.routes).next();
        let keyless = first(&self.plain(place.node)).is_none() && self.table.length(place.node) > 0;
        match first(&place) {
            Some(id) if keyless && self.table.has_inner(place.node) => Err(Blind::History(id)),
            Some(_) | None => Ok(place),
        }
    }

    /// Where the search goes on when nothing fitted (`fib6_backtrack`).
    fn outward(&self, from: &Place<'a>) -> Option<Place<'a>> {
        if from.source > 0 {
            let shorter = self.with_source(from.node, from.source);
            return shorter.or_else(|| Some(self.plain(from.node)));
        }
        let parent = self.table.parent(from.node)?;
        self.with_source(parent, u8::MAX).or_else(|| Some(self.plain(parent)))
    }

    /// The routes of a prefix that ask for no source: behind the others.
    fn plain(&self, node: Node) -> Place<'a> {
        let routes = self.table.routes(node);
        if !self.has_sources(node) {
            return Place { node, routes, source: 0 };
        }
        let from = routes.partition_point(|id| self.source_length(*id) > 0);
        Place { node, routes: &routes[from..], source: 0 }
    }

    /// The routes of a prefix with the longest source prefix, shorter than a limit, that holds the source.
    fn with_source(&self, node: Node, below: u8) -> Option<Place<'a>> {
        if !self.has_sources(node) {
            return None;
        }
        let routes = self.table.routes(node);
        let fits = |id: RouteId| {
            let length = self.source_length(id);
            (1..below).contains(&length) && self.source_fits(id)
        };
        let first = self.table.kept(routes).find(|id| fits(*id))?;
        let source = self.source_length(first);
        let start = routes.iter().position(|id| *id == first)?;
        let count = routes[start..].iter().take_while(|id| fits(**id) && self.source_length(**id) == source);
        Some(Place { node, routes: &routes[start..start + count.count()], source })
    }

    fn has_sources(&self, node: Node) -> bool {
        let mut kept = self.table.kept(self.table.routes(node));
        self.table.may_have_sources(node) && kept.any(|id| self.source_length(id) > 0)
    }

    fn route(&self, id: RouteId) -> Option<&'a Route> {
        self.snapshot.routes.get(id)
    }

    fn source_length(&self, id: RouteId) -> u8 {
        self.route(id).and_then(Route::from).map_or(0, |from| from.prefix_len())
    }

    fn source_fits(&self, id: RouteId) -> bool {
        let from = self.route(id).and_then(Route::from).map(bounds);
        from.is_some_and(|(first, last)| (first..=last).contains(&self.query.source))
    }

    /// The best among the routes of one place: the lowest metric first; among those of one metric, and among
    /// all the rest if the lowest has nothing alive, the highest score (`find_rr_leaf`).
    fn best(&self, place: &Place<'a>) -> Found {
        let first = self.table.kept(place.routes).next();
        let Some(lowest) = first.and_then(|id| self.route(id)).map(|route| route.metric) else {
            return Found::Nothing;
        };
        let lower = |id: &RouteId| self.route(*id).is_some_and(|route| route.metric <= lowest);
        let (first, rest) = place.routes.split_at(place.routes.partition_point(lower));
        match self.best_of(place.node, first) {
            Found::Nothing => self.best_of(place.node, rest),
            found @ (Found::Route { .. } | Found::Blind(_)) => found,
        }
    }

    fn best_of(&self, node: Node, routes: &'a [RouteId]) -> Found {
        let mut best = (-1, Found::Nothing);
        for id in self.table.kept(routes) {
            let Some(route) = self.route(id) else { continue };
            if let Some(blind) = self.blind(id, route) {
                return Found::Blind(blind);
            }
            // A next-hop object that discards ends the search, whatever came before.
            if route.kind == RouteType::Blackhole && route.nhid().is_some() {
                return Found::Route { id, node, way: Way::Any };
            }
            if let Some(score) = self.score(route).filter(|score| *score > best.0) {
                best = (score, Found::Route { id, node, way: self.way(route) });
            }
        }
        best.1
    }

    fn blind(&self, id: RouteId, route: &Route) -> Option<Blind> {
        let expires = route.rare.as_ref().and_then(|rare| rare.expires);
        match (route.kind, expires, Legs::of(self.snapshot, route)) {
            (RouteType::Other(_), ..) | (_, Some(0), _) => Some(Blind::Route(id)),
            (_, _, Legs::Unknown) => Some(Blind::Nexthop(id)),
            _ => None,
        }
    }

    /// The score of the best next hop; `None` where none is fit (`rt6_score_route`).
    fn score(&self, route: &Route) -> Option<i8> {
        let preference = route.rare.as_ref().map_or(RouterPreference::Medium, |rare| rare.preference);
        let preference = match preference {
            RouterPreference::Low => 1,
            RouterPreference::Medium => 2,
            RouterPreference::High => 3,
        };
        let legs = Legs::of(self.snapshot, route);
        let mut scores = legs.iter().filter_map(|exit| Some(self.link_score(&exit)? | (preference << 2)));
        // The kernel is content with the first living member of a next-hop object.
        if route.nhid().is_some() { scores.next() } else { scores.max() }
    }

    fn link_score(&self, exit: &Exit) -> Option<i8> {
        let link = self.link();
        match link == 0 || exit.dev == Some(link) {
            _ if exit.dead => None,
            true => Some(2),
            false if self.strict => None,
            false => Some(0),
        }
    }

    /// The link that is preferred: for a packet that arrives it is the one on which it did.
    fn link(&self) -> u32 {
        if self.query.arrives { self.query.iif } else { self.query.oif }
    }

    /// The multipath hash may take any living next hop, but only those on the link if that is demanded; a
    /// group of next-hop objects does not heed it.
    fn way(&self, route: &Route) -> Way {
        let link = self.link();
        let choice = route.nhid().is_none() && route.legs().len() > 1;
        if choice && self.strict && link != 0 { Way::By(link) } else { Way::Any }
    }
}

/// Whether the kernel demands the link of the query of every next hop (`RT6_LOOKUP_F_IFACE`): for some
/// destinations, and for a sender that is bound to a link and has no source yet.
pub(super) fn is_strict(query: &Query, dst: u128) -> bool {
    (!query.arrives && query.bound && !query.has_source) || needs_link(dst)
}

/// Link-local, multicast, loopback (`rt6_need_strict`).
fn needs_link(dst: u128) -> bool {
    dst >> 120 == 0xff || dst >> 118 == 0xfe80 >> 6 || dst == number(std::net::Ipv6Addr::LOCALHOST.into())
}
