//! A BIRD configuration with everything that it includes, as it stands on disk.
//!
//! Owns BIRD's rule for `include`: at the start of a line, outside comments; relative to the including file; patterns
//! expand sorted and may fit nothing; eight levels. Must not know any other word of the language.

use std::path::{Path, PathBuf};

use super::super::root::{Root, TextFile};
use super::pattern;

/// How deep BIRD lets files include files (`MAX_INCLUDE_DEPTH`).
const DEPTH: usize = 8;

/// A file that should have been read.
pub(super) struct Missing {
    /// Its path or pattern.
    pub(super) path: String,
    /// Where it is asked for: `/etc/bird/bird.conf:7`, or how it was found.
    pub(super) place: String,
    /// Why it was not read.
    pub(super) why: String,
}

/// The files of a configuration, the main one first, in the order of reading.
#[derive(Default)]
pub(super) struct Read {
    /// Each file once, however often it is included.
    pub(super) files: Vec<(PathBuf, TextFile)>,
    /// What could not be read.
    pub(super) missing: Vec<Missing>,
}

/// Reads a configuration from its main file on.
pub(super) fn read(root: &Root, main: &Path) -> Read {
    let mut read = Read::default();
    read.file(root, main, "main file", &mut Vec::new());
    read
}

impl Read {
    /// Reads a file and what it includes; `above` are the files that lead to it.
    fn file(&mut self, root: &Root, path: &Path, place: &str, above: &mut Vec<PathBuf>) {
        if above.iter().any(|one| one == path) {
            return self.miss(path, place, "it includes itself");
        }
        if above.len() > DEPTH {
            return self.miss(path, place, "files are nested deeper than BIRD allows");
        }
        if self.files.iter().any(|(known, _)| known == path) {
            return;
        }
        match root.read(path) {
            Ok(file) => {
                let includes = includes(&file.text);
                self.files.push((path.to_owned(), file));
                above.push(path.to_owned());
                for (line, target) in includes {
                    self.include(root, path, line, &target, above);
                }
                above.pop();
            }
            Err(error) => self.miss(path, place, &error.to_string()),
        }
    }

    fn include(&mut self, root: &Root, from: &Path, line: usize, target: &str, above: &mut Vec<PathBuf>) {
        let place = format!("included at {}:{line}", from.display());
        let target = from.parent().unwrap_or(Path::new("/")).join(target);
        if !pattern::is_pattern(&target.to_string_lossy()) {
            return self.file(root, &target, &place, above);
        }
        match pattern::matches(root, &target) {
            Ok(found) => found.iter().for_each(|path| self.file(root, path, &place, above)),
            Err(error) => self.miss(&target, &place, &error.to_string()),
        }
    }

    fn miss(&mut self, path: &Path, place: &str, why: &str) {
        let path = path.display().to_string();
        self.missing.push(Missing { path, place: place.to_owned(), why: why.to_owned() });
    }
}

/// The include statements of a text, with their lines.
fn includes(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = Inside::Code;
    for (at, line) in text.lines().enumerate() {
        if inside == Inside::Code {
            found.extend(include_of(line).map(|target| (at + 1, target.to_owned())));
        }
        inside = inside.after(line);
    }
    found
}

/// The target of a line that is an include statement: `include "…";` and nothing before it.
fn include_of(line: &str) -> Option<&str> {
    let blank = [' ', '\t'];
    let rest = line.trim_start_matches(blank).strip_prefix("include")?.trim_start_matches(blank);
    let (target, rest) = rest.strip_prefix('"')?.split_once('"')?;
    rest.trim_start_matches(blank).starts_with(';').then_some(target)
}

/// Whether a line begins within a comment that an earlier one opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Code,
    Comment,
}

impl Inside {
    /// Where the next line begins. Comments do not nest, and strings end with their line.
    fn after(self, line: &str) -> Inside {
        let mut inside = self;
        let mut rest = line;
        loop {
            let (mark, at) = match inside {
                Inside::Comment => match rest.find("*/") {
                    Some(at) => ("*/", at),
                    None => return Inside::Comment,
                },
                Inside::Code => match next_mark(rest) {
                    Some(found) => found,
                    None => return Inside::Code,
                },
            };
            rest = &rest[at + mark.len()..];
            inside = match mark {
                "#" => return Inside::Code,
                "/*" => Inside::Comment,
                "\"" => {
                    rest = rest.split_once('"').map_or("", |(_, after)| after);
                    Inside::Code
                }
                _ => Inside::Code,
            };
        }
    }
}

/// The first thing in code that hides what follows it.
fn next_mark(code: &str) -> Option<(&'static str, usize)> {
    let marks = ["#", "/*", "\""].into_iter();
    marks.filter_map(|mark| code.find(mark).map(|at| (mark, at))).min_by_key(|(_, at)| *at)
}

#[cfg(test)]
mod tests {
    use super::includes;

    #[test]
    fn an_include_stands_at_the_start_of_a_line_outside_comments() {
        let text = "include \"one\";
\tinclude\t\"two\" ; # include
protocol x { include \"not-at-the-start\"; }
# include \"commented\";
/* include
include \"within\";
*/ include \"after-a-comment\";
define a = \"/*\"; # /*
include \"three\";
define b = 1; /* */ /* \"
include \"within-too\"; */
include \"no-semicolon\"
includes \"other-word\";
include \"four\";";
        let found: Vec<String> =
            includes(text).into_iter().map(|(line, target)| format!("{line} {target}")).collect();
        assert_eq!(found, ["1 one", "2 two", "9 three", "14 four"]);
    }
}
