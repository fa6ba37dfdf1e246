//! Applies an operation to values under conditions: what it gives, and for which routes it fails.

use super::bdd::Bdd;
use super::execute::Execution;
use super::guarded::{Guarded, State};
use super::symbol::Symbol;
use crate::bird::eval::Operation;
use crate::bird::eval::value::Value;
use crate::bird::tree::{BinaryOp, Span};

/// How many combinations of values an operation is followed for.
const COMBINATIONS: usize = 512;

impl Execution<'_> {
    /// Applies an operation to every combination of its operands' values.
    pub(super) fn apply(
        &mut self,
        operation: &Operation,
        operands: &[Guarded],
        state: &mut State,
    ) -> Guarded {
        let mut combinations = vec![(state.reach, Vec::new())];
        for operand in operands {
            let mut more = Vec::new();
            for (reach, symbols) in &combinations {
                for (condition, symbol) in operand.cases(&mut self.diagrams, *reach) {
                    let mut symbols: Vec<Symbol> = symbols.clone();
                    symbols.push(symbol);
                    more.push((condition, symbols));
                }
            }
            if more.len() > COMBINATIONS {
                return self.unknown("a value with too many cases", Span::default());
            }
            combinations = more;
        }
        let mut cases = Vec::new();
        for (reach, symbols) in combinations {
            self.apply_one(operation, reach, symbols, &mut cases, state);
        }
        Guarded::of(&mut self.diagrams, &cases).unwrap_or_else(|| self.fixed(Value::Void))
    }

    fn apply_one(
        &mut self,
        operation: &Operation,
        reach: Bdd,
        symbols: Vec<Symbol>,
        cases: &mut Vec<(Bdd, Symbol)>,
        state: &mut State,
    ) {
        self.diagrams.spend(symbols.iter().map(|symbol| self.symbols.size(*symbol)).sum());
        let mut present = reach;
        if let Some(at) = self.lacking(operation, &symbols) {
            let defined = self.defined(symbols[at]);
            let without = self.diagrams.without(reach, defined);
            if without != Bdd::FALSE {
                let mut replaced = symbols.clone();
                replaced[at] = self.symbols.fixed(Value::Void);
                self.apply_one(operation, without, replaced, cases, state);
            }
            present = self.diagrams.and(reach, defined);
        }
        if present != Bdd::FALSE {
            self.apply_defined(operation, present, symbols, cases, state);
        }
    }

    /// The operand that the route may lack where the operation makes no sense of that.
    fn lacking(&self, operation: &Operation, symbols: &[Symbol]) -> Option<usize> {
        let may_lack = |symbol: &Symbol| {
            let symbols = &self.symbols;
            symbols.value(*symbol).is_none()
                && symbols.may_be_void(*symbol)
                && symbols.unknown_in(*symbol).is_none()
        };
        if takes_void(operation) && !self.fails_by_type(operation, symbols) {
            return None;
        }
        symbols.iter().position(may_lack)
    }

    /// Whether an operation fails whatever the values, because of their types or because of those that are fixed.
    fn fails_by_type(&self, operation: &Operation, symbols: &[Symbol]) -> bool {
        if matches!(operation, Operation::Method(_) | Operation::MethodWith(_)) {
            // Whether these fail may lie in the value: the parts of a network, the members of a list.
            return false;
        }
        let exemplars: Option<Vec<Value>> =
            symbols.iter().map(|symbol| self.symbols.exemplar(*symbol)).collect();
        exemplars.is_some_and(|values| operation.apply(&values, self.symbols.version()).is_err())
    }

    /// Applies an operation where attributes that a route may lack are there.
    fn apply_defined(
        &mut self,
        operation: &Operation,
        reach: Bdd,
        symbols: Vec<Symbol>,
        cases: &mut Vec<(Bdd, Symbol)>,
        state: &mut State,
    ) {
        let mut failing = self.failing(operation, &symbols);
        if self.claiming && self.may_fail(operation, &symbols) {
            let doubt = self.free("a computation that may fail", Span::default());
            failing = self.diagrams.or(failing, doubt);
        }
        let lost = self.diagrams.and(reach, failing);
        state.reach = self.diagrams.without(state.reach, lost);
        let reach = self.diagrams.without(reach, failing);
        let made = match self.fails_by_type(operation, &symbols) {
            true => Err(String::new()),
            false => self.symbols.computed(operation.clone(), symbols),
        };
        match made {
            Ok(symbol) => {
                let value = self.unmerged(symbol);
                cases.extend(value.cases(&mut self.diagrams, reach));
            }
            Err(_) => state.reach = self.diagrams.without(state.reach, reach),
        }
    }

    /// Whether an operation fails for some routes, which ones nobody says.
    fn may_fail(&self, operation: &Operation, symbols: &[Symbol]) -> bool {
        let values: Option<Vec<Value>> =
            symbols.iter().map(|symbol| self.symbols.exemplar(*symbol)).collect();
        let Some(values) = values else { return !takes_void(operation) };
        let fixed = symbols.iter().all(|symbol| self.symbols.value(*symbol).is_some());
        match operation {
            _ if fixed => false,
            Operation::Extended(_) => symbols.first().is_none_or(|key| self.symbols.value(*key).is_none()),
            Operation::FromHex => true,
            Operation::Method(_) | Operation::MethodWith(_) => {
                operation.apply(&values, self.symbols.version()).is_err()
            }
            // A quad is less than an address, or not, unless that is IPv6.
            Operation::Binary(
                BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual,
            ) => values.windows(2).any(|pair| pair[0].ty() != pair[1].ty()),
            Operation::Binary(_) => false,
            Operation::Not
            | Operation::Pair
            | Operation::Large
            | Operation::Mask(_)
            | Operation::Defined
            | Operation::Format => false,
        }
    }

    /// For which routes an operation fails because of what its operands are.
    fn failing(&mut self, operation: &Operation, symbols: &[Symbol]) -> Bdd {
        let (op, limit, operands) = match (operation, symbols) {
            (Operation::Binary(BinaryOp::Divide), [_, divisor]) => (BinaryOp::Equal, 0, vec![*divisor]),
            (Operation::Pair, [asn, data]) => (BinaryOp::Greater, 0xffff, vec![*asn, *data]),
            (Operation::Extended(_), [key, data]) => {
                let limit = self.symbols.value(*key).and_then(|key| operation.limit_beside(key));
                let Some(limit) = limit else { return Bdd::FALSE };
                (BinaryOp::Greater, limit, vec![*data])
            }
            _ => return Bdd::FALSE,
        };
        let limit = self.symbols.fixed(Value::Int(limit));
        let mut failing = Bdd::FALSE;
        for operand in operands {
            if self.symbols.value(operand).is_none() {
                let beyond = self.outcome(&Operation::Binary(op), vec![operand, limit]);
                let mut all = self.start();
                let beyond = self.condition(beyond, &mut all);
                failing = self.diagrams.or(failing, beyond);
            }
        }
        failing
    }

    /// Which routes have the value at all.
    pub(super) fn defined(&mut self, symbol: Symbol) -> Bdd {
        if let Some(value) = self.symbols.value(symbol) {
            return if matches!(value, Value::Void) { Bdd::FALSE } else { Bdd::TRUE };
        }
        if !self.symbols.may_be_void(symbol) || self.symbols.unknown_in(symbol).is_some() {
            return Bdd::TRUE;
        }
        let void = self.symbols.fixed(Value::Void);
        let lacks = self.symbols.computed(Operation::Binary(BinaryOp::Equal), vec![symbol, void]);
        let lacks = lacks.map_or(Bdd::FALSE, |symbol| self.atom(symbol));
        self.diagrams.not(lacks)
    }
}

/// Whether an operation makes sense of "no value".
fn takes_void(operation: &Operation) -> bool {
    use BinaryOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    matches!(
        operation,
        Operation::Binary(Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
            | Operation::Defined
            | Operation::Format
    )
}
