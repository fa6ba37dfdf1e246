//! Fixtures with a token dropped, doubled, swapped or replaced: the reader says what `bird -p` says.
//!
//! `ROUTELINT_MUTATIONS` sets how many; a few hundred are made otherwise.

use std::io::Write as _;

use routelint::bird::{Files, check};

use crate::oracle;

/// A small generator of numbers (xorshift), so that a failure can be had again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// What replaces a token.
const REPLACEMENTS: [&str; 24] = [
    "5",
    "70000",
    "\"x\"",
    "10.0.0.0/8",
    "10.0.0.1",
    "2001:db8::/32",
    "true",
    "net",
    "bgp_path",
    "source",
    "(1,2)",
    "[1,2]",
    "static",
    "all",
    "none",
    "on",
    "bgp_community",
    "if",
    "accept;",
    "{",
    "}",
    ";",
    "int",
    "!",
];

/// Texts, comments, words, white space and single signs, which together make up the text.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = |c: char| c.is_ascii_alphanumeric() || "_.:/".contains(c);
        let end = match first {
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |at| at + 2),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c if class(c) => rest.find(|c: char| !class(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push(rest[..end.min(rest.len())].to_owned());
        rest = &rest[end.min(rest.len())..];
    }
    tokens
}

fn mutated(text: &str, numbers: &mut Numbers) -> String {
    let mut tokens = tokens(text);
    let counts = |token: &String| !token.trim().is_empty() && !token.starts_with('#');
    let places: Vec<usize> = (0..tokens.len()).filter(|at| counts(&tokens[*at])).collect();
    let pick = |numbers: &mut Numbers| places[numbers.below(places.len())];
    let (one, other) = (pick(numbers), pick(numbers));
    match numbers.below(5) {
        0 => tokens[one].clear(),
        1 => tokens[one] = format!("{0} {0}", tokens[one]),
        2 => tokens.swap(one, other),
        3 => tokens[one] = tokens[other].clone(),
        _ => tokens[one] = REPLACEMENTS[numbers.below(REPLACEMENTS.len())].to_owned(),
    }
    tokens.concat()
}

#[test]
fn the_reader_says_what_bird_says() {
    let birds = oracle::birds();
    if birds.is_empty() {
        return;
    }
    let count = std::env::var("ROUTELINT_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bird/ok");
    let mut texts: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut wrong = Vec::new();
    for _ in 0..count {
        let bird = &birds[numbers.below(birds.len())];
        let text = mutated(&texts[numbers.below(texts.len())], &mut numbers);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let Some(real) = bird.accepts(file.path()) else { continue };
        let said = check(&Files::Disk, file.path().to_str().unwrap(), bird.version).unwrap();
        if said.is_empty() != real {
            let first = said.first().map_or("nothing", |first| first.message.as_str());
            wrong.push(format!("bird {} accepts: {real}; the reader says: {first}\n{text}", bird.version));
        }
    }
    // One in five thousand is allowed for, which is more than was found: constants that only a daemon folds.
    assert!(wrong.len() * 5000 <= count, "{} of {count} disagree:\n{}", wrong.len(), wrong.join("\n---\n"));
}
