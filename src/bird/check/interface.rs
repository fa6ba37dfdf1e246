//! What BIRD refuses of the interfaces of RIP, Babel, OSPF, BFD and router advertisements.

use super::Check;
use crate::bird::plain;
use crate::bird::tree::{Argument, InterfacePattern, Item, ProtocolKind};

impl<'t> Check<'t> {
    pub(super) fn ospf_interfaces(&mut self, kind: ProtocolKind, area: &Item) {
        let inner = area.block().unwrap_or(&[]).iter();
        for interface in inner.filter(|item| matches!(item.name, "interface" | "virtual link")) {
            self.passwords(kind, interface.block().unwrap_or(&[]));
            if kind == ProtocolKind::Ospf3 {
                self.names_only(interface);
            }
            for option in interface.block().unwrap_or(&[]) {
                self.ospf_option(kind, option);
            }
        }
    }

    fn ospf_option(&mut self, kind: ProtocolKind, option: &Item) {
        let refused = match (kind, option.name) {
            (ProtocolKind::Ospf3, "real broadcast" | "ptp netmask" | "ptp address") => {
                "is for OSPF version 2"
            }
            (ProtocolKind::Ospf2, "link lsa suppression") => "is for OSPF version 3",
            (ProtocolKind::Ospf3, "authentication") if option.has_word("simple") => {
                "with a plain text is for OSPF version 2"
            }
            _ => return,
        };
        self.refuse(option.span, format!("`{}` {refused}", option.name));
    }

    /// OSPF version 3 knows interfaces by their names only.
    fn names_only(&mut self, interface: &Item) {
        let patterns = interface.arguments.iter().find_map(|argument| match argument {
            Argument::Interfaces(patterns) => Some(patterns.as_slice()),
            _ => None,
        });
        let is_name = |pattern: &InterfacePattern| pattern.prefix.is_none();
        if let Some(pattern) = patterns.unwrap_or(&[]).iter().find(|pattern| !is_name(pattern)) {
            self.refuse(pattern.span, "expected the pattern of an interface's name, not a prefix");
        }
    }

    pub(super) fn rip_interface(&mut self, kind: ProtocolKind, interface: &Item) {
        self.passwords(kind, interface.block().unwrap_or(&[]));
        for option in interface.block().unwrap_or(&[]) {
            let is_ng = kind == ProtocolKind::RipNg;
            let address = option.value().and_then(|value| self.address(value));
            let refused = match option.name {
                "address" => address.is_some_and(|address| address.is_ipv6() != is_ng),
                "mode" => is_ng && option.has_word("broadcast"),
                "version" => is_ng,
                "authentication" => is_ng && !option.has_word("none"),
                "password" | "key" | "passwords" => is_ng,
                _ => false,
            };
            if refused {
                self.refuse(option.span, format!("this version of RIP has no such `{}`", option.name));
            }
        }
    }

    pub(super) fn babel_interface(&mut self, interface: &Item) {
        let options = interface.block().unwrap_or(&[]);
        self.passwords(ProtocolKind::Babel, options);
        for item in options {
            let v6 = match item.name {
                "next hop ipv4" => false,
                "next hop ipv6" => true,
                _ => continue,
            };
            let address = item.value().and_then(|value| self.address(value));
            if let Some(address) = address.filter(|address| address.is_ipv6() != v6) {
                self.refuse(item.span, format!("{address} is no address for `{}`", item.name));
            }
        }
        self.babel_times(interface, options);
    }

    fn babel_times(&mut self, interface: &Item, options: &[Item]) {
        let last = |name: &str| options.iter().rfind(|item| item.name == name);
        let time = |name: &str, default: u64| last(name).map_or(Some(default), Item::time);
        for item in options.iter().filter(|item| matches!(item.name, "hello interval" | "update interval")) {
            if item.time().is_some_and(|time| !(10_000..=655_350_000).contains(&time)) {
                self.refuse(item.span, format!("`{}` is not in 10 ms to 655 s", item.name));
            }
        }
        let ends = time("rtt min", 10_000).zip(time("rtt max", 120_000));
        if ends.is_some_and(|(least, most)| least >= most) {
            self.refuse(interface.span, "`rtt min` is not below `rtt max`");
        }
        let is_tunnel = last("type").is_some_and(|item| item.has_word("tunnel"));
        let cost = last("rtt cost").map_or(Some(0), |item| self.number(item));
        let costs = is_tunnel || cost.is_some_and(|cost| cost > 0);
        if costs && last("send timestamps").and_then(Item::switch) == Some(false) {
            self.refuse(interface.span, "`rtt cost` wants `send timestamps`");
        }
    }

