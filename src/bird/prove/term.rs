//! Runs a routine on every route at once: terms.

use super::bdd::Bdd;
use super::execute::Execution;
use super::guarded::{Guarded, State};
use super::symbol::Symbol;
use crate::bird::eval::value::Value;
use crate::bird::eval::value::community::EcType;
use crate::bird::eval::{Attribute, Ending, MaskSlot, Operation, Places, is_of, promoted};
use crate::bird::tree::{BinaryOp, Expr, ExprKind, MaskItem, RoutineId, Span, Type};

/// How deep calls are followed.
const DEPTH: usize = 40;

impl<'a> Execution<'a> {
    /// The values of a term; where it fails, the state loses the routes for which it does.
    pub(super) fn term(&mut self, term: &Expr, state: &mut State) -> Guarded {
        if state.is_dead() || !self.goes_on(term.span) {
            return self.fixed(Value::Void);
        }
        match &term.kind {
            ExprKind::Variable(id) => self.variable(*id, state),
            ExprKind::Attribute(attribute) => self.attribute(&Attribute::BuiltIn(*attribute), state),
            ExprKind::AttributeOf(route, attribute) => {
                self.attribute_of(route, &Attribute::BuiltIn(*attribute), state)
            }
            ExprKind::CustomAttribute(id) => self.attribute(&self.custom(*id), state),
            ExprKind::CustomAttributeOf(route, id) => self.attribute_of(route, &self.custom(*id), state),
            ExprKind::Pair(parts) => self.operation(&Operation::Pair, parts.iter(), state),
            ExprKind::Ec(kind, parts) => {
                self.operation(&Operation::Extended(EcType::of(*kind)), parts.iter(), state)
            }
            ExprKind::Lc(parts) => self.operation(&Operation::Large, parts.iter(), state),
            ExprKind::Mask(items) => self.mask(items, state),
            ExprKind::Not(inner) => self.operation(&Operation::Not, std::iter::once(&**inner), state),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), parts) => self.lazy(*op, parts, state),
            ExprKind::Binary(op, parts) => self.binary(*op, parts, state),
            ExprKind::Parenthesised(inner) => self.term(inner, state),
            ExprKind::Call(id, arguments) => self.call(*id, arguments, term.span, state),
            ExprKind::BuiltInCall(call) => self.built_in(&call.name.text, &call.arguments, term.span, state),
            ExprKind::Method(call) => {
                let on = self.term(&call.on, state);
                self.method(on, &call.name.text, call.arguments.as_deref(), state)
            }
            ExprKind::HostConstant(name) => {
                self.unknown(&format!("`{}`, which the host defines", name.text), term.span)
            }
            ExprKind::Undefined(name) => {
                self.unknown(&format!("`{}`, which is not defined", name.text), term.span)
            }
            ExprKind::Table(_) | ExprKind::Opaque => self.unknown("a term that could not be read", term.span),
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
            | ExprKind::EmptyLcList => self.constant(term, state),
        }
    }

    /// A term that does not depend on the route.
    fn constant(&mut self, term: &Expr, state: &mut State) -> Guarded {
        match self.interpreter.term(term, None) {
            Ok(value) => self.fixed(value),
            Err(Ending::Unseen(why, span)) => self.unknown(&why.reason, span),
            Err(_) => {
                state.reach = Bdd::FALSE;
                self.fixed(Value::Void)
            }
        }
    }

    pub(super) fn unknown(&mut self, construct: &str, span: Span) -> Guarded {
        let symbol = self.symbols.unknown(construct, span);
        self.always(symbol)
    }

    fn operation<'t>(
        &mut self,
        operation: &Operation,
        parts: impl Iterator<Item = &'t Expr>,
        state: &mut State,
    ) -> Guarded {
        let values: Vec<Guarded> = parts.map(|part| self.term(part, state)).collect();
        self.apply(operation, &values, state)
    }

    /// An operator that is not lazy; of `>` and `>=` BIRD evaluates the right side first.
    fn binary(&mut self, op: BinaryOp, parts: &[Expr; 2], state: &mut State) -> Guarded {
        let operation = Operation::Binary(op);
        if !matches!(op, BinaryOp::Greater | BinaryOp::GreaterEqual) {
            return self.operation(&operation, parts.iter(), state);
        }
        let right = self.term(&parts[1], state);
        let left = self.term(&parts[0], state);
        self.apply(&operation, &[left, right], state)
    }

    /// An attribute of a term that stands for the route: there is but one.
    fn attribute_of(&mut self, route: &Expr, name: &Attribute, state: &mut State) -> Guarded {
        let route = self.term(route, state);
        for (condition, symbol) in route.cases(&mut self.diagrams, state.reach) {
            if matches!(self.symbols.value(symbol), Some(Value::Void)) {
                state.reach = self.diagrams.without(state.reach, condition);
            }
        }
        self.attribute(name, state)
    }

    fn mask(&mut self, items: &[MaskItem], state: &mut State) -> Guarded {
        let mut slots = Vec::new();
        let mut values = Vec::new();
        for item in items {
            slots.push(match item {
                MaskItem::Any => MaskSlot::Any,
                MaskItem::One => MaskSlot::One,
                MaskItem::Repeat => MaskSlot::Repeat,
                MaskItem::Value(term) => {
                    values.push(self.term(term, state));
                    MaskSlot::Value
                }
                MaskItem::Range(ends) => {
                    values.extend(ends.iter().map(|end| self.term(end, state)));
                    MaskSlot::Range
                }
                MaskItem::Set(items, span) => {
                    let set = self.interpreter.set_of(items);
                    values.push(match set {
                        Some(set) => self.fixed(set),
                        None => self.unknown("a set that could not be read", *span),
                    });
                    MaskSlot::Value
                }
            });
        }
        self.apply(&Operation::Mask(slots), &values, state)
    }

    /// `&&` and `||`: the right side is done only where the left does not settle it.
    fn lazy(&mut self, op: BinaryOp, parts: &[Expr; 2], state: &mut State) -> Guarded {
        let left = self.term(&parts[0], state);
        let left = self.condition(left, state);
        let goes_on = if op == BinaryOp::And { left } else { self.diagrams.not(left) };
        let mut further = state.narrowed(&mut self.diagrams, goes_on);
        let right = self.term(&parts[1], &mut further);
        let settled = self.fixed(Value::Bool(op == BinaryOp::Or));
        let value = Guarded::choose(&mut self.diagrams, goes_on, right, settled);
        let rest = State { reach: self.diagrams.without(state.reach, goes_on), ..state.clone() };
        *state = self.join(goes_on, further, rest);
        value
    }

    /// Calls a function: its commands are done here, with what is known of the arguments.
    fn call(&mut self, id: RoutineId, arguments: &[Expr], span: Span, state: &mut State) -> Guarded {
        let routine = self.interpreter.tree().routine(id);
        let values: Vec<Guarded> = arguments.iter().map(|argument| self.term(argument, state)).collect();
        if self.calls.len() > DEPTH {
            self.anything("a recursion too deep to follow", span, state);
            return self.unknown("a recursion too deep to follow", span);
        }
        let void = self.fixed(Value::Void);
        let mut frame = vec![void; routine.variables.len()];
        for (parameter, value) in routine.parameters.iter().zip(values) {
            let ty = routine.variables.get(parameter.0 as usize).and_then(|variable| variable.ty);
            let value = self.promote(value, ty, state);
            if let Some(slot) = frame.get_mut(parameter.0 as usize) {
                *slot = value;
            }
        }
        state.frames.push(frame);
        self.calls.push(id);
        self.taken.push(Places::default());
        self.returns.push(Vec::new());
        self.commands(routine.commands(), state);
        let returned = self.returns.pop().unwrap_or_default();
        self.calls.pop();
        self.taken.pop();
        let (mut after, mut value) = (state.clone(), void);
        for (returned, what) in returned {
            if after.is_dead() {
                value = what;
            }
            let here = returned.reach;
            value = Guarded::choose(&mut self.diagrams, here, what, value);
            after = self.join(here, returned, after);
        }
        after.frames.pop();
        *state = after;
        value
    }

    fn promote(&mut self, value: Guarded, ty: Option<Type>, state: &State) -> Guarded {
        if !matches!(ty, Some(Type::Quad | Type::PrefixSet)) {
            return value;
        }
        let mut cases = value.cases(&mut self.diagrams, state.reach);
        for (_, symbol) in &mut cases {
            if let Some(fixed) = self.symbols.value(*symbol).cloned() {
                *symbol = self.symbols.fixed(promoted(fixed, ty));
            }
        }
        Guarded::of(&mut self.diagrams, &cases).unwrap_or(value)
    }

    fn built_in(&mut self, name: &str, arguments: &[Expr], span: Span, state: &mut State) -> Guarded {
        match (name, arguments) {
            ("defined", [term]) => self.operation(&Operation::Defined, std::iter::once(term), state),
            ("format", [term]) => self.operation(&Operation::Format, std::iter::once(term), state),
            ("prepend" | "append" | "add" | "delete" | "filter", [on, argument]) => {
                self.operation(&Operation::MethodWith(name.into()), [on, argument].into_iter(), state)
            }
            _ => self.check(name, arguments, span, state),
        }
    }

    /// A function that looks at a table: unknown, though the same whenever it is asked the same.
    fn check(&mut self, name: &str, arguments: &[Expr], span: Span, state: &mut State) -> Guarded {
        let (mut asked, mut values) = (name.to_owned(), Vec::new());
        for term in arguments {
            match &term.kind {
                ExprKind::Table(table) => asked = format!("{asked} {}", table.text),
                _ => values.push(self.term(term, state)),
            }
        }
        let own = ["net", "bgp_path"].map(Attribute::known);
        values.extend(own.iter().map(|name| self.attribute(name, state)).collect::<Vec<_>>());
        let symbols: Option<Vec<Symbol>> = values.iter().map(|value| value.only(&self.diagrams)).collect();
        let key = symbols.map(|symbols| (asked, symbols));
        if let Some(known) = key.as_ref().and_then(|key| self.checks.get(key)).copied() {
            return self.always(known);
        }
        let mut attributes = own.to_vec();
        for value in values {
            for symbol in value.symbols(&self.diagrams) {
                self.symbols.attributes_in(symbol, &mut attributes);
            }
        }
        let symbol = self.symbols.unknown_of(format!("`{name}`"), span, attributes);
        if let Some(key) = key {
            self.checks.insert(key, symbol);
        }
        self.always(symbol)
    }

    /// The value of a method.
    pub(super) fn method(
        &mut self,
        on: Guarded,
        name: &str,
        arguments: Option<&[Expr]>,
        state: &mut State,
    ) -> Guarded {
        match arguments.unwrap_or_default() {
            [] => self.apply(&Operation::Method(name.into()), &[on], state),
            [argument] => {
                let argument = self.term(argument, state);
                self.apply(&Operation::MethodWith(name.into()), &[on, argument], state)
            }
            more => {
                let span = more[0].span;
                self.unknown(&format!("`.{name}`"), span)
            }
        }
    }

    /// Where a value is true; where it is no truth at all, the run fails and the state loses those routes.
    ///
    /// The condition is told for the routes that get here; for others it may be anything.
    pub(super) fn condition(&mut self, value: Guarded, state: &mut State) -> Bdd {
        let mut holds = Bdd::FALSE;
        let value = match value.only(&self.diagrams) {
            Some(symbol) => self.leaves(symbol),
            None => value,
        };
        let cases = value.cases(&mut self.diagrams, state.reach);
        let plain = cases.len() == 1;
        for (condition, symbol) in cases {
            let truth = match self.truth(symbol) {
                Truth::Known(truth) => {
                    if truth {
                        Bdd::TRUE
                    } else {
                        Bdd::FALSE
                    }
                }
                Truth::Open => {
                    let defined = self.defined(symbol);
                    let lost = self.diagrams.without(condition, defined);
                    state.reach = self.diagrams.without(state.reach, lost);
                    self.atom(symbol)
                }
                Truth::None => {
                    state.reach = self.diagrams.without(state.reach, condition);
                    Bdd::FALSE
                }
            };
            let here = if plain { truth } else { self.diagrams.and(condition, truth) };
            holds = self.diagrams.or(holds, here);
        }
        holds
    }

    /// Whether a symbol is true or false of every route.
    pub(super) fn is_truth(&self, symbol: Symbol) -> bool {
        let is_bool = self.symbols.exemplar(symbol).is_some_and(|value| value.ty() == Type::Bool);
        is_bool && !self.symbols.may_be_void(symbol)
    }

    pub(super) fn both_or_neither(&mut self, [left, right]: [Symbol; 2]) -> Bdd {
        let (left, right) = (self.atom(left), self.atom(right));
        let not_right = self.diagrams.not(right);
        self.diagrams.choose(left, right, not_right)
    }

    fn truth(&self, symbol: Symbol) -> Truth {
        match self.symbols.value(symbol) {
            Some(Value::Bool(truth)) => Truth::Known(*truth),
            Some(_) => Truth::None,
            None if self.symbols.exemplar(symbol).is_none_or(|value| value.ty() == Type::Bool) => Truth::Open,
            None => Truth::None,
        }
    }

    /// The values that fit a type; where one does not, the run fails.
    pub(super) fn typed(&mut self, value: Guarded, wanted: Option<Type>, state: &mut State) -> Guarded {
        let Some(wanted) = wanted else { return value };
        let value = self.promote(value, Some(wanted), state);
        for (condition, symbol) in value.cases(&mut self.diagrams, state.reach) {
            let fits = self.symbols.exemplar(symbol).is_none_or(|value| is_of(&value, wanted));
            let defined = if fits { self.defined(symbol) } else { Bdd::FALSE };
            let lost = self.diagrams.without(condition, defined);
            state.reach = self.diagrams.without(state.reach, lost);
        }
        value
    }
}

/// What a symbol is as a condition.
enum Truth {
    /// True or false for every route.
    Known(bool),
    /// True or false, as the route is.
    Open,
    /// Nothing that is true or false.
    None,
}
