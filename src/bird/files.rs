//! The files of a configuration: where their text comes from, and one space of bytes in which one span
//! tells file and place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::ops::Deref;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::sync::{Arc, OnceLock};

use super::secret::Secrets;
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
    pub(super) fn text(&self, path: &str) -> Result<Text, NoFile> {
        let given = |texts: &BTreeMap<String, Arc<str>>| texts.get(&normal(path)).cloned().map(Text::Given);
        match self {
            Files::Given(texts) => given(texts).ok_or_else(|| NoFile(format!("no file `{path}` is known"))),
            Files::Disk => on_disk(path),
            Files::Beside(texts) => given(texts).map_or_else(|| on_disk(path), Ok),
        }
    }

    /// The text of a file that another one includes, which is no pipe and no device: those need not end.
    pub(super) fn included(&self, path: &str) -> Result<Text, NoFile> {
        let is_given = match self {
            Files::Given(_) => true,
            Files::Disk => false,
            Files::Beside(texts) => texts.contains_key(&normal(path)),
        };
        if !is_given {
            be_regular(path)?;
        }
        self.text(path)
    }

    /// The files that a shell pattern matches, sorted; directories are left out.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, NoFile> {
        match self {
            Files::Given(texts) => Ok(super::glob::among(pattern, texts.keys().map(String::as_str))),
            Files::Disk | Files::Beside(_) => super::glob::on_disk(pattern),
        }
    }
}

/// A bound on a text, and on all of a configuration together.
pub(super) const MAX_BYTES: usize = 1 << 28;

fn on_disk(path: &str) -> Result<Text, NoFile> {
    let bytes = bytes(path).map_err(|why| NoFile(format!("`{path}` cannot be read: {why}")))?;
    if bytes.len() > MAX_BYTES {
        return Err(NoFile(format!("`{path}` exceeds {} MiB", MAX_BYTES >> 20)));
    }
    let text = String::from_utf8(bytes);
    let text = text.unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
    Ok(Text::Read(Arc::new(text)))
}

/// The content of a file or a pipe, up to a byte more than is allowed.
fn bytes(path: &str) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::with_capacity(file.metadata()?.len() as usize % MAX_BYTES + 1);
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a path leads to a file, or to the device that is always empty.
fn be_regular(path: &str) -> Result<(), NoFile> {
    let state = std::fs::metadata(path).map_err(|why| NoFile(format!("`{path}` cannot be read: {why}")))?;
    let is_null = || std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == state.rdev());
    let kind = state.file_type();
    if kind.is_dir() {
        return Err(NoFile(format!("`{path}` is a directory; write `{path}/*.conf` for the files in it")));
    }
    if !(kind.is_file() || kind.is_char_device() && is_null()) {
        return Err(NoFile(format!("`{path}` is no file but a pipe, a socket or a device")));
    }
    Ok(())
}

/// A file's text; one that was read is never copied, since it may be large.
#[derive(Clone)]
pub(super) enum Text {
    Given(Arc<str>),
    Read(Arc<String>),
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Given(text) => text,
            Text::Read(text) => text,
        }
    }
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
    text: Text,
    /// The first byte in the common space.
    base: u32,
    /// Where each line begins, found when the first place is asked for.
    lines: OnceLock<Vec<u32>>,
}

impl Loaded {
    /// The line of a byte of this file, counted from nought, and where it begins.
    fn line(&self, at: usize) -> (usize, usize) {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(end, _)| end as u32 + 1)).collect()
        });
        let line = lines.partition_point(|start| *start as usize <= at).saturating_sub(1);
        (line, lines[line] as usize)
    }
}

impl std::fmt::Debug for Loaded {
    /// Never the text: a file on disk holds its passwords still.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.text.len())
    }
}

/// How messages begin to quote what stands at their place.
const FOUND: &str = ", found `";

