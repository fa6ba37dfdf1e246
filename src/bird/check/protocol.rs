//! What BIRD refuses of the protocols but BGP, once they are closed (`postconfig` of each).

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::tree::{Argument, ChannelKind, Expr, ExprKind, Item, ProtocolKind, Table, Type};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// Most protocols judge their templates too.
    pub(super) fn protocol(&mut self, one: &Effective<'t>) {
        self.inheritance(one);
        match one.protocol.kind {
            ProtocolKind::Bgp => {
                self.bgp_neighbors(one);
                if one.runs() {
                    self.bgp(one);
                }
            }
            ProtocolKind::Kernel if one.runs() => self.needs_channel(one),
            ProtocolKind::Static => {
                self.needs_channel(one);
                self.routes_fit(one);
                self.static_tables(one);
            }
            ProtocolKind::Pipe => self.pipe(one),
            ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => self.ospf(one),
            ProtocolKind::Rpki => self.rpki(one),
            ProtocolKind::Mrt => {
                self.needs(one, &["table", "filename", "period"]);
                self.mrt_tables(one);
                self.mrt_period(one);
            }
            ProtocolKind::Bmp if one.runs() => self.bmp(one),
            ProtocolKind::Bridge => {
                self.needs_channel(one);
                self.needs(one, &["bridge device"]);
            }
            ProtocolKind::Aggregator => self.aggregator(one),
            ProtocolKind::Evpn => self.evpn(one),
            ProtocolKind::L3vpn => self.l3vpn(one),
            ProtocolKind::Babel | ProtocolKind::Direct => self.one_ipv6(one),
            ProtocolKind::Radv => self.radv(one),
            ProtocolKind::Kernel
            | ProtocolKind::Bmp
            | ProtocolKind::Bfd
            | ProtocolKind::Device
            | ProtocolKind::Perf
            | ProtocolKind::Rip
            | ProtocolKind::RipNg
            | ProtocolKind::Unknown => {}
        }
    }

    /// Some protocols cannot start from another.
    fn inheritance(&mut self, one: &Effective<'t>) {
        let Some(from) = &one.protocol.from else { return };
        let refusing = match one.protocol.kind {
            ProtocolKind::Babel
            | ProtocolKind::Bmp
            | ProtocolKind::Aggregator
            | ProtocolKind::Ospf2
            | ProtocolKind::Ospf3
            | ProtocolKind::Rip
            | ProtocolKind::RipNg => Versions::ALL,
            _ => Versions::NONE,
        };
        if one.protocol.parent.is_some() {
            self.refuse_in(refusing, from.span, "a protocol of this kind cannot start from another");
        }
    }

    /// Options without which the protocol is refused.
    fn needs(&mut self, one: &Effective<'t>, names: &[&str]) {
        for name in names.iter().filter(|name| one.option(name).is_none()) {
            self.refuse(one.protocol.span, format!("`{name}` is missing"));
        }
    }

    /// A period of nought is none.
    fn mrt_period(&mut self, one: &Effective<'t>) {
        if let Some(item) = one.option("period").filter(|item| self.number(item) == Some(0)) {
            self.refuse(item.span, "`period` is not 0");
        }
    }

    fn static_tables(&mut self, one: &Effective<'t>) {
        for item in one.options.iter().filter(|item| item.name == "igp table") {
            let table = item.name_argument().and_then(|name| self.table_named(&name.text));
            if table.is_some_and(|table| !matches!(table.kind, ChannelKind::Ipv4 | ChannelKind::Ipv6)) {
                self.refuse(item.span, "an IGP table holds IPv4 or IPv6 networks");
            }
        }
    }

    fn pipe(&mut self, one: &Effective<'t>) {
        let limit = one.option("receive limit").filter(|item| !item.has_word("off"));
        if let Some(item) = limit {
            self.refuse(item.span, "a pipe has no receive limit");
        }
        if let Some(item) = one.option("import keep filtered").filter(|item| item.switch() == Some(true)) {
            self.refuse(item.span, "a pipe keeps no filtered routes");
        }
        let kind = self.of_option(one, "table").map(|table| table.kind);
        for item in one.options.iter().filter(|item| matches!(item.name, "import in" | "export in")) {
            let net = item.arguments.iter().find_map(|argument| match argument {
                Argument::Net(net, _) => Some(net),
                _ => None,
            });
            if kind.zip(net).is_some_and(|(kind, net)| !super::channel::takes(kind, net)) {
                self.refuse(item.span, "the network is of another kind than the tables");
            }
        }
        self.table_pair(one);
        if let (Some(primary), Some(peer)) = (self.of_option(one, "table"), self.of_option(one, "peer table"))
            && primary.name.text == peer.name.text
        {
            self.refuse(one.protocol.span, "`table` and `peer table` are the same");
        }
    }

    /// `table` and `peer table`, both there and of one kind.
    fn table_pair(&mut self, one: &Effective<'t>) {
        self.needs(one, &["table", "peer table"]);
        let pair = self.of_option(one, "table").zip(self.of_option(one, "peer table"));
        if pair.is_some_and(|(primary, peer)| primary.kind != peer.kind) {
            self.refuse(one.protocol.span, "`table` and `peer table` hold networks of different kinds");
        }
    }

    fn of_option(&self, one: &Effective<'t>, name: &str) -> Option<&'t Table> {
        one.option(name).and_then(Item::name_argument).and_then(|name| self.table_named(&name.text))
    }

    pub(super) fn table_named(&self, name: &str) -> Option<&'t Table> {
        self.tables.get(name).copied()
    }

    fn aggregator(&mut self, one: &Effective<'t>) {
        self.table_pair(one);
        let lists: Vec<_> = one.options.iter().filter(|item| item.name == "aggregate on").collect();
        if let [_, second, ..] = lists.as_slice() {
            self.refuse(second.span, "a second `aggregate on`");
        }
        for argument in lists.iter().flat_map(|list| &list.arguments) {
            if let Argument::Value(term) = argument {
                self.aggregate_on(term);
            }
        }
        for list in lists.iter().filter(|list| !names_net(list)) {
            self.refuse(list.span, "`aggregate on` wants `net` among what it lists");
        }
    }

    /// A term that routes are aggregated on is a word or stands in parentheses; 3.x keeps values of some types only.
    fn aggregate_on(&mut self, term: &'t Expr) {
        use ExprKind as K;
        let fits = matches!(
            &term.kind,
            K::Attribute(_)
                | K::CustomAttribute(_)
                | K::Constant(_)
                | K::Parenthesised(_)
                | K::Undefined(_)
                | K::Opaque
        );
        if !fits {
            return self.refuse(term.span, "expected an attribute, or a term in parentheses");
        }
        self.term(None, term);
        let ExprKind::Parenthesised(inner) = &term.kind else { return };
        if self.of(None, inner).is_some_and(|ty| !is_aggregated(ty)) {
            let message = "BIRD 3 aggregates on no values of this type but those of attributes";
            self.refuse_in(Versions::THREE, term.span, message);
        }
    }

    fn bmp(&mut self, one: &Effective<'t>) {
        for word in ["ip", "port"] {
            if !one.options.iter().any(|item| item.name == "station address" && item.has_word(word)) {
                self.refuse(one.protocol.span, format!("`station address {word}` is missing"));
            }
        }
    }

    /// IPv6 with or without sources, not both.
    fn one_ipv6(&mut self, one: &Effective<'t>) {
        if self.has_channel(one, ChannelKind::Ipv6) && self.has_channel(one, ChannelKind::Ipv6Sadr) {
            self.refuse(one.protocol.span, "`ipv6` and `ipv6 sadr` exclude each other");
        }
    }

    fn has_channel(&self, one: &Effective<'t>, kind: ChannelKind) -> bool {
        one.channels.iter().any(|channel| channel.kind == kind)
    }

    fn radv(&mut self, one: &Effective<'t>) {
        let interfaces = one.options.iter().filter(|item| item.name == "interface");
        let discovers = interfaces
            .filter_map(|item| item.block()?.iter().rfind(|option| option.name == "router discovery"))
            .any(|option| option.switch() == Some(true));
        if discovers && !self.has_channel(one, ChannelKind::Neighbor) {
            self.refuse(one.protocol.span, "`router discovery` wants a channel of neighbors");
        }
    }

    fn l3vpn(&mut self, one: &Effective<'t>) {
        let pairs = [(ChannelKind::Ipv4, ChannelKind::Vpn4), (ChannelKind::Ipv6, ChannelKind::Vpn6)];
        for (plain, vpn) in pairs {
            if self.has_channel(one, plain) != self.has_channel(one, vpn) {
                self.refuse(one.protocol.span, "channels of addresses and of VPN addresses go together");
            }
        }
        if !self.has_channel(one, ChannelKind::Mpls) {
            self.refuse(one.protocol.span, "the channel `mpls` is missing");
        }
        self.targets(one);
    }

    /// The route distinguisher and the targets, which one option can set for both ways.
    fn targets(&mut self, one: &Effective<'t>) {
        let has = |name: &str| one.option(name).is_some();
        let named = |item: &&&Item| matches!(item.name, "rd" | "route distinguisher");
        let last = one.options.iter().rfind(named).and_then(|item| item.text());
        // To BIRD the distinguisher that is nought is none.
        if last.is_none_or(|text| crate::bird::literal::rd(text).is_some_and(|rd| rd.0 == 0)) {
            self.refuse(one.protocol.span, "the route distinguisher is missing: `rd N:N`");
        }
        for name in ["import target", "export target"] {
            if !has(name) && !has("route target") {
                self.refuse(one.protocol.span, format!("`{name}` is missing"));
            }
        }
    }

    fn evpn(&mut self, one: &Effective<'t>) {
        for (kind, name) in [(ChannelKind::Eth, "eth"), (ChannelKind::Evpn, "evpn")] {
            if !self.has_channel(one, kind) {
                self.refuse(one.protocol.span, format!("the channel `{name}` is missing"));
            }
        }
        self.targets(one);
        let mut encapsulations = one.options.iter().filter(|item| item.name == "encapsulation vxlan");
        if encapsulations.next().is_none() {
            self.refuse(one.protocol.span, "`encapsulation vxlan` is missing");
        }
        if let Some(second) = encapsulations.next() {
            self.refuse(second.span, "a second `encapsulation vxlan`");
        }
        self.vlans(one);
    }

    /// Neither the tags, nor the VNIs, nor the VIDs of two ranges may overlap.
    fn vlans(&mut self, one: &Effective<'t>) {
        for (name, most) in [("", u32::MAX), ("vni", 0x00ff_ffff), ("vid", 0xfff)] {
            let mut ranges = Vec::new();
            for item in one.options.iter().filter(|item| item.name == "vlan") {
                let option =
                    |name: &str| item.block().unwrap_or(&[]).iter().rfind(|option| option.name == name);
                let first = option(name).or(Some(item)).and_then(|item| self.number(item));
                let count = option("range").map_or(Some(1), |item| self.number(item));
                let Some((first, count)) = first.zip(count) else { continue };
                let end = u64::from(first) + u64::from(count);
                if end > u64::from(most) + 1 {
                    self.refuse(item.span, format!("the range of VLANs ends beyond {most}"));
                }
                ranges.push((u64::from(first), end, item.span));
            }
            ranges.sort_by_key(|(first, ..)| *first);
            if let Some(pair) = ranges.windows(2).find(|pair| pair[1].0 < pair[0].1) {
                self.refuse(pair[1].2, "the ranges of two VLANs overlap");
            }
        }
    }

    /// A rule of the cache's options that templates keep too.
    fn rpki(&mut self, one: &Effective<'t>) {
        let remotes: Vec<_> = one.options.iter().filter(|item| item.name == "remote").collect();
        match remotes.as_slice() {
            [] if one.runs() => self.refuse(one.protocol.span, "`remote` is missing: the cache server"),
            [_, second, ..] => self.refuse(second.span, "a second cache server"),
            [] | [_] => {}
        }
        if one.channels.is_empty() {
            self.needs_channel(one);
        }
        let versions = self.setting(one, "min version", 0).zip(self.setting(one, "max version", 2));
        if versions.is_some_and(|(least, most)| least > most) {
            self.refuse(one.protocol.span, "`min version` exceeds `max version`");
        }
        let transports: Vec<_> = one.options.iter().filter(|item| item.name == "transport").collect();
        if let [_, second, ..] = transports.as_slice() {
            self.refuse(second.span, "a second transport");
        }
        transports.iter().for_each(|item| self.rpki_transport(item));
        for item in transports.iter().filter(|item| item.has_word("ssh")) {
            if !item.block().unwrap_or(&[]).iter().any(|option| option.name == "user") {
                self.refuse(item.span, "`user` is missing for ssh");
            }
        }
    }

    /// The number that an option has.
    pub(super) fn number(&self, item: &Item) -> Option<u32> {
        item.value().and_then(|value| self.int(value))
    }
}

impl Item {
    /// The text among the arguments, as it is written.
    fn text(&self) -> Option<&str> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Text(text, _) => Some(&**text),
            _ => None,
        })
    }
}

/// Whether 3.x aggregates on values of a type that a term gives.
fn is_aggregated(ty: Type) -> bool {
    let is_list =
        matches!(ty, Type::Path | Type::CList | Type::EcList | Type::LcList | Type::String | Type::Mask);
    let is_set = matches!(ty, Type::Set | Type::EcSet | Type::LcSet | Type::PrefixSet);
    !is_list && !is_set && !matches!(ty, Type::Void | Type::Prefix)
}

/// Whether `net` stands among what routes are aggregated on.
fn names_net(item: &Item) -> bool {
    let is_net = |value: &Expr| matches!(value.kind, ExprKind::Attribute(name) if name.name() == "net");
    item.arguments.iter().any(|argument| matches!(argument, Argument::Value(value) if is_net(value)))
}
