//! The exact partition of a range of destinations by their fate.
//!
//! The fate can change only where a prefix of a table begins or ends, where a rule's destination does, or
//! where the family treats addresses apart; the sweep visits these places in order and holds one place in each
//! table, so that it costs one decision per place and no memory.

use crate::net::{AddressRange, Family};

use super::judge::Case;
use super::policy::{Act, Step};
use super::query::Query;
use super::table::{Cursor, Table};
use super::{Fate, Fib};

/// Destinations that share a fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The destinations.
    pub range: AddressRange,
    /// Their fate.
    pub fate: Fate,
}

/// First and last addresses that IPv4 treats apart: "this network", loopback, multicast, link-local multicast,
/// all hosts, limited broadcast.
const APART4: [(u128, u128); 7] = [
    (0, 0),
    (0, 0x00ff_ffff),
    (0x7f00_0000, 0x7fff_ffff),
    (0xe000_0000, 0xefff_ffff),
    (0xe000_0000, 0xe000_00ff),
    (0xe000_0001, 0xe000_0001),
    (0xffff_ffff, 0xffff_ffff),
];

/// First and last addresses that IPv6 treats apart: loopback, link-local, multicast.
const APART6: [(u128, u128); 3] = [(1, 1), (0xfe80 << 112, (0xfec0 << 112) - 1), (0xff00 << 112, u128::MAX)];

/// Sweeps of one kind of packet over ranges of one family, cheapest where the ranges ascend.
pub struct Sweeper<'f, 's> {
    fib: &'f Fib<'s>,
    query: Query,
    plan: Vec<Step>,
    cursors: Vec<Option<Cursor<'f>>>,
    /// Places at which the fate may change but for the tables: ascending, each the first of something.
    edges: Vec<u128>,
    edge: usize,
    at: u128,
}

impl<'f, 's> Sweeper<'f, 's> {
    pub(super) fn new(fib: &'f Fib<'s>, query: Query, plan: Vec<Step>) -> Sweeper<'f, 's> {
        let vrf = fib.snapshot.link(query.vrf).and_then(|vrf| vrf.vrf_table);
        let of_rule = |step: &Step, slot: usize| matches!(step.act, Act::Lookup(_, at) if at == Some(slot));
        let used = |slot: usize, table: &Table| {
            Some(table.id.0) == vrf || plan.iter().any(|step| of_rule(step, slot))
        };
        let tables = fib.tables.of(query.family).iter().enumerate();
        let cursors = tables.map(|(slot, table)| used(slot, table).then(|| Cursor::new(table, 0))).collect();
        let edges = edges(fib, &query, &plan);
        Sweeper { fib, query, plan, cursors, edges, edge: 0, at: 0 }
    }

    /// Splits a range as [`Fib::sweep`] does: ascending, neighbours of the same fate as one.
    pub fn sweep(&mut self, within: AddressRange, visit: &mut dyn FnMut(Segment)) {
        self.seek(within.first);
        let mut start = self.at;
        let mut before = self.fate();
        while let Some(next) = self.next(within.last) {
            let fate = self.fate();
            if fate != before {
                visit(Segment {
                    range: AddressRange { first: start, last: next - 1, ..within },
                    fate: before,
                });
                (start, before) = (next, fate);
            }
        }
        visit(Segment { range: AddressRange { first: start, ..within }, fate: before });
    }

    fn seek(&mut self, to: u128) {
        self.at = to;
        self.cursors.iter_mut().flatten().for_each(|cursor| cursor.seek(to));
        self.edge = self.edges.partition_point(|edge| *edge <= to);
    }

    /// Goes to the next place at which the fate may change.
    fn next(&mut self, last: u128) -> Option<u128> {
        let ends = self.cursors.iter().flatten().map(Cursor::until);
        let edge = self.edges.get(self.edge).map_or(u128::MAX, |edge| edge - 1);
        let until = ends.fold(edge, u128::min);
        if until >= last {
            return None;
        }
        self.at = until + 1;
        for cursor in self.cursors.iter_mut().flatten() {
            cursor.advance(self.at);
        }
        while self.edges.get(self.edge).is_some_and(|edge| *edge <= self.at) {
            self.edge += 1;
        }
        Some(self.at)
    }

    fn fate(&self) -> Fate {
        let family = self.query.family;
        let find = |slot: usize| {
            let node = self.cursors[slot].as_ref().and_then(|cursor| cursor.node);
            self.fib.table(family, slot).around(node)
        };
        let case = Case { query: &self.query, plan: &self.plan, dst: self.at, find };
        self.fib.fate_of(case, &mut |_| ())
    }
}

/// Where something other than a table begins or ends.
fn edges(fib: &Fib<'_>, query: &Query, plan: &[Step]) -> Vec<u128> {
    let apart: &[(u128, u128)] = match query.family {
        Family::V4 => &APART4,
        Family::V6 => &APART6,
    };
    let rules = plan.iter().filter_map(Step::edges);
    let reverse = fib.reverse_edges(query);
    let ranges = apart.iter().copied().chain(rules).chain(reverse);
    let mut edges: Vec<u128> =
        ranges.flat_map(|(first, last)| [Some(first), last.checked_add(1)]).flatten().collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}
