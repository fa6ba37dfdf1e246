//! Two forwarding states side by side: the destinations whose fate differs.
//!
//! Numbers of routes, rules and links mean nothing across snapshots, so a fate differs when its outcome does or where
//! the packets leave: the names of the links, the gateways, the shares.

use std::net::IpAddr;

use crate::net::AddressRange;
use crate::snapshot::Link;

use super::{Fate, Fib, Flow, Segment};

/// Destinations that share a fate before and a different one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The destinations.
    pub range: AddressRange,
    /// Their fate in the first state.
    pub before: Fate,
    /// Their fate in the second.
    pub after: Fate,
}

/// Visits the ranges of destinations whose fate differs between two states, ascending; neighbours that differ in
/// the same way come as one.
///
/// The flow's links are given by their index in each state, so it is one flow for each.
pub fn compare(
    (before, flow_before): (&Fib<'_>, &Flow),
    (after, flow_after): (&Fib<'_>, &Flow),
    within: AddressRange,
    visit: &mut dyn FnMut(Difference),
) {
    let segments = Segments::of(before, flow_before, within);
    let mut pairing = Pairing { before, after, segments, pending: None, visit };
    after.sweep(flow_after, within, &mut |segment| pairing.meet(segment));
    pairing.settle();
}

/// The segments of the first state, packed: a million of them are kept while the second is swept.
struct Segments {
    lasts: Vec<u128>,
    fates: Vec<Fate>,
    at: usize,
}

impl Segments {
    fn of(fib: &Fib<'_>, flow: &Flow, within: AddressRange) -> Segments {
        let mut segments = Segments { lasts: Vec::new(), fates: Vec::new(), at: 0 };
        fib.sweep(flow, within, &mut |segment| {
            segments.lasts.push(segment.range.last);
            segments.fates.push(segment.fate);
        });
        segments
    }
}

struct Pairing<'p, 's> {
    before: &'p Fib<'s>,
    after: &'p Fib<'s>,
    segments: Segments,
    pending: Option<Difference>,
    visit: &'p mut dyn FnMut(Difference),
}

impl Pairing<'_, '_> {
    /// Sets a segment of the second state against those of the first that it meets.
    fn meet(&mut self, segment: Segment) {
        let mut first = segment.range.first;
        loop {
            let (last, fate) = (self.segments.lasts[self.segments.at], self.segments.fates[self.segments.at]);
            let range = AddressRange { first, last: last.min(segment.range.last), ..segment.range };
            self.note(Difference { range, before: fate, after: segment.fate });
            if last <= segment.range.last {
                self.segments.at += 1;
            }
            if last >= segment.range.last {
                return;
            }
            first = last + 1;
        }
    }

    fn note(&mut self, difference: Difference) {
        if self.is_same(&difference) {
            return;
        }
        match &mut self.pending {
            Some(pending) if joins(pending, &difference) => pending.range.last = difference.range.last,
            _ => {
                self.settle();
                self.pending = Some(difference);
            }
        }
    }

    fn settle(&mut self) {
        self.pending.take().into_iter().for_each(|difference| (self.visit)(difference));
    }

    fn is_same(&self, difference: &Difference) -> bool {
        let (before, after) = (&difference.before, &difference.after);
        before.outcome.word() == after.outcome.word() && hops(self.before, before) == hops(self.after, after)
    }
}

fn joins(pending: &Difference, next: &Difference) -> bool {
    let fates = pending.before == next.before && pending.after == next.after;
    fates && pending.range.last.checked_add(1) == Some(next.range.first)
}

/// Where the packets of a fate leave, in an order of its own.
fn hops<'s>(fib: &Fib<'s>, fate: &Fate) -> Vec<(Option<&'s str>, Option<IpAddr>, u32)> {
    let name = |dev: u32| fib.snapshot.link(dev).map(|link: &Link| link.name.as_str());
    let exits = fib.exits(fate).into_iter();
    let mut hops: Vec<_> = exits.map(|exit| (exit.dev.and_then(name), exit.via, exit.weight)).collect();
    hops.sort_unstable();
    hops
}
