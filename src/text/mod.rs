//! Source text and places in it. Configuration text enters the program only with its secrets blanked.

mod blanked;
mod said;
mod source;

pub use blanked::Blanked;
pub(crate) use blanked::Cut;
pub use said::said;
pub use source::{SourceText, Span};
