//! Builds routes that agree with what is known, the plainest first: the search replays them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::domain::{candidates, list_of, net_value, number_of, value_of};
use super::execute::Execution;
use super::knowledge::{Knowledge, Members};
use super::range::Numbers;
use super::region::Region;
use super::solve::{BUILT, Search};
use super::symbol::{Meaning, Symbol};
use crate::bird::eval::value::{Address, Value};
use crate::bird::eval::{Attribute, Operation, Route, members};
use crate::bird::tree::{EnumType, Enumerator, Type};
use crate::bird::version::Version;
use crate::net;

/// How many values of the whole program are tried where a condition is unknown.
const MENTIONED: usize = 400;
/// How many routes are tried at one end of the search.
const ROUTES: usize = 64;

impl Search<'_, '_> {
    /// Routes that agree with what is known, the plainest first.
    pub(super) fn routes(&mut self, knowledge: &Knowledge) -> Vec<Route> {
        let nets = self.nets(knowledge);
        self.work += BUILT * nets.len();
        let mut routes: Vec<Route> = nets.into_iter().map(|prefix| self.base(prefix, knowledge)).collect();
        for attribute in self.open_attributes(knowledge) {
            routes = self.vary(routes, &attribute, knowledge);
        }
        routes.truncate(ROUTES);
        routes.into_iter().flat_map(|route| self.as_a_neighbour_tells(route, knowledge)).collect()
    }

    /// The route, before it the same from a neighbour where only neighbours tell what it has.
    fn as_a_neighbour_tells(&mut self, route: Route, knowledge: &Knowledge) -> Vec<Route> {
        let Some(Value::Enum(told)) = source_of_neighbours() else { return vec![route] };
        let symbol = self.given(&Attribute::known("source"));
        let may_be = knowledge.numbers.get(&symbol).is_none_or(|held| held.contains(told.value.into()));
        let has_sender = route.get_named("from").is_some_and(|from| *from != Value::Ip(Address::NONE));
        let has_others = route.attributes().any(|(name, _)| name.name().starts_with("bgp_"));
        let held = self.family.held().any(|(name, _)| name.name() == "source");
        if !may_be || held || !(has_sender || has_others) {
            return vec![route];
        }
        let mut other = route.clone();
        other.set(Attribute::known("source"), Value::Enum(told));
        vec![other, route]
    }

    fn nets(&mut self, knowledge: &Knowledge) -> Vec<IpNet> {
        let on_net = |symbol: Symbol| {
            let mut names = Vec::new();
            self.execution.symbols.attributes_in(symbol, &mut names);
            names.iter().any(|name| name.name() == "net")
        };
        let simple = !knowledge.rest.iter().any(|(symbol, _)| on_net(*symbol))
            && !knowledge.numbers.keys().any(|symbol| on_net(*symbol));
        let first = self.mentioned(&knowledge.region).into_iter().chain(knowledge.region.first());
        if simple { first.take(1).collect() } else { first.chain(knowledge.region.samples()).collect() }
    }

    /// The first network that the program mentions, or, where none of these is possible, one within them: it is more
    /// likely to come than the first of all.
    fn mentioned(&self, region: &Region) -> Option<IpNet> {
        let mentioned = self.execution.symbols.values().flat_map(|value| match value {
            Value::Prefix(net) => net.prefix().into_iter().collect(),
            Value::PrefixSet(set) => set.patterns().iter().take(4).map(|pattern| pattern.prefix).collect(),
            _ => Vec::new(),
        });
        let mentioned: Vec<IpNet> = mentioned.take(16).collect();
        let of = |part: Region| region.and(&part).first();
        let exactly = mentioned.iter().find_map(|net| of(Region::one(*net)));
        exactly.or_else(|| mentioned.iter().find_map(|net| of(Region::within(*net))))
    }

