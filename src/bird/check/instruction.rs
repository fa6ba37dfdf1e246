//! The types that each instruction wants (filter/f-inst.c): what BIRD refuses before it runs anything.

use super::Check;
use crate::bird::eval::promoted;
use crate::bird::files::Span;
use crate::bird::tree::{
    BinaryOp, Expr, ExprKind, LValue, LValueKind, Name, Routine, RoutineId, RoutineKind, Type, VariableId,
};
use crate::bird::types;
use crate::bird::version::Versions;

/// Methods are looked up by the receiver's type since 2.14.
pub(super) const TYPED: Versions = Versions::since((14, 0), (0, 0));

impl<'t> Check<'t> {
    pub(super) fn of(&self, routine: Option<&Routine>, expr: &Expr) -> Option<Type> {
        types::of(self.tree, routine, expr)
    }

    /// Refuses a term of another type than is wanted; what BIRD does not know it does not refuse.
    pub(super) fn must_be(&mut self, routine: Option<&Routine>, expr: &'t Expr, wanted: Type, what: &str) {
        let Some(found) = self.of(routine, expr) else { return };
        if found != wanted && !self.promotes(expr, wanted) {
            self.refuse(expr.span, format!("{what} must be of type {wanted}, and this is of type {found}"));
        }
    }

    pub(super) fn must_be_bool(&mut self, routine: Option<&Routine>, expr: &'t Expr, what: &str) {
        self.must_be(routine, expr, Type::Bool, what);
    }

    /// A constant IPv4 address stands for a quad, an empty set for a set of prefixes.
    fn promotes(&mut self, expr: &'t Expr, wanted: Type) -> bool {
        matches!(wanted, Type::Quad | Type::PrefixSet)
            && self.constant_value(expr).is_some_and(|value| promoted(value, Some(wanted)).ty() == wanted)
    }

