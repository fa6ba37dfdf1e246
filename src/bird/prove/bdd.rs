//! Binary decision diagrams: functions of atoms, each held once, so that equal functions are equal numbers.
//!
//! A function is true or false, or, where it stands for a value, ends in symbols.

use std::cell::Cell;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::symbol::Symbol;

/// A function of atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bdd(u32);

/// The function that looks at one atom first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Branch {
    /// The atom, by its number.
    pub atom: u32,
    /// What is left where the atom holds.
    pub high: Bdd,
    /// What is left where it does not.
    pub low: Bdd,
}

/// Holds the functions.
#[derive(Debug)]
pub(crate) struct Diagrams {
    nodes: Vec<Branch>,
    unique: HashMap<Branch, Bdd>,
    ends: HashMap<Symbol, Bdd>,
    symbols: HashMap<Bdd, Symbol>,
    cache: HashMap<(Bdd, Bdd, Bdd), Bdd>,
    work: Cell<usize>,
}

/// How many nodes are looked at and made before the functions count as too many to follow.
const WORK: usize = 4_000_000;
/// How many functions are held at most.
const FUNCTIONS: usize = 1_000_000;

impl Bdd {
    /// Never.
    pub(super) const FALSE: Bdd = Bdd(0);
    /// Always.
    pub(super) const TRUE: Bdd = Bdd(1);
}

impl Diagrams {
    pub(super) fn new() -> Diagrams {
        let end = |bdd| Branch { atom: u32::MAX, high: bdd, low: bdd };
        let nodes = vec![end(Bdd::FALSE), end(Bdd::TRUE)];
        Diagrams {
            nodes,
            unique: HashMap::default(),
            ends: HashMap::default(),
            symbols: HashMap::default(),
            cache: HashMap::default(),
            work: Cell::new(0),
        }
    }

    /// Counts work that grows with the functions: it is the same on every machine, as time is not.
    pub(super) fn spend(&self, work: usize) {
        self.work.set(self.work.get().saturating_add(work));
    }

    /// Whether more work was done than is allowed: from then on results mean nothing.
    pub(super) fn is_spent(&self) -> bool {
        self.work.get() > WORK || self.nodes.len() > FUNCTIONS
    }

    /// The function that is always the symbol.
    pub(super) fn end(&mut self, symbol: Symbol) -> Bdd {
        if let Some(known) = self.ends.get(&symbol) {
            return *known;
        }
        let made = Bdd(self.nodes.len() as u32);
        self.nodes.push(Branch { atom: u32::MAX, high: made, low: made });
        self.ends.insert(symbol, made);
        self.symbols.insert(made, symbol);
        made
    }

    /// The symbol that a function always is, `None` where it looks at an atom.
    pub(super) fn symbol(&self, bdd: Bdd) -> Option<Symbol> {
        self.symbols.get(&bdd).copied()
    }

    /// The symbols that a function may be.
    pub(super) fn symbols(&self, bdd: Bdd) -> BTreeSet<Symbol> {
        let (mut seen, mut open, mut found) = (HashSet::default(), vec![bdd], BTreeSet::new());
        while let Some(bdd) = open.pop() {
            if !seen.insert(bdd) {
                continue;
            }
            self.spend(1);
            match self.symbol(bdd) {
                Some(symbol) => drop(found.insert(symbol)),
                None => {
                    let branch = self.nodes[bdd.0 as usize];
                    open.extend([branch.high, branch.low]);
                }
            }
        }
        found
    }

    /// Where a function is the symbol.
    pub(super) fn condition_for(&mut self, bdd: Bdd, symbol: Symbol) -> Bdd {
        let end = self.end(symbol);
        self.where_it_is(bdd, end, &mut HashMap::default())
    }

    fn where_it_is(&mut self, bdd: Bdd, end: Bdd, known: &mut HashMap<Bdd, Bdd>) -> Bdd {
        if self.nodes[bdd.0 as usize].atom == u32::MAX {
            return if bdd == end { Bdd::TRUE } else { Bdd::FALSE };
        }
        if let Some(condition) = known.get(&bdd) {
            return *condition;
        }
        self.spend(1);
        let branch = self.nodes[bdd.0 as usize];
        let high = self.where_it_is(branch.high, end, known);
        let low = self.where_it_is(branch.low, end, known);
        let condition = self.node(Branch { atom: branch.atom, high, low });
        known.insert(bdd, condition);
        condition
    }

    /// The function that is the atom itself.
    pub(super) fn atom(&mut self, atom: u32) -> Bdd {
        self.node(Branch { atom, high: Bdd::TRUE, low: Bdd::FALSE })
    }

    /// The first atom that a function looks at, `None` for the two constants.
    pub(super) fn branch(&self, bdd: Bdd) -> Option<Branch> {
        (bdd.0 > 1).then(|| self.nodes[bdd.0 as usize])
    }

