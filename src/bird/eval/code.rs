//! A routine as BIRD compiles it (`f_linearize` in filter/decl.m4), as far as comparing two of them asks for: what is
//! constant is folded, and different words for one thing become the same instructions.

use std::sync::Arc;

use crate::bird::tree::{
    BinaryOp, BuiltInCall, Expr, ExprKind, LValue, LValueKind, MaskItem, Newline, Routine, RoutineId, Type,
    VariableId, Verdict,
};

use super::value::community::EcType;
use super::value::{Interval, Value};
use super::{Attribute, Interpreter, MaskSlot, Operation, lock};

/// Instructions one after another; each takes the values that those before it left.
pub(super) type Line = Vec<Instruction>;

/// One instruction.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Instruction {
    /// A value that is known when the file is read.
    Constant(Value),
    /// The route that the routine looks at.
    Route,
    Variable(Access, Arc<str>, Option<Type>),
    Attribute(Access, Attribute),
    Compute(Operation),
    /// `roa_check` and its like; the first argument is the table.
    Check(Arc<str>, Arc<str>, usize),
    /// A function and how many arguments it takes.
    Call(RoutineId, usize),
    Drop,
    Return,
    Assert,
    /// Prints so many values.
    Print(usize),
    Flush,
    Verdict(Verdict),
    /// The right side of `&&` or `||`.
    Lazy(BinaryOp, Line),
    Branch([Line; 2]),
    /// The body of a loop over the list before it.
    For(Arc<str>, Option<Type>, Line),
    /// The labels in the order of the tree; `else:` is no value.
    Case(Vec<(Interval, Line)>),
}

/// What is done to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Get,
    Set,
    /// A declaration with a value.
    Begin,
    /// A declaration without one.
    BeginEmpty,
    Unset,
}

/// Compiles one routine. Whatever gives `None` holds something that is never the same as anything, itself included.
pub(super) struct Compiler<'a> {
    pub(super) program: &'a Interpreter<'a>,
    /// The routine around; its own call is known to be the same.
    pub(super) routine: Option<(RoutineId, &'a Routine)>,
}

