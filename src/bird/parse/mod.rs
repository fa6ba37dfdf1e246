//! The parser: recursive descent by hand for the filter language, grammar tables for the protocols' options.
//!
//! It never fails. A statement that cannot be read becomes an opaque node with an error, and reading goes on
//! behind the next `;` or `}`. Names are bound as they are read, since BIRD defines before it uses. What
//! depends on the version is read for every version and judged by [`Parser::require`].

mod argument;
mod case;
mod command;
mod flow;
mod net;
mod option;
mod protocol;
mod routine;
mod set;
mod static_route;
mod term;
mod top;
mod value;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use super::error::{Error, ErrorKind};
use super::files::{Sources, Span};
use super::lexer::{Kind, Token, Tokens, beginning};
use super::plan::Plan;
use super::symbols::{Symbol, Symbols};
use super::tree::{Constant, ConstantId, InterfaceId, Name, Routine, Tree};
use super::version::{Version, Versions};

/// What was read so far, and where reading is.
pub(super) struct Parser<'s> {
    sources: &'s Sources,
    tokens: Tokens<'s>,
    at: usize,
    /// The last token that was read.
    last: Span,
    /// How many braces are open.
    open: usize,
    pub(super) version: Version,
    pub(super) tree: Tree,
    pub(super) errors: Vec<Error>,
    symbols: Symbols,
    /// The routine whose code is being read; its variables are defined here.
    routine: Option<Routine>,
    depth: usize,
    /// The number of the last name that was made up, by the kind of protocol.
    made_up: HashMap<&'static str, u32>,
    /// The names of interfaces that static routes lead to.
    interfaces: foldhash::HashMap<Arc<str>, InterfaceId>,
    /// What only BIRD 1 has.
    old: Vec<Span>,
    /// Whether a channel was read, which BIRD 1 has not.
    channels: usize,
    /// Whether `master4` and `master6` were used or defined, behind which 3.x refuses to define them.
    default_tables_used: [bool; 2],
    /// Whether there are thread groups, said or built in.
    groups_settled: bool,
    /// Whether the constants of the host are known; otherwise any name like theirs is taken for one.
    knows_host: bool,
}

/// The statement cannot be read on; the error has been told.
#[derive(Debug)]
pub(super) struct Skip;

/// What the parser gives.
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) errors: Vec<Error>,
    /// Where the configuration shows that it is one of BIRD 1.
    pub(super) one: Option<Span>,
    /// Where the last file ends.
    pub(super) end: Span,
}

/// What a production gives.
pub(super) type Read<T> = Result<T, Skip>;

/// How deep blocks and parentheses may nest: the reader and all who walk the tree recurse.
const MAX_DEPTH: usize = 160;

/// Reads the stretches of a plan into a tree.
pub(super) fn parse(plan: &Plan, version: Version, host: Vec<Constant>) -> Parsed {
    std::thread::scope(|scope| {
        let mut parser = Parser::new(&plan.sources, Tokens::new(plan, scope), version);
        parser.host_constants(host);
        parser.configuration();
        let one = parser.old.first().copied().filter(|_| parser.channels == 0);
        let (end, lexed) = parser.tokens.finish();
        let mut errors = parser.errors;
        errors.extend(lexed);
        Parsed { tree: parser.tree, errors, one, end }
    })
}

