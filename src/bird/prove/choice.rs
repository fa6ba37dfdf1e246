//! Runs a routine on every route at once: `case`.
//!
//! BIRD searches one tree that holds the labels of all arms, and so what an arm takes depends on the others: where
//! labels overlap, and where the value is of another type than they are.

use super::bdd::Bdd;
use super::domain::{found_at, range_of, universe};
use super::execute::Execution;
use super::guarded::{Guarded, State};
use super::range::Numbers;
use super::simplify::set_of;
use super::symbol::Symbol;
use crate::bird::eval::value::{Interval, Value};
use crate::bird::eval::{Labels, Operation};
use crate::bird::tree::{Arm, BinaryOp, Expr, Type};

/// A `case` that is looked at.
struct Choice<'c> {
    on: &'c Expr,
    arms: &'c [Arm],
    labels: &'c Labels,
}

impl Execution<'_> {
    pub(super) fn case(&mut self, on: &Expr, arms: &[Arm], state: &mut State) {
        let value = self.term(on, state);
        let chosen = self.chosen(on, arms, value, state.reach);
        let (mut rest, mut any, mut done) = (state.clone(), Bdd::FALSE, state.dead());
        for (arm, holds) in arms.iter().zip(chosen).filter(|(arm, _)| !arm.is_else()) {
            let mut taken = rest.narrowed(&mut self.diagrams, holds);
            rest.reach = self.diagrams.without(rest.reach, holds);
            any = self.diagrams.or(any, holds);
            self.aside(on, |execution| execution.commands(&arm.commands, &mut taken));
            done = self.join(holds, taken, done);
        }
        if let Some(arm) = arms.iter().find(|arm| arm.is_else()) {
            self.aside(on, |execution| execution.commands(&arm.commands, &mut rest));
        }
        *state = self.join(any, done, rest);
    }

    /// For which routes the value chooses each arm; what no arm takes is left to `else:`.
    fn chosen(&mut self, on: &Expr, arms: &[Arm], value: Guarded, reach: Bdd) -> Vec<Bdd> {
        let Some(labels) = self.interpreter.labels(arms) else {
            let free = |arm: &Arm| self.free("a label that could not be read", arm.span);
            return arms.iter().map(free).collect();
        };
        let choice = Choice { on, arms, labels: &labels };
        let mut chosen = vec![Bdd::FALSE; arms.len()];
        for (condition, symbol) in value.cases(&mut self.diagrams, reach) {
            let there = self.defined(symbol);
            let lacking = self.diagrams.without(condition, there);
            self.choose_one(&choice, &Value::Void, lacking, &mut chosen);
            let there = self.diagrams.and(condition, there);
            match self.symbols.value(symbol).cloned() {
                Some(value) => self.choose_one(&choice, &value, condition, &mut chosen),
                None => self.choose_among(&choice, symbol, there, &mut chosen),
            }
        }
        chosen
    }

    /// The arm of one value.
    fn choose_one(&mut self, choice: &Choice<'_>, value: &Value, reach: Bdd, chosen: &mut [Bdd]) {
        if let Some(at) = self.interpreter.arm_of(choice.on, choice.labels, value) {
            chosen[at] = self.diagrams.or(chosen[at], reach);
        }
    }

    /// The arms of a value that depends on the route.
    fn choose_among(&mut self, choice: &Choice<'_>, symbol: Symbol, reach: Bdd, chosen: &mut [Bdd]) {
        let exemplar = self.symbols.exemplar(symbol);
        let alien = exemplar.as_ref().filter(|value| choice.labels.are_alien(value));
        if let Some(value) = alien {
            return self.choose_one(choice, value, reach, chosen);
        }
        // What is unknown is asked as if it were of the labels' type, and may be in any of them.
        let ty = exemplar.map(|value| value.ty()).or_else(|| choice.labels.ty());
        let numbers = ty.and_then(|ty| choice.numbers(ty));
        for (at, arm) in choice.arms.iter().enumerate().filter(|(_, arm)| !arm.is_else()) {
            let holds = match &numbers {
                Some((ty, numbers)) => self.is_among(symbol, &numbers[at], *ty, reach),
                None => self.free("a `case` whose value is not of its labels' type", arm.span),
            };
            let holds = self.diagrams.and(reach, holds);
            chosen[at] = self.diagrams.or(chosen[at], holds);
        }
    }

    /// For which routes the value is one of the numbers.
    fn is_among(&mut self, symbol: Symbol, numbers: &Numbers, ty: Type, reach: Bdd) -> Bdd {
        let Some(set) = set_of(numbers, ty, &mut self.symbols).filter(|_| !numbers.has_no_number()) else {
            return Bdd::FALSE;
        };
        let mut state = State { reach, ..self.start() };
        let operands = [self.always(symbol), self.always(set)];
        let is_in = self.apply(&Operation::Binary(BinaryOp::Match), &operands, &mut state);
        self.condition(is_in, &mut state)
    }
}

impl Choice<'_> {
    /// The numbers that each arm takes of a type, `None` where the labels are not all of it.
    fn numbers(&self, ty: Type) -> Option<(Type, Vec<Numbers>)> {
        universe(ty)?;
        let labels = self.labels.in_order();
        let range = |(interval, at): &(Interval, usize)| {
            if self.arms[*at].is_else() { Some(None) } else { range_of(interval, ty).map(Some) }
        };
        let tree: Option<Vec<_>> = labels.iter().map(range).collect();
        let mut numbers = vec![Numbers::default(); self.arms.len()];
        for ((_, at), found) in labels.iter().zip(found_at(&tree?)) {
            numbers[*at] = numbers[*at].or(&found);
        }
        Some((ty, numbers))
    }
}
