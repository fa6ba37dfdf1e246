//! The routes of static protocols.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Kind, Parser, Read};
use crate::bird::error::ErrorKind;
use crate::bird::tree::{
    Argument, Expr, ExprKind, Gateway, InterfaceId, Net, NextHop, StaticRoute, StaticTarget, Type,
};
use crate::bird::version::Versions;

/// How many labels a next hop carries (lib/mpls.h, `MPLS_MAX_LABEL_STACK`).
const MAX_LABELS: usize = 8;

impl Parser<'_> {
    /// `route 10.0.0.0/8 via 192.0.2.1 dev "eth0" { bgp_med = 5; }`
    pub(super) fn static_route(&mut self) -> Read<StaticRoute> {
        let start = self.bump().span;
        let (net, _) = self.net_value()?;
        if self.at_word("mpls") {
            let span = self.bump().span;
            self.tree.labels.insert(start.start, span);
            self.require(Versions::since((14, 0), (0, 0)), span, "`mpls` behind the network of a route");
            self.bounded_int(0, (1 << 20) - 1)?;
        }
        let asked = self.span();
        let target = self.static_target()?;
        let span = self.since(start);
        if matches!(target, StaticTarget::Providers(_)) && !matches!(net, Net::Aspa(_) | Net::Other(_)) {
            self.refuse(asked, "providers are for ASPA networks");
        }
        self.judge_target(&net, &target, span);
        let commands = if self.is(Kind::BraceOpen) { Some(self.route_commands()?) } else { None };
        Ok(StaticRoute { net, target, commands, span: self.since(start) })
    }

    fn static_target(&mut self) -> Read<StaticTarget> {
        match self.unhidden_word_at(0) {
            "via" => self.next_hops(),
            "recursive" => self.recursive(),
            "drop" | "blackhole" => self.discard(StaticTarget::Blackhole),
            "reject" | "unreachable" => self.discard(StaticTarget::Unreachable),
            "prohibit" => self.discard(StaticTarget::Prohibit),
            "providers" | "transit" => self.aspa_providers(),
            _ => Ok(StaticTarget::None),
        }
    }

    fn discard(&mut self, target: StaticTarget) -> Read<StaticTarget> {
        self.bump();
        Ok(target)
    }

    fn recursive(&mut self) -> Read<StaticTarget> {
        self.bump();
        let address = self.address_value()?;
        if self.eat_word("mpls") {
            self.labels()?;
        }
        Ok(StaticTarget::Recursive(Box::new(address)))
    }

    /// `100/200`
    fn labels(&mut self) -> Read<()> {
        let start = self.span();
        let mut count = 1;
        self.net_number()?;
        while self.eat(Kind::Slash) {
            self.net_number()?;
            count += 1;
        }
        if count > MAX_LABELS {
            self.refuse(self.since(start), format!("a stack has {MAX_LABELS} labels at most"));
        }
        Ok(())
    }

    /// `providers 65001, 65002`, `transit`
    fn aspa_providers(&mut self) -> Read<StaticTarget> {
        let span = self.span();
        self.require(Versions::since((16, 0), (0, 0)), span, "ASPA routes");
        if self.eat_word("transit") {
            return Ok(StaticTarget::Providers([0].into()));
        }
        self.bump();
        let mut providers = Vec::new();
        loop {
            providers.push(self.net_number()?);
            if !self.eat(Kind::Comma) {
                return Ok(StaticTarget::Providers(providers.into()));
            }
        }
    }

    /// `via 192.0.2.1 weight 5 via "wg0"`
    fn next_hops(&mut self) -> Read<StaticTarget> {
        self.bump();
        let first = self.next_hop()?;
        if !self.at_word("via") {
            return Ok(StaticTarget::Via(first));
        }
        let mut hops = vec![first];
        while self.eat_word("via") {
            hops.push(self.next_hop()?);
        }
        Ok(StaticTarget::Multipath(hops.into()))
    }

    #[inline(always)]
    fn next_hop(&mut self) -> Read<NextHop> {
        let (gateway, interface) = self.gateway()?;
        let mut hop = NextHop { gateway, interface, weight: None };
        let (mut onlink, mut bfd) = (false, false);
        loop {
            let span = self.span();
            let word = self.unhidden_word_at(0);
            if !matches!(word, "dev" | "mpls" | "onlink" | "weight" | "bfd") {
                return Ok(hop);
            }
            self.bump();
            match word {
                "dev" => {
                    self.require(Versions::since((15, 0), (0, 0)), span, "`dev` behind `via`");
                    hop.interface = Some(self.device()?);
                }
                "mpls" => self.labels()?,
                "onlink" => onlink = self.switched()?,
                "weight" => hop.weight = self.weight()?,
                _ => bfd = self.switched()?,
            }
            if bfd && onlink {
                self.require(Versions::before((15, 1), (0, 0)), span, "`bfd` and `onlink` together");
            }
        }
    }

    fn weight(&mut self) -> Read<Option<u16>> {
        let weight = self.bounded_int(1, 256)?;
        Ok(crate::bird::plain::int(&self.tree, &weight).and_then(|number| u16::try_from(number).ok()))
    }

    fn switched(&mut self) -> Read<bool> {
        Ok(match self.switch()? {
            Argument::Switch(on, _) => on.unwrap_or(true),
            _ => true,
        })
    }

    /// `"wg0"`, `192.0.2.1`, `fe80::1%wg0`, `GATEWAY`
    #[inline(always)]
    fn gateway(&mut self) -> Read<(Gateway, Option<InterfaceId>)> {
        if self.is(Kind::Text) {
            return Ok((Gateway::Interface(self.interface()?), None));
        }
        let value = self.gateway_value()?;
        let gateway = match value.kind {
            ExprKind::Address(address) => Gateway::Address(address),
            _ => match crate::bird::plain::text(&self.tree, &value) {
                Some(name) => return Ok((Gateway::Interface(self.shared(&name)), None)),
                None => named_gateway(value),
            },
        };
        let interface = if self.eat(Kind::Percent) { Some(self.interface_name()?.0) } else { None };
        Ok((gateway, interface.map(|name| self.shared(name))))
    }

    /// An address; since 2.18 a term too, which may be the name of an interface.
    #[inline(always)]
    fn gateway_value(&mut self) -> Read<Expr> {
        let terms = Versions::since((18, 0), (2, 0));
        if self.is(Kind::ParenOpen) {
            self.require(terms, self.span(), "a term in parentheses here");
        }
        match self.kind() {
            Kind::Ip4 | Kind::Ip6 => self.address_value(),
            _ if terms.accept(self.version) => self.host_value(),
            _ => self.constant(&[Type::Ip], "an address"),
        }
    }

    /// `"wg0"` behind `dev`, and a constant or a term too since 2.18 and 3.2.
    fn device(&mut self) -> Read<InterfaceId> {
        if self.is(Kind::Text) {
            return self.interface();
        }
        let value = self.late_text_value()?;
        let name = crate::bird::plain::text(&self.tree, &value);
        Ok(self.shared(&name.unwrap_or_else(|| self.sources.text(value.span).into())))
    }

    /// `"wg0"`
    fn interface(&mut self) -> Read<InterfaceId> {
        let span = self.expect(Kind::Text, "a text in quotes")?.span;
        Ok(self.shared(self.sources.text(span).trim_matches('"')))
    }

    /// Thousands of routes name the same few interfaces.
    fn shared(&mut self, name: &str) -> InterfaceId {
        if let Some(known) = self.interfaces.get(name) {
            return *known;
        }
        let name: Arc<str> = name.into();
        self.tree.interfaces.push(name.clone());
        let id = InterfaceId(NonZeroU32::MIN.saturating_add(self.interfaces.len() as u32));
        self.interfaces.insert(name, id);
        id
    }

    /// Only networks that forward have a target, and they must.
    fn judge_target(&mut self, net: &Net, target: &StaticTarget, span: super::Span) {
        let forwards = match net {
            Net::Ip(_) | Net::Sadr(_) | Net::Vpn(_) | Net::Mpls(_) => true,
            Net::Roa { .. } | Net::Flow(_) | Net::Aspa(_) => false,
            Net::Other(text) if text.starts_with("neighbor ") => false,
            Net::Other(text) if text.starts_with("eth ") || text.starts_with("evpn ") => true,
            Net::Other(_) => return,
        };
        let has_target =
            !matches!(target, StaticTarget::None | StaticTarget::Providers(_) | StaticTarget::Opaque);
        if forwards != has_target {
            let what = if forwards {
                "the route leads nowhere: a next hop or `unreachable` is missing"
            } else {
                "a route of this kind has no next hop"
            };
            self.error(span, ErrorKind::Meaning, what);
        }
    }
}

/// What a constant or a term in parentheses leads to.
fn named_gateway(value: Expr) -> Gateway {
    match value.kind {
        ExprKind::Constant(id) => Gateway::Constant(id),
        _ => Gateway::Term(Box::new(value)),
    }
}
