//! Walks code and constants, and judges every term by the types that BIRD knows before it runs anything.

use super::Check;
use crate::bird::eval::value::Value;
use crate::bird::files::Span;
use crate::bird::tree::{
    Argument, Arm, Command, CommandKind, Constant, Expr, ExprKind, Item, MaskItem, Routine, Statement, Type,
};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    pub(super) fn code(&mut self) {
        let tree = self.tree;
        for constant in &tree.constants {
            self.judged(&constant.value);
            self.copied(constant);
        }
        for statement in &tree.statements {
            if let Statement::Eval(term) = statement {
                self.number_is_wanted(term);
            }
        }
        for routine in &tree.routines {
            self.commands(routine, &routine.body);
        }
    }

    /// 3.x copies the value of a constant, and dies of the types that it forgot (`lp_val_copy` in filter/data.c).
    fn copied(&mut self, constant: &'t Constant) {
        let deadly = match constant.ty {
            Some(Type::Bytes) => Versions::THREE,
            Some(Type::Mac) => Versions::three_since((3, 0)),
            _ => Versions::NONE,
        };
        let ty = constant.ty.map_or("void".to_owned(), |ty| ty.to_string());
        let message = format!("BIRD {} dies when it reads a constant of type {ty}", self.version);
        self.refuse_in(deadly, constant.value.span, message);
    }

    /// The terms among the arguments of options, which are evaluated where they stand.
    pub(super) fn option_terms(&mut self, items: impl IntoIterator<Item = &'t Item>) {
        for item in items.into_iter().filter(|item| item.name != "aggregate on") {
            for argument in &item.arguments {
                match argument {
                    Argument::Value(value) => self.judged(value),
                    Argument::Block(items) => self.option_terms(items),
                    _ => {}
                }
            }
        }
    }

    /// What stands behind `eval` is evaluated and must be a number.
    fn number_is_wanted(&mut self, term: &'t Expr) {
        let value = self.evaluated(term);
        if let Some(other) = value.filter(|value| value.ty() != Type::Int) {
            self.refuse(term.span, format!("`eval` wants an int, and this is of type {}", other.ty()));
        }
    }

    fn commands(&mut self, routine: &'t Routine, commands: &'t [Command]) {
        for command in commands {
            self.command(routine, command);
        }
    }

    fn command(&mut self, routine: &'t Routine, command: &'t Command) {
        let within = Some(routine);
        match &command.kind {
            CommandKind::Block(inner) => self.commands(routine, inner),
            CommandKind::Declare(variable, Some(value)) => {
                self.term(within, value);
                self.assigned_variable(routine, *variable, value);
            }
            CommandKind::Declare(_, None) | CommandKind::Opaque => {}
            CommandKind::If { condition, then, otherwise } => {
                self.branches(routine, condition, then, otherwise.as_deref())
            }
            CommandKind::For { variable, over, body } => {
                self.term(within, over);
                self.loop_variable(routine, *variable, over);
                self.command(routine, body);
            }
            CommandKind::Case { on, arms } => {
                self.term(within, on);
                self.arms(routine, on, arms);
            }
            CommandKind::Assign(to, value) | CommandKind::CheckAssign(to, value) => {
                self.term(within, value);
                self.assigned(routine, to, value);
            }
            CommandKind::Unset(what) => self.unset(what),
            CommandKind::Return(value) => {
                if let Some(value) = value {
                    self.term(within, value);
                    self.returned(routine, value);
                }
            }
            CommandKind::Verdict(_, terms) | CommandKind::Print(terms, _) => {
                terms.iter().for_each(|term| self.term(within, term))
            }
            CommandKind::Call(call) => self.term(within, call),
            CommandKind::Update { on, method, arguments } => {
                arguments.iter().for_each(|argument| self.term(within, argument));
                self.update(routine, on, method, arguments);
            }
            CommandKind::Assert(term) => {
                self.term(within, term);
                self.must_be_bool(within, term, "what is asserted");
            }
        }
    }

    /// A chain of `else if` is walked without going deeper.
    fn branches(
        &mut self,
        routine: &'t Routine,
        condition: &'t Expr,
        then: &'t Command,
        mut otherwise: Option<&'t Command>,
    ) {
        let outer = self.conditions.len();
        self.branch(routine, condition, then);
        while let Some(command) = otherwise {
            let CommandKind::If { condition, then, otherwise: next } = &command.kind else {
                self.command(routine, command);
                break;
            };
            self.branch(routine, condition, then);
            otherwise = next.as_deref();
        }
        self.conditions.truncate(outer);
    }

    /// One branch; its condition stays noted, as one that did not hold, for those behind it.
    fn branch(&mut self, routine: &'t Routine, condition: &'t Expr, then: &'t Command) {
        self.term(Some(routine), condition);
        self.must_be_bool(Some(routine), condition, "a condition");
        let at = self.conditions.len();
        self.conditions.push((condition, true));
        self.command(routine, then);
        self.conditions[at].1 = false;
    }

    /// Whether a constant condition around what is walked drops it, as BIRD does before it looks for overlaps.
    pub(super) fn is_dropped(&mut self) -> bool {
        let around = std::mem::take(&mut self.conditions);
        let dropped = around.iter().any(|(condition, holds)| {
            matches!(self.constant_value(condition), Some(Value::Bool(value)) if value != *holds)
        });
        self.conditions = around;
        dropped
    }

    fn arms(&mut self, routine: &'t Routine, on: &'t Expr, arms: &'t [Arm]) {
        let before = self.errors.len();
        for arm in arms {
            self.items(&arm.labels);
            self.commands(routine, &arm.commands);
        }
        // Of a constant value only the arm that matches is kept, before anybody looks for overlaps.
        if self.errors.len() == before && self.constant_value(on).is_none() {
            self.overlapping(arms);
        }
    }

    /// Judges the types of a term and of all within it; terms lean left, so the left is walked last and not deeper.
    pub(super) fn walk(&mut self, routine: Option<&'t Routine>, mut expr: &'t Expr) {
        loop {
            self.instruction(routine, expr);
            match &expr.kind {
                ExprKind::Binary(_, operands) => {
                    self.walk(routine, &operands[1]);
                    expr = &operands[0];
                    continue;
                }
                ExprKind::Parenthesised(inner) | ExprKind::Not(inner) => {
                    expr = inner;
                    continue;
                }
                ExprKind::Pair(members) | ExprKind::Ec(_, members) => {
                    members.iter().for_each(|m| self.walk(routine, m))
                }
                ExprKind::Lc(members) => members.iter().for_each(|m| self.walk(routine, m)),
                ExprKind::Set(items) => self.items(items),
                ExprKind::Mask(items) => self.mask(routine, items, expr.span),
                ExprKind::Call(_, arguments) => {
                    arguments.iter().for_each(|argument| self.walk(routine, argument));
                }
                ExprKind::BuiltInCall(call) => {
                    call.arguments.iter().for_each(|argument| self.walk(routine, argument));
                }
                ExprKind::Method(call) => {
                    self.walk(routine, &call.on);
                    call.arguments.iter().flatten().for_each(|argument| self.walk(routine, argument));
                }
                ExprKind::AttributeOf(of, _) | ExprKind::CustomAttributeOf(of, _) => self.walk(routine, of),
                _ => {}
            }
            return;
        }
    }

    fn mask(&mut self, routine: Option<&'t Routine>, items: &'t [MaskItem], span: Span) {
        if let Some(MaskItem::Repeat) = items.first() {
            self.refuse(span, "`+` cannot stand first in an AS path mask");
        }
        for item in items {
            match item {
                MaskItem::Value(value) => self.walk(routine, value),
                MaskItem::Set(items, span) => {
                    self.items(items);
                    self.numbers_only(items, *span);
                }
                MaskItem::Any | MaskItem::One | MaskItem::Repeat | MaskItem::Range(_) => {}
            }
        }
    }
}
