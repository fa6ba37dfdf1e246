//! Sets and the arms of `case`, whose members are known when they are read.

use super::Check;
use crate::bird::files::Span;
use crate::bird::plain::{self, Plain};
use crate::bird::tree::{Arm, Bound, Expr, ExprKind, SetItem, Type};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// Judges the members of a set that is read as a constant.
    pub(super) fn set_items(&mut self, items: &'t [SetItem]) {
        for item in items {
            match item {
                SetItem::Value(bound) => self.set_value(bound),
                SetItem::Pair(bounds) => bounds.iter().for_each(|bound| self.set_number(bound, 0xffff)),
                SetItem::Ec(_, bounds) => bounds.iter().for_each(|bound| self.set_number(bound, u32::MAX)),
                SetItem::Lc(bounds) => bounds.iter().for_each(|bound| self.set_number(bound, u32::MAX)),
                SetItem::Prefix(_) | SetItem::TupleRange(_) | SetItem::Opaque(_) => {}
            }
        }
    }

    fn set_value(&mut self, bound: &Bound) {
        let values: &[Expr] = match bound {
            Bound::Any => &[],
            Bound::One(value) => std::slice::from_ref(value),
            Bound::Range(ends) => ends.as_slice(),
        };
        for value in values {
            let ty = self.of(None, value);
            let refused = ty.is_some_and(|ty| {
                !matches!(
                    ty,
                    Type::Int
                        | Type::Pair
                        | Type::Quad
                        | Type::Ip
                        | Type::Ec
                        | Type::Lc
                        | Type::Rd
                        | Type::Mac
                        | Type::Enum(_)
                )
            });
            if let Some(ty) = ty.filter(|_| refused) {
                self.refuse(value.span, format!("a value of type {ty} cannot be a member of a set"));
            }
        }
    }

    /// A number within a tuple of a set.
    fn set_number(&mut self, bound: &Bound, most: u32) {
        let values: &[Expr] = match bound {
            Bound::Any => &[],
            Bound::One(value) => std::slice::from_ref(value),
            Bound::Range(ends) => ends.as_slice(),
        };
        let mut numbers = Vec::new();
        for value in values {
            self.must_be(None, value, Type::Int, "a part of a tuple");
            if let Some(number) = plain::int(self.tree, value) {
                numbers.push(number);
                if number > most {
                    self.refuse(value.span, format!("{number} exceeds {most}"));
                }
            }
        }
        if let [from, to] = numbers.as_slice()
            && from > to
            && most == 0xffff
        {
            self.refuse(values[0].span, "the range ends below where it begins");
        }
    }

    /// The arms of a `case` that are plain numbers or addresses must not overlap.
    pub(super) fn overlapping(&mut self, arms: &'t [Arm]) {
        let mut ranges: Vec<(u128, u128, Span)> = Vec::new();
        for label in arms.iter().flat_map(|arm| &arm.labels) {
            ranges.extend(self.range(label));
        }
        ranges.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        let overlap = ranges.windows(2).find(|pair| pair[1].0 <= pair[0].1).map(|pair| pair[1].2);
        if let Some(span) = overlap {
            self.refuse_in(Versions::since((18, 0), (2, 0)), span, "the arms of the `case` overlap");
        }
    }

    fn range(&self, label: &SetItem) -> Option<(u128, u128, Span)> {
        let number = |expr: &Expr| match (&expr.kind, plain::value(self.tree, expr)?) {
            (_, Plain::Int(number)) => Some(u128::from(number)),
            (_, Plain::Address(address)) => Some(crate::net::AddressRange::host(address).first),
            _ => None,
        };
        match label {
            SetItem::Value(Bound::One(value)) => {
                let at = number(value).or_else(|| match value.kind {
                    ExprKind::Enumerator(enumerator) => Some(u128::from(enumerator.value)),
                    _ => None,
                })?;
                Some((at, at, value.span))
            }
            SetItem::Value(Bound::Range(ends)) => Some((number(&ends[0])?, number(&ends[1])?, ends[0].span)),
            _ => None,
        }
    }
}
