//! Terms of the filter language.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::{
    AttributeId, BuiltIn, ConstantId, Enumerator, Name, Net, RouteDistinguisher, RoutineId, VariableId,
};
use super::{LValue, Span};

/// A term and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What a term is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `true`, `on`
    Bool(bool),
    /// `42`, `0x2a`
    Number(u32),
    /// `"text"`
    Text(Arc<str>),
    /// `192.0.2.1`, `2001:db8::1`
    Address(IpAddr),
    /// `10.0.0.0/8`, and every other kind of network.
    Prefix(Box<Net>),
    /// `65000:1`
    Rd(RouteDistinguisher),
    /// `hex:01:02`
    Bytes(Arc<[u8]>),
    /// `02:00:00:00:00:01` (2.19 on).
    Mac([u8; 6]),
    /// `RTS_STATIC`
    Enumerator(Enumerator),
    /// A local variable or parameter of the routine that the term stands in.
    Variable(VariableId),
    /// A `define`.
    Constant(ConstantId),
    /// A constant of the host (`ipt_main`, from /etc/iproute2) whose file was not given; an int.
    HostConstant(Box<Name>),
    /// A route attribute: `net`, `bgp_path`, `krt_metric`.
    Attribute(BuiltIn),
    /// An attribute made by `attribute TYPE NAME;`.
    CustomAttribute(AttributeId),
    /// `(65000, 1)`
    Pair(Box<[Expr; 2]>),
    /// `(rt, 65000, 1)`
    Ec(EcKind, Box<[Expr; 2]>),
    /// `(65000, 1, 2)`
    Lc(Box<[Expr; 3]>),
    /// `[ 1, 2..5 ]`, `[ 10.0.0.0/8+ ]`, `[ (65000, *) ]`, `[]`
    Set(Box<[SetItem]>),
    /// `[= * 65000 ? =]`
    Mask(Box<[MaskItem]>),
    /// `+empty+`: an empty AS path.
    EmptyPath,
    /// `-empty-`: an empty community list.
    EmptyCList,
    /// `--empty--`: an empty extended community list.
    EmptyEcList,
    /// `---empty---`: an empty large community list.
    EmptyLcList,
    /// `! term`
    Not(Box<Expr>),
    /// `a + b`, `a && b`; `&&` and `||` are one level and left-associative, as BIRD reads them.
    Binary(BinaryOp, Box<[Expr; 2]>),
    /// `(term)`; kept so that what was written can be shown.
    Parenthesised(Box<Expr>),
    /// `f(a, b)`, a function of the configuration.
    Call(RoutineId, Box<[Expr]>),
    /// `defined(x)`, `format(x)`, `roa_check(t)`, `aspa_check(…)`, `from_hex("…")`, `add(l, c)`, `prepend(p, n)`, `delete(l, s)`,
    /// `filter(l, s)`; the name says which. Tables stand as [`ExprKind::Table`].
    BuiltInCall(Box<BuiltInCall>),
    /// `x.len`, `x.mask(8)`, `x.prepend(1)`
    Method(Box<MethodCall>),
    /// An attribute of a route-typed term, `r.bgp_path`.
    AttributeOf(Box<Expr>, BuiltIn),
    /// A custom attribute of a route-typed term.
    CustomAttributeOf(Box<Expr>, AttributeId),
    /// A table as an argument of `roa_check` or `aspa_check`.
    Table(Box<Name>),
    /// A name that is bound to nothing here; an error points at it.
    Undefined(Box<Name>),
    /// What could not be read; an error points at it.
    Opaque,
}

/// A call of a function that BIRD defines.
#[derive(Clone, Debug)]
pub struct BuiltInCall {
    /// Which function.
    pub name: Name,
    /// What stands in the parentheses.
    pub arguments: Vec<Expr>,
}

/// A method behind a dot.
#[derive(Clone, Debug)]
pub struct MethodCall {
    /// What stands in front of the dot.
    pub on: Expr,
    /// Which method.
    pub name: Name,
    /// What stands in the parentheses; `None` where none were written.
    pub arguments: Option<Vec<Expr>>,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `&&`, lazy.
    And,
    /// `||`, lazy.
    Or,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `~`
    Match,
    /// `!~`
    NotMatch,
    /// `&` (3.x)
    BitAnd,
    /// `|` (3.x)
    BitOr,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `++` (2.18 on): joins texts and lists.
    Concat,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// The kind of an extended community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcKind {
    /// `rt`: route target.
    Rt,
    /// `ro`: route origin.
    Ro,
    /// `generic`
    Generic,
    /// `unknown N`
    Unknown(u32),
}

