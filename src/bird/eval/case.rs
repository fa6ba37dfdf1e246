//! `case`: the arm whose labels hold the value.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::bird::tree::{Arm, Expr};

use super::Interpreter;
use super::code::Compiler;
use super::machine::{Flow, Frame, Machine, Stop};
use super::value::set::{found, sorted};
use super::value::{Interval, Value};

/// A label and the number of the arm behind it.
type Node = (Interval, usize);

/// The labels of a `case`; `else:` is no value, which is less than any.
#[derive(Debug)]
pub(super) struct Labels {
    written: Vec<Node>,
    /// As `build_tree` orders them.
    sorted: Vec<Node>,
    /// Whether the arm depends on the value alone, and not on how the tree happens to be built.
    apart: bool,
}

impl Labels {
    /// The labels of the arms.
    pub(super) fn of(machine: &mut Machine<'_>, arms: &[Arm]) -> Result<Labels, Stop> {
        let mut written = Vec::new();
        for (at, arm) in arms.iter().enumerate() {
            if arm.is_else() {
                written.push((Interval::one(Value::Void), at));
            }
            for label in &arm.labels {
                written.extend(machine.intervals(label)?.into_iter().map(|interval| (interval, at)));
            }
        }
        let sorted = sorted(written.clone(), |node| &node.0);
        let apart = !sorted.windows(2).any(overlap);
        Ok(Labels { written, sorted, apart })
    }

    /// The arm of a value that is computed: the search misses, and is misled, where intervals overlap.
    fn search(&self, value: &Value) -> Option<usize> {
        let at = |value: &Value| found(&self.sorted, |node| &node.0, value).map(|node| node.1);
        at(value).or_else(|| at(&Value::Void))
    }

    /// The arm of a value that is known when the file is read: the first in the order of writing.
    pub(super) fn first(&self, value: &Value) -> Option<usize> {
        let at = |value: &Value| {
            let mut nodes = self.written.iter();
            nodes.find(|node| found(std::slice::from_ref(&node.0), |label| label, value).is_some())
        };
        at(value).or_else(|| at(&Value::Void)).map(|node| node.1)
    }

    /// Every label in the order of the tree, with its arm.
    pub(super) fn in_order(&self) -> &[Node] {
        &self.sorted
    }
}

/// Whether a label does not end before the next begins; labels of types that cannot be compared never do.
fn overlap(pair: &[Node]) -> bool {
    pair[0].0.to.compare(&pair[1].0.from) != Some(Ordering::Less)
}

impl Interpreter<'_> {
    /// The first arm, in the order of the tree, a label of which overlaps the one before.
    pub(crate) fn overlapping_arm<'t>(&self, arms: &'t [Arm]) -> Option<&'t Arm> {
        let labels = Machine::new(self, None, super::STEPS).labels(arms).ok()?;
        labels.sorted.windows(2).find(|pair| overlap(pair)).map(|pair| &arms[pair[1].1])
    }

    /// Whether no two labels of a `case` overlap.
    pub(crate) fn labels_are_apart(&self, arms: &[Arm]) -> bool {
        Machine::new(self, None, super::STEPS).labels(arms).is_ok_and(|labels| labels.apart)
    }

    /// Whether a term's value is known when the file is read.
    pub(crate) fn is_known(&self, term: &Expr) -> bool {
        Compiler { program: self, routine: None }.folded(term).is_some()
    }
}

impl<'a> Machine<'a> {
    /// Does the commands of the arm that matches, else of `else:`, else nothing.
    pub(super) fn case(&mut self, on: &Expr, arms: &[Arm], frame: &mut Frame<'a>) -> Result<Flow, Stop> {
        let value = self.term(on, frame)?;
        let labels = self.labels(arms)?;
        let chosen =
            if labels.apart || !self.is_known(on) { labels.search(&value) } else { labels.first(&value) };
        let Some(arm) = chosen.map(|at| &arms[at]) else { return Ok(Flow::Next) };
        let (held, places) = (self.held(), frame.places);
        let flow = self.line(arm.span, |machine| machine.commands(&arm.commands, frame))?;
        self.rewind(held);
        self.leave(places, on, frame);
        Ok(flow)
    }

    /// Whether the value of a term that chooses among commands is known when the file is read; asked once for each.
    pub(super) fn is_known(&self, term: &Expr) -> bool {
        let key = std::ptr::from_ref(term) as usize;
        if let Some(known) = super::lock(&self.program.known).get(&key) {
            return *known;
        }
        let known = self.program.is_known(term);
        super::lock(&self.program.known).insert(key, known);
        known
    }

    fn labels(&mut self, arms: &[Arm]) -> Result<Arc<Labels>, Stop> {
        let key = arms.as_ptr() as usize;
        if let Some(labels) = super::lock(&self.program.cases).get(&key) {
            return Ok(labels.clone());
        }
        let labels = Arc::new(Labels::of(self, arms)?);
        super::lock(&self.program.cases).insert(key, labels.clone());
        Ok(labels)
    }
}
