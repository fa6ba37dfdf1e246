//! Runs a routine on every route at once: commands.

use foldhash::HashMap;

use super::bdd::{Bdd, Diagrams};
use super::guarded::{Guarded, State, join};
use super::merge;
use super::symbol::{Meaning, Symbol, Symbols, Unknown};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Interpreter, Operation, Places};
use crate::bird::tree::{
    AttributeId, BinaryOp, Command, CommandKind, Expr, LValue, LValueKind, RoutineId, Span, Type, VariableId,
    Verdict,
};

/// How many commands and terms are followed before a program counts as too large.
const STEPS: usize = 400_000;

/// A place at which routes are accepted.
#[derive(Clone, Debug)]
pub(crate) struct Accept {
    /// Which routes, and what they look like by then.
    pub state: State,
}

/// A run on every route at once.
pub(crate) struct Execution<'a> {
    pub interpreter: &'a Interpreter<'a>,
    pub diagrams: Diagrams,
    pub symbols: Symbols,
    /// The symbol of each atom: something that is true or false of a route.
    pub atoms: Vec<Symbol>,
    atom_numbers: HashMap<Symbol, u32>,
    /// Where routes are accepted.
    pub accepts: Vec<Accept>,
    /// Which routes get to each command, by the command's place.
    pub reached: HashMap<Span, Bdd>,
    /// Where each atom was first asked about.
    pub places: Vec<Span>,
    /// Whether a claim is looked at: one that fails does not hold, so that whatever may fail does for some routes. In
    /// the program failing is rejecting, and what may fail may be taken not to.
    pub(super) claiming: bool,
    gave_up: Option<Unknown>,
    pub(super) here: Span,
    pub(super) returns: Vec<Vec<(State, Guarded)>>,
    pub(super) calls: Vec<RoutineId>,
    /// How many places BIRD's variables take in each of the calls.
    pub(super) taken: Vec<Places>,
    /// Operations on merged values, and merged values with their cases told.
    pub(super) expanded: HashMap<(Operation, Vec<Symbol>), Guarded>,
    pub(super) told: HashMap<Symbol, Guarded>,
    /// What tables say of values, by the function, the tables and the values.
    pub(super) checks: HashMap<(String, Vec<Symbol>), Symbol>,
    steps: usize,
    /// How much was done in searches so far.
    pub searched: usize,
}

