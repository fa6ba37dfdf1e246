//! The protocols of a configuration, as far as rules ask about them.

use ipnet::IpNet;

use crate::bird::Configuration;
use crate::bird::model::{self, ChannelModel, ProtocolModel, Session};
use crate::bird::tree::{self, ChannelKind, ProtocolKind, StaticTarget, Tree};
use crate::net::{Family, TableId};
use crate::seen::Seen;
use crate::text::Span;

/// A protocol that a configuration runs.
#[derive(Clone, Debug)]
pub struct BirdProtocol {
    /// Its name, given or made up by BIRD.
    pub name: String,
    /// Where it stands.
    pub line: Span,
    /// Whether it is configured to do nothing.
    pub disabled: Seen<bool>,
    /// Its channels.
    pub channels: Vec<Channel>,
    /// What only its kind has.
    pub detail: Detail,
}

/// What only some kinds of protocols have.
#[derive(Clone, Debug)]
pub enum Detail {
    /// A BGP session, and where it names the neighbour.
    Bgp(Box<Session>, Option<Span>),
    /// Static routes.
    Static(Vec<StaticRoute>),
    /// A synchronisation with one of the kernel's tables.
    Kernel(Seen<TableId>),
    /// A link to another table.
    Pipe(Option<String>),
    /// The watch over the node's links.
    Device,
    /// Any other kind.
    Other,
}

/// A channel of a protocol.
#[derive(Clone, Debug)]
pub struct Channel {
    /// The family of plain routes; none for VPN, flow and other channels.
    pub family: Option<Family>,
    /// The table that it feeds and is fed from.
    pub table: Option<String>,
    /// What passes into the table, and whether the configuration says so.
    pub import: (Policy, bool),
    /// What passes out of the table, and whether the configuration says so.
    pub export: (Policy, bool),
    /// The name of the filter of what comes in, where it has one.
    pub import_filter: Option<String>,
    /// The name of the filter of what goes out, where it has one.
    pub export_filter: Option<String>,
    /// Where it stands.
    pub line: Span,
}

/// What may pass a channel, as far as it can be told without looking into filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everything.
    All,
    /// Nothing.
    None,
    /// What a filter accepts.
    Filter,
    /// It could not be read.
    Unread,
}

/// One static route of plain addresses.
#[derive(Clone, Debug)]
pub struct StaticRoute {
    /// The destination.
    pub prefix: IpNet,
    /// Where it leads.
    pub leads: StaticLeads,
    /// Where it stands.
    pub line: Span,
}

/// Where a static route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaticLeads {
    /// To a gateway or a link.
    Via,
    /// To a gateway that is looked up in BIRD's table.
    Recursive,
    /// Nowhere, in silence.
    Blackhole,
    /// Nowhere, with an answer.
    Unreachable,
    /// Nowhere, with another answer.
    Prohibit,
    /// It could not be read.
    Unread,
}

impl Detail {
    /// The kind in BIRD's word, where it is one that rules tell apart.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Detail::Bgp(..) => Some("bgp"),
            Detail::Static(_) => Some("static"),
            Detail::Kernel(_) => Some("kernel"),
            Detail::Pipe(_) => Some("pipe"),
            Detail::Device => Some("device"),
            Detail::Other => None,
        }
    }
}

impl StaticLeads {
    /// The words, for fields of relations.
    pub const WORDS: &'static [&'static str] =
        &["via", "recursive", "blackhole", "unreachable", "prohibit", "unread"];

    /// The word.
    pub fn word(self) -> &'static str {
        StaticLeads::WORDS[self as usize]
    }
}

/// The protocols that a configuration runs, in the order of the files.
pub(super) fn protocols(configuration: &Configuration) -> Vec<BirdProtocol> {
    configuration.model().protocols.iter().map(|protocol| owned(protocol, &configuration.tree)).collect()
}

fn owned(protocol: &ProtocolModel<'_>, tree: &Tree) -> BirdProtocol {
    BirdProtocol {
        name: protocol.name.to_string(),
        line: protocol.span,
        disabled: protocol.disabled.clone(),
        channels: protocol.channels.iter().map(|known| channel(known, tree)).collect(),
        detail: detail(protocol),
    }
}

fn detail(protocol: &ProtocolModel<'_>) -> Detail {
    match &protocol.detail {
        model::Detail::Bgp(session) => Detail::Bgp(session.clone(), session.neighbor_span),
        model::Detail::Kernel(kernel) => Detail::Kernel(kernel.table.clone()),
        model::Detail::Static(routes) => {
            Detail::Static(routes.iter().filter_map(|known| route(known)).collect())
        }
        model::Detail::Pipe(pipe) => Detail::Pipe(pipe.peer_table.as_deref().map(str::to_owned)),
        model::Detail::Other if protocol.kind == ProtocolKind::Device => Detail::Device,
        model::Detail::Direct(_) | model::Detail::Other => Detail::Other,
    }
}

fn channel(channel: &ChannelModel<'_>, tree: &Tree) -> Channel {
    let name = |policy: &tree::Policy| match policy {
        tree::Policy::Filter(id) => Some(tree.routine(*id).name.as_ref()?.text.to_string()),
        tree::Policy::All | tree::Policy::None | tree::Policy::Where(_) | tree::Policy::Opaque(_) => None,
    };
    Channel {
        family: family(channel.kind),
        table: channel.table.as_deref().map(str::to_owned),
        import: (policy(&channel.import.what), channel.import.span.is_some()),
        export: (policy(&channel.export.what), channel.export.span.is_some()),
        import_filter: name(&channel.import.what),
        export_filter: name(&channel.export.what),
        line: channel.span,
    }
}

fn route(route: &tree::StaticRoute) -> Option<StaticRoute> {
    let tree::Net::Ip(prefix) = route.net else { return None };
    let leads = match route.target {
        StaticTarget::Via(_) | StaticTarget::Multipath(_) => StaticLeads::Via,
        StaticTarget::Recursive(_) => StaticLeads::Recursive,
        StaticTarget::Blackhole => StaticLeads::Blackhole,
        StaticTarget::Unreachable => StaticLeads::Unreachable,
        StaticTarget::Prohibit => StaticLeads::Prohibit,
        StaticTarget::Providers(_) | StaticTarget::None | StaticTarget::Opaque => StaticLeads::Unread,
    };
    Some(StaticRoute { prefix, leads, line: route.span })
}

fn policy(policy: &tree::Policy) -> Policy {
    match policy {
        tree::Policy::All => Policy::All,
        tree::Policy::None => Policy::None,
        tree::Policy::Filter(_) | tree::Policy::Where(_) => Policy::Filter,
        tree::Policy::Opaque(_) => Policy::Unread,
    }
}

fn family(kind: ChannelKind) -> Option<Family> {
    match kind {
        ChannelKind::Ipv4 => Some(Family::V4),
        ChannelKind::Ipv6 => Some(Family::V6),
        _ => None,
    }
}
