//! Reading a configuration: files in, tree and errors out; and the same for a person.

use std::sync::Arc;

use super::error::{Error, ErrorKind};
use super::files::{Files, NoFile, Place, Sources, Span};
use super::parse::Parsed;
use super::plan::Plan;
use super::tree::Tree;
use super::version::Version;

/// A configuration as it was read by the eyes of one version.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The version whose eyes these were.
    pub version: Version,
    /// The files, from which places are told.
    pub sources: Sources,
    /// What they say.
    pub tree: Tree,
    /// What is wrong with them, in the order of the files; empty where `bird -p` accepts them.
    pub errors: Vec<Error>,
    /// Where the files show that they are written for BIRD 1.x, if they do.
    pub bird1: Option<Span>,
}

/// Reads a file and what it includes. Fails only where the main file itself cannot be had.
pub fn read(files: &Files, main: &str, version: Version) -> Result<Configuration, NoFile> {
    Ok(of_plan(super::plan::plan(files, main)?, files, version))
}

/// Reads what a plan lays out.
pub(super) fn of_plan(plan: Plan, files: &Files, version: Version) -> Configuration {
    let Parsed { tree, mut errors, one, end } =
        super::parse::parse(&plan, version, super::host::constants(files));
    errors.extend(plan.errors);
    errors.extend(super::check::check(&tree, version, end));
    // What is missing from the whole stands behind what is wrong at the place.
    errors.sort_by_key(|error| (error.span.start, error.kind == ErrorKind::Incomplete, error.span.end));
    errors.dedup();
    let bird1 = one.filter(|_| !errors.is_empty());
    Configuration { version, sources: plan.sources, tree, errors, bird1 }
}

/// Something wrong, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Of which kind it is.
    pub kind: ErrorKind,
    /// Where it begins.
    pub place: Place,
    /// How many characters of the line it takes; at least one.
    pub width: u32,
    /// What is wrong and what was expected.
    pub message: String,
    /// The line without secrets.
    pub line: Arc<str>,
    /// How many characters the line has.
    pub length: u32,
}

impl Diagnostic {
    /// How many characters of a line are shown.
    pub const WIDEST: usize = 400;

    /// What is shown of the line, and how many characters of that stand in front of the place. A line may be a whole
    /// file, so only what stands around the place is shown of a long one.
    pub fn excerpt(&self) -> (String, usize) {
        let line = &*self.line;
        // The line may be shorter than it stands in the file, since its secrets are left out.
        let before = self.place.column.saturating_sub(1).min(self.length) as usize;
        if line.len() <= Diagnostic::WIDEST {
            return (line.to_owned(), before);
        }
        let skipped = before.saturating_sub(Diagnostic::WIDEST / 4);
        let is_ascii = self.length as usize == line.len();
        let at = |characters: usize| {
            let byte = match is_ascii {
                true => Some(characters),
                false => line.char_indices().nth(characters).map(|(at, _)| at),
            };
            byte.map_or(line.len(), |byte| byte.min(line.len()))
        };
        let (from, to) = (at(skipped), at(skipped + Diagnostic::WIDEST));
        let mark = |cut| if cut { "…" } else { "" };
        let shown = format!("{}{}{}", mark(from > 0), &line[from..to], mark(to < line.len()));
        (shown, before - skipped + usize::from(from > 0))
    }
}

/// Says everything that is wrong with a file and what it includes; nothing where `bird -p` of the version
/// accepts it. A configuration of BIRD 1.x is said to be one, once.
pub fn check(files: &Files, main: &str, version: Version) -> Result<Vec<Diagnostic>, NoFile> {
    Ok(read(files, main, version)?.diagnostics())
}

/// Where an error stands, and its line. Errors come in the order of the text, so that a line is walked once for all
/// errors on it: it may be a whole file.
struct Shown {
    span: Span,
    place: Place,
    line: Arc<str>,
    /// The line's characters.
    length: u32,
}

impl Configuration {
    /// What is wrong, ready to be shown.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        if let Some(span) = self.bird1 {
            let message =
                format!("this is a configuration of BIRD 1.x, which BIRD {} does not read", self.version);
            return vec![self.remark(span, message)];
        }
        let mut all = Vec::with_capacity(self.errors.len());
        let mut before = None;
        for error in &self.errors {
            let shown = self.shown(error.span, before);
            all.push(self.diagnostic(error, &shown));
            before = Some(shown);
        }
        all
    }

    /// Something that is to be said of a span, ready to be shown.
    pub fn remark(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        let error = Error { span, message: message.into(), kind: ErrorKind::Syntax };
        self.diagnostic(&error, &self.shown(span, None))
    }

    fn shown(&self, span: Span, before: Option<Shown>) -> Shown {
        let place = self.sources.place_behind(span, before.as_ref().map(|shown| (shown.span, &shown.place)));
        let same = |shown: &Shown| (&shown.place.path, shown.place.line) == (&place.path, place.line);
        match before.filter(same) {
            Some(shown) => Shown { span, place, ..shown },
            None => {
                let line: Arc<str> = self.sources.line_of(span).into();
                Shown { span, place, length: line.chars().count() as u32, line }
            }
        }
    }

    fn diagnostic(&self, error: &Error, shown: &Shown) -> Diagnostic {
        let rest = (shown.length + 1).saturating_sub(shown.place.column);
        let width =
            self.sources.text(error.span).lines().next().map_or(1, |first| first.chars().count() as u32);
        Diagnostic {
            kind: error.kind,
            width: width.clamp(1, rest.max(1)),
            place: shown.place.clone(),
            message: self.sources.shown_message(error.span, &error.message),
            line: shown.line.clone(),
            length: shown.length,
        }
    }
}