impl<'a> Execution<'a> {
    pub(super) fn new(interpreter: &'a Interpreter<'a>) -> Execution<'a> {
        Execution {
            interpreter,
            diagrams: Diagrams::new(),
            symbols: Symbols::new(interpreter.version()),
            atoms: Vec::new(),
            atom_numbers: HashMap::default(),
            accepts: Vec::new(),
            reached: HashMap::default(),
            places: Vec::new(),
            claiming: false,
            gave_up: None,
            here: Span::default(),
            returns: Vec::new(),
            calls: Vec::new(),
            taken: Vec::new(),
            expanded: HashMap::default(),
            told: HashMap::default(),
            checks: HashMap::default(),
            steps: 0,
            searched: 0,
        }
    }

    /// Every route, before anything was done.
    pub(super) fn start(&self) -> State {
        State { reach: Bdd::TRUE, frames: Vec::new(), attributes: std::collections::BTreeMap::new() }
    }

    /// Runs a filter, a `where` term or the commands of a static route.
    pub(super) fn filter(&mut self, id: RoutineId, mut state: State) {
        let routine = self.interpreter.tree().routine(id);
        let void = self.fixed(Value::Void);
        state.frames.push(vec![void; routine.variables.len()]);
        self.calls.push(id);
        self.taken.push(Places::default());
        self.returns.push(Vec::new());
        self.commands(&routine.body, &mut state);
        let returned = self.returns.pop().unwrap_or_default();
        self.calls.pop();
        self.taken.pop();
        for (mut state, value) in returned {
            let passes = self.condition(value, &mut state);
            let passed = state.narrowed(&mut self.diagrams, passes);
            self.accept(passed);
        }
        if routine.kind == crate::bird::tree::RoutineKind::Route {
            self.accept(state);
        }
    }

    pub(super) fn accept(&mut self, state: State) {
        if !state.is_dead() {
            self.accepts.push(Accept { state });
        }
    }

    /// Counts a step; false once the program is too large, and then nothing more is followed.
    pub(super) fn goes_on(&mut self, span: Span) -> bool {
        self.steps += 1;
        // A claim is no part of the program: what it asks is told by the command before it.
        if !self.calls.is_empty() {
            self.here = span;
        }
        if self.steps > STEPS {
            self.diagrams.spend(usize::MAX);
        }
        self.gave_up().is_none()
    }

    /// What made the analysis give up, if it did: then nothing that it says of any route is worth anything.
    pub(super) fn gave_up(&mut self) -> Option<&Unknown> {
        if self.diagrams.is_spent() && self.gave_up.is_none() {
            let construct = "a program too large to follow".to_owned();
            self.gave_up = Some(Unknown { construct, span: self.here, attributes: Vec::new() });
        }
        self.gave_up.as_ref()
    }

    pub(super) fn commands(&mut self, commands: &[Command], state: &mut State) {
        for command in commands {
            if state.is_dead() || !self.goes_on(command.span) {
                return;
            }
            self.command(command, state);
        }
    }

    pub(super) fn command(&mut self, command: &Command, state: &mut State) {
        self.reach(command.span, state.reach);
        match &command.kind {
            CommandKind::Block(commands) => self.block(commands, state),
            CommandKind::Declare(variable, term) => {
                self.declare(*variable, term.as_ref(), command.span, state)
            }
            CommandKind::If { condition, then, otherwise } => {
                self.branch(condition, then, otherwise.as_deref(), state);
            }
            CommandKind::For { variable, over, body } => self.for_each(*variable, over, body, state),
            CommandKind::Case { on, arms } => self.case(on, arms, state),
            CommandKind::Assign(place, term) => {
                let value = self.term(term, state);
                self.assign(place, value, state);
            }
            CommandKind::Unset(place) => self.unset(place, state),
            CommandKind::Return(term) => {
                let void = self.fixed(Value::Void);
                let value = term.as_ref().map_or(void, |term| self.term(term, state));
                let dead = state.dead();
                let returned = std::mem::replace(state, dead);
                if let Some(returns) = self.returns.last_mut() {
                    returns.push((returned, value));
                }
            }
            CommandKind::Verdict(verdict, texts) => {
                self.terms(texts, state);
                if *verdict == Verdict::Accept {
                    self.accept(state.clone());
                }
                state.reach = Bdd::FALSE;
            }
            CommandKind::Print(texts, _) => self.terms(texts, state),
            CommandKind::Call(term) | CommandKind::Assert(term) => {
                self.terms(std::slice::from_ref(term), state)
            }
            CommandKind::Update { on, method, arguments } => self.update(on, &method.text, arguments, state),
            CommandKind::CheckAssign(place, term) => {
                let value = self.term(term, state);
                self.assign(place, value, state);
                self.term(term, state);
            }
            CommandKind::Opaque => self.anything("a command that could not be read", command.span, state),
        }
    }

    /// Notes which routes get to a command.
    pub(super) fn reach(&mut self, command: Span, routes: Bdd) {
        let before = self.reached.get(&command).copied().unwrap_or(Bdd::FALSE);
        let reached = self.diagrams.or(before, routes);
        self.reached.insert(command, reached);
    }

    /// Terms that are evaluated for what they do.
    fn terms(&mut self, terms: &[Expr], state: &mut State) {
        for term in terms {
            self.term(term, state);
        }
    }

    fn branch(&mut self, condition: &Expr, then: &Command, otherwise: Option<&Command>, state: &mut State) {
        let value = self.term(condition, state);
        let holds = self.condition(value, state);
        let mut yes = state.narrowed(&mut self.diagrams, holds);
        let rest = self.diagrams.without(state.reach, holds);
        let mut no = State { reach: rest, ..state.clone() };
        if !yes.is_dead() {
            self.aside(condition, |execution| execution.command(then, &mut yes));
        }
        if let Some(command) = otherwise.filter(|_| !no.is_dead()) {
            self.aside(condition, |execution| execution.command(command, &mut no));
        }
        *state = self.join(holds, yes, no);
    }

    /// Joins two states, the first of which holds where the condition does.
    pub(super) fn join(&mut self, condition: Bdd, left: State, right: State) -> State {
        let Execution { diagrams, symbols, interpreter, .. } = self;
        let mut joined = join(diagrams, condition, left, right, &mut |diagrams, name| {
            Guarded::always(diagrams, given(symbols, interpreter, name))
        });
        let State { frames, attributes, .. } = &mut joined;
        for value in attributes.values_mut().chain(frames.iter_mut().flatten()) {
            *value = merge::merged(diagrams, symbols, *value);
        }
        joined
    }

    /// A value that does not depend on the route.
    pub(super) fn fixed(&mut self, value: Value) -> Guarded {
        let symbol = self.symbols.fixed(value);
        self.always(symbol)
    }

    pub(super) fn always(&mut self, symbol: Symbol) -> Guarded {
        Guarded::always(&mut self.diagrams, symbol)
    }

    /// What an attribute holds.
    pub(super) fn attribute(&mut self, name: &Attribute, state: &State) -> Guarded {
        match state.attributes.get(name) {
            // What it holds follows `gw_mpls`.
            _ if name.name() == "gw_mpls_stack" => self.unknown("`gw_mpls_stack`", self.here),
            Some(value) => *value,
            None => {
                let symbol = given(&mut self.symbols, self.interpreter, name);
                self.always(symbol)
            }
        }
    }

    /// An attribute that the configuration makes.
    pub(super) fn custom(&self, id: AttributeId) -> Attribute {
        Attribute::Custom(self.interpreter.tree().attribute(id).name.text.clone())
    }

    /// The type of an attribute.
    pub(super) fn type_of(&self, name: &Attribute) -> Type {
        type_of(self.interpreter, name)
    }

    fn declare(&mut self, variable: VariableId, term: Option<&Expr>, span: Span, state: &mut State) {
        self.take(1);
        let value = match (term, self.variable_type(variable)) {
            (Some(term), _) => self.term(term, state),
            (None, Some(ty)) if self.interpreter.version().reaches((13, 0), (0, 0)) => {
                let empty = self.fixed(Value::empty(ty));
                return self.set_variable(variable, empty, state);
            }
            (None, _) => self.fixed(Value::Void),
        };
        self.assign(&LValue { kind: LValueKind::Variable(variable), span }, value, state);
    }

    pub(super) fn variable_type(&self, variable: VariableId) -> Option<Type> {
        let routine = self.interpreter.tree().routine(*self.calls.last()?);
        routine.variables.get(variable.0 as usize)?.ty
    }

    pub(super) fn set_variable(&mut self, variable: VariableId, value: Guarded, state: &mut State) {
        if let Some(slot) = state.frames.last_mut().and_then(|frame| frame.get_mut(variable.0 as usize)) {
            *slot = value;
        }
    }

    fn update(&mut self, on: &LValue, method: &str, arguments: &[Expr], state: &mut State) {
        let before = match &on.kind {
            LValueKind::Variable(id) => self.variable(*id, state),
            LValueKind::Attribute(attribute) => self.attribute(&Attribute::BuiltIn(*attribute), state),
            LValueKind::CustomAttribute(id) => self.attribute(&self.custom(*id), state),
            LValueKind::Opaque => return self.anything("a place that could not be read", on.span, state),
        };
        let after = self.method(before, method, Some(arguments), state);
        self.assign(on, after, state);
    }

    /// What a variable holds.
    pub(super) fn variable(&mut self, id: VariableId, state: &State) -> Guarded {
        let held = state.frames.last().and_then(|frame| frame.get(id.0 as usize)).copied();
        held.unwrap_or_else(|| self.fixed(Value::Void))
    }

    /// An atom that may hold or not.
    pub(super) fn free(&mut self, construct: &str, span: Span) -> Bdd {
        let unknown = self.symbols.unknown(construct, span);
        self.atom(unknown)
    }

    /// The Boolean function of a symbol that is true or false.
    pub(super) fn atom(&mut self, symbol: Symbol) -> Bdd {
        if let Some(Value::Bool(truth)) = self.symbols.value(symbol) {
            return if *truth { Bdd::TRUE } else { Bdd::FALSE };
        }
        if let Meaning::Computed(operation, parts) = self.symbols.meaning(symbol) {
            if let (Operation::Not, [inner]) = (operation, parts.as_slice()) {
                let holds = self.atom(*inner);
                return self.diagrams.not(holds);
            }
            if let (Operation::Binary(BinaryOp::Equal), [left, right]) = (operation, parts.as_slice()) {
                let sides = [*left, *right];
                if sides.iter().all(|side| self.is_truth(*side)) {
                    return self.both_or_neither(sides);
                }
            }
            let turned = match operation {
                Operation::Binary(BinaryOp::NotEqual) => Some(BinaryOp::Equal),
                Operation::Binary(BinaryOp::NotMatch) => Some(BinaryOp::Match),
                _ => None,
            };
            let parts = parts.clone();
            if let Some(op) = turned {
                let plain = self.symbols.computed(Operation::Binary(op), parts);
                return plain.map_or(Bdd::FALSE, |plain| {
                    let holds = self.atom(plain);
                    self.diagrams.not(holds)
                });
            }
        }
        let next = self.atoms.len() as u32;
        let number = *self.atom_numbers.entry(symbol).or_insert(next);
        if number == next {
            self.atoms.push(symbol);
            self.places.push(self.here);
        }
        self.diagrams.atom(number)
    }
}

/// What an attribute is before the filter.
pub(crate) fn given(symbols: &mut Symbols, interpreter: &Interpreter<'_>, name: &Attribute) -> Symbol {
    symbols.given(name.clone(), type_of(interpreter, name))
}

/// The type of an attribute.
fn type_of(interpreter: &Interpreter<'_>, name: &Attribute) -> Type {
    let custom = |name: &str| interpreter.tree().attributes.iter().find(|custom| &*custom.name.text == name);
    match name {
        Attribute::BuiltIn(attribute) => attribute.ty(),
        Attribute::Custom(name) => custom(name).map_or(Type::Void, |custom| custom.ty),
    }
}
