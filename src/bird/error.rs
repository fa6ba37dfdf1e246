//! What is wrong with a configuration, with its place.

use crate::text::Span;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where.
    pub span: Span,
    /// What, and what was expected, as the end of a sentence: lower case, no full stop.
    pub message: String,
    /// Of which kind it is.
    pub kind: ErrorKind,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The text does not fit the grammar of any version.
    Syntax,
    /// The text is well formed for other versions than the one that reads it.
    Version,
    /// It is well formed, but BIRD refuses what it says: an undefined name, a wrong type.
    Meaning,
    /// A file that is included cannot be had.
    Include,
    /// Nothing is wrong with what stands there, but BIRD does not start with so little: no protocol is defined.
    Incomplete,
}
