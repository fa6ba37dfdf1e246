//! Functions, filters and the nameless code of channels and routes.

use super::{Kind, Name, Parser, Read, Skip, Span};
use crate::bird::symbols::Symbol;
use crate::bird::tree::{Command, CommandKind, Policy, Routine, RoutineId, RoutineKind, Type, VariableId};
use crate::bird::version::Versions;

impl Parser<'_> {
    /// `function f(int a; prefix b) -> bool { … }`
    pub(super) fn function(&mut self) -> Read<RoutineId> {
        let start = self.bump().span;
        let name = self.new_name("the name of a function")?;
        let is_lost = crate::bird::keyword::is_keyword_in(&name.text, self.version);
        self.routine_of(RoutineKind::Function, Some(name), start, |p, id| {
            p.parameters()?;
            if let Some(routine) = &mut p.routine {
                routine.is_lost = is_lost;
            }
            if p.is(Kind::Arrow) {
                let arrow = p.bump().span;
                let ty = p.ty()?;
                p.require(Versions::since((14, 0), (0, 0)), arrow, "the type of a function");
                p.tree.routines[id.0 as usize].returns = Some(ty);
                if let Some(routine) = &mut p.routine {
                    routine.returns = Some(ty);
                }
            }
            p.share_head(id);
            p.body()
        })
    }

    /// `filter f { … }`
    pub(super) fn filter_definition(&mut self) -> Read<RoutineId> {
        let start = self.bump().span;
        let name = self.new_name("the name of a filter")?;
        self.routine_of(RoutineKind::Filter, Some(name), start, |p, _| p.body())
    }

    /// `filter { … }` or `filter NAME`, the word `filter` being read.
    pub(super) fn filter_policy(&mut self) -> Read<Policy> {
        let start = self.span();
        if !self.is(Kind::BraceOpen) && !self.declaration_follows() {
            return self.named_filter();
        }
        let id = self.routine_of(RoutineKind::Filter, None, start, |p, _| p.body())?;
        Ok(Policy::Filter(id))
    }

    fn named_filter(&mut self) -> Read<Policy> {
        let name = self.name("the name of a filter or `{`")?;
        Ok(match self.symbols.find(&name.text) {
            Some(Symbol::Filter(id)) => Policy::Filter(id),
            Some(_) => {
                self.refuse(name.span, format!("`{}` is no filter", name.text));
                Policy::Opaque(name.span)
            }
            None => {
                self.refuse(
                    name.span,
                    format!(
                        "no filter `{}` is defined here; BIRD wants a definition before its use",
                        name.text
                    ),
                );
                Policy::Opaque(name.span)
            }
        })
    }

    /// `net ~ OWN && source = RTS_STATIC`, the word `where` being read.
    pub(super) fn where_policy(&mut self) -> Read<Policy> {
        Ok(Policy::Where(self.term_routine()?))
    }

    /// A term that is wrapped as a routine which returns it.
    pub(super) fn term_routine(&mut self) -> Read<RoutineId> {
        let start = self.span();
        self.routine_of(RoutineKind::Term, None, start, |p, _| {
            let term = p.term()?;
            let span = term.span;
            Ok(vec![Command { kind: CommandKind::Return(Some(term)), span }])
        })
    }

    /// The commands in braces behind a static route, which declare nothing but within braces of their own.
    pub(super) fn route_commands(&mut self) -> Read<RoutineId> {
        let start = self.span();
        self.routine_of(RoutineKind::Route, None, start, |p, _| p.commands_only())
    }

    /// Reads a routine within a scope of its own. Its name is known within it, so that it may call itself.
    pub(super) fn routine_of(
        &mut self,
        kind: RoutineKind,
        name: Option<Name>,
        start: Span,
        read: impl FnOnce(&mut Self, RoutineId) -> Read<Vec<Command>>,
    ) -> Read<RoutineId> {
        let id = RoutineId(self.tree.routines.len() as u32);
        let routine = Routine::empty(kind, name.clone(), start);
        self.tree.routines.push(routine.clone());
        if let Some(name) = &name {
            let symbol =
                if kind == RoutineKind::Function { Symbol::Function(id) } else { Symbol::Filter(id) };
            self.define(name, symbol);
        }
        let outer = self.routine.replace(routine);
        self.symbols.push();
        let (scopes, depth) = (self.symbols.depth(), self.depth);
        let body = read(self, id);
        self.depth = depth;
        self.symbols.truncate(scopes - 1);
        let mut routine =
            std::mem::replace(&mut self.routine, outer).unwrap_or_else(|| Routine::empty(kind, name, start));
        routine.span = self.since(start);
        let result = self.settle(&mut routine, body);
        self.tree.routines[id.0 as usize] = routine;
        result.map(|()| id)
    }

    /// What could not be read leaves an opaque command, so that nobody takes the code for empty.
    fn settle(&mut self, routine: &mut Routine, body: Read<Vec<Command>>) -> Read<()> {
        match body {
            Ok(commands) => {
                routine.body = commands;
                routine.inferred = crate::bird::types::inferred(&self.tree, routine);
                Ok(())
            }
            Err(Skip) => {
                routine.body = vec![Command { kind: CommandKind::Opaque, span: routine.span }];
                Err(Skip)
            }
        }
    }

    /// Makes parameters and type known to calls within the function itself.
    fn share_head(&mut self, id: RoutineId) {
        if let Some(head) = &self.routine {
            self.tree.routines[id.0 as usize] = head.clone();
        }
    }

    /// `(int a; prefix b)`: semicolons between, none at the end.
    fn parameters(&mut self) -> Read<()> {
        self.expect(Kind::ParenOpen, "`(`")?;
        if self.eat(Kind::ParenClose) {
            return Ok(());
        }
        loop {
            let ty = self.ty()?;
            let id = self.parameter(ty)?;
            if let Some(routine) = &mut self.routine {
                routine.parameters.push(id);
            }
            if !self.eat(Kind::Semicolon) {
                break;
            }
        }
        self.expect(Kind::ParenClose, "`;` or `)`")?;
        Ok(())
    }

    fn parameter(&mut self, ty: Type) -> Read<VariableId> {
        let name = self.new_name("the name of a parameter")?;
        Ok(self.declare(name, Some(ty)))
    }

    /// `int x; { … }`: variables in the old style, which start void and are no commands, then commands.
    pub(super) fn body(&mut self) -> Read<Vec<Command>> {
        while self.declaration_follows() {
            let ty = self.ty()?;
            self.parameter(ty)?;
            self.expect(Kind::Semicolon, "`;`")?;
        }
        self.commands_here()
    }
}
