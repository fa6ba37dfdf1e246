//! BIRD's lexer (conf/cf-lex.l): one flat vector of tokens over all files, includes read into it.
//!
//! Words are not looked at: whether one is a keyword is for the parser to say, since names may hide keywords.

use std::sync::Arc;

use logos::Logos;

use super::error::{Error, ErrorKind};
use super::files::{Files, NoFile, Sources, Span};

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

/// A token: what it is and where, in the common space of [`Sources`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    start: u32,
    /// The kind in the low byte, the length above it: a token takes eight bytes.
    packed: u32,
}

impl Default for Token {
    fn default() -> Token {
        Token::new(Kind::End, 0, 0)
    }
}

impl Token {
    fn new(kind: Kind, start: u32, len: usize) -> Token {
        let len = len.min((1 << 24) - 1) as u32;
        Token { start, packed: len << 8 | kind as u32 }
    }

    pub(super) fn kind(self) -> Kind {
        KINDS[(self.packed & 0xff) as usize]
    }

    pub(super) fn span(self) -> Span {
        Span { start: self.start, end: self.start + (self.packed >> 8) }
    }
}

/// Every kind at the index of its number.
const KINDS: [Kind; 50] = {
    use Kind::*;
    [
        Word,
        QuotedWord,
        Number,
        Hex,
        Ip4,
        Ip6,
        Rd,
        Bytes,
        HexBytes,
        Text,
        ElseColon,
        Dots,
        NotEqual,
        NotMatch,
        LessEqual,
        GreaterEqual,
        And,
        Or,
        MaskOpen,
        MaskClose,
        Arrow,
        PlusPlus,
        Equal,
        BraceOpen,
        BraceClose,
        Colon,
        Semicolon,
        Comma,
        Dot,
        ParenOpen,
        ParenClose,
        Plus,
        Minus,
        Star,
        Slash,
        Percent,
        Less,
        Greater,
        Tilde,
        BracketOpen,
        BracketClose,
        Question,
        Bang,
        Ampersand,
        Bar,
        Newline,
        Comment,
        BlockComment,
        CarriageReturn,
        End,
    ]
};

/// All tokens, in segments that the parser gives back as it passes them: of a large file tokens and tree are
/// never in memory as a whole at the same time.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    segments: Vec<Vec<Token>>,
    len: usize,
}

impl Tokens {
    const SEGMENT: usize = 1 << 15;

    fn push(&mut self, token: Token) {
        if self.len.is_multiple_of(Tokens::SEGMENT) {
            self.segments.push(Vec::with_capacity(Tokens::SEGMENT));
        }
        if let Some(last) = self.segments.last_mut() {
            last.push(token);
        }
        self.len += 1;
    }

    /// The token at an index, if it is there and was not given back.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Token> {
        self.segments.get(index / Tokens::SEGMENT)?.get(index % Tokens::SEGMENT).copied()
    }

    /// How many tokens were read, [`Kind::End`] among them.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Where the last one stands.
    pub(super) fn end(&self) -> Span {
        self.get(self.len.saturating_sub(1)).map_or(Span::default(), Token::span)
    }

    /// Gives back the segment before the one that begins at an index.
    #[inline]
    pub(super) fn passed(&mut self, index: usize) {
        if index.is_multiple_of(Tokens::SEGMENT) && index > 0 {
            self.segments[index / Tokens::SEGMENT - 1] = Vec::new();
        }
    }
}

/// The longest chain of files, the main one among them (cf-lex.l, `MAX_INCLUDE_DEPTH`).
const MAX_INCLUDE_DEPTH: usize = 8;
/// A bound on all text together, so that files which include each other end.
const MAX_BYTES: usize = 1 << 28;

/// Reads a file and what it includes into tokens of which the last is [`Kind::End`].
pub(super) fn lex(files: &Files, main: &str) -> Result<(Sources, Tokens, Vec<Error>), NoFile> {
    let text = files.text(main)?;
    let mut lexer = Lexer {
        files,
        sources: Sources::default(),
        tokens: Tokens::default(),
        errors: Vec::new(),
        depth: 0,
        bytes: 0,
    };
    lexer.file(main, text);
    let end = lexer.tokens.end().end;
    lexer.tokens.push(Token::new(Kind::End, end, 0));
    Ok((lexer.sources, lexer.tokens, lexer.errors))
}

struct Lexer<'f> {
    files: &'f Files,
    sources: Sources,
    tokens: Tokens,
    errors: Vec<Error>,
    depth: usize,
    bytes: usize,
}

