//! What the kernel does with a packet, for one destination and for all of them at once.
//!
//! It answers as the kernel's own look-up does (`ip route get`, with and without `fibmatch`): policy rules,
//! tables, longest prefix, metric, then the kernel's order, next hops that are dead. It reads routes, rules,
//! links, next-hop objects, addresses and kernel settings of a snapshot; it must not know of WireGuard, BIRD or any
//! other owner of routes. What depends on something that was not seen is [`Outcome::Unseen`], never guessed.
//!
//! ```
//! use routelint::fib::{Fib, Flow, Outcome};
//! use routelint::snapshot::Snapshot;
//!
//! let snapshot = Snapshot::default();
//! let fate = Fib::new(&snapshot).fate(&Flow::local(), "192.0.2.1".parse()?);
//! assert!(matches!(fate.outcome, Outcome::Unseen(_)));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod arrival4;
mod caveats;
mod decide;
mod errno;
mod fate;
mod flow;
mod judge;
mod kept;
mod legs;
mod lookup;
mod merged4;
mod policy;
mod query;
mod reverse4;
mod select;
mod select4;
mod select6;
mod shared6;
mod source4;
mod source6;
mod source_address;
mod sweep;
mod table;
mod v4;
mod v6;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::net::{AddressRange, Family, number};
use crate::snapshot::{Route, RouteId, Snapshot, Source};

pub use decide::{Candidate, Decision, RuleSays, RuleTried, Standing, TableLookup};
pub use errno::Errno;
pub use fate::{Blind, Fate, Outcome, Way};
pub use flow::Flow;
pub use legs::Exit;
pub use lookup::{Hop, Lookup, LookupError, parse_lookup};
pub use sweep::{Segment, Sweeper};

use judge::{Case, Note, is_missing};
use kept::{Kept, View};
use policy::{Policy, Step};
use query::Query;
use table::{Node, Tables};

/// The forwarding state of a node, ready to be asked.
pub struct Fib<'s> {
    snapshot: &'s Snapshot,
    tables: Arc<Tables>,
    kept: Kept,
    /// Why nothing can be said of a family at all, IPv4 first.
    blind: [Option<Blind>; 2],
    policy4: Policy<'s>,
    policy6: Policy<'s>,
    /// Somebody added a local IPv4 route by hand.
    custom_local: bool,
    shared: shared6::Shared,
}

impl<'s> Fib<'s> {
    /// The forwarding state as it was seen.
    pub fn new(snapshot: &'s Snapshot) -> Fib<'s> {
        Fib::over(snapshot, Arc::new(Tables::new(&snapshot.routes)), Kept::ALL)
    }

    /// Only the routes that `keep` keeps: what would win if the others were not there.
    pub fn only(&self, keep: impl Fn(RouteId, &Route) -> bool) -> Fib<'s> {
        let kept = Kept::of(&self.snapshot.routes, keep);
        Fib::over(self.snapshot, self.tables.clone(), kept)
    }

