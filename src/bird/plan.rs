//! What is read in which order: the files, with includes followed, as stretches of one space of bytes.
//!
//! Includes are found before anything else is read, so that all texts are there when the parser begins.

use logos::Logos;

use super::error::{Error, ErrorKind};
use super::files::{Files, MAX_BYTES, NoFile, Sources, Span, Text};
use super::lexer::Kind;

/// The longest chain of files, the main one among them (cf-lex.l, `MAX_INCLUDE_DEPTH`).
const MAX_INCLUDE_DEPTH: usize = 8;

/// A bound on how often files are included, so that empty ones end too.
const MAX_STRETCHES: usize = 1 << 17;

/// The texts, and the stretches of them that are read one after the other.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) sources: Sources,
    pub(super) stretches: Vec<Span>,
    /// What is wrong with the includes.
    pub(super) errors: Vec<Error>,
}

/// Finds a file and what it includes.
pub(super) fn plan(files: &Files, main: &str) -> Result<Plan, NoFile> {
    let text = files.text(main)?;
    let plan = Plan { sources: Sources::default(), stretches: Vec::new(), errors: Vec::new() };
    let mut planner = Planner { files, plan, depth: 0, bytes: 0, ended: false, in_comment: false };
    planner.file(main, text);
    Ok(planner.plan)
}

/// Whether a line begins with the word, be it in a comment or a text; else nothing need be split.
fn may_include(text: &str) -> bool {
    let begins_line = |at: usize| {
        let before = text[..at].trim_end_matches([' ', '\t', '\r']);
        before.is_empty() || before.ends_with('\n')
    };
    text.match_indices("include").any(|(at, _)| begins_line(at))
}

/// Whether the last line may be a comment that no line end closes.
fn may_end_in_comment(text: &str) -> bool {
    text.rsplit('\n').next().is_some_and(|last| last.contains('#'))
}

struct Planner<'f> {
    files: &'f Files,
    plan: Plan,
    depth: usize,
    bytes: usize,
    /// Whether files include each other without end, so that no more are read.
    ended: bool,
    /// Whether the last file ended in a comment: that goes on in what is read next, up to the end of its line.
    in_comment: bool,
}

impl Planner<'_> {
    fn file(&mut self, path: &str, text: Text) {
        self.bytes += text.len();
        let base = self.plan.sources.add(path, text.clone());
        let begun = self.behind_comment(&text, 0);
        if may_include(&text) || may_end_in_comment(&text) {
            self.stretches(path, &text, base, begun);
        } else {
            self.stretch(base, begun, text.len());
        }
    }

    /// Where a text goes on behind the comment that another file left open.
    fn behind_comment(&mut self, text: &str, at: usize) -> usize {
        if !self.in_comment {
            return at;
        }
        let end = text[at..].find('\n');
        self.in_comment = end.is_none();
        end.map_or(text.len(), |end| at + end + 1)
    }

    fn stretch(&mut self, base: u32, from: usize, to: usize) {
        self.plan.stretches.push(Span { start: base + from as u32, end: base + to as u32 });
    }

    /// Splits a file where it includes others: at a line's start, outside of comments and texts.
    fn stretches(&mut self, path: &str, text: &str, base: u32, first: usize) {
        let (mut begun, mut line_start) = (first, true);
        let mut tokens = Kind::lexer(text);
        tokens.bump(first);
        while let Some(next) = tokens.next() {
            let range = tokens.span();
            match next {
                Ok(Kind::Newline) => line_start = true,
                Ok(Kind::Comment) => self.in_comment = range.end == text.len(),
                Ok(Kind::CarriageReturn) => {}
                Ok(Kind::BlockComment) => {
                    let rest = tokens.remainder();
                    tokens.bump(rest.find("*/").map_or(rest.len(), |end| end + 2));
                    line_start = false;
                }
                Ok(Kind::Word) if line_start && include_follows(&text[range.clone()], tokens.remainder()) => {
                    self.stretch(base, begun, range.start);
                    let word = Span { start: base + range.start as u32, end: base + range.end as u32 };
                    let taken = self.include(path, tokens.remainder(), word);
                    begun = self.behind_comment(text, range.end + taken);
                    tokens.bump(begun - range.end);
                    line_start = begun > range.end + taken;
                }
                _ => line_start = false,
            }
        }
        self.stretch(base, begun, text.len());
    }

    fn error(&mut self, span: Span, kind: ErrorKind, message: impl Into<String>) {
        self.plan.errors.push(Error { span, message: message.into(), kind });
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
        if self.ended {
            return;
        }
        if self.depth + 1 >= MAX_INCLUDE_DEPTH {
            self.ended = true;
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
        if self.ended {
            return;
        }
        match self.files.included(path) {
            Ok(text) if self.bytes + text.len() > MAX_BYTES || self.plan.stretches.len() > MAX_STRETCHES => {
                self.ended = true;
                self.error(
                    span,
                    ErrorKind::Include,
                    "the included files are too many, or together too large",
                );
            }
            Ok(text) => {
                self.depth += 1;
                self.file(path, text);
                self.depth -= 1;
            }
            Err(NoFile(why)) => self.error(span, ErrorKind::Include, format!("the include fails: {why}")),
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
