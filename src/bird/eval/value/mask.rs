//! AS path masks: `[= * 65000 ? [1,2] 5..9 + =]`.

use std::fmt::Write as _;
use std::sync::Arc;

use super::path::Path;
use super::set::Set;
use crate::bird::version::Version;

/// An element of a mask, and whether it may repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskPart {
    /// What one AS number must be.
    pub kind: MaskKind,
    /// How many `+` stand after it: with any, one or more of it match; that `+ +` is no `+` only `=` sees.
    pub repeats: u32,
}

/// What an element of a mask matches.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskKind {
    /// `*`: any number of AS numbers.
    Any,
    /// `?`: one AS number.
    One,
    /// An AS number.
    Asn(u32),
    /// A range of AS numbers.
    Range(u32, u32),
    /// A set of AS numbers.
    Set(Arc<Set>),
}

/// A whole mask.
pub type Mask = Vec<MaskPart>;

/// A place in a path: one AS number, or a set that stands for any run of its members.
struct Position<'a> {
    asns: &'a [u32],
    is_set: bool,
}

/// Whether the path matches (`as_path_match` in `nest/a-path.c`): positions in the path are the states of an
/// automaton, the mask is its input.
pub fn matches(path: &Path, mask: &[MaskPart]) -> bool {
    let positions = positions(path);
    let mut marks = vec![false; positions.len() + 1];
    marks[0] = true;
    for part in mask {
        marks = match part.kind {
            MaskKind::Any => rest_of(&marks),
            _ => advance(&positions, &marks, part),
        };
        if !marks.contains(&true) {
            return false;
        }
    }
    marks[positions.len()]
}

fn positions(path: &Path) -> Vec<Position<'_>> {
    let mut positions = Vec::new();
    for segment in &path.segments {
        if segment.kind.is_set() {
            positions.push(Position { asns: &segment.asns, is_set: true });
        } else {
            positions.extend(segment.asns.chunks(1).map(|asns| Position { asns, is_set: false }));
        }
    }
    positions
}

/// Everything from the lowest mark on.
fn rest_of(marks: &[bool]) -> Vec<bool> {
    let lowest = marks.iter().position(|mark| *mark).unwrap_or(marks.len());
    (0..marks.len()).map(|at| at >= lowest).collect()
}

/// The marks after one element, taken once, or as often as brings new marks.
fn advance(positions: &[Position<'_>], marks: &[bool], part: &MaskPart) -> Vec<bool> {
    let reached = step(positions, marks, &part.kind);
    if part.repeats > 0 { closure(positions, reached, &part.kind) } else { reached }
}

/// The marks after any further number of the same element.
fn closure(positions: &[Position<'_>], mut reached: Vec<bool>, kind: &MaskKind) -> Vec<bool> {
    loop {
        let more = step(positions, &reached, kind);
        let joined: Vec<bool> = reached.iter().zip(&more).map(|(a, b)| *a || *b).collect();
        if joined == reached {
            return reached;
        }
        reached = joined;
    }
}

/// The marks after one AS number: a set stays where it is, and sets after the position may stand for nothing.
fn step(positions: &[Position<'_>], marks: &[bool], kind: &MaskKind) -> Vec<bool> {
    let mut next = vec![false; marks.len()];
    for (at, position) in positions.iter().enumerate() {
        if !marks[at] || !position.asns.iter().any(|asn| fits(kind, *asn)) {
            continue;
        }
        next[at] |= position.is_set;
        let skipped = positions[at + 1..].iter().take_while(|later| later.is_set).count();
        next[at + 1..=at + 1 + skipped].fill(true);
    }
    next
}

fn fits(kind: &MaskKind, asn: u32) -> bool {
    match kind {
        MaskKind::Any | MaskKind::One => true,
        MaskKind::Asn(wanted) => asn == *wanted,
        MaskKind::Range(from, to) => (*from..=*to).contains(&asn),
        MaskKind::Set(set) => set.contains(&super::Value::Int(asn)),
    }
}

/// The mask as BIRD prints it (`pm_format` in `filter/data.c`).
pub fn text(mask: &[MaskPart], version: Version) -> String {
    let mut text = "[= ".to_owned();
    for part in mask {
        // Writing to a string never fails.
        let _ = match &part.kind {
            MaskKind::Any => write!(text, "* "),
            MaskKind::One => write!(text, "? "),
            MaskKind::Asn(asn) => write!(text, "{asn} "),
            MaskKind::Range(from, to) => write!(text, "{from}..{to} "),
            MaskKind::Set(set) => write!(text, "{} ", set.text(version)),
        };
        if part.repeats > 0 {
            text.push_str("+ ");
        }
    }
    text + "=]"
}

#[cfg(test)]
mod tests {
    use super::super::path::{Segment, SegmentKind};
    use super::*;

    fn part(kind: MaskKind) -> MaskPart {
        MaskPart { kind, repeats: 0 }
    }

    /// A set in a path is any run of its members, though at the very start never an empty one.
    #[test]
    fn sets_stand_for_runs() {
        let set = Segment { kind: SegmentKind::Set, asns: vec![3, 4] };
        let mut path = Path::sequence([1, 2]);
        path.segments.push(set.clone());
        let head = [part(MaskKind::Asn(1)), part(MaskKind::Asn(2))];
        assert!(matches(&path, &head));
        let run = [MaskKind::Asn(1), MaskKind::Asn(2), MaskKind::Asn(4), MaskKind::Asn(3), MaskKind::Asn(4)];
        assert!(matches(&path, &run.map(part)));
        assert!(!matches(&Path { segments: vec![set] }, &[]));
    }
}
