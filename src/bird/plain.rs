//! Values of constants where they are plain: literals, arithmetic on them, other constants. What would need
//! the interpreter (a call, a method) has no plain value here.

use std::net::IpAddr;
use std::sync::Arc;

use super::tree::{BinaryOp, Expr, ExprKind, Net, Tree};

/// A plain value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// A bool.
    Bool(bool),
    /// An int.
    Int(u32),
    /// A text.
    Text(Arc<str>),
    /// An address.
    Address(IpAddr),
    /// A network.
    Net(Net),
}

impl Plain {
    /// The address, where it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Plain::Address(address) => Some(*address),
            Plain::Bool(_) | Plain::Int(_) | Plain::Text(_) | Plain::Net(_) => None,
        }
    }
}

/// The value of a term, where it is plain.
pub fn value(tree: &Tree, expr: &Expr) -> Option<Plain> {
    Some(match &expr.kind {
        ExprKind::Bool(value) => Plain::Bool(*value),
        ExprKind::Number(value) => Plain::Int(*value),
        ExprKind::Text(text) => Plain::Text(text.clone()),
        ExprKind::Address(address) => Plain::Address(*address),
        ExprKind::Prefix(net) => Plain::Net((**net).clone()),
        ExprKind::Parenthesised(inner) => return value(tree, inner),
        ExprKind::Constant(id) => return tree.constant(*id).plain.clone(),
        ExprKind::Not(inner) => match value(tree, inner)? {
            Plain::Bool(inner) => Plain::Bool(!inner),
            _ => return None,
        },
        ExprKind::Binary(op, operands) => {
            let (left, right) = (value(tree, &operands[0])?, value(tree, &operands[1])?);
            return arithmetic(*op, left, right);
        }
        _ => return None,
    })
}

/// Arithmetic wraps at 32 bits, as BIRD's does.
fn arithmetic(op: BinaryOp, left: Plain, right: Plain) -> Option<Plain> {
    match (left, right) {
        (Plain::Int(a), Plain::Int(b)) => match op {
            BinaryOp::Add => Some(Plain::Int(a.wrapping_add(b))),
            BinaryOp::Subtract => Some(Plain::Int(a.wrapping_sub(b))),
            BinaryOp::Multiply => Some(Plain::Int(a.wrapping_mul(b))),
            BinaryOp::Divide => a.checked_div(b).map(Plain::Int),
            BinaryOp::BitAnd => Some(Plain::Int(a & b)),
            BinaryOp::BitOr => Some(Plain::Int(a | b)),
            BinaryOp::Equal => Some(Plain::Bool(a == b)),
            BinaryOp::NotEqual => Some(Plain::Bool(a != b)),
            BinaryOp::Less => Some(Plain::Bool(a < b)),
            BinaryOp::LessEqual => Some(Plain::Bool(a <= b)),
            BinaryOp::Greater => Some(Plain::Bool(a > b)),
            BinaryOp::GreaterEqual => Some(Plain::Bool(a >= b)),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Match | BinaryOp::NotMatch | BinaryOp::Concat => None,
        },
        (Plain::Bool(a), Plain::Bool(b)) => match op {
            BinaryOp::And => Some(Plain::Bool(a && b)),
            BinaryOp::Or => Some(Plain::Bool(a || b)),
            _ => None,
        },
        _ => None,
    }
}

/// The int of a term, where it is plain.
pub fn int(tree: &Tree, expr: &Expr) -> Option<u32> {
    match value(tree, expr)? {
        Plain::Int(value) => Some(value),
        _ => None,
    }
}

/// The address of a term, where it is plain.
pub fn address(tree: &Tree, expr: &Expr) -> Option<IpAddr> {
    value(tree, expr)?.address()
}

/// The text of a term, where it is plain.
pub fn text(tree: &Tree, expr: &Expr) -> Option<Arc<str>> {
    match value(tree, expr)? {
        Plain::Text(text) => Some(text),
        _ => None,
    }
}

/// The network of a term, where it is plain.
pub fn net(tree: &Tree, expr: &Expr) -> Option<Net> {
    match value(tree, expr)? {
        Plain::Net(net) => Some(net),
        _ => None,
    }
}
