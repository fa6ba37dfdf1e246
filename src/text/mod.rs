//! Source text and places in it. Configuration text enters the program only with its secrets blanked.

mod blanked;
mod source;

pub use blanked::Blanked;
pub use source::{SourceText, Span};
