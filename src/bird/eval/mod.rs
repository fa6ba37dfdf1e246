//! The interpreter of BIRD's filter language: what a filter does with one route, exactly.
//!
//! It works on the tree alone and knows nothing of sessions or other routes. Where BIRD would look at something
//! that is not in the tree (a table, a neighbour's interface), the answer is unseen, unless the caller gives it.

mod attribute;
mod case;
mod code;
mod command;
mod fill;
mod input;
mod literal;
mod machine;
mod method;
mod operation;
mod operator;
mod route;
mod same;
mod table;
mod term;
mod unit;
pub mod value;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub(crate) use attribute::beside;
pub(crate) use case::Labels;
pub(crate) use command::members;
pub use machine::{Ending, Failure, Run};
pub(crate) use machine::{Places, is_of, promoted};
pub use operation::{MaskSlot, Operation};
pub use route::{Attribute, Route};
pub use table::{Authorisation, Tables};
pub use unit::{Failed, TestReport, test};

use super::plain;
use super::tree::{Argument, ConstantId, Expr, Item, Policy, RoutineId, SetItem, Span, Statement, Tree};
use super::version::Version;
use crate::seen::Unseen;
use machine::{Machine, Stop};
use value::Value;

/// How many steps a run may take before it is given up.
const STEPS: u64 = 2_000_000;

/// Runs the filters and functions of one configuration as one version of BIRD runs them.
pub struct Interpreter<'a> {
    tree: &'a Tree,
    version: Version,
    tables: Tables,
    constants: Mutex<Constants>,
    literals: Mutex<HashMap<usize, Value>>,
    cases: Mutex<HashMap<usize, Arc<case::Labels>>>,
    known: Mutex<HashMap<usize, bool>>,
    /// Which routines are no code at all, in the order of definition, as far as that was asked for.
    idle: Mutex<Vec<bool>>,
    stacks: Stacks,
}

/// The values of constants, or why they have none, as far as that was asked for.
#[derive(Default)]
struct Constants {
    known: HashMap<ConstantId, Result<Value, Stop>>,
    /// Those before this one are all known.
    all_before: u32,
    /// How many constants are being evaluated, each for the one before.
    open: usize,
}

/// How many constants are evaluated within each other. BIRD evaluates them one by one where they stand.
const NESTED: usize = 8;

/// How much BIRD's two stacks hold.
#[derive(Clone, Copy, Debug)]
struct Stacks {
    values: usize,
    lines: usize,
    /// Whether the file's numbers could be read; else these are the least that BIRD takes.
    known: bool,
}

impl Stacks {
    /// 2.x has 4096 places on either stack, 3.x 128 unless the last `filter stacks` says otherwise.
    fn of(tree: &Tree, version: Version) -> Stacks {
        let places = if version.major >= 3 { 128 } else { 4096 };
        let mut stacks = Stacks { values: places, lines: places, known: true };
        for statement in &tree.statements {
            let Statement::Option(Item { name: "filter stacks", arguments, .. }) = statement else {
                continue;
            };
            if let [Argument::Value(values), Argument::Value(lines)] = arguments.as_slice() {
                stacks = match [values, lines].map(|term| plain::int(tree, term)) {
                    [Some(values), Some(lines)] => {
                        Stacks { values: values as usize, lines: lines as usize, known: true }
                    }
                    _ => Stacks { values: 16, lines: 16, known: false },
                };
            }
        }
        stacks
    }

    /// What happens where one of them is full.
    fn overflow(self, span: Span) -> Stop {
        if self.known {
            return Stop::failed("Filter execution stack overflow", span);
        }
        let why = Unseen::new("how much `filter stacks` allows was not read", "give `filter stacks` numbers");
        Stop::Unseen(why, span)
    }
}

