//! One run: its state, its bounds, how it may stop.

use crate::bird::tree::{Command, Expr, Routine, RoutineId, RoutineKind, Span, Type, VariableId, Verdict};
use crate::bird::version::Version;
use crate::seen::Unseen;

use super::unit::Failed;
use super::value::Value;
use super::{Interpreter, Route, Trace};

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The route is accepted.
    Accepted,
    /// The route is rejected.
    Rejected,
    /// A function came to its end, or a term was evaluated.
    Returned,
    /// An error at run time, which rejects the route and is logged.
    Failed(Failure),
    /// What the filter does depends on something that was not seen, here.
    Unseen(Unseen, Span),
}

/// An error at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What BIRD logs of it.
    pub message: String,
    /// The command or term.
    pub span: Span,
}

/// A run that came to its end.
#[derive(Clone, Debug)]
pub struct Run {
    /// How it ended.
    pub ending: Ending,
    /// The route as the filter left it; of a run without a route, none.
    pub route: Option<Route>,
    /// What `print` wrote, line by line.
    pub printed: Vec<String>,
    /// What `bt_assert` and `bt_check_assign` found.
    pub failed_assertions: Vec<Failed>,
    /// The commands that were done, in order; the first ten thousand of them.
    pub trace: Trace,
}

impl Run {
    pub(super) fn of_nothing(ending: Ending, route: Route) -> Run {
        Run {
            ending,
            route: Some(route),
            printed: Vec::new(),
            failed_assertions: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// Whether the route passes.
    pub fn is_accepted(&self) -> bool {
        self.ending == Ending::Accepted
    }
}

/// Why a run stopped before the end of its commands.
#[derive(Clone)]
pub(super) enum Stop {
    Verdict(Verdict, Span),
    Failed(Failure),
    Unseen(Unseen, Span),
}

impl Stop {
    pub(super) fn failed(message: impl Into<String>, span: Span) -> Stop {
        Stop::Failed(Failure { message: message.into(), span })
    }

    pub(super) fn ending(self) -> Ending {
        match self {
            Stop::Verdict(Verdict::Accept, _) => Ending::Accepted,
            Stop::Verdict(Verdict::Reject, _) => Ending::Rejected,
            Stop::Verdict(Verdict::Error, span) => {
                Ending::Failed(Failure { message: "the filter says `error`".to_owned(), span })
            }
            Stop::Failed(failure) => Ending::Failed(failure),
            Stop::Unseen(why, span) => Ending::Unseen(why, span),
        }
    }
}

/// What comes after a command.
pub(super) enum Flow {
    Next,
    Return(Value, Span),
}

/// The variables of one call.
#[derive(Default)]
pub(super) struct Frame<'a> {
    routine: Option<&'a Routine>,
    values: Vec<Value>,
    /// Where BIRD's stack of variables is.
    pub places: Places,
}

/// How many places BIRD's variables take that were declared within a call.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Places {
    /// Those of the blocks around, which BIRD counts when it reads.
    pub counted: usize,
    /// Those that it has on its stack: a block that ends leaves its own there until the next declaration.
    pub taken: usize,
}

impl Places {
    /// Takes places for what is declared.
    pub(crate) fn take(&mut self, count: usize) {
        self.counted += count;
        self.taken = self.counted;
    }

    /// Whether a loop that stands here finds its variable in the wrong place.
    pub(crate) fn differ(self) -> bool {
        self.taken != self.counted
    }
}

