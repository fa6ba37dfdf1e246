//! AS paths: their segments, and what the filter language does with them (`nest/a-path.c`).

use std::cmp::Ordering;

/// The kind of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKind {
    /// An `AS_SET`, in any order.
    Set,
    /// An `AS_SEQUENCE`.
    Sequence,
    /// An `AS_CONFED_SEQUENCE`.
    ConfedSequence,
    /// An `AS_CONFED_SET`.
    ConfedSet,
}

impl SegmentKind {
    /// Whether its members have no order.
    pub fn is_set(self) -> bool {
        matches!(self, SegmentKind::Set | SegmentKind::ConfedSet)
    }
}

/// A run of AS numbers of one kind, 255 at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The kind.
    pub kind: SegmentKind,
    /// The AS numbers, never none.
    pub asns: Vec<u32>,
}

/// An AS path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The segments, the nearest AS first.
    pub segments: Vec<Segment>,
}

impl Path {
    /// A path that is one sequence.
    pub fn sequence(asns: impl IntoIterator<Item = u32>) -> Path {
        let asns: Vec<u32> = asns.into_iter().collect();
        let chunks = asns.chunks(255);
        let segment = |asns: &[u32]| Segment { kind: SegmentKind::Sequence, asns: asns.to_vec() };
        Path { segments: chunks.map(segment).collect() }
    }

    /// Every AS number in order, members of sets too.
    pub fn asns(&self) -> impl Iterator<Item = u32> + '_ {
        self.segments.iter().flat_map(|segment| segment.asns.iter().copied())
    }

    /// With an AS number before it.
    pub fn prepended(&self, asn: u32) -> Path {
        let mut path = self.clone();
        match path.segments.first_mut() {
            Some(first) if first.kind == SegmentKind::Sequence && first.asns.len() < 255 => {
                first.asns.insert(0, asn);
            }
            _ => path.segments.insert(0, Segment { kind: SegmentKind::Sequence, asns: vec![asn] }),
        }
        path
    }

    /// The length as BGP counts it: a set is one, confederation segments are none.
    pub fn length(&self) -> u32 {
        let of = |segment: &Segment| match segment.kind {
            SegmentKind::Set => 1,
            SegmentKind::Sequence => segment.asns.len() as u32,
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => 0,
        };
        self.segments.iter().map(of).sum()
    }

    /// The first AS number; zero unless the path begins with a sequence.
    pub fn first(&self) -> u32 {
        let first = self.segments.first().filter(|segment| segment.kind == SegmentKind::Sequence);
        first.and_then(|segment| segment.asns.first().copied()).unwrap_or(0)
    }

    /// The last AS number; zero where the path ends in a set.
    pub fn last(&self) -> u32 {
        let last = self.segments.last().filter(|segment| !segment.kind.is_set());
        last.and_then(|segment| segment.asns.last().copied()).unwrap_or(0)
    }

    /// The last AS number before the first set; zero where there is none.
    pub fn last_nonaggregated(&self) -> u32 {
        let before = self.segments.iter().take_while(|segment| !segment.kind.is_set());
        before.last().and_then(|segment| segment.asns.last().copied()).unwrap_or(0)
    }

    /// The path whose last AS number is zero.
    pub(super) fn without_last(&self) -> Path {
        let mut path = self.clone();
        if let Some(last) = path.segments.last_mut().and_then(|segment| segment.asns.last_mut()) {
            *last = 0;
        }
        path
    }

    /// The path with only the AS numbers that are wanted; segments that become empty go.
    pub fn retained(&self, wanted: impl Fn(u32) -> bool) -> Path {
        let keep = |segment: &Segment| Segment {
            kind: segment.kind,
            asns: segment.asns.iter().copied().filter(|asn| wanted(*asn)).collect(),
        };
        let kept = self.segments.iter().map(keep).filter(|segment| !segment.asns.is_empty());
        Path { segments: kept.collect() }
    }

    /// BIRD's order since 2.13: AS number by AS number, whatever the segments. The shorter path goes on with its last
    /// number, or with zero where it has none, so that `1 1` equals `1` (`as_path_compare`).
    pub fn compare(&self, other: &Path) -> Ordering {
        let (mut mine, mut others) = (self.asns(), other.asns());
        let (mut left, mut right) = (0, 0);
        loop {
            let (next, others_next) = (mine.next(), others.next());
            if next.is_none() && others_next.is_none() {
                return Ordering::Equal;
            }
            left = next.unwrap_or(left);
            right = others_next.unwrap_or(right);
            if left != right {
                return left.cmp(&right);
            }
        }
    }

    /// The path as BIRD prints it, without the word before it.
    pub fn text(&self) -> String {
        let segments: Vec<String> = self.segments.iter().map(segment_text).collect();
        let text = segments.join(" ");
        if text.len() < 1000 { text } else { text[..988].to_owned() + "..." }
    }
}

fn segment_text(segment: &Segment) -> String {
    let asns: Vec<String> = segment.asns.iter().map(u32::to_string).collect();
    let inner = asns.join(" ");
    match segment.kind {
        SegmentKind::Set => format!("{{{inner}}}"),
        SegmentKind::Sequence => inner,
        SegmentKind::ConfedSequence => format!("({inner})"),
        SegmentKind::ConfedSet => format!("({{{inner}}})"),
    }
}
