//! Shell patterns as `glob(3)` reads them for `include`: `*`, `?` and `[…]`, which match no slash.

use super::files::NoFile;

/// Whether a pattern has anything to expand.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The paths that match, sorted.
pub(super) fn among<'a>(pattern: &str, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    if pattern.ends_with('/') {
        return Vec::new();
    }
    let pattern = super::files::normal(pattern);
    let parts: Vec<&str> = pattern.split('/').collect();
    let fits = |path: &&str| {
        let names: Vec<&str> = path.split('/').collect();
        names.len() == parts.len() && parts.iter().zip(&names).all(|(part, name)| matches(part, name))
    };
    let mut found: Vec<String> = paths.filter(fits).map(str::to_owned).collect();
    found.sort_unstable();
    found
}

/// The files on disk that match, sorted. A directory that cannot be read is an error, as with `GLOB_ERR`. A slash at the
/// end matches directories only, and those are left out.
pub(super) fn on_disk(pattern: &str) -> Result<Vec<String>, NoFile> {
    let (root, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/".to_owned(), rest),
        None => (String::new(), pattern),
    };
    let mut found = vec![root];
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let first = parts.iter().position(|part| is_pattern(part)).unwrap_or(parts.len());
    for (index, part) in parts.iter().enumerate() {
        found = if is_pattern(part) { step(&found, part)? } else { below(&found, part) };
        if index > first && !is_pattern(part) {
            found.retain(|path| std::fs::symlink_metadata(path).is_ok());
        }
        if index + 1 < parts.len() {
            found.iter_mut().for_each(|path| path.push('/'));
        }
    }
    if pattern.ends_with('/') {
        return Ok(Vec::new());
    }
    found.sort_unstable();
    files_only(found)
}

/// A name below each of the directories, be it there or not.
fn below(directories: &[String], name: &str) -> Vec<String> {
    directories.iter().map(|directory| format!("{directory}{name}")).collect()
}

/// One more name that matches below each of the directories (each ends in a slash or is empty).
fn step(directories: &[String], part: &str) -> Result<Vec<String>, NoFile> {
    let mut found = Vec::new();
    for directory in directories {
        for name in names_in(directory)? {
            if matches(part, &name) {
                found.push(format!("{directory}{name}"));
            }
        }
    }
    Ok(found)
}

/// The names in a directory; a path that is no directory has none.
fn names_in(directory: &str) -> Result<Vec<String>, NoFile> {
    let at = if directory.is_empty() { "." } else { directory };
    match std::fs::read_dir(at) {
        Ok(entries) => {
            Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        }
        Err(why) if why.kind() == std::io::ErrorKind::NotADirectory => Ok(Vec::new()),
        Err(why) => Err(NoFile(format!("the directory `{at}` cannot be read: {why}"))),
    }
}

/// Leaves directories out; a dangling link is an error, since BIRD asks for each file's state.
fn files_only(paths: Vec<String>) -> Result<Vec<String>, NoFile> {
    let mut files = Vec::new();
    for path in paths {
        let state =
            std::fs::metadata(&path).map_err(|why| NoFile(format!("`{path}` cannot be looked at: {why}")))?;
        if !state.is_dir() {
            files.push(path);
        }
    }
    Ok(files)
}

/// Whether a name matches a pattern without slashes; a leading dot must be written.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    fits(&pattern, &name)
}

/// Matches with one remembered star, which takes linear space and at most quadratic time.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some(width) = one(&pattern[p..], name[n]) {
            p += width;
            n += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            n = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// How much of the pattern one character takes, where it takes any.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '*' => None,
        '?' => Some(1),
        '[' => class(pattern, c),
        literal => (*literal == c).then_some(1),
    }
}

/// `[a-z]`, `[!0-9]`, `[[:alpha:]]`; a bracket that is never closed stands for itself.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let first = if negated { 2 } else { 1 };
    let Some(end) = class_end(pattern, first) else {
        return (c == '[').then_some(1);
    };
    let members = &pattern[first..end];
    let mut inside = false;
    let mut at = 0;
    while at < members.len() {
        if let Some(width) = named_width(&members[at..]) {
            inside |= is_of_class(&members[at + 2..at + width - 2], c);
            at += width;
        } else if at + 2 < members.len() && members[at + 1] == '-' {
            inside |= (members[at]..=members[at + 2]).contains(&c);
            at += 3;
        } else {
            inside |= members[at] == c;
            at += 1;
        }
    }
    (inside != negated).then_some(end + 1)
}

/// Where the bracket closes whose first member stands at a place; a bracket as the first member closes nothing, nor does
/// that of a class with a name.
fn class_end(pattern: &[char], first: usize) -> Option<usize> {
    let mut at = first;
    while at < pattern.len() {
        if pattern[at] == ']' && at > first {
            return Some(at);
        }
        at += named_width(&pattern[at..]).unwrap_or(1);
    }
    None
}

/// How long `[:alpha:]` is, where it stands at the head.
fn named_width(members: &[char]) -> Option<usize> {
    let name = members.strip_prefix(&['[', ':'])?;
    let letters = name.iter().take_while(|letter| letter.is_ascii_lowercase()).count();
    name[letters..].starts_with(&[':', ']']).then_some(letters + 4)
}

/// Whether a character is of a class with a name (POSIX, in the locale `C`, in which BIRD runs).
fn is_of_class(name: &[char], c: char) -> bool {
    match name.iter().collect::<String>().as_str() {
        "alpha" => c.is_ascii_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_ascii_alphanumeric(),
        "lower" => c.is_ascii_lowercase(),
        "upper" => c.is_ascii_uppercase(),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "space" => c.is_ascii_whitespace() || c == '\u{b}',
        "blank" => matches!(c, ' ' | '\t'),
        "cntrl" => c.is_ascii_control(),
        "graph" => c.is_ascii_graphic(),
        "print" => c.is_ascii_graphic() || c == ' ',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_shell_does() {
        for (pattern, name) in [
            ("*.conf", "a.conf"),
            ("a?c", "abc"),
            ("[a-c]*", "bird"),
            ("[!x]", "y"),
            ("*", ""),
            ("[[:alpha:]_]", "b"),
            ("[]]", "]"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", ".a.conf"), ("a?c", "ac"), ("[a-c]", "d"), ("*.conf", "a.conf~")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_star_stays_within_its_directory() {
        let paths = ["/etc/bird/a.conf", "/etc/bird/x/b.conf", "/etc/bird/b.conf"];
        assert_eq!(among("/etc/bird/./*.conf", paths.into_iter()), ["/etc/bird/a.conf", "/etc/bird/b.conf"]);
    }
}
