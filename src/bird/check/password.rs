//! What BIRD refuses of passwords and their algorithms, which each protocol takes in its own way.

use super::Check;
use crate::bird::files::Span;
use crate::bird::tree::{Argument, Item, ProtocolKind};

/// A password of an interface.
struct Password<'a> {
    /// The algorithm's words, if one was given.
    algorithm: Option<Vec<&'static str>>,
    /// How long the text is, where it stands there as it is.
    length: Option<usize>,
    item: &'a Item,
}

impl<'t> Check<'t> {
    /// The passwords among the options of an interface or of a block.
    pub(super) fn passwords(&mut self, kind: ProtocolKind, options: &[Item]) {
        let all = passwords(options);
        let scheme = options.iter().rfind(|item| item.name == "authentication");
        let is = |word: &str| scheme.is_some_and(|item| item.has_word(word));
        for password in &all {
            self.length(password);
            let Some(algorithm) = &password.algorithm else { continue };
            let refused = match kind {
                ProtocolKind::Bfd | ProtocolKind::Bgp => Some("BFD has the algorithm in `authentication`"),
                ProtocolKind::Rip | ProtocolKind::RipNg if !is("cryptographic") && !is("md5") => {
                    Some("an `algorithm` wants `authentication cryptographic`")
                }
                ProtocolKind::Ospf2 | ProtocolKind::Ospf3 if !is("cryptographic") => {
                    Some("an `algorithm` wants `authentication cryptographic`")
                }
                ProtocolKind::Ospf3 if algorithm.contains(&"keyed") || is_blake(algorithm) => {
                    Some("OSPF version 3 takes `hmac` algorithms only")
                }
                ProtocolKind::Babel if algorithm.contains(&"keyed") => {
                    Some("Babel takes `hmac` and `blake2` algorithms only")
                }
                _ => None,
            };
            if let Some(refused) = refused {
                self.refuse(password.item.span, refused);
            }
        }
        if kind == ProtocolKind::Babel && is("mac") == all.is_empty() {
            let span = options.iter().map(|item| item.span).reduce(Span::to).unwrap_or_default();
            self.refuse(span, "`authentication mac` and a password go together");
        }
    }

    /// Blake2 takes keys of 32 bytes, or of 64.
    fn length(&mut self, password: &Password<'_>) {
        let Some(algorithm) = password.algorithm.as_ref().filter(|algorithm| is_blake(algorithm)) else {
            return;
        };
        let most = if algorithm[0].starts_with("blake2s") { 32 } else { 64 };
        if password.length.is_some_and(|length| length > most) {
            self.refuse(password.item.span, format!("this algorithm takes {most} bytes at most"));
        }
    }
}

fn is_blake(algorithm: &[&str]) -> bool {
    algorithm.first().is_some_and(|word| word.starts_with("blake2"))
}

/// `password …`, `key …` and those within `passwords { … }`.
fn passwords(options: &[Item]) -> Vec<Password<'_>> {
    let lists = options.iter().filter(|item| item.name == "passwords");
    let inner = lists.flat_map(|item| item.block().unwrap_or(&[]));
    options.iter().chain(inner).filter(|item| matches!(item.name, "password" | "key")).map(password).collect()
}

fn password(item: &Item) -> Password<'_> {
    let options = item.block().unwrap_or(&[]);
    let words = |item: &Item| {
        item.arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::Word(word, _) => Some(*word),
                _ => None,
            })
            .collect()
    };
    Password {
        algorithm: options.iter().rfind(|option| option.name == "algorithm").map(words),
        length: item.secret_length(),
        item,
    }
}

impl Item {
    /// How many bytes the secret among the arguments had, where that is plain.
    pub(super) fn secret_length(&self) -> Option<usize> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Secret(_, length) => *length,
            _ => None,
        })
    }
}