impl Compiler<'_> {
    /// The value of a term that is known when the file is read.
    pub(super) fn folded(&self, term: &Expr) -> Option<Value> {
        let mut line = Line::new();
        self.term(term, &mut line)?;
        known(&line).cloned()
    }

    /// Compiles terms in order.
    pub(super) fn terms<'e>(&self, terms: impl IntoIterator<Item = &'e Expr>, line: &mut Line) -> Option<()> {
        terms.into_iter().try_for_each(|term| self.term(term, line))
    }

    /// Compiles a term.
    pub(super) fn term(&self, term: &Expr, line: &mut Line) -> Option<()> {
        match &term.kind {
            _ if term.is_literal() => line.push(Instruction::Constant(self.program.term(term, None).ok()?)),
            ExprKind::Parenthesised(inner) => self.term(inner, line)?,
            ExprKind::Variable(id) => line.push(self.variable(Access::Get, *id)),
            ExprKind::Attribute(attribute) => {
                line.push(Instruction::Route);
                line.push(Instruction::Attribute(Access::Get, Attribute::BuiltIn(*attribute)));
            }
            ExprKind::CustomAttribute(id) => {
                line.push(Instruction::Route);
                line.push(Instruction::Attribute(Access::Get, self.custom(*id)));
            }
            ExprKind::AttributeOf(route, attribute) => {
                self.term(route, line)?;
                line.push(Instruction::Attribute(Access::Get, Attribute::BuiltIn(*attribute)));
            }
            ExprKind::CustomAttributeOf(route, id) => {
                self.term(route, line)?;
                line.push(Instruction::Attribute(Access::Get, self.custom(*id)));
            }
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), sides) => self.lazy(*op, sides, line)?,
            ExprKind::Binary(op, sides) => self.binary(*op, sides, line)?,
            ExprKind::Not(inner) => self.computed(Operation::Not, [&**inner], line)?,
            ExprKind::Pair(parts) => self.computed(Operation::Pair, &**parts, line)?,
            ExprKind::Lc(parts) => self.computed(Operation::Large, &**parts, line)?,
            ExprKind::Ec(kind, parts) => {
                self.computed(Operation::Extended(EcType::of(*kind)), &**parts, line)?;
            }
            ExprKind::Mask(items) => self.mask(items, line)?,
            ExprKind::Method(call) => {
                let operands = std::iter::once(&call.on).chain(call.arguments.iter().flatten());
                self.computed(Operation::of_method(call), operands, line)?;
            }
            ExprKind::BuiltInCall(call) => self.built_in(call, line)?,
            ExprKind::Call(function, arguments) => self.call(*function, arguments, line)?,
            _ => return None,
        }
        Some(())
    }

    fn variable(&self, access: Access, id: VariableId) -> Instruction {
        let variable = self.routine.map(|(_, routine)| routine.variable(id));
        let name = variable.map_or_else(|| Arc::from(""), |variable| variable.name.text.clone());
        Instruction::Variable(access, name, variable.and_then(|variable| variable.ty))
    }

    fn custom(&self, id: crate::bird::tree::AttributeId) -> Attribute {
        Attribute::Custom(self.program.tree().attribute(id).name.text.clone())
    }

    /// Operands and what is made of them, which is done here where all of them are known.
    fn computed<'e>(
        &self,
        operation: Operation,
        operands: impl IntoIterator<Item = &'e Expr>,
        line: &mut Line,
    ) -> Option<()> {
        let from = line.len();
        self.terms(operands, line)?;
        self.finished(operation, from, line)
    }

    fn finished(&self, operation: Operation, from: usize, line: &mut Line) -> Option<()> {
        let value = |instruction: &Instruction| match instruction {
            Instruction::Constant(value) => Some(value.clone()),
            _ => None,
        };
        let values: Option<Vec<Value>> = line[from..].iter().map(value).collect();
        let instruction = match &values {
            Some(values) => Instruction::Constant(operation.apply(values, self.program.version()).ok()?),
            None => Instruction::Compute(operation),
        };
        line.truncate(if values.is_some() { from } else { line.len() });
        line.push(instruction);
        Some(())
    }

    /// `a > b` is `b < a`, and `a ++ b` is `a.append(b)`.
    fn binary(&self, op: BinaryOp, [left, right]: &[Expr; 2], line: &mut Line) -> Option<()> {
        let plain = Operation::Binary;
        match op {
            BinaryOp::Greater => self.computed(plain(BinaryOp::Less), [right, left], line),
            BinaryOp::GreaterEqual => self.computed(plain(BinaryOp::LessEqual), [right, left], line),
            BinaryOp::Concat => self.computed(Operation::MethodWith("append".into()), [left, right], line),
            op => self.computed(plain(op), [left, right], line),
        }
    }

    /// A known left side leaves itself or the right one.
    fn lazy(&self, op: BinaryOp, [left, right]: &[Expr; 2], line: &mut Line) -> Option<()> {
        let from = line.len();
        self.term(left, line)?;
        let mut other = Line::new();
        self.term(right, &mut other)?;
        match known(&line[from..]) {
            Some(Value::Bool(left)) if *left == (op == BinaryOp::And) => {
                line.truncate(from);
                line.append(&mut other);
            }
            Some(_) => {}
            None => line.push(Instruction::Lazy(op, other)),
        }
        Some(())
    }

    fn mask(&self, items: &[MaskItem], line: &mut Line) -> Option<()> {
        let (from, mut slots) = (line.len(), Vec::with_capacity(items.len()));
        for item in items {
            slots.push(match item {
                MaskItem::Any => MaskSlot::Any,
                MaskItem::One => MaskSlot::One,
                MaskItem::Repeat => MaskSlot::Repeat,
                MaskItem::Value(term) => {
                    self.term(term, line)?;
                    MaskSlot::Value
                }
                MaskItem::Range(ends) => {
                    self.terms(&**ends, line)?;
                    MaskSlot::Range
                }
                MaskItem::Set(items, _) => {
                    line.push(Instruction::Constant(self.program.set_of(items)?));
                    MaskSlot::Value
                }
            });
        }
        self.finished(Operation::Mask(slots), from, line)
    }

    fn built_in(&self, call: &BuiltInCall, line: &mut Line) -> Option<()> {
        if let Some(operation) = Operation::built_in(&call.name.text) {
            return self.computed(operation, &call.arguments, line);
        }
        let [Expr { kind: ExprKind::Table(table), .. }, arguments @ ..] = &*call.arguments else {
            return None;
        };
        self.terms(arguments, line)?;
        line.push(Instruction::Check(call.name.text.clone(), table.text.clone(), arguments.len()));
        Some(())
    }

    /// Before 3.0 a function that is called is only known to be the same where it calls itself, or does nothing.
    fn call(&self, function: RoutineId, arguments: &[Expr], line: &mut Line) -> Option<()> {
        let program = self.program;
        let of_itself = self.routine.is_some_and(|(around, _)| around == function);
        if program.version().major < 3 && !of_itself && !program.is_idle(function) {
            return None;
        }
        self.terms(arguments, line)?;
        line.push(Instruction::Call(function, arguments.len()));
        Some(())
    }

    /// Reads a place.
    pub(super) fn get(&self, place: &LValue, line: &mut Line) -> Option<()> {
        if !matches!(place.kind, LValueKind::Variable(_)) {
            line.push(Instruction::Route);
        }
        self.place(Access::Get, place, line)
    }

    /// Does something to a place.
    pub(super) fn place(&self, access: Access, place: &LValue, line: &mut Line) -> Option<()> {
        line.push(match &place.kind {
            LValueKind::Variable(id) => self.variable(access, *id),
            LValueKind::Attribute(attribute) => {
                Instruction::Attribute(access, Attribute::BuiltIn(*attribute))
            }
            LValueKind::CustomAttribute(id) => Instruction::Attribute(access, self.custom(*id)),
            LValueKind::Opaque => return None,
        });
        Some(())
    }

    /// Begins a variable.
    pub(super) fn begin(&self, id: VariableId, value: Option<&Expr>, line: &mut Line) -> Option<()> {
        self.terms(value, line)?;
        let access = if value.is_some() { Access::Begin } else { Access::BeginEmpty };
        line.push(self.variable(access, id));
        Some(())
    }

    /// Begins a loop.
    pub(super) fn each(&self, id: VariableId, body: Line) -> Instruction {
        match self.variable(Access::Begin, id) {
            Instruction::Variable(_, name, ty) => Instruction::For(name, ty, body),
            other => other,
        }
    }

    /// Prints, one value after another since 2.14.
    pub(super) fn print(&self, texts: &[Expr], newline: Newline, line: &mut Line) -> Option<()> {
        let by_one = self.program.version().reaches((14, 0), (0, 0));
        for text in texts {
            self.term(text, line)?;
            line.extend(by_one.then_some(Instruction::Print(1)));
        }
        line.extend((!by_one).then_some(Instruction::Print(texts.len())));
        line.extend((newline == Newline::Ended).then_some(Instruction::Flush));
        Some(())
    }
}

impl Interpreter<'_> {
    /// Whether a routine is no code at all. Routines are compiled in the order of their definition: each calls only
    /// earlier ones and itself, so what it asks for is there, however long the chain of calls.
    fn is_idle(&self, function: RoutineId) -> bool {
        loop {
            let at = {
                let idle = lock(&self.idle);
                if let Some(idle) = idle.get(function.0 as usize) {
                    return *idle;
                }
                idle.len()
            };
            let id = RoutineId(at as u32);
            let routine = self.tree().routine(id);
            let compiler = Compiler { program: self, routine: Some((id, routine)) };
            let is_idle = compiler.line(routine.commands()).is_some_and(|line| line.is_empty());
            let mut idle = lock(&self.idle);
            if idle.len() == at {
                idle.push(is_idle);
            }
        }
    }
}

/// The value that a line is, where it is known.
pub(super) fn known(line: &[Instruction]) -> Option<&Value> {
    match line {
        [Instruction::Constant(value)] => Some(value),
        _ => None,
    }
}