/// The files that were read, one after the other in one space of bytes.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    loaded: Vec<Loaded>,
    /// The first byte of each file, by its path.
    bases: HashMap<Arc<str>, u32>,
    /// Where their secrets stand, found when the first line is shown.
    secrets: OnceLock<Secrets>,
}

impl Sources {
    /// Adds a text and tells its first byte; a file that is read twice is kept once.
    pub(super) fn add(&mut self, path: &str, text: Text) -> u32 {
        if let Some(base) = self.bases.get(path) {
            return *base;
        }
        self.secrets.take();
        // One byte between files, so that an empty span at a file's end is still in that file.
        let base = self.loaded.last().map_or(0, |file| file.base + file.text.len() as u32 + 1);
        let path: Arc<str> = path.into();
        self.bases.insert(path.clone(), base);
        self.loaded.push(Loaded { path, text, base, lines: OnceLock::new() });
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
        self.place_behind(span, None)
    }

    /// The same, counted from the place of another span where that stands before it on the same line.
    pub(super) fn place_behind(&self, span: Span, before: Option<(Span, &Place)>) -> Place {
        let Some(file) = self.find(span.start) else {
            return Place { path: "".into(), line: 1, column: 1 };
        };
        let at = file.text.floor_char_boundary((span.start - file.base) as usize);
        let (line, start) = file.line(at);
        let line = line as u32 + 1;
        let begun = |span: Span| (span.start.saturating_sub(file.base)) as usize;
        let (from, column) = before
            .filter(|(_, place)| (&*place.path, place.line) == (&*file.path, line))
            .map(|(span, place)| (begun(span), place.column))
            .filter(|(from, _)| (start..=at).contains(from) && file.text.is_char_boundary(*from))
            .unwrap_or((start, 1));
        let column = column + file.text[from..at].chars().count() as u32;
        Place { path: file.path.clone(), line, column }
    }

    /// The line in which a span begins, without its end and without secrets.
    pub fn line_of(&self, span: Span) -> String {
        let Some(file) = self.find(span.start) else { return String::new() };
        let at = file.text.floor_char_boundary((span.start - file.base) as usize);
        let start = file.line(at).1;
        let line = file.text[start..].lines().next().unwrap_or("");
        self.secrets().shown(self.number(span), &file.text, start..start + line.len())
    }

    /// The text of a span without secrets.
    pub(super) fn shown(&self, span: Span) -> String {
        match self.find(span.start) {
            Some(file) => {
                let start = (span.start - file.base) as usize;
                let end = start + self.text(span).len();
                self.secrets().shown(self.number(span), &file.text, start..end)
            }
            None => String::new(),
        }
    }

    /// A message on a span without the secrets that it quotes: what stands at the span, or a secret of any place.
    pub(super) fn shown_message(&self, span: Span, message: &str) -> String {
        let quoted = message.rfind(FOUND).filter(|_| {
            let base = self.first_byte(span);
            let part = (span.start.saturating_sub(base)) as usize..(span.end.saturating_sub(base)) as usize;
            self.secrets().touches(self.number(span), &part)
        });
        match quoted {
            Some(at) => format!("{}{FOUND}{}`", &message[..at], crate::text::Blanked::MARK),
            None => self.secrets().out_of_quotes(message),
        }
    }

    /// What an evaluation says, without the values that the files hold as secrets.
    pub fn without_secrets(&self, said: &str) -> String {
        self.secrets().out_of_values(said)
    }

    fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| {
            let texts: Vec<&str> = self.loaded.iter().map(|file| &*file.text).collect();
            Secrets::of(&texts)
        })
    }

    /// Which file a span stands in.
    fn number(&self, span: Span) -> usize {
        self.loaded.partition_point(|file| file.base <= span.start).saturating_sub(1)
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

    /// The first byte of the file that a span stands in: the same for all spans of one file.
    pub(super) fn first_byte(&self, span: Span) -> u32 {
        self.find(span.start).map_or(0, |file| file.base)
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
