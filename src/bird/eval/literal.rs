//! Set and mask literals, built from what stands in the tree.

use std::sync::Arc;

use crate::bird::tree::{Bound, Community, EcKind, Expr, MaskItem, PrefixPattern, SetItem, Span};

use super::command::unread;
use super::machine::{Frame, Machine, Stop};
use super::value::community::{EcKey, EcType, extended};
use super::value::{Interval, Large, Mask, MaskKind, MaskPart, Pattern, PrefixSet, Set, Value};

impl<'a> Machine<'a> {
    /// `[ … ]`: a prefix set where it holds prefixes, else a set.
    pub(super) fn set_literal(&mut self, items: &[SetItem]) -> Result<Value, Stop> {
        if let Some(SetItem::Prefix(_)) = items.first() {
            return prefix_set(items);
        }
        Ok(Value::Set(Arc::new(self.set(items)?)))
    }

    fn set(&mut self, items: &[SetItem]) -> Result<Set, Stop> {
        let mut intervals = Vec::new();
        for item in items {
            intervals.append(&mut self.intervals(item)?);
        }
        Ok(Set::new(intervals, self.version()))
    }

    /// The intervals that one item stands for; `(a..b, c)` is one for each of `a` to `b`.
    pub(super) fn intervals(&mut self, item: &SetItem) -> Result<Vec<Interval>, Stop> {
        match item {
            SetItem::Value(Bound::One(term)) => Ok(vec![Interval::one(self.constant_term(term)?)]),
            SetItem::Value(Bound::Range(ends)) | SetItem::TupleRange(ends) => {
                let (from, to) = (self.constant_term(&ends[0])?, self.constant_term(&ends[1])?);
                match (&from, &to) {
                    (Value::Pair(a), Value::Pair(b)) if a >> 16 > b >> 16 || a & 0xffff > b & 0xffff => {
                        Err(turned_round(ends[0].span))
                    }
                    _ => Ok(vec![Interval { from, to }]),
                }
            }
            SetItem::Value(Bound::Any) => Err(unread(Span::default())),
            SetItem::Community(community, _) => Ok(vec![Interval::one(community_value(*community))]),
            SetItem::Pair(bounds) => self.pairs(bounds),
            SetItem::Ec(kind, bounds) => Ok(vec![self.extended_interval(kind, bounds)?]),
            SetItem::Lc(bounds) => Ok(vec![self.large_interval(bounds)?]),
            SetItem::Prefix(pattern) => Err(unread(pattern.span)),
            SetItem::Opaque(span) => Err(unread(*span)),
        }
    }

    fn pairs(&mut self, bounds: &[Bound; 2]) -> Result<Vec<Interval>, Stop> {
        const ALL: u32 = 0xffff;
        let (first, last) = self.bound(&bounds[0], ALL)?;
        let (low, high) = self.bound(&bounds[1], ALL)?;
        if last < first || high < low || last.max(high) > ALL {
            return Err(turned_round(span_of(bounds)));
        }
        let pair = |a: u32, b: u32| Value::Pair((a << 16) | b);
        if matches!(bounds[1], Bound::Any) {
            return Ok(vec![Interval { from: pair(first, low), to: pair(last, high) }]);
        }
        Ok((first..=last).map(|a| Interval { from: pair(a, low), to: pair(a, high) }).collect())
    }

    fn extended_interval(&mut self, kind: &EcKind, bounds: &[Bound; 2]) -> Result<Interval, Stop> {
        let ty = EcType::of(*kind);
        let key = match &bounds[0] {
            Bound::One(term) => self.ec_key(term)?,
            Bound::Any | Bound::Range(_) => return Err(unread(Span::default())),
        };
        let limit = ec_limit(ty, key);
        let (low, high) = self.bound(&bounds[1], limit)?;
        if low.max(high) > limit {
            return Err(Stop::failed(format!("a value beside this key is {limit} at most"), span_of(bounds)));
        }
        let ec = |value| Value::Ec(extended(ty, key, value));
        Ok(Interval { from: ec(low), to: ec(high) })
    }

    fn large_interval(&mut self, bounds: &[Bound; 3]) -> Result<Interval, Stop> {
        let (asn, data1, data2) = (
            self.bound(&bounds[0], u32::MAX)?,
            self.bound(&bounds[1], u32::MAX)?,
            self.bound(&bounds[2], u32::MAX)?,
        );
        let from = Value::Lc(Large { asn: asn.0, data1: data1.0, data2: data2.0 });
        Ok(Interval { from, to: Value::Lc(Large { asn: asn.1, data1: data1.1, data2: data2.1 }) })
    }

    /// The ends of a place in a tuple; `all` is the highest that `*` takes.
    fn bound(&mut self, bound: &Bound, all: u32) -> Result<(u32, u32), Stop> {
        match bound {
            Bound::Any => Ok((0, all)),
            Bound::One(term) => self.number(term).map(|number| (number, number)),
            Bound::Range(ends) => Ok((self.number(&ends[0])?, self.number(&ends[1])?)),
        }
    }