impl<'a> Frame<'a> {
    pub(super) fn of(routine: &'a Routine) -> Frame<'a> {
        let values = vec![Value::Void; routine.variables.len()];
        Frame { routine: Some(routine), values, places: Places::default() }
    }

    /// What a variable holds; nothing where the tree is broken.
    pub(super) fn get(&self, id: VariableId) -> Value {
        self.values.get(id.0 as usize).cloned().unwrap_or(Value::Void)
    }

    /// Writes a variable without looking at its type.
    pub(super) fn set(&mut self, id: VariableId, value: Value) {
        if let Some(slot) = self.values.get_mut(id.0 as usize) {
            *slot = value;
        }
    }

    /// The declared type of a variable.
    pub(super) fn ty(&self, id: VariableId) -> Option<Type> {
        self.routine.and_then(|routine| routine.variables.get(id.0 as usize)?.ty)
    }
}

/// How many commands a trace keeps.
const TRACE: usize = 10_000;

/// Beyond this many nested commands and terms the run goes on in a thread with a stack that holds [`DEEPEST`].
const SHALLOW: usize = 96;

/// How many nested commands and terms are followed: `filter stacks` lets BIRD 3 go as deep as memory lasts.
const DEEPEST: usize = 30_000;

/// The stack for them: 17 KiB for each, more than any of them takes in a debug build.
const STACK: usize = 512 << 20;

/// One run of a filter, a function or a term.
pub(super) struct Machine<'a> {
    pub program: &'a Interpreter<'a>,
    pub route: Option<Route>,
    pub printed: Vec<String>,
    /// What `printn` left open.
    pub open_line: String,
    pub failed_assertions: Vec<Failed>,
    /// The attributes that only the host can tell since a next hop was set.
    pub told_by_host: &'static [&'static str],
    trace: Trace,
    steps: u64,
    /// How many values BIRD would hold on its stack.
    values: usize,
    /// How many lines BIRD would have under execution.
    lines: usize,
    /// How many commands and terms are under way here.
    depth: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(program: &'a Interpreter<'a>, route: Option<Route>, steps: u64) -> Machine<'a> {
        Machine {
            program,
            route,
            printed: Vec::new(),
            open_line: String::new(),
            failed_assertions: Vec::new(),
            told_by_host: &[],
            trace: Vec::new(),
            steps,
            values: 0,
            lines: 1,
            depth: 0,
        }
    }

    pub(super) fn version(&self) -> Version {
        self.program.version
    }

    /// Runs a filter to its verdict.
    pub(super) fn filter(self, id: RoutineId) -> Run {
        let routine = self.program.tree.routine(id);
        let at_end = match routine.kind {
            RoutineKind::Route => Ending::Accepted,
            RoutineKind::Filter | RoutineKind::Function | RoutineKind::Term => Ending::Failed(Failure {
                message: "the filter did not return accept nor reject".to_owned(),
                span: routine.span,
            }),
        };
        self.body(routine, at_end)
    }

    /// Runs the function of a test suite; its parameters, if it has any, have no value.
    pub(super) fn suite(self, id: RoutineId) -> Run {
        let routine = self.program.tree.routine(id);
        self.body(routine, Ending::Returned)
    }

    fn body(mut self, routine: &'a Routine, at_end: Ending) -> Run {
        let mut frame = Frame::of(routine);
        let ending = match self.commands(routine.commands(), &mut frame) {
            Ok(Flow::Next) => at_end,
            Ok(Flow::Return(Value::Bool(true), _)) => Ending::Accepted,
            Ok(Flow::Return(Value::Bool(false), _)) => Ending::Rejected,
            Ok(Flow::Return(_, span)) => Ending::Failed(Failure {
                message: "Can't return non-bool from non-function".to_owned(),
                span,
            }),
            Err(stop) => stop.ending(),
        };
        self.finish(ending)
    }

    /// Runs a function to its end.
    pub(super) fn function(mut self, id: RoutineId, arguments: Vec<Value>) -> (Run, Option<Value>) {
        let span = self.program.tree.routine(id).span;
        match self.invoke(id, arguments, span) {
            Ok(value) => (self.finish(Ending::Returned), Some(value)),
            Err(stop) => (self.finish(stop.ending()), None),
        }
    }

    /// Evaluates a term that has no variables around it.
    pub(super) fn lone_term(mut self, term: &Expr) -> Result<Value, Ending> {
        self.term(term, &mut Frame::default()).map_err(Stop::ending)
    }

    fn finish(self, ending: Ending) -> Run {
        Run {
            ending,
            route: self.route,
            printed: self.printed,
            failed_assertions: self.failed_assertions,
            trace: self.trace,
        }
    }

    /// Calls a function; without `return` its value is void.
    pub(super) fn invoke(&mut self, id: RoutineId, arguments: Vec<Value>, span: Span) -> Result<Value, Stop> {
        let routine = self.program.tree.routine(id);
        let mut frame = Frame::of(routine);
        for (parameter, argument) in routine.parameters.iter().zip(arguments) {
            frame.set(*parameter, promoted(argument, frame.ty(*parameter)));
        }
        let values = self.values;
        self.hold(1 + routine.parameters.len(), span)?;
        let flow = self.line(span, |machine| machine.commands(routine.commands(), &mut frame));
        self.values = values;
        match flow? {
            Flow::Next => Ok(Value::Void),
            Flow::Return(value, _) => Ok(value),
        }
    }

    /// Does something as a line of its own on BIRD's execution stack, which is bounded.
    pub(super) fn line<T>(
        &mut self,
        span: Span,
        what: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if self.lines + 1 >= self.program.stacks.lines {
            return Err(self.program.stacks.overflow(span));
        }
        self.lines += 1;
        let done = what(self);
        self.lines -= 1;
        done
    }

    /// Does a command or a term within another one, on a stack that is large enough.
    pub(super) fn nested<T: Send>(
        &mut self,
        span: Span,
        what: impl FnOnce(&mut Self) -> Result<T, Stop> + Send,
    ) -> Result<T, Stop> {
        if self.depth == DEEPEST {
            let why = Unseen::new("it nests deeper than routelint follows", "bound the recursion");
            return Err(Stop::Unseen(why, span));
        }
        self.depth += 1;
        let done = if self.depth == SHALLOW { deep(|| what(self), span) } else { what(self) };
        self.depth -= 1;
        done
    }

    /// Counts values that stay on BIRD's value stack until the caller takes them off.
    pub(super) fn hold(&mut self, count: usize, span: Span) -> Result<(), Stop> {
        self.values += count;
        if self.values >= self.program.stacks.values {
            return Err(self.program.stacks.overflow(span));
        }
        Ok(())
    }

    /// How many values are held, to go back to with [`Machine::rewind`].
    pub(super) fn held(&self) -> usize {
        self.values
    }

    /// Takes off what was held since.
    pub(super) fn rewind(&mut self, held: usize) {
        self.values = held;
    }

    /// Counts one step.
    pub(super) fn tick(&mut self, span: Span) -> Result<(), Stop> {
        match self.steps.checked_sub(1) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Stop::Unseen(
                Unseen::new("the run was given up after two million steps", "bound the recursion"),
                span,
            )),
        }
    }

    /// Notes that a command is done.
    pub(super) fn note(&mut self, command: &Command) -> Result<(), Stop> {
        if self.trace.len() < TRACE {
            self.trace.push(command.span);
        }
        self.tick(command.span)
    }
}

