//! What a term does with the values of its parts, apart from evaluating them: for the prover, which computes with
//! values that it knows only in part.

use std::sync::Arc;

use super::literal::{self, mask_kind};
use super::machine::Stop;
use super::value::community::EcType;
use super::value::{Large, Mask, MaskKind, MaskPart, Value};
use super::{method, operator, term};
use crate::bird::tree::{BinaryOp, MethodCall, Span};
use crate::bird::version::Version;

/// A computation on values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An operator of two operands that is not lazy.
    Binary(BinaryOp),
    /// `!x`
    Not,
    /// `x.len`
    Method(Arc<str>),
    /// `x.add(y)`
    MethodWith(Arc<str>),
    /// `(a, b)`
    Pair,
    /// `(rt, a, b)`
    Extended(EcType),
    /// `(a, b, c)`
    Large,
    /// `[= … =]`, the terms and ranges of which are the values.
    Mask(Vec<MaskSlot>),
    /// `defined(x)`
    Defined,
    /// `format(x)`
    Format,
    /// `from_hex(x)`
    FromHex,
}

/// A place in a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskSlot {
    /// `*`
    Any,
    /// `?`
    One,
    /// `+`
    Repeat,
    /// A number or a set: the next value.
    Value,
    /// A range: the next two values.
    Range,
}

impl Operation {
    /// The operation of a method.
    pub fn of_method(call: &MethodCall) -> Operation {
        match call.arguments.as_deref() {
            None | Some([]) => Operation::Method(call.name.text.clone()),
            Some(_) => Operation::MethodWith(call.name.text.clone()),
        }
    }

    /// The operation of a function that BIRD brings along, unless it looks at tables.
    pub fn built_in(name: &str) -> Option<Operation> {
        Some(match name {
            "defined" => Operation::Defined,
            "format" => Operation::Format,
            "from_hex" => Operation::FromHex,
            "prepend" | "append" | "add" | "delete" | "filter" => Operation::MethodWith(name.into()),
            _ => return None,
        })
    }

    /// The highest number that an extended community takes beside a key, `None` for other operations and keys.
    pub(crate) fn limit_beside(&self, key: &Value) -> Option<u32> {
        match self {
            Operation::Extended(ty) => literal::ec_key_of(key).map(|key| literal::ec_limit(*ty, key)),
            _ => None,
        }
    }

    /// The value, or what BIRD says of the error.
    pub fn apply(&self, values: &[Value], version: Version) -> Result<Value, String> {
        let span = Span::default();
        let applied = match (self, values) {
            (Operation::Binary(op), [a, b]) => operator::binary(*op, a, b, version, span),
            (Operation::Not, [a]) => operator::truth(a, "NOT", 1, span).map(|truth| Value::Bool(!truth)),
            (Operation::Method(name), [on]) => method::bare(on, name, version, span),
            (Operation::MethodWith(name), [on, argument]) => method::with(on, name, argument, version, span),
            (Operation::Pair, [a, b]) => term::pair(a, b, span),
            (Operation::Extended(ty), [key, value]) => term::extended_community(*ty, key, value, span),
            (Operation::Large, [a, b, c]) => large([a, b, c], span),
            (Operation::Mask(slots), values) => mask(slots, values, span),
            (Operation::Defined, [a]) => Ok(Value::Bool(a.is_defined())),
            (Operation::Format, [a]) => Ok(Value::string(a.text(version))),
            (Operation::FromHex, [a]) => method::from_hex(a, span),
            _ => Err(Stop::failed("wrong number of operands", span)),
        };
        applied.map_err(|stop| match stop {
            Stop::Failed(failure) => failure.message,
            Stop::Unseen(why, _) => why.reason,
            Stop::Verdict(..) => "a verdict".to_owned(),
        })
    }
}

fn large(parts: [&Value; 3], span: Span) -> Result<Value, Stop> {
    let number = |index: usize| operator::number(parts[index], "LC_CONSTRUCT", index + 1, span);
    Ok(Value::Lc(Large { asn: number(0)?, data1: number(1)?, data2: number(2)? }))
}

fn mask(slots: &[MaskSlot], values: &[Value], span: Span) -> Result<Value, Stop> {
    let mut values = values.iter();
    let mut next = || values.next().ok_or_else(|| Stop::failed("wrong number of operands", span));
    let mut mask: Mask = Vec::new();
    for slot in slots {
        let kind = match slot {
            MaskSlot::Any => MaskKind::Any,
            MaskSlot::One => MaskKind::One,
            MaskSlot::Repeat => {
                let first = || Stop::failed("Path mask iterator '+' cannot be first", span);
                mask.last_mut().ok_or_else(first)?.repeats += 1;
                continue;
            }
            MaskSlot::Value => mask_kind(next()?, span)?,
            MaskSlot::Range => {
                let (from, to) = (next()?, next()?);
                MaskKind::Range(
                    operator::number(from, "MASK", 1, span)?,
                    operator::number(to, "MASK", 2, span)?,
                )
            }
        };
        mask.push(MaskPart { kind, repeats: 0 });
    }
    Ok(Value::Mask(Arc::new(mask)))
}
