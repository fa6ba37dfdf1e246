//! Commands of the filter language.

use super::{AttributeId, Bound, BuiltIn, Expr, Name, SetItem, Span, VariableId};

/// A command and where it stands.
#[derive(Clone, Debug)]
pub struct Command {
    /// What it does.
    pub kind: CommandKind,
    /// Where it stands, its `;` included.
    pub span: Span,
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum CommandKind {
    /// `{ … }`
    Block(Vec<Command>),
    /// `int x = 5;`, `int x;`
    Declare(VariableId, Option<Expr>),
    /// `if c then … else …`
    If {
        /// The condition, a bool.
        condition: Expr,
        /// Done where it holds.
        then: Box<Command>,
        /// Done where it does not.
        otherwise: Option<Box<Command>>,
    },
    /// `for int x in list do …`
    For {
        /// Takes each member in turn.
        variable: VariableId,
        /// A path or a list.
        over: Expr,
        /// Done for each.
        body: Box<Command>,
    },
    /// `case x { 1: …; 2..5, 9: …; else: … }`; no arm that matches means nothing is done.
    Case {
        /// What is looked at.
        on: Expr,
        /// The arms in order; intervals never overlap in what BIRD accepts.
        arms: Vec<Arm>,
    },
    /// `x = term;`
    Assign(LValue, Expr),
    /// `unset(attribute);`
    Unset(LValue),
    /// `return term;`
    Return(Option<Expr>),
    /// `accept "text", net;`: prints, then ends the whole filter.
    Verdict(Verdict, Vec<Expr>),
    /// `print a, b;`
    Print(Vec<Expr>, Newline),
    /// `f(x);`: a call whose value is dropped.
    Call(Expr),
    /// `x.add(y);`, `x.empty;`: the method's value is put back where it came from.
    Update {
        /// What is changed.
        on: LValue,
        /// `add`, `delete`, `filter`, `prepend`, `empty`, `reset`, …
        method: Name,
        /// What stands in the parentheses.
        arguments: Vec<Expr>,
    },
    /// `bt_assert(term);` with the text of the term.
    Assert(Expr),
    /// `bt_check_assign(x, term);`
    CheckAssign(LValue, Expr),
    /// What could not be read; an error points at it.
    Opaque,
}

/// One arm of a `case`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it matches; empty for `else:`.
    pub labels: Vec<SetItem>,
    /// What is done; 3.x allows exactly one command.
    pub commands: Vec<Command>,
    /// From the first label to the last command.
    pub span: Span,
}

impl Arm {
    /// Whether it is the `else:` arm.
    pub fn is_else(&self) -> bool {
        self.labels.is_empty()
    }
}

/// What can be assigned.
#[derive(Clone, Debug)]
pub struct LValue {
    /// What it is.
    pub kind: LValueKind,
    /// Where it stands.
    pub span: Span,
}

/// What kind of place is written.
#[derive(Clone, Debug)]
pub enum LValueKind {
    /// A local variable or parameter.
    Variable(VariableId),
    /// An attribute of the route.
    Attribute(BuiltIn),
    /// An attribute made by `attribute TYPE NAME;`.
    CustomAttribute(AttributeId),
    /// Nothing that can be written; an error points at it.
    Opaque,
}

/// How a filter ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// `accept`
    Accept,
    /// `reject`
    Reject,
    /// `error`
    Error,
}

/// Whether `print` ends the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Newline {
    /// `print`
    Ended,
    /// `printn`
    Left,
}

/// A set item as `case` labels use it.
impl From<Bound> for SetItem {
    fn from(bound: Bound) -> SetItem {
        SetItem::Value(bound)
    }
}
