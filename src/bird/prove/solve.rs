//! The search for a route that a Boolean function of atoms holds for, and its replay.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;

use super::ask::Witness;
use super::bdd::Bdd;
use super::domain::{candidates, list_of, net_value, number_of, value_of};
use super::execute::Execution;
use super::family::{Family, Held};
use super::knowledge::{Condition, Knowledge, Subject, Texts, possible};
use super::range::Numbers;
use super::symbol::{Meaning, Symbol, Unknown};
use crate::bird::eval::value::{Address, Value};
use crate::bird::eval::{Attribute, Route};
use crate::bird::tree::{EnumType, Enumerator, Span, Type};
use crate::net;

/// How much is done before the search is given up, counted and not timed, so that it ends alike everywhere; one is
/// about what comparing two numbers with others takes.
const WORK: usize = 2_000_000;
/// How much all the searches on one run are allowed together.
const TOGETHER: usize = 4 * WORK;
/// What a visit to a node of the function counts, besides what is known there.
const VISIT: usize = 8;
/// What a route counts that is built.
const BUILT: usize = 40;
/// What a route counts that the interpreter replays.
const REPLAYED: usize = 200;
/// How many values of the whole program are tried where a condition is unknown.
const MENTIONED: usize = 400;

/// What became of a search.
pub(crate) enum Found {
    /// A route, replayed.
    Witness(Box<Witness>),
    /// There is none.
    Nothing,
    /// There may be one, because of this.
    Undecided(Unknown),
}

/// A search under way.
pub(crate) struct Search<'s, 'a> {
    execution: &'s mut Execution<'a>,
    family: &'s Family,
    replay: &'s dyn Fn(&Route) -> Option<Witness>,
    texts: Texts,
    conditions: HashMap<u32, Rc<Condition>>,
    subjects: BTreeMap<Subject, u32>,
    asked: HashMap<Bdd, u128>,
    barren: HashSet<(Bdd, Knowledge)>,
    done: HashSet<(Bdd, Knowledge)>,
    undecided: Option<Unknown>,
    trials: usize,
    work: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    /// A search among the routes of a family; `replay` runs the interpreter and says whether the route is one.
    pub(super) fn new(
        execution: &'s mut Execution<'a>,
        family: &'s Family,
        replay: &'s dyn Fn(&Route) -> Option<Witness>,
    ) -> Search<'s, 'a> {
        Search {
            execution,
            family,
            replay,
            texts: Texts::default(),
            conditions: HashMap::new(),
            subjects: BTreeMap::new(),
            asked: HashMap::new(),
            barren: HashSet::new(),
            done: HashSet::new(),
            undecided: None,
            trials: 0,
            work: 0,
        }
    }

    /// Looks for a route for which the function holds.
    pub(super) fn run(mut self, wanted: Bdd) -> Found {
        if let Some(unknown) = self.execution.gave_up() {
            return Found::Undecided(unknown.clone());
        }
        let knowledge = self.start();
        if knowledge.region.is_empty() {
            return Found::Nothing;
        }
        let witness = self.descend(wanted, &knowledge);
        self.execution.searched += self.work;
        if let Some(witness) = witness {
            return Found::Witness(Box::new(witness));
        }
        match self.undecided {
            Some(unknown) => Found::Undecided(unknown),
            None => Found::Nothing,
        }
    }

    /// What the family says of every route.
    fn start(&mut self) -> Knowledge {
        let mut knowledge = Knowledge::new(self.family.region());
        for (name, values) in self.family.choices() {
            let symbol = self.given(&Attribute::known(name));
            let numbers: Vec<u128> = values.iter().filter_map(|value| self.number(value)).collect();
            if name == "proto" {
                self.texts.closed.insert(symbol, numbers.clone());
            }
            let ranges = numbers.into_iter().map(|number| (number, number));
            knowledge.numbers.insert(symbol, Numbers::new(false, ranges));
        }
        for (name, _) in self.family.held().filter(|(_, held)| matches!(held, Held::Something(_))) {
            let symbol = self.given(name);
            let there = possible(&self.execution.symbols, &self.texts, symbol).with_void(false);
            knowledge.numbers.insert(symbol, there);
        }
        knowledge
    }

    fn number(&mut self, value: &Value) -> Option<u128> {
        match value {
            Value::String(text) => Some(self.texts.number(text)),
            value => number_of(value),
        }
    }

