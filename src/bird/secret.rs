//! Takes secrets out of what is shown of BIRD's language: lines, messages and values.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::text::{Blanked, Cut};

/// Where the secrets of files stand; found when something is to be shown, so that a valid file costs nothing.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    files: Vec<Vec<Cut>>,
    /// The secrets that are literals, and how bytes are printed.
    values: BTreeSet<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.values.len())
    }
}

impl Secrets {
    /// The secrets of all files of a configuration.
    pub(super) fn of(texts: &[&str]) -> Secrets {
        if !texts.iter().any(|text| announces(text)) {
            return Secrets::default();
        }
        let files = Blanked::bird_secrets(texts);
        let mut values = BTreeSet::new();
        for (text, cuts) in texts.iter().zip(&files) {
            for (range, mark) in cuts {
                let (before, value) = (&text[..range.start], &text[range.clone()]);
                let digits: String = value.trim_start_matches("hex:").replace(':', "");
                let is_bytes = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                if *mark == Blanked::MARK && before.ends_with('"') {
                    values.insert(value.to_owned());
                } else if is_bytes {
                    let pairs = digits.as_bytes().chunks(2).map(String::from_utf8_lossy);
                    values.insert(pairs.collect::<Vec<_>>().join(":").to_ascii_lowercase());
                    values.insert(value.to_owned());
                }
            }
        }
        Secrets { files, values }
    }

    /// A part of a file without its secrets.
    pub(super) fn shown(&self, file: usize, text: &str, part: Range<usize>) -> String {
        let mut shown = String::with_capacity(part.len());
        let mut at = part.start;
        for (range, mark) in self.within(file, &part) {
            shown.push_str(&text[at..range.start.max(at)]);
            shown.push_str(mark);
            at = range.end.min(part.end);
        }
        shown.push_str(&text[at..part.end]);
        blanked(&shown)
    }

    fn within(&self, file: usize, part: &Range<usize>) -> &[Cut] {
        let cuts = self.files.get(file).map_or(&[][..], Vec::as_slice);
        let from = cuts.partition_point(|(range, _)| range.end <= part.start);
        let to = cuts.partition_point(|(range, _)| range.start < part.end);
        &cuts[from..to.max(from)]
    }

    /// Whether a secret stands in a part of a file.
    pub(super) fn touches(&self, file: usize, part: &Range<usize>) -> bool {
        !self.within(file, part).is_empty()
    }

    /// A text that was made from values, without those that are secrets. A short one counts only as a whole word:
    /// else nothing could be read any more.
    pub(super) fn out_of_values(&self, text: &str) -> String {
        self.values.iter().rev().filter(|value| !value.is_empty()).fold(text.to_owned(), |text, value| {
            let mut result = String::with_capacity(text.len());
            let mut done = 0;
            for (at, _) in text.match_indices(value.as_str()) {
                let is_word = !text[..at].ends_with(char::is_alphanumeric)
                    && !text[at + value.len()..].starts_with(char::is_alphanumeric);
                if value.len() >= 4 || is_word {
                    result.push_str(&text[done..at]);
                    result.push_str(Blanked::MARK);
                    done = at + value.len();
                }
            }
            result + &text[done..]
        })
    }

    /// A message without the secrets that it quotes.
    pub(super) fn out_of_quotes(&self, message: &str) -> String {
        let parts = message.split('`').enumerate().map(|(number, part)| {
            let bare = part.trim_matches('"');
            match number % 2 == 1 && self.values.contains(bare) {
                true => part.replace(bare, Blanked::MARK),
                false => part.to_owned(),
            }
        });
        blanked(&parts.collect::<Vec<_>>().join("`"))
    }
}

/// Whether any word stands there behind which a secret may be.
fn announces(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts = |at: usize, word: &str| {
        bytes.get(at..at + word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let at_word = |at: usize| ["pass", "secret", "psk", "key"].iter().any(|word| starts(at, word));
    (0..bytes.len()).any(|at| matches!(bytes[at] | 0x20, b'p' | b's' | b'k') && at_word(at))
}

/// The words behind which a text is a secret.
const WORDS: [&str; 3] = ["password", "key", "secret"];

/// The line with the text behind `password`, `key` or `secret` taken out. The quotes stay. A text that is not
/// closed on the line is taken out to its end.
pub(super) fn blanked(line: &str) -> String {
    let mut result = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(open) = rest.find('"') {
        let (before, behind) = rest.split_at(open + 1);
        let close = behind.find('"');
        let text = &behind[..close.unwrap_or(behind.len())];
        result.push_str(before);
        result.push_str(if names_secret(&before[..open]) { Blanked::MARK } else { text });
        if close.is_some() {
            result.push('"');
        }
        rest = close.map_or("", |close| &behind[close + 1..]);
    }
    result.push_str(rest);
    result
}

/// Whether what stands in front of a text says that it is a secret: `password`, `define BGP_PASSWORD =`.
fn names_secret(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t', '=']).to_ascii_lowercase();
    WORDS.iter().any(|word| before.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_their_quotes_stay() {
        assert_eq!(blanked("  password \"hunter2\"; # x"), "  password \"(blanked)\"; # x");
        assert_eq!(
            blanked("key \"a\" { }; password \"b\";"),
            "key \"(blanked)\" { }; password \"(blanked)\";"
        );
        assert_eq!(blanked("password \"open"), "password \"(blanked)");
        assert_eq!(blanked("define BGP_PASSWORD = \"x\";"), "define BGP_PASSWORD = \"(blanked)\";");
        assert_eq!(blanked("description \"the key\";"), "description \"the key\";");
    }
}
