//! What a configuration means: templates applied, channels merged, defaults filled in by kind and version.
//!
//! Built on demand and borrowed from the tree. A value that depends on a term which is not plain, or on text
//! that could not be read, is unseen with its reason, never guessed.

mod channel;
mod kernel;
mod session;
mod value;

use std::sync::Arc;

pub use channel::{AddPaths, ChannelModel, Gateway, Limit, LimitAction, NextHopSelf, Placed};
pub use kernel::{Direct, Kernel, Learn, Pipe};
pub use session::{Password, Peer, Session};

use super::effective::{Effective, effective};
use super::files::Span;
use super::tree::{InterfacePattern, Item, ProtocolId, ProtocolKind, Role, Statement, StaticRoute, Table};
use super::{Configuration, tree};
use crate::seen::Seen;

/// What a configuration means.
#[derive(Clone, Debug)]
pub struct Model<'t> {
    /// `router id`, where one is set for all.
    pub router_id: Seen<u32>,
    /// The tables, `master4` and `master6` first.
    pub tables: &'t [Table],
    /// The protocols that run, in the order of the files; templates are applied and left out.
    pub protocols: Vec<ProtocolModel<'t>>,
}

/// A protocol that runs.
#[derive(Clone, Debug)]
pub struct ProtocolModel<'t> {
    /// Its place in the tree.
    pub id: ProtocolId,
    /// Its name, given or made up.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: ProtocolKind,
    /// Where it stands.
    pub span: Span,
    /// `disabled`: it is configured and does nothing.
    pub disabled: Seen<bool>,
    /// `description`
    pub description: Option<Arc<str>>,
    /// Its channels.
    pub channels: Vec<ChannelModel<'t>>,
    /// What only its kind has.
    pub detail: Detail<'t>,
    /// Something of it that could not be read; what depends on it is not known.
    pub unread: Option<Span>,
}

/// What only some kinds of protocols have.
#[derive(Clone, Debug)]
pub enum Detail<'t> {
    /// A BGP session.
    Bgp(Box<Session>),
    /// A synchronisation with the kernel.
    Kernel(Box<Kernel>),
    /// Static routes, inherited ones first.
    Static(Vec<&'t StaticRoute>),
    /// Routes for the connected networks.
    Direct(Direct<'t>),
    /// A link between two tables.
    Pipe(Pipe),
    /// Any other kind.
    Other,
}

impl Configuration {
    /// What the configuration means.
    pub fn model(&self) -> Model<'_> {
        let tree = &self.tree;
        let ids = (0..tree.protocols.len()).map(|id| ProtocolId(id as u32));
        let running = ids.filter(|id| tree.protocol(*id).role == Role::Instance);
        Model {
            router_id: self.router_id(),
            tables: &tree.tables,
            protocols: running.map(|id| self.protocol_model(id)).collect(),
        }
    }

    fn router_id(&self) -> Seen<u32> {
        let set = self.tree.statements.iter().rev().find_map(|statement| match statement {
            Statement::Option(item) if item.name == "router id" => Some(item),
            _ => None,
        });
        set.and_then(Item::value).map_or(Seen::Absent, |value| self.id(value))
    }

    fn protocol_model(&self, id: ProtocolId) -> ProtocolModel<'_> {
        let one = effective(&self.tree, id);
        let detail = self.detail(&one);
        let hops = match &detail {
            Detail::Bgp(session) => Some(session.as_ref()),
            _ => None,
        };
        ProtocolModel {
            id,
            name: one.protocol.name.text.clone(),
            kind: one.protocol.kind,
            span: one.protocol.span,
            disabled: self.switch(one.option("disabled"), Some(false)),
            description: one
                .option("description")
                .and_then(Item::value)
                .and_then(|value| super::plain::text(&self.tree, value)),
            channels: one.channels.iter().map(|channel| self.channel_model(&one, channel, hops)).collect(),
            detail,
            unread: one.opaque,
        }
    }

    fn detail<'t>(&'t self, one: &Effective<'t>) -> Detail<'t> {
        match one.protocol.kind {
            ProtocolKind::Bgp => Detail::Bgp(Box::new(self.session(one))),
            ProtocolKind::Kernel => Detail::Kernel(Box::new(self.kernel(one))),
            ProtocolKind::Static => Detail::Static(one.routes.iter().copied().flatten().collect()),
            ProtocolKind::Direct => Detail::Direct(Direct { interfaces: interfaces(one) }),
            ProtocolKind::Pipe => Detail::Pipe(self.pipe(one)),
            ProtocolKind::Aggregator
            | ProtocolKind::Babel
            | ProtocolKind::Bfd
            | ProtocolKind::Bmp
            | ProtocolKind::Bridge
            | ProtocolKind::Device
            | ProtocolKind::Evpn
            | ProtocolKind::L3vpn
            | ProtocolKind::Mrt
            | ProtocolKind::Ospf2
            | ProtocolKind::Ospf3
            | ProtocolKind::Perf
            | ProtocolKind::Radv
            | ProtocolKind::Rip
            | ProtocolKind::RipNg
            | ProtocolKind::Rpki
            | ProtocolKind::Unknown => Detail::Other,
        }
    }
}

/// Every list of interface patterns; a link is chosen where one of the lists chooses it.
fn interfaces<'t>(one: &Effective<'t>) -> Vec<&'t [InterfacePattern]> {
    let lists = one.options.iter().filter(|item| item.name == "interface");
    lists.filter_map(|item| item.arguments.iter().find_map(patterns)).collect()
}

fn patterns(argument: &tree::Argument) -> Option<&[InterfacePattern]> {
    match argument {
        tree::Argument::Interfaces(patterns) => Some(patterns),
        _ => None,
    }
}

impl<'t> Model<'t> {
    /// The protocol of a name.
    pub fn protocol(&self, name: &str) -> Option<&ProtocolModel<'t>> {
        self.protocols.iter().find(|protocol| &*protocol.name == name)
    }
}
