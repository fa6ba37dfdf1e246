//! Shell patterns as glob(3) matches them with `GLOB_NOESCAPE`: `*`, `?`, `[a-z]`, `[!a-z]`.

use std::io;
use std::path::{Path, PathBuf};

use super::super::root::Root;

/// Whether a path holds any of the characters that make it a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The files that a pattern names, sorted; an error when a directory of it cannot be listed.
pub(super) fn matches(root: &Root, pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::new()];
    let mut expanded = false;
    for part in pattern.components() {
        let word = part.as_os_str().to_string_lossy();
        if is_pattern(&word) {
            found = expand(root, &found, &word)?;
            expanded = true;
            continue;
        }
        found.iter_mut().for_each(|path| path.push(part));
        // Behind a pattern a plain name selects the directories that hold it.
        found.retain(|path| !expanded || root.identity(path).is_ok());
    }
    found.retain(|path| !root.is_directory(path));
    found.sort();
    Ok(found)
}

/// What fits one part of a pattern in each of some directories; what is no directory holds nothing.
fn expand(root: &Root, directories: &[PathBuf], word: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for directory in directories {
        match root.names(directory) {
            Ok(names) => {
                let fitting = names.iter().filter(|name| fits(word, &name.to_string_lossy()));
                found.extend(fitting.map(|name| directory.join(name)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Whether a name fits one part of a pattern; a leading dot is matched by a dot only.
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    fits_from(&pattern, &name)
}

fn fits_from(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skipped| fits_from(rest, &name[skipped..])),
        ['?', rest @ ..] => !name.is_empty() && fits_from(rest, &name[1..]),
        ['[', rest @ ..] => match set(rest) {
            Some((members, after)) => {
                name.first().is_some_and(|c| holds(members, *c)) && fits_from(after, &name[1..])
            }
            None => name.first() == Some(&'[') && fits_from(rest, &name[1..]),
        },
        [letter, rest @ ..] => name.first() == Some(letter) && fits_from(rest, &name[1..]),
    }
}

/// Splits a set from what follows it; a `]` right after the opening is a member.
fn set(rest: &[char]) -> Option<(&[char], &[char])> {
    let opening = usize::from(matches!(rest.first(), Some('!' | '^')));
    let end = rest.iter().skip(opening + 1).position(|c| *c == ']')? + opening + 1;
    Some((&rest[..end], &rest[end + 1..]))
}

fn holds(members: &[char], letter: char) -> bool {
    match members {
        ['!' | '^', rest @ ..] => !lists(rest, letter),
        all => lists(all, letter),
    }
}

fn lists(members: &[char], letter: char) -> bool {
    match members {
        [] => false,
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&letter) || lists(rest, letter),
        [one, rest @ ..] => *one == letter || lists(rest, letter),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::fits;

    /// The shell's own matching is the oracle.
    #[test]
    fn names_fit_as_the_shell_says() {
        let patterns =
            ["*", "*.conf", "a?c", "[a-c]*", "[!a-c]*", "*b*c*", "[]x]", "a[b", "peer-[0-9]?.conf", "[^x]*"];
        let names = [
            "a",
            "abc",
            "b.conf",
            "z",
            "]",
            "x",
            "[a-",
            "a[b",
            "peer-1.conf",
            "peer-12.conf",
            "abcbc",
            "conf",
        ];
        let script = "for p in \"${@:2}\"; do case \"$1\" in $p) echo 1;; *) echo 0;; esac; done";
        for name in names {
            let output =
                Command::new("bash").args(["-c", script, "bash", name]).args(patterns).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let expected: Vec<bool> = said.lines().map(|line| line == "1").collect();
            let fitting: Vec<bool> = patterns.iter().map(|pattern| fits(pattern, name)).collect();
            assert_eq!(fitting, expected, "{name} among {patterns:?}");
        }
    }

    #[test]
    fn a_leading_dot_is_matched_by_a_dot_only() {
        assert!(!fits("*", ".hidden") && !fits("?x", ".x") && fits(".*", ".hidden"));
    }
}
