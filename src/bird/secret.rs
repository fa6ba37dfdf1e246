//! Takes secrets out of lines of BIRD's language, for lines that are shown.

use crate::text::Blanked;

/// The words behind which a text is a secret.
const WORDS: [&str; 3] = ["password", "key", "secret"];

/// The line with the text behind `password`, `key` or `secret` taken out. The quotes stay. A text that is not
/// closed on the line is taken out to its end.
pub(super) fn blanked(line: &str) -> String {
    let mut result = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = next_secret(rest) {
        result.push_str(&rest[..at]);
        result.push_str(Blanked::MARK);
        let end = rest[at..].find('"').map_or(rest.len(), |end| at + end);
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}

/// Where the next secret begins, behind its opening quote.
fn next_secret(text: &str) -> Option<usize> {
    let small = text.to_ascii_lowercase();
    let found = WORDS.iter().flat_map(|word| small.match_indices(word).map(|(at, _)| at + word.len()));
    found.filter_map(|behind| quote_behind(text, behind)).min()
}

fn quote_behind(text: &str, behind: usize) -> Option<usize> {
    let rest = &text[behind..];
    // `define PASSWORD = "…"` is a secret as well.
    let gap = rest.len() - rest.trim_start_matches([' ', '\t', '=']).len();
    (gap + 1 < rest.len() && rest[gap..].starts_with('"')).then_some(behind + gap + 1)
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
