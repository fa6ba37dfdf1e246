//! The spellings of which most of a file is made, read without the automaton: plain words, numbers and
//! addresses, texts, comments and single signs.
//!
//! It says nothing of its own: what it finds is what the expressions of [`Kind`] find, and where a longer or
//! another token may stand it finds nothing.

use super::Kind;

/// The token that a text begins with and its length, if it is one of the plain ones.
#[inline]
pub(super) fn token(text: &[u8]) -> Option<(Kind, usize)> {
    let second = text.get(1).copied().unwrap_or(0);
    let sign = match text.first()? {
        b'0'..=b'9' => return number(text),
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => return word(text),
        b'"' => return quoted(text),
        b'#' => return Some((Kind::Comment, length(text, |byte| byte != b'\n'))),
        b';' => Kind::Semicolon,
        b',' => Kind::Comma,
        b'(' => Kind::ParenOpen,
        b')' => Kind::ParenClose,
        b'{' => Kind::BraceOpen,
        b'}' => Kind::BraceClose,
        b']' => Kind::BracketClose,
        b'~' => Kind::Tilde,
        b'*' => Kind::Star,
        b'%' => Kind::Percent,
        b'[' if second != b'=' => Kind::BracketOpen,
        b'=' if second != b']' => Kind::Equal,
        b'/' if second != b'*' => Kind::Slash,
        b'+' if second != b'+' => Kind::Plus,
        b'-' if second != b'>' => Kind::Minus,
        b'.' if second != b'.' => Kind::Dot,
        _ => return None,
    };
    Some((sign, 1))
}

/// So many digits may be a byte string.
const BYTES: usize = 20;

fn number(text: &[u8]) -> Option<(Kind, usize)> {
    let digits = length(text, |byte| byte.is_ascii_digit());
    match text.get(digits) {
        Some(b'.') => ip4(text, digits),
        Some(b':') => ip6(text),
        Some(byte) if byte.is_ascii_hexdigit() => ip6(text),
        Some(byte) if byte.is_ascii_alphabetic() => None,
        _ if digits < BYTES => Some((Kind::Number, digits)),
        _ => None,
    }
}

/// Four numbers; with a colon behind them they are a route distinguisher.
fn ip4(text: &[u8], digits: usize) -> Option<(Kind, usize)> {
    let mut end = digits;
    for _ in 0..3 {
        let part = length(text.get(end + 1..)?, |byte| byte.is_ascii_digit());
        if text.get(end) != Some(&b'.') || part == 0 {
            return None;
        }
        end += 1 + part;
    }
    (text.get(end) != Some(&b':')).then_some((Kind::Ip4, end))
}

/// Digits and colons with `::` or with three colons and more; nine colons and more may be a byte string.
fn ip6(text: &[u8]) -> Option<(Kind, usize)> {
    let (mut colons, mut double, mut end) = (0, false, 0);
    while let Some(byte) = text.get(end)
        && (byte.is_ascii_hexdigit() || *byte == b':')
    {
        if *byte == b':' {
            colons += 1;
            double |= end > 0 && text[end - 1] == b':';
        }
        end += 1;
    }
    let whole = text.get(end) != Some(&b'.') && (colons == 2 && double || (3..9).contains(&colons));
    whole.then_some((Kind::Ip6, end))
}

fn word(text: &[u8]) -> Option<(Kind, usize)> {
    let letters = length(text, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_hex = text[0].is_ascii_hexdigit();
    match text.get(letters) {
        Some(b':') if is_hex => ip6(text),
        Some(b':') => None,
        _ if is_hex && letters >= BYTES => None,
        _ => Some((Kind::Word, letters)),
    }
}

fn quoted(text: &[u8]) -> Option<(Kind, usize)> {
    let inside = length(&text[1..], |byte| byte != b'"' && byte != b'\n');
    (text.get(1 + inside) == Some(&b'"')).then_some((Kind::Text, inside + 2))
}

#[inline]
fn length(text: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !belongs(*byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use logos::Logos;
    use proptest::prelude::*;

    use super::*;

    /// Pieces that make tokens which are nearly others.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[0-9a-fA-F]{1,4}",
            "[0-9]{1,3}",
            "[:.]",
            "::",
            "[0-9a-f]{2}(:[0-9a-f]{2}){8,10}",
            "[0-9a-f]{18,22}",
            "0x|hex:|else:|include|_|g",
            "[\"#'/*+=\\[\\]<>!&|~;, {}()\n-]",
        ];
        proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn what_it_finds_is_what_the_expressions_find(text in text()) {
            if let Some((kind, len)) = token(text.as_bytes()) {
                let mut lexer = Kind::lexer(&text);
                prop_assert_eq!(lexer.next(), Some(Ok(kind)), "{}", text);
                prop_assert_eq!(lexer.span(), 0..len, "{}", text);
            }
        }
    }
}
