//! What BIRD refuses of OSPF (proto/ospf/config.Y, `ospf_area_finish` and `ospf_proto_finish`).

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::plain;
use crate::bird::tree::{ChannelKind, Expr, Item, ProtocolKind};

impl<'t> Check<'t> {
    pub(super) fn ospf(&mut self, one: &Effective<'t>) {
        let areas: Vec<&Item> = one.options.iter().filter(|item| item.name == "area").copied().collect();
        if areas.is_empty() {
            return self.refuse(one.protocol.span, "no area: OSPF wants at least one");
        }
        for area in &areas {
            self.area(area);
        }
        let links = || inner(&areas, "virtual link").next().is_some();
        if areas.len() == 1 && links() {
            self.refuse(areas[0].span, "a virtual link wants more than one area");
        }
        if one.protocol.kind == ProtocolKind::Ospf3 {
            self.families(one, &areas);
        }
        self.boundary(one, &areas);
    }

    fn area(&mut self, area: &Item) {
        let options = area.block().unwrap_or(&[]);
        let last = |name: &str| options.iter().rfind(|item| item.name == name);
        let on = |name: &str| last(name).filter(|item| item.switch() == Some(true));
        let is_backbone = area.value().is_some_and(|id| self.is_zero(id));
        // Of `stub` and `nssa` the last counts, and `stub off` makes an ordinary area again.
        let kind = options.iter().rfind(|item| matches!(item.name, "stub" | "nssa"));
        let is_nssa = kind.is_some_and(|item| item.name == "nssa");
        let is_stub = kind.is_some_and(|item| item.name == "stub" && item.switch() != Some(false));
        if is_backbone && (is_stub || is_nssa) {
            self.refuse(area.span, "the backbone area can be neither stub nor NSSA");
        }
        if is_backbone && last("virtual link").is_some() {
            self.refuse(area.span, "a virtual link cannot stand in the backbone area");
        }
        if let Some(item) = on("summary").filter(|_| !is_stub && !is_nssa) {
            self.refuse(item.span, "`summary` is for stub and NSSA areas");
        }
        if let Some(item) = on("default nssa").filter(|_| !is_nssa || on("summary").is_none()) {
            self.refuse(item.span, "`default nssa` wants an NSSA area with `summary`");
        }
        let cost = options
            .iter()
            .rfind(|item| matches!(item.name, "default cost" | "default cost2" | "stub cost"))
            .filter(|item| item.name == "default cost2");
        if let Some(item) = cost.filter(|_| on("default nssa").is_none()) {
            self.refuse(item.span, "`default cost2` wants `default nssa`");
        }
    }

    fn is_zero(&self, id: &Expr) -> bool {
        match plain::value(self.tree, id) {
            Some(plain::Plain::Int(number)) => number == 0,
            Some(plain::Plain::Address(address)) => address.is_unspecified(),
            _ => false,
        }
    }

    /// Address families of OSPFv3 (RFC 5838) and their instances.
    fn families(&mut self, one: &Effective<'t>, areas: &[&Item]) {
        let last = one.channels.last().map(|channel| channel.kind);
        let ipv4 = matches!(last, Some(ChannelKind::Ipv4 | ChannelKind::Ipv4Multicast));
        let multicast = matches!(last, Some(ChannelKind::Ipv4Multicast | ChannelKind::Ipv6Multicast));
        if one.switch("rfc5838") == Some(false) {
            if ipv4 || multicast {
                self.refuse(one.protocol.span, "without `rfc5838` the channel is `ipv6`");
            }
            return;
        }
        if (ipv4 || multicast) && inner(areas, "virtual link").next().is_some() {
            self.refuse(one.protocol.span, "virtual links are for the channel `ipv6` only");
        }
        let base = if ipv4 { 64 } else { 0 } + if multicast { 32 } else { 0 };
        let common = one.option("instance id");
        for interface in inner(areas, "interface") {
            let own = interface.value_behind("instance").map(|value| self.int(value));
            let instance = own.or_else(|| common.map(|item| self.number(item))).flatten();
            let outside = |id: &u32| *id < 128 && !(base..base + 32).contains(id);
            if let Some(id) = instance.filter(outside) {
                self.refuse(
                    interface.span,
                    format!("the instance {id} is not one of the channel's, {base} to {}", base + 31),
                );
            }
        }
    }

    /// A router that exports routes has them in an area that takes them.
    fn boundary(&mut self, one: &Effective<'t>, areas: &[&Item]) {
        let exports = one.channels.last().and_then(|channel| {
            let policy = |item: &&&Item| matches!(item.name, "export" | "export in");
            channel.options.iter().rfind(policy).and_then(|item| item.policy())
        });
        let rejects = matches!(exports, None | Some(crate::bird::tree::Policy::None));
        let [area] = areas else { return };
        let kind = area.block().unwrap_or(&[]).iter().rfind(|item| matches!(item.name, "stub" | "nssa"));
        let is_stub = kind.is_some_and(|item| item.name == "stub" && item.switch() == Some(true));
        if !rejects && is_stub {
            self.refuse(area.span, "a router whose only area is a stub cannot export routes");
        }
    }
}

/// The options of a name within the areas.
fn inner<'a>(areas: &'a [&'a Item], name: &'a str) -> impl Iterator<Item = &'a Item> {
    areas.iter().flat_map(|area| area.block().unwrap_or(&[])).filter(move |item| item.name == name)
}
