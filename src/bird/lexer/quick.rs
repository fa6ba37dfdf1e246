//! The spellings of which most of a file is made, read without the automaton: plain words, numbers and
//! addresses, texts, comments and single signs.
//!
//! It says nothing of its own: what it finds is what the expressions of [`Kind`] find, and where a longer or
//! another token may stand it finds nothing.

use super::{Kind, beginning};
use crate::bird::literal::HEX;

/// The kind of a token, its length, and its worth.
type Head = (Kind, usize, u32);

/// How many bytes of blanks, line ends and comments to a line's end a text begins with.
#[inline]
pub(super) fn blanks(text: &[u8]) -> usize {
    let mut len = 0;
    while let Some(byte) = text.get(len) {
        match byte {
            b' ' | b'\n' | b'\t' => len += 1,
            b'#' => len += length(&text[len..], |byte| byte != b'\n'),
            _ => break,
        }
    }
    len
}

/// The token at the head of a text, if it is one of the plain ones.
#[inline]
pub(super) fn token(text: &[u8]) -> Option<Head> {
    let second = text.get(1).copied().unwrap_or(0);
    let kind = match text.first()? {
        b'0'..=b'9' => return number(text),
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => return word(text),
        b'"' => return quoted(text),
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
    plain(kind, 1)
}

/// A token without a value.
#[inline]
fn plain(kind: Kind, len: usize) -> Option<Head> {
    Some((kind, len, 0))
}

/// So many digits may be a byte string; fewer fit 64 bits.
const BYTES: usize = 20;

#[inline]
fn number(text: &[u8]) -> Option<Head> {
    let (len, value) = digits(text)?;
    match text.get(len) {
        Some(b'.') => ip4(text),
        Some(b':') => ip6(text),
        Some(byte) if byte.is_ascii_hexdigit() => ip6(text),
        Some(byte) if byte.is_ascii_alphabetic() => None,
        _ => Some((Kind::Number, len, u32::try_from(value).ok()?)),
    }
}

/// How many digits stand here and what they are worth; nothing where they may be too many.
#[inline]
fn digits(text: &[u8]) -> Option<(usize, u64)> {
    let (mut len, mut value) = (0, 0u64);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        len += 1;
    }
    (len < BYTES).then_some((len, value))
}

/// Four numbers; with a colon behind them they are a route distinguisher.
#[inline]
fn ip4(text: &[u8]) -> Option<Head> {
    let (mut address, mut part, mut digits, mut dots, mut end) = (0u32, 0u32, 0, 0, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' => (part, digits) = (part * 10 + u32::from(byte - b'0'), digits + 1),
            b'.' if digits > 0 && dots < 3 => {
                (address, part, digits, dots) = (address << 8 | part, 0, 0, dots + 1);
            }
            _ => break,
        }
        if part > 255 {
            return None;
        }
        end += 1;
    }
    let whole = dots == 3 && digits > 0 && text.get(end) != Some(&b':');
    whole.then_some((Kind::Ip4, end, address << 8 | part))
}

/// Digits and colons with `::` or with three colons and more; nine colons and more may be a byte string.
#[inline]
fn ip6(text: &[u8]) -> Option<Head> {
    let (mut colons, mut double, mut before, mut end) = (0, false, 0, 0);
    for byte in text {
        if is_hex(*byte) {
            before = 0;
        } else if *byte == b':' {
            colons += 1;
            double |= before == b':';
            before = b':';
        } else {
            break;
        }
        end += 1;
    }
    let whole = text.get(end) != Some(&b'.') && (colons == 2 && double || (3..9).contains(&colons));
    if whole { plain(Kind::Ip6, end) } else { None }
}

#[inline]
fn word(text: &[u8]) -> Option<Head> {
    let len = length(text, |byte| WORD[usize::from(byte)]);
    let is_hex = is_hex(text[0]);
    match text.get(len) {
        Some(b':') if is_hex => ip6(text),
        Some(b':') => None,
        _ if is_hex && len >= BYTES => None,
        _ => Some((Kind::Word, len, beginning(&text[..len]))),
    }
}

#[inline]
fn is_hex(byte: u8) -> bool {
    HEX[usize::from(byte)] < 16
}

/// Which bytes belong to a word.
const WORD: [bool; 256] = bytes(*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

const fn bytes<const N: usize>(members: [u8; N]) -> [bool; 256] {
    let mut belongs = [false; 256];
    let mut at = 0;
    while at < N {
        belongs[members[at] as usize] = true;
        at += 1;
    }
    belongs
}

#[inline]
fn quoted(text: &[u8]) -> Option<Head> {
    let inside = length(&text[1..], |byte| byte != b'"' && byte != b'\n');
    if text.get(1 + inside) == Some(&b'"') { plain(Kind::Text, inside + 2) } else { None }
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
            "0?[0-9]{8,11}",
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
            if let Some((kind, len, value)) = token(text.as_bytes()) {
                let mut lexer = Kind::lexer(&text);
                prop_assert_eq!(lexer.next(), Some(Ok(kind)), "{}", text);
                prop_assert_eq!(lexer.span(), 0..len, "{}", text);
                prop_assert_eq!(super::super::worth(kind, lexer.slice()), Ok(value), "{}", text);
            }
        }
    }
}
