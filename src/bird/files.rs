//! The files of a configuration: where their text comes from, and one space of bytes in which one span
//! tells file and place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use crate::text::Span;

/// Where the text of files comes from.
#[derive(Clone)]
pub enum Files {
    /// Texts by path, as a snapshot holds them.
    Given(BTreeMap<String, Arc<str>>),
    /// The file system of this machine.
    Disk,
    /// These texts, and the file system for every other path.
    Beside(BTreeMap<String, Arc<str>>),
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Files::Given(texts) | Files::Beside(texts) => f.debug_set().entries(texts.keys()).finish(),
            Files::Disk => f.write_str("Disk"),
        }
    }
}

/// Why a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoFile(pub String);

impl Files {
    /// The texts of a daemon's files as the snapshot holds them.
    pub fn of(daemon: &crate::snapshot::BirdDaemon) -> Files {
        let pair = |file: &crate::snapshot::ConfigFile| (normal(&file.path), file.text.as_str().into());
        Files::Given(daemon.files.iter().map(pair).collect())
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Result<Arc<str>, NoFile> {
        match self {
            Files::Given(texts) => {
                texts.get(&normal(path)).cloned().ok_or_else(|| NoFile(format!("no file `{path}` is known")))
            }
            Files::Disk => on_disk(path),
            Files::Beside(texts) => texts.get(&normal(path)).cloned().map_or_else(|| on_disk(path), Ok),
        }
    }

    /// The files that a shell pattern matches, sorted; directories are left out.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, NoFile> {
        match self {
            Files::Given(texts) => Ok(super::glob::among(pattern, texts.keys().map(String::as_str))),
            Files::Disk | Files::Beside(_) => super::glob::on_disk(pattern),
        }
    }
}

fn on_disk(path: &str) -> Result<Arc<str>, NoFile> {
    let bytes = std::fs::read(path).map_err(|why| NoFile(format!("`{path}` cannot be read: {why}")))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(bad) => String::from_utf8_lossy(bad.as_bytes()).into(),
    })
}

/// The path without `.`, `..` and doubled slashes, for look-ups among given texts.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

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

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// One file that was read.
#[derive(Clone)]
struct Loaded {
    path: Arc<str>,
    text: Arc<str>,
    /// The first byte in the common space.
    base: u32,
}

impl std::fmt::Debug for Loaded {
    /// Never the text: a file on disk holds its passwords still.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.text.len())
    }
}

/// The files that were read, one after the other in one space of bytes.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    loaded: Vec<Loaded>,
}

impl Sources {
    /// Adds a text and tells its first byte; a file that is read twice is kept once.
    pub(super) fn add(&mut self, path: &str, text: Arc<str>) -> u32 {
        if let Some(before) = self.loaded.iter().find(|file| &*file.path == path) {
            return before.base;
        }
        // One byte between files, so that an empty span at a file's end is still in that file.
        let base = self.loaded.last().map_or(0, |file| file.base + file.text.len() as u32 + 1);
        self.loaded.push(Loaded { path: path.into(), text, base });
        base
    }

    /// The text of a span, secrets and all: only for the reader.
    pub(in crate::bird) fn text(&self, span: Span) -> &str {
        let file = self.holding(span.start);
        let (start, end) = (span.start - file.base, span.end.saturating_sub(file.base));
        file.text.get(start as usize..(end as usize).min(file.text.len())).unwrap_or("")
    }

    /// Every word that is a beginning and a number behind it, as the names are that BIRD makes.
    pub fn numbered(&self, beginning: &str) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for file in self.loaded.iter().filter(|_| !beginning.is_empty()) {
            for (at, _) in file.text.match_indices(beginning) {
                let rest = &file.text[at + beginning.len()..];
                let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
                words.extend((digits > 0).then(|| format!("{beginning}{}", &rest[..digits])));
            }
        }
        words
    }

    /// Where a span begins.
    pub fn place(&self, span: Span) -> Place {
        let Some(file) = self.find(span.start) else {
            return Place { path: "".into(), line: 1, column: 1 };
        };
        let at = file.text.floor_char_boundary((span.start - file.base) as usize);
        let before = &file.text[..at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() as u32 + 1;
        Place { path: file.path.clone(), line, column: before[line_start..].chars().count() as u32 + 1 }
    }

    /// The line in which a span begins, without its end and without secrets.
    pub fn line_of(&self, span: Span) -> String {
        super::secret::blanked(self.raw_line(span))
    }

    fn raw_line(&self, span: Span) -> &str {
        let Some(file) = self.find(span.start) else { return "" };
        let at = file.text.floor_char_boundary((span.start - file.base) as usize);
        let start = file.text[..at].rfind('\n').map_or(0, |end| end + 1);
        file.text[start..].lines().next().unwrap_or("")
    }

    /// The paths of the files that were read, in the order of reading.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.loaded.iter().map(|file| &*file.path)
    }

    /// The bytes of all files together.
    pub fn len(&self) -> usize {
        self.loaded.iter().map(|file| file.text.len()).sum()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, byte: u32) -> Option<&Loaded> {
        if let [only] = self.loaded.as_slice() {
            return Some(only);
        }
        let after = self.loaded.partition_point(|file| file.base <= byte);
        self.loaded.get(after.checked_sub(1)?)
    }

    /// Spans are made from files that were added, so there is one; the first file otherwise.
    fn holding(&self, byte: u32) -> &Loaded {
        self.find(byte).unwrap_or(&self.loaded[0])
    }
}
