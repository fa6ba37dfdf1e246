//! The decision itself: policy rules in order, each with its table, until one decides.
//!
//! It is one function for a single destination and for a sweep: the caller says where in each table the
//! destination lies. A witness is told of each step and costs nothing where nobody listens.

use crate::net::{Family, RouteType};
use crate::snapshot::{Route, RouteId, Snapshot, Source};

use super::legs::Legs;
use super::policy::{Act, Selects, Step};
use super::query::Query;
use super::select::Found;
use super::table::Node;
use super::{Blind, Fate, Fib, Outcome, Way, select4, select6};

/// A step of the decision, for who wants to tell of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// The packet comes before the rules.
    Begins,
    /// What the look-up of the rule at a place found.
    Lookup { at: usize, found: Found },
    /// The rule at a place did not accept what it found.
    Suppressed { at: usize },
}

/// What a rule makes of a packet that it selects.
enum Verdict {
    Fate(Fate),
    Next,
}

/// One packet under judgement: the query, the rules that it may fit, its destination and the way to find that
/// in a table.
pub(super) struct Case<'c, F> {
    pub(super) query: &'c Query,
    pub(super) plan: &'c [Step],
    pub(super) dst: u128,
    pub(super) find: F,
}

impl<F: FnMut(usize) -> Option<Node>> Case<'_, F> {
    /// What becomes of the packet by rules and tables alone.
    pub(super) fn judge(&mut self, fib: &Fib<'_>, note: &mut impl FnMut(Note)) -> Fate {
        if let Some(blind) = fib.blind[self.query.family as usize] {
            return Fate::unseen(blind);
        }
        note(Note::Begins);
        match fib.policy(self.query.family).merged {
            Some(false) => self.by_rules(fib, note),
            Some(true) => self.as_one(fib, note),
            None => match (self.as_one(fib, &mut |_| ()), self.by_rules(fib, note)) {
                (one, two) if one == two => two,
                _ => Fate::unseen(Blind::Merged),
            },
        }
    }

    /// Rule by rule, each with its own table.
    fn by_rules(&mut self, fib: &Fib<'_>, note: &mut impl FnMut(Note)) -> Fate {
        let mut from_priority = 0;
        for step in self.plan {
            if step.priority < from_priority {
                continue;
            }
            match (step.selects(self.dst), step.act) {
                (Selects::No, _) => {}
                (Selects::Unknown, _) | (Selects::Yes, Act::Blind) => {
                    return Fate::unseen(Blind::Rule(step.index));
                }
                (Selects::Yes, Act::Goto(priority)) => from_priority = priority,
                (Selects::Yes, Act::Refuse(outcome)) => {
                    return Fate { rule: Some(step.index), ..Fate::bare(outcome) };
                }
                (Selects::Yes, Act::Lookup(_, slot)) => match self.look_up(fib, step, slot, note) {
                    Verdict::Fate(fate) => return fate,
                    Verdict::Next => {}
                },
            }
        }
        Fate::bare(Outcome::NoRoute)
    }

    fn look_up(
        &mut self,
        fib: &Fib<'_>,
        step: &Step,
        slot: Option<usize>,
        note: &mut impl FnMut(Note),
    ) -> Verdict {
        let found = slot.map_or(Found::Nothing, |slot| self.select(fib, slot));
        note(Note::Lookup { at: step.at, found });
        let (id, way) = match found {
            Found::Route { id, way, .. } => (id, way),
            Found::Nothing => return Verdict::Next,
            Found::Blind(blind) => return Verdict::Fate(Fate::unseen(blind)),
        };
        let Some(route) = fib.snapshot.routes.get(id) else { return Verdict::Next };
        let outcome = match outcome(id, route) {
            Some(outcome) => outcome,
            None => return Verdict::Next,
        };
        match suppresses(fib, step, route, outcome) {
            Selects::Unknown => return Verdict::Fate(Fate::unseen(Blind::Legs(id))),
            Selects::Yes => {
                note(Note::Suppressed { at: step.at });
                return Verdict::Next;
            }
            Selects::No => {}
        }
        let rule = fib.policy(self.query.family).name(step);
        Verdict::Fate(Fate { outcome, rule, route: Some(id), way })
    }

    /// What the packet finds in the table at a place.
    pub(super) fn select(&mut self, fib: &Fib<'_>, slot: usize) -> Found {
        let node = (self.find)(slot);
        let table = fib.table(self.query.family, slot);
        match self.query.family {
            Family::V4 => select4::select(fib.snapshot, table, node, self.query),
            Family::V6 => select6::select(fib.snapshot, table, node, self.query, self.dst),
        }
    }
}

/// What a route does with its packets; `None` for `throw`.
pub(super) fn outcome(id: RouteId, route: &Route) -> Option<Outcome> {
    Some(match route.kind {
        RouteType::Unicast => Outcome::Forward,
        RouteType::Local => Outcome::Local,
        RouteType::Broadcast => Outcome::Broadcast,
        RouteType::Anycast => Outcome::Anycast,
        RouteType::Multicast => Outcome::Multicast,
        RouteType::Blackhole => Outcome::Blackhole,
        RouteType::Unreachable => Outcome::Unreachable,
        RouteType::Prohibit => Outcome::Prohibit,
        RouteType::Throw => return None,
        RouteType::Other(_) => Outcome::Unseen(Blind::Route(id)),
    })
}

/// Whether a rule does not accept the route that it found (`suppress_prefixlength`, `suppress_ifgroup`); it
/// accepts every discard.
fn suppresses(fib: &Fib<'_>, step: &Step, route: &Route, outcome: Outcome) -> Selects {
    let (snapshot, family) = (fib.snapshot, route.family());
    if outcome.is_discard() {
        return Selects::No;
    }
    let (shortest, longest) = fib.shared.lengths(snapshot, route);
    match step.suppress_length {
        Some(limit) if longest <= limit => return Selects::Yes,
        Some(limit) if shortest <= limit => return Selects::Unknown,
        Some(_) | None => {}
    }
    let Some(group) = step.suppress_group else { return Selects::No };
    let legs = Legs::of(snapshot, route);
    let in_group =
        |dev: Option<u32>| dev.and_then(|dev| snapshot.link(dev)).is_some_and(|l| l.group == group);
    let mut answers = legs.iter().filter(|exit| !exit.dead || family == Family::V4).map(|e| in_group(e.dev));
    let first = answers.next().unwrap_or(false);
    // IPv4 looks at the first next hop only, IPv6 at the one that the hash took.
    match family == Family::V6 && answers.any(|answer| answer != first) {
        true => Selects::Unknown,
        false if first => Selects::Yes,
        false => Selects::No,
    }
}

/// Whether a source was asked for and is missing as a whole.
pub(super) fn is_missing(snapshot: &Snapshot, source: Source) -> bool {
    snapshot.sources.gaps(source).iter().any(|gap| gap.part.is_empty() && !gap.torn)
}

/// A fate without a route that leaves by a link.
pub(super) fn on_link(outcome: Outcome, link: u32) -> Fate {
    Fate { way: Way::By(link), ..Fate::bare(outcome) }
}
