//! What BIRD refuses of the channels of a BGP session (proto/bgp/config.Y, and `bgp_postconfig`).

use super::Check;
use super::bgp::Session;
use crate::bird::effective::{Effective, EffectiveChannel};
use crate::bird::tree::{ChannelKind, Item, Table};

impl<'t> Check<'t> {
    /// What is refused where it stands, in templates too.
    pub(super) fn bgp_channel_options(&mut self, channel: &EffectiveChannel<'t>) {
        let is_flow = matches!(channel.kind, ChannelKind::Flow4 | ChannelKind::Flow6);
        for item in &channel.options {
            match item.name {
                "export settle time" => self.settle_time(item),
                "igp table" => self.bgp_igp_table(channel, item),
                "base table" if is_flow => self.bgp_base_table(channel, item),
                "base table" | "validate" if !is_flow => {
                    self.refuse(item.span, format!("`{}` is for channels of flow specifications", item.name))
                }
                _ => {}
            }
        }
    }

    /// Next hops are looked up in a table of addresses.
    fn bgp_igp_table(&mut self, channel: &EffectiveChannel<'t>, item: &Item) {
        if matches!(channel.kind, ChannelKind::Flow4 | ChannelKind::Flow6) {
            return self.refuse(item.span, "flow specifications have no next hop and no IGP table");
        }
        let table = self.table_argument(item);
        if table.is_some_and(|table| !matches!(table.kind, ChannelKind::Ipv4 | ChannelKind::Ipv6)) {
            self.refuse(item.span, "an IGP table holds IPv4 or IPv6 networks");
        }
    }

    fn bgp_base_table(&mut self, channel: &EffectiveChannel<'t>, item: &Item) {
        let wanted = if channel.kind == ChannelKind::Flow4 { ChannelKind::Ipv4 } else { ChannelKind::Ipv6 };
        if self.table_argument(item).is_some_and(|table| table.kind != wanted) {
            self.refuse(item.span, "the base table holds networks of another family");
        }
    }

    fn table_argument(&self, item: &Item) -> Option<&'t Table> {
        item.name_argument().and_then(|name| self.table_named(&name.text))
    }

    /// What is judged once the session is closed.
    pub(super) fn bgp_channel(
        &mut self,
        one: &Effective<'t>,
        channel: &EffectiveChannel<'t>,
        session: &Session<'t>,
    ) {
        match channel.kind {
            ChannelKind::Mpls => return,
            ChannelKind::Neighbor => {
                let ranges = one.options.iter().any(|item| item.name == "neighbor" && item.has_word("range"));
                if !ranges {
                    self.refuse(channel.span, "a channel of neighbors wants `neighbor range`");
                }
                return;
            }
            _ => {}
        }
        self.bgp_policies(one, channel, session);
        self.bgp_gateway(one, channel, session);
        self.bgp_validation(one, channel);
        self.bgp_stale_times(one, channel);
    }

    /// RFC 8212: a session with another AS says what it takes and gives.
    fn bgp_policies(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>, session: &Session<'t>) {
        let member = one.option("confederation member").is_some_and(|item| item.switch() != Some(false));
        if session.internal != Some(false) || member {
            return;
        }
        for (name, other) in [("import", "import"), ("export", "export in")] {
            if channel.policy(name).is_none() && channel.policy(other).is_none() {
                self.refuse(
                    channel.span,
                    format!("a session with another AS wants an explicit `{name}` policy"),
                );
            }
        }
    }

    fn bgp_gateway(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>, session: &Session<'t>) {
        let given = channel.options.iter().rev().find(|item| item.name.starts_with("gateway "));
        let recursive = given.map_or(session.multihop, |item| item.name == "gateway recursive");
        if let Some(item) = given.filter(|_| session.multihop && !recursive) {
            self.refuse(item.span, "a multihop session cannot use `gateway direct`");
        }
        let sorted = self.table_of(one, channel).map(Table::is_sorted);
        if recursive && sorted == Some(true) {
            self.refuse(channel.span, "a `sorted` table wants `gateway direct`");
        }
        if sorted == Some(true) && self.on(one, "deterministic med", false) == Some(true) {
            self.refuse(channel.span, "`deterministic med` and a `sorted` table exclude each other");
        }
        let secondary = channel.option("secondary").filter(|item| item.switch() == Some(true));
        if let Some(item) = secondary.filter(|_| sorted == Some(false)) {
            self.refuse(item.span, "`secondary` wants a `sorted` table");
        }
        if recursive {
            self.bgp_igp_family(channel);
        }
    }

    /// Without `extended next hop` the next hops are of the channel's own family.
    fn bgp_igp_family(&mut self, channel: &EffectiveChannel<'t>) {
        use ChannelKind as C;
        let foreign = match channel.kind {
            C::Ipv4 | C::Ipv4Multicast | C::Ipv4Mpls | C::Vpn4Multicast | C::Vpn4Mpls => C::Ipv6,
            C::Ipv6 | C::Ipv6Multicast | C::Ipv6Mpls | C::Vpn6Multicast | C::Vpn6Mpls => C::Ipv4,
            _ => return,
        };
        let extended = channel.option("extended next hop").is_some_and(|item| item.switch() != Some(false));
        let tables = channel.options.iter().filter(|item| item.name == "igp table");
        let wrong = tables.copied().find(|item| self.table_argument(item).is_some_and(|t| t.kind == foreign));
        if let Some(item) = wrong.filter(|_| !extended) {
            self.refuse(item.span, "the IGP table holds networks of another family than the channel");
        }
    }

    /// Flow specifications are validated against a table that is searched by prefix.
    fn bgp_validation(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>) {
        let wanted = match channel.kind {
            ChannelKind::Flow4 => ChannelKind::Ipv4,
            ChannelKind::Flow6 => ChannelKind::Ipv6,
            _ => return,
        };
        let validates = channel.option("validate").is_some_and(|item| item.switch() == Some(true));
        let base = match channel.option("base table") {
            Some(item) => self.table_argument(item),
            None if validates => match one.channels.iter().find(|other| other.kind == wanted) {
                Some(other) => self.table_of(one, other),
                None => self.default_table(one, wanted),
            },
            None => None,
        };
        if base.is_some_and(|table| !table.is_on("trie")) {
            self.refuse(channel.span, "flow specifications are validated against a table with a `trie`");
        }
    }

    fn bgp_stale_times(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>) {
        let of = |name: &str, default: u32| match channel.option(name).and_then(Item::value) {
            Some(value) => self.int(value),
            None => self.setting(one, name, default),
        };
        let ends = of("min long lived stale time", 0).zip(of("max long lived stale time", u32::MAX));
        if ends.is_some_and(|(least, most)| least > most) {
            self.refuse(channel.span, "`min long lived stale time` exceeds `max long lived stale time`");
        }
    }
}

impl Table {
    fn is_sorted(&self) -> bool {
        self.is_on("sorted")
    }

    /// Whether an option of the table is on.
    fn is_on(&self, name: &str) -> bool {
        self.options.iter().rfind(|option| option.name == name).is_some_and(|option| {
            // `sorted` before the braces has no argument.
            option.arguments.is_empty() || option.switch() != Some(false)
        })
    }
}
