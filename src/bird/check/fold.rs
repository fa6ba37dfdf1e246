//! Terms without variables, routes and calls are evaluated when they are read (`f_new_inst` in filter/f-inst.c), also
//! deep within others and behind a `&&` that would skip them; what fails then is an error of the configuration.

use super::Check;
use crate::bird::eval::value::Value;
use crate::bird::eval::{Ending, MaskSlot, Operation};
use crate::bird::tree::{BinaryOp, Expr, ExprKind, MaskItem, Span};

use crate::bird::eval::value::community::EcType;

/// What is known of a term when it is read.
pub(super) enum Folded<'t> {
    /// It depends on a variable, a route or a call; or it failed, which was told.
    Varies,
    /// A literal or a constant that nobody has looked at yet.
    Literal(&'t Expr),
    /// What it was evaluated to.
    Value(Value),
}

impl<'t> Check<'t> {
    /// Judges a term, then evaluates what of it is constant.
    pub(super) fn term(&mut self, routine: Option<&'t crate::bird::tree::Routine>, expr: &'t Expr) {
        let before = self.errors.len();
        self.walk(routine, expr);
        if self.errors.len() == before {
            self.fold(expr);
        }
    }

    /// Judges a term that is evaluated where it stands, calls and all: of a `define` or in a set. What a mere
    /// literal is worth nobody asks.
    pub(super) fn judged(&mut self, expr: &'t Expr) {
        let before = self.errors.len();
        self.walk(None, expr);
        if self.errors.len() == before
            && matches!(self.fold(expr), Folded::Varies)
            && self.errors.len() == before
        {
            self.value_of(expr);
        }
    }

    /// Judges such a term and gives its value, where it has one.
    pub(super) fn evaluated(&mut self, expr: &'t Expr) -> Option<Value> {
        let before = self.errors.len();
        self.walk(None, expr);
        if self.errors.len() == before {
            self.fold(expr);
        }
        if self.errors.len() == before { self.value_of(expr) } else { None }
    }

    /// The value of a term, where it is constant.
    pub(super) fn constant_value(&mut self, expr: &'t Expr) -> Option<Value> {
        let before = self.errors.len();
        let folded = self.fold(expr);
        let value = self.forced(folded);
        self.errors.truncate(before);
        value
    }

    fn value_of(&mut self, expr: &'t Expr) -> Option<Value> {
        match self.interpreter.term(expr, None) {
            Ok(value) => return Some(value),
            Err(Ending::Failed(failure)) => self.refuse(failure.span, failure.message),
            Err(Ending::Accepted | Ending::Rejected) => {
                self.refuse(expr.span, "it ends with `accept` or `reject` and has no value");
            }
            Err(Ending::Unseen(..)) if asks_table(expr) => {
                self.refuse(expr.span, "no table is filled when BIRD reads this, so that it fails");
            }
            Err(Ending::Returned | Ending::Unseen(..)) => {}
        }
        None
    }

    fn forced(&mut self, folded: Folded<'t>) -> Option<Value> {
        match folded {
            Folded::Varies => None,
            Folded::Literal(expr) => self.value_of(expr),
            Folded::Value(value) => Some(value),
        }
    }