    /// Judges one term, not what is within it.
    pub(super) fn instruction(&mut self, routine: Option<&'t Routine>, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Not(inner) => self.must_be(routine, inner, Type::Bool, "what `!` negates"),
            ExprKind::Binary(op, operands) => self.operator(routine, *op, operands, expr.span),
            ExprKind::Pair(members) => {
                members
                    .iter()
                    .for_each(|member| self.must_be(routine, member, Type::Int, "a part of a community"));
            }
            ExprKind::Ec(_, members) => {
                self.must_be(routine, &members[1], Type::Int, "the value of an extended community");
            }
            ExprKind::Lc(members) => {
                members.iter().for_each(|member| {
                    self.must_be(routine, member, Type::Int, "a part of a large community")
                });
            }
            ExprKind::Call(id, arguments) => self.call(routine, *id, arguments, expr.span),
            ExprKind::BuiltInCall(call) => self.built_in(routine, &call.name, &call.arguments),
            ExprKind::Method(call) => {
                self.method(routine, &call.on, &call.name, call.arguments.as_deref());
            }
            ExprKind::AttributeOf(of, _) | ExprKind::CustomAttributeOf(of, _) => {
                self.must_be(routine, of, Type::Route, "what has attributes");
            }
            _ => {}
        }
    }

    fn operator(&mut self, routine: Option<&'t Routine>, op: BinaryOp, operands: &'t [Expr; 2], span: Span) {
        match op {
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::BitAnd
            | BinaryOp::BitOr => {
                operands.iter().for_each(|operand| self.must_be(routine, operand, Type::Int, "an operand"));
            }
            BinaryOp::And | BinaryOp::Or => {
                operands.iter().for_each(|operand| self.must_be(routine, operand, Type::Bool, "an operand"));
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.same_types(routine, operands, span);
            }
            BinaryOp::Concat => self.concat(routine, operands),
            BinaryOp::Match | BinaryOp::NotMatch | BinaryOp::Equal | BinaryOp::NotEqual => {}
        }
    }

    /// Texts are joined, and byte strings, but not one with the other.
    fn concat(&mut self, routine: Option<&Routine>, operands: &'t [Expr; 2]) {
        match self.of(routine, &operands[0]) {
            Some(ty @ (Type::String | Type::Bytes)) => {
                self.must_be(routine, &operands[1], ty, "what is joined")
            }
            Some(ty) => {
                self.refuse(operands[0].span, format!("a value of type {ty} cannot be joined with `++`"))
            }
            None => self
                .refuse(operands[0].span, "the type of what is joined is not known; assign it to a variable"),
        }
    }

    fn same_types(&mut self, routine: Option<&Routine>, operands: &'t [Expr; 2], span: Span) {
        let (left, right) = (self.of(routine, &operands[0]), self.of(routine, &operands[1]));
        let (Some(left), Some(right)) = (left, right) else { return };
        if left != right && !self.promotes(&operands[0], right) && !self.promotes(&operands[1], left) {
            self.refuse(span, format!("values of types {left} and {right} are not comparable"));
        }
    }

    fn call(&mut self, routine: Option<&Routine>, id: RoutineId, arguments: &'t [Expr], span: Span) {
        let callee = self.tree.routine(id);
        if callee.parameters.len() != arguments.len() {
            let (wanted, found) = (callee.parameters.len(), arguments.len());
            return self
                .refuse(span, format!("the function takes {wanted} arguments, and {found} are given"));
        }
        if !Versions::since((0, 8), (0, 0)).accept(self.version) {
            return;
        }
        for (argument, parameter) in arguments.iter().zip(&callee.parameters) {
            if let Some(wanted) = callee.variable(*parameter).ty {
                self.must_be(routine, argument, wanted, "this argument");
            }
        }
    }

    fn built_in(&mut self, routine: Option<&Routine>, name: &Name, arguments: &'t [Expr]) {
        let wanted: &[usize] = match &*name.text {
            "defined" | "format" | "from_hex" => &[1],
            "prepend" | "append" | "add" | "delete" | "filter" => &[2],
            "roa_check" => &[1, 3],
            "aspa_check_upstream" | "aspa_check_downstream" => &[1],
            "aspa_check" => &[3],
            _ => return,
        };
        if !wanted.contains(&arguments.len()) {
            return self.refuse(name.span, format!("`{}` takes another number of arguments", name.text));
        }
        match (&*name.text, arguments) {
            ("from_hex", [text]) => self.must_be(routine, text, Type::String, "the argument of `from_hex`"),
            ("prepend", [path, number]) => {
                self.must_be(routine, path, Type::Path, "the first argument of `prepend`");
                self.must_be(routine, number, Type::Int, "the second argument of `prepend`");
            }
            ("append" | "add" | "delete" | "filter", [list, member]) if TYPED.accept(self.version) => {
                let receiver =
                    self.of(routine, list).filter(|_| self.receiver_has(routine, list, name, true));
                self.method_argument(routine, receiver, name, member);
            }
            ("roa_check", [_, net, asn]) => {
                self.must_be(routine, net, Type::Prefix, "the second argument of `roa_check`");
                self.must_be(routine, asn, Type::Int, "the third argument of `roa_check`");
            }
            ("aspa_check", [_, path, upstream]) => {
                self.must_be(routine, path, Type::Path, "the second argument of `aspa_check`");
                self.must_be(routine, upstream, Type::Bool, "the third argument of `aspa_check`");
            }
            _ => {}
        }
    }

    pub(super) fn of_lvalue(&self, routine: &Routine, on: &LValue) -> Option<Type> {
        match &on.kind {
            LValueKind::Variable(id) => routine.variables.get(id.0 as usize)?.ty,
            LValueKind::Attribute(attribute) => Some(attribute.ty()),
            LValueKind::CustomAttribute(id) => Some(self.tree.attribute(*id).ty),
            LValueKind::Opaque => None,
        }
    }

    pub(super) fn writable(&mut self, on: &LValue) {
        let LValueKind::Attribute(attribute) = &on.kind else { return };
        if !attribute.written().accept(self.version) {
            self.refuse(on.span, format!("filters cannot write `{}`", attribute.name()));
        }
    }

    pub(super) fn assigned(&mut self, routine: &'t Routine, to: &LValue, value: &'t Expr) {
        self.writable(to);
        if let Some(wanted) = self.of_lvalue(routine, to) {
            self.must_be(Some(routine), value, wanted, "what is assigned");
        }
    }

    pub(super) fn assigned_variable(&mut self, routine: &'t Routine, variable: VariableId, value: &'t Expr) {
        if let Some(wanted) = routine.variables.get(variable.0 as usize).and_then(|variable| variable.ty) {
            self.must_be(Some(routine), value, wanted, "what is assigned");
        }
    }

    pub(super) fn loop_variable(&mut self, routine: &'t Routine, variable: VariableId, over: &'t Expr) {
        let Some(list) = self.of(Some(routine), over) else {
            if matches!(over.bare().kind, ExprKind::Call(..)) && TYPED.accept(self.version) {
                self.refuse(
                    over.span,
                    "the type of what is gone through is not known; assign it to a variable",
                );
            }
            return;
        };
        let Some(member) = types::element(list) else {
            return self.refuse(over.span, format!("a value of type {list} has no members to go through"));
        };
        let declared = routine.variables.get(variable.0 as usize).and_then(|variable| variable.ty);
        if let Some(declared) = declared.filter(|declared| *declared != member) {
            self.refuse(
                over.span,
                format!("its members are of type {member}, and the variable is of type {declared}"),
            );
        }
    }

    /// Only attributes of protocols are unset.
    pub(super) fn unset(&mut self, what: &LValue) {
        let refused = match &what.kind {
            LValueKind::Variable(_) => true,
            LValueKind::Attribute(attribute) => !attribute.unset().accept(self.version),
            // 3.x cannot unset a BGP attribute that it does not know itself.
            LValueKind::CustomAttribute(id) => {
                let attribute = self.tree.attribute(*id);
                let unknown = attribute.bgp.is_some() && attribute.ty == Type::Bytes;
                !TYPED.accept(self.version) || unknown && self.version.major > 2
            }
            LValueKind::Opaque => false,
        };
        if refused {
            self.refuse(what.span, "only an attribute of a protocol can be unset");
        }
    }

    /// Since 2.14 all `return`s of a function give one type, that of the first where none is written.
    pub(super) fn returned(&mut self, routine: &'t Routine, value: &'t Expr) {
        if routine.kind == RoutineKind::Term {
            return self.must_be_bool(Some(routine), value, "the term behind `where`");
        }
        let Some(wanted) = routine.returns.or(routine.inferred).filter(|_| TYPED.accept(self.version)) else {
            return;
        };
        let found = self.of(Some(routine), value);
        if found != Some(wanted) && routine.kind == RoutineKind::Function {
            let found = found.map_or("no known type".to_owned(), |found| format!("type {found}"));
            self.refuse(value.span, format!("the function returns {wanted}, and this is of {found}"));
        }
    }
}