impl<'s> Parser<'s> {
    fn new(sources: &'s Sources, tokens: Tokens<'s>, version: Version) -> Parser<'s> {
        let mut parser = Parser {
            sources,
            tokens,
            at: 0,
            last: Span::default(),
            open: 0,
            version,
            tree: Tree { types_late: !version.reaches((13, 0), (0, 0)), ..Tree::default() },
            errors: Vec::new(),
            symbols: Symbols::default(),
            routine: None,
            depth: 0,
            made_up: HashMap::new(),
            interfaces: foldhash::HashMap::default(),
            old: Vec::new(),
            channels: 0,
            default_tables_used: [false; 2],
            groups_settled: false,
            knows_host: false,
        };
        parser.default_tables();
        parser
    }

    fn host_constants(&mut self, constants: Vec<Constant>) {
        self.knows_host = !constants.is_empty();
        for constant in constants {
            let id = ConstantId(self.tree.constants.len() as u32);
            self.define(&constant.name, Symbol::Constant(id));
            self.tree.constants.push(constant);
        }
    }

    /// The next token.
    #[inline]
    fn token(&self) -> &Token {
        self.tokens.get(self.at)
    }

    /// The kind of the next token.
    #[inline]
    fn kind(&self) -> Kind {
        self.kind_at(0)
    }

    /// A token further on.
    #[inline]
    fn token_at(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead)
    }

    /// The kind of a token further on.
    #[inline]
    fn kind_at(&self, ahead: usize) -> Kind {
        self.token_at(ahead).kind
    }

    /// Where the next token stands.
    fn span(&self) -> Span {
        self.span_at(0)
    }

    fn span_at(&self, ahead: usize) -> Span {
        self.token_at(ahead).span
    }

    /// Where the last token that was read stands.
    fn previous(&self) -> Span {
        self.last
    }

    /// From a place to the end of what was read; within one file only.
    #[inline]
    fn since(&self, start: Span) -> Span {
        let end = self.previous().end;
        Span { start: start.start, end: end.max(start.end) }
    }

    fn text(&self) -> &'s str {
        self.text_at(0)
    }

    fn text_at(&self, ahead: usize) -> &'s str {
        self.sources.text(self.span_at(ahead))
    }

    /// Reads a token, whatever it is; [`Kind::End`] stays where it is.
    #[inline]
    fn bump(&mut self) -> Token {
        let token = *self.token();
        match token.kind {
            Kind::BraceOpen => self.open += 1,
            Kind::BraceClose => self.open = self.open.saturating_sub(1),
            Kind::End => return token,
            _ => {}
        }
        self.at += 1;
        self.last = token.span;
        self.tokens.keep(self.at);
        token
    }

    /// Whether the next token is of a kind.
    #[inline]
    fn is(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    /// Reads a token of a kind, if it stands next.
    #[inline]
    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.is(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Reads a token of a kind.
    #[inline]
    fn expect(&mut self, kind: Kind, what: &str) -> Read<Token> {
        if self.is(kind) { Ok(self.bump()) } else { Err(self.expected(what)) }
    }

    /// The word at a place without its quotes; empty where none stands.
    #[inline]
    fn word_at(&self, ahead: usize) -> &'s str {
        match self.kind_at(ahead) {
            Kind::Word => self.text_at(ahead),
            Kind::QuotedWord => self.text_at(ahead).trim_matches('\''),
            // `else:` in front of a place that wants a word is the word, but nothing is ever named so.
            _ => "",
        }
    }

    /// Whether a word stands here; between quotes it may be empty.
    #[inline]
    fn is_word(&self) -> bool {
        matches!(self.kind(), Kind::Word | Kind::QuotedWord)
    }

    /// The keyword ahead; nothing where a name hides it.
    fn keyword_at(&self, ahead: usize) -> &'s str {
        let word = self.word_at(ahead);
        let hidden = self.kind_at(ahead) != Kind::Word || self.symbols.find(word).is_some();
        if hidden { "" } else { word }
    }

    /// Whether the next token is a keyword: a word that no name hides.
    #[inline]
    fn at_word(&self, word: &str) -> bool {
        self.at_word_ahead(0, word)
    }

    #[inline]
    fn at_word_ahead(&self, ahead: usize, word: &str) -> bool {
        self.token_at(ahead).value == beginning(word.as_bytes()) && self.unhidden_word_at(ahead) == word
    }

    /// The word at a place, in quotes or not, unless a name hides it; empty where none stands.
    #[inline(never)]
    fn unhidden_word_at(&self, ahead: usize) -> &'s str {
        let word = self.word_at(ahead);
        if self.symbols.find(word).is_none() { word } else { "" }
    }

    /// Reads a keyword, if it stands next.
    #[inline]
    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.bump();
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Read<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    /// Whether a name stands next that means something in the configuration.
    fn symbol(&self) -> Option<Symbol> {
        if !self.is_word() {
            return None;
        }
        let word = self.word_at(0);
        self.symbols.find(word).or_else(|| host_constant(word).filter(|_| !self.knows_host))
    }

    /// Reads any name, keyword or not.
    fn name(&mut self, what: &str) -> Read<Name> {
        let (text, span) = self.word(what)?;
        Ok(Name { text: text.into(), span })
    }

    /// The same, for what is not kept.
    fn word(&mut self, what: &str) -> Read<(&'s str, Span)> {
        if !self.is_word() {
            return Err(self.expected(what));
        }
        Ok((self.word_at(0), self.bump().span))
    }

    /// Reads a name that is to be defined, and judges whether it may be.
    fn new_name(&mut self, what: &str) -> Read<Name> {
        let name = self.name(what)?;
        if self.symbols.is_local(&name.text) {
            self.error(name.span, ErrorKind::Meaning, format!("`{}` is already defined", name.text));
        } else if self.symbols.find(&name.text).is_none() {
            self.judge_new_name(&name.text, name.span);
        }
        Ok(name)
    }

    /// Reads the name of an interface, which is a name like others to BIRD.
    fn interface_name(&mut self) -> Read<(&'s str, Span)> {
        let (text, span) = self.word("the name of an interface")?;
        if self.symbols.find(text).is_none() {
            self.judge_new_name(text, span);
        }
        Ok((text, span))
    }

    fn judge_new_name(&mut self, name: &str, span: Span) {
        if name.len() > 64 {
            self.error(span, ErrorKind::Meaning, "a name has 64 characters at most".to_owned());
        }
        let known = super::tree::Enumerator::named(name);
        if known.is_some_and(|(_, versions)| versions.accept(self.version)) {
            return self.refuse(span, format!("`{name}` is the name of a value"));
        }
        let is_attribute = super::keyword::is_attribute_of_3(name);
        if is_attribute && self.routine.is_some() && self.version.major > 2 {
            return;
        }
        if let Some(versions) = super::keyword::nameable(name, self.version) {
            self.require(versions, span, format_args!("`{name}` as a name, which is a keyword"));
        }
    }

    fn define(&mut self, name: &Name, symbol: Symbol) {
        self.symbols.define(&name.text, symbol);
    }

    /// Tells an error.
    fn error(&mut self, span: Span, kind: ErrorKind, message: impl Into<String>) {
        self.errors.push(Error { span, message: message.into(), kind });
    }

    /// Tells that something else was expected here.
    fn expected(&mut self, what: &str) -> Skip {
        let found = match self.kind() {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", shortened(self.text())),
        };
        self.error(self.span(), ErrorKind::Syntax, format!("expected {what}, found {found}"));
        Skip
    }

    /// Tells an error that BIRD gives for what was read well.
    fn refuse(&mut self, span: Span, message: impl Into<String>) {
        self.error(span, ErrorKind::Meaning, message);
    }

    /// Tells an error where the version does not accept a construct.
    fn require(&mut self, versions: Versions, span: Span, what: impl Display) {
        if !versions.accept(self.version) {
            let message = format!("BIRD {} does not accept {what}", self.version);
            self.error(span, ErrorKind::Version, message);
        }
    }

    /// Skips the rest of a statement: behind its `;`, or in front of the `}` that closes what it stands in.
    fn recover(&mut self) -> Span {
        let start = self.span();
        let mut open = 0usize;
        loop {
            match self.kind() {
                Kind::End => break,
                Kind::Semicolon if open == 0 => {
                    self.bump();
                    break;
                }
                Kind::BraceClose if open == 0 => break,
                Kind::BraceClose => open -= 1,
                Kind::BraceOpen => open += 1,
                _ => {}
            }
            self.bump();
        }
        self.since(start)
    }

    /// Reads something that nests, and refuses to nest without end.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= MAX_DEPTH {
            self.error(
                self.span(),
                ErrorKind::Syntax,
                format!("this nests deeper than the {MAX_DEPTH} levels that routelint reads"),
            );
            return Err(Skip);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads `{ … }` statement by statement; each that cannot be read is skipped and shown to `opaque`.
    fn block<T>(
        &mut self,
        mut statement: impl FnMut(&mut Self) -> Read<T>,
        opaque: impl Fn(Span) -> T,
    ) -> Read<Vec<T>> {
        self.block_of_some(|p| statement(p).map(Some), opaque)
    }

    /// The same for statements of which only some are to be kept.
    fn block_of_some<T>(
        &mut self,
        mut statement: impl FnMut(&mut Self) -> Read<Option<T>>,
        opaque: impl Fn(Span) -> T,
    ) -> Read<Vec<T>> {
        self.expect(Kind::BraceOpen, "`{`")?;
        let mut read = Vec::with_capacity(1);
        while !self.is(Kind::BraceClose) {
            if self.is(Kind::End) {
                return Err(self.expected("`}`"));
            }
            let (start, place, depth, scopes) = (self.at, self.span(), self.depth, self.symbols.depth());
            match statement(self) {
                Ok(one) => read.extend(one),
                Err(Skip) => {
                    self.depth = depth;
                    self.symbols.truncate(scopes);
                    self.recover();
                    read.push(opaque(self.since(place)));
                }
            }
            if self.at == start {
                self.bump();
            }
        }
        self.bump();
        read.shrink_to_fit();
        Ok(read)
    }
}

/// The constants that BIRD makes of the host's /etc/iproute2.
fn host_constant(word: &str) -> Option<Symbol> {
    let known = ["ipp_", "ipr_", "ips_", "ipt_"].iter().any(|prefix| word.starts_with(prefix));
    known.then_some(Symbol::HostConstant)
}

/// A token's text, cut where it is long.
fn shortened(text: &str) -> String {
    let first: String = text.chars().take(40).collect();
    if first.len() < text.len() { first + "…" } else { first }
}

/// A text token without its quotes.
fn unquoted(text: &str) -> Arc<str> {
    text.trim_matches('"').into()
}
