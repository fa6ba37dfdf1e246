//! `show symbols`.

use super::lines;

/// A name that the running configuration knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// The name.
    pub name: String,
    /// What it is, as BIRD says: `filter`, `function`, `protocol`, `routing table`, `constant`.
    pub class: String,
}

/// Reads the answer to `show symbols`, sorted by name.
pub fn read_symbols(answer: &str) -> Vec<Symbol> {
    let symbol = |line: &str| {
        let (name, class) = line.split_once(char::is_whitespace)?;
        Some(Symbol { name: name.to_owned(), class: class.trim().to_owned() })
    };
    let mut symbols: Vec<Symbol> =
        lines(answer).filter_map(symbol).filter(|symbol| !symbol.class.is_empty()).collect();
    symbols.sort_unstable();
    symbols
}
