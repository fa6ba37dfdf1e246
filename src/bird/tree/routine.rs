//! Functions, filters, constants, custom attributes and unit tests.

use super::{Command, Expr, Name, RoutineId, Span, Type, VariableId};
use crate::bird::plain::Plain;

/// A piece of filter code with its own variables.
#[derive(Clone, Debug)]
pub struct Routine {
    /// What it is.
    pub kind: RoutineKind,
    /// Its name, where it has one.
    pub name: Option<Name>,
    /// The parameters in order.
    pub parameters: Vec<VariableId>,
    /// The type after `->`, where one was written.
    pub returns: Option<Type>,
    /// The type of its first `return`, by which later calls are judged where none was written.
    pub inferred: Option<Type>,
    /// Every variable of the routine, parameters and loop variables too.
    pub variables: Vec<Variable>,
    /// The commands; for [`RoutineKind::Term`] one `return`.
    pub body: Vec<Command>,
    /// Whether BIRD loses the body, as it does since 2.14 of a function whose name is a keyword: `filter/config.Y` hangs it
    /// on the keyword instead of the name (`function_def`), and a call does nothing and has no value.
    pub is_lost: bool,
    /// From its first word to its last brace.
    pub span: Span,
}

/// What a routine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoutineKind {
    /// `function f() { … }`
    Function,
    /// `filter f { … }`, or `filter { … }` within a channel.
    Filter,
    /// `where term`, `eval term`: the body is one `return term;`.
    Term,
    /// The commands in braces after a static route.
    Route,
}

/// A variable of a routine.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// Its type; `None` where BIRD infers it (`for x in …` before 2.14).
    pub ty: Option<Type>,
}

/// `define NAME = term;`
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its name.
    pub name: Name,
    /// The term, evaluated once where it stands.
    pub value: Expr,
    /// The type of the term, where BIRD knows it before it runs anything.
    pub ty: Option<Type>,
    /// What it is worth, where it is plain. Both are kept, since constants may be made of constants without end.
    pub plain: Option<Plain>,
}

/// `attribute TYPE NAME;` or `attribute bgp N bytestring NAME;`
#[derive(Clone, Debug)]
pub struct CustomAttribute {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// The number of the BGP attribute, where it is one.
    pub bgp: Option<u32>,
}

/// A unit test in the dialect of BIRD's own tests.
#[derive(Clone, Debug)]
pub struct Test {
    /// What is tested.
    pub kind: TestKind,
    /// Where it stands.
    pub span: Span,
}

/// What a unit test compares.
#[derive(Clone, Debug)]
pub enum TestKind {
    /// `bt_test_suite(f, "text");`: every `bt_assert` within `f` holds.
    Suite {
        /// The function that is run.
        function: RoutineId,
        /// What it is about.
        title: String,
    },
    /// `bt_test_same(f, g, result);`: the two are the same code, or are not.
    Same {
        /// The functions.
        functions: [RoutineId; 2],
        /// 1 for the same, 0 for different.
        result: u32,
    },
}

impl Routine {
    /// A routine of which nothing is known yet.
    pub(in crate::bird) fn empty(kind: RoutineKind, name: Option<Name>, span: Span) -> Routine {
        Routine {
            kind,
            name,
            parameters: Vec::new(),
            returns: None,
            inferred: None,
            variables: Vec::new(),
            body: Vec::new(),
            is_lost: false,
            span,
        }
    }

    /// The commands that BIRD runs: those of the body, unless it is lost.
    pub fn commands(&self) -> &[Command] {
        if self.is_lost { &[] } else { &self.body }
    }

    /// The variable with an id.
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }
}