    fn ec_key(&mut self, term: &Expr) -> Result<EcKey, Stop> {
        let value = self.constant_term(term)?;
        ec_key_of(&value).ok_or_else(|| Stop::failed("Integer expression expected", term.span))
    }

    fn number(&mut self, term: &Expr) -> Result<u32, Stop> {
        match self.constant_term(term)? {
            Value::Int(number) => Ok(number),
            _ => Err(Stop::failed("Integer expression expected", term.span)),
        }
    }

    /// A term within a literal, which has no variables.
    fn constant_term(&mut self, term: &Expr) -> Result<Value, Stop> {
        self.term(term, &mut Frame::default())
    }

    /// `[= … =]`, whose terms may look at variables.
    pub(super) fn mask_literal(
        &mut self,
        items: &[MaskItem],
        span: Span,
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        let mut mask: Mask = Vec::new();
        for item in items {
            let kind = match item {
                MaskItem::Any => MaskKind::Any,
                MaskItem::One => MaskKind::One,
                MaskItem::Repeat => {
                    let first = || Stop::failed("Path mask iterator '+' cannot be first", span);
                    mask.last_mut().ok_or_else(first)?.repeats += 1;
                    continue;
                }
                MaskItem::Range(ends) => MaskKind::Range(self.number(&ends[0])?, self.number(&ends[1])?),
                MaskItem::Set(items, _) => MaskKind::Set(Arc::new(self.set(items)?)),
                MaskItem::Value(term) => self.mask_term(term, frame)?,
            };
            mask.push(MaskPart { kind, repeats: 0 });
        }
        Ok(Value::Mask(Arc::new(mask)))
    }

    fn mask_term(&mut self, term: &Expr, frame: &mut Frame<'a>) -> Result<MaskKind, Stop> {
        mask_kind(&self.term(term, frame)?, term.span)
    }
}

/// A community of plain numbers.
fn community_value(community: Community) -> Value {
    match community {
        Community::Pair(asn, data) => Value::Pair(u32::from(asn) << 16 | u32::from(data)),
        Community::Ec(kind, key, value) => {
            Value::Ec(extended(EcType::of(kind), EcKey::Number(key), value.into()))
        }
        Community::Lc([asn, data1, data2]) => Value::Lc(Large { asn, data1, data2 }),
    }
}

/// What a value stands for in a mask.
pub(super) fn mask_kind(value: &Value, span: Span) -> Result<MaskKind, Stop> {
    match value {
        Value::Int(asn) => Ok(MaskKind::Asn(*asn)),
        Value::Set(set) if set.sample().is_none_or(|i| matches!(i.from, Value::Int(_))) => {
            Ok(MaskKind::Set(set.clone()))
        }
        Value::Set(_) => Err(Stop::failed("Only integer sets allowed in path mask", span)),
        _ => Err(Stop::failed("Error resolving path mask template: value not an integer", span)),
    }
}

/// The key of an extended community, `None` for what cannot be one.
pub(super) fn ec_key_of(value: &Value) -> Option<EcKey> {
    match value {
        Value::Int(number) => Some(EcKey::Number(*number)),
        Value::Quad(address) => Some(EcKey::Address(*address)),
        Value::Ip(address) => address.v4().map(EcKey::Address),
        _ => None,
    }
}

/// The highest value that fits beside a key.
pub(super) fn ec_limit(ty: EcType, key: EcKey) -> u32 {
    match (ty, key) {
        (EcType::Generic, _) => u32::MAX,
        (EcType::Number(_), EcKey::Number(key)) if key < 0x1_0000 => u32::MAX,
        (EcType::Number(_), EcKey::Number(_) | EcKey::Address(_)) => 0xffff,
    }
}

fn turned_round(span: Span) -> Stop {
    Stop::failed("From value cannot be higher that To value in pair sets", span)
}

/// Where the first term of a tuple stands.
fn span_of(bounds: &[Bound]) -> Span {
    let terms = bounds.iter().find_map(|bound| match bound {
        Bound::Any => None,
        Bound::One(term) => Some(term.span),
        Bound::Range(ends) => Some(ends[0].span),
    });
    terms.unwrap_or_default()
}

fn prefix_set(items: &[SetItem]) -> Result<Value, Stop> {
    let mut patterns = Vec::with_capacity(items.len());
    for item in items {
        match item {
            SetItem::Prefix(PrefixPattern { prefix, low, high, .. }) => {
                patterns.push(Pattern { prefix: *prefix, low: *low, high: *high });
            }
            SetItem::Opaque(span) => return Err(unread(*span)),
            _ => return Err(unread(Span::default())),
        }
    }
    Ok(Value::PrefixSet(Arc::new(PrefixSet::new(patterns))))
}