    fn given(&mut self, name: &Attribute) -> Symbol {
        let interpreter = self.execution.interpreter;
        super::execute::given(&mut self.execution.symbols, interpreter, name)
    }

    fn descend(&mut self, wanted: Bdd, knowledge: &Knowledge) -> Option<Witness> {
        if wanted == Bdd::FALSE {
            return None;
        }
        let Some(branch) = self.execution.diagrams.branch(wanted) else { return self.attempt(knowledge) };
        self.work += VISIT + knowledge.size() / 4;
        if self.is_spent() {
            self.give_up(self.execution.places[branch.atom as usize]);
            return None;
        }
        let asked = self.asked(wanted);
        let matters = |subject: Subject| self.subjects.get(&subject).is_some_and(|bit| asked >> bit & 1 == 1);
        let barren = (wanted, knowledge.of(&matters));
        if self.barren.contains(&barren) || !self.done.insert((wanted, knowledge.clone())) {
            return None;
        }
        let trials = self.trials;
        let condition = self.condition(branch.atom);
        for (holds, next) in [(false, branch.low), (true, branch.high)] {
            if next == Bdd::FALSE {
                continue;
            }
            let assumed = knowledge.assume(&self.execution.symbols, &self.texts, &condition, holds);
            let found = assumed.and_then(|knowledge| self.descend(next, &knowledge));
            if found.is_some() {
                return found;
            }
        }
        if self.trials == trials {
            self.barren.insert(barren);
        }
        None
    }

    fn is_spent(&self) -> bool {
        self.work > WORK.min(TOGETHER.saturating_sub(self.execution.searched))
    }

    /// What an atom says.
    fn condition(&mut self, atom: u32) -> Rc<Condition> {
        let Search { execution, texts, family, conditions, .. } = self;
        let known = conditions.entry(atom).or_insert_with(|| {
            let symbol = execution.atoms[atom as usize];
            Rc::new(Condition::of(&execution.symbols, texts, family.family, symbol))
        });
        Rc::clone(known)
    }

    /// The subjects of the conditions that a function looks at, a bit each: what is known of others cannot
    /// contradict it. From the 127th on, subjects share a bit.
    fn asked(&mut self, function: Bdd) -> u128 {
        let Some(branch) = self.execution.diagrams.branch(function) else { return 0 };
        if let Some(known) = self.asked.get(&function) {
            return *known;
        }
        self.work += 1;
        let own = self.condition(branch.atom).subject().map_or(0, |subject| {
            let next = (self.subjects.len() as u32).min(127);
            1u128 << *self.subjects.entry(subject).or_insert(next)
        });
        let asked = own | self.asked(branch.high) | self.asked(branch.low);
        self.asked.insert(function, asked);
        asked
    }

    fn give_up(&mut self, span: Span) {
        let construct = "more cases than were followed".to_owned();
        self.undecided = Some(Unknown { construct, span, attributes: Vec::new() });
    }

    /// Builds routes of what is known and replays them; where none is one, says why there may be others.
    fn attempt(&mut self, knowledge: &Knowledge) -> Option<Witness> {
        self.trials += 1;
        if self.is_spent() {
            self.explain(knowledge);
            return None;
        }
        for route in self.routes(knowledge).into_iter().filter(may_exist) {
            self.work += REPLAYED;
            if let Some(witness) = (self.replay)(&route) {
                return Some(witness);
            }
        }
        self.explain(knowledge);
        None
    }

    fn explain(&mut self, knowledge: &Knowledge) {
        let symbols = &self.execution.symbols;
        let conditions =
            knowledge.rest.iter().map(|(symbol, _)| *symbol).chain(knowledge.numbers.keys().copied());
        let unknown = conditions.filter_map(|symbol| symbols.unknown_in(symbol)).next().cloned();
        let unknown = unknown.unwrap_or_else(|| {
            let construct = match knowledge.rest.first() {
                Some((symbol, _)) => format!("a condition on {}", names(self.execution, *symbol)),
                None => "a run that the replay did not confirm".to_owned(),
            };
            Unknown { construct, span: Span::default(), attributes: Vec::new() }
        });
        self.undecided.get_or_insert(unknown);
    }

    /// Routes that agree with what is known, the plainest first.
    fn routes(&mut self, knowledge: &Knowledge) -> Vec<Route> {
        let nets = self.nets(knowledge);
        self.work += BUILT * nets.len();
        let mut routes: Vec<Route> = nets.into_iter().map(|prefix| self.base(prefix, knowledge)).collect();
        for attribute in self.open_attributes(knowledge) {
            routes = self.vary(routes, &attribute, knowledge);
        }
        routes.truncate(64);
        routes
    }

