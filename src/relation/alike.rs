//! Routes that are alike to a person, and when rows about them are told as one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::host::Host;
use crate::net::{AddressRange, Protocol, TableId};
use crate::snapshot::RouteId;

/// How many rows of one class are told one by one; more of them are one row, because nobody reads them.
pub(super) const MOST: usize = 1000;

/// What a route is but for its destination: those that share it have the same story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Alike {
    table: TableId,
    word: Option<&'static str>,
    protocol: Protocol,
    metric: u32,
    dev: Option<u32>,
    via: Option<IpAddr>,
    nhid: Option<u32>,
    /// Whether it is a default, or one of the halves that stand in for one.
    default: bool,
    /// A multipath route of its own is like no other.
    only: Option<RouteId>,
}

impl Alike {
    /// What a route is.
    pub(super) fn of(host: &Host<'_>, id: RouteId) -> Option<Alike> {
        let route = host.route(id)?;
        Some(Alike {
            table: route.table,
            word: route.kind.word(),
            protocol: route.protocol,
            metric: route.metric,
            dev: route.dev,
            via: route.via,
            nhid: route.nhid(),
            default: route.dst.prefix_len() <= 1,
            only: (route.nhid().is_none() && !route.legs().is_empty()).then_some(id),
        })
    }
}

/// Rows by class. Too many of one class are one row: the first, which takes the others in.
pub(super) struct Lots<C, R> {
    lots: BTreeMap<C, Lot<R>>,
    take_in: fn(&mut R, R),
}

enum Lot<R> {
    Few(Vec<R>),
    Many(Box<R>),
}

impl<C: Ord, R> Lots<C, R> {
    pub(super) fn new(take_in: fn(&mut R, R)) -> Lots<C, R> {
        Lots { lots: BTreeMap::new(), take_in }
    }

    pub(super) fn add(&mut self, class: C, row: R) {
        let lot = self.lots.entry(class).or_insert(Lot::Few(Vec::new()));
        match lot {
            Lot::Many(first) => (self.take_in)(first, row),
            Lot::Few(rows) if rows.len() < MOST => rows.push(row),
            Lot::Few(rows) => {
                let mut rows = std::mem::take(rows).into_iter().chain([row]);
                let Some(mut first) = rows.next() else { return };
                rows.for_each(|other| (self.take_in)(&mut first, other));
                *lot = Lot::Many(Box::new(first));
            }
        }
    }

    /// The rows, class by class.
    pub(super) fn into_rows(self) -> Vec<R> {
        let rows = self.lots.into_values().flat_map(|lot| match lot {
            Lot::Few(rows) => rows,
            Lot::Many(row) => vec![*row],
        });
        rows.collect()
    }
}

/// Adds a range to others, as one with the last where it follows it.
pub(super) fn append(ranges: &mut Vec<AddressRange>, range: AddressRange) {
    match ranges.last_mut() {
        Some(last) if last.family == range.family && last.last.checked_add(1) == Some(range.first) => {
            last.last = range.last;
        }
        Some(_) | None => ranges.push(range),
    }
}
