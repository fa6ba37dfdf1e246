//! Runs a routine on every route at once: `case`.

use super::bdd::Bdd;
use super::execute::Execution;
use super::guarded::{Guarded, State};
use crate::bird::eval::Operation;
use crate::bird::eval::value::{Set, Value};
use crate::bird::tree::{Arm, BinaryOp, Expr};

impl Execution<'_> {
    pub(super) fn case(&mut self, on: &Expr, arms: &[Arm], state: &mut State) {
        let value = self.term(on, state);
        let (mut rest, mut any, mut done) = (state.clone(), Bdd::FALSE, state.dead());
        let apart = self.interpreter.labels_are_apart(arms);
        for arm in arms.iter().filter(|arm| !arm.is_else()) {
            let holds = if apart {
                self.arm_holds(arm, value, &mut rest)
            } else {
                self.free("a `case` whose labels overlap", arm.span)
            };
            let mut chosen = rest.narrowed(&mut self.diagrams, holds);
            rest.reach = self.diagrams.without(rest.reach, holds);
            any = self.diagrams.or(any, holds);
            self.aside(on, |execution| execution.commands(&arm.commands, &mut chosen));
            done = self.join(holds, chosen, done);
        }
        if let Some(arm) = arms.iter().find(|arm| arm.is_else()) {
            self.aside(on, |execution| execution.commands(&arm.commands, &mut rest));
        }
        *state = self.join(any, done, rest);
    }

    /// Under which conditions an arm's labels hold the value; an undefined value is in none.
    fn arm_holds(&mut self, arm: &Arm, value: Guarded, state: &mut State) -> Bdd {
        let key = std::ptr::from_ref(arm) as usize;
        let known = self.arms.get(&key).copied();
        let set = known.unwrap_or_else(|| {
            let intervals = self.interpreter.label_intervals(arm)?;
            let set = Set::new(intervals, self.interpreter.version());
            Some(self.symbols.fixed(Value::Set(std::sync::Arc::new(set))))
        });
        self.arms.insert(key, set);
        let Some(set) = set else { return self.free("a label that could not be read", arm.span) };
        let mut holds = Bdd::FALSE;
        for (condition, symbol) in value.cases(&mut self.diagrams, state.reach) {
            let defined = self.defined(symbol);
            let mut part = state.narrowed(&mut self.diagrams, condition);
            part.reach = self.diagrams.and(part.reach, defined);
            let operands = [self.always(symbol), self.always(set)];
            let is_in = self.apply(&Operation::Binary(BinaryOp::Match), &operands, &mut part);
            let is_in = self.condition(is_in, &mut part);
            let is_in = self.diagrams.and(part.reach, is_in);
            holds = self.diagrams.or(holds, is_in);
        }
        holds
    }
}
