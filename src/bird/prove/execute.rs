//! Runs a routine on every route at once: commands.

use std::collections::HashMap;

use super::bdd::{Bdd, Diagrams};
use super::guarded::{Guarded, State, join};
use super::merge;
use super::symbol::{Meaning, Symbol, Symbols, Unknown};
use super::written::Written;
use crate::bird::eval::value::{Set, Value};
use crate::bird::eval::{Attribute, Interpreter, Operation};
use crate::bird::tree::{
    Arm, BinaryOp, Command, CommandKind, Expr, LValue, LValueKind, RoutineId, Span, Type, VariableId, Verdict,
};

/// How many commands and terms are followed before a program counts as too large.
const STEPS: usize = 400_000;
/// How many members a list has at most for a loop over it to be followed one by one.
const UNROLLED: usize = 64;

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
    here: Span,
    pub(super) returns: Vec<Vec<(State, Guarded)>>,
    pub(super) calls: Vec<RoutineId>,
    arms: HashMap<usize, Option<Symbol>>,
    /// Operations on merged values, and merged values with their cases told.
    pub(super) expanded: HashMap<(Operation, Vec<Symbol>), Guarded>,
    pub(super) told: HashMap<Symbol, Guarded>,
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
            atom_numbers: HashMap::new(),
            accepts: Vec::new(),
            reached: HashMap::new(),
            places: Vec::new(),
            claiming: false,
            gave_up: None,
            here: Span::default(),
            returns: Vec::new(),
            calls: Vec::new(),
            arms: HashMap::new(),
            expanded: HashMap::new(),
            told: HashMap::new(),
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
        self.returns.push(Vec::new());
        self.commands(&routine.body, &mut state);
        let returned = self.returns.pop().unwrap_or_default();
        self.calls.pop();
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

    fn command(&mut self, command: &Command, state: &mut State) {
        let before = self.reached.get(&command.span).copied().unwrap_or(Bdd::FALSE);
        let reached = self.diagrams.or(before, state.reach);
        self.reached.insert(command.span, reached);
        match &command.kind {
            CommandKind::Block(commands) => self.commands(commands, state),
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
            }
            CommandKind::Opaque => self.anything("a command that could not be read", command.span, state),
        }
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
            self.command(then, &mut yes);
        }
        if let Some(command) = otherwise.filter(|_| !no.is_dead()) {
            self.command(command, &mut no);
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
            Some(value) => *value,
            None => {
                let symbol = given(&mut self.symbols, self.interpreter, name);
                self.always(symbol)
            }
        }
    }

    /// The type of an attribute.
    pub(super) fn type_of(&self, name: &Attribute) -> Type {
        type_of(self.interpreter, name)
    }

    fn declare(&mut self, variable: VariableId, term: Option<&Expr>, span: Span, state: &mut State) {
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
            LValueKind::CustomAttribute(id) => {
                let name = self.interpreter.tree().attribute(*id).name.text.clone();
                self.attribute(&Attribute::Custom(name), state)
            }
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

    fn case(&mut self, on: &Expr, arms: &[Arm], state: &mut State) {
        let value = self.term(on, state);
        let (mut rest, mut any, mut done) = (state.clone(), Bdd::FALSE, state.dead());
        let apart = self.interpreter.labels_are_apart(arms);
        for arm in arms.iter().filter(|arm| !arm.is_else()) {
            let holds = if apart {
                self.arm_holds(arm, value, &mut rest)
            } else {
                self.free("a `case` whose labels overlap", arm.span)
            };
            let mut chosen = rest.narrowed(&mut self.diagrams, holds);
            rest.reach = self.diagrams.without(rest.reach, holds);
            any = self.diagrams.or(any, holds);
            self.commands(&arm.commands, &mut chosen);
            done = self.join(holds, chosen, done);
        }
        if let Some(arm) = arms.iter().find(|arm| arm.is_else()) {
            self.commands(&arm.commands, &mut rest);
        }
        *state = self.join(any, done, rest);
    }

    /// Under which conditions an arm's labels hold the value; an undefined value is in none.
    fn arm_holds(&mut self, arm: &Arm, value: Guarded, state: &mut State) -> Bdd {
        let key = std::ptr::from_ref(arm) as usize;
        let known = self.arms.get(&key).copied();
        let set = known.unwrap_or_else(|| {
            let intervals = self.interpreter.label_intervals(arm)?;
            let set = Set::new(intervals, self.interpreter.version());
            Some(self.symbols.fixed(Value::Set(std::sync::Arc::new(set))))
        });
        self.arms.insert(key, set);
        let Some(set) = set else { return self.free("a label that could not be read", arm.span) };
        let mut holds = Bdd::FALSE;
        for (condition, symbol) in value.cases(&mut self.diagrams, state.reach) {
            let defined = self.defined(symbol);
            let mut part = state.narrowed(&mut self.diagrams, condition);
            part.reach = self.diagrams.and(part.reach, defined);
            let operands = [self.always(symbol), self.always(set)];
            let is_in = self.apply(&Operation::Binary(BinaryOp::Match), &operands, &mut part);
            let is_in = self.condition(is_in, &mut part);
            let is_in = self.diagrams.and(part.reach, is_in);
            holds = self.diagrams.or(holds, is_in);
        }
        holds
    }

    /// A loop over a known list is followed; over an unknown one, its body stands for any round.
    fn for_each(&mut self, variable: VariableId, over: &Expr, body: &Command, state: &mut State) {
        let list = self.term(over, state);
        let known = list.only(&self.diagrams).and_then(|symbol| self.symbols.value(symbol));
        if let Some(members) = known.and_then(members).filter(|members| members.len() <= UNROLLED) {
            for member in members {
                let member = self.fixed(member);
                self.set_variable(variable, member, state);
                self.commands(std::slice::from_ref(body), state);
            }
            return;
        }
        let mut attributes = Vec::new();
        for (_, symbol) in list.cases(&mut self.diagrams, state.reach) {
            self.symbols.attributes_in(symbol, &mut attributes);
        }
        let mut written = Written::default();
        written.command(self.interpreter, body);
        self.forget(&written, "a loop over a list", over.span, &attributes, state);
        let member = self.symbols.unknown_of("a loop over a list", over.span, attributes);
        let member = self.always(member);
        let ends = self.free("a loop over a list", over.span);
        let mut round = state.narrowed(&mut self.diagrams, ends);
        self.set_variable(variable, member, &mut round);
        self.commands(std::slice::from_ref(body), &mut round);
        state.reach = self.diagrams.without(state.reach, ends);
    }

    /// Makes everything that was written unknown but for the attributes that it depends on.
    fn forget(
        &mut self,
        written: &Written,
        construct: &str,
        span: Span,
        attributes: &[Attribute],
        state: &mut State,
    ) {
        for id in &written.variables {
            let unknown = self.symbols.unknown_of(construct, span, attributes.to_vec());
            let unknown = self.always(unknown);
            self.set_variable(*id, unknown, state);
        }
        for name in &written.attributes {
            let unknown = self.symbols.unknown_of(construct, span, attributes.to_vec());
            let unknown = self.always(unknown);
            state.attributes.insert(name.clone(), unknown);
        }
    }

    /// What stands here may do anything: accept, reject, write.
    pub(super) fn anything(&mut self, construct: &str, span: Span, state: &mut State) {
        let mut written = Written::default();
        for routine in &self.interpreter.tree().routines {
            routine.body.iter().for_each(|command| written.command(self.interpreter, command));
        }
        written.variables.clear();
        self.forget(&written, construct, span, &[], state);
        for frame in &mut state.frames {
            for slot in frame.iter_mut() {
                *slot = self.unknown(construct, span);
            }
        }
        let ends = self.free(construct, span);
        let accepted = state.narrowed(&mut self.diagrams, ends);
        self.accept(accepted);
        state.reach = self.diagrams.without(state.reach, ends);
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

fn members(list: &Value) -> Option<Vec<Value>> {
    Some(match list {
        Value::Path(path) => path.asns().map(Value::Int).collect(),
        Value::CList(list) => list.iter().copied().map(Value::Pair).collect(),
        Value::EcList(list) => list.iter().copied().map(Value::Ec).collect(),
        Value::LcList(list) => list.iter().copied().map(Value::Lc).collect(),
        _ => return None,
    })
}