    /// The route with every attribute of which an exact set is known.
    fn base(&mut self, prefix: IpNet, knowledge: &Knowledge) -> Route {
        let mut route = self.family.route(prefix);
        route.set(Attribute::known("net"), net_value(prefix));
        for (symbol, numbers) in &knowledge.numbers {
            let Meaning::Given(attribute, ty) = self.execution.symbols.meaning(*symbol) else { continue };
            let kept = route.get(attribute).and_then(number_of);
            if kept.is_some_and(|number| numbers.contains(number) && *ty != Type::String) {
                continue;
            }
            if numbers.void {
                route.set(attribute.clone(), Value::Void);
                continue;
            }
            let value = match ty {
                Type::String => {
                    let fresh = self.texts.fresh();
                    let number =
                        numbers.first().filter(|n| *n < fresh).or(numbers.contains(fresh).then_some(fresh));
                    Some(Value::string(self.texts.text(number.unwrap_or(fresh))))
                }
                _ => plausible(numbers, *ty, self.family.family).and_then(|number| value_of(number, *ty)),
            };
            if let Some(value) = value {
                route.set(attribute.clone(), value);
            }
        }
        for (symbol, members) in &knowledge.lists {
            let Meaning::Given(attribute, ty) = self.execution.symbols.meaning(*symbol) else { continue };
            let shortest = list(members, *ty);
            if members.defined == Some(true) && shortest == Value::empty(*ty) {
                route.set(attribute.clone(), padded(&shortest, 1, members));
            } else if shortest != Value::empty(*ty) || route.get(attribute).is_some() {
                route.set(attribute.clone(), shortest);
            }
        }
        self.give_link(&mut route, knowledge);
        route
    }

    /// Gives a next hop a link, unless a condition on links speaks against every name.
    fn give_link(&mut self, route: &mut Route, knowledge: &Knowledge) {
        let ifname = Attribute::known("ifname");
        if may_exist(route) || route.get_named("ifname") != Some(&Value::string("")) {
            return;
        }
        let symbol = self.given(&ifname);
        let empty = self.texts.number("");
        let names = knowledge.numbers.get(&symbol).map(|names| {
            let names = names.without(&Numbers::new(false, [(empty, empty)]));
            names.first().map(|number| self.texts.text(number))
        });
        if let Some(name) = names.unwrap_or_else(|| Some("eth0".to_owned())) {
            route.set(ifname, Value::string(name));
        }
    }

    /// The attributes that conditions outside the algebra look at.
    fn open_attributes(&self, knowledge: &Knowledge) -> BTreeSet<Attribute> {
        let symbols = &self.execution.symbols;
        let computed =
            knowledge.numbers.keys().filter(|s| !matches!(symbols.meaning(**s), Meaning::Given(..)));
        let open = knowledge.rest.iter().map(|(symbol, _)| symbol).chain(computed);
        let mut names = Vec::new();
        open.for_each(|symbol| symbols.attributes_in(*symbol, &mut names));
        names.into_iter().filter(|name| name.name() != "net").collect()
    }

    /// Every route with each candidate for one attribute that the conditions on it alone allow.
    fn vary(&mut self, routes: Vec<Route>, attribute: &Attribute, knowledge: &Knowledge) -> Vec<Route> {
        let interpreter = self.execution.interpreter;
        let symbol = super::execute::given(&mut self.execution.symbols, interpreter, attribute);
        let Meaning::Given(_, ty) = self.execution.symbols.meaning(symbol).clone() else { return routes };
        let values = self.candidates(attribute, ty, knowledge);
        self.work += values.len();
        let conditions = self.alone(attribute, knowledge);
        let mut varied = Vec::new();
        for route in routes {
            if self.agrees(&route, &conditions, knowledge) {
                varied.push(route.clone());
            }
            let opposite = self.opposite(&route, attribute, ty, knowledge);
            for value in opposite.iter().chain(&values) {
                let mut other = route.clone();
                other.set(attribute.clone(), value.clone());
                self.work += BUILT / 4 * (1 + conditions.len());
                if self.agrees(&other, &conditions, knowledge) {
                    varied.push(other);
                }
                if varied.len() >= ROUTES || self.is_spent() {
                    return varied;
                }
            }
        }
        varied
    }

