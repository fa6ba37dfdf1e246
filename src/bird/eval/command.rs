//! Commands, one function each.

use crate::bird::tree::{
    BinaryOp, Command, CommandKind, Expr, ExprKind, LValue, LValueKind, Newline, Span, Type, VariableId,
};

use super::machine::{Flow, Frame, Machine, Places, Stop, is_of, promoted};
use super::operator;
use super::route::Attribute;
use super::unit::Failed;
use super::value::Value;
use crate::seen::Unseen;

impl<'a> Machine<'a> {
    /// Does commands in order until one ends the routine.
    pub(super) fn commands(&mut self, commands: &[Command], frame: &mut Frame<'a>) -> Result<Flow, Stop> {
        for command in commands {
            if let Flow::Return(value, span) = self.command(command, frame)? {
                return Ok(Flow::Return(value, span));
            }
        }
        Ok(Flow::Next)
    }

    fn command(&mut self, command: &Command, frame: &mut Frame<'a>) -> Result<Flow, Stop> {
        self.nested(command.span, |machine| machine.command_kind(command, frame))
    }

    fn command_kind(&mut self, command: &Command, frame: &mut Frame<'a>) -> Result<Flow, Stop> {
        if !matches!(command.kind, CommandKind::Block(_)) {
            self.note(command)?;
        }
        match &command.kind {
            CommandKind::Block(commands) => {
                let (held, counted) = (self.held(), frame.places.counted);
                let flow = self.commands(commands, frame);
                self.rewind(held);
                frame.places.counted = counted;
                return flow;
            }
            CommandKind::If { condition, then, otherwise } => {
                return self.branch(condition, then, otherwise.as_deref(), frame);
            }
            CommandKind::For { variable, over, body } => return self.for_each(*variable, over, body, frame),
            CommandKind::Case { on, arms } => return self.case(on, arms, frame),
            CommandKind::Return(Some(term)) => {
                return Ok(Flow::Return(self.term(term, frame)?, command.span));
            }
            CommandKind::Return(None) => return Ok(Flow::Return(Value::Void, command.span)),
            CommandKind::Verdict(verdict, texts) => {
                // A verdict without texts ends no line, so that what `printn` left open is lost.
                if !texts.is_empty() {
                    self.print(texts, Newline::Ended, frame)?;
                }
                return Err(Stop::Verdict(*verdict, command.span));
            }
            CommandKind::Declare(variable, term) => {
                self.declare(*variable, term.as_ref(), command.span, frame)?
            }
            CommandKind::Assign(place, term) => self.assign_term(place, term, frame)?,
            CommandKind::Unset(place) => self.unset(place)?,
            CommandKind::Print(texts, newline) => self.print(texts, *newline, frame)?,
            CommandKind::Call(call) => drop(self.term(call, frame)?),
            CommandKind::Update { on, method, arguments } => {
                let before = self.read(on, frame)?;
                let after = self.method(before, method, Some(arguments), frame)?;
                self.assign(on, after, frame)?;
            }
            CommandKind::Assert(term) => self.assert(term, frame)?,
            CommandKind::CheckAssign(place, term) => self.check_assign(place, term, frame)?,
            CommandKind::Opaque => return Err(unread(command.span)),
        }
        Ok(Flow::Next)
    }

    fn branch(
        &mut self,
        condition: &Expr,
        then: &Command,
        otherwise: Option<&Command>,
        frame: &mut Frame<'a>,
    ) -> Result<Flow, Stop> {
        let chosen = match self.term(condition, frame)? {
            Value::Bool(true) => Some(then),
            Value::Bool(false) => otherwise,
            other => {
                let message =
                    format!("Argument 1 of CONDITION must be of type bool, got type {}", other.ty());
                return Err(Stop::failed(message, condition.span));
            }
        };
        let Some(command) = chosen else { return Ok(Flow::Next) };
        let places = frame.places;
        let flow = self.line(command.span, |machine| machine.command(command, frame))?;
        self.leave(places, condition, frame);
        Ok(flow)
    }

    /// Goes back to the places that were taken before a branch. Of a branch that is chosen when the file is read BIRD
    /// makes commands of the line around, so what it declared stays.
    pub(super) fn leave(&mut self, before: Places, chosen_by: &Expr, frame: &mut Frame<'a>) {
        if frame.places != before && !self.is_known(chosen_by) {
            frame.places = before;
        }
        frame.places.counted = before.counted;
    }

