//! Binary decision diagrams: Boolean functions of atoms, each held once, so that equal conditions are equal numbers.

use std::collections::HashMap;

/// A Boolean function of atoms.
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
    cache: HashMap<(Bdd, Bdd, Bdd), Bdd>,
}

impl Bdd {
    /// Never.
    pub const FALSE: Bdd = Bdd(0);
    /// Always.
    pub const TRUE: Bdd = Bdd(1);
}

impl Diagrams {
    pub fn new() -> Diagrams {
        let end = |bdd| Branch { atom: u32::MAX, high: bdd, low: bdd };
        let nodes = vec![end(Bdd::FALSE), end(Bdd::TRUE)];
        Diagrams { nodes, unique: HashMap::new(), cache: HashMap::new() }
    }

    /// How many functions there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The function that is the atom itself.
    pub fn atom(&mut self, atom: u32) -> Bdd {
        self.node(Branch { atom, high: Bdd::TRUE, low: Bdd::FALSE })
    }

    /// The first atom that a function looks at, `None` for the two constants.
    pub fn branch(&self, bdd: Bdd) -> Option<Branch> {
        (bdd.0 > 1).then(|| self.nodes[bdd.0 as usize])
    }

    pub fn and(&mut self, a: Bdd, b: Bdd) -> Bdd {
        self.choose(a, b, Bdd::FALSE)
    }

    pub fn or(&mut self, a: Bdd, b: Bdd) -> Bdd {
        self.choose(a, Bdd::TRUE, b)
    }

    pub fn not(&mut self, a: Bdd) -> Bdd {
        self.choose(a, Bdd::FALSE, Bdd::TRUE)
    }

    /// `a` and not `b`.
    pub fn without(&mut self, a: Bdd, b: Bdd) -> Bdd {
        let not_b = self.not(b);
        self.and(a, not_b)
    }

    /// `then` where the condition holds, else `otherwise`.
    pub fn choose(&mut self, condition: Bdd, then: Bdd, otherwise: Bdd) -> Bdd {
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

    /// Two hundred independent conditions in a row take a node each.
    #[test]
    fn long_chains_stay_small() {
        let mut d = Diagrams::new();
        let mut any = Bdd::FALSE;
        for number in 0..200 {
            let atom = d.atom(number);
            any = d.or(any, atom);
        }
        assert!(d.len() < 50_000);
    }
}
