//! Conditions on computed numbers, told as conditions on what they are computed of: `net.len + 2 > 20` is
//! `net.len > 18`, or the few lengths that wrap.

use super::knowledge::limit_of;
use super::range::Numbers;
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::Operation;
use crate::bird::eval::value::Value;
use crate::bird::tree::BinaryOp;

/// The highest number.
const MOST: u128 = u32::MAX as u128;
/// More members than any list has that a message can carry.
const MEMBERS: u128 = 0x3_ffff;

/// What a number is computed of, as long as that is one thing, and which of its values give one of the wanted.
pub(super) fn inverted(symbols: &Symbols, mut on: Symbol, mut wanted: Numbers) -> (Symbol, Numbers) {
    while let Some((inner, numbers)) = undone(symbols, on, &wanted) {
        (on, wanted) = (inner, numbers);
    }
    (on, wanted)
}

/// The operand of the last operation, and which of its values give one of the wanted.
fn undone(symbols: &Symbols, on: Symbol, wanted: &Numbers) -> Option<(Symbol, Numbers)> {
    let Meaning::Computed(operation, parts) = symbols.meaning(on) else { return None };
    let [left, right] = parts[..] else { return None };
    let number = |symbol: Symbol| match symbols.value(symbol) {
        Some(Value::Int(number)) => Some(u128::from(*number)),
        _ => None,
    };
    let wrapped = |from: u128, to: u128| {
        let (from, to) = (from & MOST, to & MOST);
        if from <= to { vec![(from, to)] } else { vec![(from, MOST), (0, to)] }
    };
    let (operand, fixed) = match (number(left), number(right)) {
        (None, Some(fixed)) => (left, fixed),
        (Some(fixed), None) => (right, fixed),
        _ => return None,
    };
    let undo = |(from, to): (u128, u128)| match operation {
        Operation::Binary(BinaryOp::Add) => Some(wrapped(from + MOST + 1 - fixed, to + MOST + 1 - fixed)),
        Operation::Binary(BinaryOp::Subtract) if operand == left => Some(wrapped(from + fixed, to + fixed)),
        Operation::Binary(BinaryOp::Subtract) => {
            Some(wrapped(fixed + MOST + 1 - to, fixed + MOST + 1 - from))
        }
        Operation::Binary(BinaryOp::Divide) if operand == left && fixed > 0 => {
            Some(vec![(from * fixed, (to * fixed + fixed - 1).min(MOST))])
        }
        Operation::Pair if operand == right => {
            let (first, last) = (fixed << 16, fixed << 16 | 0xffff);
            Some(if to < first || from > last {
                Vec::new()
            } else {
                vec![(from.max(first) - first, to.min(last) - first)]
            })
        }
        _ => None,
    };
    let whole = wanted.and(&Numbers::new(false, [(0, MOST)]));
    let ranges: Option<Vec<Vec<(u128, u128)>>> = whole.ranges().iter().copied().map(undo).collect();
    // Without a range nothing shows whether the operation can be undone at all.
    undo((0, 0))?;
    Some((operand, Numbers::new(false, ranges?.concat())))
}

/// Between which numbers a value lies, `None` for values that are no numbers.
pub(super) fn bounds(symbols: &Symbols, symbol: Symbol) -> Option<(u128, u128)> {
    if let Some(Value::Int(number)) = symbols.value(symbol) {
        return Some((u128::from(*number), u128::from(*number)));
    }
    if !matches!(symbols.exemplar(symbol)?, Value::Int(_)) {
        return None;
    }
    let of_operation = match symbols.meaning(symbol) {
        Meaning::Given(name, _) => limit_of(name, symbols.version()),
        Meaning::Computed(Operation::Binary(op), parts) => of_numbers(symbols, *op, parts),
        Meaning::Computed(Operation::Method(name), parts) => of_method(symbols, name, parts[0]),
        Meaning::Computed(..) | Meaning::Fixed(_) | Meaning::Merged(..) | Meaning::Unknown(_) => None,
    };
    Some(of_operation.unwrap_or((0, MOST)))
}

/// The bounds of arithmetic, unless it may wrap.
fn of_numbers(symbols: &Symbols, op: BinaryOp, parts: &[Symbol]) -> Option<(u128, u128)> {
    let ((a, b), (c, d)) = (bounds(symbols, parts[0])?, bounds(symbols, parts[1])?);
    let bounds = match op {
        BinaryOp::Add => (a + c, b + d),
        BinaryOp::Subtract if a >= d => (a - d, b - c),
        BinaryOp::Multiply => (a * c, b * d),
        BinaryOp::Divide if c > 0 => (a / d, b / c),
        BinaryOp::BitAnd => (0, b.min(d)),
        _ => return None,
    };
    (bounds.1 <= MOST).then_some(bounds)
}

fn of_method(symbols: &Symbols, name: &str, on: Symbol) -> Option<(u128, u128)> {
    match (name, symbols.exemplar(on)?) {
        ("len", Value::Prefix(_)) => Some((0, 128)),
        ("len", _) => Some((0, MEMBERS)),
        ("asn" | "data", Value::Pair(_)) => Some((0, 0xffff)),
        _ => None,
    }
}
