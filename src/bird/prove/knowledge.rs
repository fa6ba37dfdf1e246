//! What a list of conditions, each true or false, leaves possible: exact where the algebra reaches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::domain::{comparison, holding, number_of, numbers_of_set, region_of, region_of_lengths, universe};
use super::invert::{bounds, inverted};
use super::range::Numbers;
use super::region::Region;
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::value::{Set, Value, matches};
use crate::bird::eval::{Attribute, Operation};
use crate::bird::tree::{BinaryOp, Type};
use crate::bird::version::Version;
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
    /// Whether there is a list at all, as far as that is known; one that lost its last member is there.
    pub defined: Option<bool>,
}

/// Texts as numbers, so that equality of texts is equality of numbers.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
    /// Attributes that have no other texts than these.
    pub closed: BTreeMap<Symbol, Vec<u128>>,
}

impl Texts {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u128 {
        if let Some(at) = self.numbers.get(text) {
            return *at as u128;
        }
        let (at, text): (usize, Arc<str>) = (self.known.len(), text.into());
        self.known.push(text.clone());
        self.numbers.insert(text, at);
        at as u128
    }

    /// The text of a number; of a number that no text has yet, a new one.
    pub(super) fn text(&self, number: u128) -> String {
        self.known.get(number as usize).map_or_else(|| "other".to_owned(), |text| text.to_string())
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
        texts: &Texts,
        condition: &Condition,
        holds: bool,
    ) -> Option<Knowledge> {
        let mut knowledge = self.clone();
        let possible = match condition {
            Condition::Net(region) => {
                let region = if holds { self.region.and(region) } else { self.region.without(region) };
                knowledge.region = region;
                !knowledge.region.is_empty()
            }
            Condition::Member(list, members) => knowledge.take_member(*list, members, holds),
            Condition::Defined(list) => knowledge.take_defined(*list, holds),
            Condition::Number(on, range) => knowledge.take_number(symbols, texts, *on, range, holds),
            Condition::Other(atom) => {
                knowledge.rest.push((*atom, holds));
                true
            }
        };
        possible.then_some(knowledge)
    }

    /// Only what some subjects are known to be.
    pub(super) fn of(&self, subjects: &dyn Fn(Subject) -> bool) -> Knowledge {
        let numbers = self.numbers.iter().filter(|(on, _)| subjects(Some(**on)));
        let lists = self.lists.iter().filter(|(list, _)| subjects(Some(**list)));
        let mut knowledge =
            Knowledge::new(if subjects(None) { self.region.clone() } else { Region::none(Family::V4) });
        knowledge.numbers = numbers.map(|(on, numbers)| (*on, numbers.clone())).collect();
        knowledge.lists = lists.map(|(list, members)| (*list, members.clone())).collect();
        knowledge
    }

    /// How much there is to copy and to compare.
    pub(super) fn size(&self) -> usize {
        let lists = self.lists.values();
        let lists = lists.map(|list| list.none.size() + list.some.iter().map(Numbers::size).sum::<usize>());
        self.region.size() + self.numbers.values().map(Numbers::size).sum::<usize>() + lists.sum::<usize>()
    }

    fn take_number(
        &mut self,
        symbols: &Symbols,
        texts: &Texts,
        on: Symbol,
        range: &Numbers,
        holds: bool,
    ) -> bool {
        let before = match self.numbers.get(&on) {
            Some(known) => known.clone(),
            None => possible(symbols, texts, on),
        };
        let after = if holds { before.and(range) } else { before.without(range) };
        let possible = !after.is_empty();
        self.numbers.insert(on, after);
        possible
    }

    fn take_member(&mut self, list: Symbol, members: &Numbers, holds: bool) -> bool {
        let known = self.lists.entry(list).or_default();
        if holds {
            known.some.push(members.clone());
        } else {
            known.none = known.none.or(members);
        }
        let lacks = known.defined == Some(false) && !known.some.is_empty();
        !lacks && !known.some.iter().any(|some| some.without(&known.none).has_no_number())
    }

    fn take_defined(&mut self, list: Symbol, holds: bool) -> bool {
        let known = self.lists.entry(list).or_default();
        let fits = known.defined != Some(!holds) && (holds || known.some.is_empty());
        known.defined = Some(holds);
        fits
    }
}

/// What a condition is about: an attribute or what was computed of some; `None` is the network.
pub(crate) type Subject = Option<Symbol>;

/// What a condition says, as far as the algebra knows.
pub(crate) enum Condition {
    /// The network is one of these.
    Net(Region),
    /// The list holds one of these.
    Member(Symbol, Numbers),
    /// The route has the list, be it an empty one.
    Defined(Symbol),
    /// The value is one of these.
    Number(Symbol, Numbers),
    /// Something to be tried on whole routes.
    Other(Symbol),
}

impl Condition {
    /// What an atom says of the routes of a family.
    pub(super) fn of(symbols: &Symbols, texts: &mut Texts, family: Family, atom: Symbol) -> Condition {
        if let Some(region) = region_of(symbols, atom, family) {
            return Condition::Net(region);
        }
        if let Some(list) = defined(symbols, atom).filter(|on| is_list(symbols, *on)) {
            return Condition::Defined(list);
        }
        if let Some((list, members)) = membership(symbols, atom) {
            return Condition::Member(list, members);
        }
        let Some((on, range)) = numeric(symbols, texts, atom) else { return Condition::Other(atom) };
        let (on, range) = inverted(symbols, on, range);
        match region_of_lengths(symbols, on, &range, family) {
            Some(region) => Condition::Net(region),
            None => Condition::Number(on, range),
        }
    }

    /// What can contradict it; nothing contradicts what the algebra does not know.
    pub(super) fn subject(&self) -> Option<Subject> {
        match self {
            Condition::Net(_) => Some(None),
            Condition::Member(on, _) | Condition::Defined(on) | Condition::Number(on, _) => Some(Some(*on)),
            Condition::Other(_) => None,
        }
    }
}

/// `member ~ list` and `list ~ set` of a list that is an attribute.
fn membership(symbols: &Symbols, atom: Symbol) -> Option<(Symbol, Numbers)> {
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
    let ty = type_of(symbols, on);
    let universe = bounds(symbols, on).map(|range| Numbers::new(false, [range]));
    let universe = universe.or_else(|| ty.and_then(self::universe));
    let universe = universe.unwrap_or_else(|| Numbers::new(false, [(0, u128::from(u64::MAX))]));
    // In 3.x a route that no neighbour told lacks `from`, instead of having the address of nobody there.
    let is_from = matches!(symbols.meaning(on), Meaning::Given(name, _) if name.name() == "from");
    let nobody = Numbers::new(false, (void && is_from).then_some((0, 0)));
    universe.without(&nobody).with_void(void)
}

/// The numbers that BIRD lets an attribute have, where they are fewer than its type has.
pub(super) fn limit_of(name: &Attribute, version: Version) -> Option<(u128, u128)> {
    Some(match name.name() {
        "preference" if version.major < 3 => (0, 0xffff),
        "weight" => (1, 256),
        "gw_mpls" => (0, 0xf_ffff),
        _ => return None,
    })
}
