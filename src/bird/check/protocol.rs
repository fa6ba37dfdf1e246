//! What BIRD refuses of the protocols but BGP, once they are closed (`postconfig` of each).

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::plain;
use crate::bird::tree::{Item, ProtocolKind, Table};

impl<'t> Check<'t> {
    pub(super) fn protocol(&mut self, one: &Effective<'t>) {
        match one.protocol.kind {
            ProtocolKind::Bgp => self.bgp(one),
            ProtocolKind::Kernel => self.needs_channel(one),
            ProtocolKind::Static => {
                self.needs_channel(one);
                self.routes_fit(one);
            }
            ProtocolKind::Pipe => self.pipe(one),
            ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => self.ospf(one),
            ProtocolKind::Rpki => self.rpki(one),
            ProtocolKind::Mrt => {
                self.needs(one, &["table", "filename", "period"]);
                self.mrt_tables(one);
            }
            ProtocolKind::Bmp => self.needs(one, &["station address"]),
            ProtocolKind::Perf | ProtocolKind::Bridge => self.needs_channel(one),
            ProtocolKind::Aggregator => {
                self.needs(one, &["table", "peer table"]);
                self.at_most_once(one, "aggregate on");
            }
            ProtocolKind::Evpn => self.at_most_once(one, "encapsulation vxlan"),
            ProtocolKind::Babel
            | ProtocolKind::Bfd
            | ProtocolKind::Device
            | ProtocolKind::Direct
            | ProtocolKind::L3vpn
            | ProtocolKind::Radv
            | ProtocolKind::Rip
            | ProtocolKind::RipNg
            | ProtocolKind::Unknown => {}
        }
    }

    /// Options without which the protocol is refused.
    fn needs(&mut self, one: &Effective<'t>, names: &[&str]) {
        for name in names.iter().filter(|name| one.option(name).is_none()) {
            self.refuse(one.protocol.span, format!("`{name}` is missing"));
        }
    }

    fn at_most_once(&mut self, one: &Effective<'t>, name: &str) {
        if let Some(second) = one.options.iter().filter(|item| item.name == name).nth(1) {
            self.refuse(second.span, format!("a second `{name}`"));
        }
    }

    fn pipe(&mut self, one: &Effective<'t>) {
        self.pipe_limits(one);
        let table = |name: &str| {
            one.option(name).and_then(Item::name_argument).and_then(|n| self.table_named(&n.text))
        };
        let (primary, peer) = (table("table"), table("peer table"));
        match (primary, peer) {
            (None, _) if one.option("table").is_none() => {
                self.refuse(one.protocol.span, "`table` is missing")
            }
            (_, None) if one.option("peer table").is_none() => {
                self.refuse(one.protocol.span, "`peer table` is missing")
            }
            (Some(primary), Some(peer)) if primary.name.text == peer.name.text => {
                self.refuse(one.protocol.span, "`table` and `peer table` are the same");
            }
            (Some(primary), Some(peer)) if primary.kind != peer.kind => {
                self.refuse(one.protocol.span, "`table` and `peer table` hold networks of different kinds");
            }
            _ => {}
        }
    }

    pub(super) fn table_named(&self, name: &str) -> Option<&'t Table> {
        self.tree.tables.iter().rfind(|table| &*table.name.text == name)
    }

    /// proto/ospf/config.Y, `ospf_proto_finish` and `ospf_area_finish`
    fn ospf(&mut self, one: &Effective<'t>) {
        let areas: Vec<&Item> = one.options.iter().filter(|item| item.name == "area").copied().collect();
        if areas.is_empty() {
            return self.refuse(one.protocol.span, "no area: OSPF wants at least one");
        }
        for area in &areas {
            self.area(area);
        }
        let links =
            areas.iter().flat_map(|area| area.block().unwrap_or(&[])).any(|item| item.name == "virtual link");
        if areas.len() == 1 && links {
            self.refuse(areas[0].span, "a virtual link wants more than one area");
        }
    }

    fn area(&mut self, area: &Item) {
        let options = area.block().unwrap_or(&[]);
        let has = |name: &str| options.iter().rfind(|item| item.name == name);
        let is_backbone = area.value().is_some_and(|id| self.is_zero(id));
        let is_stub = has("stub").is_some_and(|item| item.switch() != Some(false));
        let is_nssa = has("nssa").is_some();
        let summary = has("summary").filter(|item| item.switch() == Some(true));
        if is_backbone && (is_stub || is_nssa) {
            self.refuse(area.span, "the backbone area can be neither stub nor NSSA");
        }
        if is_backbone && has("virtual link").is_some() {
            self.refuse(area.span, "a virtual link cannot stand in the backbone area");
        }
        if let Some(item) = summary.filter(|_| !is_stub && !is_nssa) {
            self.refuse(item.span, "`summary` is for stub and NSSA areas");
        }
        if let Some(item) =
            has("default nssa").filter(|item| item.switch() == Some(true) && (!is_nssa || summary.is_none()))
        {
            self.refuse(item.span, "`default nssa` wants an NSSA area with `summary`");
        }
        if let Some(item) = has("default cost2").filter(|_| has("default nssa").is_none()) {
            self.refuse(item.span, "`default cost2` wants `default nssa`");
        }
    }

    fn is_zero(&self, id: &crate::bird::tree::Expr) -> bool {
        match plain::value(self.tree, id) {
            Some(plain::Plain::Int(number)) => number == 0,
            Some(plain::Plain::Address(address)) => address.is_unspecified(),
            _ => false,
        }
    }

    fn rpki(&mut self, one: &Effective<'t>) {
        let remotes: Vec<_> = one.options.iter().filter(|item| item.name == "remote").collect();
        match remotes.as_slice() {
            [] => self.refuse(one.protocol.span, "`remote` is missing: the cache server"),
            [_, second, ..] => self.refuse(second.span, "a second cache server"),
            [_] => {}
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
}
