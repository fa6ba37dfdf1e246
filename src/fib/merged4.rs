//! IPv4's look-up while no policy rule was ever changed (`include/net/ip_fib.h`, `fib_lookup` without custom rules):
//! the tables `local` and `main` are one, and `default` is asked after it.

use crate::net::{Family, TableId};
use crate::snapshot::RouteId;

use super::judge::{Case, Note, outcome};
use super::policy::{Act, Step};
use super::select::Found;
use super::table::Node;
use super::{Fate, Fib, Outcome, select4};

impl<F: FnMut(usize) -> Option<Node>> Case<'_, F> {
    /// What the longer prefix of `local` and `main` says, and without one what `default` says.
    pub(super) fn as_one(&mut self, fib: &Fib<'_>, note: &mut impl FnMut(Note)) -> Fate {
        let [local, main, default] = [TableId::LOCAL, TableId::MAIN, TableId::DEFAULT].map(|id| self.at(id));
        let (step, found) = match (local.and_then(slot_of), main.and_then(slot_of)) {
            (Some(one), Some(two)) => {
                let places = [one, two].map(|slot| (fib.table(Family::V4, slot), (self.find)(slot)));
                let (which, found) = select4::select_among(fib.snapshot, places, self.query);
                (if which == 0 { local } else { main }, found)
            }
            (Some(_), None) => (local, self.found(fib, local)),
            (None, _) => (main, self.found(fib, main)),
        };
        tell(note, step, found);
        let fate = fate_of(fib, step, found);
        if fate.outcome != Outcome::NoRoute {
            return fate;
        }
        let last = self.found(fib, default);
        tell(note, default, last);
        fate_of(fib, default, last)
    }

    /// The rule that looks a table up.
    fn at(&self, id: TableId) -> Option<Step> {
        let looks = |step: &&Step| matches!(step.act, Act::Lookup(table, _) if table == id);
        self.plan.iter().find(looks).copied()
    }

    fn found(&mut self, fib: &Fib<'_>, step: Option<Step>) -> Found {
        step.and_then(slot_of).map_or(Found::Nothing, |slot| self.select(fib, slot))
    }
}

fn slot_of(step: Step) -> Option<usize> {
    match step.act {
        Act::Lookup(_, slot) => slot,
        Act::Goto(_) | Act::Refuse(_) | Act::Blind => None,
    }
}

fn tell(note: &mut impl FnMut(Note), step: Option<Step>, found: Found) {
    step.into_iter().for_each(|step| note(Note::Lookup { at: step.at, found }));
}

fn fate_of(fib: &Fib<'_>, step: Option<Step>, found: Found) -> Fate {
    match found {
        Found::Nothing => Fate::bare(Outcome::NoRoute),
        Found::Blind(blind) => Fate::unseen(blind),
        Found::Route { id, way, .. } => match outcome_of(fib, id) {
            Some(outcome) => {
                let rule = step.and_then(|step| fib.policy(Family::V4).name(&step));
                Fate { outcome, rule, route: Some(id), way }
            }
            None => Fate::bare(Outcome::NoRoute),
        },
    }
}

fn outcome_of(fib: &Fib<'_>, id: RouteId) -> Option<Outcome> {
    fib.snapshot.routes.get(id).and_then(|route| outcome(id, route))
}
