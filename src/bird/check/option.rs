//! What BIRD refuses of options that must fit each other, within interfaces, areas and blocks.

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::plain;
use crate::bird::tree::{Argument, Item, ProtocolKind};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// Options within the blocks of a protocol.
    pub(super) fn options(&mut self, one: &Effective<'t>) {
        for item in &one.options {
            match (one.protocol.kind, item.name) {
                (ProtocolKind::Ospf2 | ProtocolKind::Ospf3, "area") => {
                    self.ospf_interfaces(one.protocol.kind, item)
                }
                (ProtocolKind::Ospf2, "rfc5838") => self.refuse(item.span, "`rfc5838` is for OSPF version 3"),
                (ProtocolKind::Babel, "interface") => self.babel_interface(item),
                (ProtocolKind::Radv, "interface") => self.radv_interface(item),
                (ProtocolKind::Radv, "prefix") => self.radv_prefix(item),
                (ProtocolKind::Bfd, "neighbor") => self.bfd_neighbor(item),
                (ProtocolKind::Rip | ProtocolKind::RipNg, "interface") => {
                    self.rip_interface(one.protocol.kind, item)
                }
                _ => {}
            }
        }
    }

    fn number(&self, item: &Item) -> Option<u32> {
        item.value().and_then(|value| plain::int(self.tree, value))
    }

    fn ospf_interfaces(&mut self, kind: ProtocolKind, area: &Item) {
        let inner = area
            .block()
            .unwrap_or(&[])
            .iter()
            .filter(|item| matches!(item.name, "interface" | "virtual link"));
        for option in inner.flat_map(|item| item.block().unwrap_or(&[])) {
            let refused = match (kind, option.name) {
                (ProtocolKind::Ospf3, "real broadcast" | "ptp netmask" | "ptp address") => {
                    "is for OSPF version 2"
                }
                (ProtocolKind::Ospf2, "link lsa suppression") => "is for OSPF version 3",
                (ProtocolKind::Ospf3, "authentication") if option.has_word("simple") => {
                    "with a plain text is for OSPF version 2"
                }
                _ => continue,
            };
            self.refuse(option.span, format!("`{}` {refused}", option.name));
        }
    }

    fn rip_interface(&mut self, kind: ProtocolKind, interface: &Item) {
        if kind != ProtocolKind::RipNg {
            return;
        }
        for option in interface.block().unwrap_or(&[]) {
            let refused = match option.name {
                "mode" => option.has_word("broadcast"),
                "version" => true,
                "authentication" => !option.has_word("none"),
                "password" | "key" | "passwords" => true,
                _ => false,
            };
            if refused {
                self.refuse(option.span, format!("RIPng has no `{}`", option.name));
            }
        }
    }

    fn babel_interface(&mut self, interface: &Item) {
        let options = interface.block().unwrap_or(&[]);
        let last = |name: &str| options.iter().rfind(|item| item.name == name);
        let authentication = last("authentication").is_some_and(|item| item.has_word("mac"));
        let passwords = options.iter().any(|item| matches!(item.name, "password" | "key" | "passwords"));
        if authentication != passwords {
            self.refuse(interface.span, "`authentication mac` and a password go together");
        }
        for (name, v6) in [("next hop ipv4", false), ("next hop ipv6", true)] {
            let address = last(name).and_then(Item::value).and_then(|value| plain::address(self.tree, value));
            if let Some(address) = address.filter(|address| address.is_ipv6() != v6) {
                self.refuse(interface.span, format!("{address} is no address for `{name}`"));
            }
        }
        self.babel_times(interface, options);
    }

    fn babel_times(&mut self, interface: &Item, options: &[Item]) {
        let time = |name: &str| {
            options.iter().rfind(|item| item.name == name).and_then(|item| match item.arguments.first() {
                Some(Argument::Time(time, _)) => *time,
                _ => None,
            })
        };
        for name in ["hello interval", "update interval"] {
            if time(name).is_some_and(|time| !(10_000..=655_350_000).contains(&time)) {
                self.refuse(interface.span, format!("`{name}` is not in 10 ms to 655 s"));
            }
        }
        let (least, most) = (time("rtt min").unwrap_or(10_000), time("rtt max").unwrap_or(120_000));
        if least >= most {
            self.refuse(interface.span, "`rtt min` is not below `rtt max`");
        }
    }

    /// proto/radv/config.Y, `radv_iface_finish`
    fn radv_interface(&mut self, interface: &Item) {
        let options = interface.block().unwrap_or(&[]);
        let number =
            |name: &str| options.iter().rfind(|item| item.name == name).and_then(|item| self.number(item));
        let most = number("max ra interval").unwrap_or(600);
        let least = number("min ra interval");
        let too_short: Vec<&str> =
            ["default lifetime", "route lifetime", "prefix linger time", "route linger time"]
                .into_iter()
                .filter(|name| number(name).is_some_and(|time| time > 0 && time < most))
                .collect();
        if least.is_some_and(|least| least > 3 && least > most * 3 / 4) {
            self.refuse(interface.span, "`min ra interval` exceeds three quarters of `max ra interval`");
        }
        for name in too_short {
            self.refuse(
                interface.span,
                format!("`{name}` is neither 0 nor at least `max ra interval`, {most}"),
            );
        }
        for prefix in options.iter().filter(|item| item.name == "prefix") {
            self.radv_prefix(prefix);
        }
    }

    fn radv_prefix(&mut self, prefix: &Item) {
        let options = prefix.block().unwrap_or(&[]);
        let last = |name: &str| options.iter().rfind(|item| item.name == name);
        let time = |name: &str, default: u32| last(name).map_or(Some(default), |item| self.number(item));
        let sensitive = |name: &str| {
            last(name).is_some_and(|item| item.has_word("sensitive") && item.switch() != Some(false))
        };
        let (valid, preferred) = (time("valid lifetime", 86400), time("preferred lifetime", 14400));
        if valid.zip(preferred).is_some_and(|(valid, preferred)| preferred > valid) {
            self.refuse(prefix.span, "`preferred lifetime` exceeds `valid lifetime`");
        }
        if sensitive("valid lifetime") && !sensitive("preferred lifetime") {
            self.refuse(prefix.span, "a sensitive `valid lifetime` wants a sensitive `preferred lifetime`");
        }
    }

    fn bfd_neighbor(&mut self, item: &Item) {
        let named = item.arguments.iter().any(|argument| matches!(argument, Argument::Name(_)))
            || item.has_word("dev");
        let multihop = item.has_word("multihop") && item.switch() != Some(false);
        if multihop && named {
            self.refuse(item.span, "a neighbor has an interface or is several hops away, not both");
        }
        if multihop && !item.has_word("local") {
            self.refuse(item.span, "a neighbor several hops away wants a local address");
        }
    }

    /// Options outside of protocols that must fit each other.
    pub(super) fn top_options(&mut self) {
        let tree = self.tree;
        let items = || {
            tree.statements.iter().filter_map(|statement| match statement {
                crate::bird::tree::Statement::Option(item) => Some(item),
                _ => None,
            })
        };
        let groups: Vec<&Item> = items().filter(|item| item.name == "thread group").collect();
        let default =
            |item: &&&Item| item.block().unwrap_or(&[]).iter().any(|option| option.name == "default");
        if let Some(group) = groups.first().filter(|_| groups.iter().filter(default).count() != 1) {
            self.refuse(group.span, "exactly one thread group is the `default`");
        }
        for domain in items().filter(|item| item.name == "mpls domain") {
            for range in domain.block().unwrap_or(&[]) {
                self.mpls_range(range);
            }
        }
    }

    fn mpls_range(&mut self, range: &Item) {
        let options = range.block().unwrap_or(&[]);
        let given = |name: &str| options.iter().rfind(|item| item.name == name);
        let built_in = range.name_argument().is_some_and(|name| matches!(&*name.text, "static" | "dynamic"));
        if !built_in && (given("start").is_none() || given("length").is_none()) {
            return self.refuse(range.span, "a label range wants its `start` and `length`");
        }
        let number = |name: &str| given(name).and_then(|item| self.number(item));
        if number("start").zip(number("length")).is_some_and(|(start, length)| start + length > 1 << 20) {
            self.refuse(range.span, "the label range ends beyond 2^20");
        }
    }

    /// What authenticates a BGP session, since 2.17.
    pub(super) fn bgp_authentication(&mut self, one: &Effective<'t>) {
        let Some(item) = one.option("authentication") else {
            if let Some(keys) = one.option("keys") {
                self.refuse(keys.span, "`keys` wants `authentication ao`");
            }
            return;
        };
        if item.has_word("ao") != one.option("keys").is_some() {
            self.refuse(item.span, "`authentication ao` and `keys` go together");
        }
        if item.has_word("md5") != one.option("password").is_some() {
            self.refuse(item.span, "`authentication md5` and `password` go together");
        }
        for key in one.option("keys").and_then(Item::block).unwrap_or(&[]) {
            self.ao_key(key);
        }
    }

    fn ao_key(&mut self, key: &Item) {
        let options = key.block().unwrap_or(&[]);
        let has = |name: &str| options.iter().any(|item| item.name == name);
        if !has("secret") {
            self.refuse(key.span, "`secret` is missing");
        }
        if !(has("id") || has("send id") && has("recv id")) {
            self.refuse(key.span, "`id` is missing");
        }
        if has("preferred") && has("deprecated") {
            self.refuse(key.span, "a key is preferred or deprecated, not both");
        }
    }

    /// A transport that is authenticated has a password, and the other way round.
    pub(super) fn rpki_transport(&mut self, item: &Item) {
        let Some(options) = item.block().filter(|_| item.has_word("tcp")) else { return };
        let md5 = options.iter().any(|option| option.has_word("md5"));
        if md5 != options.iter().any(|option| option.name == "password") {
            self.refuse(item.span, "`authentication md5` and `password` go together");
        }
    }

    /// A dump has one table or one pattern of tables; 2.x lets the last count.
    pub(super) fn mrt_tables(&mut self, one: &Effective<'t>) {
        let tables: Vec<_> = one.options.iter().filter(|item| item.name == "table").collect();
        let is_name = |item: &&&Item| item.name_argument().is_some();
        if tables.iter().any(is_name) && !tables.iter().all(is_name) {
            self.refuse_in(Versions::THREE, tables[1].span, "`table` by name and by pattern");
        }
    }

    /// Only flow specifications are validated against a base table.
    pub(super) fn flow_options(&mut self, channel: &crate::bird::effective::EffectiveChannel<'t>) {
        use crate::bird::tree::ChannelKind;
        if matches!(channel.kind, ChannelKind::Flow4 | ChannelKind::Flow6) {
            return;
        }
        for name in ["validate", "base table"] {
            if let Some(item) = channel.option(name) {
                self.refuse(item.span, format!("`{name}` is for channels of flow specifications"));
            }
        }
    }

    /// An interface range finds neighbours by their advertisements.
    pub(super) fn interface_range(&mut self, one: &Effective<'t>) {
        let Some(item) = one.option("interface range") else { return };
        if one.switch("strict bind") != Some(true) {
            self.refuse(item.span, "`interface range` wants `strict bind`");
        }
        if one.option("interface").is_some() {
            self.refuse(item.span, "`interface` and `interface range` exclude each other");
        }
    }
}
