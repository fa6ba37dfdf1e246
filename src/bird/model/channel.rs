//! Channels: what may pass, which table they feed, and how next hops are treated.

use std::sync::Arc;

use ipnet::IpNet;

use super::session::{Peer, Session};
use crate::bird::Configuration;
use crate::bird::effective::{Effective, EffectiveChannel};
use crate::bird::files::Span;
use crate::bird::tree::{Argument, ChannelKind, Item, Policy, ProtocolKind};
use crate::seen::Seen;

/// Something with its place; none where it stands by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// What it is.
    pub what: T,
    /// Where it is written.
    pub span: Option<Span>,
}

/// A channel of a protocol that runs.
#[derive(Clone, Debug)]
pub struct ChannelModel<'t> {
    /// What it carries.
    pub kind: ChannelKind,
    /// Where it stands, in the protocol or in its template.
    pub span: Span,
    /// The table that it feeds and is fed from; none where BIRD would refuse the configuration.
    pub table: Option<Arc<str>>,
    /// What passes from the protocol into the table.
    pub import: Placed<Policy>,
    /// What passes from the table to the protocol.
    pub export: Placed<Policy>,
    /// The network within which alone routes are exported: `export in NET POLICY` of 3.x. `show route export` knows
    /// nothing of it, what neighbours get does (measured on 3.1.8 and 3.4.0).
    pub export_within: Option<IpNet>,
    /// The preference that routes get on import.
    pub preference: Seen<u32>,
    /// How many routes are received.
    pub receive_limit: Option<Limit>,
    /// How many routes are imported.
    pub import_limit: Option<Limit>,
    /// How many routes are exported.
    pub export_limit: Option<Limit>,
    /// `import keep filtered`
    pub keep_filtered: Seen<bool>,
    /// How next hops of received routes are found (BGP).
    pub gateway: Gateway,
    /// The table in which recursive next hops are looked up, where one is named.
    pub igp_table: Option<Arc<str>>,
    /// Whether the own address is announced as next hop (BGP).
    pub next_hop_self: NextHopSelf,
    /// Whether several routes of a prefix are exchanged (BGP).
    pub add_paths: AddPaths,
    /// `secondary`: the first accepted route is exported, not only the best.
    pub secondary: Seen<bool>,
    /// All its options in order, templates' first.
    pub options: Vec<&'t Item>,
}

/// How many routes pass, and what is done when more come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The most that pass.
    pub most: Seen<u32>,
    /// What is done beyond.
    pub action: LimitAction,
    /// Where it is written.
    pub span: Span,
}

/// What is done beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitAction {
    /// Only said in the log.
    Warn,
    /// Further routes are dropped.
    Block,
    /// The protocol is restarted.
    Restart,
    /// The protocol is stopped; the default.
    Disable,
}

/// How next hops of received routes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gateway {
    /// The neighbour must be on a link.
    Direct,
    /// Looked up in a table of BIRD's.
    Recursive,
    /// Whether the session is multihop is not known.
    Unknown,
}

/// Whether the own address is announced as next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextHopSelf {
    /// As the protocol has it.
    Default,
    /// For all routes.
    All,
    /// For routes received from the same AS.
    Ibgp,
    /// For routes received from other ASes.
    Ebgp,
}

/// Whether several routes of a prefix are exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddPaths {
    /// Only the best.
    Off,
    /// Several are received.
    Rx,
    /// Several are sent: the export filter sees every route, not only the best.
    Tx,
    /// Both ways.
    Both,
}

impl Configuration {
    pub(super) fn channel_model<'t>(
        &self,
        one: &Effective<'t>,
        channel: &EffectiveChannel<'t>,
        session: Option<&Session>,
    ) -> ChannelModel<'t> {
        let named =
            |name: &str| channel.option(name).and_then(Item::name_argument).map(|name| name.text.clone());
        // A static protocol names it beside its channel.
        let of_protocol =
            |name: &str| one.option(name).and_then(Item::name_argument).map(|name| name.text.clone());
        let kind = one.protocol.kind;
        ChannelModel {
            kind: channel.kind,
            span: channel.span,
            table: named("table").or_else(|| default_table(channel.kind)),
            import: policy(channel.option("import"), Policy::All),
            export: policy(export(channel), default_export(kind)),
            export_within: export(channel).and_then(network),
            preference: self.number(
                channel.option("preference").and_then(Item::value),
                default_preference(kind, channel.kind),
            ),
            receive_limit: self.limit(channel, "receive limit"),
            import_limit: self.limit(channel, "import limit"),
            export_limit: self.limit(channel, "export limit"),
            keep_filtered: self.switch(channel.option("import keep filtered"), Some(false)),
            gateway: gateway(channel, session),
            igp_table: named("igp table").or_else(|| of_protocol("igp table")),
            next_hop_self: next_hop_self(channel),
            add_paths: add_paths(channel),
            secondary: self.switch(channel.option("secondary"), Some(false)),
            options: channel.options.clone(),
        }
    }

    /// The last limit of a name; `off` takes it away.
    fn limit(&self, channel: &EffectiveChannel<'_>, name: &str) -> Option<Limit> {
        let item = channel.option(name)?;
        let most = item.value()?;
        let action = match () {
            () if item.has_word("warn") => LimitAction::Warn,
            () if item.has_word("block") => LimitAction::Block,
            () if item.has_word("restart") => LimitAction::Restart,
            () => LimitAction::Disable,
        };
        Some(Limit { most: self.number(Some(most), None), action, span: item.span })
    }
}

