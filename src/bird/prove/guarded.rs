//! Values under conditions, and the state of a run on all routes at once.

use std::collections::{BTreeMap, BTreeSet};

use super::bdd::{Bdd, Diagrams};
use super::symbol::Symbol;
use crate::bird::eval::Attribute;

/// A value that depends on conditions: a diagram whose ends are symbols. It counts only where the state that holds
/// it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guarded(Bdd);

impl Guarded {
    /// The same value everywhere.
    pub(super) fn always(diagrams: &mut Diagrams, symbol: Symbol) -> Guarded {
        Guarded(diagrams.end(symbol))
    }

    /// The value, where there is only one.
    pub(super) fn only(self, diagrams: &Diagrams) -> Option<Symbol> {
        diagrams.symbol(self.0)
    }

    /// The symbols that it may be.
    pub(super) fn symbols(self, diagrams: &Diagrams) -> BTreeSet<Symbol> {
        diagrams.symbols(self.0)
    }

    /// The function of atoms that ends in the symbols.
    pub(super) fn function(self) -> Bdd {
        self.0
    }

    /// One value where the condition holds, else the other.
    pub(super) fn choose(
        diagrams: &mut Diagrams,
        condition: Bdd,
        then: Guarded,
        otherwise: Guarded,
    ) -> Guarded {
        Guarded(diagrams.choose(condition, then.0, otherwise.0))
    }

    /// Each value with the condition for it, among the routes that get here.
    pub(super) fn cases(self, diagrams: &mut Diagrams, reach: Bdd) -> Vec<(Bdd, Symbol)> {
        if let Some(symbol) = self.only(diagrams) {
            return vec![(reach, symbol)];
        }
        let mut cases = Vec::new();
        for symbol in diagrams.symbols(self.0) {
            let condition = diagrams.condition_for(self.0, symbol);
            let condition = diagrams.and(condition, reach);
            if condition != Bdd::FALSE {
                cases.push((condition, symbol));
            }
        }
        cases
    }

    /// The value of disjoint cases.
    pub(super) fn of(diagrams: &mut Diagrams, cases: &[(Bdd, Symbol)]) -> Option<Guarded> {
        let ((_, first), rest) = cases.split_first()?;
        let mut value = Guarded::always(diagrams, *first);
        for (condition, symbol) in rest {
            let then = Guarded::always(diagrams, *symbol);
            value = Guarded::choose(diagrams, *condition, then, value);
        }
        Some(value)
    }
}

/// What holds at one place of the program, for all routes that get there.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Which routes get here.
    pub reach: Bdd,
    /// The variables of the calls under way, the innermost last.
    pub frames: Vec<Vec<Guarded>>,
    /// The attributes that were written.
    pub attributes: BTreeMap<Attribute, Guarded>,
}

impl State {
    /// Whether no route gets here.
    pub(super) fn is_dead(&self) -> bool {
        self.reach == Bdd::FALSE
    }

    /// The same state for fewer routes.
    pub(super) fn narrowed(&self, diagrams: &mut Diagrams, condition: Bdd) -> State {
        State { reach: diagrams.and(self.reach, condition), ..self.clone() }
    }

    /// The same state for no route.
    pub(super) fn dead(&self) -> State {
        State { reach: Bdd::FALSE, ..self.clone() }
    }
}

/// Joins two states, the first of which holds where the condition does; `given` tells what an attribute is where
/// it was not written.
pub(crate) fn join(
    diagrams: &mut Diagrams,
    condition: Bdd,
    left: State,
    right: State,
    given: &mut dyn FnMut(&mut Diagrams, &Attribute) -> Guarded,
) -> State {
    if left.is_dead() {
        return right;
    }
    if right.is_dead() {
        return left;
    }
    let mut frames = Vec::with_capacity(left.frames.len());
    for (a, b) in left.frames.iter().zip(&right.frames) {
        let joined = a.iter().zip(b).map(|(a, b)| Guarded::choose(diagrams, condition, *a, *b));
        frames.push(joined.collect());
    }
    let names: BTreeSet<&Attribute> = left.attributes.keys().chain(right.attributes.keys()).collect();
    let mut attributes = BTreeMap::new();
    for name in names {
        let mut value = |state: &State, diagrams: &mut Diagrams| match state.attributes.get(name) {
            Some(value) => *value,
            None => given(diagrams, name),
        };
        let (a, b) = (value(&left, diagrams), value(&right, diagrams));
        attributes.insert(name.clone(), Guarded::choose(diagrams, condition, a, b));
    }
    State { reach: diagrams.or(left.reach, right.reach), frames, attributes }
}
