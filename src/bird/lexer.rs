//! BIRD's lexer (conf/cf-lex.l): one row of tokens over all stretches of a [`Plan`], read as the parser asks.
//!
//! Words are not looked at: whether one is a keyword is for the parser to say, since names may hide keywords.

mod quick;
mod tokens;

use logos::Logos;

use super::error::{Error, ErrorKind};
use super::files::{Sources, Span};
use super::literal;
use super::plan::Plan;
pub(super) use tokens::Tokens;

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
    /// The end of the last file; the parser never reads beyond it.
    End,
}

/// A token: what it is, and where it stands in the common space of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// What a number or an IPv4 address is worth; the [`beginning`] of a word; nought for other tokens.
    pub(super) value: u32,
}

/// The first four letters of a word, by which most words are told apart without a look at the text.
#[inline]
pub(super) fn beginning(word: &[u8]) -> u32 {
    u32::from_le_bytes(match *word {
        [] => [0; 4],
        [a] => [a, 0, 0, 0],
        [a, b] => [a, b, 0, 0],
        [a, b, c] => [a, b, c, 0],
        [a, b, c, d, ..] => [a, b, c, d],
    })
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

    /// Where the files end, once everything was read, and what is wrong with them.
    fn finish(self) -> (Span, Vec<Error>) {
        (self.end().span, self.errors)
    }

    /// The token behind all others.
    fn end(&self) -> Token {
        Token { kind: Kind::End, span: Span { start: self.last, end: self.last }, value: 0 }
    }

    /// The next token, blanks and comments left out. Inlined, a token goes straight from registers into its batch: read
    /// back from the stack at once it would wait for its parts to be written.
    #[inline(always)]
    fn next(&mut self) -> Token {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let blanks = quick::blanks(rest);
            self.at += blanks;
            if let Some((kind, len, value)) = quick::token(&rest[blanks..]) {
                return self.token(kind, len, value);
            }
            if self.at == self.text.len() {
                if !self.next_stretch() {
                    return self.end();
                }
            } else if let Some(token) = self.slow() {
                return token;
            }
        }
    }

    fn next_stretch(&mut self) -> bool {
        let next = self.stretches.next();
        if let Some(stretch) = next {
            (self.text, self.base, self.at) = (self.sources.text(*stretch), stretch.start, 0);
        }
        next.is_some()
    }

    /// Reads a token of so many bytes.
    #[inline]
    fn token(&mut self, kind: Kind, len: usize, value: u32) -> Token {
        let span = self.head(len);
        self.at += len;
        self.last = span.end;
        Token { kind, span, value }
    }

    /// Where so many bytes from here on stand.
    #[inline]
    fn head(&self, len: usize) -> Span {
        let start = self.base + self.at as u32;
        Span { start, end: start + len as u32 }
    }

    /// What logos finds here, whose expressions say what the tokens are; what it cannot read is told and skipped.
    #[inline(never)]
    fn slow(&mut self) -> Option<Token> {
        if self.text[self.at..].starts_with("/*") {
            self.block_comment();
            return None;
        }
        let mut lexer = Kind::lexer(&self.text[self.at..]);
        let next = lexer.next();
        let (len, text) = (lexer.span().end, lexer.slice());
        match next {
            Some(Ok(Kind::Newline | Kind::Comment | Kind::BlockComment)) => {}
            Some(Ok(Kind::CarriageReturn)) => self.carriage_return(self.head(len)),
            Some(Ok(kind)) => {
                let value = worth(kind, text).unwrap_or_else(|why| {
                    self.error(self.head(len), ErrorKind::Syntax, why);
                    0
                });
                return Some(self.token(kind, len, value));
            }
            Some(Err(())) | None => self.error(self.head(len), ErrorKind::Syntax, unknown(text)),
        }
        self.at += len;
        None
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

    /// Skips a comment; comments do not nest.
    fn block_comment(&mut self) {
        let find = |text: &str, pair: &[u8]| text.as_bytes().windows(2).position(|two| two == pair);
        let open = self.head(2);
        let rest = &self.text[self.at + 2..];
        let end = find(rest, b"*/");
        // The star of `*/` counts: `/*/` inside is refused, since `/*` is found first.
        let inside = &rest[..end.map_or(rest.len(), |at| at + 1)];
        // `/*/` opens a comment, and then a slash follows: cf-lex.l looks for `/*` from there on.
        if let Some(at) = find(inside, b"/*") {
            let start = open.end + at as u32;
            self.error(Span { start, end: start + 2 }, ErrorKind::Syntax, "comments do not nest");
        }
        if end.is_none() {
            self.error(open, ErrorKind::Syntax, "the comment is never closed");
        }
        self.at += 2 + end.map_or(rest.len(), |at| at + 2);
    }
}

/// The value of a token, or why BIRD's lexer refuses it.
fn worth(kind: Kind, text: &str) -> Result<u32, String> {
    let number = |digits, radix| {
        u32::from_str_radix(digits, radix).map_err(|_| "the number does not fit 32 bits".to_owned())
    };
    match kind {
        Kind::Word => Ok(beginning(text.as_bytes())),
        Kind::QuotedWord => Ok(beginning(text.trim_matches('\'').as_bytes())),
        Kind::Number => number(text, 10),
        Kind::Hex => number(&text[2..], 16),
        Kind::Ip4 => literal::ip4(text).map(u32::from).ok_or_else(|| format!("`{text}` is no address")),
        Kind::Rd if literal::rd(text).is_none() => Err(format!("`{text}` is no route distinguisher")),
        _ => Ok(0),
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
