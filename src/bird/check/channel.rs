//! What BIRD refuses of channels.

use super::Check;
use crate::bird::effective::{Effective, EffectiveChannel};
use crate::bird::tree::{ChannelKind, Net, ProtocolItem, ProtocolKind, Table};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// A kind of channel stands at most once in a protocol.
    pub(super) fn repeated_channels(&mut self, one: &Effective<'t>) {
        let mut seen = Vec::new();
        for item in &one.protocol.items {
            if let ProtocolItem::Channel(channel) = item {
                if seen.contains(&channel.kind) {
                    self.refuse(channel.span, "a second channel of one kind");
                }
                seen.push(channel.kind);
            }
        }
    }

    pub(super) fn channels(&mut self, one: &Effective<'t>) {
        let kind = one.protocol.kind;
        for (index, channel) in one.channels.iter().enumerate() {
            if channel.kind == ChannelKind::Pipe {
                continue;
            }
            self.channel_table(channel);
            if !carries(kind, channel.kind) {
                self.refuse(channel.span, "a protocol of this kind has no such channel");
            }
            if has_one_channel(kind)
                && channel.kind != ChannelKind::Mpls
                && index > 0
                && one.channels[0].kind != ChannelKind::Mpls
            {
                self.refuse(
                    channel.span,
                    "a protocol of this kind has one channel, and this is a second of another kind",
                );
            }
        }
    }

    /// Every channel needs a table of its own kind; only IPv4 and IPv6 have one by default.
    fn channel_table(&mut self, channel: &EffectiveChannel<'t>) {
        match self.table_of(channel) {
            None if channel.option("table").is_none() => {
                self.refuse(channel.span, "no table: channels of this kind have none by default");
            }
            Some(table) if table.kind != table_kind(channel.kind) => {
                let span = channel.option("table").map_or(channel.span, |item| item.span);
                self.refuse(
                    span,
                    format!(
                        "the table `{}` holds networks of another kind than the channel",
                        table.name.text
                    ),
                );
            }
            _ => {}
        }
    }

    /// The table of a channel: the one it names, else the default for its kind, which a configuration may make.
    pub(super) fn table_of(&self, channel: &EffectiveChannel<'t>) -> Option<&'t Table> {
        let named = channel.option("table").and_then(|item| item.name_argument());
        let name = match named {
            Some(name) => &*name.text,
            None => default_table(table_kind(channel.kind))?,
        };
        self.tree.tables.iter().rfind(|table| &*table.name.text == name)
    }

    /// A route goes into a channel of its own kind.
    pub(super) fn routes_fit(&mut self, one: &Effective<'t>) {
        let Some(channel) =
            one.channels.iter().find(|c| c.kind != ChannelKind::Mpls).or(one.channels.first())
        else {
            return;
        };
        for route in &one.routes {
            if !takes(channel.kind, &route.net) {
                self.refuse(
                    route.span,
                    format!("`{}` is no network for the channel of this protocol", route.net),
                );
            }
        }
    }

    /// Filters of a pipe and a BGP session differ from others only in what stands by default.
    pub(super) fn needs_channel(&mut self, one: &Effective<'t>) {
        if one.channels.is_empty() {
            self.refuse(one.protocol.span, "no channel: `ipv4 { … };` or `ipv6 { … };` is missing");
        }
    }

    /// Receive limits are not for pipes.
    pub(super) fn pipe_limits(&mut self, one: &Effective<'t>) {
        if let Some(item) = one.option("receive limit") {
            self.refuse_in(Versions::ALL, item.span, "a pipe has no receive limit");
        }
    }
}

/// The table that BIRD makes for a kind of network.
fn default_table(kind: ChannelKind) -> Option<&'static str> {
    match kind {
        ChannelKind::Ipv4 => Some("master4"),
        ChannelKind::Ipv6 => Some("master6"),
        _ => None,
    }
}

/// The kind of table that a channel feeds.
pub(in crate::bird) fn table_kind(kind: ChannelKind) -> ChannelKind {
    match kind {
        ChannelKind::Ipv4Multicast | ChannelKind::Ipv4Mpls => ChannelKind::Ipv4,
        ChannelKind::Ipv6Multicast | ChannelKind::Ipv6Mpls => ChannelKind::Ipv6,
        ChannelKind::Vpn4Multicast | ChannelKind::Vpn4Mpls => ChannelKind::Vpn4,
        ChannelKind::Vpn6Multicast | ChannelKind::Vpn6Mpls => ChannelKind::Vpn6,
        kind => kind,
    }
}

/// Whether a protocol has one channel only, besides that of its labels.
fn has_one_channel(kind: ProtocolKind) -> bool {
    matches!(
        kind,
        ProtocolKind::Kernel
            | ProtocolKind::Static
            | ProtocolKind::Rip
            | ProtocolKind::RipNg
            | ProtocolKind::Radv
            | ProtocolKind::Perf
            | ProtocolKind::Ospf2
            | ProtocolKind::Ospf3
            | ProtocolKind::Bridge
    )
}

/// Whether a protocol can have a channel of a kind.
fn carries(protocol: ProtocolKind, channel: ChannelKind) -> bool {
    use ChannelKind as C;
    match protocol {
        ProtocolKind::Babel => matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr | C::Mpls),
        ProtocolKind::Direct => matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr),
        ProtocolKind::Kernel => matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr | C::Mpls),
        ProtocolKind::Ospf2 => matches!(channel, C::Ipv4 | C::Mpls),
        ProtocolKind::Ospf3 | ProtocolKind::Perf => matches!(channel, C::Ipv4 | C::Ipv6 | C::Mpls),
        ProtocolKind::Radv | ProtocolKind::RipNg => matches!(channel, C::Ipv6 | C::Mpls),
        ProtocolKind::Rip => matches!(channel, C::Ipv4 | C::Mpls),
        ProtocolKind::Rpki => matches!(channel, C::Roa4 | C::Roa6 | C::Aspa),
        ProtocolKind::L3vpn => matches!(channel, C::Ipv4 | C::Ipv6 | C::Vpn4 | C::Vpn6 | C::Mpls),
        ProtocolKind::Bmp | ProtocolKind::Mrt | ProtocolKind::Bfd | ProtocolKind::Device => false,
        ProtocolKind::Bgp
        | ProtocolKind::Static
        | ProtocolKind::Pipe
        | ProtocolKind::Aggregator
        | ProtocolKind::Evpn
        | ProtocolKind::Bridge
        | ProtocolKind::Unknown => true,
    }
}

/// Whether a channel of a kind takes a network.
pub(in crate::bird) fn takes(kind: ChannelKind, net: &Net) -> bool {
    use ChannelKind as C;
    let by_family =
        |prefix: &ipnet::IpNet, four: C, six: C| kind == if prefix.addr().is_ipv4() { four } else { six };
    match net {
        Net::Ip(prefix) => by_family(prefix, C::Ipv4, C::Ipv6),
        Net::Sadr { .. } => kind == C::Ipv6Sadr,
        Net::Vpn(_, prefix) => by_family(prefix, C::Vpn4, C::Vpn6),
        Net::Roa { prefix, .. } => by_family(prefix, C::Roa4, C::Roa6),
        Net::Flow(flow) => kind == if flow.text.starts_with("flow4") { C::Flow4 } else { C::Flow6 },
        Net::Mpls(_) => kind == C::Mpls,
        Net::Aspa(_) => kind == C::Aspa,
        Net::Other(_) => true,
    }
}
