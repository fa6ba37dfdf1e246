//! What commands there are and what they may write, found by looking and not by running: for loops and for what could
//! not be read.

use std::collections::BTreeSet;

use crate::bird::eval::{Attribute, Interpreter, beside};
use crate::bird::tree::{
    Bound, Command, CommandKind, Expr, ExprKind, LValue, LValueKind, MaskItem, Routine, RoutineId, SetItem,
    Span, VariableId,
};

/// The variables and attributes that commands write, functions that they call included.
#[derive(Default)]
pub(super) struct Written {
    pub variables: BTreeSet<VariableId>,
    pub attributes: BTreeSet<Attribute>,
    called: BTreeSet<RoutineId>,
}

impl Written {
    pub(super) fn command(&mut self, interpreter: &Interpreter<'_>, command: &Command) {
        match &command.kind {
            CommandKind::Block(commands) => commands.iter().for_each(|c| self.command(interpreter, c)),
            CommandKind::Declare(id, _) => drop(self.variables.insert(*id)),
            CommandKind::If { condition, then, otherwise } => {
                self.term(interpreter, condition);
                self.command(interpreter, then);
                otherwise.iter().for_each(|c| self.command(interpreter, c));
            }
            CommandKind::For { variable, over, body } => {
                self.variables.insert(*variable);
                self.term(interpreter, over);
                self.command(interpreter, body);
            }
            CommandKind::Case { on, arms } => {
                self.term(interpreter, on);
                arms.iter().flat_map(|arm| &arm.commands).for_each(|c| self.command(interpreter, c));
            }
            CommandKind::Assign(place, term) | CommandKind::CheckAssign(place, term) => {
                self.place(interpreter, place);
                self.term(interpreter, term);
            }
            CommandKind::Update { on, arguments, .. } => {
                self.place(interpreter, on);
                arguments.iter().for_each(|term| self.term(interpreter, term));
            }
            CommandKind::Unset(place) => self.place(interpreter, place),
            CommandKind::Return(term) => term.iter().for_each(|term| self.term(interpreter, term)),
            CommandKind::Verdict(_, terms) | CommandKind::Print(terms, _) => {
                terms.iter().for_each(|term| self.term(interpreter, term));
            }
            CommandKind::Call(term) | CommandKind::Assert(term) => self.term(interpreter, term),
            CommandKind::Opaque => {}
        }
    }

    fn place(&mut self, interpreter: &Interpreter<'_>, place: &LValue) {
        match &place.kind {
            LValueKind::Variable(id) => drop(self.variables.insert(*id)),
            LValueKind::Attribute(attribute) => {
                self.attributes.insert(Attribute::BuiltIn(*attribute));
                if matches!(attribute.name(), "dest" | "gw" | "ifname") {
                    let others = ["dest", "gw", "ifname", "ifindex", "gw_mpls"];
                    self.attributes.extend(others.map(Attribute::known));
                }
                self.attributes.extend(beside(*attribute).map(Attribute::BuiltIn));
            }
            LValueKind::CustomAttribute(id) => {
                let name = interpreter.tree().attribute(*id).name.text.clone();
                self.attributes.insert(Attribute::Custom(name));
            }
            LValueKind::Opaque => {}
        }
    }

    /// The functions that a term calls write attributes, though none of the caller's variables.
    fn term(&mut self, interpreter: &Interpreter<'_>, term: &Expr) {
        let mut called = Vec::new();
        calls_in(term, &mut called);
        for id in called {
            if self.called.insert(id) {
                let variables = std::mem::take(&mut self.variables);
                interpreter.tree().routine(id).body.iter().for_each(|c| self.command(interpreter, c));
                self.variables = variables;
            }
        }
    }
}

/// The functions of the configuration that a term calls.
fn calls_in(term: &Expr, found: &mut Vec<RoutineId>) {
    let mut each = |terms: &[Expr]| terms.iter().for_each(|term| calls_in(term, found));
    match &term.kind {
        ExprKind::Call(id, arguments) => {
            each(arguments);
            found.push(*id);
        }
        ExprKind::Pair(parts) | ExprKind::Ec(_, parts) | ExprKind::Binary(_, parts) => each(&parts[..]),
        ExprKind::Lc(parts) => each(&parts[..]),
        ExprKind::Not(inner) | ExprKind::Parenthesised(inner) | ExprKind::AttributeOf(inner, _) => {
            calls_in(inner, found)
        }
        ExprKind::CustomAttributeOf(inner, _) => calls_in(inner, found),
        ExprKind::BuiltInCall(call) => each(&call.arguments),
        ExprKind::Method(call) => {
            each(call.arguments.as_deref().unwrap_or_default());
            calls_in(&call.on, found);
        }
        ExprKind::Mask(items) => items.iter().for_each(|item| match item {
            MaskItem::Value(term) => calls_in(term, found),
            MaskItem::Any | MaskItem::One | MaskItem::Repeat | MaskItem::Range(_) | MaskItem::Set(..) => {}
        }),
        ExprKind::Set(items) => items.iter().for_each(|item| {
            if let SetItem::Value(Bound::One(term)) = item {
                calls_in(term, found);
            }
        }),
        _ => {}
    }
}

/// The places of a routine's own commands, in order; blocks are no commands of their own.
pub(crate) fn commands_of(routine: &Routine) -> Vec<Span> {
    let mut spans: Vec<Span> = routine.body.iter().flat_map(commands_in).collect();
    spans.sort_unstable();
    spans
}

/// The places of a command and of those within it.
pub(super) fn commands_in(command: &Command) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        if !matches!(command.kind, CommandKind::Block(_)) {
            spans.push(command.span);
        }
        match &command.kind {
            CommandKind::Block(inner) => open.extend(inner),
            CommandKind::If { then, otherwise, .. } => {
                open.push(then);
                open.extend(otherwise.as_deref());
            }
            CommandKind::For { body, .. } => open.push(body),
            CommandKind::Case { arms, .. } => open.extend(arms.iter().flat_map(|arm| &arm.commands)),
            CommandKind::Declare(..)
            | CommandKind::Assign(..)
            | CommandKind::Unset(_)
            | CommandKind::Return(_)
            | CommandKind::Verdict(..)
            | CommandKind::Print(..)
            | CommandKind::Call(_)
            | CommandKind::Update { .. }
            | CommandKind::Assert(_)
            | CommandKind::CheckAssign(..)
            | CommandKind::Opaque => {}
        }
    }
    spans
}