impl Lexer<'_> {
    /// Reads one file.
    fn file(&mut self, path: &str, text: Arc<str>) {
        self.bytes += text.len();
        let base = self.sources.add(path, text.clone());
        let path: Arc<str> = path.into();
        let mut carriage_returns = 0;
        let mut line_start = true;
        let mut tokens = Kind::lexer(&text);
        while let Some(next) = tokens.next() {
            let range = tokens.span();
            let start = base + range.start as u32;
            let span = Span { start, end: base + range.end as u32 };
            match next {
                Ok(Kind::Newline) => line_start = true,
                Ok(Kind::Comment) => {}
                Ok(Kind::BlockComment) => {
                    let skipped = self.block_comment(tokens.remainder(), span);
                    tokens.bump(skipped);
                    line_start = false;
                }
                Ok(Kind::CarriageReturn) => {
                    carriage_returns += 1;
                    if carriage_returns == 1 {
                        self.error(span, ErrorKind::Syntax, carriage_return());
                    }
                }
                Ok(Kind::Word) if line_start && include_follows(&text[range.clone()], tokens.remainder()) => {
                    let taken = self.include(&path, tokens.remainder(), span);
                    tokens.bump(taken);
                    line_start = false;
                }
                Ok(kind) => {
                    line_start = false;
                    self.check(kind, &text[range.clone()], span);
                    self.tokens.push(Token::new(kind, start, range.len()));
                }
                Err(()) => {
                    line_start = false;
                    self.error(span, ErrorKind::Syntax, unknown(&text[range]));
                }
            }
        }
    }

    fn error(&mut self, span: Span, kind: ErrorKind, message: impl Into<String>) {
        self.errors.push(Error { span, message: message.into(), kind });
    }

    /// Judges what the lexer itself refuses.
    fn check(&mut self, kind: Kind, text: &str, span: Span) {
        match kind {
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

    /// Reads `"pattern";` after the word `include`, and the files; tells how many bytes it took.
    fn include(&mut self, from: &str, rest: &str, word: Span) -> usize {
        let quote = rest.find('"').unwrap_or(0);
        let line = rest[quote + 1..].split('\n').next().unwrap_or("");
        let Some(close) = line.find('"') else {
            self.error(word, ErrorKind::Syntax, "the include is not closed on its line");
            return quote + 1 + line.len();
        };
        let after = line[close + 1..].trim_start_matches([' ', '\t']);
        let span = Span { start: word.start, end: word.end + (quote + close + 2) as u32 };
        if close == 0 || !after.starts_with(';') {
            let what = if close == 0 {
                "the include names nothing"
            } else {
                "expected `;` after the include on its line"
            };
            self.error(span, ErrorKind::Syntax, what);
            return quote + 1 + close + 1;
        }
        self.read_included(from, &line[..close], span);
        quote + 1 + line.len() - after.len() + 1
    }

    fn read_included(&mut self, from: &str, argument: &str, span: Span) {
        if self.depth + 1 >= MAX_INCLUDE_DEPTH {
            return self.error(span, ErrorKind::Include, "includes go deeper than 8 files");
        }
        let pattern = beside(from, argument);
        let paths =
            if super::glob::is_pattern(argument) { self.files.matching(&pattern) } else { Ok(vec![pattern]) };
        match paths {
            Ok(paths) => paths.iter().for_each(|path| self.read_one(path, span)),
            Err(NoFile(why)) => {
                self.error(span, ErrorKind::Include, format!("the include matches nothing: {why}"))
            }
        }
    }

    fn read_one(&mut self, path: &str, span: Span) {
        if self.bytes > MAX_BYTES {
            return self.error(span, ErrorKind::Include, "the files together exceed 256 MiB");
        }
        match self.files.text(path) {
            Ok(text) => {
                self.depth += 1;
                self.file(path, text);
                self.depth -= 1;
            }
            Err(NoFile(why)) => {
                self.error(span, ErrorKind::Include, format!("the included file is missing: {why}"))
            }
        }
    }
}

/// Whether `include "` stands here: only then, and only at a line's start, is it an include.
fn include_follows(word: &str, rest: &str) -> bool {
    word == "include" && rest.trim_start_matches([' ', '\t']).starts_with('"')
}

/// The path of an include, beside the file that names it.
fn beside(from: &str, argument: &str) -> String {
    match (argument.starts_with('/'), from.rfind('/')) {
        (true, _) => argument.to_owned(),
        (false, Some(end)) => format!("{}/{argument}", if end == 0 { "" } else { &from[..end] }),
        (false, None) => argument.to_owned(),
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