    /// The functions within one to which a single path leads: whoever goes down every path comes to each of them once.
    pub(super) fn reached_once(&self, root: Bdd) -> HashSet<Bdd> {
        let mut paths: HashMap<Bdd, usize> = HashMap::from_iter([(root, 1)]);
        let mut open = vec![root];
        while let Some(bdd) = open.pop() {
            for next in self.nexts(bdd) {
                let known = paths.entry(next).or_default();
                *known += 1;
                if *known == 1 {
                    open.push(next);
                }
            }
        }
        let (mut once, mut open) = (HashSet::default(), vec![root]);
        while let Some(bdd) = open.pop() {
            once.insert(bdd);
            open.extend(self.nexts(bdd).filter(|next| paths[next] == 1));
        }
        once
    }

    /// What is left of a function behind its first atom; nothing of the two constants.
    fn nexts(&self, bdd: Bdd) -> impl Iterator<Item = Bdd> {
        self.branch(bdd).into_iter().flat_map(|branch| [branch.high, branch.low])
    }

    pub(super) fn and(&mut self, a: Bdd, b: Bdd) -> Bdd {
        self.choose(a, b, Bdd::FALSE)
    }

    pub(super) fn or(&mut self, a: Bdd, b: Bdd) -> Bdd {
        self.choose(a, Bdd::TRUE, b)
    }

    pub(super) fn not(&mut self, a: Bdd) -> Bdd {
        self.choose(a, Bdd::FALSE, Bdd::TRUE)
    }

    /// `a` and not `b`.
    pub(super) fn without(&mut self, a: Bdd, b: Bdd) -> Bdd {
        let not_b = self.not(b);
        self.and(a, not_b)
    }

    /// `then` where the condition holds, else `otherwise`.
    pub(super) fn choose(&mut self, condition: Bdd, then: Bdd, otherwise: Bdd) -> Bdd {
        match (condition, then, otherwise) {
            (Bdd::TRUE, ..) => return then,
            (Bdd::FALSE, ..) => return otherwise,
            (_, Bdd::TRUE, Bdd::FALSE) => return condition,
            _ if then == otherwise => return then,
            _ => {}
        }
        let key = (condition, then, otherwise);
        if let Some(known) = self.cache.get(&key) {
            return *known;
        }
        self.spend(1);
        if self.is_spent() {
            return otherwise;
        }
        let atom = [condition, then, otherwise].map(|bdd| self.nodes[bdd.0 as usize].atom);
        let atom = atom[0].min(atom[1]).min(atom[2]);
        let [c, t, o] = [condition, then, otherwise].map(|bdd| self.halves(bdd, atom));
        let high = self.choose(c.0, t.0, o.0);
        let low = self.choose(c.1, t.1, o.1);
        let made = self.node(Branch { atom, high, low });
        self.cache.insert(key, made);
        made
    }

    /// What a function becomes where the atom holds and where it does not.
    fn halves(&self, bdd: Bdd, atom: u32) -> (Bdd, Bdd) {
        let node = self.nodes[bdd.0 as usize];
        if node.atom == atom { (node.high, node.low) } else { (bdd, bdd) }
    }

    fn node(&mut self, branch: Branch) -> Bdd {
        if branch.high == branch.low {
            return branch.high;
        }
        if let Some(known) = self.unique.get(&branch) {
            return *known;
        }
        let made = Bdd(self.nodes.len() as u32);
        self.nodes.push(branch);
        self.unique.insert(branch, made);
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_functions_are_one() {
        let mut d = Diagrams::new();
        let (a, b, c) = (d.atom(0), d.atom(1), d.atom(2));
        let left = d.or(b, c);
        let left = d.and(a, left);
        let (ab, ac) = (d.and(a, b), d.and(a, c));
        let right = d.or(ab, ac);
        assert_eq!(left, right);
        let none = d.without(left, a);
        assert_eq!(none, Bdd::FALSE);
    }

    #[test]
    fn what_two_paths_lead_to_is_not_reached_once() {
        let mut d = Diagrams::new();
        let (a, b, c) = (d.atom(0), d.atom(1), d.atom(2));
        let both = d.and(b, c);
        let joined = d.choose(a, both, c);
        let once = d.reached_once(joined);
        assert!(once.contains(&joined) && once.contains(&both) && !once.contains(&c));
        let either = d.or(b, c);
        let any = d.or(a, either);
        assert!(d.reached_once(any).contains(&c));
    }

    /// A function that no order of its atoms keeps small ends in a spent budget.
    #[test]
    fn work_is_bounded() {
        let mut d = Diagrams::new();
        let mut any = Bdd::FALSE;
        for number in 0..40 {
            let (left, right) = (d.atom(number), d.atom(number + 40));
            let both = d.and(left, right);
            any = d.or(any, both);
        }
        assert!(d.is_spent() && d.nodes.len() < FUNCTIONS + 100);
    }

    /// Two hundred independent conditions in a row take a node each.
    #[test]
    fn long_chains_stay_small() {
        let mut d = Diagrams::new();
        let mut any = Bdd::FALSE;
        for number in 0..200 {
            let atom = d.atom(number);
            any = d.or(any, atom);
        }
        assert!(d.nodes.len() < 50_000);
    }
}
