//! Configuration text whose secrets are gone: the only form in which it is kept.

mod bird;
mod wg_quick;

use std::fmt;
use std::ops::Range;

/// Text without secrets. Each secret was replaced by [`Blanked::MARK`]; nothing else was changed.
///
/// There is no way to make one but the constructors here, each of which knows one language's secrets.
/// Blanking a blanked text changes nothing, and no line is added, removed or joined.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Blanked(String);

impl Blanked {
    /// What stands where a secret was.
    pub const MARK: &'static str = "(blanked)";

    /// Blanks one wg-quick file: the values of `PrivateKey`, `PresharedKey` and of keys that wg-quick does
    /// not know, and whatever looks like a WireGuard key but is no `PublicKey` of this file.
    ///
    /// Comments and commands are searched too. What a command hides otherwise (`curl -u me:word`) stays.
    pub fn wg_quick(text: &str) -> Blanked {
        let pass = |texts: &[&str]| texts.iter().map(|text| wg_quick::blank(text)).collect();
        settle(&[text], pass).pop().unwrap_or_default()
    }

    /// Blanks all files of one BIRD daemon at once, because a password may be a constant of another file.
    ///
    /// Gone is what follows `password`, `secret` and `key`, every constant used there, and comments that
    /// speak of a password. The texts come back in the order in which they were given.
    pub fn bird(texts: &[&str]) -> Vec<Blanked> {
        settle(texts, bird::blank)
    }

    /// Where the secrets of one daemon's files stand, as [`Blanked::bird`] finds them, and what shall stand there: in
    /// order, and none within another.
    pub(crate) fn bird_secrets(texts: &[&str]) -> Vec<Vec<Cut>> {
        let mut all = bird::cuts(texts);
        for cuts in &mut all {
            in_order(cuts);
            cuts.dedup_by(|(next, _), (before, _)| {
                let overlaps = next.start < before.end;
                before.end = if overlaps { before.end.max(next.end) } else { before.end };
                overlaps
            });
        }
        all
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Blanked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blanked({} bytes)", self.0.len())
    }
}

/// Blanks until nothing changes: what was blanked may have defined a name that another place relies on.
///
/// A pass that changes anything takes away something that was no mark, so that this ends.
fn settle(texts: &[&str], pass: impl Fn(&[&str]) -> Vec<String>) -> Vec<Blanked> {
    let mut settled = pass(texts);
    loop {
        let next = pass(&settled.iter().map(String::as_str).collect::<Vec<_>>());
        if next == settled {
            return next.into_iter().map(Blanked).collect();
        }
        settled = next;
    }
}

/// The words after which a comment's text is taken for a secret.
const LABELS: [&str; 8] =
    ["password", "passwords", "passwd", "passphrase", "secret", "psk", "privatekey", "presharedkey"];

/// A range of a text and what shall stand there.
pub(crate) type Cut = (Range<usize>, &'static str);

fn in_order(cuts: &mut [Cut]) {
    cuts.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
}

/// Replaces the ranges, which may come in any order and may overlap, by what stands beside them.
fn cut_out(text: &str, mut cuts: Vec<Cut>) -> String {
    in_order(&mut cuts);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, mark) in cuts {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(mark);
        }
        at = at.max(range.end);
    }
    out.push_str(&text[at..]);
    out
}
