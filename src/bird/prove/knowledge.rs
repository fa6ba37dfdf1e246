//! What a list of conditions, each true or false, leaves possible: exact where the algebra reaches.

use std::collections::BTreeMap;

use super::domain::{comparison, holding, number_of, numbers_of_set, region_of, universe};
use super::range::Numbers;
use super::region::Region;
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::Operation;
use crate::bird::eval::value::{Set, Value, matches};
use crate::bird::tree::{BinaryOp, Type};
use crate::net::Family;

/// What is left possible.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Knowledge {
    /// The networks.
    pub region: Region,
    /// What numbers, addresses, named values and texts may be, each as numbers of its own.
    pub numbers: BTreeMap<Symbol, Numbers>,
    /// What lists hold and do not hold.
    pub lists: BTreeMap<Symbol, Members>,
    /// Conditions that the algebra does not know: to be tried on whole routes.
    pub rest: Vec<(Symbol, bool)>,
}

/// What a community list holds and does not hold, as numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Members {
    /// At least one member of each.
    pub some: Vec<Numbers>,
    /// No member of these.
    pub none: Numbers,
}

/// Texts as numbers, so that equality of texts is equality of numbers.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: Vec<String>,
    /// Attributes that have no other texts than these.
    pub closed: BTreeMap<Symbol, Vec<u128>>,
}

impl Texts {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u128 {
        let at = self.known.iter().position(|known| known == text).unwrap_or_else(|| {
            self.known.push(text.to_owned());
            self.known.len() - 1
        });
        at as u128
    }

    /// The text of a number; of a number that no text has yet, a new one.
    pub(super) fn text(&self, number: u128) -> String {
        self.known.get(number as usize).cloned().unwrap_or_else(|| "other".to_owned())
    }

    /// The first number that no text has.
    pub(super) fn fresh(&self) -> u128 {
        self.known.len() as u128
    }
}

impl Knowledge {
    /// Nothing but the networks.
    pub(super) fn new(region: Region) -> Knowledge {
        Knowledge { region, numbers: BTreeMap::new(), lists: BTreeMap::new(), rest: Vec::new() }
    }

    /// With one more condition; `None` where nothing is left possible.
    pub(super) fn assume(
        &self,
        symbols: &Symbols,
        texts: &mut Texts,
        family: Family,
        atom: Symbol,
        holds: bool,
    ) -> Option<Knowledge> {
        let mut knowledge = self.clone();
        let known = knowledge.take(symbols, texts, family, atom, holds);
        match known {
            Taken::Contradiction => return None,
            Taken::Exactly => {}
            Taken::Unknown => knowledge.rest.push((atom, holds)),
        }
        Some(knowledge)
    }

    fn take(
        &mut self,
        symbols: &Symbols,
        texts: &mut Texts,
        family: Family,
        atom: Symbol,
        holds: bool,
    ) -> Taken {
        if let Some(region) = region_of(symbols, atom, family) {
            self.region = if holds { self.region.and(&region) } else { self.region.without(&region) };
            return Taken::unless(self.region.is_empty());
        }
        if let Some((list, members)) = membership(symbols, atom) {
            return self.take_member(list, &members, holds);
        }
        match numeric(symbols, texts, atom) {
            Some((on, range)) => self.take_number(symbols, texts, on, &range, holds),
            None => Taken::Unknown,
        }
    }

    fn take_number(
        &mut self,
        symbols: &Symbols,
        texts: &Texts,
        on: Symbol,
        range: &Numbers,
        holds: bool,
    ) -> Taken {
        let before = match self.numbers.get(&on) {
            Some(known) => known.clone(),
            None => possible(symbols, texts, on),
        };
        let after = if holds { before.and(range) } else { before.without(range) };
        let contradiction = after.is_empty();
        self.numbers.insert(on, after);
        Taken::unless(contradiction)
    }

    fn take_member(&mut self, list: Symbol, members: &Numbers, holds: bool) -> Taken {
        let known = self.lists.entry(list).or_default();
        if holds {
            known.some.push(members.clone());
        } else {
            known.none = known.none.or(members);
        }
        let none = known.none.clone();
        Taken::unless(known.some.iter().any(|some| some.without(&none).has_no_number()))
    }
}

/// What became of a condition.
enum Taken {
    Exactly,
    Contradiction,
    Unknown,
}

