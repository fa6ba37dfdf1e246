//! The secrets of BIRD's configuration, found among its tokens.
//!
//! Deliberately not the parser of the language: this must work on every text, broken or of another
//! version, and take away too much rather than too little.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Blanked, Cut, LABELS, cut_out};

/// All texts with their secrets replaced.
pub(super) fn blank(texts: &[&str]) -> Vec<String> {
    texts.iter().zip(cuts(texts)).map(|(text, cuts)| cut_out(text, cuts)).collect()
}

/// Where the secrets of each text are; ranges may come in any order and may overlap.
pub(super) fn cuts(texts: &[&str]) -> Vec<Vec<Cut>> {
    let files: Vec<File<'_>> = texts.iter().map(|text| File::read(text)).collect();
    let mut finder = Finder { constants: constants(&files), secret: BTreeSet::new() };
    let mut cuts: Vec<Vec<Cut>> = files.iter().map(|file| finder.statements(file)).collect();
    let secret = finder.all_secret_constants();
    for (file, cuts) in files.iter().zip(&mut cuts) {
        for constant in file.constants().filter(|constant| secret.contains(constant.name)) {
            cuts.extend(constant.value.iter().filter_map(|token| literal(file.text, token)));
        }
    }
    cuts
}

/// What stands where a secret had no quotes: a string, so that the language still parses.
const QUOTED_MARK: &str = "\"(blanked)\"";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What stands between two quotes; the range is without them.
    Text,
    /// A run of anything that is neither white space nor punctuation.
    Word,
    /// A comment with its delimiters.
    Comment,
    /// One character of punctuation.
    Mark,
}

#[derive(Clone)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

/// One text, or one comment of it, as tokens.
struct File<'t> {
    text: &'t str,
    /// Code, and in `comments` each comment's inside as if it were code.
    code: Vec<Token>,
    comments: Vec<Vec<Token>>,
    /// Where lines end.
    ends: Vec<usize>,
}

/// `define NAME = value;`
struct Constant<'f> {
    name: &'f str,
    value: &'f [Token],
}

impl<'t> File<'t> {
    fn read(text: &'t str) -> File<'t> {
        let all = tokens(text, 0..text.len());
        let inside = |comment: &Token| {
            let Range { start, end } = comment.range;
            let whole = &text[start..end];
            match whole.strip_prefix("/*") {
                None => tokens(text, start + 1..end),
                Some(open) => tokens(text, start + 2..end - if open.ends_with("*/") { 2 } else { 0 }),
            }
        };
        let comments = all.iter().filter(|token| token.kind == Kind::Comment).map(inside).collect();
        File { text, code: all, comments, ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    fn word(&self, token: &Token) -> &'t str {
        &self.text[token.range.clone()]
    }

    fn is_word(&self, token: &Token, word: &str) -> bool {
        token.kind == Kind::Word && self.word(token) == word
    }

    /// The constants that code and comments define.
    fn constants(&self) -> impl Iterator<Item = Constant<'_>> {
        let places = std::iter::once(&self.code).chain(&self.comments);
        places.flat_map(move |tokens| {
            let defines = tokens.windows(2).enumerate().filter(|(_, pair)| self.is_word(&pair[0], "define"));
            defines.map(move |(at, pair)| {
                let rest = &tokens[at + 2..];
                let ends = |token: &Token| matches!(self.word(token), ";" | "define");
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                Constant { name: self.word(&pair[1]), value: &rest[..end] }
            })
        })
    }

    /// The line on which a token begins, as the range of its bytes.
    fn line(&self, token: &Token) -> Range<usize> {
        let line = self.ends.partition_point(|end| *end < token.range.start);
        let start = line.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        let end = self.ends.get(line).copied().unwrap_or(self.text.len());
        start..end
    }
}

/// The names that each constant's value uses.
fn constants<'t>(files: &[File<'t>]) -> BTreeMap<&'t str, Vec<&'t str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        for constant in file.constants() {
            let words = constant.value.iter().filter(|token| token.kind == Kind::Word);
            let name = &file.text[offset(file.text, constant.name)];
            found.entry(name).or_default().extend(words.map(|token| file.word(token)));
        }
    }
    found
}