    /// The forwarding state of a changed snapshot; routes are sorted again only where some were added.
    pub fn changed<'c>(&self, snapshot: &'c Snapshot) -> Fib<'c> {
        if !snapshot.routes.are_left_of(&self.snapshot.routes) {
            return Fib::new(snapshot);
        }
        Fib::over(snapshot, self.tables.clone(), Kept::of(&snapshot.routes, |_, _| true))
    }

    fn over(snapshot: &'s Snapshot, tables: Arc<Tables>, kept: Kept) -> Fib<'s> {
        let policy6 = Policy::new(snapshot, Family::V6);
        let unheeded = policy6.perhaps_unheeded.then_some(Blind::Unheeded);
        Fib {
            snapshot,
            custom_local: reverse4::has_custom_local(snapshot, kept.among(&tables, Family::V4)),
            shared: shared6::Shared::new(snapshot, kept.among(&tables, Family::V6)),
            tables,
            kept,
            blind: [blindness(snapshot, Family::V4), blindness(snapshot, Family::V6).or(unheeded)],
            policy4: Policy::new(snapshot, Family::V4),
            policy6,
        }
    }

    /// The same, as it would be if no policy rule refused packets.
    pub fn without_refusing_rules(mut self) -> Fib<'s> {
        self.policy4.drop_refusals();
        self.policy6.drop_refusals();
        self
    }

    /// What becomes of a packet.
    pub fn fate(&self, flow: &Flow, dst: IpAddr) -> Fate {
        self.fate_with(flow, dst, &mut |_| ())
    }

    /// Splits the destinations of a range into segments of one fate each: ascending, without a gap, neighbours
    /// of the same fate as one.
    pub fn sweep(&self, flow: &Flow, within: AddressRange, visit: &mut dyn FnMut(Segment)) {
        match self.sweeper(within.family, flow) {
            Some(mut sweeper) => sweeper.sweep(within, visit),
            None => visit(Segment { range: within, fate: Fate::bare(Outcome::Martian) }),
        }
    }

    /// Sweeps of one kind of packet over many ranges; none for a packet that cannot have a destination of the family.
    pub fn sweeper(&self, family: Family, flow: &Flow) -> Option<Sweeper<'_, 's>> {
        let (query, plan) = flow.fits(family).then(|| self.prepare(family, flow))?;
        Some(Sweeper::new(self, query, plan))
    }

    /// The routes to exactly a prefix, in any table, in the order of the dump.
    pub fn routes_to(&self, dst: IpNet) -> Vec<RouteId> {
        let of_table = |table| {
            let view = View::new(table, &self.kept);
            let mut node = view.longest(number(dst.network()));
            while let Some(at) = node.filter(|at| view.length(*at) > dst.prefix_len()) {
                node = view.parent(at);
            }
            let node = node.filter(|at| view.length(*at) == dst.prefix_len());
            node.into_iter().flat_map(move |at| view.kept(view.routes(at)))
        };
        let tables = self.tables.of(Family::of_prefix(dst)).iter();
        let mut routes: Vec<RouteId> = tables.flat_map(of_table).collect();
        routes.sort_unstable();
        routes
    }

    /// Where the packets of a fate leave: one exit, several for multipath, none for what is discarded or
    /// delivered here.
    pub fn exits(&self, fate: &Fate) -> Vec<Exit> {
        legs::exits(self.snapshot, fate)
    }

    fn fate_with(&self, flow: &Flow, dst: IpAddr, note: &mut impl FnMut(Note)) -> Fate {
        let family = Family::of(dst);
        if !flow.fits(family) {
            return Fate::bare(Outcome::Martian);
        }
        let (query, plan) = self.prepare(family, flow);
        let dst = number(dst);
        let find = |slot: usize| self.table(family, slot).longest(dst);
        self.fate_of(Case { query: &query, plan: &plan, dst, find }, note)
    }

    /// The flow as the look-up sees it, and the rules that some destination may still fit.
    fn prepare(&self, family: Family, flow: &Flow) -> (Query, Vec<Step>) {
        let query = Query::new(self.snapshot, family, flow);
        let plan = self.policy(family).plan(self.snapshot, &self.tables, &query);
        (query, plan)
    }

    /// What becomes of a packet, the family's own checks around the look-up included.
    fn fate_of(
        &self,
        case: Case<'_, impl FnMut(usize) -> Option<Node>>,
        note: &mut impl FnMut(Note),
    ) -> Fate {
        match case.query.family {
            Family::V4 => v4::fate(self, case, note),
            Family::V6 => v6::fate(self, case, note),
        }
    }

    /// The table at a place among those of its family.
    fn table(&self, family: Family, slot: usize) -> View<'_> {
        View::new(&self.tables.of(family)[slot], &self.kept)
    }

    fn policy(&self, family: Family) -> &Policy<'s> {
        match family {
            Family::V4 => &self.policy4,
            Family::V6 => &self.policy6,
        }
    }

    /// The prefixes at whose ends IPv4's check of the source may change: rules see source and destination
    /// swapped there.
    fn reverse_edges(&self, query: &Query) -> Vec<(u128, u128)> {
        let checked = query.family == Family::V4 && query.arrives;
        let rules = self.policy(query.family).iter().filter(|_| checked);
        rules.filter_map(|(_, rule)| rule.from).map(policy::bounds).collect()
    }
}

/// Why nothing can be said of a family at all.
fn blindness(snapshot: &Snapshot, family: Family) -> Option<Blind> {
    let source = fate::routes_source(family);
    let unasked = !snapshot.sources.asked(source) && snapshot.routes.is_empty();
    if unasked || is_missing(snapshot, source) {
        return Some(Blind::Source(source));
    }
    is_missing(snapshot, Source::Policy).then_some(Blind::Source(Source::Policy))
}