    fn nets(&mut self, knowledge: &Knowledge) -> Vec<IpNet> {
        let on_net = |symbol: Symbol| {
            let mut names = Vec::new();
            self.execution.symbols.attributes_in(symbol, &mut names);
            names.iter().any(|name| name.name() == "net")
        };
        let simple = !knowledge.rest.iter().any(|(symbol, _)| on_net(*symbol))
            && !knowledge.numbers.keys().any(|symbol| on_net(*symbol));
        let first = knowledge.region.first().into_iter();
        if simple { first.collect() } else { first.chain(knowledge.region.samples()).collect() }
    }

    /// The route with every attribute of which an exact set is known.
    fn base(&mut self, prefix: IpNet, knowledge: &Knowledge) -> Route {
        let mut route = self.family.route(prefix);
        route.set(Attribute::known("net"), net_value(prefix));
        for (symbol, numbers) in &knowledge.numbers {
            let Meaning::Given(attribute, ty) = self.execution.symbols.meaning(*symbol) else { continue };
            let kept = route.get(attribute).and_then(super::domain::number_of);
            if kept.is_some_and(|number| numbers.contains(number) && *ty != Type::String) || numbers.void {
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
            for value in &values {
                let mut other = route.clone();
                other.set(attribute.clone(), value.clone());
                self.work += BUILT / 4 * (1 + conditions.len());
                if self.agrees(&other, &conditions, knowledge) {
                    varied.push(other);
                }
                if varied.len() >= 64 || self.is_spent() {
                    return varied;
                }
            }
        }
        varied
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
            let none = super::knowledge::Members::default();
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
                Some(Ok(value)) => {
                    super::domain::number_of(&value).is_none_or(|number| numbers.contains(number))
                }
                _ => false,
            }
        })
    }
}

/// Whether a route is one that BIRD makes: a next hop has a link, and a discard has neither.
fn may_exist(route: &Route) -> bool {
    let is = |name: &str, value: Value| route.get_named(name).is_none_or(|held| *held == value);
    let unicast = Enumerator::named("RTD_UNICAST").is_none_or(|(dest, _)| is("dest", Value::Enum(dest)));
    let (no_gateway, no_link) = (is("gw", Value::Ip(Address::NONE)), is("ifname", Value::string("")));
    if unicast { no_gateway || !no_link } else { no_gateway && no_link }
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
            Enumerator::named("RTS_BGP").map(|(source, _)| source.value.into()).into_iter().collect()
        }
        _ => Vec::new(),
    };
    likely.into_iter().find(|number| numbers.contains(*number)).or_else(|| numbers.first())
}

/// The attributes of a condition, for a person.
fn names(execution: &Execution<'_>, symbol: Symbol) -> String {
    let mut names = Vec::new();
    execution.symbols.attributes_in(symbol, &mut names);
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

/// The fixed values in a condition.
fn fixed_in(execution: &Execution<'_>, symbol: Symbol) -> Vec<Value> {
    match execution.symbols.meaning(symbol) {
        Meaning::Fixed(value) => vec![value.clone()],
        Meaning::Computed(_, parts) => parts.iter().flat_map(|part| fixed_in(execution, *part)).collect(),
        Meaning::Given(..) | Meaning::Merged(..) | Meaning::Unknown(_) => Vec::new(),
    }
}

/// The shortest list with a member of each set that must have one.
fn list(members: &super::knowledge::Members, ty: Type) -> Value {
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
fn padded(plain: &Value, more: usize, members: &super::knowledge::Members) -> Value {
    let held: Vec<u128> = match plain {
        Value::CList(list) => list.iter().map(|n| u128::from(*n)).collect(),
        Value::EcList(list) => list.iter().map(|n| u128::from(*n)).collect(),
        Value::LcList(list) => {
            list.iter().filter_map(|lc| super::domain::number_of(&Value::Lc(*lc))).collect()
        }
        _ => return plain.clone(),
    };
    // Communities of AS 64511 are for documentation.
    let free = (0..0x10000)
        .map(|n: u128| (64511 << 16) | n)
        .filter(|n| !members.none.contains(*n) && !held.contains(n));
    let all: Vec<u128> = held.iter().copied().chain(free.take(more)).collect();
    list_of(&all, plain.ty())
}
