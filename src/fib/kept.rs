//! Tables of which only some routes count: forwarding as it would be without the others.
//!
//! The tables are shared, and a choice costs a bit for each route.

use crate::net::Family;
use crate::snapshot::{Route, RouteId, Routes};

use super::table::{Node, Table, Tables};

/// A choice among the routes of tables.
pub(super) struct Kept(Option<Vec<u64>>);

impl Kept {
    /// Every route.
    pub(super) const ALL: Kept = Kept(None);

    /// The routes that `keep` keeps.
    pub(super) fn of(routes: &Routes, keep: impl Fn(RouteId, &Route) -> bool) -> Kept {
        let mut bits = vec![0; routes.numbers().div_ceil(64)];
        for (id, _) in routes.iter().filter(|(id, route)| keep(*id, route)) {
            bits[id.0 as usize / 64] |= 1u64 << (id.0 % 64);
        }
        Kept(Some(bits))
    }

    fn has(&self, id: RouteId) -> bool {
        self.0.as_ref().is_none_or(|bits| bits[id.0 as usize / 64] >> (id.0 % 64) & 1 == 1)
    }

    /// Those of a family that are in tables.
    pub(super) fn among(&self, tables: &Tables, family: Family) -> impl Iterator<Item = RouteId> {
        tables.routes(family).filter(|id| self.has(*id))
    }
}

/// One table as it would be if only the routes that are kept were in it.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    table: &'t Table,
    kept: &'t Kept,
}

impl<'t> View<'t> {
    pub(super) fn new(table: &'t Table, kept: &'t Kept) -> View<'t> {
        View { table, kept }
    }

    /// The longest prefix that holds an address.
    pub(super) fn longest(&self, address: u128) -> Option<Node> {
        self.around(self.table.longest(address))
    }

    /// The longest prefix at or around a node of the whole table.
    pub(super) fn around(&self, node: Option<Node>) -> Option<Node> {
        let mut node = node;
        while let Some(at) = node.filter(|at| self.is_empty(*at)) {
            node = self.table.parent(at);
        }
        node
    }

    /// The longest prefix around a node.
    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        self.around(self.table.parent(node))
    }

    /// Whether a prefix has no route.
    fn is_empty(&self, node: Node) -> bool {
        self.kept(self.table.routes(node)).next().is_none()
    }

    /// The routes of a prefix in the kernel's order, those that are not kept too.
    pub(super) fn routes(&self, node: Node) -> &'t [RouteId] {
        self.table.routes(node)
    }

    /// Those of a prefix's routes that are kept.
    pub(super) fn kept(&self, routes: &'t [RouteId]) -> impl Iterator<Item = RouteId> + use<'t> {
        let kept = self.kept;
        routes.iter().copied().filter(|id| kept.has(*id))
    }

    /// The length of a prefix.
    pub(super) fn length(&self, node: Node) -> u8 {
        self.table.length(node)
    }

    /// The lowest address of a prefix.
    pub(super) fn first(&self, node: Node) -> u128 {
        self.table.first(node)
    }

    /// Whether some routes of a prefix may ask for a source.
    pub(super) fn may_have_sources(&self, node: Node) -> bool {
        self.table.has_sources(node)
    }

    /// Whether there are longer prefixes within a prefix.
    pub(super) fn has_inner(&self, node: Node) -> bool {
        self.table.inner(node).any(|inner| !self.is_empty(inner))
    }
}
