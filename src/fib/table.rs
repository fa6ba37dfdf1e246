//! Routing tables as sorted prefixes with links to their parents.
//!
//! One table costs a sort of its routes. After that the longest prefix of an address is a binary search, and
//! a walk over all addresses is one pass. Nothing here knows what a route does.

use std::cmp::Ordering;

use crate::net::{Family, TableId, number};
use crate::snapshot::{Route, RouteFlag, RouteId, Routes};

/// The place of a prefix in its table.
pub(super) type Node = u32;

/// No prefix at all: the parent of the outermost.
const NONE: Node = u32::MAX;

/// One prefix of a table, with the routes that have it.
#[derive(Clone, Copy)]
struct Prefix {
    first: u128,
    /// The longest prefix around this one.
    parent: Node,
    /// Where its routes begin in `Table::routes`; before that is filled, the route's own number.
    start: u32,
    length: u8,
    /// Whether some of its routes ask for a source.
    sources: bool,
}

/// The routes of one table and family, by prefix.
pub(super) struct Table {
    /// The table's number.
    pub(super) id: TableId,
    bits: u8,
    prefixes: Vec<Prefix>,
    routes: Vec<RouteId>,
    /// The first address of each run of prefixes, so that a search touches little memory.
    runs: Vec<u128>,
}

/// How many prefixes a run has.
const RUN: usize = 64;

impl Table {
    /// The longest prefix that holds an address.
    pub(super) fn longest(&self, address: u128) -> Option<Node> {
        self.around(self.after(address).checked_sub(1)? as Node, address)
    }

    /// The place of the first prefix that begins above an address.
    fn after(&self, address: u128) -> usize {
        let run = self.runs.partition_point(|first| *first <= address).saturating_sub(1) * RUN;
        let end = self.prefixes.len().min(run + RUN);
        run + self.prefixes[run..end].partition_point(|prefix| prefix.first <= address)
    }

    /// The longest prefix that holds an address, at or around a node.
    fn around(&self, node: Node, address: u128) -> Option<Node> {
        let mut node = Some(node);
        while let Some(at) = node {
            if self.last(at) >= address {
                break;
            }
            node = self.parent(at);
        }
        node
    }

    /// The longest prefix around a node.
    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        let parent = self.prefixes[node as usize].parent;
        (parent != NONE).then_some(parent)
    }

    /// The routes of a prefix in the kernel's order.
    pub(super) fn routes(&self, node: Node) -> &[RouteId] {
        let at = node as usize;
        let end = self.prefixes.get(at + 1).map_or(self.routes.len(), |next| next.start as usize);
        &self.routes[self.prefixes[at].start as usize..end]
    }

    /// The length of a prefix.
    pub(super) fn length(&self, node: Node) -> u8 {
        self.prefixes[node as usize].length
    }

    /// The lowest address of a prefix.
    pub(super) fn first(&self, node: Node) -> u128 {
        self.prefixes[node as usize].first
    }

    /// The highest address of a prefix.
    pub(super) fn last(&self, node: Node) -> u128 {
        let prefix = &self.prefixes[node as usize];
        last_of(prefix.first, prefix.length, self.bits)
    }

    /// Whether some routes of a prefix ask for a source.
    pub(super) fn has_sources(&self, node: Node) -> bool {
        self.prefixes[node as usize].sources
    }

    /// The longer prefixes within a prefix.
    pub(super) fn inner(&self, node: Node) -> impl Iterator<Item = Node> {
        let last = self.last(node);
        let inner = self.prefixes[node as usize + 1..].iter().take_while(move |next| next.first <= last);
        inner.zip(node + 1..).map(|(_, node)| node)
    }

    /// Sorts the collected routes and links each prefix to its parent.
    fn finish(&mut self, routes: &Routes) {
        self.prefixes.sort_unstable_by(|a, b| by_prefix(a, b).then_with(|| by_route(routes, a, b)));
        self.routes = self.prefixes.iter().map(|prefix| RouteId(prefix.start)).collect();
        self.merge();
        self.link();
        self.runs = self.prefixes.iter().step_by(RUN).map(|prefix| prefix.first).collect();
    }

    /// Leaves one entry for each prefix.
    fn merge(&mut self) {
        let mut kept: usize = 0;
        for at in 0..self.prefixes.len() {
            let prefix = Prefix { start: at as u32, ..self.prefixes[at] };
            match kept.checked_sub(1).map(|last| &mut self.prefixes[last]) {
                Some(last) if by_prefix(last, &prefix) == Ordering::Equal => last.sources |= prefix.sources,
                _ => {
                    self.prefixes[kept] = prefix;
                    kept += 1;
                }
            }
        }
        self.prefixes.truncate(kept);
    }

    /// Points each prefix at the one around it: the sorted order visits parents first.
    fn link(&mut self) {
        let mut open = None;
        for at in 0..self.prefixes.len() {
            let parent = open.and_then(|node| self.around(node, self.prefixes[at].first));
            self.prefixes[at].parent = parent.unwrap_or(NONE);
            open = Some(at as Node);
        }
    }
}

