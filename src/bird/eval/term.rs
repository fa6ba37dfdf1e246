//! Terms: what each kind evaluates to.

use std::sync::Arc;

use crate::bird::tree::{BinaryOp, Expr, ExprKind, Name, RouteDistinguisher, RoutineId, Span, Type};
use crate::seen::Unseen;

use super::command::unread;
use super::literal::{ec_key_of, ec_limit};
use super::machine::{Frame, Machine, Stop};
use super::operator;
use super::value::community::{EcType, extended};
use super::value::{Address, Large, Value};

impl<'a> Machine<'a> {
    /// The value of a term.
    pub(super) fn term(&mut self, term: &Expr, frame: &mut Frame<'a>) -> Result<Value, Stop> {
        self.tick(term.span)?;
        let held = self.held();
        self.hold(1, term.span)?;
        self.rewind(held);
        let value = self.nested(term.span, |machine| machine.term_kind(term, frame));
        self.rewind(held);
        value
    }

    fn term_kind(&mut self, term: &Expr, frame: &mut Frame<'a>) -> Result<Value, Stop> {
        let program = self.program;
        Ok(match &term.kind {
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Number(number) => Value::Int(*number),
            ExprKind::Text(text) => Value::String(text.clone()),
            ExprKind::Address(address) => Value::Ip(Address::from(*address)),
            ExprKind::Prefix(net) => Value::Prefix(Arc::new((**net).clone())),
            ExprKind::Rd(RouteDistinguisher(rd)) => Value::Rd(*rd),
            ExprKind::Bytes(bytes) => Value::Bytes(bytes.clone()),
            ExprKind::Mac(bytes) => Value::Mac(*bytes),
            ExprKind::Enumerator(enumerator) => Value::Enum(*enumerator),
            ExprKind::Variable(id) => frame.get(*id),
            ExprKind::Constant(id) => program.constant_value(*id)?,
            ExprKind::HostConstant(name) => return Err(host_constant(name)),
            ExprKind::Attribute(attribute) => self.get_built_in(*attribute, term.span)?,
            ExprKind::CustomAttribute(id) => self.get_custom(*id, term.span)?,
            ExprKind::Pair(parts) => self.pair(parts, term.span, frame)?,
            ExprKind::Ec(kind, parts) => {
                let [key, value] = self.two(parts, frame)?;
                let ty = EcType::of(*kind);
                extended_community(ty, &key, &value, term.span)?
            }
            ExprKind::Lc(parts) => self.large(parts, frame)?,
            ExprKind::Set(items) => program.literal(term, || self.set_literal(items))?,
            ExprKind::Mask(items) => self.mask_literal(items, term.span, frame)?,
            ExprKind::EmptyPath => Value::empty(Type::Path),
            ExprKind::EmptyCList => Value::empty(Type::CList),
            ExprKind::EmptyEcList => Value::empty(Type::EcList),
            ExprKind::EmptyLcList => Value::empty(Type::LcList),
            ExprKind::Not(inner) => {
                let value = self.term(inner, frame)?;
                Value::Bool(!operator::truth(&value, "NOT", 1, term.span)?)
            }
            ExprKind::Binary(op, parts) => self.binary(*op, parts, term.span, frame)?,
            ExprKind::Parenthesised(inner) => self.term(inner, frame)?,
            ExprKind::Call(id, arguments) => self.call(*id, arguments, term.span, frame)?,
            ExprKind::BuiltInCall(call) => self.built_in(&call.name, &call.arguments, frame)?,
            ExprKind::Method(call) => {
                let on = self.term(&call.on, frame)?;
                self.hold(1, term.span)?;
                self.method(on, &call.name, call.arguments.as_deref(), frame)?
            }
            ExprKind::AttributeOf(on, attribute) => {
                self.route_term(on, frame)?;
                self.get_built_in(*attribute, term.span)?
            }
            ExprKind::CustomAttributeOf(on, id) => {
                self.route_term(on, frame)?;
                self.get_custom(*id, term.span)?
            }
            ExprKind::Table(name) => return Err(unread(name.span)),
            ExprKind::Undefined(name) => {
                let why =
                    Unseen::new(format!("`{}` is not defined", name.text), "define it before this place");
                return Err(Stop::Unseen(why, name.span));
            }
            ExprKind::Opaque => return Err(unread(term.span)),
        })
    }

