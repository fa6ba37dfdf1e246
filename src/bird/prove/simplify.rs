//! Conditions on lists and paths that a filter has changed, told as conditions on what the route brought.
//!
//! `(1,2) ~ add(l, (3,4))` is `(1,2) ~ l`; `delete(l, D) ~ S` is `l ~ S less D`; and so on, so that the algebra sees
//! through additions and deletions.

use std::sync::Arc;

use super::domain::{number_of, numbers_of_set, value_of};
use super::invert::bounds;
use super::range::Numbers;
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::Operation;
use crate::bird::eval::value::{Interval, Set, Value};
use crate::bird::tree::{BinaryOp, Type};

/// What a condition on a changed list or path comes to.
pub(super) enum Simpler {
    /// It is a value, whatever the route.
    Known(Value),
    /// It is another condition.
    Is(Operation, Vec<Symbol>),
}

/// The simpler form of a computation, `None` where there is none.
pub(super) fn simpler(symbols: &mut Symbols, operation: &Operation, parts: &[Symbol]) -> Option<Simpler> {
    match (operation, parts) {
        (Operation::Binary(BinaryOp::Match), [left, right]) => asked_earlier(symbols, *left, *right)
            .or_else(|| member_of_changed(symbols, *left, *right))
            .or_else(|| changed_in_set(symbols, *left, *right)),
        (Operation::Binary(BinaryOp::Equal), [left, right]) if left == right => {
            Some(Simpler::Known(Value::Bool(true)))
        }
        (Operation::Binary(BinaryOp::Subtract), [left, right]) if left == right => {
            matches!(symbols.exemplar(*left)?, Value::Int(_)).then_some(Simpler::Known(Value::Int(0)))
        }
        (Operation::Method(name), [on]) if matches!(&**name, "empty" | "reset") => {
            let empty = Value::empty(symbols.exemplar(*on)?.ty());
            (!matches!(empty, Value::Void)).then_some(Simpler::Known(empty))
        }
        (Operation::Method(name), [on]) => of_prepended(symbols, name, *on),
        (Operation::Binary(BinaryOp::BitAnd), [left, right]) => masked(symbols, *left, *right),
        _ => None,
    }
}

/// What a path begins with that something was put before, and how long it is.
fn of_prepended(symbols: &mut Symbols, name: &str, path: Symbol) -> Option<Simpler> {
    let (change, before, argument) = changed(symbols, path)?;
    let (number, more) = match name {
        _ if change != "prepend" => return None,
        "first" => (argument, 0),
        "len" => (symbols.computed(Operation::Method("len".into()), vec![before]).ok()?, 1),
        _ => return None,
    };
    Some(Simpler::Is(Operation::Binary(BinaryOp::Add), vec![number, symbols.fixed(Value::Int(more))]))
}

/// `x & 0xffff` of a number that is no larger.
fn masked(symbols: &mut Symbols, number: Symbol, mask: Symbol) -> Option<Simpler> {
    let Some(Value::Int(0xffff)) = symbols.value(mask) else { return None };
    let fits = bounds(symbols, number).is_some_and(|(_, last)| last <= 0xffff);
    fits.then(|| Simpler::Is(Operation::Binary(BinaryOp::Add), vec![number, symbols.fixed(Value::Int(0))]))
}

/// A list or path as it was changed last: how, from what, by what.
fn changed(symbols: &Symbols, list: Symbol) -> Option<(String, Symbol, Symbol)> {
    match symbols.meaning(list) {
        Meaning::Computed(Operation::MethodWith(name), parts) => Some((name.to_string(), parts[0], parts[1])),
        _ => None,
    }
}

/// `member ~ changed list`.
fn member_of_changed(symbols: &mut Symbols, member: Symbol, list: Symbol) -> Option<Simpler> {
    let value = symbols.value(member)?.clone();
    let (change, before, argument) = changed(symbols, list)?;
    let by = symbols.value(argument)?.clone();
    let within = holds(&by, &value)?;
    let same = Simpler::Is(Operation::Binary(BinaryOp::Match), vec![member, before]);
    Some(match (change.as_str(), within) {
        ("add" | "prepend", true) => Simpler::Known(Value::Bool(true)),
        ("delete", true) | ("filter", false) => Simpler::Known(Value::Bool(false)),
        ("add" | "prepend" | "delete", false) | ("filter", true) => same,
        _ => return None,
    })
}

