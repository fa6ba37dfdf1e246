//! Addresses and networks of every kind.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Kind, Parser, Read, Skip};
use crate::bird::error::ErrorKind;
use crate::bird::literal;
use crate::bird::tree::{Expr, ExprKind, FlowSpec, Net, RouteDistinguisher};
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
                ExprKind::Mac(literal::mac(self.sources.text(self.bump().span())).unwrap_or_default())
            }
            _ => ExprKind::Address(self.literal_address()?),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// `65000:1`
    pub(super) fn rd(&mut self) -> Read<RouteDistinguisher> {
        let token = self.expect(Kind::Rd, "a route distinguisher")?;
        // The lexer has told where it does not fit.
        Ok(literal::rd(self.sources.text(token.span())).unwrap_or(RouteDistinguisher(0)))
    }

    /// An address as it is written, no constant.
    pub(super) fn literal_address(&mut self) -> Read<IpAddr> {
        let text = self.text();
        let address = match self.kind() {
            Kind::Ip4 => literal::ip4(text).map(IpAddr::V4),
            Kind::Ip6 => literal::ip6(text).map(IpAddr::V6),
            _ => return Err(self.expected("an address")),
        };
        let span = self.bump().span();
        match address {
            Some(address) => Ok(address),
            None => {
                self.error(span, ErrorKind::Syntax, format!("`{text}` is no address"));
                Err(Skip)
            }
        }
    }

    /// `10.0.0.0/8`, whose host bits are zero.
    pub(super) fn ip_net(&mut self) -> Read<IpNet> {
        let start = self.span();
        let address = self.literal_address()?;
        self.expect(Kind::Slash, "`/`")?;
        let length = self.number()?;
        let span = self.since(start);
        let Some(net) = u8::try_from(length).ok().and_then(|length| IpNet::new(address, length).ok()) else {
            self.refuse(span, format!("a prefix of {address} cannot have the length {length}"));
            return Err(Skip);
        };
        let truncated = net.trunc();
        if truncated != net {
            self.refuse(span, format!("`{net}` has bits behind its length; perhaps `{truncated}` is meant"));
        }
        Ok(truncated)
    }

    /// A network as it is written, no constant.
    pub(super) fn literal_net(&mut self) -> Read<Net> {
        if self.is(Kind::Rd) {
            let rd = self.rd()?;
            return Ok(Net::Vpn(rd, self.ip_net()?));
        }
        let start = self.span();
        let prefix = self.ip_net()?;
        if self.eat_word("max") {
            return self.roa(prefix, start);
        }
        match prefix {
            IpNet::V6(dst) if self.at_word("from") && self.kind_at(1) == Kind::Ip6 => {
                self.bump();
                match self.ip_net()? {
                    IpNet::V6(src) => Ok(Net::Sadr { dst, src }),
                    IpNet::V4(_) => Err(self.expected("an IPv6 prefix")),
                }
            }
            prefix => Ok(Net::Ip(prefix)),
        }
    }

    /// `max 24 as 65000` behind a prefix.
    fn roa(&mut self, prefix: IpNet, start: super::Span) -> Read<Net> {
        let max = self.net_number()?;
        self.expect_word("as")?;
        let asn = self.net_number()?;
        let (least, most) = (u32::from(prefix.prefix_len()), u32::from(prefix.max_prefix_len()));
        if !(least..=most).contains(&max) {
            self.refuse(self.since(start), format!("the longest length must lie between {least} and {most}"));
        }
        Ok(Net::Roa { prefix, max: max.min(most) as u8, asn })
    }

    /// A number within a network: a constant or a term too since 2.14.
    fn net_number(&mut self) -> Read<u32> {
        if matches!(self.kind(), Kind::Number | Kind::Hex) {
            return self.number();
        }
        let value = self.int_value("a number")?;
        self.require(Versions::since((14, 0), (0, 0)), value.span, "a constant within a network");
        Ok(crate::bird::plain::int(&self.tree, &value).unwrap_or(0))
    }

    /// Whether a keyword begins a network here.
    pub(super) fn net_follows(&self) -> bool {
        match self.word_at(0) {
            "flow4" | "flow6" => self.kind_at(1) == Kind::BraceOpen,
            "mpls" | "aspa" => {
                matches!(self.kind_at(1), Kind::Number | Kind::Hex | Kind::ParenOpen | Kind::Word)
            }
            "eth" => matches!(self.kind_at(1), Kind::Ip6 | Kind::Bytes),
            "neighbor" => matches!(self.kind_at(1), Kind::Ip4 | Kind::Ip6),
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
                self.require(Versions::since((16, 0), (1, 0)), start, "ASPA networks");
                Ok(Net::Aspa(self.net_number()?))
            }
            _ => self.other_net(start),
        }
    }

    /// The networks of bridges and EVPN are kept as they are written.
    fn other_net(&mut self, start: super::Span) -> Read<Net> {
        self.require(Versions::since((19, 0), (3, 0)), start, "networks of this kind");
        let ends = |p: &Self| match p.kind() {
            Kind::Semicolon | Kind::BraceOpen | Kind::BraceClose | Kind::Comma | Kind::End => true,
            Kind::Word => ends_net(p.word_at(0)),
            _ => false,
        };
        while !ends(self) {
            self.bump();
        }
        Ok(Net::Other(self.sources.text(self.since(start)).into()))
    }

    /// `{ dst 10.0.0.0/8; proto = 17; dport 53; }` behind `flow4`.
    fn flow(&mut self, start: super::Span) -> Read<Net> {
        self.expect(Kind::BraceOpen, "`{`")?;
        let (mut dst, mut src) = (None, None);
        while !self.is(Kind::BraceClose) {
            let which = self.word_at(0);
            self.name("a part of a flow specification")?;
            match which {
                "dst" => dst = Some(self.flow_prefix()?),
                "src" => src = Some(self.flow_prefix()?),
                "tcp" => self.flow_flags()?,
                "fragment" => self.flow_fragments()?,
                "next" | "icmp" => {
                    self.name("`header`, `type` or `code`")?;
                    self.flow_numbers()?;
                }
                "proto" | "port" | "dport" | "sport" | "length" | "dscp" | "label" => self.flow_numbers()?,
                _ => return Err(self.expected("a part of a flow specification")),
            }
            self.expect(Kind::Semicolon, "`;`")?;
        }
        self.bump();
        let text = self.sources.text(self.since(start)).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Net::Flow(Box::new(FlowSpec { dst, src, text: text.into() })))
    }

    fn flow_prefix(&mut self) -> Read<IpNet> {
        let prefix = self.ip_net_value()?;
        if self.eat_word("offset") {
            self.int_value("a number")?;
        }
        Ok(prefix.unwrap_or_default())
    }

    /// `= 5 || > 6 && < 9`, `1, 2, 5..9`, `true`
    fn flow_numbers(&mut self) -> Read<()> {
        loop {
            self.flow_number()?;
            if !matches!(self.kind(), Kind::Comma | Kind::And | Kind::Or) {
                return Ok(());
            }
            self.bump();
        }
    }

    fn flow_number(&mut self) -> Read<()> {
        const OPERATORS: [Kind; 6] =
            [Kind::Equal, Kind::NotEqual, Kind::Less, Kind::LessEqual, Kind::Greater, Kind::GreaterEqual];
        if OPERATORS.contains(&self.kind()) || self.at_word("true") || self.at_word("false") {
            self.bump();
        }
        self.int_value("a number")?;
        if self.eat(Kind::Dots) {
            self.int_value("a number")?;
        }
        Ok(())
    }

    /// `flags 0x03/0x0f && !0/0xff`
    fn flow_flags(&mut self) -> Read<()> {
        self.expect_word("flags")?;
        loop {
            self.eat(Kind::Bang);
            self.int_value("a number")?;
            self.expect(Kind::Slash, "`/`")?;
            self.int_value("a number")?;
            if !matches!(self.kind(), Kind::Comma | Kind::And | Kind::Or) {
                return Ok(());
            }
            self.bump();
        }
    }

    /// `is_fragment && !last_fragment`
    fn flow_fragments(&mut self) -> Read<()> {
        loop {
            self.eat(Kind::Bang);
            match self.word_at(0) {
                "dont_fragment" | "is_fragment" | "first_fragment" | "last_fragment" => self.bump(),
                _ => return Err(self.expected("the name of a fragment flag")),
            };
            if !matches!(self.kind(), Kind::Comma | Kind::And | Kind::Or) {
                return Ok(());
            }
            self.bump();
        }
    }
}

/// The words that stand behind the network of a static route.
fn ends_net(word: &str) -> bool {
    matches!(word, "via" | "blackhole" | "unreachable" | "prohibit" | "recursive" | "drop" | "reject")
}
