//! What BIRD refuses although it is well formed: judged on the tree, by the eyes of one version.

mod bgp;
mod bgp_channel;
mod channel;
mod code;
mod fold;
mod instruction;
mod interface;
mod method;
mod option;
mod ospf;
mod password;
mod protocol;
mod set;
mod top;

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

pub(super) use channel::table_kind;

use super::effective::{Effective, effective};
use super::error::{Error, ErrorKind};
use super::eval::Interpreter;
use super::eval::value::Value;
use super::files::Span;
use super::plain;
use super::tree::{ChannelKind, Expr, ProtocolId, ProtocolItem, ProtocolKind, Statement, Table, Tree};
use super::version::{Version, Versions};

/// What a configuration is judged by, and what was found.
pub(super) struct Check<'t> {
    tree: &'t Tree,
    version: Version,
    /// What evaluates constant terms.
    interpreter: Interpreter<'t>,
    errors: Vec<Error>,
    /// Every table by its name; where a broken file has several of a name, the last.
    tables: HashMap<&'t str, &'t Table>,
    /// How many tables there are when each protocol is read.
    tables_at: Vec<usize>,
    /// The conditions around the command that is walked, and whether each holds there.
    conditions: Vec<(&'t Expr, bool)>,
}

/// Judges a tree.
pub(super) fn check(tree: &Tree, version: Version, end: Span) -> Vec<Error> {
    let interpreter = Interpreter::new(tree, version);
    let mut check = Check {
        tree,
        version,
        interpreter,
        errors: Vec::new(),
        tables: tree.tables.iter().map(|table| (&*table.name.text, table)).collect(),
        tables_at: tables_at(tree),
        conditions: Vec::new(),
    };
    check.code();
    check.top();
    check.protocols(end);
    check.errors
}

impl<'t> Check<'t> {
    fn refuse(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Error { span, message: message.into(), kind: ErrorKind::Meaning });
    }

    /// Refuses where the version is among those that do.
    fn refuse_in(&mut self, versions: Versions, span: Span, message: impl Into<String>) {
        if versions.accept(self.version) {
            self.refuse(span, message);
        }
    }

    /// The int of a term that stands outside of code, which may be computed.
    fn int(&self, term: &Expr) -> Option<u32> {
        plain::int(self.tree, term).or_else(|| match self.interpreter.term(term, None) {
            Ok(Value::Int(number)) => Some(number),
            _ => None,
        })
    }

    /// The address of such a term.
    fn address(&self, term: &Expr) -> Option<IpAddr> {
        plain::address(self.tree, term).or_else(|| match self.interpreter.term(term, None) {
            Ok(Value::Ip(address)) => Some(IpAddr::from(address.0.to_be_bytes()).to_canonical()),
            _ => None,
        })
    }

    fn protocols(&mut self, end: Span) {
        let tree = self.tree;
        let all: Vec<Effective<'t>> =
            (0..tree.protocols.len()).map(|id| effective(tree, ProtocolId(id as u32))).collect();
        if !all.iter().any(Effective::runs) {
            let message = "no protocol is defined, and BIRD wants at least one".to_owned();
            self.errors.push(Error { span: end, message, kind: ErrorKind::Incomplete });
        }
        for one in &all {
            for item in &one.protocol.items {
                match item {
                    ProtocolItem::Channel(channel) => {
                        self.option_terms(&channel.items);
                        self.export_networks(channel);
                    }
                    ProtocolItem::Option(item) => self.option_terms([item]),
                    ProtocolItem::Opaque(_) => {}
                }
            }
            self.repeated_channels(one);
            // What is missing may stand in what could not be read.
            if one.opaque.is_none() {
                self.channels(one);
                self.options(one);
                self.protocol(one);
            }
        }
        self.shared(&all);
    }

    /// What two protocols may not share.
    fn shared(&mut self, all: &[Effective<'t>]) {
        let running = || all.iter().filter(|one| one.runs());
        let devices: Vec<_> = all.iter().filter(|one| one.protocol.kind == ProtocolKind::Device).collect();
        for second in devices.iter().skip(1) {
            self.refuse(
                second.protocol.span,
                "a second `protocol device`; BIRD has one at most, templates among them",
            );
        }
        let mut attached: BTreeSet<&str> = BTreeSet::new();
        for kernel in running().filter(|one| one.protocol.kind == ProtocolKind::Kernel) {
            let tables: Vec<_> = kernel
                .channels
                .iter()
                .filter(|channel| channel.kind != ChannelKind::Mpls || kernel.channels.len() == 1)
                .filter_map(|channel| self.table_of(kernel, channel))
                .collect();
            for table in tables {
                if !attached.insert(&table.name.text) {
                    self.refuse(
                        kernel.protocol.span,
                        format!("another `protocol kernel` is attached to the table `{}`", table.name.text),
                    );
                }
            }
        }
    }
}

/// How many tables are defined before each protocol, by its id.
fn tables_at(tree: &Tree) -> Vec<usize> {
    let mut tables = 2;
    let mut at = Vec::with_capacity(tree.protocols.len());
    for statement in &tree.statements {
        if let Statement::Table(id) = statement {
            tables = id.0 as usize + 1;
        } else if let Statement::Protocol(id) = statement {
            // A protocol that could not be read has an id all the same.
            at.resize(id.0 as usize + 1, tables);
        }
    }
    at
}
