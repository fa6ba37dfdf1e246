//! `case`: the arm whose labels hold the value.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::bird::tree::{Arm, Expr, Type};

use super::Interpreter;
use super::code::Compiler;
use super::machine::{Flow, Frame, Machine, Stop};
use super::value::set::{found, sorted};
use super::value::{Interval, Value};

/// A label and the number of the arm behind it.
type Node = (Interval, usize);

/// The labels of a `case`; `else:` is no value, which is less than any.
#[derive(Debug)]
pub(crate) struct Labels {
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

    /// The type of the last label, `None` where there is only `else:`.
    pub(crate) fn ty(&self) -> Option<Type> {
        self.sorted.last().map(|(interval, _)| interval.from.ty()).filter(|ty| *ty != Type::Void)
    }

    /// Whether a value compares with no label, as one of another type does: then the type alone decides.
    pub(crate) fn are_alien(&self, value: &Value) -> bool {
        let ends = self.sorted.iter().flat_map(|(interval, _)| [&interval.from, &interval.to]);
        ends.filter(|end| !matches!(end, Value::Void)).all(|end| end.compare(value).is_none())
    }

    /// Every label in the order of the tree, with its arm.
    pub(crate) fn in_order(&self) -> &[Node] {
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
        let labels = self.labels(arms)?;
        labels.sorted.windows(2).find(|pair| overlap(pair)).map(|pair| &arms[pair[1].1])
    }

    /// The labels of a `case`, `None` where they could not be read.
    pub(crate) fn labels(&self, arms: &[Arm]) -> Option<Arc<Labels>> {
        Machine::new(self, None, super::STEPS).labels(arms).ok()
    }

    /// The arm that a value chooses, if it chooses one.
    pub(crate) fn arm_of(&self, on: &Expr, labels: &Labels, value: &Value) -> Option<usize> {
        Machine::new(self, None, super::STEPS).arm_of(on, labels, value)
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
        let Some(arm) = self.arm_of(on, &labels, &value).map(|at| &arms[at]) else { return Ok(Flow::Next) };
        let (held, places) = (self.held(), frame.places);
        let flow = self.line(arm.span, |machine| machine.commands(&arm.commands, frame))?;
        self.rewind(held);
        self.leave(places, on, frame);
        Ok(flow)
    }

    fn arm_of(&self, on: &Expr, labels: &Labels, value: &Value) -> Option<usize> {
        if labels.apart || !self.is_known(on) { labels.search(value) } else { labels.first(value) }
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