/// The highest address of the prefix with a lowest address and a length.
pub(super) fn last_of(first: u128, length: u8, bits: u8) -> u128 {
    let host = u32::from(bits.saturating_sub(length));
    first | 1u128.checked_shl(host).map_or(u128::MAX, |size| size - 1)
}

fn by_prefix(a: &Prefix, b: &Prefix) -> Ordering {
    (a.first, a.length).cmp(&(b.first, b.length))
}

/// The kernel's order within a prefix: IPv6 keeps source prefixes apart (longest first here), IPv4 puts the
/// type of service first; then the metric; then the order of the dump.
fn by_route(routes: &Routes, a: &Prefix, b: &Prefix) -> Ordering {
    match (routes.get(RouteId(a.start)), routes.get(RouteId(b.start))) {
        (Some(one), Some(two)) => rank(one).cmp(&rank(two)).then(a.start.cmp(&b.start)),
        _ => a.start.cmp(&b.start),
    }
}

fn rank(route: &Route) -> (u8, u128, u8, u32) {
    let from =
        route.from().map_or((u8::MAX, 0), |from| (u8::MAX - from.prefix_len(), number(from.network())));
    let tos = route.rare.as_ref().map_or(0, |rare| rare.tos);
    (from.0, from.1, u8::MAX - tos, route.metric)
}

/// Every table of both families.
pub(super) struct Tables {
    v4: Vec<Table>,
    v6: Vec<Table>,
}

impl Tables {
    /// Sorts routes into their tables; cached clones are no table's entries.
    pub(super) fn new(routes: &Routes) -> Tables {
        let kept = || routes.iter().filter(|(_, route)| route.flags & RouteFlag::CLONED == 0);
        let mut tables = Tables { v4: Vec::new(), v6: Vec::new() };
        let mut sizes: Vec<(Family, TableId, usize)> = Vec::new();
        for (_, route) in kept() {
            let (family, id) = (route.family(), route.table);
            match sizes.iter_mut().find(|size| (size.0, size.1) == (family, id)) {
                Some(size) => size.2 += 1,
                None => sizes.push((family, id, 1)),
            }
        }
        sizes.sort_unstable();
        for (family, id, size) in sizes {
            tables.of_mut(family).push(Table {
                id,
                bits: family.bits(),
                prefixes: Vec::with_capacity(size),
                routes: Vec::new(),
                runs: Vec::new(),
            });
        }
        for (id, route) in kept() {
            tables.push(id, route);
        }
        for table in tables.v4.iter_mut().chain(&mut tables.v6) {
            table.finish(routes);
        }
        tables
    }

    fn push(&mut self, id: RouteId, route: &Route) {
        let prefix = Prefix {
            first: number(route.dst.network()),
            parent: NONE,
            start: id.0,
            length: route.dst.prefix_len(),
            sources: route.from().is_some_and(|from| from.prefix_len() > 0),
        };
        let tables = self.of_mut(route.family());
        if let Ok(at) = tables.binary_search_by_key(&route.table, |table| table.id) {
            tables[at].prefixes.push(prefix);
        }
    }

    /// The tables of a family, sorted by number.
    pub(super) fn of(&self, family: Family) -> &[Table] {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    /// Every route of a family.
    pub(super) fn routes(&self, family: Family) -> impl Iterator<Item = RouteId> {
        self.of(family).iter().flat_map(|table| table.routes.iter().copied())
    }

    fn of_mut(&mut self, family: Family) -> &mut Vec<Table> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }

    /// The place of a table among those of its family; `None` when it has no routes.
    pub(super) fn slot(&self, family: Family, id: TableId) -> Option<usize> {
        self.of(family).binary_search_by_key(&id, |table| table.id).ok()
    }
}

/// A place in a table that moves upward through the addresses.
pub(super) struct Cursor<'t> {
    table: &'t Table,
    /// The longest prefix at the place.
    pub(super) node: Option<Node>,
    next: usize,
    at: u128,
}

/// How many prefixes ahead a walk is cheaper than a search.
const NEAR: usize = 16;

impl<'t> Cursor<'t> {
    /// A cursor at an address.
    pub(super) fn new(table: &'t Table, at: u128) -> Cursor<'t> {
        Cursor { table, node: table.longest(at), next: table.after(at), at }
    }

    /// Moves to any address.
    pub(super) fn seek(&mut self, to: u128) {
        let far = self.table.prefixes.get(self.next + NEAR);
        if to < self.at || far.is_some_and(|far| far.first <= to) {
            *self = Cursor::new(self.table, to);
        } else {
            self.advance(to);
        }
    }

    /// The last address at which the longest prefix is still the same.
    pub(super) fn until(&self) -> u128 {
        let before_next = self.table.prefixes.get(self.next).map_or(u128::MAX, |next| next.first - 1);
        self.node.map_or(u128::MAX, |node| self.table.last(node)).min(before_next)
    }

    /// Moves to an address at or above the place.
    pub(super) fn advance(&mut self, to: u128) {
        self.at = to;
        while self.table.prefixes.get(self.next).is_some_and(|prefix| prefix.first <= to) {
            self.node = Some(self.next as Node);
            self.next += 1;
        }
        self.node = self.node.and_then(|node| self.table.around(node, to));
    }
}