impl Taken {
    fn unless(contradiction: bool) -> Taken {
        if contradiction { Taken::Contradiction } else { Taken::Exactly }
    }
}

/// `member ~ list` and `list ~ set` of a list that is an attribute.
fn membership(symbols: &Symbols, atom: Symbol) -> Option<(Symbol, Numbers)> {
    if let Some(list) = defined(symbols, atom).filter(|on| is_list(symbols, *on)) {
        return Some((list, Numbers::new(false, [(0, u128::MAX)])));
    }
    let Meaning::Computed(Operation::Binary(BinaryOp::Match), parts) = symbols.meaning(atom) else {
        return None;
    };
    let [left, right] = parts[..] else { return None };
    if let (true, Some(value)) = (is_list(symbols, right), symbols.value(left)) {
        let number = match value {
            Value::Ip(address) => u128::from(address.v4()?),
            other => number_of(other)?,
        };
        return Some((right, Numbers::new(false, [(number, number)])));
    }
    let addresses = |set: &Set| set.intervals().iter().any(|i| matches!(i.from, Value::Ip(_)));
    match symbols.value(right)? {
        Value::Set(set) if is_list(symbols, left) && !addresses(set) => Some((left, numbers_of_set(set)?)),
        _ => None,
    }
}

fn is_list(symbols: &Symbols, symbol: Symbol) -> bool {
    matches!(symbols.meaning(symbol), Meaning::Given(_, Type::CList | Type::EcList | Type::LcList))
}

/// What `defined(x)` asks about.
fn defined(symbols: &Symbols, atom: Symbol) -> Option<Symbol> {
    match symbols.meaning(atom) {
        Meaning::Computed(Operation::Defined, parts) => parts.first().copied(),
        _ => None,
    }
}

/// A comparison of a number, an address, a named value or a text with a fixed one: exactly for which it holds.
fn numeric(symbols: &Symbols, texts: &mut Texts, atom: Symbol) -> Option<(Symbol, Numbers)> {
    if let Some((on, op, value)) = comparison(symbols, atom) {
        let ty = type_of(symbols, on)?;
        return match ty {
            Type::String => Some((on, text_range(texts, on, op, value)?)),
            _ => Some((on, holding(op, value, &universe(ty)?, ty)?)),
        };
    }
    if let Some(on) = defined(symbols, atom) {
        let all = possible(symbols, texts, on).with_void(false);
        let numbered = type_of(symbols, on).is_some_and(|ty| ty == Type::String || universe(ty).is_some());
        return numbered.then_some((on, all));
    }
    // A truth that stands by itself: a bool of the route, or something unknown.
    let ty = type_of(symbols, atom)?;
    let plain = matches!(symbols.meaning(atom), Meaning::Given(..));
    (plain && ty == Type::Bool).then(|| (atom, Numbers::new(false, [(1, 1)])))
}

fn type_of(symbols: &Symbols, symbol: Symbol) -> Option<Type> {
    match symbols.meaning(symbol) {
        Meaning::Given(_, ty) => Some(*ty),
        _ => symbols.exemplar(symbol).map(|value| value.ty()),
    }
}

fn text_range(texts: &mut Texts, on: Symbol, op: BinaryOp, value: &Value) -> Option<Numbers> {
    match (op, value) {
        (BinaryOp::Equal, Value::Void) => Some(Numbers::new(true, [])),
        (BinaryOp::Equal, Value::String(text)) => {
            let number = texts.number(text);
            Some(Numbers::new(false, [(number, number)]))
        }
        (BinaryOp::Match, Value::String(pattern)) => {
            let closed = texts.closed.get(&on)?;
            let fits = |number: &&u128| matches(pattern.as_bytes(), texts.text(**number).as_bytes());
            Some(Numbers::new(false, closed.iter().filter(fits).map(|number| (*number, *number))))
        }
        _ => None,
    }
}

/// Everything that a symbol may be before any condition.
pub(crate) fn possible(symbols: &Symbols, texts: &Texts, on: Symbol) -> Numbers {
    let void = symbols.may_be_void(on);
    if let Some(closed) = texts.closed.get(&on) {
        return Numbers::new(void, closed.iter().map(|number| (*number, *number)));
    }
    let universe = type_of(symbols, on).and_then(universe);
    universe.unwrap_or_else(|| Numbers::new(false, [(0, u128::from(u64::MAX))])).with_void(void)
}