    /// What the other sides of conditions are on the route: the attribute may have to equal that, or to hold it.
    fn opposite(&self, route: &Route, attribute: &Attribute, ty: Type, knowledge: &Knowledge) -> Vec<Value> {
        let symbols = &self.execution.symbols;
        let held = route.get(attribute).cloned().unwrap_or_else(|| Value::empty(ty));
        let mut values = Vec::new();
        for (symbol, _) in &knowledge.rest {
            let Meaning::Computed(Operation::Binary(_), parts) = symbols.meaning(*symbol) else { continue };
            let other = match parts[..] {
                [left, right] if self.is_given(left, attribute) => right,
                [left, right] if self.is_given(right, attribute) => left,
                _ => continue,
            };
            if let Some(Ok(value)) = symbols.on_route(other, route) {
                values.extend(beside(&value, &held, symbols.version()));
            }
        }
        values.retain(|value| value.ty() == ty);
        values
    }

    fn candidates(&self, attribute: &Attribute, ty: Type, knowledge: &Knowledge) -> Vec<Value> {
        let symbol_values = |symbol: Symbol| fixed_in(self.execution, symbol);
        let conditions =
            knowledge.rest.iter().map(|(symbol, _)| *symbol).chain(knowledge.numbers.keys().copied());
        let (mut mentioned, mut unknown): (Vec<Value>, bool) = (Vec::new(), false);
        for symbol in conditions {
            mentioned.extend(symbol_values(symbol));
            unknown |= self.execution.symbols.unknown_in(symbol).is_some();
        }
        if unknown {
            mentioned.extend(self.execution.symbols.values().take(MENTIONED).cloned());
        }
        for numbers in knowledge.numbers.values() {
            mentioned.extend(numbers.ends().filter_map(|n| value_of(n, Type::Int)).take(8));
        }
        let mut values = candidates(ty, &mentioned);
        if let Some(members) = knowledge.lists.iter().find(|(symbol, _)| self.is_given(**symbol, attribute)) {
            let plain = list(members.1, ty);
            values.extend((1..=32).map(|more| padded(&plain, more, members.1)));
            values.insert(0, plain);
        } else if matches!(ty, Type::CList | Type::EcList | Type::LcList) {
            let none = Members::default();
            values.extend((1..=32).map(|more| padded(&Value::empty(ty), more, &none)));
        }
        values
    }

    fn is_given(&self, symbol: Symbol, attribute: &Attribute) -> bool {
        matches!(self.execution.symbols.meaning(symbol), Meaning::Given(name, _) if name == attribute)
    }

    /// The conditions, exact or not, on this attribute alone.
    fn alone(&self, attribute: &Attribute, knowledge: &Knowledge) -> BTreeSet<Symbol> {
        let symbols = &self.execution.symbols;
        let alone = |symbol: &Symbol| {
            let mut names = Vec::new();
            symbols.attributes_in(*symbol, &mut names);
            names == [attribute.clone()] && symbols.unknown_in(*symbol).is_none()
        };
        let conditions = knowledge.rest.iter().map(|(symbol, _)| symbol).chain(knowledge.numbers.keys());
        conditions.filter(|symbol| alone(symbol)).copied().collect()
    }

    /// Whether the conditions hold of the route.
    fn agrees(&self, route: &Route, conditions: &BTreeSet<Symbol>, knowledge: &Knowledge) -> bool {
        let symbols = &self.execution.symbols;
        let alone = |symbol: Symbol| conditions.contains(&symbol);
        let rest = knowledge.rest.iter().filter(|(symbol, _)| alone(*symbol)).all(|(symbol, holds)| {
            matches!(symbols.on_route(*symbol, route), Some(Ok(Value::Bool(truth))) if truth == *holds)
        });
        rest && knowledge.numbers.iter().filter(|(symbol, _)| alone(**symbol)).all(|(symbol, numbers)| {
            match symbols.on_route(*symbol, route) {
                Some(Ok(Value::Void)) => numbers.void,
                Some(Ok(Value::String(text))) => {
                    let number = (0..self.texts.fresh()).find(|n| self.texts.text(*n) == *text);
                    numbers.contains(number.unwrap_or_else(|| self.texts.fresh()))
                }
                Some(Ok(value)) => number_of(&value).is_none_or(|number| numbers.contains(number)),
                _ => false,
            }
        })
    }
}