/// Where a part of a text lies in it.
fn offset(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// Walks statements, notes what is to go and which constants are secret.
struct Finder<'t> {
    constants: BTreeMap<&'t str, Vec<&'t str>>,
    secret: BTreeSet<&'t str>,
}

impl<'t> Finder<'t> {
    fn statements(&mut self, file: &File<'t>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        // A file may be included in the middle of a statement and then begins with the secret itself.
        cuts.extend(file.code.first().and_then(|token| literal(file.text, token)));
        let mut searched = 0;
        for at in 0..file.code.len() {
            if announces(file, &file.code, at) {
                let line = file.line(&file.code[at]);
                self.value(file, &line, &file.code[at..], &mut cuts);
                // Once for a line, which may be a whole file.
                if line.end >= searched {
                    remarks_beside(file, &line, &mut cuts);
                    searched = line.end + 1;
                }
            }
        }
        for comment in &file.comments {
            let mut taken = 0;
            for at in 0..comment.len() {
                if announces(file, comment, at) {
                    taken = self.remark(file, &comment[at..], taken, &mut cuts);
                }
            }
        }
        cuts
    }

    /// Takes away the value of `password …;`, whose first token is the keyword.
    fn value(&mut self, file: &File<'t>, line: &Range<usize>, statement: &[Token], cuts: &mut Vec<Cut>) {
        for (at, token) in statement.iter().enumerate().skip(1) {
            let word = file.word(token);
            match token.kind {
                Kind::Mark if matches!(word, ";" | "{" | "}") => break,
                Kind::Mark | Kind::Comment => {}
                Kind::Word if matches!(word, "include" | "define") => break,
                Kind::Word if self.constants.contains_key(word) => {
                    self.secret.insert(word);
                }
                // What stands behind the second is its own.
                Kind::Word if announces(file, statement, at) => break,
                Kind::Word if is_key(file.word(&statement[0])) => cuts.extend(literal(file.text, token)),
                Kind::Word if line.contains(&token.range.start) || is_bytes(word) => {
                    cuts.push((token.range.clone(), QUOTED_MARK));
                }
                Kind::Word => break,
                Kind::Text => cuts.extend(literal(file.text, token)),
            }
        }
    }

    /// Takes away what follows an announcing word in a comment: its string, else the rest of the line. Tells up to
    /// where that is taken, as it was told what is taken already.
    fn remark(&mut self, file: &File<'t>, rest: &[Token], taken: usize, cuts: &mut Vec<Cut>) -> usize {
        let line = file.line(&rest[0]);
        let mut behind = rest[1..].iter().take_while(|token| token.range.start < line.end);
        let Some(first) = behind.find(|token| !matches!(file.word(token), "=" | ":")) else { return taken };
        let constant = self.constants.get_key_value(file.word(first)).map(|(name, _)| *name);
        self.secret.extend(constant);
        let start = match first.kind {
            Kind::Text => {
                self.value(file, &line, rest, cuts);
                (first.range.end + 1).min(line.end)
            }
            Kind::Mark if matches!(file.word(first), ";" | "{" | "}") => return taken,
            Kind::Mark | Kind::Word | Kind::Comment => first.range.start,
        };
        let end = rest.last().map_or(line.end, |last| last.range.end.min(line.end)).max(start);
        if start >= taken {
            cuts.extend(lines_of(file.text, start..end));
        }
        end.max(taken)
    }

    /// The secret constants, with all those of which they are made.
    fn all_secret_constants(self) -> BTreeSet<&'t str> {
        let suspicious = |name: &&&str| LABELS.iter().any(|label| name.to_ascii_lowercase().contains(label));
        let mut secret = self.secret;
        secret.extend(self.constants.keys().filter(suspicious));
        let mut open: Vec<&str> = secret.iter().copied().collect();
        while let Some(name) = open.pop() {
            let parts = self.constants.get(name).into_iter().flatten();
            open.extend(parts.filter(|part| self.constants.contains_key(*part) && secret.insert(part)));
        }
        secret
    }
}

/// Takes away comments on the line of a password: they like to hold the one before it.
fn remarks_beside(file: &File<'_>, line: &Range<usize>, cuts: &mut Vec<Cut>) {
    let first = file.code.partition_point(|token| token.range.start < line.start);
    let beside = file.code[first..].iter().take_while(|token| token.range.start < line.end);
    for comment in beside.filter(|token| token.kind == Kind::Comment) {
        cuts.extend(lines_of(file.text, comment.range.clone()));
    }
}

