//! Walks code and constants, and judges every term by the types that BIRD knows before it runs anything.

use super::Check;
use crate::bird::files::Span;
use crate::bird::tree::{
    Argument, Arm, BinaryOp, Bound, Command, CommandKind, Expr, ExprKind, Item, MaskItem, Routine, RoutineId,
    SetItem, Statement, Type,
};

impl<'t> Check<'t> {
    pub(super) fn code(&mut self) {
        let tree = self.tree;
        for constant in &tree.constants {
            self.term(None, &constant.value);
            self.without_route(&constant.value);
        }
        let evaluated = tree.statements.iter().filter_map(|statement| match statement {
            Statement::Eval(id) => Some(*id),
            _ => None,
        });
        let evaluated: Vec<_> = evaluated.collect();
        for (id, routine) in tree.routines.iter().enumerate() {
            if evaluated.contains(&RoutineId(id as u32)) {
                self.evaluated(routine);
            } else {
                self.commands(routine, &routine.body);
            }
        }
    }

    /// The terms among the arguments of options, which are evaluated where they stand.
    pub(super) fn option_terms(&mut self, items: impl IntoIterator<Item = &'t Item>) {
        for item in items.into_iter().filter(|item| item.name != "aggregate on") {
            for argument in &item.arguments {
                match argument {
                    Argument::Value(value) => {
                        self.term(None, value);
                        self.without_route(value);
                    }
                    Argument::Block(items) => self.option_terms(items),
                    _ => {}
                }
            }
        }
    }

    /// `eval term` is a number that is known when it is read.
    fn evaluated(&mut self, routine: &'t Routine) {
        for command in &routine.body {
            if let CommandKind::Return(Some(value)) = &command.kind {
                self.term(None, value);
                self.must_be(None, value, Type::Int, "what is evaluated");
                self.without_route(value);
            }
        }
    }

