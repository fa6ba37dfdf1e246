//! Terms: operators, literals, names, calls and methods.

use super::{Kind, Name, Parser, Read, Skip, Span, unquoted};
use crate::bird::error::ErrorKind;
use crate::bird::literal;
use crate::bird::symbols::Symbol;
use crate::bird::tree::{
    AttributeClass, BinaryOp, BuiltIn, BuiltInCall, EcKind, Enumerator, Expr, ExprKind, MethodCall,
};
use crate::bird::version::Versions;

/// How many operators one term may chain: the trees lean left, and all who walk them recurse.
const MAX_CHAIN: usize = 1500;

/// Words that begin or part commands: where a term is due, what stands before them was not ended.
const COMMANDS: [&str; 9] = ["accept", "reject", "if", "else", "case", "for", "return", "print", "unset"];

impl Parser<'_> {
    /// `net ~ [ 10.0.0.0/8+ ] && bgp_path.len < 5`
    pub(super) fn term(&mut self) -> Read<Expr> {
        if self.is(Kind::Number) && ends(self.kind_at(1)) {
            let number = self.bump();
            return Ok(Expr { kind: ExprKind::Number(number.value), span: number.span });
        }
        self.nested(|p| p.operators(0))
    }

    /// Operators of at least a level; all levels are left-associative but the comparisons, which do not chain.
    fn operators(&mut self, least: u8) -> Read<Expr> {
        let mut left = self.unary()?;
        let mut compared = false;
        for _ in 0..MAX_CHAIN {
            let Some((op, level)) = operator(self.kind()).filter(|(_, level)| *level >= least) else {
                return Ok(left);
            };
            if level == COMPARISON && std::mem::replace(&mut compared, true) {
                return Err(self.expected("parentheses, since comparisons do not chain"));
            }
            compared &= level >= COMPARISON;
            let span = self.bump().span;
            self.judge_operator(op, span);
            let right = self.operators(level + 1)?;
            let span = Span { start: left.span.start, end: right.span.end.max(left.span.start) };
            left = Expr { kind: ExprKind::Binary(op, Box::new([left, right])), span };
        }
        self.error(
            self.span(),
            ErrorKind::Syntax,
            format!("a term chains more than the {MAX_CHAIN} operators that routelint reads"),
        );
        Err(Skip)
    }

    fn judge_operator(&mut self, op: BinaryOp, span: Span) {
        match op {
            BinaryOp::BitAnd | BinaryOp::BitOr => self.require(Versions::THREE, span, "`&` and `|` in terms"),
            BinaryOp::Concat => self.require(Versions::since((18, 0), (2, 0)), span, "the operator `++`"),
            _ => {}
        }
    }

    /// `! defined(bgp_path)`
    fn unary(&mut self) -> Read<Expr> {
        if !self.is(Kind::Bang) {
            return self.postfix();
        }
        let start = self.bump().span;
        let inner = self.nested(|p| p.unary())?;
        Ok(Expr { kind: ExprKind::Not(Box::new(inner)), span: self.since(start) })
    }

    /// `bgp_path.last`, `gw.mask(24)`
    fn postfix(&mut self) -> Read<Expr> {
        let mut expr = self.primary()?;
        let mut chained = 0;
        while self.is(Kind::Dot) {
            chained += 1;
            if chained > super::MAX_DEPTH {
                return Err(self.expected("a shorter chain of methods"));
            }
            self.bump();
            expr = self.method(expr)?;
        }
        Ok(expr)
    }

    fn method(&mut self, of: Expr) -> Read<Expr> {
        let name = self.name("the name of a method")?;
        let arguments = if self.is(Kind::ParenOpen) { Some(self.arguments()?) } else { None };
        let span = Span { start: of.span.start, end: self.previous().end.max(of.span.start) };
        if arguments.is_none() {
            if let Some(attribute) = BuiltIn::named(&name.text).filter(|_| self.is_route(&of)) {
                return Ok(Expr { kind: ExprKind::AttributeOf(Box::new(of), attribute), span });
            }
            if let Some(Symbol::Attribute(id)) = self.symbols.find(&name.text)
                && !self.is_method(&of, &name.text)
            {
                return Ok(Expr { kind: ExprKind::CustomAttributeOf(Box::new(of), id), span });
            }
        }
        Ok(Expr { kind: ExprKind::Method(Box::new(MethodCall { on: of, name, arguments })), span })
    }

    /// Whether a word behind a dot is a method of what stands in front, which comes before an attribute of that name.
    fn is_method(&self, of: &Expr, name: &str) -> bool {
        let receiver = crate::bird::types::of(&self.tree, self.routine.as_ref(), of);
        receiver.is_some_and(|ty| crate::bird::types::of_method(Some(ty), name).is_some())
            && !self.is_route(of)
    }

    /// Whether a term is a route, whose attributes stand behind its dot.
    fn is_route(&self, of: &Expr) -> bool {
        use crate::bird::tree::Type;
        match of.bare().kind {
            ExprKind::Variable(id) => self
                .routine
                .as_ref()
                .and_then(|r| r.variables.get(id.0 as usize))
                .is_some_and(|v| v.ty == Some(Type::Route)),
            _ => false,
        }
    }

    /// `(a, b)` after the name of a function.
    pub(super) fn arguments(&mut self) -> Read<Vec<Expr>> {
        self.expect(Kind::ParenOpen, "`(`")?;
        let mut arguments = Vec::new();
        if self.eat(Kind::ParenClose) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.term()?);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::ParenClose, "`,` or `)`")?;
        Ok(arguments)
    }

    fn primary(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.kind() {
            Kind::Number | Kind::Hex => ExprKind::Number(self.number()?),
            Kind::Text => ExprKind::Text(unquoted(self.sources.text(self.bump().span))),
            Kind::Ip4 | Kind::Ip6 | Kind::Rd => return self.address_or_net(),
            Kind::Bytes if self.is_long_number() => self.long_number(),
            Kind::Bytes | Kind::HexBytes => self.byte_string(),
            Kind::ParenOpen => self.parenthesised()?,
            Kind::BracketOpen => self.set()?,
            Kind::MaskOpen => self.mask()?,
            Kind::Plus | Kind::Minus => self.empty_list()?,
            Kind::Word | Kind::QuotedWord => return self.word_term(),
            _ => return Err(self.expected("a term")),
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// `42`, `0x2a`
    pub(super) fn number(&mut self) -> Read<u32> {
        if !matches!(self.kind(), Kind::Number | Kind::Hex) {
            return Err(self.expected("a number"));
        }
        Ok(self.bump().value)
    }

    /// Whether digits stand here that are no byte string to this version, since they are few.
    fn is_long_number(&self) -> bool {
        let text = self.text();
        let few = text.len() < 32 && !self.version.reaches((19, 0), (3, 0));
        few && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn long_number(&mut self) -> ExprKind {
        let span = self.bump().span;
        let number = self.sources.text(span).parse();
        if number.is_err() {
            self.error(span, ErrorKind::Syntax, "the number does not fit 32 bits");
        }
        ExprKind::Number(number.unwrap_or(u32::MAX))
    }

    fn byte_string(&mut self) -> ExprKind {
        let (kind, span) = (self.kind(), self.bump().span);
        let bytes = literal::bytes(self.sources.text(span));
        self.require(Versions::since((14, 0), (0, 0)), span, "byte strings here");
        self.judge_bytes(kind, bytes.len(), span);
        ExprKind::Bytes(bytes.into())
    }

    /// Short byte strings were numbers or addresses to the lexer once.
    pub(super) fn judge_bytes(&mut self, kind: Kind, length: usize, span: Span) {
        if kind == Kind::HexBytes {
            self.require(Versions::since((14, 0), (0, 0)), span, "`hex:` byte strings");
        } else if length < 16 {
            self.require(Versions::since((19, 0), (3, 0)), span, "byte strings of less than 16 bytes");
        }
    }

    /// `(term)`, `(65000, 1)`, `(65000, 1, 2)`, `(rt, 65000, 1)`
    fn parenthesised(&mut self) -> Read<ExprKind> {
        self.bump();
        if let Some(kind) = self.ec_kind()? {
            self.expect(Kind::Comma, "`,`")?;
            let key = self.term()?;
            self.expect(Kind::Comma, "`,`")?;
            let value = self.term()?;
            self.expect(Kind::ParenClose, "`)`")?;
            return Ok(ExprKind::Ec(kind, Box::new([key, value])));
        }
        let first = self.term()?;
        if self.eat(Kind::ParenClose) {
            return Ok(ExprKind::Parenthesised(Box::new(first)));
        }
        self.expect(Kind::Comma, "`,` or `)`")?;
        let second = self.term()?;
        if self.eat(Kind::ParenClose) {
            return Ok(ExprKind::Pair(Box::new([first, second])));
        }
        self.expect(Kind::Comma, "`,` or `)`")?;
        let third = self.term()?;
        self.expect(Kind::ParenClose, "`)`")?;
        Ok(ExprKind::Lc(Box::new([first, second, third])))
    }

    /// `rt`, `ro`, `generic`, `unknown 0x4300`
    pub(super) fn ec_kind(&mut self) -> Read<Option<EcKind>> {
        if self.eat_word("unknown") {
            return Ok(Some(EcKind::Unknown(self.number()?)));
        }
        let kind = plain_ec_kind(self.unhidden_word_at(0));
        if kind.is_some() {
            self.bump();
        }
        Ok(kind)
    }

    /// `+empty+`, `-empty-`, `--empty--`, `---empty---`
    fn empty_list(&mut self) -> Read<ExprKind> {
        let sign = self.kind();
        let mut signs = 0;
        while self.is(sign) && signs < 3 {
            self.bump();
            signs += 1;
        }
        self.expect_word("empty")?;
        for _ in 0..signs {
            self.expect(sign, "the closing signs of an empty list")?;
        }
        match (sign, signs) {
            (Kind::Plus, 1) => Ok(ExprKind::EmptyPath),
            (Kind::Minus, 1) => Ok(ExprKind::EmptyCList),
            (Kind::Minus, 2) => Ok(ExprKind::EmptyEcList),
            (Kind::Minus, 3) => Ok(ExprKind::EmptyLcList),
            _ => Err(self.expected("`+empty+`, `-empty-`, `--empty--` or `---empty---`")),
        }
    }

    /// A name, an attribute, an enumerator, or a call.
    pub(super) fn word_term(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.symbol() {
            Some(symbol) => self.symbol_term(symbol)?,
            None => self.keyword_term()?,
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    fn symbol_term(&mut self, symbol: Symbol) -> Read<ExprKind> {
        let name = self.name("a name")?;
        Ok(match symbol {
            Symbol::Constant(id) => ExprKind::Constant(id),
            Symbol::HostConstant => ExprKind::HostConstant(Box::new(name)),
            Symbol::Variable(id) => ExprKind::Variable(id),
            Symbol::Attribute(id) => ExprKind::CustomAttribute(id),
            Symbol::Function(id) => ExprKind::Call(id, self.arguments()?.into()),
            Symbol::Filter(_)
            | Symbol::Table(_)
            | Symbol::Protocol(_)
            | Symbol::Template(_)
            | Symbol::MplsDomain
            | Symbol::MplsRange
            | Symbol::ThreadGroup => {
                self.refuse(
                    name.span,
                    format!("`{}` has no value: it is no constant, variable or attribute", name.text),
                );
                return Err(Skip);
            }
        })
    }

    fn keyword_term(&mut self) -> Read<ExprKind> {
        let word = self.word_at(0);
        match word {
            "true" | "false" => {
                self.bump();
                Ok(ExprKind::Bool(word == "true"))
            }
            "defined"
            | "format"
            | "from_hex"
            | "prepend"
            | "append"
            | "add"
            | "delete"
            | "filter"
            | "roa_check"
            | "aspa_check"
            | "aspa_check_upstream"
            | "aspa_check_downstream"
                if self.kind_at(1) == Kind::ParenOpen =>
            {
                self.built_in_call()
            }
            "mpls" | "aspa" | "eth" | "neighbor" | "evpn" | "flow4" | "flow6" | "rtc"
                if self.net_follows() =>
            {
                let net = self.keyword_net()?;
                Ok(ExprKind::Prefix(Box::new(net)))
            }
            _ => self.attribute_or_enumerator(),
        }
    }

    fn attribute_or_enumerator(&mut self) -> Read<ExprKind> {
        let (text, span) = self.word("a term")?;
        if let Some(attribute) = BuiltIn::named(text) {
            self.require(attribute.versions(), span, format_args!("the attribute `{text}`"));
            if self.routine.is_none() && attribute.class() != AttributeClass::Static {
                self.require(Versions::TWO, span, "an attribute outside of filters and functions");
            }
            return Ok(ExprKind::Attribute(attribute));
        }
        if let Some((enumerator, versions)) = Enumerator::named(text) {
            self.require(versions, span, format_args!("`{text}`"));
            return Ok(ExprKind::Enumerator(enumerator));
        }
        let name = Name { text: text.into(), span };
        self.undefined(&name);
        Ok(ExprKind::Undefined(Box::new(name)))
    }

    /// Tells that a name means nothing here.
    pub(super) fn undefined(&mut self, name: &Name) {
        let what = match super::super::keyword::is_keyword(&name.text) {
            true if COMMANDS.contains(&&*name.text) => {
                format!("expected a term, found `{}`; is a `;` missing before it?", name.text)
            }
            true => format!("`{}` is a keyword that has no meaning here", name.text),
            false => format!("`{}` is not defined here; BIRD wants a definition before its use", name.text),
        };
        self.refuse(name.span, what);
    }

    /// `defined(x)`, `roa_check(t, net, bgp_path.last)`
    fn built_in_call(&mut self) -> Read<ExprKind> {
        let name = self.name("a function")?;
        let takes_table = name.text.starts_with("roa_") || name.text.starts_with("aspa_");
        if name.text.starts_with("aspa_") {
            self.require(Versions::since((16, 0), (0, 0)), name.span, format_args!("`{}`", name.text));
        }
        if &*name.text == "from_hex" {
            self.require(Versions::since((14, 0), (0, 0)), name.span, "`from_hex`");
        }
        if &*name.text == "append" {
            self.require(Versions::since((18, 0), (2, 0)), name.span, "`append` as a function");
        }
        if !takes_table {
            let arguments = self.arguments()?;
            return Ok(ExprKind::BuiltInCall(Box::new(BuiltInCall { name, arguments })));
        }
        self.expect(Kind::ParenOpen, "`(`")?;
        let table = self.table_name()?;
        let mut arguments = vec![Expr { span: table.span, kind: ExprKind::Table(Box::new(table)) }];
        while self.eat(Kind::Comma) {
            arguments.push(self.term()?);
        }
        self.expect(Kind::ParenClose, "`,` or `)`")?;
        Ok(ExprKind::BuiltInCall(Box::new(BuiltInCall { name, arguments })))
    }

    /// A name that a table bears.
    pub(super) fn table_name(&mut self) -> Read<Name> {
        let name = self.name("the name of a table")?;
        match self.symbols.find(&name.text) {
            Some(Symbol::Table(id)) => self.use_table(self.tree.table(id).kind, &name.text),
            Some(_) => self.refuse(name.span, format!("`{}` is no table", name.text)),
            None => self.refuse(name.span, format!("no table `{}` is defined here", name.text)),
        }
        Ok(name)
    }
}

/// Whether no term goes on with a token: it saves most numbers the way through all the levels.
fn ends(kind: Kind) -> bool {
    matches!(kind, Kind::Comma | Kind::ParenClose | Kind::Semicolon | Kind::BracketClose | Kind::Dots)
}

/// The level of the comparisons.
const COMPARISON: u8 = 1;

/// The operator of a token and how tightly it binds.
fn operator(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::And => (BinaryOp::And, 0),
        Kind::Or => (BinaryOp::Or, 0),
        Kind::Equal => (BinaryOp::Equal, COMPARISON),
        Kind::NotEqual => (BinaryOp::NotEqual, COMPARISON),
        Kind::Less => (BinaryOp::Less, COMPARISON),
        Kind::LessEqual => (BinaryOp::LessEqual, COMPARISON),
        Kind::Greater => (BinaryOp::Greater, COMPARISON),
        Kind::GreaterEqual => (BinaryOp::GreaterEqual, COMPARISON),
        Kind::Tilde => (BinaryOp::Match, COMPARISON),
        Kind::NotMatch => (BinaryOp::NotMatch, COMPARISON),
        Kind::Ampersand => (BinaryOp::BitAnd, 2),
        Kind::Bar => (BinaryOp::BitOr, 2),
        Kind::Plus => (BinaryOp::Add, 3),
        Kind::Minus => (BinaryOp::Subtract, 3),
        Kind::PlusPlus => (BinaryOp::Concat, 3),
        Kind::Star => (BinaryOp::Multiply, 4),
        Kind::Slash => (BinaryOp::Divide, 4),
        _ => return None,
    })
}

/// The kind of extended communities that a word alone names.
pub(super) fn plain_ec_kind(word: &str) -> Option<EcKind> {
    match word {
        "rt" => Some(EcKind::Rt),
        "ro" => Some(EcKind::Ro),
        "generic" => Some(EcKind::Generic),
        _ => None,
    }
}