    fn for_each(
        &mut self,
        variable: VariableId,
        over: &Expr,
        body: &Command,
        frame: &mut Frame<'a>,
    ) -> Result<Flow, Stop> {
        let list = self.term(over, frame)?;
        let Some(members) = members(&list) else {
            let message = format!("Value of expression in FOR must be iterable, got {}", list.ty());
            return Err(Stop::failed(message, over.span));
        };
        if frame.places.differ() && !members.is_empty() {
            return Err(misplaced(over.span));
        }
        let (held, places) = (self.held(), frame.places);
        self.hold(3, over.span)?;
        for member in members {
            self.tick(over.span)?;
            frame.set(variable, member);
            frame.places = places;
            frame.places.take(3);
            let flow = self.line(body.span, |machine| machine.command(body, frame))?;
            if let Flow::Return(..) = flow {
                return Ok(flow);
            }
        }
        self.rewind(held);
        frame.places = places;
        Ok(Flow::Next)
    }

    /// `int x;` reads as empty since 2.13; before it was an error at run time.
    fn declare(
        &mut self,
        variable: VariableId,
        term: Option<&Expr>,
        span: Span,
        frame: &mut Frame<'a>,
    ) -> Result<(), Stop> {
        let ty = frame.ty(variable);
        let value = match term {
            Some(term) => typed(self.term(term, frame)?, ty, "VAR_INIT", term.span)?,
            None if self.version().reaches((13, 0), (0, 0)) => ty.map_or(Value::Void, Value::empty),
            None => typed(Value::Void, ty, "VAR_INIT", span)?,
        };
        frame.set(variable, value);
        frame.places.take(1);
        self.hold(1, span)
    }

    fn assign_term(&mut self, place: &LValue, term: &Expr, frame: &mut Frame<'a>) -> Result<(), Stop> {
        let value = self.term(term, frame)?;
        self.assign(place, value, frame)
    }

    /// Writes a value to a place, if its type fits.
    pub(super) fn assign(&mut self, place: &LValue, value: Value, frame: &mut Frame<'a>) -> Result<(), Stop> {
        match &place.kind {
            LValueKind::Variable(id) => {
                frame.set(*id, typed(value, frame.ty(*id), "VAR_SET", place.span)?);
                Ok(())
            }
            LValueKind::Attribute(attribute) => self.set_built_in(*attribute, value, place.span),
            LValueKind::CustomAttribute(id) => {
                let custom = self.program.tree.attribute(*id);
                let value = typed(value, Some(custom.ty), "EA_SET", place.span)?;
                self.set_dynamic(Attribute::Custom(custom.name.text.clone()), value, place.span)
            }
            LValueKind::Opaque => Err(unread(place.span)),
        }
    }

    /// What a place holds.
    pub(super) fn read(&mut self, place: &LValue, frame: &Frame<'a>) -> Result<Value, Stop> {
        match &place.kind {
            LValueKind::Variable(id) => Ok(frame.get(*id)),
            LValueKind::Attribute(attribute) => self.get_built_in(*attribute, place.span),
            LValueKind::CustomAttribute(id) => self.get_custom(*id, place.span),
            LValueKind::Opaque => Err(unread(place.span)),
        }
    }

    fn unset(&mut self, place: &LValue) -> Result<(), Stop> {
        let attribute = match &place.kind {
            LValueKind::Attribute(attribute) => Attribute::BuiltIn(*attribute),
            LValueKind::CustomAttribute(id) => {
                Attribute::Custom(self.program.tree.attribute(*id).name.text.clone())
            }
            LValueKind::Variable(_) | LValueKind::Opaque => return Err(unread(place.span)),
        };
        self.set_dynamic(attribute, Value::Void, place.span)
    }