/// The list before every change, made for all routes or for some, that certain members have no part in.
fn untouched(symbols: &Symbols, wanted: &Numbers, mut list: Symbol) -> Symbol {
    let before = |list: Symbol| match symbols.meaning(list) {
        Meaning::Computed(Operation::MethodWith(name), parts) => {
            let named = numbers_of(symbols.value(parts[1])?)?;
            let leaves = match &**name {
                "add" | "delete" => named.and(wanted).has_no_number(),
                "filter" => wanted.without(&named).has_no_number(),
                _ => false,
            };
            leaves.then_some(parts[0])
        }
        _ => None,
    };
    loop {
        list = match *symbols.meaning(list) {
            Meaning::Merged(_, left, right) if before(left) == Some(right) => right,
            Meaning::Merged(_, left, right) if before(right) == Some(left) => left,
            _ => match before(list) {
                Some(unchanged) => unchanged,
                None => return list,
            },
        };
    }
}

/// A test of membership asked of the list as it was before changes that do not matter to it.
fn asked_earlier(symbols: &Symbols, left: Symbol, right: Symbol) -> Option<Simpler> {
    let earlier = match (symbols.value(left), symbols.value(right)) {
        (Some(member), None) => {
            let number = as_member(member)?;
            [left, untouched(symbols, &Numbers::new(false, [(number, number)]), right)]
        }
        (None, Some(Value::Set(set))) => [untouched(symbols, &members_of_set(set)?, left), right],
        _ => return None,
    };
    let moved = earlier != [left, right];
    moved.then(|| Simpler::Is(Operation::Binary(BinaryOp::Match), earlier.to_vec()))
}

/// Whether an argument of `add`, `delete` or `filter` is or holds the member.
fn holds(argument: &Value, member: &Value) -> Option<bool> {
    let number = as_member(member)?;
    Some(match argument {
        Value::Set(set) => members_of_set(set)?.contains(number),
        Value::CList(list) => list.iter().any(|n| u128::from(*n) == number),
        Value::EcList(list) => list.iter().any(|n| u128::from(*n) == number),
        Value::LcList(list) => list.iter().any(|lc| number_of(&Value::Lc(*lc)) == Some(number)),
        other => as_member(other)? == number,
    })
}

fn as_member(value: &Value) -> Option<u128> {
    match value {
        Value::Ip(address) => address.v4().map(u128::from),
        other => number_of(other),
    }
}

/// `changed list ~ set`.
fn changed_in_set(symbols: &mut Symbols, list: Symbol, set: Symbol) -> Option<Simpler> {
    let Value::Set(wanted) = symbols.value(set)?.clone() else { return None };
    let ty = wanted.sample()?.from.ty();
    if matches!(symbols.exemplar(list)?, Value::Path(_)) && ty != Type::Int {
        return None;
    }
    let (change, before, argument) = changed(symbols, list)?;
    let by = symbols.value(argument)?.clone();
    let numbers = members_of_set(&wanted)?;
    let taken = numbers_of(&by)?;
    let left = match change.as_str() {
        "add" | "prepend" if !numbers.and(&taken).has_no_number() => {
            return Some(Simpler::Known(Value::Bool(true)));
        }
        "add" | "prepend" => numbers,
        "delete" => numbers.without(&taken),
        "filter" => numbers.and(&taken),
        _ => return None,
    };
    if left.has_no_number() {
        return Some(Simpler::Known(Value::Bool(false)));
    }
    let set = set_of(&left, ty, symbols)?;
    Some(Simpler::Is(Operation::Binary(BinaryOp::Match), vec![before, set]))
}

/// The numbers of an argument of `add`, `delete` or `filter`.
fn numbers_of(argument: &Value) -> Option<Numbers> {
    let of = |numbers: Vec<u128>| Numbers::new(false, numbers.into_iter().map(|n| (n, n)));
    Some(match argument {
        Value::Set(set) => members_of_set(set)?,
        Value::CList(list) => of(list.iter().map(|n| u128::from(*n)).collect()),
        Value::EcList(list) => of(list.iter().map(|n| u128::from(*n)).collect()),
        Value::LcList(list) => of(list.iter().filter_map(|lc| number_of(&Value::Lc(*lc))).collect()),
        other => of(vec![as_member(other)?]),
    })
}

/// The numbers of members of lists that a set holds; addresses stand for other numbers there than by themselves.
fn members_of_set(set: &Set) -> Option<Numbers> {
    let of_addresses = set.sample().is_some_and(|sample| sample.from.ty() == Type::Ip);
    if of_addresses { None } else { numbers_of_set(set) }
}

/// The set of some numbers of a type.
pub(super) fn set_of(numbers: &Numbers, ty: Type, symbols: &mut Symbols) -> Option<Symbol> {
    let ends: Vec<u128> = numbers.ends().collect();
    let interval =
        |pair: &[u128]| Some(Interval { from: value_of(pair[0], ty)?, to: value_of(pair[1], ty)? });
    let intervals: Option<Vec<Interval>> = ends.chunks(2).map(interval).collect();
    let version = symbols.version();
    Some(symbols.fixed_by_text(Value::Set(Arc::new(Set::new(intervals?, version)))))
}