/// Whether the token is a word after which a secret stands.
fn announces(file: &File<'_>, tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| file.word(&tokens[before]));
    if tokens[at].kind != Kind::Word || before == "define" {
        return false;
    }
    // `remote public key "path"` and `bird private key "path"` name files.
    let word = file.word(&tokens[at]);
    is_label(word) || is_key(word) && !matches!(before, "public" | "private")
}

/// Whether a word announces a secret, in any case and within single quotes or the like.
fn is_label(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    LABELS.iter().any(|label| label.eq_ignore_ascii_case(bare))
}

/// `key "secret"` is `password "secret"` in BIRD's grammar, but a common word elsewhere.
fn is_key(word: &str) -> bool {
    word == "key"
}

/// The cut for a token that is a literal and so may be a secret.
fn literal(text: &str, token: &Token) -> Option<Cut> {
    match token.kind {
        // An empty string is no secret, and a mark in it would never settle.
        Kind::Text => (!token.range.is_empty()).then(|| (token.range.clone(), Blanked::MARK)),
        Kind::Word if is_bytes(&text[token.range.clone()]) => Some((token.range.clone(), QUOTED_MARK)),
        Kind::Word | Kind::Comment | Kind::Mark => None,
    }
}

/// Whether a word is a byte string: `hex:…`, or ten and more pairs of hexadecimal digits.
fn is_bytes(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    let others = word.bytes().any(|b| !b.is_ascii_hexdigit() && b != b':');
    word.starts_with("hex:") || digits >= 20 && !others
}

/// A cut for each line of a comment, leaving its delimiters, indentation and punctuation.
fn lines_of(text: &str, range: Range<usize>) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = range.start;
    for line in text[range].split_inclusive('\n') {
        let edge = |c: char| c.is_whitespace() || matches!(c, '#' | '*' | '/' | ';');
        let start = at + line.len() - line.trim_start_matches(edge).len();
        let end = at + line.trim_end_matches(edge).len();
        if start < end {
            cuts.push((start..end, Blanked::MARK));
        }
        at += line.len();
    }
    cuts
}

/// Cuts a range of a text into tokens; white space is dropped.
fn tokens(text: &str, range: Range<usize>) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = range.start;
    while let Some(c) = text[at..range.end].chars().next() {
        let rest = &text[at..range.end];
        let token = if c == '"' { string(rest) } else { plain(rest, c) };
        if let Some((kind, inner)) = &token {
            found.push(Token { kind: *kind, range: at + inner.start..at + inner.end });
        }
        let quote =
            usize::from(c == '"' && token.as_ref().is_some_and(|(_, r)| rest[r.end..].starts_with('"')));
        at += token.map_or(c.len_utf8(), |(_, inner)| inner.end + quote);
    }
    found
}

/// The string at the head of the text: to the next quote, or to the end of the line.
fn string(rest: &str) -> Option<(Kind, Range<usize>)> {
    let inner = &rest[1..];
    let end = inner.find(['"', '\n']).unwrap_or(inner.len());
    Some((Kind::Text, 1..1 + end))
}

