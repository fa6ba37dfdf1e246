//! One file's text, and byte ranges of it.

use std::ops::Range;

/// A range of bytes in one [`SourceText`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a range of bytes; texts are below 4 GiB.
    pub fn new(range: Range<usize>) -> Span {
        Span { start: range.start as u32, end: range.end as u32 }
    }

    /// The range of bytes, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text with its name, from which places are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the reader should be told it.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceText {
    /// A text under a name.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> SourceText {
        SourceText { path: path.into(), text: text.into() }
    }

    /// The line of a byte, counted from one.
    pub fn line(&self, byte: u32) -> usize {
        let before = &self.text.as_bytes()[..(byte as usize).min(self.text.len())];
        before.iter().filter(|b| **b == b'\n').count() + 1
    }

    /// The column of a byte, counted in characters from one.
    pub fn column(&self, byte: u32) -> usize {
        let before = &self.text[..self.text.floor_char_boundary(byte as usize)];
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.chars().count() + 1
    }

    /// The text of a line counted from one, without its end.
    pub fn line_text(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or("")
    }

    /// `path:line`, as editors and compilers write it.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.path, self.line(span.start))
    }
}
