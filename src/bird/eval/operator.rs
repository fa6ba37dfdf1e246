//! Operators on values that are there.

use crate::bird::tree::{BinaryOp, Span};
use crate::bird::version::Version;

use super::machine::Stop;
use super::value::Value;

/// The value of an operator with two operands.
pub(super) fn binary(
    op: BinaryOp,
    left: &Value,
    right: &Value,
    version: Version,
    span: Span,
) -> Result<Value, Stop> {
    Ok(match op {
        BinaryOp::Equal => Value::Bool(left.is_same(right, version)),
        BinaryOp::NotEqual => Value::Bool(!left.is_same(right, version)),
        BinaryOp::Less => Value::Bool(sign(left, right, version, span)? == -1),
        BinaryOp::LessEqual => Value::Bool(sign(left, right, version, span)? != 1),
        BinaryOp::Greater => Value::Bool(sign(right, left, version, span)? == -1),
        BinaryOp::GreaterEqual => Value::Bool(sign(right, left, version, span)? != 1),
        BinaryOp::Match => Value::Bool(member(left, right, "~", version, span)?),
        BinaryOp::NotMatch => Value::Bool(!member(left, right, "!~", version, span)?),
        BinaryOp::Concat => {
            concat(left, right).ok_or_else(|| Stop::failed("Cannot dispatch method 'append'", span))?
        }
        BinaryOp::And | BinaryOp::Or => return Err(Stop::failed("a lazy operator has no two values", span)),
        BinaryOp::BitAnd => arithmetic(left, right, "BITAND", span, |a, b| a & b)?,
        BinaryOp::BitOr => arithmetic(left, right, "BITOR", span, |a, b| a | b)?,
        BinaryOp::Add => arithmetic(left, right, "ADD", span, u32::wrapping_add)?,
        BinaryOp::Subtract => arithmetic(left, right, "SUBTRACT", span, u32::wrapping_sub)?,
        BinaryOp::Multiply => arithmetic(left, right, "MULTIPLY", span, u32::wrapping_mul)?,
        BinaryOp::Divide => {
            let (a, b) = (number(left, "DIVIDE", 1, span)?, number(right, "DIVIDE", 2, span)?);
            let quotient = a.checked_div(b);
            Value::Int(quotient.ok_or_else(|| Stop::failed("Mother told me not to divide by 0", span))?)
        }
    })
}

fn arithmetic(
    left: &Value,
    right: &Value,
    word: &str,
    span: Span,
    operation: impl Fn(u32, u32) -> u32,
) -> Result<Value, Stop> {
    Ok(Value::Int(operation(number(left, word, 1, span)?, number(right, word, 2, span)?)))
}

/// -1, 0 or 1; before 2.13 of texts what `strcmp` gives, the difference of the first bytes that differ, so that
/// `"a" < "b"` holds and `"a" < "c"` does not.
fn sign(left: &Value, right: &Value, version: Version, span: Span) -> Result<i32, Stop> {
    if let (Value::String(a), Value::String(b)) = (left, right)
        && !version.reaches((13, 0), (0, 0))
    {
        return Ok(difference(a.as_bytes(), b.as_bytes()));
    }
    let order = left.compare_in(right, version);
    let order = order.ok_or_else(|| Stop::failed("Can't compare values of incompatible types", span))?;
    Ok(order as i32)
}

fn difference(a: &[u8], b: &[u8]) -> i32 {
    let ended = std::iter::once(0);
    let pairs = a.iter().copied().chain(ended.clone()).zip(b.iter().copied().chain(ended));
    pairs.map(|(a, b)| i32::from(a) - i32::from(b)).find(|difference| *difference != 0).unwrap_or(0)
}

fn member(left: &Value, right: &Value, word: &str, version: Version, span: Span) -> Result<bool, Stop> {
    left.is_in(right, version)
        .ok_or_else(|| Stop::failed(format!("{word} applied on unknown type pair"), span))
}

/// Texts and byte strings joined, `None` for anything else.
pub(super) fn concat(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => Some(Value::string(format!("{a}{b}"))),
        (Value::Bytes(a), Value::Bytes(b)) => Some(Value::Bytes([&a[..], &b[..]].concat().into())),
        _ => None,
    }
}

/// The number, or the error of an instruction that wants one.
pub(super) fn number(value: &Value, word: &str, position: usize, span: Span) -> Result<u32, Stop> {
    match value {
        Value::Int(number) => Ok(*number),
        other => Err(wrong_type(word, position, "int", other, span)),
    }
}

/// The truth, or the error of an instruction that wants one.
pub(super) fn truth(value: &Value, word: &str, position: usize, span: Span) -> Result<bool, Stop> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        other => Err(wrong_type(word, position, "bool", other, span)),
    }
}

/// BIRD's error for an argument of another type.
pub(super) fn wrong_type(word: &str, position: usize, wanted: &str, got: &Value, span: Span) -> Stop {
    let got = got.ty();
    Stop::failed(format!("Argument {position} of {word} must be of type {wanted}, got type {got}"), span)
}
