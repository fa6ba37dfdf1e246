//! Names and what they stand for, in scopes; and which words no name may hide.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
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
}

type Scope = HashMap<Arc<str>, Symbol, BuildHasherDefault<Fnv>>;

/// FNV-1a: names are short, and the reader looks one up for every keyword that it meets.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols { scopes: vec![Scope::default()] }
    }
}

impl Symbols {
    /// What a name stands for here.
    pub(super) fn find(&self, name: &str) -> Option<Symbol> {
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