/// The last of `export POLICY` and `export in NET POLICY`.
fn export<'t>(channel: &EffectiveChannel<'t>) -> Option<&'t Item> {
    channel.options.iter().rfind(|item| matches!(item.name, "export" | "export in")).copied()
}

/// The network of `export in NET POLICY`.
fn network(item: &Item) -> Option<IpNet> {
    item.arguments.iter().find_map(|argument| match argument {
        Argument::Net(net, _) if item.name == "export in" => net.prefix(),
        _ => None,
    })
}

fn policy(written: Option<&Item>, default: Policy) -> Placed<Policy> {
    match written {
        Some(item) => Placed {
            what: item.policy().cloned().unwrap_or(Policy::Opaque(item.span)),
            span: Some(item.span),
        },
        None => Placed { what: default, span: None },
    }
}

/// nest/proto.c, `channel_config_new`: nothing is exported unless the configuration says so.
fn default_export(kind: ProtocolKind) -> Policy {
    match kind {
        ProtocolKind::Pipe | ProtocolKind::L3vpn | ProtocolKind::Evpn => Policy::All,
        _ => Policy::None,
    }
}

/// nest/route.h, `DEF_PREF_*`
fn default_preference(kind: ProtocolKind, channel: ChannelKind) -> Option<u32> {
    match kind {
        ProtocolKind::Direct => Some(240),
        ProtocolKind::Static => Some(200),
        ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => Some(150),
        ProtocolKind::Babel => Some(130),
        ProtocolKind::Rip | ProtocolKind::RipNg => Some(120),
        ProtocolKind::Bgp | ProtocolKind::Rpki => Some(100),
        ProtocolKind::Kernel => Some(10),
        ProtocolKind::L3vpn => {
            Some(if matches!(channel, ChannelKind::Ipv4 | ChannelKind::Ipv6) { 80 } else { 120 })
        }
        _ => None,
    }
}

fn default_table(kind: ChannelKind) -> Option<Arc<str>> {
    match crate::bird::check::table_kind(kind) {
        ChannelKind::Ipv4 => Some("master4".into()),
        ChannelKind::Ipv6 => Some("master6".into()),
        _ => None,
    }
}

/// bgp.c, `bgp_postconfig`: recursive where the session is multihop.
fn gateway(channel: &EffectiveChannel<'_>, session: Option<&Session>) -> Gateway {
    let written = channel.options.iter().rev().find_map(|item| match item.name {
        "gateway direct" => Some(Gateway::Direct),
        "gateway recursive" => Some(Gateway::Recursive),
        _ => None,
    });
    let default = || match session.map(|session| &session.multihop) {
        Some(Seen::Known(0) | Seen::Absent) | None => Gateway::Direct,
        Some(Seen::Known(_)) => Gateway::Recursive,
        Some(Seen::Unseen(_)) => Gateway::Unknown,
    };
    written.unwrap_or_else(default)
}

fn next_hop_self(channel: &EffectiveChannel<'_>) -> NextHopSelf {
    match channel.option("next hop self") {
        Some(item) if item.has_word("ibgp") => NextHopSelf::Ibgp,
        Some(item) if item.has_word("ebgp") => NextHopSelf::Ebgp,
        Some(item) if item.switch() != Some(false) => NextHopSelf::All,
        Some(_) | None => NextHopSelf::Default,
    }
}

fn add_paths(channel: &EffectiveChannel<'_>) -> AddPaths {
    match channel.option("add paths") {
        Some(item) if item.has_word("rx") => AddPaths::Rx,
        Some(item) if item.has_word("tx") => AddPaths::Tx,
        Some(item) if item.switch() != Some(false) => AddPaths::Both,
        Some(_) | None => AddPaths::Off,
    }
}

impl Peer {
    /// The hops that a session takes by default: 64 within one AS, none to another.
    pub(super) fn default_hops(self) -> u32 {
        match self {
            Peer::Internal => 64,
            Peer::External => 0,
        }
    }
}