    /// proto/radv/config.Y, `radv_iface_finish`
    pub(super) fn radv_interface(&mut self, interface: &Item) {
        let options = interface.block().unwrap_or(&[]);
        let number =
            |name: &str| options.iter().rfind(|item| item.name == name).and_then(|item| self.number(item));
        let most = number("max ra interval").unwrap_or(600);
        // All ones mean that nothing was said.
        let least = number("min ra interval").filter(|least| *least != u32::MAX);
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
        options.iter().for_each(|item| self.radv_option(item));
    }

    /// What stands within an interface or for all of them.
    pub(super) fn radv_option(&mut self, item: &Item) {
        match item.name {
            "prefix" => self.radv_prefix(item),
            "rdnss" => self.radv_names(item, "ns"),
            "dnssl" => self.radv_names(item, "domain"),
            "custom option type" => self.radv_custom(item),
            _ => {}
        }
    }

    fn radv_custom(&mut self, item: &Item) {
        if self.number(item).is_some_and(|kind| kind > 255) {
            self.refuse(item.span, "the type of an option is 255 at most");
        }
    }

    /// A list of servers or domains is not empty, and a domain has labels of 1 to 63 characters.
    fn radv_names(&mut self, item: &Item, name: &str) {
        if item.block().is_some_and(|options| !options.iter().any(|option| option.name == name)) {
            self.refuse(item.span, format!("`{name}` is missing"));
        }
        let inner = item.block().unwrap_or(&[]).iter().filter(|option| option.name == name);
        for option in inner.chain([item]) {
            if self.text(option).is_some_and(|text| !is_domain(&text)) {
                self.refuse(option.span, "a domain is made of labels of 1 to 63 characters");
            }
        }
    }

    /// The text that an option has.
    fn text(&self, item: &Item) -> Option<std::sync::Arc<str>> {
        item.arguments.iter().find_map(|argument| match argument {
            Argument::Text(text, _) => Some(text.clone()),
            Argument::Value(value) => plain::text(self.tree, value),
            _ => None,
        })
    }

    fn radv_prefix(&mut self, prefix: &Item) {
        let options = prefix.block().unwrap_or(&[]);
        let last = |name: &str| options.iter().rfind(|item| item.name == name);
        let time = |name: &str, default: u32| last(name).map_or(Some(default), |item| self.number(item));
        let sensitive = |name: &str| {
            let given = options.iter().rfind(|item| item.name == name && item.has_word("sensitive"));
            given.is_some_and(|item| item.switch() != Some(false))
        };
        let (valid, preferred) = (time("valid lifetime", 86400), time("preferred lifetime", 14400));
        if valid.zip(preferred).is_some_and(|(valid, preferred)| preferred > valid) {
            self.refuse(prefix.span, "`preferred lifetime` exceeds `valid lifetime`");
        }
        if sensitive("valid lifetime") && !sensitive("preferred lifetime") {
            self.refuse(prefix.span, "a sensitive `valid lifetime` wants a sensitive `preferred lifetime`");
        }
    }

    pub(super) fn bfd_neighbor(&mut self, item: &Item) {
        let named = item.arguments.iter().any(|argument| matches!(argument, Argument::Name(_)))
            || item.has_word("dev");
        let multihop = item.has_word("multihop") && item.switch() != Some(false);
        let local = item.value_behind("local");
        let unset =
            local.is_none_or(|local| self.address(local).is_some_and(|a| a.is_ipv6() && a.is_unspecified()));
        if multihop && named {
            self.refuse(item.span, "a neighbor has an interface or is several hops away, not both");
        }
        if multihop && unset {
            self.refuse(item.span, "a neighbor several hops away wants a local address");
        }
    }
}

impl Item {
    /// The first time among the arguments, in microseconds, where it is plain.
    pub(super) fn time(&self) -> Option<u64> {
        self.times().next()
    }

    /// The times among the arguments.
    pub(super) fn times(&self) -> impl Iterator<Item = u64> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Time(time, _) => *time,
            _ => None,
        })
    }
}

/// proto/radv/packets.c, `radv_process_domain`
fn is_domain(text: &str) -> bool {
    text.len() < 254 && text.split('.').all(|label| (1..=63).contains(&label.len()))
}
