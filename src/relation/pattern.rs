//! Patterns over the rows of a relation: the only language that rules have.

use ipnet::IpNet;

use super::Value;
use crate::host::Host;
use crate::net::{AddressRange, prefixes_of};
use crate::seen::{Seen, Truth, Unseen};

/// What a field of a row must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of the values.
    OneOf(Vec<Value>),
    /// None of the values; a row that has no such field passes.
    Not(Vec<Value>),
    /// A number at least this large.
    Min(u64),
    /// A number at most this large.
    Max(u64),
    /// Every address lies in the named set.
    Within(String),
    /// No address lies in the named set.
    Outside(String),
    /// Every address of the named set lies in the field.
    Covers(String),
}

/// A conjunction of tests, each on the field with a number in the relation's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// The tests; all must pass.
    pub tests: Vec<(usize, Test)>,
}

impl Pattern {
    /// Orders the tests as the relation orders its fields: what is costly to know is asked last.
    pub fn cheapest_first(&mut self) {
        self.tests.sort_by_key(|(field, _)| *field);
    }

    /// Whether a row matches; `field` gives the row's value by the field's number.
    ///
    /// Three-valued: a test on what was not seen is unknown, and one false settles the conjunction.
    pub fn matches(&self, host: &Host<'_>, field: impl Fn(usize) -> Seen<Value>) -> Truth {
        let mut truth = Truth::True;
        for (number, test) in &self.tests {
            truth = truth.and(test.passes(host, &field(*number)));
            if truth == Truth::False {
                return truth;
            }
        }
        truth
    }
}

impl Test {
    /// Whether a value passes.
    fn passes(&self, host: &Host<'_>, value: &Seen<Value>) -> Truth {
        match value {
            Seen::Known(value) => self.passes_known(host, value),
            Seen::Absent => Truth::from(matches!(self, Test::Not(_) | Test::Outside(_))),
            Seen::Unseen(why) => Truth::Unknown(why.clone()),
        }
    }

    fn passes_known(&self, host: &Host<'_>, value: &Value) -> Truth {
        match self {
            Test::OneOf(options) => Truth::from(options.iter().any(|option| value.is_or_holds(option))),
            Test::Not(options) => Truth::from(!options.iter().any(|option| value.is_or_holds(option))),
            Test::Min(least) => Truth::from(matches!(value, Value::Number(number) if number >= least)),
            Test::Max(most) => Truth::from(matches!(value, Value::Number(number) if number <= most)),
            Test::Within(set) => in_set(host, set, |set| uncovered(&value.ranges(), set).is_empty()),
            Test::Outside(set) => in_set(host, set, |set| disjoint(&value.ranges(), set)),
            Test::Covers(set) => in_set(host, set, |set| uncovered(set, &value.ranges()).is_empty()),
        }
    }
}

/// Decides against a named set, which may be unknown on this node.
fn in_set(host: &Host<'_>, name: &str, decide: impl Fn(&[AddressRange]) -> bool) -> Truth {
    match host.set(name) {
        Seen::Known(prefixes) => Truth::from(decide(&ranges(&prefixes))),
        Seen::Absent => Truth::Unknown(Unseen::new(
            format!("the set `{name}` is not known on this node"),
            "write it in routelint.toml (`routelint init` prints a start)",
        )),
        Seen::Unseen(why) => Truth::Unknown(why),
    }
}

fn ranges(prefixes: &[IpNet]) -> Vec<AddressRange> {
    prefixes.iter().map(|prefix| AddressRange::of(*prefix)).collect()
}

fn disjoint(ranges: &[AddressRange], set: &[AddressRange]) -> bool {
    ranges.iter().all(|range| set.iter().all(|held| held.intersection(range).is_none()))
}

/// The prefixes of `ranges` that `set` does not hold.
fn uncovered(ranges: &[AddressRange], set: &[AddressRange]) -> Vec<IpNet> {
    let mut left = ranges.to_vec();
    for held in set {
        left = left.iter().flat_map(|range| range.without(held)).collect();
    }
    prefixes_of(&left)
}
