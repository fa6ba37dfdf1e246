//! `case`: the arm whose labels hold the value.

use std::cmp::Ordering;

use crate::bird::tree::{Arm, Expr};

use super::machine::{Flow, Frame, Machine, Stop};
use super::value::{Interval, Value};

impl<'a> Machine<'a> {
    /// Does the commands of the arm that matches, else of `else:`, else nothing.
    pub(super) fn case(&mut self, on: &Expr, arms: &[Arm], frame: &mut Frame<'a>) -> Result<Flow, Stop> {
        let value = self.term(on, frame)?;
        let mut chosen = None;
        for arm in arms {
            if !arm.is_else() && self.arm_matches(arm, &value)? {
                chosen = Some(arm);
                break;
            }
        }
        let Some(arm) = chosen.or_else(|| arms.iter().find(|arm| arm.is_else())) else {
            return Ok(Flow::Next);
        };
        let held = self.held();
        let flow = self.line(arm.span, |machine| machine.commands(&arm.commands, frame))?;
        self.rewind(held);
        Ok(flow)
    }

    fn arm_matches(&mut self, arm: &Arm, value: &Value) -> Result<bool, Stop> {
        for label in &arm.labels {
            if self.intervals(label)?.iter().any(|interval| holds(interval, value)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// As in a set's tree, what cannot be compared counts as within.
fn holds(interval: &Interval, value: &Value) -> bool {
    interval.from.compare(value) != Some(Ordering::Greater)
        && interval.to.compare(value) != Some(Ordering::Less)
}
