//! Whether two functions are the same code, as BIRD asks when it reloads a configuration (`f_same`).
//!
//! Constants are folded before, variables compare by name and type, calls by the function's name.

use std::cmp::Ordering;

use crate::bird::tree::{
    Arm, BinaryOp, Command, CommandKind, Expr, ExprKind, LValue, LValueKind, MaskItem, Routine, RoutineId,
    VariableId,
};

use super::Interpreter;
use super::value::Interval;

/// Whether two routines are the same code.
pub(super) fn routines_are_same(program: &Interpreter<'_>, left: RoutineId, right: RoutineId) -> bool {
    let (left, right) = (program.tree().routine(left), program.tree().routine(right));
    let pair = Pair { program, left, right };
    let parameters = left.parameters.len() == right.parameters.len()
        && left.parameters.iter().zip(&right.parameters).all(|(a, b)| pair.variable(*a, *b));
    parameters && pair.commands(&left.body, &right.body)
}

/// Two routines side by side.
struct Pair<'a> {
    program: &'a Interpreter<'a>,
    left: &'a Routine,
    right: &'a Routine,
}

impl Pair<'_> {
    fn variable(&self, left: VariableId, right: VariableId) -> bool {
        let (left, right) = (self.left.variable(left), self.right.variable(right));
        left.name.text == right.name.text && left.ty == right.ty
    }

    fn commands(&self, left: &[Command], right: &[Command]) -> bool {
        let (left, right) = (flat(left), flat(right));
        left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| self.command(a, b))
    }

    fn command(&self, left: &Command, right: &Command) -> bool {
        use CommandKind::{
            Assert, Assign, Block, Call, Case, CheckAssign, Declare, For, If, Opaque, Print, Return, Unset,
            Update, Verdict,
        };
        match (&left.kind, &right.kind) {
            (Block(a), Block(b)) => self.commands(a, b),
            (Declare(a, x), Declare(b, y)) => self.variable(*a, *b) && self.options(x.as_ref(), y.as_ref()),
            (If { condition: a, then: x, otherwise: m }, If { condition: b, then: y, otherwise: n }) => {
                let otherwise = match (m, n) {
                    (Some(m), Some(n)) => self.branch(m, n),
                    (None, None) => true,
                    _ => false,
                };
                self.term(a, b) && self.branch(x, y) && otherwise
            }
            (For { variable: a, over: x, body: m }, For { variable: b, over: y, body: n }) => {
                self.variable(*a, *b) && self.term(x, y) && self.branch(m, n)
            }
            (Case { on: a, arms: x }, Case { on: b, arms: y }) => self.term(a, b) && self.arms(x, y),
            (Assign(a, x), Assign(b, y)) | (CheckAssign(a, x), CheckAssign(b, y)) => {
                self.place(a, b) && self.term(x, y)
            }
            (Unset(a), Unset(b)) => self.place(a, b),
            (Return(a), Return(b)) => self.options(a.as_ref(), b.as_ref()),
            (Verdict(a, x), Verdict(b, y)) => a == b && self.terms(x, y),
            (Print(x, a), Print(y, b)) => a == b && self.terms(x, y),
            (Call(a), Call(b)) => self.term(a, b),
            (Opaque, Opaque) => false,
            (Update { on: a, method: m, arguments: x }, Update { on: b, method: n, arguments: y }) => {
                self.place(a, b) && m.text == n.text && self.terms(x, y)
            }
            (Assert(a), Assert(b)) => self.term(a, b),
            _ => false,
        }
    }

    /// A branch is compared as the commands in it: braces around one command change nothing.
    fn branch(&self, left: &Command, right: &Command) -> bool {
        self.commands(std::slice::from_ref(left), std::slice::from_ref(right))
    }

    /// The arms in the order of their labels, as `find_tree` meets them.
    fn arms(&self, left: &[Arm], right: &[Arm]) -> bool {
        let (left, right) = (self.labelled(left), self.labelled(right));
        left.len() == right.len()
            && left.iter().zip(&right).all(|((a, x), (b, y))| {
                let label = match (a, b) {
                    (Some(a), Some(b)) => {
                        a.from.compare(&b.from) == Some(Ordering::Equal)
                            && a.to.compare(&b.to) == Some(Ordering::Equal)
                    }
                    (None, None) => true,
                    _ => false,
                };
                label && self.commands(x, y)
            })
    }

    /// Every label with the commands behind it, `else` first.
    fn labelled<'c>(&self, arms: &'c [Arm]) -> Vec<(Option<Interval>, &'c [Command])> {
        let mut labelled: Vec<(Option<Interval>, &[Command])> = Vec::new();
        for arm in arms {
            if arm.is_else() {
                labelled.push((None, &arm.commands));
            }
            let intervals = self.program.label_intervals(arm).unwrap_or_default();
            labelled.extend(intervals.into_iter().map(|interval| (Some(interval), arm.commands.as_slice())));
        }
        labelled.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) => a.from.compare(&b.from).unwrap_or(Ordering::Equal),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
        labelled
    }

    fn options(&self, left: Option<&Expr>, right: Option<&Expr>) -> bool {
        match (left, right) {
            (Some(a), Some(b)) => self.term(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn terms(&self, left: &[Expr], right: &[Expr]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(a, b)| self.term(a, b))
    }

    fn place(&self, left: &LValue, right: &LValue) -> bool {
        match (&left.kind, &right.kind) {
            (LValueKind::Variable(a), LValueKind::Variable(b)) => self.variable(*a, *b),
            (LValueKind::Attribute(a), LValueKind::Attribute(b)) => a == b,
            (LValueKind::CustomAttribute(a), LValueKind::CustomAttribute(b)) => a == b,
            _ => false,
        }
    }

    fn term(&self, left: &Expr, right: &Expr) -> bool {
        let (left, right) = (left.bare(), right.bare());
        if is_constant(left) && is_constant(right) {
            return match (self.program.term(left, None), self.program.term(right, None)) {
                (Ok(a), Ok(b)) => a.is_same(&b, self.program.version()) && a.ty() == b.ty(),
                _ => false,
            };
        }
        self.kinds(&left.kind, &right.kind)
    }

    fn kinds(&self, left: &ExprKind, right: &ExprKind) -> bool {
        match (left, right) {
            (ExprKind::Variable(a), ExprKind::Variable(b)) => self.variable(*a, *b),
            (ExprKind::Attribute(a), ExprKind::Attribute(b)) => a == b,
            (ExprKind::CustomAttribute(a), ExprKind::CustomAttribute(b)) => a == b,
            (ExprKind::Pair(a), ExprKind::Pair(b)) => self.terms(&a[..], &b[..]),
            (ExprKind::Lc(a), ExprKind::Lc(b)) => self.terms(&a[..], &b[..]),
            (ExprKind::Ec(a, x), ExprKind::Ec(b, y)) => {
                std::mem::discriminant(a) == std::mem::discriminant(b) && self.terms(&x[..], &y[..])
            }
            (ExprKind::Mask(a), ExprKind::Mask(b)) => self.masks(a, b),
            (ExprKind::Not(a), ExprKind::Not(b)) => self.term(a, b),
            (ExprKind::Binary(a, x), ExprKind::Binary(b, y)) => self.binaries(*a, x, *b, y),
            (ExprKind::Call(a, x), ExprKind::Call(b, y)) => self.calls(*a, *b) && self.terms(x, y),
            (ExprKind::BuiltInCall(a), ExprKind::BuiltInCall(b)) => {
                a.name.text == b.name.text && self.terms(&a.arguments, &b.arguments)
            }
            (ExprKind::Method(a), ExprKind::Method(b)) => {
                let [x, y] = [a, b].map(|call| call.arguments.as_deref().unwrap_or_default());
                self.term(&a.on, &b.on) && a.name.text == b.name.text && self.terms(x, y)
            }
            (ExprKind::Table(a), ExprKind::Table(b)) => a.text == b.text,
            _ => false,
        }
    }

    /// A function is the same as itself. 2.x knows that only where it calls itself.
    fn calls(&self, left: RoutineId, right: RoutineId) -> bool {
        let of_itself = std::ptr::eq(self.program.tree().routine(left), self.left);
        left == right && (of_itself || self.program.version().major >= 3)
    }

    /// `a > b` is `b < a`.
    fn binaries(&self, left: BinaryOp, x: &[Expr; 2], right: BinaryOp, y: &[Expr; 2]) -> bool {
        let turned = |op| match op {
            BinaryOp::Greater => Some(BinaryOp::Less),
            BinaryOp::GreaterEqual => Some(BinaryOp::LessEqual),
            _ => None,
        };
        let parts = |op, parts: &'_ [Expr; 2]| match turned(op) {
            Some(op) => (op, [parts[1].clone(), parts[0].clone()]),
            None => (op, parts.clone()),
        };
        let ((left, x), (right, y)) = (parts(left, x), parts(right, y));
        left == right && self.terms(&x, &y)
    }

    fn masks(&self, left: &[MaskItem], right: &[MaskItem]) -> bool {
        let item = |(a, b): (&MaskItem, &MaskItem)| match (a, b) {
            (MaskItem::Value(a), MaskItem::Value(b)) => self.term(a, b),
            (MaskItem::Range(a), MaskItem::Range(b)) => self.terms(&a[..], &b[..]),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        left.len() == right.len() && left.iter().zip(right).all(item)
    }
}

/// Commands with the braces around them taken off.
fn flat(commands: &[Command]) -> Vec<&Command> {
    let mut all = Vec::new();
    for command in commands {
        match &command.kind {
            CommandKind::Block(inner) => all.append(&mut flat(inner)),
            _ => all.push(command),
        }
    }
    all
}

/// Whether BIRD folds a term while it reads.
fn is_constant(term: &Expr) -> bool {
    match &term.kind {
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Address(_)
        | ExprKind::Prefix(_)
        | ExprKind::Rd(_)
        | ExprKind::Bytes(_)
        | ExprKind::Mac(_)
        | ExprKind::Enumerator(_)
        | ExprKind::Constant(_)
        | ExprKind::Set(_)
        | ExprKind::EmptyPath
        | ExprKind::EmptyCList
        | ExprKind::EmptyEcList
        | ExprKind::EmptyLcList => true,
        ExprKind::Pair(parts) | ExprKind::Ec(_, parts) | ExprKind::Binary(_, parts) => {
            parts.iter().all(is_constant)
        }
        ExprKind::Lc(parts) => parts.iter().all(is_constant),
        ExprKind::Mask(items) => items.iter().all(|item| match item {
            MaskItem::Value(term) => is_constant(term),
            MaskItem::Any | MaskItem::One | MaskItem::Repeat | MaskItem::Range(_) | MaskItem::Set(..) => true,
        }),
        ExprKind::Not(inner) | ExprKind::Parenthesised(inner) => is_constant(inner),
        ExprKind::Method(call) => is_constant(&call.on) && call.arguments.iter().flatten().all(is_constant),
        ExprKind::BuiltInCall(call) => {
            !call.name.text.contains("_check") && call.arguments.iter().all(is_constant)
        }
        ExprKind::HostConstant(_)
        | ExprKind::Variable(_)
        | ExprKind::Attribute(_)
        | ExprKind::CustomAttribute(_)
        | ExprKind::Call(..)
        | ExprKind::AttributeOf(..)
        | ExprKind::CustomAttributeOf(..)
        | ExprKind::Table(_)
        | ExprKind::Undefined(_)
        | ExprKind::Opaque => false,
    }
}