/// The comment, word or punctuation at the head of the text; nothing for white space.
fn plain(rest: &str, c: char) -> Option<(Kind, Range<usize>)> {
    if c == '#' {
        return Some((Kind::Comment, 0..rest.find('\n').unwrap_or(rest.len())));
    }
    if let Some(inside) = rest.strip_prefix("/*") {
        return Some((Kind::Comment, 0..inside.find("*/").map_or(rest.len(), |end| end + 4)));
    }
    if c.is_whitespace() {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || "\"#;{}()[],=".contains(c)).unwrap_or(rest.len());
    let end = rest[..end].find("/*").unwrap_or(end);
    // `# password: …` is how people write it, although a colon may be a part of a word.
    let end = rest[..end].find(':').filter(|colon| is_label(&rest[..*colon])).unwrap_or(end);
    match end {
        0 => Some((Kind::Mark, 0..c.len_utf8())),
        _ => Some((Kind::Word, 0..end)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> String {
        Blanked::bird(&[text]).remove(0).as_str().to_owned()
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        let cases = [
            (r#"bgp { password "abc"; }"#, r#"bgp { password "(blanked)"; }"#),
            (
                r#"password "a" { id 1; algorithm hmac sha256; };"#,
                r#"password "(blanked)" { id 1; algorithm hmac sha256; };"#,
            ),
            (
                r#"passwords { password "a"; key "b" { id 2; }; };"#,
                r#"passwords { password "(blanked)"; key "(blanked)" { id 2; }; };"#,
            ),
            (
                r#"keys { key { id 1; secret "s"; preferred; }; };"#,
                r#"keys { key { id 1; secret "(blanked)"; preferred; }; };"#,
            ),
            ("password hex:0102;", "password \"(blanked)\";"),
            ("password 0123456789abcdef0123456789abcdef;", "password \"(blanked)\";"),
            ("password hunter2;", "password \"(blanked)\";"),
            ("password\n  \"abc\"\n;", "password\n  \"(blanked)\"\n;"),
            ("# password \"abc\"; # old", "# password \"(blanked)\"; # (blanked)"),
            ("/* Password: abc def\n next */", "/* Password: (blanked)\n next */"),
            ("password \"abc\"; # was xyz", "password \"(blanked)\"; # (blanked)"),
            ("bird private key \"/etc/id\";", "bird private key \"/etc/id\";"),
            (
                "description \"password of x\"; ipv4 { export none; };",
                "description \"password of x\"; ipv4 { export none; };",
            ),
            ("/* password \"abc */ x;", "/* password \"(blanked)*/ x;"),
            ("\"abc\"", "\"(blanked)\""),
            ("password \"abc", "password \"(blanked)"),
            ("define BGP_PASSWORD = \"abc\";", "define BGP_PASSWORD = \"(blanked)\";"),
        ];
        for (text, expected) in cases {
            assert_eq!(one(text), expected, "{text}");
        }
    }

    #[test]
    fn constants_are_followed_through_files() {
        let texts = [
            "define A = \"s3\";\ndefine B = A;\ndefine C = \"plain\";",
            "password B; # x\n#define B = \"older\";",
        ];
        let expected = [
            "define A = \"(blanked)\";\ndefine B = A;\ndefine C = \"plain\";",
            "password B; # (blanked)\n#define B = \"(blanked)\";",
        ];
        assert_eq!(blank(&texts), expected);
    }

    /// Statements in which `SECRET` stands where passwords stand in the wild.
    const PLACES: [&str; 9] = [
        "protocol bgp x { password \"SECRET\"; }",
        "password \"SECRET\" { algorithm hmac sha256; };",
        "interface \"eth0\" { authentication cryptographic; password \"SECRET\"; };",
        "  # password \"SECRET\";",
        "# the secret is SECRET",
        "/* password SECRET */",
        "define K = \"SECRET\";\npassword K;",
        "keys { key { secret \"SECRET\"; }; };",
        "password SECRET;",
    ];

    proptest! {
        #[test]
        fn no_secret_remains(
            secret in "[A-Za-z][A-Za-z0-9!$%&.+-]{11,30}",
            places in prop::collection::vec(0..PLACES.len(), 1..6),
        ) {
            let lines: Vec<String> = places.iter().map(|at| PLACES[*at].replace("SECRET", &secret)).collect();
            let text = format!("{}\n", lines.join("\n"));
            let blanked = one(&text);
            prop_assert!(!blanked.contains(&secret), "{}", blanked);
            prop_assert_eq!(one(&blanked), blanked.clone());
            prop_assert_eq!(blanked.lines().count(), text.lines().count());
        }

        /// Whatever the text: lines stay, blanking ends, and once is as good as twice.
        #[test]
        fn any_text_settles(
            texts in prop::collection::vec(
                "(password|secret|key|define |[A-C]|\"|#|/\\*|\\*/|[;{}=:()é]| |\n|x|hex:00|\\(blanked\\)){0,30}",
                1..3,
            ),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let once = Blanked::bird(&texts);
            let again: Vec<&str> = once.iter().map(Blanked::as_str).collect();
            prop_assert_eq!(&Blanked::bird(&again), &once, "{:?}", again);
            for (text, blanked) in texts.iter().zip(&once) {
                prop_assert_eq!(text.matches('\n').count(), blanked.as_str().matches('\n').count());
            }
        }
    }
}
