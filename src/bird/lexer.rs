//! BIRD's lexer (conf/cf-lex.l): one row of tokens over all stretches of a [`Plan`], read as the parser asks.
//!
//! Words are not looked at: whether one is a keyword is for the parser to say, since names may hide keywords.

mod quick;

use logos::Logos;

use super::error::{Error, ErrorKind};
use super::files::{Sources, Span};
use super::plan::Plan;

/// What a token is.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t]+")]
pub(super) enum Kind {
    #[regex(r"[A-Za-z_][A-Za-z_0-9]*")]
    Word,
    #[regex(r"'[A-Za-z0-9_.:\-]*'")]
    QuotedWord,
    #[regex(r"[0-9]+")]
    Number,
    #[regex(r"0x[0-9a-fA-F]+", priority = 10)]
    Hex,
    #[regex(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+", priority = 20)]
    Ip4,
    #[regex(
        r"([0-9a-fA-F]*::|([0-9a-fA-F]*:){3,})([0-9a-fA-F]*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)",
        priority = 15
    )]
    Ip6,
    #[regex(r"[0-9]+:[0-9]+", priority = 30)]
    #[regex(r"[02]:[0-9]+:[0-9]+", priority = 30)]
    #[regex(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+:[0-9]+", priority = 30)]
    Rd,
    #[regex(r"[0-9a-fA-F]{2}((:[0-9a-fA-F]{2}){9,}|([0-9a-fA-F]{2}){9,})", priority = 40)]
    Bytes,
    #[regex(r"hex:(([0-9a-fA-F]{2})*|[0-9a-fA-F]{2}(:[0-9a-fA-F]{2})*)", priority = 50)]
    HexBytes,
    #[regex("\"[^\"\n]*\"")]
    Text,
    #[token("else:", priority = 60)]
    ElseColon,
    #[token("..")]
    Dots,
    #[token("!=")]
    NotEqual,
    #[token("!~")]
    NotMatch,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("&&")]
    And,
    #[token("||")]
    Or,
    #[token("[=")]
    MaskOpen,
    #[token("=]")]
    MaskClose,
    #[token("->")]
    Arrow,
    #[token("++")]
    PlusPlus,
    #[token("=")]
    Equal,
    #[token("{")]
    BraceOpen,
    #[token("}")]
    BraceClose,
    #[token(":")]
    Colon,
    #[token(";")]
    Semicolon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("(")]
    ParenOpen,
    #[token(")")]
    ParenClose,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("~")]
    Tilde,
    #[token("[")]
    BracketOpen,
    #[token("]")]
    BracketClose,
    #[token("?")]
    Question,
    #[token("!")]
    Bang,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Bar,
    #[token("\n")]
    Newline,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[token("/*")]
    BlockComment,
    #[token("\r")]
    CarriageReturn,
    /// The end of the last file; the parser reads it for ever.
    End,
}

/// A token: what it is, and its text with its place in the common space of [`Sources`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) text: &'s str,
}

impl Token<'_> {
    pub(super) fn span(self) -> Span {
        Span { start: self.start, end: self.start + self.text.len() as u32 }
    }
}

/// The tokens around the place where the parser reads: of a large file they are never in memory as a whole.
#[derive(Debug)]
pub(super) struct Tokens<'s> {
    lexer: Lexer<'s>,
    window: Vec<Token<'s>>,
    /// How many tokens were read before the window.
    passed: usize,
}

impl<'s> Tokens<'s> {
    /// How far the parser looks ahead, and more: options have phrases of a few words.
    const AHEAD: usize = 32;
    const WINDOW: usize = 512;

    pub(super) fn new(plan: &'s Plan) -> Tokens<'s> {
        let mut tokens =
            Tokens { lexer: Lexer::new(plan), window: Vec::with_capacity(Tokens::WINDOW), passed: 0 };
        tokens.fill();
        tokens
    }

    /// The token at an index, which is not behind the last one given to [`Tokens::keep`]; [`Kind::End`] behind
    /// all others.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Token<'s> {
        self.window.get(index - self.passed).copied().unwrap_or_else(|| self.lexer.end())
    }

    /// Makes sure that the tokens from an index on can be looked at; those before it are given up.
    #[inline]
    pub(super) fn keep(&mut self, index: usize) {
        if index - self.passed + Tokens::AHEAD > self.window.len() {
            self.window.drain(..(index - self.passed).min(self.window.len()));
            self.passed = index;
            self.fill();
        }
    }

    fn fill(&mut self) {
        while self.window.len() < Tokens::WINDOW
            && let Some(token) = self.lexer.next()
        {
            self.window.push(token);
        }
    }

    /// Where the files end, once everything was read, and what the lexer has to tell of them.
    pub(super) fn finish(self) -> (Span, Vec<Error>) {
        (self.lexer.end().span(), self.lexer.errors)
    }
}

