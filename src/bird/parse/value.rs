//! The values that options take: numbers, switches, times, texts, addresses, interface patterns.
//!
//! BIRD takes a literal, the name of a constant, or a term in parentheses, but no bare term.

use std::sync::Arc;

use ipnet::IpNet;

use super::{Kind, Parser, Read, Span, unquoted};
use crate::bird::plain;
use crate::bird::symbols::Symbol;
use crate::bird::tree::{Argument, Expr, ExprKind, InterfacePattern, Net, Type};
use crate::bird::version::Versions;

/// Since when a term in parentheses, or a constant, stands where only a literal stood before.
pub(super) const TERMS: Versions = Versions::since((18, 0), (2, 0));

impl Parser<'_> {
    /// Whether a constant or a term in parentheses stands here.
    pub(super) fn constant_follows(&self) -> bool {
        self.is(Kind::ParenOpen) || self.symbol().is_some()
    }

    /// `CONSTANT` or `(term)`, of one of some types.
    pub(super) fn constant(&mut self, types: &[Type], what: &str) -> Read<Expr> {
        let start = self.span();
        if self.eat(Kind::ParenOpen) {
            let term = self.term()?;
            self.expect(Kind::ParenClose, "`)`")?;
            let expr = Expr { kind: ExprKind::Parenthesised(Box::new(term)), span: self.since(start) };
            self.judge_type(&expr, types, what);
            return Ok(expr);
        }
        let symbol = self.symbol();
        if symbol.is_none()
            && !self.word_at(0).is_empty()
            && !super::super::keyword::is_keyword(self.word_at(0))
        {
            let name = self.name(what)?;
            self.undefined(&name);
            return Ok(Expr { span: name.span, kind: ExprKind::Undefined(Box::new(name)) });
        }
        let kind = match symbol {
            Some(Symbol::Constant(id)) => ExprKind::Constant(id),
            Some(Symbol::HostConstant) => ExprKind::HostConstant(Box::new(self.name_here())),
            Some(_) => {
                let name = self.name_here();
                self.refuse(name.span, format!("`{}` is no constant", name.text));
                ExprKind::Opaque
            }
            None => return Err(self.expected(what)),
        };
        self.bump();
        let expr = Expr { kind, span: self.since(start) };
        self.judge_type(&expr, types, what);
        Ok(expr)
    }

    /// The name that stands next, not yet read.
    fn name_here(&self) -> crate::bird::tree::Name {
        crate::bird::tree::Name { text: self.word_at(0).into(), span: self.span() }
    }

    fn judge_type(&mut self, expr: &Expr, types: &[Type], what: &str) {
        let found = crate::bird::types::of(&self.tree, self.routine.as_ref(), expr);
        if let Some(found) = found.filter(|found| !types.contains(found)) {
            self.refuse(expr.span, format!("expected {what}, and this is of type {found}"));
        }
    }

    /// `90`, `HOLD_TIME`, `(3 * 30)`
    pub(super) fn int_value(&mut self, what: &str) -> Read<Expr> {
        let start = self.span();
        if matches!(self.kind(), Kind::Number | Kind::Hex) {
            let kind = ExprKind::Number(self.number()?);
            return Ok(Expr { kind, span: self.since(start) });
        }
        self.constant(&[Type::Int], what)
    }

    /// A number within bounds.
    pub(super) fn bounded_int(&mut self, least: u32, most: u32) -> Read<Expr> {
        let value = self.int_value("a number")?;
        if let Some(number) = plain::int(&self.tree, &value).filter(|n| !(least..=most).contains(n)) {
            let bounds =
                if most == u32::MAX { format!("at least {least}") } else { format!("in {least} to {most}") };
            self.refuse(value.span, format!("{number} is not {bounds}"));
        }
        Ok(value)
    }

    /// `on`, `off`, `yes`, `no`, `true`, `false`, a number, or nothing, which means yes.
    pub(super) fn switch(&mut self) -> Read<Argument> {
        let start = self.span();
        let word = self.word_at(0);
        let value = match word {
            "on" | "yes" if self.at_word(word) => Some(true),
            "off" | "no" if self.at_word(word) => Some(false),
            "true" | "false" if self.at_word(word) => {
                self.require(Versions::since((18, 0), (2, 0)), start, "`true` and `false` as a switch");
                Some(word == "true")
            }
            _ => return self.switch_value(start),
        };
        self.bump();
        Ok(Argument::Switch(value, self.since(start)))
    }

    fn switch_value(&mut self, start: Span) -> Read<Argument> {
        if matches!(self.kind(), Kind::Number | Kind::Hex) {
            let number = self.number()?;
            return Ok(Argument::Switch(Some(number != 0), self.since(start)));
        }
        if !self.constant_follows() {
            return Ok(Argument::Switch(Some(true), Span { start: start.start, end: start.start }));
        }
        let types = [Type::Int, Type::Bool];
        let types =
            if Versions::since((18, 0), (2, 0)).accept(self.version) { &types[..] } else { &types[..1] };
        let value = self.constant(types, "a switch")?;
        let on = plain::value(&self.tree, &value).and_then(|value| match value {
            plain::Plain::Bool(on) => Some(on),
            plain::Plain::Int(number) => Some(number != 0),
            plain::Plain::Text(_) | plain::Plain::Address(_) | plain::Plain::Net(_) => None,
        });
        Ok(Argument::Switch(on, value.span))
    }

    /// `5 s`, `100 ms`, `(T) us`
    pub(super) fn time(&mut self) -> Read<Argument> {
        let start = self.span();
        let value = self.int_value("a time")?;
        let unit =
            [("s", 1_000_000), ("ms", 1_000), ("us", 1)].into_iter().find(|(word, _)| self.at_word(word));
        let Some((_, factor)) = unit else {
            return Err(self.expected("`s`, `ms` or `us`"));
        };
        self.bump();
        let time = plain::int(&self.tree, &value).map(|number| u64::from(number) * factor);
        Ok(Argument::Time(time, self.since(start)))
    }

    /// `"text"`, or a constant.
    pub(super) fn text_value(&mut self) -> Read<Expr> {
        let start = self.span();
        if self.is(Kind::Text) {
            let text = unquoted(self.sources.text(self.bump().span));
            return Ok(Expr { kind: ExprKind::Text(text), span: start });
        }
        self.since_terms(TERMS);
        self.constant(&[Type::String], "a text in quotes")
    }

    /// `"text"`; a constant or a term too since 2.18 and 3.2.
    pub(super) fn late_text_value(&mut self) -> Read<Expr> {
        if self.is(Kind::Text) || TERMS.accept(self.version) {
            return self.text_value();
        }
        Err(self.expected("a text in quotes"))
    }

    /// Terms in parentheses stand for addresses and networks in some versions only.
    fn since_terms(&mut self, versions: Versions) {
        if self.is(Kind::ParenOpen) {
            let span = self.span();
            self.require(versions, span, "a term in parentheses here");
        }
    }

    /// `hex:01:02`, `from_hex(…)`, or a constant.
    pub(super) fn bytes_value(&mut self) -> Read<Expr> {
        if matches!(self.kind(), Kind::Bytes | Kind::HexBytes) || self.at_word("from_hex") {
            return self.term();
        }
        self.constant(&[Type::Bytes], "a byte string")
    }

    /// `"text"` as it is written.
    pub(super) fn literal_text(&mut self) -> Read<(Arc<str>, Span)> {
        let token = self.expect(Kind::Text, "a text in quotes")?;
        Ok((unquoted(self.sources.text(token.span)), token.span))
    }

    /// `192.0.2.1`, or a constant.
    #[inline(always)]
    pub(super) fn address_value(&mut self) -> Read<Expr> {
        let start = self.span();
        if matches!(self.kind(), Kind::Ip4 | Kind::Ip6) {
            let address = self.literal_address()?;
            return Ok(Expr { kind: ExprKind::Address(address), span: start });
        }
        self.since_terms(TERMS);
        self.constant(&[Type::Ip], "an address")
    }

    /// `192.0.2.1`, or a constant that is an address or a text.
    pub(super) fn host_value(&mut self) -> Read<Expr> {
        if matches!(self.kind(), Kind::Ip4 | Kind::Ip6) {
            return self.address_value();
        }
        self.since_terms(Versions::since((14, 0), (0, 0)));
        if Versions::since((14, 0), (0, 0)).accept(self.version) {
            self.constant(&[Type::Ip, Type::String], "an address or a text")
        } else {
            self.constant(&[Type::Ip], "an address")
        }
    }

    /// A number or an IPv4 address.
    pub(super) fn id_value(&mut self) -> Read<Expr> {
        let start = self.span();
        match self.kind() {
            Kind::Number | Kind::Hex => self.int_value("a number or an IPv4 address"),
            Kind::Ip4 => {
                let address = self.literal_address()?;
                Ok(Expr { kind: ExprKind::Address(address), span: start })
            }
            Kind::ParenOpen if !TERMS.accept(self.version) => self.constant(&[Type::Int], "a number"),
            _ => {
                let value =
                    self.constant(&[Type::Int, Type::Quad, Type::Ip], "a number or an IPv4 address")?;
                if plain::address(&self.tree, &value).is_some_and(|address| address.is_ipv6()) {
                    self.refuse(
                        value.span,
                        "expected a number or an IPv4 address, and this is an IPv6 address",
                    );
                }
                Ok(value)
            }
        }
    }

    /// `10.0.0.0/8`, or a constant; nothing where the constant is not plain.
    pub(super) fn ip_net_value(&mut self) -> Read<Option<IpNet>> {
        if matches!(self.kind(), Kind::Ip4 | Kind::Ip6) {
            return self.ip_net().map(Some);
        }
        self.since_terms(TERMS);
        let value = self.constant(&[Type::Prefix], "a prefix")?;
        Ok(match plain::net(&self.tree, &value) {
            Some(Net::Ip(prefix)) => Some(prefix),
            Some(_) => {
                self.refuse(value.span, "expected a prefix of addresses");
                None
            }
            None => None,
        })
    }

    /// Any network, or a constant.
    #[inline(always)]
    pub(super) fn net_value(&mut self) -> Read<(Net, Span)> {
        let start = self.span();
        let net = match self.kind() {
            Kind::Ip4 | Kind::Ip6 | Kind::Rd => self.literal_net()?,
            _ if self.net_follows() && self.symbol().is_none() => self.keyword_net()?,
            Kind::ParenOpen => return Err(self.expected("a network")),
            _ => {
                let value = self.constant(&[Type::Prefix], "a network")?;
                let written = || Net::Other(self.sources.text(value.span).into());
                plain::net(&self.tree, &value).unwrap_or_else(written)
            }
        };
        Ok((net, self.since(start)))
    }

    /// `-"cali*", "eth*" 10.0.0.0/8, 192.0.2.1`
    pub(super) fn interfaces(&mut self) -> Read<Vec<InterfacePattern>> {
        let mut patterns = Vec::new();
        loop {
            patterns.push(self.interface_pattern()?);
            if !self.eat(Kind::Comma) {
                return Ok(patterns);
            }
        }
    }

    fn interface_pattern(&mut self) -> Read<InterfacePattern> {
        let start = self.span();
        let negated = self.eat(Kind::Minus);
        if self.value_pattern_follows() {
            return self.value_pattern(negated, start);
        }
        let name = if self.is(Kind::Text) { Some(self.literal_text()?.0) } else { None };
        let has_prefix = matches!(self.kind(), Kind::Ip4 | Kind::Ip6)
            || self.symbol().is_some()
            || self.value_pattern_follows();
        let prefix = if has_prefix { self.net_or_address()? } else { None };
        if name.is_none() && !has_prefix {
            return Err(self.expected("an interface pattern: a text in quotes or a prefix"));
        }
        Ok(InterfacePattern { negated, name, prefix, span: self.since(start) })
    }

    /// Whether a constant stands here that may be a text or a prefix, since 2.19.
    fn value_pattern_follows(&self) -> bool {
        self.constant_follows() && TERMS.accept(self.version)
    }

    /// `NAME`, `(term)`, and a prefix behind them where they are a text.
    fn value_pattern(&mut self, negated: bool, start: Span) -> Read<InterfacePattern> {
        let value = self.constant(&[Type::String, Type::Ip, Type::Prefix], "a text or a prefix")?;
        let (mut name, mut prefix) = (None, None);
        match plain::value(&self.tree, &value) {
            Some(plain::Plain::Text(text)) => name = Some(text),
            Some(plain::Plain::Address(address)) => prefix = Some(IpNet::from(address)),
            Some(plain::Plain::Net(Net::Ip(net))) => prefix = Some(net),
            _ => {}
        }
        let more = matches!(self.kind(), Kind::Ip4 | Kind::Ip6) || self.constant_follows();
        if name.is_some() && more {
            prefix = self.net_or_address()?;
        }
        Ok(InterfacePattern { negated, name, prefix, span: self.since(start) })
    }

    /// `10.0.0.0/8`, `192.0.2.1`, or a constant of either type.
    pub(super) fn net_or_address(&mut self) -> Read<Option<IpNet>> {
        if matches!(self.kind(), Kind::Ip4 | Kind::Ip6) {
            if self.kind_at(1) == Kind::Slash {
                return self.ip_net().map(Some);
            }
            return self.literal_address().map(|address| Some(IpNet::from(address)));
        }
        let value = self.constant(&[Type::Prefix, Type::Ip], "an address or a prefix")?;
        Ok(match plain::value(&self.tree, &value) {
            Some(plain::Plain::Address(address)) => Some(IpNet::from(address)),
            Some(plain::Plain::Net(Net::Ip(prefix))) => Some(prefix),
            _ => None,
        })
    }

    /// Patterns that are names: a prefix is an error.
    pub(super) fn interface_names(&mut self) -> Read<Vec<InterfacePattern>> {
        let patterns = self.interfaces()?;
        // What a call gives is not known here.
        let is_prefix =
            |p: &&InterfacePattern| p.prefix.is_some() || p.name.is_none() && !TERMS.accept(self.version);
        if let Some(pattern) = patterns.iter().find(is_prefix) {
            self.refuse(pattern.span, "expected the pattern of an interface's name, not a prefix");
        }
        Ok(patterns)
    }
}