/// Whether a route is one that BIRD makes: a next hop has a link, and a discard has neither.
pub(super) fn may_exist(route: &Route) -> bool {
    let is = |name: &str, value: Value| route.get_named(name).is_none_or(|held| *held == value);
    let unicast = Enumerator::named("RTD_UNICAST").is_none_or(|(dest, _)| is("dest", Value::Enum(dest)));
    let (no_gateway, no_link) = (is("gw", Value::Ip(Address::NONE)), is("ifname", Value::string("")));
    if unicast { no_gateway || !no_link } else { no_gateway && no_link }
}

/// The source of what BGP neighbours tell.
fn source_of_neighbours() -> Option<Value> {
    Enumerator::named("RTS_BGP").map(|(source, _)| Value::Enum(source))
}

/// One of the numbers: of addresses one that is there for examples, first of the family, of sources the one that most routes have.
fn plausible(numbers: &Numbers, ty: Type, family: net::Family) -> Option<u128> {
    let likely: Vec<u128> = match ty {
        Type::Ip => {
            let mut examples =
                [IpAddr::from([192, 0, 2, 1]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])];
            examples.sort_by_key(|address| address.is_ipv4() != (family == net::Family::V4));
            examples.map(|address| Address::from(address).0).into()
        }
        Type::Enum(EnumType::Source) => {
            source_of_neighbours().and_then(|told| number_of(&told)).into_iter().collect()
        }
        _ => Vec::new(),
    };
    likely.into_iter().find(|number| numbers.contains(*number)).or_else(|| numbers.first())
}

/// The value and those next to it, or, where a list is held, that with the value in it.
fn beside(value: &Value, held: &Value, version: Version) -> Vec<Value> {
    let change = match held {
        Value::Path(_) => "prepend",
        _ => "add",
    };
    let with = Operation::MethodWith(change.into()).apply(&[held.clone(), value.clone()], version).ok();
    let next = number_of(value).into_iter().flat_map(|n| [n.checked_add(1), n.checked_sub(1)]);
    let next = next.flatten().filter_map(|n| value_of(n, value.ty()));
    with.into_iter().chain([value.clone()]).chain(next).collect()
}

/// The fixed values in a condition.
fn fixed_in(execution: &Execution<'_>, symbol: Symbol) -> Vec<Value> {
    match execution.symbols.meaning(symbol) {
        Meaning::Fixed(value) => vec![value.clone()],
        Meaning::Computed(_, parts) => parts.iter().flat_map(|part| fixed_in(execution, *part)).collect(),
        Meaning::Given(..) | Meaning::Merged(..) | Meaning::Unknown(_) => Vec::new(),
    }
}

/// Lists of each member of a long list of communities.
pub(super) fn single_members(list: &Value) -> Vec<Value> {
    let long = members(list).filter(|members| members.len() > 2 && !matches!(list, Value::Path(_)));
    let numbers = long.into_iter().flatten().filter_map(|member| number_of(&member));
    numbers.map(|number| list_of(&[number], list.ty())).collect()
}

/// The shortest list with a member of each set that must have one.
fn list(members: &Members, ty: Type) -> Value {
    let mut chosen: Vec<u128> = Vec::new();
    for some in &members.some {
        let allowed = some.without(&members.none);
        if !chosen.iter().any(|number| allowed.contains(*number)) {
            chosen.extend(allowed.first());
        }
    }
    list_of(&chosen, ty)
}

/// The list with some more members, none of which is forbidden.
fn padded(plain: &Value, more: usize, members: &Members) -> Value {
    let held: Vec<u128> = match plain {
        Value::CList(list) => list.iter().map(|n| u128::from(*n)).collect(),
        Value::EcList(list) => list.iter().map(|n| u128::from(*n)).collect(),
        Value::LcList(list) => list.iter().filter_map(|lc| number_of(&Value::Lc(*lc))).collect(),
        _ => return plain.clone(),
    };
    // Communities of AS 64511 are for documentation.
    let free = (0..0x10000)
        .map(|n: u128| (64511 << 16) | n)
        .filter(|n| !members.none.contains(*n) && !held.contains(n));
    let all: Vec<u128> = held.iter().copied().chain(free.take(more)).collect();
    list_of(&all, plain.ty())
}
