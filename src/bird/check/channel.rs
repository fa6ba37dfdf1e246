//! What BIRD refuses of channels.

use super::Check;
use crate::bird::effective::{Effective, EffectiveChannel};
use crate::bird::tree::{
    Argument, Channel, ChannelKind, Item, Net, Protocol, ProtocolItem, ProtocolKind, Statement, Table,
};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// A kind of channel stands at most once in a protocol.
    pub(super) fn repeated_channels(&mut self, one: &Effective<'t>) {
        let mut seen = Vec::new();
        for item in &one.protocol.items {
            if let ProtocolItem::Channel(channel) = item {
                // OSPF carries one table of a family, be it the multicast one.
                let kind = match one.protocol.kind {
                    ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => table_kind(channel.kind),
                    _ => channel.kind,
                };
                if seen.contains(&kind) {
                    self.refuse(channel.span, "a second channel of one kind");
                }
                seen.push(kind);
            }
        }
    }

    pub(super) fn channels(&mut self, one: &Effective<'t>) {
        let kind = one.protocol.kind;
        let mut main = fixed_channel(kind);
        for channel in one.channels.iter().filter(|channel| channel.kind != ChannelKind::Pipe) {
            self.channel_table(one, channel);
            if !carries(kind, channel.kind) {
                self.refuse(channel.span, "a protocol of this kind has no such channel");
            }
            let apart = matches!(channel.kind, ChannelKind::Mpls | ChannelKind::Neighbor) && !self.is_old();
            if main.is_some_and(|main| main != table_kind(channel.kind)) && !apart {
                self.refuse(
                    channel.span,
                    "a protocol of this kind has one channel, and this is a second of another kind",
                );
            }
            let labels = channel.kind == ChannelKind::Mpls && kind != ProtocolKind::Kernel && !self.is_old();
            if has_one_channel(kind) && !labels {
                main = Some(table_kind(channel.kind));
            }
            if channel.kind == ChannelKind::Mpls {
                self.label_range(channel);
            }
            if kind == ProtocolKind::Bgp {
                self.bgp_channel_options(channel);
            }
        }
    }

    /// Whether it is a version before 2.14, to which labels are a channel like others.
    fn is_old(&self) -> bool {
        Versions::before((13, 0), (0, 0)).accept(self.version)
    }

    /// `export in` wants a network of the channel's own kind.
    pub(super) fn export_networks(&mut self, channel: &Channel) {
        for item in channel.items.iter().filter(|item| item.name == "export in") {
            let net = item.arguments.iter().find_map(|argument| match argument {
                Argument::Net(net, _) => Some(net),
                _ => None,
            });
            if net.is_some_and(|net| !takes(table_kind(channel.kind), net)) {
                self.refuse(item.span, "the network is of another kind than the channel");
            }
        }
    }

    /// The label range of a channel is one of its own domain, which is the first unless it names another.
    fn label_range(&mut self, channel: &EffectiveChannel<'t>) {
        let domains: Vec<&Item> = self.tree.statements.iter().filter_map(mpls_domain).collect();
        let Some(item) = channel.option("label range") else { return };
        let Some(range) = item.name_argument().map(|name| name.text.clone()) else { return };
        let named = channel.option("domain").and_then(Item::name_argument);
        let holds = |domain: &Item| {
            let ranges = domain.block().unwrap_or(&[]).iter().filter_map(Item::name_argument);
            ranges.into_iter().any(|name| name.text == range)
        };
        let own = match named {
            Some(name) => domains.iter().find(|one| one.name_argument().is_some_and(|n| n.text == name.text)),
            None => domains.first(),
        };
        let elsewhere = domains.iter().any(|domain| holds(domain));
        if elsewhere && own.is_some_and(|own| !holds(own)) && !matches!(&*range, "static" | "dynamic") {
            self.refuse(item.span, format!("the label range `{range}` is of another domain"));
        }
    }

    /// Every channel needs a table of its own kind; only IPv4 and IPv6 have one from the start.
    fn channel_table(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>) {
        for item in channel.options.iter().filter(|item| item.name == "table") {
            let table = item.name_argument().and_then(|name| self.table_named(&name.text));
            if table.is_some_and(|table| table.kind != table_kind(channel.kind)) {
                self.refuse(item.span, "the table holds networks of another kind than the channel");
            }
        }
        if self.table_of(one, channel).is_none() && channel.option("table").is_none() {
            self.refuse(channel.span, "no table: none is defined before for channels of this kind");
        }
    }

    /// The table of a channel: the one it names, else the default for its kind.
    pub(super) fn table_of(&self, one: &Effective<'t>, channel: &EffectiveChannel<'t>) -> Option<&'t Table> {
        match channel.option("table").and_then(|item| item.name_argument()) {
            Some(name) => self.table_named(&name.text),
            None => self.default_table(one, table_kind(channel.kind)),
        }
    }

    /// `master4`, `master6`, or the first table of a kind that is defined before the protocol.
    pub(super) fn default_table(&self, one: &Effective<'t>, kind: ChannelKind) -> Option<&'t Table> {
        let name = match kind {
            ChannelKind::Ipv4 => "master4",
            ChannelKind::Ipv6 => "master6",
            _ => return self.tables_before(one.protocol).iter().find(|table| table.kind == kind),
        };
        self.table_named(name)
    }

    /// The tables that are defined when a protocol is read.
    fn tables_before(&self, protocol: &Protocol) -> &'t [Table] {
        let at = self.tree.protocols.iter().position(|other| std::ptr::eq(other, protocol)).unwrap_or(0);
        let count = self.tables_at.get(at).copied().unwrap_or(self.tree.tables.len());
        &self.tree.tables[..count]
    }

    /// A route goes into a channel of its own kind.
    pub(super) fn routes_fit(&mut self, one: &Effective<'t>) {
        let Some(channel) =
            one.channels.iter().find(|c| c.kind != ChannelKind::Mpls).or(one.channels.first())
        else {
            return;
        };
        let labels = one.channels.iter().any(|channel| channel.kind == ChannelKind::Mpls);
        for route in one.routes.iter().copied().flatten() {
            let label = self.tree.labels.get(&route.span.start).copied();
            if let Some(span) = label.filter(|_| !labels || channel.kind == ChannelKind::Mpls) {
                let versions = Versions::since((14, 0), (0, 0));
                self.refuse_in(versions, span, "a label wants the channel `mpls` besides that of the route");
            }
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
}

/// The definition of a domain of labels.
fn mpls_domain(statement: &Statement) -> Option<&Item> {
    match statement {
        Statement::Option(item) if item.name == "mpls domain" => Some(item),
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

/// The kind of channel that a protocol has before any is given.
fn fixed_channel(kind: ProtocolKind) -> Option<ChannelKind> {
    match kind {
        ProtocolKind::Ospf2 | ProtocolKind::Rip => Some(ChannelKind::Ipv4),
        ProtocolKind::RipNg | ProtocolKind::Radv => Some(ChannelKind::Ipv6),
        ProtocolKind::Bridge => Some(ChannelKind::Eth),
        _ => None,
    }
}

/// Whether a protocol has one channel only, that which is given first.
fn has_one_channel(kind: ProtocolKind) -> bool {
    matches!(kind, ProtocolKind::Kernel | ProtocolKind::Static | ProtocolKind::Perf | ProtocolKind::Ospf3)
}

/// Whether a protocol can have a channel of a kind.
fn carries(protocol: ProtocolKind, channel: ChannelKind) -> bool {
    use ChannelKind as C;
    match protocol {
        ProtocolKind::Babel | ProtocolKind::Direct => matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr),
        ProtocolKind::Kernel => matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr | C::Mpls),
        ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => {
            matches!(channel, C::Ipv4 | C::Ipv6 | C::Ipv4Multicast | C::Ipv6Multicast)
        }
        ProtocolKind::Perf | ProtocolKind::Rip | ProtocolKind::RipNg => matches!(channel, C::Ipv4 | C::Ipv6),
        ProtocolKind::Radv => matches!(channel, C::Ipv6 | C::Neighbor),
        ProtocolKind::Rpki => matches!(channel, C::Roa4 | C::Roa6 | C::Aspa),
        ProtocolKind::L3vpn => matches!(channel, C::Ipv4 | C::Ipv6 | C::Vpn4 | C::Vpn6 | C::Mpls),
        ProtocolKind::Evpn => matches!(channel, C::Eth | C::Evpn | C::Mpls),
        ProtocolKind::Bridge => channel == C::Eth,
        ProtocolKind::Bmp | ProtocolKind::Mrt | ProtocolKind::Bfd | ProtocolKind::Device => false,
        ProtocolKind::Bgp => {
            !matches!(channel, C::Roa4 | C::Roa6 | C::Ipv6Sadr | C::Vpn4 | C::Vpn6 | C::Eth | C::Aspa)
        }
        ProtocolKind::Static => !matches!(
            channel,
            C::Ipv4Multicast
                | C::Ipv6Multicast
                | C::Ipv4Mpls
                | C::Ipv6Mpls
                | C::Vpn4Multicast
                | C::Vpn6Multicast
                | C::Vpn4Mpls
                | C::Vpn6Mpls
        ),
        ProtocolKind::Pipe | ProtocolKind::Aggregator | ProtocolKind::Unknown => true,
    }
}

/// Whether a channel of a kind takes a network.
pub(in crate::bird) fn takes(kind: ChannelKind, net: &Net) -> bool {
    use ChannelKind as C;
    let by_family =
        |prefix: &ipnet::IpNet, four: C, six: C| kind == if prefix.addr().is_ipv4() { four } else { six };
    match net {
        Net::Ip(prefix) => by_family(prefix, C::Ipv4, C::Ipv6),
        Net::Sadr(_) => kind == C::Ipv6Sadr,
        Net::Vpn(vpn) => by_family(&vpn.prefix, C::Vpn4, C::Vpn6),
        Net::Roa { prefix, .. } => by_family(prefix, C::Roa4, C::Roa6),
        Net::Flow(flow) => kind == if flow.text.starts_with("flow4") { C::Flow4 } else { C::Flow6 },
        Net::Mpls(_) => kind == C::Mpls,
        Net::Aspa(_) => kind == C::Aspa,
        Net::Other(text) => match text.split(' ').next() {
            Some("eth") => kind == C::Eth,
            Some("evpn") => kind == C::Evpn,
            Some("neighbor") => kind == C::Neighbor,
            _ => true,
        },
    }
}
