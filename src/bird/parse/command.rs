//! Commands of the filter language.

use super::{Kind, Name, Parser, Read, Skip, Span};
use crate::bird::error::ErrorKind;
use crate::bird::symbols::Symbol;
use crate::bird::tree::{
    Command, CommandKind, EnumType, Expr, LValue, LValueKind, Newline, Type, Variable, VariableId, Verdict,
};
use crate::bird::version::Versions;

/// How many `else if` one chain may have: dropping it recurses.
const MAX_ELSE_IF: usize = 1500;

impl Parser<'_> {
    /// `{ … }`, with a scope of its own for what it declares.
    pub(super) fn commands(&mut self) -> Read<Vec<Command>> {
        self.symbols.push();
        let depth = self.symbols.depth();
        let commands = self.commands_here();
        self.symbols.truncate(depth - 1);
        commands
    }

    /// The same in the scope that is open.
    pub(super) fn commands_here(&mut self) -> Read<Vec<Command>> {
        let opaque = |span| Command { kind: CommandKind::Opaque, span };
        self.nested(|p| p.block(Parser::declaration_or_command, opaque))
    }

    /// The same without declarations.
    pub(super) fn commands_only(&mut self) -> Read<Vec<Command>> {
        let opaque = |span| Command { kind: CommandKind::Opaque, span };
        self.nested(|p| p.block(Parser::command, opaque))
    }

    pub(super) fn declaration_or_command(&mut self) -> Read<Command> {
        if !self.declaration_follows() {
            return self.command();
        }
        let start = self.span();
        let ty = self.ty()?;
        let name = self.new_name("the name of a variable")?;
        let value = if self.eat(Kind::Equal) { Some(self.term()?) } else { None };
        self.expect(Kind::Semicolon, "`;`")?;
        let variable = self.declare(name, Some(ty));
        let span = self.since(start);
        self.require(Versions::since((0, 11), (0, 0)), span, "a declaration among the commands");
        Ok(Command { kind: CommandKind::Declare(variable, value), span })
    }

    /// Whether a type stands here and the name of a variable behind it.
    pub(super) fn declaration_follows(&self) -> bool {
        let word = self.word_at(0);
        let is_type = type_named(word).is_some() || word == "enum";
        is_type
            && self.symbols.find(word).is_none()
            && matches!(self.kind_at(1), Kind::Word | Kind::QuotedWord)
    }

    /// `int`, `prefix set`, `enum rts`
    pub(super) fn ty(&mut self) -> Read<Type> {
        let start = self.span();
        let word = self.word_at(0);
        if self.eat_word("enum") {
            let name = self.name("the name of an enumeration")?;
            self.require(Versions::since((16, 0), (0, 0)), name.span, "`enum` types");
            let Some(ty) = enum_named(&name.text) else {
                self.refuse(name.span, format!("there is no enumeration `{}`", name.text));
                return Err(Skip);
            };
            if matches!(ty, EnumType::EvpnType | EnumType::BridgeSource) {
                self.require(Versions::since((19, 0), (3, 0)), name.span, "this enumeration");
            }
            if self.at_word("set") && !self.is_a_name_of_its_own() {
                self.bump();
                return Ok(Type::Set);
            }
            return Ok(Type::Enum(ty));
        }
        let Some(mut ty) = type_named(word).filter(|_| self.symbols.find(word).is_none()) else {
            return Err(self.expected("a type"));
        };
        self.bump();
        match ty {
            Type::Route | Type::Bytes => {
                self.require(Versions::since((14, 0), (0, 0)), start, format_args!("the type `{word}`"))
            }
            Type::Mac => self.require(Versions::since((19, 0), (3, 0)), start, "the type `mac`"),
            _ => {}
        }
        while self.at_word("set") && !self.is_a_name_of_its_own() {
            self.bump();
            ty = set_of(ty).ok_or_else(|| {
                self.refuse(start, format!("there are no sets of `{word}`"));
                Skip
            })?;
        }
        Ok(ty)
    }

    /// Whether the keyword here is what is declared and no part of its type, since behind it stands neither a name nor the
    /// body of a function of that type.
    fn is_a_name_of_its_own(&self) -> bool {
        let named = match self.kind_at(1) {
            Kind::Word | Kind::QuotedWord => self.word_at(1) != "in",
            kind => kind == Kind::BraceOpen,
        };
        let versions = crate::bird::keyword::nameable(self.word_at(0), self.version);
        !named && versions.is_some_and(|versions| versions.accept(self.version))
    }

    /// Adds a variable to the routine that is being read.
    pub(super) fn declare(&mut self, name: Name, ty: Option<Type>) -> VariableId {
        let Some(routine) = &mut self.routine else { return VariableId(0) };
        let id = VariableId(routine.variables.len() as u32);
        routine.variables.push(Variable { name: name.clone(), ty });
        self.define(&name, Symbol::Variable(id));
        id
    }

    /// One command; a chain of `else if` is read without going deeper.
    pub(super) fn command(&mut self) -> Read<Command> {
        self.nested(|p| p.any_command())
    }

    fn any_command(&mut self) -> Read<Command> {
        let start = self.span();
        let kind = match self.kind() {
            Kind::BraceOpen => CommandKind::Block(self.commands()?),
            Kind::Semicolon => return Err(self.expected("a command; filter code has no empty ones")),
            Kind::Word | Kind::QuotedWord if self.symbol().is_some() => self.name_command()?,
            Kind::Word | Kind::QuotedWord => self.keyword_command()?,
            _ => return Err(self.expected("a command")),
        };
        Ok(Command { kind, span: self.since(start) })
    }

    fn keyword_command(&mut self) -> Read<CommandKind> {
        match self.word_at(0) {
            "if" => self.if_command(),
            "for" => self.for_command(),
            "case" => self.case_command(),
            "return" => self.return_command(),
            "unset" => self.unset_command(),
            "accept" => self.verdict(Verdict::Accept),
            "reject" => self.verdict(Verdict::Reject),
            "error" => self.verdict(Verdict::Error),
            "print" => self.print(Newline::Ended),
            "printn" => self.print(Newline::Left),
            "bt_assert" => self.assert_command(),
            "bt_check_assign" => self.check_assign_command(),
            _ => self.name_command(),
        }
    }

    /// `if c then …; else if d then …; else …;`
    fn if_command(&mut self) -> Read<CommandKind> {
        let mut heads = Vec::new();
        let mut last = None;
        loop {
            let start = self.span();
            self.bump();
            let condition = self.term()?;
            self.expect_word("then")?;
            heads.push((start, condition, self.command()?));
            if !self.eat_word("else") {
                break;
            }
            if !self.at_word("if") {
                last = Some(Box::new(self.command()?));
                break;
            }
            if heads.len() > MAX_ELSE_IF {
                let message =
                    format!("a chain of more `else if` than the {MAX_ELSE_IF} that routelint reads");
                self.error(self.span(), ErrorKind::Syntax, message);
                return Err(Skip);
            }
        }
        Ok(self.fold_if(heads, last))
    }

    /// Nests a chain of `else if` from its end.
    fn fold_if(&self, heads: Vec<(Span, Expr, Command)>, mut last: Option<Box<Command>>) -> CommandKind {
        let end = self.previous().end;
        for (start, condition, then) in heads.into_iter().rev() {
            let kind = CommandKind::If { condition, then: Box::new(then), otherwise: last };
            last =
                Some(Box::new(Command { kind, span: Span { start: start.start, end: end.max(start.end) } }));
        }
        last.map_or(CommandKind::Opaque, |chain| chain.kind)
    }

    /// `for int asn in bgp_path do …`
    fn for_command(&mut self) -> Read<CommandKind> {
        let start = self.bump().span;
        self.require(Versions::since((0, 11), (0, 0)), start, "`for`");
        self.symbols.push();
        let depth = self.symbols.depth();
        let read = self.for_parts();
        self.symbols.truncate(depth - 1);
        read
    }

    /// The list is read before the variable is there: a name in it is one from further out.
    fn for_parts(&mut self) -> Read<CommandKind> {
        let fresh = if self.declaration_follows() {
            let ty = self.ty()?;
            Some((self.new_name("the name of a variable")?, ty))
        } else {
            None
        };
        let known = if fresh.is_none() { Some(self.loop_variable_of_before()?) } else { None };
        self.expect_word("in")?;
        let over = self.term()?;
        let new = fresh.map(|(name, ty)| self.declare(name, Some(ty)));
        self.expect_word("do")?;
        let body = Box::new(self.command()?);
        let Some(variable) = known.or(new) else { return Err(Skip) };
        Ok(CommandKind::For { variable, over, body })
    }

    /// `for x in …`: a variable that is there already, until 2.13.
    fn loop_variable_of_before(&mut self) -> Read<VariableId> {
        let span = self.span();
        match self.symbol() {
            Some(Symbol::Variable(id)) => {
                self.bump();
                self.require(Versions::before((14, 0), (0, 0)), span, "a loop variable without its type");
                Ok(id)
            }
            Some(_) => {
                self.refuse(span, "the name stands for something else than a variable");
                Err(Skip)
            }
            None => Err(self.expected("the type of the loop variable")),
        }
    }

    fn return_command(&mut self) -> Read<CommandKind> {
        use crate::bird::tree::RoutineKind;
        let start = self.bump().span;
        let value = self.term()?;
        self.expect(Kind::Semicolon, "`;`")?;
        // What an aggregator merges by has no name, and is no function to BIRD.
        let in_function =
            |r: &crate::bird::tree::Routine| r.kind == RoutineKind::Function && r.name.is_some();
        if !self.routine.as_ref().is_some_and(in_function) {
            self.require(
                Versions::before((14, 0), (0, 0)),
                start,
                "`return` outside of a function; use `accept` or `reject`",
            );
        }
        Ok(CommandKind::Return(Some(value)))
    }

    /// `unset(bgp_med);`
    fn unset_command(&mut self) -> Read<CommandKind> {
        self.bump();
        self.expect(Kind::ParenOpen, "`(`")?;
        let what = self.lvalue()?;
        self.expect(Kind::ParenClose, "`)`")?;
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(CommandKind::Unset(what))
    }

    /// `reject "no such peer: ", from;`
    fn verdict(&mut self, verdict: Verdict) -> Read<CommandKind> {
        self.bump();
        Ok(CommandKind::Verdict(verdict, self.printed()?))
    }

    fn print(&mut self, newline: Newline) -> Read<CommandKind> {
        self.bump();
        Ok(CommandKind::Print(self.printed()?, newline))
    }

    /// `a, b, c;` or `;`
    fn printed(&mut self) -> Read<Vec<Expr>> {
        let mut terms = Vec::new();
        if self.eat(Kind::Semicolon) {
            return Ok(terms);
        }
        // The list may be empty before a comma; before 2.14 it could be empty behind one.
        let old = Versions::before((14, 0), (0, 0)).accept(self.version);
        if !old {
            self.eat(Kind::Comma);
        }
        loop {
            terms.push(self.term()?);
            if !self.eat(Kind::Comma) || old && self.is(Kind::Semicolon) {
                break;
            }
        }
        self.expect(Kind::Semicolon, "`,` or `;`")?;
        Ok(terms)
    }

    /// `bt_assert(x = 1);`
    fn assert_command(&mut self) -> Read<CommandKind> {
        self.bump();
        self.expect(Kind::ParenOpen, "`(`")?;
        let term = self.term()?;
        self.expect(Kind::ParenClose, "`)`")?;
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(CommandKind::Assert(term))
    }

    /// `bt_check_assign(gw, 10.0.0.1);`
    fn check_assign_command(&mut self) -> Read<CommandKind> {
        self.bump();
        self.expect(Kind::ParenOpen, "`(`")?;
        let to = self.lvalue()?;
        self.expect(Kind::Comma, "`,`")?;
        let value = self.term()?;
        self.expect(Kind::ParenClose, "`)`")?;
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(CommandKind::CheckAssign(to, value))
    }

    /// `x = 5;`, `bgp_community.add((65000, 1));`, `f(x);`
    fn name_command(&mut self) -> Read<CommandKind> {
        if matches!(self.symbol(), Some(Symbol::Function(_))) {
            let call = self.word_term()?;
            self.expect(Kind::Semicolon, "`;`")?;
            return Ok(CommandKind::Call(call));
        }
        let on = self.lvalue()?;
        match self.kind() {
            Kind::Equal => {
                self.bump();
                let value = self.term()?;
                self.expect(Kind::Semicolon, "`;`")?;
                Ok(CommandKind::Assign(on, value))
            }
            Kind::Dot => self.update(on),
            _ => Err(self.expected("`=`, `.` or `(`")),
        }
    }

    /// `.add(x);`, `.empty;`
    fn update(&mut self, on: LValue) -> Read<CommandKind> {
        self.bump();
        let method = self.name("the name of a method")?;
        let arguments = if self.is(Kind::ParenOpen) { self.arguments()? } else { Vec::new() };
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(CommandKind::Update { on, method, arguments })
    }

    /// A variable or an attribute.
    fn lvalue(&mut self) -> Read<LValue> {
        if self.symbol().is_none() && !matches!(self.kind(), Kind::Word | Kind::QuotedWord) {
            return Err(self.expected("a variable or an attribute"));
        }
        let start = self.at;
        let term = self.word_term()?;
        if self.at != start + 1 {
            self.error(term.span, ErrorKind::Syntax, "a call cannot be changed");
            return Err(Skip);
        }
        Ok(term.as_lvalue().unwrap_or_else(|| {
            let name = self.sources.text(term.span).to_owned();
            if !matches!(term.kind, crate::bird::tree::ExprKind::Undefined(_)) {
                self.refuse(term.span, format!("`{name}` cannot be changed"));
            }
            LValue { kind: LValueKind::Opaque, span: term.span }
        }))
    }
}

