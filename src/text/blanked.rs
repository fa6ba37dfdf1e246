//! Configuration text whose secrets are gone: the only form in which it is kept.

use std::fmt;

/// Text without secrets. Each secret was replaced by [`Blanked::MARK`]; nothing else was changed.
///
/// There is no way to make one but the constructors here, each of which knows one language's secrets.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Blanked(String);

impl Blanked {
    /// What stands where a secret was.
    pub const MARK: &'static str = "(blanked)";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Blanked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blanked({} bytes)", self.0.len())
    }
}