/// A member of a set literal.
#[derive(Clone, Debug)]
pub enum SetItem {
    /// `10.0.0.0/8{8,24}`
    Prefix(PrefixPattern),
    /// `5`, `5..9`, `192.0.2.1`, `RTS_BGP`, `(term)`: anything but a tuple.
    Value(Bound),
    /// A tuple of plain numbers, as nearly all are.
    Community(Community, Span),
    /// `(65000, 1..8)`, `(*, 5)`
    Pair(Box<[Bound; 2]>),
    /// `(a, b) .. (c, d)`: all pairs whose number lies between the two, and so for ec and lc tuples.
    TupleRange(Box<[Expr; 2]>),
    /// `(rt, 65000, *)`
    Ec(EcKind, Box<[Bound; 2]>),
    /// `(65000, *, *)`
    Lc(Box<[Bound; 3]>),
    /// What could not be read.
    Opaque(Span),
}

/// A tuple in a set whose numbers are written out and fit wherever they stand. Sets hold thousands of them, so it takes
/// no room of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Community {
    /// `(65000, 1)`
    Pair(u16, u16),
    /// `(rt, 65000, 1)`: key and value.
    Ec(EcKind, u32, u16),
    /// `(65000, 1, 2)`
    Lc([u32; 3]),
}

/// A place in a tuple of a set: anything, one value or a closed range.
#[derive(Clone, Debug)]
pub enum Bound {
    /// `*`
    Any,
    /// `5`
    One(Expr),
    /// `5..9`
    Range(Box<[Expr; 2]>),
}

/// `P`, `P+`, `P-` or `P{low,high}`: a network matches where the first `min(len P, len)` bits agree and
/// `low <= len <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixPattern {
    /// The prefix, host bits zero.
    pub prefix: IpNet,
    /// The shortest length that matches.
    pub low: u8,
    /// The longest length that matches.
    pub high: u8,
    /// Where it stands.
    pub span: Span,
}

/// An element of an AS path mask.
#[derive(Clone, Debug)]
pub enum MaskItem {
    /// `*`: any number of AS numbers.
    Any,
    /// `?`: one AS number.
    One,
    /// `+`: one or more of what stands before it.
    Repeat,
    /// `65000`, a constant, or `(term)`: an int, a path or a set as its type says.
    Value(Expr),
    /// `64512..65534`
    Range(Box<[Expr; 2]>),
    /// `[1, 2..5]`
    Set(Vec<SetItem>, Span),
}

impl Expr {
    /// The place to write, where the term is a name that can be assigned.
    pub fn as_lvalue(&self) -> Option<LValue> {
        use super::LValueKind;
        let kind = match &self.kind {
            ExprKind::Variable(id) => LValueKind::Variable(*id),
            ExprKind::Attribute(attribute) => LValueKind::Attribute(*attribute),
            ExprKind::CustomAttribute(id) => LValueKind::CustomAttribute(*id),
            _ => return None,
        };
        Some(LValue { kind, span: self.span })
    }

    /// Whether the term is a value that stands there, or a name for one.
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Address(_)
            | ExprKind::Prefix(_)
            | ExprKind::Rd(_)
            | ExprKind::Bytes(_)
            | ExprKind::Mac(_)
            | ExprKind::Enumerator(_)
            | ExprKind::Constant(_)
            | ExprKind::Set(_)
            | ExprKind::EmptyPath
            | ExprKind::EmptyCList
            | ExprKind::EmptyEcList
            | ExprKind::EmptyLcList => true,
            ExprKind::Variable(_)
            | ExprKind::HostConstant(_)
            | ExprKind::Attribute(_)
            | ExprKind::CustomAttribute(_)
            | ExprKind::Pair(_)
            | ExprKind::Ec(..)
            | ExprKind::Lc(_)
            | ExprKind::Mask(_)
            | ExprKind::Not(_)
            | ExprKind::Binary(..)
            | ExprKind::Parenthesised(_)
            | ExprKind::Call(..)
            | ExprKind::BuiltInCall(_)
            | ExprKind::Method(_)
            | ExprKind::AttributeOf(..)
            | ExprKind::CustomAttributeOf(..)
            | ExprKind::Table(_)
            | ExprKind::Undefined(_)
            | ExprKind::Opaque => false,
        }
    }

    /// The term without parentheses around it.
    pub fn bare(&self) -> &Expr {
        match &self.kind {
            ExprKind::Parenthesised(inner) => inner.bare(),
            _ => self,
        }
    }
}
