//! Next-hop objects that several IPv6 routes share.
//!
//! The kernel caches what a next hop's packets take at the next hop (`rt6_get_pcpu_route`), and an object's is one for
//! all its routes. The way is the same, but the prefix in the cache is that of the route which came first; a rule
//! with `suppress_prefixlength` looks at that.

use std::collections::BTreeMap;

use crate::net::Family;
use crate::snapshot::{Route, RouteId, Snapshot};

/// The shortest and the longest prefix of the routes that lead to an object.
pub(super) struct Shared(BTreeMap<u32, (u8, u8)>);

impl Shared {
    /// The objects of all IPv6 routes; none are looked for where no rule would ask.
    pub(super) fn new(snapshot: &Snapshot, routes: impl Iterator<Item = RouteId>) -> Shared {
        let asks = snapshot.policy.iter().any(|rule| rule.suppress_prefixlength.is_some());
        let routes = routes.filter(|_| asks).filter_map(|id| snapshot.routes.get(id));
        let mut lengths = BTreeMap::new();
        for route in routes {
            let length = route.dst.prefix_len();
            for object in objects(snapshot, route) {
                let (shortest, longest) = lengths.entry(object).or_insert((length, length));
                (*shortest, *longest) = (length.min(*shortest), length.max(*longest));
            }
        }
        Shared(lengths)
    }

    /// The shortest and the longest prefix that the kernel may take for the route's.
    pub(super) fn lengths(&self, snapshot: &Snapshot, route: &Route) -> (u32, u32) {
        let own = route.dst.prefix_len();
        let objects = if route.family() == Family::V6 { objects(snapshot, route) } else { Vec::new() };
        let shared = objects.iter().filter_map(|object| self.0.get(object));
        let (shortest, longest) = shared.fold((own, own), |(a, b), (c, d)| (a.min(*c), b.max(*d)));
        (u32::from(shortest), u32::from(longest))
    }
}

/// The single objects to which a route leads.
fn objects(snapshot: &Snapshot, route: &Route) -> Vec<u32> {
    let Some(id) = route.nhid() else { return Vec::new() };
    let object = snapshot.nexthops.iter().find(|object| object.id == id);
    let members: Vec<u32> = object.into_iter().flat_map(|o| o.group.iter().map(|member| member.id)).collect();
    if members.is_empty() { vec![id] } else { members }
}
