//! How rows about BIRD's channels tell a route that passes.

use super::Value;
use crate::evidence::{Evidence, Origin};
use crate::host::{Gate, Passed};
use crate::net::Family;
use crate::seen::Seen;

/// The words for the families of channels.
pub(super) const FAMILIES: &[&str] = &["ipv4", "ipv6"];

/// The word for a family.
pub(super) fn family(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}

/// Whether some route passes.
pub(super) fn flag<T>(answer: &Seen<T>) -> Seen<Value> {
    match answer {
        Seen::Known(_) => Seen::Known(Value::Flag(true)),
        Seen::Absent => Seen::Known(Value::Flag(false)),
        Seen::Unseen(why) => Seen::Unseen(why.clone()),
    }
}

/// The statement of the channel, then each route that passes with the lines that it takes.
pub(super) fn evidence(gate: &Gate, passed: &[Option<&Passed>]) -> Vec<Evidence> {
    let mut evidence = vec![gate.line.clone()];
    for passed in passed.iter().flatten() {
        let place = format!("a route that {} lets pass", gate.protocol);
        let witness = Evidence { origin: Origin::Predicted, place, text: passed.route.clone() };
        for piece in std::iter::once(witness).chain(passed.lines.iter().cloned()) {
            if !evidence.contains(&piece) {
                evidence.push(piece);
            }
        }
    }
    evidence
}

/// Names the channel among those of the node; the daemon's name only where it is not the usual one.
pub(super) fn key(gate: &Gate) -> String {
    let daemon = if gate.daemon == "bird" { String::new() } else { format!("{} ", gate.daemon) };
    format!("{daemon}{} {}", gate.protocol, gate.channel)
}
