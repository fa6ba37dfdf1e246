//! Findings that intent accepts, with the reason and until a day.

use super::{Finding, Judgement};
use crate::host::{Allow, Host};

/// Marks the findings that intent accepts, as of the snapshot's day.
pub fn mark_allowed(host: &Host<'_>, judgement: &mut Judgement) {
    let allows = host.intent.map(|intent| intent.allow.as_slice()).unwrap_or_default();
    for finding in &mut judgement.findings {
        let accepting = allows.iter().find(|allow| accepts(host, allow, finding));
        finding.allowed = accepting.map(|allow| allow.reason.clone());
    }
}

/// An exception with a last day holds only on snapshots that say they are not later.
fn accepts(host: &Host<'_>, allow: &Allow, finding: &Finding) -> bool {
    let today = host.snapshot.taken.map(|taken| taken.to_zoned_datetime(jiff::tz::TimeZone::UTC).date());
    allow.rule == finding.key.rule
        && allow.node.as_ref().is_none_or(|node| *node == host.snapshot.node)
        && allow.row.as_ref().is_none_or(|row| *row == finding.key.row)
        && allow.until.is_none_or(|until| today.is_some_and(|today| today <= until))
}
