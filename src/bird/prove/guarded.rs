//! Values under conditions, and the state of a run on all routes at once.

use std::collections::BTreeMap;

use super::bdd::{Bdd, Diagrams};
use super::symbol::Symbol;
use crate::bird::eval::Attribute;

/// A value that depends on conditions: one symbol for each; the conditions exclude each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Guarded(pub Vec<(Bdd, Symbol)>);

impl Guarded {
    /// The same value everywhere.
    pub fn always(symbol: Symbol) -> Guarded {
        Guarded(vec![(Bdd::TRUE, symbol)])
    }

    /// The value, where there is only one.
    pub fn only(&self) -> Option<Symbol> {
        match self.0.as_slice() {
            [(_, symbol)] => Some(*symbol),
            _ => None,
        }
    }

    /// Adds a value under a condition, joining it with an equal one.
    pub fn add(&mut self, diagrams: &mut Diagrams, condition: Bdd, symbol: Symbol) {
        if condition == Bdd::FALSE {
            return;
        }
        match self.0.iter_mut().find(|(_, known)| *known == symbol) {
            Some((known, _)) => *known = diagrams.or(*known, condition),
            None => self.0.push((condition, symbol)),
        }
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
    pub fn is_dead(&self) -> bool {
        self.reach == Bdd::FALSE
    }

    /// The same state for fewer routes.
    pub fn narrowed(&self, diagrams: &mut Diagrams, condition: Bdd) -> State {
        State { reach: diagrams.and(self.reach, condition), ..self.clone() }
    }
}

/// Joins two states; `given` tells what an attribute is where it was not written.
pub(crate) fn join(
    diagrams: &mut Diagrams,
    left: State,
    right: State,
    given: &mut dyn FnMut(&Attribute) -> Symbol,
) -> State {
    if left.is_dead() {
        return right;
    }
    if right.is_dead() {
        return left;
    }
    let (l, r) = (left.reach, right.reach);
    let mut frames = Vec::with_capacity(left.frames.len());
    for (a, b) in left.frames.iter().zip(&right.frames) {
        frames.push(a.iter().zip(b).map(|(a, b)| join_values(diagrams, (l, a), (r, b))).collect());
    }
    let names: std::collections::BTreeSet<&Attribute> =
        left.attributes.keys().chain(right.attributes.keys()).collect();
    let mut attributes = BTreeMap::new();
    for name in names {
        let mut value = |state: &State| {
            state.attributes.get(name).cloned().unwrap_or_else(|| Guarded::always(given(name)))
        };
        let (a, b) = (value(&left), value(&right));
        attributes.insert(name.clone(), join_values(diagrams, (l, &a), (r, &b)));
    }
    State { reach: diagrams.or(l, r), frames, attributes }
}

fn join_values(diagrams: &mut Diagrams, left: (Bdd, &Guarded), right: (Bdd, &Guarded)) -> Guarded {
    if left.1 == right.1 {
        return left.1.clone();
    }
    let mut joined = Guarded(Vec::new());
    for (reach, value) in [left, right] {
        for (condition, symbol) in &value.0 {
            let condition = diagrams.and(reach, *condition);
            joined.add(diagrams, condition, *symbol);
        }
    }
    joined
}