/// The type of a keyword.
fn type_named(word: &str) -> Option<Type> {
    Some(match word {
        "int" => Type::Int,
        "bool" => Type::Bool,
        "ip" => Type::Ip,
        "rd" => Type::Rd,
        "prefix" => Type::Prefix,
        "pair" => Type::Pair,
        "quad" => Type::Quad,
        "ec" => Type::Ec,
        "lc" => Type::Lc,
        "mac" => Type::Mac,
        "string" => Type::String,
        "bytestring" => Type::Bytes,
        "bgpmask" => Type::Mask,
        "bgppath" => Type::Path,
        "clist" => Type::CList,
        "eclist" => Type::EcList,
        "lclist" => Type::LcList,
        "route" => Type::Route,
        _ => return None,
    })
}

/// The type of sets of a type, which not every type has.
fn set_of(ty: Type) -> Option<Type> {
    Some(match ty {
        Type::Int | Type::Pair | Type::Quad | Type::Ip | Type::Rd | Type::Ec | Type::Lc | Type::Enum(_) => {
            Type::Set
        }
        Type::Prefix => Type::PrefixSet,
        _ => return None,
    })
}

fn enum_named(word: &str) -> Option<EnumType> {
    Some(match word {
        "rts" => EnumType::Source,
        "scope" => EnumType::Scope,
        "rtd" => EnumType::Destination,
        "bgp_origin" => EnumType::Origin,
        "roa" => EnumType::Roa,
        "aspa" => EnumType::Aspa,
        "ra_preference" => EnumType::RaPreference,
        "af" => EnumType::Afi,
        "mpls_policy" => EnumType::MplsPolicy,
        "net_type" => EnumType::NetType,
        "net_evpn_type" => EnumType::EvpnType,
        "kbr_source" => EnumType::BridgeSource,
        _ => return None,
    })
}