impl<'a> Interpreter<'a> {
    /// An interpreter without tables: `roa_check` and `aspa_check` are unseen.
    pub fn new(tree: &'a Tree, version: Version) -> Interpreter<'a> {
        Interpreter::with_tables(tree, version, Tables::default())
    }

    /// An interpreter that knows what some tables hold.
    pub fn with_tables(tree: &'a Tree, version: Version, tables: Tables) -> Interpreter<'a> {
        let (constants, literals, cases, known, idle) = Default::default();
        let stacks = Stacks::of(tree, version);
        Interpreter { tree, version, tables, constants, literals, cases, known, idle, stacks }
    }

    /// The configuration.
    pub fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// The version whose ways are followed.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Puts a route through a channel's policy.
    pub fn policy(&self, policy: &Policy, route: Route) -> Run {
        match policy {
            Policy::All => Run::of_nothing(Ending::Accepted, route),
            Policy::None => Run::of_nothing(Ending::Rejected, route),
            Policy::Filter(id) | Policy::Where(id) => self.filter(*id, route),
            Policy::Opaque(span) => {
                let why =
                    Unseen::new("the policy could not be read", "correct the error that the reader shows");
                Run::of_nothing(Ending::Unseen(why, *span), route)
            }
        }
    }

    /// Puts a route through a filter, a `where` term or the commands of a static route.
    pub fn filter(&self, id: RoutineId, route: Route) -> Run {
        Machine::new(self, Some(route), STEPS).filter(id)
    }

    /// Calls a function; without a route, looking at attributes fails.
    pub fn call(&self, id: RoutineId, arguments: Vec<Value>, route: Option<Route>) -> (Run, Option<Value>) {
        Machine::new(self, route, STEPS).function(id, arguments)
    }

    /// Runs the function of a test suite: its `return` is a verdict, its end is none (`f_eval` in `filter/filter.c`).
    pub(super) fn suite(&self, id: RoutineId, route: Route) -> Run {
        Machine::new(self, Some(route), STEPS).suite(id)
    }

    /// The value of a term that stands outside of any routine, as `birdc eval` gives it.
    pub fn term(&self, term: &Expr, route: Option<Route>) -> Result<Value, Ending> {
        Machine::new(self, route, STEPS).lone_term(term)
    }

    /// The value of a `define`.
    pub fn constant(&self, id: ConstantId) -> Result<Value, Ending> {
        self.constant_value(id).map_err(Stop::ending)
    }

    fn constant_value(&self, id: ConstantId) -> Result<Value, Stop> {
        let open = {
            let mut constants = lock(&self.constants);
            if let Some(value) = constants.known.get(&id) {
                return value.clone();
            }
            constants.open += 1;
            constants.open
        };
        if open > NESTED {
            self.evaluate_before(id);
        }
        let value = self.defined(id);
        let mut constants = lock(&self.constants);
        constants.open -= 1;
        constants.known.insert(id, value.clone());
        value
    }

    /// Evaluates the constants before one in their order, in which each finds those that it is made of.
    fn evaluate_before(&self, id: ConstantId) {
        loop {
            let next = lock(&self.constants).all_before;
            if next >= id.0 {
                return;
            }
            let _ = self.constant_value(ConstantId(next));
            lock(&self.constants).all_before = next + 1;
        }
    }

    /// 3.x copies what a `define` holds (`cf_eval` in filter/filter.h).
    fn defined(&self, id: ConstantId) -> Result<Value, Stop> {
        let mut machine = Machine::new(self, None, STEPS);
        let value = machine.term(&self.tree.constant(id).value, &mut machine::Frame::default())?;
        Ok(if self.version.major >= 3 { value.copied(self.version) } else { value })
    }

    /// The intervals of one item of a set or an arm.
    pub(crate) fn intervals(&self, item: &SetItem) -> Result<Vec<value::Interval>, Ending> {
        Machine::new(self, None, STEPS).intervals(item).map_err(Stop::ending)
    }

    /// The value of a set literal's items, `None` where they could not be read.
    pub(crate) fn set_of(&self, items: &[SetItem]) -> Option<Value> {
        Machine::new(self, None, STEPS).set_literal(items).ok()
    }

    /// A set literal, built once: literals hold constants only.
    fn literal(&self, term: &Expr, build: impl FnOnce() -> Result<Value, Stop>) -> Result<Value, Stop> {
        let key = std::ptr::from_ref(term) as usize;
        if let Some(value) = lock(&self.literals).get(&key) {
            return Ok(value.clone());
        }
        let value = build()?;
        lock(&self.literals).insert(key, value.clone());
        Ok(value)
    }
}

/// A cache stays sound when a thread that held it panicked: values are put in whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Where a run passed: each command's place in the order of doing.
pub type Trace = Vec<Span>;
