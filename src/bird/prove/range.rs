//! Sets of numbers as ranges, and "no value" beside them: what a number, an address or a named value may be.

use std::sync::Arc;

/// A set of numbers, and whether there may be none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Numbers {
    /// Whether the attribute may be undefined.
    pub void: bool,
    /// Closed ranges, sorted, apart from each other; a set such as `(*, 1)` has tens of thousands, held once.
    ranges: Arc<[(u128, u128)]>,
}

impl Numbers {
    /// The numbers of closed ranges; those turned round are empty.
    pub(super) fn new(void: bool, ranges: impl IntoIterator<Item = (u128, u128)>) -> Numbers {
        let mut sorted: Vec<(u128, u128)> = ranges.into_iter().filter(|(a, b)| a <= b).collect();
        sorted.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Numbers { void, ranges: joined.into() }
    }

    /// The same numbers, with or without "no value".
    pub(super) fn with_void(self, void: bool) -> Numbers {
        Numbers { void, ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.void && self.ranges.is_empty()
    }

    /// Whether there is no number in it, "no value" apart.
    pub(super) fn has_no_number(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn contains(&self, number: u128) -> bool {
        let at = self.ranges.partition_point(|(_, last)| *last < number);
        self.ranges.get(at).is_some_and(|(first, _)| *first <= number)
    }

    /// How many ranges it takes to tell.
    pub(super) fn size(&self) -> usize {
        self.ranges.len()
    }

    /// The lowest number.
    pub(super) fn first(&self) -> Option<u128> {
        self.ranges.first().map(|(first, _)| *first)
    }

    /// The closed ranges, in order.
    pub(super) fn ranges(&self) -> &[(u128, u128)] {
        &self.ranges
    }

    /// The ends of every range.
    pub(super) fn ends(&self) -> impl Iterator<Item = u128> + '_ {
        self.ranges.iter().flat_map(|(first, last)| [*first, *last])
    }

    pub(super) fn and(&self, other: &Numbers) -> Numbers {
        let mut ranges = Vec::new();
        for (a, b) in self.ranges.iter() {
            let from = other.ranges.partition_point(|(_, last)| last < a);
            let near = other.ranges[from..].iter().take_while(|(first, _)| first <= b);
            ranges.extend(near.map(|(c, d)| (*a.max(c), *b.min(d))));
        }
        Numbers { void: self.void && other.void, ranges: ranges.into() }
    }

    /// What of this set the other lacks.
    pub(super) fn without(&self, other: &Numbers) -> Numbers {
        let mut ranges = Vec::new();
        for (first, last) in self.ranges.iter() {
            let mut next = Some(*first);
            let from = other.ranges.partition_point(|(_, b)| b < first);
            for (a, b) in other.ranges[from..].iter().take_while(|(a, _)| a <= last) {
                if let Some(from) = next.filter(|from| from < a) {
                    ranges.push((from, a - 1));
                }
                next = b.checked_add(1).filter(|after| after <= last);
            }
            ranges.extend(next.map(|from| (from, *last)));
        }
        Numbers { void: self.void && !other.void, ranges: ranges.into() }
    }

    pub(super) fn or(&self, other: &Numbers) -> Numbers {
        Numbers::new(self.void || other.void, self.ranges.iter().chain(other.ranges.iter()).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn algebra_agrees_with_membership(
            a in proptest::collection::vec((0u128..20, 0u128..20), 0..4),
            b in proptest::collection::vec((0u128..20, 0u128..20), 0..4),
            number in 0u128..20,
        ) {
            let (a, b) = (Numbers::new(false, a), Numbers::new(true, b));
            let (in_a, in_b) = (a.contains(number), b.contains(number));
            proptest::prop_assert_eq!(a.and(&b).contains(number), in_a && in_b);
            proptest::prop_assert_eq!(a.without(&b).contains(number), in_a && !in_b);
            proptest::prop_assert_eq!(a.or(&b).contains(number), in_a || in_b);
        }
    }
}
