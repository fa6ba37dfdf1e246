//! The search for a route that a Boolean function of atoms holds for, and its replay.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};
use std::rc::Rc;

use super::ask::Witness;
use super::bdd::{Bdd, Branch};
use super::domain::number_of;
use super::execute::Execution;
use super::family::{Family, Held};
use super::knowledge::{Condition, Knowledge, Subject, Texts, possible};
use super::range::Numbers;
use super::routes::{may_exist, single_members};
use super::symbol::{Symbol, Unknown};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Route};
use crate::bird::tree::Span;

/// How much is done before the search is given up, counted and not timed, so that it ends alike everywhere; one is
/// about what comparing two numbers with others takes.
const WORK: usize = 2_000_000;
/// How much all the searches on one run are allowed together.
const TOGETHER: usize = 4 * WORK;
/// What a visit to a node of the function counts, besides what is known there.
const VISIT: usize = 8;
/// What a route counts that is built.
pub(super) const BUILT: usize = 40;
/// What a route counts that the interpreter replays.
const REPLAYED: usize = 200;

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
    pub(super) execution: &'s mut Execution<'a>,
    pub(super) family: &'s Family,
    replay: &'s dyn Fn(&Route) -> Option<Witness>,
    pub(super) texts: Texts,
    conditions: HashMap<u32, Rc<Condition>>,
    subjects: BTreeMap<Subject, u32>,
    asked: HashMap<Bdd, u128>,
    /// To these one path leads, so that they are seen once, and nothing of them need be remembered.
    once: HashSet<Bdd>,
    barren: HashSet<(Bdd, Knowledge)>,
    done: HashSet<(Bdd, Knowledge)>,
    undecided: Option<Unknown>,
    trials: usize,
    pub(super) work: usize,
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
            conditions: HashMap::default(),
            subjects: BTreeMap::new(),
            asked: HashMap::default(),
            once: HashSet::default(),
            barren: HashSet::default(),
            done: HashSet::default(),
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
        self.once = self.execution.diagrams.reached_once(wanted);
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
            knowledge.numbers.insert(symbol, Numbers::new(values.contains(&Value::Void), ranges));
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

    pub(super) fn given(&mut self, name: &Attribute) -> Symbol {
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
        if self.once.contains(&wanted) {
            return self.follow(branch, knowledge);
        }
        let asked = self.asked(wanted);
        let matters = |subject: Subject| self.subjects.get(&subject).is_some_and(|bit| asked >> bit & 1 == 1);
        let barren = (wanted, knowledge.of(&matters));
        if self.barren.contains(&barren) || !self.done.insert((wanted, knowledge.clone())) {
            return None;
        }
        let trials = self.trials;
        let found = self.follow(branch, knowledge);
        if found.is_none() && self.trials == trials {
            self.barren.insert(barren);
        }
        found
    }

    /// Goes on with the condition of a node false, and then true.
    fn follow(&mut self, branch: Branch, knowledge: &Knowledge) -> Option<Witness> {
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
        None
    }

    pub(super) fn is_spent(&self) -> bool {
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
        let region = self.family.taken(&knowledge.region);
        if region.is_empty() || !self.can_be(knowledge) {
            return None;
        }
        let knowledge = &Knowledge { region, ..knowledge.clone() };
        for route in self.routes(knowledge).into_iter().filter(may_exist) {
            self.work += REPLAYED;
            if let Some(witness) = (self.replay)(&route) {
                return Some(self.shortened(witness));
            }
        }
        self.explain(knowledge);
        None
    }

    /// The same witness, or one whose long lists have one member each.
    fn shortened(&self, mut witness: Witness) -> Witness {
        let lists: Vec<(Attribute, Vec<Value>)> =
            witness.route.attributes().map(|(name, value)| (name.clone(), single_members(value))).collect();
        for (name, members) in lists {
            let shorter = members.into_iter().find_map(|member| {
                let mut route = witness.route.clone();
                route.set(name.clone(), member);
                (self.replay)(&route)
            });
            witness = shorter.unwrap_or(witness);
        }
        witness
    }

    /// Whether BIRD makes such routes: a next hop has a link, and a discard has neither.
    fn can_be(&mut self, knowledge: &Knowledge) -> bool {
        let mut known = |name: &'static str| {
            let symbol = self.given(&Attribute::known(name));
            knowledge.numbers.get(&symbol).cloned()
        };
        let (gw, ifname, dest) = (known("gw"), known("ifname"), known("dest"));
        let none = self.texts.number("");
        let is_not =
            |held: &Option<Numbers>, number: u128| held.as_ref().is_some_and(|held| !held.contains(number));
        let (gateway, link, discarded) = (is_not(&gw, 0), is_not(&ifname, none), is_not(&dest, 1));
        let only_none = Numbers::new(false, [(none, none)]);
        let linkless = ifname.is_some_and(|names| names.without(&only_none).is_empty());
        !(gateway && linkless) && !(discarded && (gateway || link))
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
}

/// The attributes of a condition, for a person.
fn names(execution: &Execution<'_>, symbol: Symbol) -> String {
    let mut names = Vec::new();
    execution.symbols.attributes_in(symbol, &mut names);
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
