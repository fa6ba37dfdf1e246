//! Sets and the arms of `case`, whose members are known when they are read.

use super::Check;
use crate::bird::eval::Ending;
use crate::bird::eval::value::Interval;
use crate::bird::files::Span;
use crate::bird::tree::{Arm, Bound, Expr, ExprKind, SetItem, Type};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// Judges the members of a set that is read as a constant.
    pub(super) fn items(&mut self, items: &'t [SetItem]) {
        for item in items.iter().filter(|item| !is_plain(item)) {
            let before = self.errors.len();
            self.item(item);
            if self.errors.len() == before {
                self.intervals(item);
            }
        }
    }

    fn item(&mut self, item: &'t SetItem) {
        match item {
            SetItem::Prefix(_) | SetItem::Community(..) | SetItem::Opaque(_) => {}
            SetItem::Value(bound) => values(bound).iter().for_each(|value| self.member(value)),
            SetItem::TupleRange(ends) => ends.iter().for_each(|end| self.member(end)),
            SetItem::Pair(bounds) | SetItem::Ec(_, bounds) => self.tuple(&bounds[..]),
            SetItem::Lc(bounds) => self.tuple(&bounds[..]),
        }
    }

    /// A set in an AS path mask is one of numbers; BIRD looks at its first member only.
    pub(super) fn numbers_only(&mut self, items: &'t [SetItem], span: Span) {
        let is_number = match items.first() {
            None | Some(SetItem::Opaque(_)) => true,
            Some(SetItem::Value(bound)) => {
                let first = values(bound).first().and_then(|value| self.of(None, value));
                first.is_none_or(|ty| ty == Type::Int)
            }
            Some(SetItem::Prefix(_) | SetItem::TupleRange(_) | SetItem::Pair(_)) => false,
            Some(SetItem::Community(..) | SetItem::Ec(..) | SetItem::Lc(_)) => false,
        };
        if !is_number {
            self.refuse(span, "a set in an AS path mask is one of AS numbers");
        }
    }

    fn member(&mut self, value: &'t Expr) {
        self.judged(value);
        let Some(ty) = self.of(None, value) else { return };
        let orders = matches!(
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
        );
        if !orders {
            self.refuse(value.span, format!("a value of type {ty} cannot be a member of a set"));
        }
    }

    /// The numbers within a tuple.
    fn tuple(&mut self, bounds: &'t [Bound]) {
        for value in bounds.iter().flat_map(values) {
            self.must_be(None, value, Type::Int, "a part of a tuple");
            self.judged(value);
        }
    }

    /// The intervals of an item; refuses where its numbers are out of bounds or turned round.
    fn intervals(&mut self, item: &SetItem) -> Vec<Interval> {
        if let SetItem::Prefix(_) | SetItem::Opaque(_) = item {
            return Vec::new();
        }
        match self.interpreter.intervals(item) {
            Ok(intervals) => intervals,
            Err(Ending::Failed(failure)) => {
                self.refuse(failure.span, failure.message);
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// The arms of a `case` must not overlap, nor may there be two for what is left.
    pub(super) fn overlapping(&mut self, arms: &'t [Arm]) {
        if !Versions::since((18, 0), (2, 0)).accept(self.version) {
            return;
        }
        if let Some(arm) = self.interpreter.overlapping_arm(arms).filter(|_| !self.is_dropped()) {
            let what = if arm.is_else() {
                "a second `else` in one `case`"
            } else {
                "the arms of the `case` overlap"
            };
            self.refuse(arm.span, what);
        }
    }
}

/// Whether a member fits wherever it stands, as nearly all members do.
fn is_plain(item: &SetItem) -> bool {
    match item {
        SetItem::Prefix(_) | SetItem::Community(..) | SetItem::Opaque(_) => true,
        SetItem::Value(Bound::One(value)) => matches!(value.kind, ExprKind::Number(_)),
        _ => false,
    }
}

fn values(bound: &Bound) -> &[Expr] {
    match bound {
        Bound::Any => &[],
        Bound::One(value) => std::slice::from_ref(value),
        Bound::Range(ends) => ends.as_slice(),
    }
}
