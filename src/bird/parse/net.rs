//! Addresses and networks of every kind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Kind, Parser, Read, Skip, Span};
use crate::bird::error::ErrorKind;
use crate::bird::literal;
use crate::bird::tree::{Expr, ExprKind, Net, RouteDistinguisher, SadrNet, VpnNet};
use crate::bird::version::Versions;

impl Parser<'_> {
    /// `192.0.2.1`, `10.0.0.0/8`, `10.0.0.0/8 max 24 as 65000`, `65000:1 10.0.0.0/8`
    pub(super) fn address_or_net(&mut self) -> Read<Expr> {
        let start = self.span();
        let is_net = match self.kind() {
            Kind::Rd => matches!(self.kind_at(1), Kind::Ip4 | Kind::Ip6) && self.kind_at(2) == Kind::Slash,
            _ => self.kind_at(1) == Kind::Slash,
        };
        if !is_net {
            return self.address_or_rd();
        }
        let net = self.literal_net()?;
        Ok(Expr { kind: ExprKind::Prefix(Box::new(net)), span: self.since(start) })
    }

    /// `192.0.2.1`, `2001:db8::1`, `65000:1`
    pub(super) fn address_or_rd(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.kind() {
            Kind::Rd => ExprKind::Rd(self.rd()?),
            Kind::Ip6 if literal::mac(self.text()).is_some() => {
                self.require(Versions::since((19, 0), (3, 0)), start, "MAC addresses");
                ExprKind::Mac(literal::mac(self.sources.text(self.bump().span)).unwrap_or_default())
            }
            _ => ExprKind::Address(self.literal_address()?),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// `65000:1`
    pub(super) fn rd(&mut self) -> Read<RouteDistinguisher> {
        let token = self.expect(Kind::Rd, "a route distinguisher")?;
        // The lexer has told where it does not fit.
        Ok(literal::rd(self.sources.text(token.span)).unwrap_or(RouteDistinguisher(0)))
    }

    /// An address as it is written, no constant.
    #[inline(always)]
    pub(super) fn literal_address(&mut self) -> Read<IpAddr> {
        match self.kind() {
            Kind::Ip4 => Ok(IpAddr::V4(self.bump().value.into())),
            // To BIRD `::ffff:192.0.2.1` is an IPv4 address.
            Kind::Ip6 => self.ip6().map(|address| IpAddr::V6(address).to_canonical()),
            _ => Err(self.expected("an address")),
        }
    }

    fn ip6(&mut self) -> Read<Ipv6Addr> {
        let text = self.text();
        let span = self.bump().span;
        literal::ip6(text).ok_or_else(|| {
            self.error(span, ErrorKind::Syntax, format!("`{text}` is no address"));
            Skip
        })
    }

    /// `10.0.0.0/8`, whose host bits are zero.
    pub(super) fn ip_net(&mut self) -> Read<IpNet> {
        match self.kind() {
            Kind::Ip4 => self.literal_ip4_net().map(IpNet::V4),
            Kind::Ip6 => self.literal_ip6_net().map(IpNet::V6),
            _ => Err(self.expected("an address")),
        }
    }

    /// `10.0.0.0/8`, where an IPv4 address stands.
    #[inline(always)]
    pub(super) fn literal_ip4_net(&mut self) -> Read<Ipv4Net> {
        let start = self.span();
        let address = Ipv4Addr::from(self.bump().value);
        let length = self.prefix_length(start, address.into(), 32)?;
        let net = Ipv4Net::new(address, length).map_err(|_| Skip)?;
        let truncated = net.trunc();
        if net != truncated {
            self.refuse_host_bits(start, net.into());
        }
        Ok(truncated)
    }

    /// `2001:db8::/32`, where an IPv6 address stands.
    #[inline(always)]
    pub(super) fn literal_ip6_net(&mut self) -> Read<Ipv6Net> {
        let start = self.span();
        let address = self.ip6()?;
        let length = self.prefix_length(start, address.into(), 128)?;
        let net = Ipv6Net::new(address, length).map_err(|_| Skip)?;
        let truncated = net.trunc();
        if net != truncated {
            self.refuse_host_bits(start, net.into());
        }
        Ok(truncated)
    }

    /// The length behind an address.
    #[inline(always)]
    fn prefix_length(&mut self, start: Span, address: IpAddr, most: u8) -> Read<u8> {
        self.expect(Kind::Slash, "`/`")?;
        let length = self.number()?;
        if length > u32::from(most) {
            let why = format!("a prefix of {address} cannot have the length {length}");
            self.refuse(self.since(start), why);
            return Err(Skip);
        }
        Ok(length as u8)
    }

    #[cold]
    fn refuse_host_bits(&mut self, start: Span, net: IpNet) {
        let truncated = net.trunc();
        let why = format!("`{net}` has bits behind its length; perhaps `{truncated}` is meant");
        self.refuse(self.since(start), why);
    }

    /// A network as it is written, no constant. The families go their own ways up to the end, so that a prefix stays in
    /// registers until it stands in the tree.
    #[inline(always)]
    pub(super) fn literal_net(&mut self) -> Read<Net> {
        let start = self.span();
        if self.is(Kind::Ip4) {
            let prefix = self.literal_ip4_net()?;
            return if self.eat_word("max") {
                self.roa(prefix.into(), start)
            } else {
                Ok(Net::Ip(prefix.into()))
            };
        }
        if self.is(Kind::Rd) {
            let rd = self.rd()?;
            let prefix = self.ip_net()?;
            return Ok(Net::Vpn(Box::new(VpnNet { rd, prefix })));
        }
        if !self.is(Kind::Ip6) {
            return Err(self.expected("an address"));
        }
        let prefix = self.literal_ip6_net()?;
        if self.eat_word("max") {
            return self.roa(prefix.into(), start);
        }
        if self.at_word("from") && self.kind_at(1) == Kind::Ip6 {
            self.bump();
            let src = self.literal_ip6_net()?;
            return Ok(Net::Sadr(Box::new(SadrNet { dst: prefix, src })));
        }
        Ok(Net::Ip(prefix.into()))
    }

    /// `max 24 as 65000` behind a prefix.
    fn roa(&mut self, prefix: IpNet, start: Span) -> Read<Net> {
        let max = self.net_number()?;
        self.expect_word("as")?;
        let asn = self.net_number()?;
        let (least, most) = (u32::from(prefix.prefix_len()), u32::from(prefix.max_prefix_len()));
        if !(least..=most).contains(&max) {
            self.refuse(self.since(start), format!("the longest length must lie between {least} and {most}"));
        }
        Ok(Net::Roa { prefix, max: max.min(most) as u8, asn })
    }

    /// A number within a network or a route; 2.17.6 and 3.1.8 take no constant there, 2.20.0 and 3.3.2 do.
    pub(super) fn net_number(&mut self) -> Read<u32> {
        if matches!(self.kind(), Kind::Number | Kind::Hex) {
            return self.number();
        }
        let value = self.int_value("a number")?;
        self.require(super::value::TERMS, value.span, "a constant within a network or a route");
        Ok(crate::bird::plain::int(&self.tree, &value).unwrap_or(0))
    }

    /// Whether a keyword begins a network here.
    pub(super) fn net_follows(&self) -> bool {
        match self.word_at(0) {
            "flow4" | "flow6" => self.kind_at(1) == Kind::BraceOpen,
            "mpls" | "aspa" => {
                matches!(self.kind_at(1), Kind::Number | Kind::Hex | Kind::ParenOpen | Kind::Word)
            }
            "eth" => self.kind_at(1) == Kind::Ip6,
            "neighbor" => matches!(self.kind_at(1), Kind::Ip4 | Kind::Ip6 | Kind::ParenOpen),
            "evpn" => matches!(self.word_at(1), "ead" | "mac" | "imet" | "es"),
            "rtc" => self.kind_at(1) == Kind::ParenOpen,
            _ => false,
        }
    }

    /// `mpls 100`, `aspa 65000`, `flow4 { dst 10.0.0.0/8; }`, `eth 02:… vlan 5`, `evpn …`
    pub(super) fn keyword_net(&mut self) -> Read<Net> {
        let start = self.span();
        let word = self.word_at(0);
        self.bump();
        match word {
            "flow4" | "flow6" => self.flow(start),
            "mpls" => Ok(Net::Mpls(self.net_number()?)),
            "aspa" => {
                self.require(Versions::since((16, 0), (0, 0)), start, "ASPA networks");
                Ok(Net::Aspa(self.net_number()?))
            }
            _ => self.other_net(start),
        }
    }

    /// The networks of bridges, neighbors and EVPN are kept as they are written.
    fn other_net(&mut self, start: Span) -> Read<Net> {
        self.require(Versions::since((19, 0), (3, 0)), start, "networks of this kind");
        match self.sources.text(start) {
            "eth" => {
                self.mac()?;
                if self.eat_word("vlan") {
                    self.number()?;
                }
            }
            "neighbor" => {
                self.address_value()?;
                self.expect(Kind::Percent, "`%`")?;
                self.int_value("the number of an interface")?;
            }
            _ => self.evpn()?,
        }
        let text = self.sources.text(self.since(start)).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Net::Other(text.into()))
    }

    /// `mac 65000:1 0 02:00:00:00:00:01 192.0.2.1` and the other kinds, `evpn` being read.
    fn evpn(&mut self) -> Read<()> {
        let kind = self.word_at(0);
        self.name("`ead`, `mac`, `imet` or `es`")?;
        self.rd()?;
        if kind != "es" {
            self.number()?;
        }
        match kind {
            "ead" => self.segment()?,
            "mac" => {
                self.mac()?;
                if !self.eat(Kind::Star) {
                    self.address_value()?;
                }
            }
            "imet" => {
                self.address_value()?;
            }
            "es" => {
                self.segment()?;
                self.address_value()?;
            }
            _ => return Err(self.expected("`ead`, `mac`, `imet` or `es`")),
        }
        Ok(())
    }

    fn mac(&mut self) -> Read<()> {
        if literal::mac(self.text()).is_none() {
            return Err(self.expected("a MAC address"));
        }
        self.bump();
        Ok(())
    }

    /// The identifier of an Ethernet segment: ten bytes.
    fn segment(&mut self) -> Read<()> {
        let value = self.bytes_value()?;
        if matches!(&value.kind, ExprKind::Bytes(bytes) if bytes.len() != 10) {
            self.refuse(value.span, "the identifier of a segment has ten bytes");
        }
        Ok(())
    }
}
