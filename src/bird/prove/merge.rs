//! Values with many cases as one value that tells its cases when it is asked.
//!
//! Each conditional `add` would double the cases of a list; as one value, "this list where that holds, else the
//! other", it grows by one, and a question of membership goes through the cases without ever listing them.
//! So do numbers that are set again and again.

use foldhash::HashMap;

use super::bdd::{Bdd, Diagrams};
use super::execute::Execution;
use super::guarded::Guarded;
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::Operation;
use crate::bird::eval::value::Value;
use crate::bird::tree::Type;

/// How many cases of a list stay apart.
const LISTS_APART: usize = 1;
/// How many cases of any other value stay apart.
const APART: usize = 24;
/// How many cases the outcome of an operation may have.
const OUTCOMES: usize = 256;

/// The value, its cases made one where they are many and of one type. What may be no value at all stays apart, and so
/// does what is unknown: of the one, every operation asks whether it is there, and of the other, nothing fails.
pub(super) fn merged(diagrams: &mut Diagrams, symbols: &mut Symbols, value: Guarded) -> Guarded {
    if value.only(diagrams).is_some() {
        return value;
    }
    let cases = value.symbols(diagrams);
    let kind = |symbol: &Symbol| {
        let known = symbols.exemplar(*symbol).filter(|_| !symbols.may_be_void(*symbol));
        // Two sets of one type need not hold values of one type.
        known.map(|value| value.ty()).filter(|ty| super::exemplar::of(*ty).is_some())
    };
    let Some(ty) = cases.iter().find_map(kind) else { return value };
    let (alike, others): (Vec<Symbol>, Vec<Symbol>) =
        cases.into_iter().partition(|symbol| kind(symbol) == Some(ty));
    let is_list = matches!(ty, Type::Path | Type::CList | Type::EcList | Type::LcList);
    if alike.len() <= if is_list { LISTS_APART } else { APART } {
        return value;
    }
    // Where another holds, the one may be anything.
    let mut known: HashMap<Bdd, Symbol> = HashMap::default();
    for other in &others {
        known.insert(diagrams.end(*other), alike[0]);
    }
    let one = symbol_of(diagrams, symbols, value.function(), &mut known);
    let mut whole = Guarded::always(diagrams, one);
    for other in others {
        let condition = diagrams.condition_for(value.function(), other);
        let apart = Guarded::always(diagrams, other);
        whole = Guarded::choose(diagrams, condition, apart, whole);
    }
    whole
}

fn symbol_of(
    diagrams: &mut Diagrams,
    symbols: &mut Symbols,
    function: Bdd,
    known: &mut HashMap<Bdd, Symbol>,
) -> Symbol {
    if let Some(symbol) = known.get(&function).copied().or_else(|| diagrams.symbol(function)) {
        return symbol;
    }
    let Some(branch) = diagrams.branch(function) else { return symbols.fixed(Value::Void) };
    let high = symbol_of(diagrams, symbols, branch.high, known);
    let low = symbol_of(diagrams, symbols, branch.low, known);
    let symbol = if high == low {
        high
    } else {
        let condition = diagrams.atom(branch.atom);
        symbols.merged(condition, high, low)
    };
    known.insert(function, symbol);
    symbol
}

impl Execution<'_> {
    /// The value of an operation on operands of which some are merged; `None` where none is.
    ///
    /// A changed list stays one value: `add` of a merged list is not told case by case.
    pub(super) fn on_merged(&mut self, operation: &Operation, operands: &[Symbol]) -> Option<Guarded> {
        if matches!(operation, Operation::MethodWith(_)) {
            return None;
        }
        let at = operands.iter().position(|o| matches!(self.symbols.meaning(*o), Meaning::Merged(..)))?;
        let key = (operation.clone(), operands.to_vec());
        if let Some(known) = self.expanded.get(&key) {
            return Some(*known);
        }
        let Meaning::Merged(condition, left, right) = *self.symbols.meaning(operands[at]) else {
            return None;
        };
        let mut with = |operand: Symbol| {
            let mut operands = operands.to_vec();
            operands[at] = operand;
            self.outcome(operation, operands)
        };
        let (then, otherwise) = (with(left), with(right));
        let mut value = Guarded::choose(&mut self.diagrams, condition, then, otherwise);
        if value.symbols(&self.diagrams).len() > OUTCOMES {
            value = self.unknown("a list with too many cases", crate::bird::tree::Span::default());
        }
        value = merged(&mut self.diagrams, &mut self.symbols, value);
        self.expanded.insert(key, value);
        Some(value)
    }

    /// The value of an operation, whatever its operands; an operation that fails has none.
    pub(super) fn outcome(&mut self, operation: &Operation, operands: Vec<Symbol>) -> Guarded {
        if let Some(value) = self.on_merged(operation, &operands) {
            return value;
        }
        let Ok(symbol) = self.symbols.computed(operation.clone(), operands) else {
            return self.fixed(Value::Void);
        };
        self.unmerged(symbol)
    }

    /// Every value that a symbol may be once its cases are told, with the condition for it where they are few.
    pub(super) fn leaves(&mut self, symbol: Symbol) -> Guarded {
        match *self.symbols.meaning(symbol) {
            Meaning::Merged(condition, left, right) => {
                if let Some(known) = self.told.get(&symbol) {
                    return *known;
                }
                let (then, otherwise) = (self.leaves(left), self.leaves(right));
                let value = Guarded::choose(&mut self.diagrams, condition, then, otherwise);
                self.told.insert(symbol, value);
                value
            }
            _ => self.always(symbol),
        }
    }

    /// The value of a symbol that may have turned out to be an operation on merged operands.
    pub(super) fn unmerged(&mut self, symbol: Symbol) -> Guarded {
        let expanded = match self.symbols.meaning(symbol).clone() {
            Meaning::Computed(operation, operands) => self.on_merged(&operation, &operands),
            Meaning::Fixed(_) | Meaning::Given(..) | Meaning::Unknown(_) | Meaning::Merged(..) => None,
        };
        expanded.unwrap_or_else(|| self.always(symbol))
    }
}
