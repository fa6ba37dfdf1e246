//! Takes secrets out of lines of BIRD's language, for lines that are shown.

use crate::text::Blanked;

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
