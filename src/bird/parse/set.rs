//! Set literals, the labels of `case`, and AS path masks.

use super::term::plain_ec_kind;
use super::{Kind, Parser, Read, Span};
use crate::bird::error::ErrorKind;
use crate::bird::tree::{
    Bound, Community, EcKind, Enumerator, Expr, ExprKind, MaskItem, PrefixPattern, SetItem,
};
use crate::bird::version::Versions;

impl Parser<'_> {
    /// `[ 10.0.0.0/8+, 192.0.2.0/24 ]`, `[ 1, 5..9 ]`, `[]`
    pub(super) fn set(&mut self) -> Read<ExprKind> {
        self.bump();
        if self.is(Kind::BracketClose) {
            let span = self.bump().span;
            self.require(Versions::since((0, 11), (0, 0)), span, "the empty set `[]`");
            return Ok(ExprKind::Set(Box::default()));
        }
        let mut items = Vec::new();
        if self.prefix_follows() {
            loop {
                self.prefix_pattern(&mut items)?;
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.judge_families(&items);
        } else {
            self.set_items(&mut items)?;
        }
        self.expect(Kind::BracketClose, "`,` or `]`")?;
        Ok(ExprKind::Set(items.into()))
    }

    fn set_items(&mut self, items: &mut Vec<SetItem>) -> Read<()> {
        loop {
            items.push(self.set_item()?);
            if !self.eat(Kind::Comma) {
                return Ok(());
            }
        }
    }

    fn prefix_follows(&self) -> bool {
        matches!(self.kind(), Kind::Ip4 | Kind::Ip6) && self.kind_at(1) == Kind::Slash
    }

    /// `10.0.0.0/8`, `10.0.0.0/8+`, `10.0.0.0/8-`, `10.0.0.0/8{8,24}`
    #[inline(always)]
    fn prefix_pattern(&mut self, items: &mut Vec<SetItem>) -> Read<()> {
        let start = self.span();
        if !self.prefix_follows() {
            return Err(self.expected("a prefix, as all members of this set are"));
        }
        if self.is(Kind::Ip4) {
            let net = self.literal_ip4_net()?;
            let (low, high) = self.lengths(net.prefix_len(), 32)?;
            let (prefix, span) = (net.into(), self.since(start));
            items.push(SetItem::Prefix(PrefixPattern { prefix, low, high, span }));
        } else {
            let net = self.literal_ip6_net()?;
            let (low, high) = self.lengths(net.prefix_len(), 128)?;
            let (prefix, span) = (net.into(), self.since(start));
            items.push(SetItem::Prefix(PrefixPattern { prefix, low, high, span }));
        }
        Ok(())
    }

    /// The shortest and the longest length, as what stands behind a prefix says.
    #[inline(always)]
    fn lengths(&mut self, length: u8, most: u8) -> Read<(u8, u8)> {
        let lengths = match self.kind() {
            Kind::Plus => (length, most),
            Kind::Minus => (0, length),
            Kind::BraceOpen => return self.length_range(most),
            _ => return Ok((length, length)),
        };
        self.bump();
        Ok(lengths)
    }

    /// `{8,24}`
    fn length_range(&mut self, most: u8) -> Read<(u8, u8)> {
        let start = self.bump().span;
        let low = self.number()?;
        self.expect(Kind::Comma, "`,`")?;
        let high = self.number()?;
        self.expect(Kind::BraceClose, "`}`")?;
        let limit = u32::from(most);
        if low > high || high > limit {
            let why = format!("the lengths {{{low},{high}}} are no range within 0 to {most}");
            self.refuse(self.since(start), why);
        }
        Ok((low.min(limit) as u8, high.min(limit) as u8))
    }

    /// One family in a set, since 2.0.8.
    fn judge_families(&mut self, items: &[SetItem]) {
        let family = |item: &SetItem| match item {
            SetItem::Prefix(pattern) => Some(pattern.prefix.max_prefix_len()),
            _ => None,
        };
        let first = items.first().and_then(family);
        let Some(other) = items.iter().find(|item| family(item) != first) else { return };
        if let SetItem::Prefix(pattern) = other {
            let span = pattern.span;
            self.require(Versions::before((0, 8), (0, 0)), span, "IPv4 and IPv6 prefixes in one set");
        }
    }

    /// `5`, `5..9`, `(65000, *)`, `(rt, 1, 2..3)`, `RTS_BGP`, `CONSTANT`, `(term)`
    pub(super) fn set_item(&mut self) -> Read<SetItem> {
        if self.is(Kind::ParenOpen) {
            return match self.community() {
                Some(item) => Ok(item),
                None => self.nested(|p| p.tuple()),
            };
        }
        let from = self.set_atom()?;
        self.range_from(from)
    }

    fn range_from(&mut self, from: Expr) -> Read<SetItem> {
        if !self.eat(Kind::Dots) {
            return Ok(SetItem::Value(Bound::One(from)));
        }
        let to = self.set_atom()?;
        Ok(SetItem::Value(Bound::Range(Box::new([from, to]))))
    }

    fn set_atom(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.kind() {
            Kind::Number | Kind::Hex => ExprKind::Number(self.number()?),
            Kind::Ip4 | Kind::Ip6 | Kind::Rd => return self.address_or_rd(),
            Kind::ParenOpen => {
                self.bump();
                let inner = self.term()?;
                self.expect(Kind::ParenClose, "`)`")?;
                ExprKind::Parenthesised(Box::new(inner))
            }
            Kind::Word | Kind::QuotedWord => return self.set_word(),
            _ => return Err(self.expected("a member of a set")),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// A constant or an enumerator: a set is known when it is read.
    fn set_word(&mut self) -> Read<Expr> {
        use crate::bird::symbols::Symbol;
        let symbol = self.symbol();
        let name = self.name("a constant")?;
        let span = name.span;
        let kind = match symbol {
            Some(Symbol::Constant(id)) => ExprKind::Constant(id),
            Some(Symbol::HostConstant) => ExprKind::HostConstant(Box::new(name)),
            Some(_) => {
                self.refuse(span, format!("`{}` is no constant, and sets are made of constants", name.text));
                ExprKind::Opaque
            }
            None => match Enumerator::named(&name.text) {
                Some((enumerator, versions)) => {
                    self.require(versions, span, format_args!("`{}`", name.text));
                    ExprKind::Enumerator(enumerator)
                }
                None => {
                    self.undefined(&name);
                    ExprKind::Undefined(Box::new(name))
                }
            },
        };
        Ok(Expr { kind, span })
    }

    /// `(65000, 1)`, `(rt, 65000, 1)`, `(65000, 1, 2)`, where nothing else may be meant.
    fn community(&mut self) -> Option<SetItem> {
        let number = |p: &Self, ahead, next| {
            let token = p.token_at(ahead);
            (token.kind == Kind::Number && p.kind_at(ahead + 1) == next).then_some(token.value)
        };
        let (community, len) = if self.kind_at(1) == Kind::Word {
            let kind = plain_ec_kind(self.unhidden_word_at(1)).filter(|_| self.kind_at(2) == Kind::Comma)?;
            let (key, value) = (number(self, 3, Kind::Comma)?, number(self, 5, Kind::ParenClose)?);
            (Community::Ec(kind, key, value.try_into().ok()?), 7)
        } else {
            let first = number(self, 1, Kind::Comma)?;
            if let Some(second) = number(self, 3, Kind::ParenClose) {
                (Community::Pair(first.try_into().ok()?, second.try_into().ok()?), 5)
            } else {
                let (second, third) = (number(self, 3, Kind::Comma)?, number(self, 5, Kind::ParenClose)?);
                (Community::Lc([first, second, third]), 7)
            }
        };
        if self.kind_at(len) == Kind::Dots {
            return None;
        }
        let start = self.span();
        for _ in 0..len {
            self.bump();
        }
        Some(SetItem::Community(community, self.since(start)))
    }

    /// `(a, b)`, `(a..b, *)`, `(a, b, c)`, `(rt, a, b)`, `(a, b)..(c, d)`, or `(term)`
    fn tuple(&mut self) -> Read<SetItem> {
        let start = self.span();
        self.bump();
        if let Some(kind) = self.ec_kind()? {
            return self.ec_item(kind);
        }
        let first = self.bound()?;
        if self.eat(Kind::ParenClose) {
            let Bound::One(term) = first else {
                self.error(self.since(start), ErrorKind::Syntax, "a tuple has two or three members");
                return Ok(SetItem::Opaque(self.since(start)));
            };
            let kind = ExprKind::Parenthesised(Box::new(term));
            return self.range_from(Expr { kind, span: self.since(start) });
        }
        self.expect(Kind::Comma, "`,` or `)`")?;
        let second = self.bound()?;
        if self.eat(Kind::Comma) {
            let third = self.bound()?;
            self.expect(Kind::ParenClose, "`)`")?;
            return self.lc_item([first, second, third], start);
        }
        self.expect(Kind::ParenClose, "`,` or `)`")?;
        match (first, second) {
            (Bound::One(a), Bound::One(b)) if self.is(Kind::Dots) => {
                let from = Expr { kind: ExprKind::Pair(Box::new([a, b])), span: self.since(start) };
                self.tuple_range(from)
            }
            (first, second) => Ok(SetItem::Pair(Box::new([first, second]))),
        }
    }

    /// `*`, `5`, `5..9`
    fn bound(&mut self) -> Read<Bound> {
        if self.eat(Kind::Star) {
            return Ok(Bound::Any);
        }
        let from = self.term()?;
        if !self.eat(Kind::Dots) {
            return Ok(Bound::One(from));
        }
        let to = self.term()?;
        Ok(Bound::Range(Box::new([from, to])))
    }

    /// After a place with `*` or a range, BIRD takes nothing but `*` in a large community.
    fn lc_item(&mut self, bounds: [Bound; 3], start: Span) -> Read<SetItem> {
        let one = |bound: &Bound| matches!(bound, Bound::One(_));
        let any = |bound: &Bound| matches!(bound, Bound::Any);
        if !bounds.windows(2).all(|pair| one(&pair[0]) || any(&pair[1])) {
            self.error(self.since(start), ErrorKind::Syntax, "behind `*` or a range only `*` may stand");
        }
        if self.is(Kind::Dots)
            && let [Bound::One(a), Bound::One(b), Bound::One(c)] = bounds
        {
            let from = Expr { kind: ExprKind::Lc(Box::new([a, b, c])), span: self.since(start) };
            return self.tuple_range(from);
        }
        Ok(SetItem::Lc(Box::new(bounds)))
    }

    fn ec_item(&mut self, kind: EcKind) -> Read<SetItem> {
        self.expect(Kind::Comma, "`,`")?;
        let key = Bound::One(self.term()?);
        self.expect(Kind::Comma, "`,`")?;
        let value = self.bound()?;
        self.expect(Kind::ParenClose, "`)`")?;
        Ok(SetItem::Ec(kind, Box::new([key, value])))
    }

    /// `..(c, d)` behind a tuple.
    fn tuple_range(&mut self, from: Expr) -> Read<SetItem> {
        self.expect(Kind::Dots, "`..`")?;
        let start = self.span();
        self.expect(Kind::ParenOpen, "a tuple")?;
        let first = self.term()?;
        self.expect(Kind::Comma, "`,`")?;
        let second = self.term()?;
        let to = match from.kind {
            ExprKind::Lc(_) => {
                self.expect(Kind::Comma, "`,`")?;
                ExprKind::Lc(Box::new([first, second, self.term()?]))
            }
            _ => ExprKind::Pair(Box::new([first, second])),
        };
        self.expect(Kind::ParenClose, "`)`")?;
        let to = Expr { kind: to, span: self.since(start) };
        Ok(SetItem::TupleRange(Box::new([from, to])))
    }

    /// `[= * 65000 ? [1, 2..5] (term) =]`
    pub(super) fn mask(&mut self) -> Read<ExprKind> {
        self.bump();
        let mut items = Vec::new();
        while !self.eat(Kind::MaskClose) {
            items.push(self.mask_item()?);
        }
        Ok(ExprKind::Mask(items.into()))
    }

    fn mask_item(&mut self) -> Read<MaskItem> {
        let start = self.span();
        match self.kind() {
            Kind::Star => self.bump(),
            Kind::Question => self.bump(),
            Kind::Plus => self.bump(),
            Kind::Number | Kind::Hex => return self.mask_number(start),
            Kind::BracketOpen => return self.mask_set(start),
            Kind::ParenOpen => return self.set_atom().map(MaskItem::Value),
            Kind::Word | Kind::QuotedWord => return self.mask_word().map(MaskItem::Value),
            _ => return Err(self.expected("a part of an AS path mask, or `=]`")),
        };
        Ok(match self.sources.text(start) {
            "*" => MaskItem::Any,
            "?" => MaskItem::One,
            _ => {
                self.require(Versions::since((0, 8), (0, 0)), start, "`+` in an AS path mask");
                MaskItem::Repeat
            }
        })
    }

    fn mask_number(&mut self, start: Span) -> Read<MaskItem> {
        let from = Expr { kind: ExprKind::Number(self.number()?), span: start };
        if !self.eat(Kind::Dots) {
            return Ok(MaskItem::Value(from));
        }
        let start = self.span();
        let to = Expr { kind: ExprKind::Number(self.number()?), span: start };
        Ok(MaskItem::Range(Box::new([from, to])))
    }

    fn mask_set(&mut self, start: Span) -> Read<MaskItem> {
        self.bump();
        let mut items = Vec::new();
        if !self.is(Kind::BracketClose) {
            self.set_items(&mut items)?;
        }
        self.expect(Kind::BracketClose, "`,` or `]`")?;
        Ok(MaskItem::Set(items, self.since(start)))
    }

    /// A constant, a variable or an attribute.
    fn mask_word(&mut self) -> Read<Expr> {
        let start = self.span();
        let expr = self.word_term()?;
        match expr.kind {
            ExprKind::Attribute(_) => {
                self.require(Versions::THREE, start, "an attribute in an AS path mask without parentheses");
                Ok(expr)
            }
            ExprKind::Enumerator(_) | ExprKind::Bool(_) => {
                self.error(
                    start,
                    ErrorKind::Syntax,
                    "a value of this kind in an AS path mask wants parentheses",
                );
                Ok(Expr { kind: ExprKind::Opaque, span: expr.span })
            }
            ExprKind::Call(..) | ExprKind::BuiltInCall(..) => {
                self.error(start, ErrorKind::Syntax, "a call in an AS path mask wants parentheses");
                Ok(Expr { kind: ExprKind::Opaque, span: expr.span })
            }
            _ => Ok(expr),
        }
    }
}
