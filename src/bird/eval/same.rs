//! Whether two functions are the same code, as BIRD asks when it reloads a configuration (`f_same` in filter/decl.m4).
//!
//! Only what is done counts: neither parameters nor the type that is returned do.

use crate::bird::tree::{
    Arm, BinaryOp, Command, CommandKind, Expr, LValue, LValueKind, Name, Newline, RoutineId,
};

use super::case::Labels;
use super::code::{Access, Compiler, Instruction, Line, known};
use super::machine::Machine;
use super::value::Value;
use super::{Interpreter, Operation, STEPS};

/// Whether two routines are the same code.
pub(super) fn routines_are_same(program: &Interpreter<'_>, left: RoutineId, right: RoutineId) -> bool {
    let compiled = |id| {
        let routine = program.tree().routine(id);
        Compiler { program, routine: Some((id, routine)) }.line(routine.commands())
    };
    compiled(left).is_some_and(|left| compiled(right) == Some(left))
}

impl Compiler<'_> {
    /// Compiles commands.
    pub(super) fn line(&self, commands: &[Command]) -> Option<Line> {
        let mut line = Line::new();
        self.commands(commands, &mut line)?;
        Some(line)
    }

    fn commands(&self, commands: &[Command], line: &mut Line) -> Option<()> {
        commands.iter().try_for_each(|command| self.command(command, line))
    }

    fn command(&self, command: &Command, line: &mut Line) -> Option<()> {
        match &command.kind {
            CommandKind::Block(commands) => self.commands(commands, line),
            CommandKind::Declare(variable, value) => self.begin(*variable, value.as_ref(), line),
            CommandKind::If { condition, then, otherwise } => {
                self.branch(condition, then, otherwise.as_deref(), line)
            }
            CommandKind::For { variable, over, body } => {
                self.term(over, line)?;
                line.push(self.each(*variable, self.line(std::slice::from_ref(body))?));
                Some(())
            }
            CommandKind::Case { on, arms } => self.case(on, arms, line),
            CommandKind::Assign(place, value) => {
                self.term(value, line)?;
                self.place(Access::Set, place, line)
            }
            CommandKind::Unset(place) => self.place(Access::Unset, place, line),
            CommandKind::Return(value) => self.then(value.as_ref(), Instruction::Return, line),
            CommandKind::Verdict(verdict, texts) => {
                let newline = if texts.is_empty() { Newline::Left } else { Newline::Ended };
                if !texts.is_empty() {
                    self.print(texts, newline, line)?;
                }
                line.push(Instruction::Verdict(*verdict));
                Some(())
            }
            CommandKind::Print(texts, newline) => self.print(texts, *newline, line),
            CommandKind::Call(call) => self.then(Some(call), Instruction::Drop, line),
            CommandKind::Update { on, method, arguments } => self.update(on, method, arguments, line),
            CommandKind::Assert(term) => self.then(Some(term), Instruction::Assert, line),
            CommandKind::CheckAssign(place, value) => {
                self.term(value, line)?;
                self.place(Access::Set, place, line)?;
                self.term(value, line)?;
                self.get(place, line)?;
                line.push(Instruction::Compute(Operation::Binary(BinaryOp::Equal)));
                line.push(Instruction::Assert);
                Some(())
            }
            CommandKind::Opaque => None,
        }
    }

    fn then(&self, value: Option<&Expr>, instruction: Instruction, line: &mut Line) -> Option<()> {
        self.terms(value, line)?;
        line.push(instruction);
        Some(())
    }

    /// Of a known condition only the branch is left that it chooses.
    fn branch(
        &self,
        condition: &Expr,
        then: &Command,
        otherwise: Option<&Command>,
        line: &mut Line,
    ) -> Option<()> {
        let from = line.len();
        self.term(condition, line)?;
        let then = self.line(std::slice::from_ref(then))?;
        let otherwise =
            otherwise.map_or(Some(Line::new()), |other| self.line(std::slice::from_ref(other)))?;
        match known(&line[from..]) {
            Some(holds) => {
                let mut chosen = if *holds == Value::Bool(true) { then } else { otherwise };
                line.truncate(from);
                line.append(&mut chosen);
            }
            None => line.push(Instruction::Branch([then, otherwise])),
        }
        Some(())
    }

    /// Of a known value only the arm is left that it chooses.
    fn case(&self, on: &Expr, arms: &[Arm], line: &mut Line) -> Option<()> {
        let labels = Labels::of(&mut Machine::new(self.program, None, STEPS), arms).ok()?;
        let lines: Option<Vec<Line>> = arms.iter().map(|arm| self.line(&arm.commands)).collect();
        let (lines, from) = (lines?, line.len());
        self.term(on, line)?;
        match known(&line[from..]) {
            Some(value) => {
                let chosen = labels.first(value).map(|arm| lines[arm].clone());
                line.truncate(from);
                line.append(&mut chosen.unwrap_or_default());
            }
            None => {
                let arm = |(label, arm): &(_, usize)| (Clone::clone(label), lines[*arm].clone());
                line.push(Instruction::Case(labels.in_order().iter().map(arm).collect()));
            }
        }
        Some(())
    }

    /// `x.add(y);` is `x = x.add(y);`, and `x.empty;` before 2.14 sets what is empty.
    fn update(&self, on: &LValue, method: &Name, arguments: &[Expr], line: &mut Line) -> Option<()> {
        match &on.kind {
            LValueKind::Attribute(attribute)
                if arguments.is_empty() && !self.program.version().reaches((14, 0), (0, 0)) =>
            {
                line.push(Instruction::Constant(Value::empty(attribute.ty())));
            }
            _ => {
                self.get(on, line)?;
                self.terms(arguments, line)?;
                line.push(Instruction::Compute(match arguments {
                    [] => Operation::Method(method.text.clone()),
                    _ => Operation::MethodWith(method.text.clone()),
                }));
            }
        }
        self.place(Access::Set, on, line)
    }
}
