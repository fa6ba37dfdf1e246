//! Sets of ordered values: `[ 1, 2..5 ]`, `[ (65000, *) ]`; and the search tree that `~` walks.

use std::cmp::Ordering;

use super::Value;
use crate::bird::version::Version;

/// A closed interval of values of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// The lowest value.
    pub from: Value,
    /// The highest value; where it lies below `from` nothing matches.
    pub to: Value,
}

/// A set, sorted by the lower ends. Before 2.18 and 3.2 BIRD left overlapping intervals as they were, and its
/// search could miss values in them; so does this one.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Set {
    intervals: Vec<Interval>,
}

impl Set {
    /// The set of the intervals, as the version builds it (`build_tree` in `filter/tree.c`).
    pub fn new(intervals: Vec<Interval>, version: Version) -> Set {
        let sorted = sorted(intervals, |interval| interval);
        let merges = version.reaches((18, 0), (2, 0));
        Set { intervals: if merges { merged(sorted) } else { sorted } }
    }

    /// The intervals in order.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// The value whose type stands for the set's, that of the tree's root; `None` for `[]`.
    pub fn sample(&self) -> Option<&Interval> {
        self.intervals.get(self.intervals.len() / 2)
    }

    /// Whether the search finds the value.
    pub fn contains(&self, value: &Value) -> bool {
        found(&self.intervals, |interval| interval, value).is_some()
    }

    /// The set as BIRD prints it.
    pub fn text(&self, version: Version) -> String {
        let texts: Vec<String> = self.intervals.iter().map(|interval| interval.text(version)).collect();
        format!("[{}]", texts.join(", "))
    }
}

impl Interval {
    /// The interval of one value.
    pub fn one(value: Value) -> Interval {
        Interval { from: value.clone(), to: value }
    }

    fn text(&self, version: Version) -> String {
        match self.from.compare(&self.to) {
            Some(Ordering::Equal) => self.from.text(version),
            _ => format!("{}..{}", self.from.text(version), self.to.text(version)),
        }
    }
}

/// Finds a node of a tree that was built of these intervals. What cannot be compared counts as found, as in BIRD's
/// `find_tree`.
pub(in crate::bird::eval) fn found<'a, T>(
    nodes: &'a [T],
    interval: impl Fn(&T) -> &Interval,
    value: &Value,
) -> Option<&'a T> {
    let (mut low, mut high) = (0, nodes.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let Interval { from, to } = interval(&nodes[middle]);
        let below = from.compare(value);
        if below != Some(Ordering::Greater) && to.compare(value) != Some(Ordering::Less) {
            return Some(&nodes[middle]);
        }
        match below {
            Some(Ordering::Less) => low = middle + 1,
            Some(Ordering::Equal | Ordering::Greater) | None => high = middle,
        }
    }
    None
}

/// Sorts by lower ends; values that cannot be compared go before those that were there, as in `qsort`.
pub(in crate::bird::eval) fn sorted<T>(mut nodes: Vec<T>, interval: impl Fn(&T) -> &Interval) -> Vec<T> {
    let compare = |a: &T, b: &T| interval(a).from.compare(&interval(b).from);
    let mixed = nodes.windows(2).any(|pair| compare(&pair[0], &pair[1]).is_none());
    if !mixed {
        nodes.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
        return nodes;
    }
    let mut sorted: Vec<T> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let stays = |other: &T| matches!(compare(other, &node), Some(order) if order.is_le());
        let at = sorted.iter().rposition(stays).map_or(0, |last| last + 1);
        sorted.insert(at, node);
    }
    sorted
}

/// Joins intervals that overlap; those that only touch stay apart.
fn merged(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if last.to.compare(&interval.from) != Some(Ordering::Less) => {
                if interval.to.compare(&last.to) == Some(Ordering::Greater) {
                    last.to = interval.to;
                }
            }
            _ => merged.push(interval),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Version = Version::new(2, 0, 12);
    const NEW: Version = Version::new(2, 20, 0);

    fn set(ranges: &[(u32, u32)], version: Version) -> Set {
        let interval = |&(from, to): &(u32, u32)| Interval { from: Value::Int(from), to: Value::Int(to) };
        Set::new(ranges.iter().map(interval).collect(), version)
    }

    /// `birdc eval '50 ~ [1..100,2,3]'` says FALSE up to 2.17 and 3.1, TRUE after.
    #[test]
    fn overlapping_intervals_hide_values_from_old_versions() {
        let ranges = [(1, 100), (2, 2), (3, 3)];
        assert!(!set(&ranges, OLD).contains(&Value::Int(50)));
        assert!(set(&ranges, NEW).contains(&Value::Int(50)));
    }

    #[test]
    fn prints_as_the_version_builds_it() {
        assert_eq!(set(&[(1, 5), (3, 9), (10, 10)], NEW).text(NEW), "[1..9, 10]");
        assert_eq!(set(&[(5, 1), (3, 3), (3, 3)], OLD).text(OLD), "[3, 3, 5..1]");
    }
}
