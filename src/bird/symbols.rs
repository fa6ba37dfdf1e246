//! Names and what they stand for, in scopes; and which words no name may hide.

use std::sync::Arc;

use super::tree::{AttributeId, ConstantId, ProtocolId, RoutineId, TableId, VariableId};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Constant(ConstantId),
    /// A constant of the host, from /etc/iproute2.
    HostConstant,
    Variable(VariableId),
    Function(RoutineId),
    Filter(RoutineId),
    Attribute(AttributeId),
    Table(TableId),
    Protocol(ProtocolId),
    Template(ProtocolId),
    MplsDomain,
    MplsRange,
    ThreadGroup,
}

/// The scopes that are open, the whole configuration's first.
#[derive(Debug)]
pub(super) struct Symbols {
    scopes: Vec<Scope>,
    /// By length, the first letters of the names that were ever defined: most words that are looked up, being
    /// keywords, are seen to be no names without being hashed.
    shapes: [u64; Symbols::LENGTHS],
}

type Scope = foldhash::HashMap<Arc<str>, Symbol>;

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols { scopes: vec![Scope::default()], shapes: [0; Symbols::LENGTHS] }
    }
}

impl Symbols {
    /// Longer names share their shape with shorter ones.
    const LENGTHS: usize = 16;

    /// What a name stands for here.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<Symbol> {
        let (length, letter) = shape(name);
        if self.shapes[length] & letter == 0 { None } else { self.look_up(name) }
    }

    fn look_up(&self, name: &str) -> Option<Symbol> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    /// What a name stands for in the whole configuration.
    pub(super) fn find_global(&self, name: &str) -> Option<Symbol> {
        self.scopes[0].get(name).copied()
    }

    /// Whether the innermost scope itself defines the name.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.scopes.last().is_some_and(|scope| scope.contains_key(name))
    }

    /// Defines a name in the innermost scope.
    pub(super) fn define(&mut self, name: &Arc<str>, symbol: Symbol) {
        let (length, letter) = shape(name);
        self.shapes[length] |= letter;
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), symbol);
        }
    }

    /// Opens a scope.
    pub(super) fn push(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// How many scopes are open; an error within one leaves it open.
    pub(super) fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Closes scopes until so many are open.
    pub(super) fn truncate(&mut self, depth: usize) {
        self.scopes.truncate(depth.max(1));
    }
}

/// A name's length and a bit for its first letter, either as far as it matters.
#[inline]
fn shape(name: &str) -> (usize, u64) {
    let first = name.as_bytes().first().copied().unwrap_or(0);
    (name.len() % Symbols::LENGTHS, 1 << (first % 64))
}