    /// Evaluates a term as far as it is constant. Operators lean left, so their left sides are not recursed into.
    fn fold(&mut self, mut expr: &'t Expr) -> Folded<'t> {
        let mut pending = Vec::new();
        loop {
            match &expr.kind {
                ExprKind::Binary(op, parts) => {
                    pending.push((*op, &parts[1], expr.span));
                    expr = &parts[0];
                }
                ExprKind::Parenthesised(inner) => expr = inner,
                _ => break,
            }
        }
        let mut folded = self.fold_operand(expr);
        while let Some((op, right, span)) = pending.pop() {
            let right = self.fold(right);
            folded = match op {
                BinaryOp::And | BinaryOp::Or => self.fold_lazy(op, folded, right),
                _ => self.applied(&Operation::Binary(op), vec![folded, right], span),
            };
        }
        folded
    }

    fn fold_operand(&mut self, expr: &'t Expr) -> Folded<'t> {
        match &expr.kind {
            ExprKind::Pair(parts) => self.fold_parts(&Operation::Pair, parts.iter(), expr.span),
            ExprKind::Lc(parts) => self.fold_parts(&Operation::Large, parts.iter(), expr.span),
            ExprKind::Ec(kind, parts) => {
                self.fold_parts(&Operation::Extended(EcType::of(*kind)), parts.iter(), expr.span)
            }
            ExprKind::Not(inner) => self.fold_parts(&Operation::Not, std::iter::once(&**inner), expr.span),
            ExprKind::Mask(items) => self.fold_mask(items, expr.span),
            ExprKind::Method(call) => {
                let parts = std::iter::once(&call.on).chain(call.arguments.iter().flatten());
                self.fold_parts(&Operation::of_method(call), parts, expr.span)
            }
            ExprKind::BuiltInCall(call) => match Operation::built_in(&call.name.text) {
                Some(operation) => self.fold_parts(&operation, call.arguments.iter(), expr.span),
                None => self.fold_arguments(&call.arguments),
            },
            ExprKind::Call(_, arguments) => self.fold_arguments(arguments),
            ExprKind::Binary(..) | ExprKind::Parenthesised(_) => self.fold(expr),
            _ if expr.is_literal() => Folded::Literal(expr),
            _ => Folded::Varies,
        }
    }

    /// What is not evaluated itself may have constant arguments.
    fn fold_arguments(&mut self, arguments: &'t [Expr]) -> Folded<'t> {
        arguments.iter().for_each(|argument| drop(self.fold(argument)));
        Folded::Varies
    }

    fn fold_parts(
        &mut self,
        operation: &Operation,
        parts: impl Iterator<Item = &'t Expr>,
        span: Span,
    ) -> Folded<'t> {
        let operands = parts.map(|part| self.fold(part)).collect();
        self.applied(operation, operands, span)
    }

    fn applied(&mut self, operation: &Operation, operands: Vec<Folded<'t>>, span: Span) -> Folded<'t> {
        if operands.iter().any(|operand| matches!(operand, Folded::Varies)) {
            return Folded::Varies;
        }
        let values: Option<Vec<Value>> = operands.into_iter().map(|operand| self.forced(operand)).collect();
        let Some(values) = values else { return Folded::Varies };
        match operation.apply(&values, self.version) {
            Ok(value) => Folded::Value(value),
            Err(message) => {
                self.refuse(span, message);
                Folded::Varies
            }
        }
    }

    /// A constant left side leaves itself or the right side.
    fn fold_lazy(&mut self, op: BinaryOp, left: Folded<'t>, right: Folded<'t>) -> Folded<'t> {
        match self.forced(left) {
            Some(Value::Bool(left)) if left == (op == BinaryOp::And) => right,
            Some(left) => Folded::Value(left),
            None => Folded::Varies,
        }
    }

    fn fold_mask(&mut self, items: &'t [MaskItem], span: Span) -> Folded<'t> {
        let mut slots = Vec::with_capacity(items.len());
        let mut operands = Vec::new();
        for item in items {
            slots.push(match item {
                MaskItem::Any => MaskSlot::Any,
                MaskItem::One => MaskSlot::One,
                MaskItem::Repeat => MaskSlot::Repeat,
                MaskItem::Value(term) => {
                    operands.push(self.fold(term));
                    MaskSlot::Value
                }
                MaskItem::Range(ends) => {
                    operands.extend(ends.iter().map(Folded::Literal));
                    MaskSlot::Range
                }
                // A set that stands here was judged by itself; any other does for it.
                MaskItem::Set(..) => MaskSlot::One,
            });
        }
        self.applied(&Operation::Mask(slots), operands, span)
    }
}

/// Whether a term looks into a table of ROA or ASPA itself.
fn asks_table(expr: &Expr) -> bool {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Parenthesised(inner) | ExprKind::Not(inner) => open.push(inner),
            ExprKind::Binary(_, sides) => open.extend(sides.iter()),
            ExprKind::BuiltInCall(call) if matches!(&*call.name.text, "roa_check" | "aspa_check") => {
                return true;
            }
            _ => {}
        }
    }
    false
}
