//! The files of a configuration in one space of bytes, so that one span tells file and place.

use std::sync::Arc;

pub use crate::text::Span;

/// A place that a person can go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// The line, counted from one.
    pub line: u32,
    /// The column in characters, counted from one.
    pub column: u32,
}