/// Goes on with a stack that [`DEEPEST`] cannot exhaust.
fn deep<T: Send>(what: impl FnOnce() -> Result<T, Stop> + Send, span: Span) -> Result<T, Stop> {
    let given_up = || {
        let why = Unseen::new("there was no memory for so deep a recursion", "bound the recursion");
        Stop::Unseen(why, span)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, what);
        thread.map_err(|_| given_up()).and_then(|thread| thread.join().unwrap_or_else(|_| Err(given_up())))
    })
}

/// What BIRD makes of a constant where another type is wanted: an address a quad, `[]` a prefix set.
pub(crate) fn promoted(value: Value, wanted: Option<Type>) -> Value {
    match (&value, wanted) {
        (Value::Ip(address), Some(Type::Quad)) => address.v4().map_or(value, Value::Quad),
        (Value::Set(set), Some(Type::PrefixSet)) if set.is_empty() => {
            Value::PrefixSet(std::sync::Arc::default())
        }
        _ => value,
    }
}

/// Whether a value may stand where the type is wanted.
pub(crate) fn is_of(value: &Value, wanted: Type) -> bool {
    match wanted {
        Type::Set | Type::EcSet | Type::LcSet => matches!(value, Value::Set(_)),
        _ => value.ty() == wanted,
    }
}
