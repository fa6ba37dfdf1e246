//! The tree of a configuration: what stands in the files, with names bound to what they stand for.
//!
//! Names are bound while reading, since BIRD defines before it uses: a word is a variable, a constant, an
//! attribute or undefined, never "some text" to be looked up again. Ids index the vectors of [`Tree`].
//! A stretch that could not be read is an opaque node; an error says why, and what depends on it is unseen.

mod attribute;
mod command;
mod enumerator;
mod expr;
mod net;
mod protocol;
mod routine;
mod types;

use std::collections::BTreeMap;

pub use attribute::{AttributeClass, BuiltIn};
pub use command::{Arm, Command, CommandKind, LValue, LValueKind, Newline, Verdict};
pub use enumerator::Enumerator;
pub use expr::{
    BinaryOp, Bound, BuiltInCall, Community, EcKind, Expr, ExprKind, MaskItem, MethodCall, PrefixPattern,
    SetItem,
};
pub use net::{FlowSpec, Net, RouteDistinguisher, SadrNet, VpnNet};
pub use protocol::{
    Argument, Channel, ChannelKind, Direction, Gateway, InterfaceId, InterfacePattern, Item, NextHop, Policy,
    Protocol, ProtocolItem, ProtocolKind, Role, StaticRoute, StaticRoutes, StaticTarget, Table,
};
pub use routine::{Constant, CustomAttribute, Routine, RoutineKind, Test, TestKind, Variable};
pub use types::{EnumType, Type};

pub use super::files::Span;

use std::sync::Arc;

/// A name as it was written, quotes taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// Indexes [`Tree::constants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstantId(pub u32);

/// Indexes [`Tree::routines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutineId(pub u32);

/// Indexes [`Routine::variables`] of the routine that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableId(pub u32);

/// Indexes [`Tree::attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(pub u32);

/// Indexes [`Tree::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// Indexes [`Tree::protocols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u32);

/// A whole configuration, includes read into it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The top-level statements in the order of reading.
    pub statements: Vec<Statement>,
    /// Every `define`.
    pub constants: Vec<Constant>,
    /// Every function, filter, nameless filter, `where` term and command block of a static route.
    pub routines: Vec<Routine>,
    /// Every `attribute`.
    pub attributes: Vec<CustomAttribute>,
    /// Every table, `master4` and `master6` first.
    pub tables: Vec<Table>,
    /// Every protocol and template.
    pub protocols: Vec<Protocol>,
    /// Where `mpls` stands behind the network of a static route, which gives it a label, by where the route begins:
    /// few routes have one, and there may be very many routes.
    pub labels: BTreeMap<u32, Span>,
    /// The names of interfaces to which static routes lead, each once.
    pub interfaces: Vec<Arc<str>>,
    /// Every `bt_test_suite` and `bt_test_same`.
    pub tests: Vec<Test>,
    /// Whether calls, and the least and the greatest member of a list, have no type before they run, as before 2.14.
    pub types_late: bool,
}

/// A top-level statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `define NAME = term;`
    Define(ConstantId),
    /// `function …` or `filter …`
    Routine(RoutineId),
    /// `attribute TYPE NAME;`
    Attribute(AttributeId),
    /// `ipv4 table NAME;`
    Table(TableId),
    /// `protocol …` or `template …`
    Protocol(ProtocolId),
    /// `bt_test_suite(…);` or `bt_test_same(…);`: the index in [`Tree::tests`].
    Test(u32),
    /// `eval term;`, whose number nobody uses.
    Eval(Expr),
    /// Any other option: `router id 192.0.2.1;`, `log syslog all;`.
    Option(Item),
    /// What could not be read; an error points at it.
    Opaque(Span),
}

impl Tree {
    /// The constant with an id.
    pub fn constant(&self, id: ConstantId) -> &Constant {
        &self.constants[id.0 as usize]
    }

    /// The routine with an id.
    pub fn routine(&self, id: RoutineId) -> &Routine {
        &self.routines[id.0 as usize]
    }

    /// The custom attribute with an id.
    pub fn attribute(&self, id: AttributeId) -> &CustomAttribute {
        &self.attributes[id.0 as usize]
    }

    /// The table with an id.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    /// The protocol or template with an id.
    pub fn protocol(&self, id: ProtocolId) -> &Protocol {
        &self.protocols[id.0 as usize]
    }

    /// The name of an interface to which static routes lead.
    pub fn interface(&self, id: InterfaceId) -> &Arc<str> {
        &self.interfaces[id.0.get() as usize - 1]
    }

    /// The function or filter of a name; where a broken file has several, the last.
    pub fn routine_named(&self, name: &str) -> Option<RoutineId> {
        let named = |r: &Routine| r.name.as_ref().is_some_and(|n| &*n.text == name);
        self.routines.iter().rposition(named).map(|index| RoutineId(index as u32))
    }

    /// The constant of a name; where a broken file has several, the last.
    pub fn constant_named(&self, name: &str) -> Option<ConstantId> {
        let index = self.constants.iter().rposition(|c| &*c.name.text == name)?;
        Some(ConstantId(index as u32))
    }
}