    /// The term that stands for the route, which a variable that was never set does not.
    fn route_term(&mut self, on: &Expr, frame: &mut Frame<'a>) -> Result<(), Stop> {
        match self.term(on, frame)? {
            Value::Route => Ok(()),
            other => Err(operator::wrong_type("RTA_GET", 1, "route", &other, on.span)),
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        parts: &[Expr; 2],
        span: Span,
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        if let BinaryOp::And | BinaryOp::Or = op {
            return self.lazy(op, parts, frame);
        }
        let [left, right] = self.sides(op, parts, frame)?;
        operator::binary(op, &left, &right, self.version(), span)
    }

    /// The values of both operands; of `>` BIRD turns them round, so the right one is evaluated first.
    pub(super) fn sides(
        &mut self,
        op: BinaryOp,
        parts: &[Expr; 2],
        frame: &mut Frame<'a>,
    ) -> Result<[Value; 2], Stop> {
        if let BinaryOp::Greater | BinaryOp::GreaterEqual = op {
            let right = self.term(&parts[1], frame)?;
            self.hold(1, parts[1].span)?;
            return Ok([self.term(&parts[0], frame)?, right]);
        }
        self.two(parts, frame)
    }

    fn two(&mut self, parts: &[Expr; 2], frame: &mut Frame<'a>) -> Result<[Value; 2], Stop> {
        let left = self.term(&parts[0], frame)?;
        self.hold(1, parts[0].span)?;
        Ok([left, self.term(&parts[1], frame)?])
    }

    /// The right side is evaluated only where the left does not settle it, and then it is the value, whatever it is.
    fn lazy(&mut self, op: BinaryOp, parts: &[Expr; 2], frame: &mut Frame<'a>) -> Result<Value, Stop> {
        let word = if op == BinaryOp::And { "AND" } else { "OR" };
        let left = self.term(&parts[0], frame)?;
        let left = operator::truth(&left, word, 1, parts[0].span)?;
        if left == (op == BinaryOp::Or) {
            return Ok(Value::Bool(left));
        }
        self.line(parts[1].span, |machine| machine.term(&parts[1], frame))
    }

    fn call(
        &mut self,
        id: RoutineId,
        arguments: &[Expr],
        span: Span,
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        let held = self.held();
        let mut values = Vec::with_capacity(arguments.len());
        self.hold(1, span)?;
        for argument in arguments {
            values.push(self.term(argument, frame)?);
            self.hold(1, span)?;
        }
        self.rewind(held);
        self.invoke(id, values, span)
    }

    fn pair(&mut self, parts: &[Expr; 2], span: Span, frame: &mut Frame<'a>) -> Result<Value, Stop> {
        let [asn, data] = self.two(parts, frame)?;
        self::pair(&asn, &data, span)
    }

    fn large(&mut self, parts: &[Expr; 3], frame: &mut Frame<'a>) -> Result<Value, Stop> {
        let mut numbers = [0; 3];
        let mut values = Vec::with_capacity(3);
        for part in parts {
            values.push(self.term(part, frame)?);
            self.hold(1, part.span)?;
        }
        for (index, value) in values.iter().enumerate() {
            numbers[index] = operator::number(value, "LC_CONSTRUCT", index + 1, parts[index].span)?;
        }
        let [asn, data1, data2] = numbers;
        Ok(Value::Lc(Large { asn, data1, data2 }))
    }
}

/// The community of two numbers.
pub(super) fn pair(asn: &Value, data: &Value, span: Span) -> Result<Value, Stop> {
    let asn = operator::number(asn, "PAIR_CONSTRUCT", 1, span)?;
    let data = operator::number(data, "PAIR_CONSTRUCT", 2, span)?;
    if asn > 0xffff || data > 0xffff {
        return Err(Stop::failed("Can't operate with value out of bounds in pair constructor", span));
    }
    Ok(Value::Pair((asn << 16) | data))
}

/// The extended community of a key and a number.
pub(super) fn extended_community(
    ty: super::value::community::EcType,
    key: &Value,
    value: &Value,
    span: Span,
) -> Result<Value, Stop> {
    let Some(key) = ec_key_of(key) else {
        return Err(Stop::failed("Argument 1 of EC constructor must be integer or IPv4 address", span));
    };
    let value = operator::number(value, "EC_CONSTRUCT", 2, span)?;
    if value > ec_limit(ty, key) {
        let what = match key {
            super::value::community::EcKey::Address(_) => "IP-address key",
            super::value::community::EcKey::Number(_) => "4-byte ASN",
        };
        let message = format!("4-byte value {value} can't be used with {what} in extended community");
        return Err(Stop::failed(message, span));
    }
    Ok(Value::Ec(extended(ty, key, value)))
}

fn host_constant(name: &Name) -> Stop {
    let why = Unseen::new(
        format!("`{}` is named in the host's /etc/iproute2", name.text),
        "give the host's files of /etc/iproute2",
    );
    Stop::Unseen(why, name.span)
}
