//! Flow specifications (conf/flowspec.Y), whose `&&`, `||`, `,` and `..` have meanings of their own.

use ipnet::IpNet;

use super::{Kind, Parser, Read, Span};
use crate::bird::plain;
use crate::bird::tree::{Expr, FlowSpec, Net};

/// The family of a flow specification.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Flow4,
    Flow6,
}

impl Parser<'_> {
    /// `{ dst 10.0.0.0/8; proto = 17; dport 53; }` behind `flow4`.
    pub(super) fn flow(&mut self, start: Span) -> Read<Net> {
        let family = if self.sources.text(start) == "flow4" { Family::Flow4 } else { Family::Flow6 };
        self.expect(Kind::BraceOpen, "`{`")?;
        let (mut dst, mut src) = (None, None);
        while !self.is(Kind::BraceClose) {
            match self.unhidden_word_at(0) {
                "dst" => dst = Some(self.flow_prefix(family)?),
                "src" => src = Some(self.flow_prefix(family)?),
                _ => self.flow_part(family)?,
            }
            self.expect(Kind::Semicolon, "`;`")?;
        }
        self.bump();
        let text = self.sources.text(self.since(start)).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Net::Flow(Box::new(FlowSpec { dst, src, text: text.into() })))
    }

    fn flow_part(&mut self, family: Family) -> Read<()> {
        let word = self.unhidden_word_at(0);
        if word.is_empty() {
            return Err(self.expected("a part of a flow specification"));
        }
        let span = self.bump().span;
        match word {
            "tcp" => self.flow_flags(),
            "fragment" => self.flow_fragments(family),
            "next" => {
                self.expect_word("header")?;
                self.flow_numbers(0xff)
            }
            "icmp" => {
                if !self.eat_word("type") {
                    self.expect_word("code")?;
                }
                self.flow_numbers(0xff)
            }
            "proto" => self.flow_numbers(0xff),
            "port" | "dport" | "sport" | "length" => self.flow_numbers(0xffff),
            "dscp" => self.flow_numbers(0x3f),
            "label" => {
                if family == Family::Flow4 {
                    self.refuse(span, "`label` is for `flow6`");
                }
                self.flow_numbers(0xf_ffff)
            }
            _ => Err(self.expected("a part of a flow specification")),
        }
    }

    /// `dst 10.0.0.0/8`, `src 2001:db8::/32 offset 16`
    fn flow_prefix(&mut self, family: Family) -> Read<IpNet> {
        self.bump();
        let start = self.span();
        let prefix = self.ip_net_value()?;
        if prefix.is_some_and(|prefix| prefix.addr().is_ipv4() != (family == Family::Flow4)) {
            self.refuse(self.since(start), "the prefix is of another family than the flow specification");
        }
        if family == Family::Flow6 && self.eat_word("offset") {
            let offset = self.int_value("a number")?;
            let length = prefix.map(|prefix| u32::from(prefix.prefix_len()));
            if plain::int(&self.tree, &offset).zip(length).is_some_and(|(offset, length)| offset > length) {
                self.refuse(offset.span, "the offset exceeds the length of the prefix");
            }
        }
        Ok(prefix.unwrap_or_default())
    }

    /// `= 5 || > 6 && < 9 || 12, 20..30`: commas stand between numbers and ranges only, and none of these
    /// behind `&&`.
    fn flow_numbers(&mut self, most: u32) -> Read<()> {
        let mut compared = self.flow_number(most)?;
        loop {
            match self.kind() {
                Kind::Comma if !compared => {
                    self.bump();
                    if self.flow_number(most)? {
                        return Err(self.expected("a number or a range behind `,`"));
                    }
                }
                Kind::Or => {
                    self.bump();
                    compared = self.flow_number(most)?;
                }
                Kind::And => {
                    self.bump();
                    compared = self.flow_number(most)?;
                    if !compared {
                        return Err(self.expected("a comparison behind `&&`"));
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// A comparison, or a number or range; tells whether it was a comparison.
    fn flow_number(&mut self, most: u32) -> Read<bool> {
        const OPERATORS: [Kind; 6] =
            [Kind::Equal, Kind::NotEqual, Kind::Less, Kind::LessEqual, Kind::Greater, Kind::GreaterEqual];
        let compared = OPERATORS.contains(&self.kind()) || self.at_word("true") || self.at_word("false");
        if compared {
            self.bump();
        }
        self.flow_value(most)?;
        if !compared && self.eat(Kind::Dots) {
            self.flow_value(most)?;
        }
        Ok(compared)
    }

    fn flow_value(&mut self, most: u32) -> Read<Expr> {
        let value = self.int_value("a number")?;
        if let Some(number) = plain::int(&self.tree, &value).filter(|number| *number > most) {
            self.refuse(value.span, format!("{number} exceeds {most}"));
        }
        Ok(value)
    }

    /// `flags 0x03/0x0f && !0/0xff`
    fn flow_flags(&mut self) -> Read<()> {
        self.expect_word("flags")?;
        loop {
            let negated = self.eat(Kind::Bang);
            let value = self.int_value("a number")?;
            self.expect(Kind::Slash, "`/`")?;
            let mask = self.flow_value(0xfff)?;
            if let Some((bits, mask)) = plain::int(&self.tree, &value).zip(plain::int(&self.tree, &mask))
                && (bits & !mask != 0 || negated && bits != 0 && bits != mask)
            {
                self.refuse(value.span, "the value lies outside of its mask, or is negated in part");
            }
            if !self.flow_joined() {
                return Ok(());
            }
        }
    }

    /// `is_fragment && !last_fragment`
    fn flow_fragments(&mut self, family: Family) -> Read<()> {
        loop {
            self.eat(Kind::Bang);
            match self.unhidden_word_at(0) {
                "dont_fragment" if family == Family::Flow6 => {
                    self.refuse(self.span(), "`dont_fragment` is for `flow4`");
                }
                "dont_fragment" | "is_fragment" | "first_fragment" | "last_fragment" => {}
                _ => return Err(self.expected("the name of a fragment flag")),
            }
            self.bump();
            if !self.flow_joined() {
                return Ok(());
            }
        }
    }

    /// Reads `,`, `&&` or `||`, if one stands next.
    fn flow_joined(&mut self) -> bool {
        let joined = matches!(self.kind(), Kind::Comma | Kind::And | Kind::Or);
        if joined {
            self.bump();
        }
        joined
    }
}