    /// Prints one line, or leaves it open. 2.x evaluates all its terms first, so that what they print comes before;
    /// 3.x never clears its buffer: each line repeats those before it.
    fn print(&mut self, texts: &[Expr], newline: Newline, frame: &mut Frame<'a>) -> Result<(), Stop> {
        let version = self.version();
        let by_one = version.reaches((14, 0), (0, 0));
        let mut evaluated = String::new();
        for text in texts {
            let text = self.term(text, frame)?.text(version);
            if by_one { self.open_line.push_str(&text) } else { evaluated.push_str(&text) }
        }
        self.open_line.push_str(&evaluated);
        let is_line = newline == Newline::Ended && !(texts.is_empty() && self.open_line.is_empty());
        if is_line && version.major >= 3 {
            self.printed.push(self.open_line.clone());
        } else if is_line {
            self.printed.push(std::mem::take(&mut self.open_line));
        }
        Ok(())
    }

    fn assert(&mut self, term: &Expr, frame: &mut Frame<'a>) -> Result<(), Stop> {
        let (value, message) = self.claimed(term, frame)?;
        match value {
            Value::Bool(true) => Ok(()),
            Value::Bool(false) => {
                self.failed_assertions.push(Failed { message, span: term.span });
                Ok(())
            }
            other => {
                let message = format!("Argument 1 of ASSERT must be of type bool, got type {}", other.ty());
                Err(Stop::failed(message, term.span))
            }
        }
    }

    /// The value of an assertion's term, and what to say where it is false: what is compared is shown.
    fn claimed(&mut self, term: &Expr, frame: &mut Frame<'a>) -> Result<(Value, String), Stop> {
        let version = self.version();
        let ExprKind::Binary(op, parts) = &term.bare().kind else {
            return Ok((self.term(term, frame)?, "the assertion does not hold".to_owned()));
        };
        if let BinaryOp::And | BinaryOp::Or = op {
            return Ok((self.term(term, frame)?, "the assertion does not hold".to_owned()));
        }
        let [left, right] = self.sides(*op, parts, frame)?;
        let value = operator::binary(*op, &left, &right, version, term.span)?;
        let [left, right] = [left, right].map(|side| side.text(version));
        Ok((value, format!("the assertion does not hold: left is {left}, right is {right}")))
    }

    /// Assigns, then asserts that reading gives what was written.
    fn check_assign(&mut self, place: &LValue, term: &Expr, frame: &mut Frame<'a>) -> Result<(), Stop> {
        self.assign_term(place, term, frame)?;
        let wanted = self.term(term, frame)?;
        let held = self.read(place, frame)?;
        let wanted = promoted(wanted, Some(held.ty()));
        if !wanted.is_same(&held, self.version()) {
            let [wanted, held] = [wanted, held].map(|value| value.text(self.version()));
            let message = format!("{wanted} was assigned, and {held} is read");
            self.failed_assertions.push(Failed { message, span: place.span });
        }
        Ok(())
    }
}

/// The members that `for` walks through, `None` for what is no list.
pub(crate) fn members(list: &Value) -> Option<Vec<Value>> {
    Some(match list {
        Value::Path(path) => path.asns().map(Value::Int).collect(),
        Value::CList(list) => list.iter().copied().map(Value::Pair).collect(),
        Value::EcList(list) => list.iter().copied().map(Value::Ec).collect(),
        Value::LcList(list) => list.iter().copied().map(Value::Lc).collect(),
        _ => return None,
    })
}

/// The value, if it may stand where the type is wanted.
pub(super) fn typed(
    value: Value,
    wanted: Option<Type>,
    instruction: &str,
    span: Span,
) -> Result<Value, Stop> {
    let value = promoted(value, wanted);
    let Some(wanted) = wanted.filter(|wanted| !is_of(&value, *wanted)) else { return Ok(value) };
    let got = value.ty();
    Err(Stop::failed(format!("Argument 1 of {instruction} must be of type {wanted}, got type {got}"), span))
}

/// A loop finds its variable in the wrong place: BIRD dies of that since 2.14, and before it mixes its values up.
fn misplaced(span: Span) -> Stop {
    let why = Unseen::new(
        "BIRD loses count of its variables here and may die: a block before the loop declared some",
        "declare a variable between the block and the loop, or those of the block before it",
    );
    Stop::Unseen(why, span)
}

/// What could not be read cannot be run.
pub(super) fn unread(span: Span) -> Stop {
    Stop::Unseen(Unseen::new("it could not be read", "correct the error that the reader shows"), span)
}