    /// A constant is evaluated where it stands, and there is no route yet.
    fn without_route(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Attribute(_) | ExprKind::CustomAttribute(_) => {
                self.refuse(expr.span, "a constant cannot look at a route, since there is none yet");
            }
            ExprKind::Parenthesised(inner) | ExprKind::Not(inner) => self.without_route(inner),
            ExprKind::Method(of, _, arguments) => {
                self.without_route(of);
                arguments.iter().flatten().for_each(|argument| self.without_route(argument));
            }
            // What `&&` does not come to is not evaluated; 3.x does not know the names at all here.
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, operands) if self.version.major == 2 => {
                self.without_route(&operands[0]);
            }
            ExprKind::Binary(_, members) | ExprKind::Pair(members) | ExprKind::Ec(_, members) => {
                members.iter().for_each(|member| self.without_route(member));
            }
            ExprKind::Lc(members) => members.iter().for_each(|member| self.without_route(member)),
            ExprKind::Mask(items) => {
                for item in items {
                    if let MaskItem::Value(value) = item {
                        self.without_route(value);
                    }
                }
            }
            ExprKind::BuiltInCall(name, arguments) => {
                let asks = match &*name.text {
                    "roa_check" => arguments.len() == 1,
                    name => name.starts_with("aspa_check_"),
                };
                if asks {
                    self.refuse(expr.span, "there is no route yet whose validity could be asked for");
                }
                arguments.iter().for_each(|argument| self.without_route(argument));
            }
            ExprKind::Call(_, arguments) => {
                arguments.iter().for_each(|argument| self.without_route(argument));
            }
            _ => {}
        }
    }

    fn commands(&mut self, routine: &'t Routine, commands: &'t [Command]) {
        for command in commands {
            self.command(routine, command);
        }
    }

    fn command(&mut self, routine: &'t Routine, command: &'t Command) {
        let within = Some(routine);
        match &command.kind {
            CommandKind::Block(inner) => self.commands(routine, inner),
            CommandKind::Declare(variable, Some(value)) => {
                self.term(within, value);
                self.assigned_variable(routine, *variable, value);
            }
            CommandKind::Declare(_, None) | CommandKind::Opaque => {}
            CommandKind::If { condition, then, otherwise } => {
                self.branches(routine, condition, then, otherwise.as_deref())
            }
            CommandKind::For { variable, over, body } => {
                self.term(within, over);
                self.loop_variable(routine, *variable, over);
                self.command(routine, body);
            }
            CommandKind::Case { on, arms } => {
                self.term(within, on);
                self.arms(routine, arms);
            }
            CommandKind::Assign(to, value) | CommandKind::CheckAssign(to, value) => {
                self.term(within, value);
                self.assigned(routine, to, value);
            }
            CommandKind::Unset(what) => self.unset(what),
            CommandKind::Return(value) => {
                if let Some(value) = value {
                    self.term(within, value);
                    self.returned(routine, value);
                }
            }
            CommandKind::Verdict(_, terms) | CommandKind::Print(terms, _) => {
                terms.iter().for_each(|term| self.term(within, term))
            }
            CommandKind::Call(call) => self.term(within, call),
            CommandKind::Update { on, method, arguments } => {
                arguments.iter().for_each(|argument| self.term(within, argument));
                self.update(routine, on, method, arguments);
            }
            CommandKind::Assert(term) => {
                self.term(within, term);
                self.must_be_bool(within, term, "what is asserted");
            }
        }
    }

    /// A chain of `else if` is walked without going deeper.
    fn branches(
        &mut self,
        routine: &'t Routine,
        condition: &'t Expr,
        then: &'t Command,
        mut otherwise: Option<&'t Command>,
    ) {
        self.branch(routine, condition, then);
        while let Some(command) = otherwise {
            let CommandKind::If { condition, then, otherwise: next } = &command.kind else {
                return self.command(routine, command);
            };
            self.branch(routine, condition, then);
            otherwise = next.as_deref();
        }
    }

    fn branch(&mut self, routine: &'t Routine, condition: &'t Expr, then: &'t Command) {
        self.term(Some(routine), condition);
        self.must_be_bool(Some(routine), condition, "a condition");
        self.command(routine, then);
    }

    fn arms(&mut self, routine: &'t Routine, arms: &'t [Arm]) {
        for arm in arms {
            self.items(&arm.labels);
            self.commands(routine, &arm.commands);
        }
        self.overlapping(arms);
    }

    /// Judges a term and all within it; terms lean left, so the left is walked last and not deeper.
    pub(super) fn term(&mut self, routine: Option<&'t Routine>, mut expr: &'t Expr) {
        loop {
            self.instruction(routine, expr);
            match &expr.kind {
                ExprKind::Binary(_, operands) => {
                    self.term(routine, &operands[1]);
                    expr = &operands[0];
                    continue;
                }
                ExprKind::Parenthesised(inner) | ExprKind::Not(inner) => {
                    expr = inner;
                    continue;
                }
                ExprKind::Pair(members) | ExprKind::Ec(_, members) => {
                    members.iter().for_each(|m| self.term(routine, m))
                }
                ExprKind::Lc(members) => members.iter().for_each(|m| self.term(routine, m)),
                ExprKind::Set(items) => self.items(items),
                ExprKind::Mask(items) => self.mask(routine, items, expr.span),
                ExprKind::Call(_, arguments) | ExprKind::BuiltInCall(_, arguments) => {
                    arguments.iter().for_each(|argument| self.term(routine, argument));
                }
                ExprKind::Method(of, _, arguments) => {
                    self.term(routine, of);
                    arguments.iter().flatten().for_each(|argument| self.term(routine, argument));
                }
                ExprKind::AttributeOf(of, _) | ExprKind::CustomAttributeOf(of, _) => self.term(routine, of),
                _ => {}
            }
            return;
        }
    }

    fn mask(&mut self, routine: Option<&'t Routine>, items: &'t [MaskItem], span: Span) {
        if let Some(MaskItem::Repeat) = items.first() {
            self.refuse(span, "`+` cannot stand first in an AS path mask");
        }
        for item in items {
            match item {
                MaskItem::Value(value) => self.term(routine, value),
                MaskItem::Set(items, _) => self.items(items),
                MaskItem::Any | MaskItem::One | MaskItem::Repeat | MaskItem::Range(_) => {}
            }
        }
    }

    /// The members of a set are known when it is read.
    fn items(&mut self, items: &'t [SetItem]) {
        self.set_items(items);
        for item in items {
            match item {
                SetItem::Prefix(_) | SetItem::Opaque(_) => {}
                SetItem::Value(bound) => self.bound(bound),
                SetItem::Pair(bounds) | SetItem::Ec(_, bounds) => {
                    bounds.iter().for_each(|bound| self.bound(bound))
                }
                SetItem::Lc(bounds) => bounds.iter().for_each(|bound| self.bound(bound)),
                SetItem::TupleRange(ends) => ends.iter().for_each(|end| self.term(None, end)),
            }
        }
    }

    fn bound(&mut self, bound: &'t Bound) {
        match bound {
            Bound::Any => {}
            Bound::One(value) => self.term(None, value),
            Bound::Range(ends) => ends.iter().for_each(|end| self.term(None, end)),
        }
    }
}
