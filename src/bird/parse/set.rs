//! Set literals, the labels of `case`, and AS path masks.

use super::{Kind, Parser, Read, Span};
use crate::bird::error::ErrorKind;
use crate::bird::tree::{Bound, EcKind, Enumerator, Expr, ExprKind, MaskItem, PrefixPattern, SetItem};
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
                items.push(SetItem::Prefix(self.prefix_pattern()?));
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
    fn prefix_pattern(&mut self) -> Read<PrefixPattern> {
        let start = self.span();
        if !self.prefix_follows() {
            return Err(self.expected("a prefix, as all members of this set are"));
        }
        let prefix = self.ip_net()?;
        let (length, most) = (prefix.prefix_len(), prefix.max_prefix_len());
        let (low, high) = match self.kind() {
            Kind::Plus => (length, most),
            Kind::Minus => (0, length),
            Kind::BraceOpen => return self.prefix_range(prefix, start),
            _ => return Ok(PrefixPattern { prefix, low: length, high: length, span: self.since(start) }),
        };
        self.bump();
        Ok(PrefixPattern { prefix, low, high, span: self.since(start) })
    }

    fn prefix_range(&mut self, prefix: ipnet::IpNet, start: Span) -> Read<PrefixPattern> {
        self.bump();
        let low = self.number()?;
        self.expect(Kind::Comma, "`,`")?;
        let high = self.number()?;
        self.expect(Kind::BraceClose, "`}`")?;
        let span = self.since(start);
        let most = u32::from(prefix.max_prefix_len());
        if low > high || high > most {
            self.refuse(span, format!("the lengths {{{low},{high}}} are no range within 0 to {most}"));
        }
        Ok(PrefixPattern { prefix, low: low.min(most) as u8, high: high.min(most) as u8, span })
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
            return self.nested(|p| p.tuple());
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
