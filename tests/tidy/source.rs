//! A file of the repository as the checks see it: its text, and its code without comments and literals.

use std::fs;
use std::path::Path;

/// The folders and files that are ours to keep tidy.
const KEPT: [&str; 9] =
    ["src", "tests", "benches", "rules", "docs", ".ci", "README.md", "CHANGELOG.md", "Cargo.toml"];

/// Everything that is checked, and the order of the layers.
pub(crate) struct House {
    pub(crate) sources: Vec<Source>,
    /// The layers from the lowest to the highest, as the code map in `src/lib.rs` lists them.
    pub(crate) layers: Vec<String>,
}

/// One text file.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The same text where it is Rust, with comments and literals blanked; lines keep their numbers.
    pub(crate) code: String,
}

impl House {
    /// Reads the repository.
    pub(crate) fn read() -> House {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        for kept in KEPT {
            walk(root, &root.join(kept), &mut sources);
        }
        sources.sort_by(|one, other| one.path.cmp(&other.path));
        let map = sources.iter().find(|source| source.path == "src/lib.rs").unwrap();
        let layers = layers(&map.text);
        assert!(layers.len() > 3, "src/lib.rs has no code map");
        House { sources, layers }
    }
}

impl Source {
    /// A file from its text.
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let code = if path.ends_with(".rs") { code_of(text) } else { String::new() };
        Source { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// The layer that the file belongs to, for files below a folder or module of `src/`.
    pub(crate) fn layer(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        match below.split_once('/') {
            Some((layer, _)) => Some(layer),
            None => below.strip_suffix(".rs").filter(|name| !["lib", "main"].contains(name)),
        }
    }

    /// The code above the file's test module.
    pub(crate) fn code_without_tests(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod ").next().unwrap()
    }
}

/// The names in the first column of the code map, top to bottom and left to right.
fn layers(map: &str) -> Vec<String> {
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').filter(|word| is_name(word)).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Whether the text is one word that may name a module.
pub(crate) fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn walk(root: &Path, path: &Path, sources: &mut Vec<Source>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(root, &entry.unwrap().path(), sources);
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        sources.push(Source::new(name, &text));
    }
}

/// Blanks comments, strings and characters, keeping every line end.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = literal_or_comment(rest, code.chars().next_back());
        if length > 0 {
            code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        } else {
            let first = rest.chars().next().unwrap();
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// How many bytes of a comment or literal the text begins with; none where it begins with code.
fn literal_or_comment(text: &str, before: Option<char>) -> usize {
    let inside_a_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else if text.starts_with('"') {
        quoted(text, 1)
    } else if text.starts_with('r') && !inside_a_word {
        raw_string(text)
    } else if text.starts_with('\'') {
        character(text)
    } else {
        0
    }
}

fn quoted(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() && bytes[at] != bytes[0] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

fn raw_string(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|&byte| byte == b'#').count();
    let open = 1 + hashes;
    if !text[open..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    text[open + 1..].find(&close).map_or(text.len(), |end| open + 1 + end + close.len())
}

/// A character literal ends with a quote soon; a lifetime does not.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => quoted(text, 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}