#[derive(Debug)]
struct Lexer<'s> {
    sources: &'s Sources,
    /// The stretches to come.
    stretches: std::slice::Iter<'s, Span>,
    /// The stretch that is read, and its first byte in the common space.
    text: &'s str,
    base: u32,
    /// How many bytes of it were read.
    at: usize,
    /// Where the last token ended.
    last: u32,
    errors: Vec<Error>,
    /// The files whose line ends were told to be wrong.
    windows: Vec<u32>,
}

impl<'s> Lexer<'s> {
    fn new(plan: &'s Plan) -> Lexer<'s> {
        Lexer {
            sources: &plan.sources,
            stretches: plan.stretches.iter(),
            text: "",
            base: 0,
            at: 0,
            last: 0,
            errors: Vec::new(),
            windows: Vec::new(),
        }
    }

    /// The token behind all others.
    fn end(&self) -> Token<'s> {
        Token { kind: Kind::End, start: self.last, text: "" }
    }

    /// The next token, blanks and comments left out.
    fn next(&mut self) -> Option<Token<'s>> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
            let rest = &rest[blanks..];
            self.at += blanks;
            if rest.is_empty() {
                let stretch = *self.stretches.next()?;
                (self.text, self.base, self.at) = (self.sources.text(stretch), stretch.start, 0);
                continue;
            }
            let found = quick::token(rest).or_else(|| self.slow());
            if let Some(token) = found.and_then(|(kind, len)| self.token(kind, len)) {
                return Some(token);
            }
        }
    }

    /// What logos finds here, whose expressions say what the tokens are; what it cannot read is told and skipped.
    fn slow(&mut self) -> Option<(Kind, usize)> {
        let mut lexer = Kind::lexer(&self.text[self.at..]);
        let next = lexer.next();
        let len = lexer.span().end;
        if let Some(Ok(kind)) = next {
            return Some((kind, len));
        }
        let start = self.base + self.at as u32;
        let what = unknown(&self.text[self.at..self.at + len]);
        self.error(Span { start, end: start + len as u32 }, ErrorKind::Syntax, what);
        self.at += len;
        None
    }

    /// Reads the token of a kind and a length, if it is one that the parser sees.
    #[inline]
    fn token(&mut self, kind: Kind, len: usize) -> Option<Token<'s>> {
        let token =
            Token { kind, start: self.base + self.at as u32, text: &self.text[self.at..self.at + len] };
        self.at += len;
        match kind {
            Kind::Newline | Kind::Comment => return None,
            Kind::BlockComment => {
                self.at += self.block_comment(&self.text[self.at..], token.span());
                return None;
            }
            Kind::CarriageReturn => {
                self.carriage_return(token.span());
                return None;
            }
            _ => {}
        }
        self.check(token);
        self.last = token.span().end;
        Some(token)
    }

    fn error(&mut self, span: Span, kind: ErrorKind, message: impl Into<String>) {
        self.errors.push(Error { span, message: message.into(), kind });
    }

    /// Told once for a file.
    fn carriage_return(&mut self, span: Span) {
        let file = self.sources.first_byte(span);
        if !self.windows.contains(&file) {
            self.windows.push(file);
            self.error(span, ErrorKind::Syntax, carriage_return());
        }
    }

    /// Judges what the lexer itself refuses.
    #[inline]
    fn check(&mut self, token: Token<'_>) {
        let (text, span) = (token.text, token.span());
        match token.kind {
            Kind::Number if text.len() > 9 && text.parse::<u32>().is_err() => {
                self.error(span, ErrorKind::Syntax, "the number does not fit 32 bits");
            }
            Kind::Hex if u32::from_str_radix(&text[2..], 16).is_err() => {
                self.error(span, ErrorKind::Syntax, "the number does not fit 32 bits");
            }
            Kind::Rd if super::literal::rd(text).is_none() => {
                self.error(span, ErrorKind::Syntax, format!("`{text}` is no route distinguisher"));
            }
            _ => {}
        }
    }

    /// Skips to the end of a comment; comments do not nest.
    fn block_comment(&mut self, rest: &str, open: Span) -> usize {
        let end = rest.find("*/");
        let inside = &rest[..end.unwrap_or(rest.len())];
        // `/*/` opens a comment, and then a slash follows: cf-lex.l looks for `/*` from there on.
        if let Some(at) = inside.find("/*") {
            let start = open.end + at as u32;
            self.error(Span { start, end: start + 2 }, ErrorKind::Syntax, "comments do not nest");
        }
        if end.is_none() {
            self.error(open, ErrorKind::Syntax, "the comment is never closed");
        }
        end.map_or(rest.len(), |at| at + 2)
    }
}

fn carriage_return() -> &'static str {
    "a carriage return: BIRD refuses files with Windows line ends; convert the file with `dos2unix`"
}

fn unknown(text: &str) -> String {
    match text.chars().next() {
        Some('"') => "the text is not closed on its line".to_owned(),
        Some('\'') => {
            "the quoted name is not closed, or has a character other than letters, digits and `_.:-`"
                .to_owned()
        }
        Some('\u{feff}') => "a byte order mark, which BIRD refuses".to_owned(),
        Some(c) => format!("the character {c:?} means nothing here"),
        None => "an unknown character".to_owned(),
    }
}
