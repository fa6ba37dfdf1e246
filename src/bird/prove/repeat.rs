//! Runs a routine on every route at once: loops, where BIRD keeps its variables meanwhile, and what may do anything.

use super::execute::Execution;
use super::guarded::State;
use super::written::Written;
use crate::bird::eval::{Attribute, Places, members};
use crate::bird::tree::{Command, Expr, Span, VariableId};

/// How many members a list has at most for a loop over it to be followed one by one.
const UNROLLED: usize = 64;

impl Execution<'_> {
    /// A loop over a known list is followed; over an unknown one, its body stands for any round.
    pub(super) fn for_each(&mut self, variable: VariableId, over: &Expr, body: &Command, state: &mut State) {
        let list = self.term(over, state);
        let value = list.only(&self.diagrams).and_then(|symbol| self.symbols.value(symbol));
        let known = value.and_then(members).filter(|members| members.len() <= UNROLLED);
        match known {
            Some(members) if members.is_empty() => return,
            _ if self.held().differ() => return self.misplaced(over.span, body, state),
            Some(members) => {
                for member in members {
                    let member = self.fixed(member);
                    self.set_variable(variable, member, state);
                    self.round(body, state);
                }
                return;
            }
            None => {}
        }
        let mut attributes = Vec::new();
        for (_, symbol) in list.cases(&mut self.diagrams, state.reach) {
            self.symbols.attributes_in(symbol, &mut attributes);
        }
        let mut written = Written::default();
        written.command(self.interpreter, body);
        self.forget(&written, "a loop over a list", over.span, &attributes, state);
        let member = self.symbols.unknown_of("a loop over a list", over.span, attributes);
        let member = self.always(member);
        let ends = self.free("a loop over a list", over.span);
        let mut round = state.narrowed(&mut self.diagrams, ends);
        self.set_variable(variable, member, &mut round);
        self.round(body, &mut round);
        state.reach = self.diagrams.without(state.reach, ends);
    }

    /// A loop that finds its variable in the wrong place: nobody knows which of its commands are done.
    fn misplaced(&mut self, span: Span, body: &Command, state: &mut State) {
        let construct = "a loop behind a block that declared variables";
        let done = self.free(construct, span);
        let done = self.diagrams.and(state.reach, done);
        for span in super::written::commands_in(body) {
            self.reach(span, done);
        }
        self.anything(construct, span, state);
    }

    /// One round of a loop, for which BIRD has three variables.
    fn round(&mut self, body: &Command, state: &mut State) {
        let before = self.held();
        self.take(3);
        self.commands(std::slice::from_ref(body), state);
        self.hold(before);
    }

    /// Does a block's commands; what it declared is counted no longer.
    pub(super) fn block(&mut self, commands: &[Command], state: &mut State) {
        let before = self.held();
        self.commands(commands, state);
        let taken = self.held().taken;
        self.hold(Places { taken, ..before });
    }

    /// Does commands that a term chooses. Of those that are chosen when the file is read BIRD makes commands of the
    /// line around, so that what they declared stays.
    pub(super) fn aside(&mut self, chosen_by: &Expr, run: impl FnOnce(&mut Self)) {
        let before = self.held();
        run(self);
        let after = self.held();
        let stays = after != before && self.interpreter.is_known(chosen_by);
        self.hold(Places { taken: if stays { after.taken } else { before.taken }, ..before });
    }

    /// Takes places for what is declared.
    pub(super) fn take(&mut self, count: usize) {
        if let Some(places) = self.taken.last_mut() {
            places.take(count);
        }
    }

    fn held(&self) -> Places {
        self.taken.last().copied().unwrap_or_default()
    }

    fn hold(&mut self, places: Places) {
        if let Some(held) = self.taken.last_mut() {
            *held = places;
        }
    }

    /// Makes everything that was written unknown but for the attributes that it depends on.
    fn forget(
        &mut self,
        written: &Written,
        construct: &str,
        span: Span,
        attributes: &[Attribute],
        state: &mut State,
    ) {
        for id in &written.variables {
            let unknown = self.symbols.unknown_of(construct, span, attributes.to_vec());
            let unknown = self.always(unknown);
            self.set_variable(*id, unknown, state);
        }
        for name in &written.attributes {
            let unknown = self.symbols.unknown_of(construct, span, attributes.to_vec());
            let unknown = self.always(unknown);
            state.attributes.insert(name.clone(), unknown);
        }
    }

    /// What stands here may do anything: accept, reject, return, write.
    pub(super) fn anything(&mut self, construct: &str, span: Span, state: &mut State) {
        let mut written = Written::default();
        for routine in &self.interpreter.tree().routines {
            routine.body.iter().for_each(|command| written.command(self.interpreter, command));
        }
        written.variables.clear();
        self.forget(&written, construct, span, &[], state);
        for frame in &mut state.frames {
            for slot in frame.iter_mut() {
                *slot = self.unknown(construct, span);
            }
        }
        let ends = self.free(construct, span);
        let accepted = state.narrowed(&mut self.diagrams, ends);
        self.accept(accepted);
        state.reach = self.diagrams.without(state.reach, ends);
        let ends = self.free(construct, span);
        let returned = state.narrowed(&mut self.diagrams, ends);
        let value = self.unknown(construct, span);
        self.returns.last_mut().into_iter().for_each(|returns| returns.push((returned.clone(), value)));
        state.reach = self.diagrams.without(state.reach, ends);
    }
}
