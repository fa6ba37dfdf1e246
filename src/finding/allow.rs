//! Findings that intent accepts, with the reason and until a day, and exceptions that accept nothing.

use jiff::civil::Date;
use serde::Serialize;

use super::{Finding, Judgement, Outcome};
use crate::host::{Allow, Host, Intent};
use crate::snapshot::Snapshot;

/// An exception that accepts nothing, though all that it speaks of was judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StaleAllow {
    /// Where it stands: `routelint.toml:12`.
    pub place: String,
    /// What is the case and what to do, one sentence.
    pub sentence: String,
}

/// One node that was judged.
pub struct JudgedBy<'n> {
    /// What was meant.
    pub intent: &'n Intent,
    /// What was observed.
    pub snapshot: &'n Snapshot,
    /// What was found.
    pub judgement: &'n Judgement,
}

/// Marks the findings that intent accepts, as of the snapshot's day.
pub fn mark_allowed(host: &Host<'_>, judgement: &mut Judgement) {
    let allows = host.intent.map(|intent| intent.allow.as_slice()).unwrap_or_default();
    for finding in &mut judgement.findings {
        let accepting = allows.iter().find(|allow| accepts(host.snapshot, allow, finding));
        finding.allowed = accepting.map(|allow| allow.reason.clone());
    }
}

/// An exception with a last day holds only on snapshots that say they are not later.
fn accepts(snapshot: &Snapshot, allow: &Allow, finding: &Finding) -> bool {
    concerns(snapshot, allow, finding)
        && allow.until.is_none_or(|until| day(snapshot).is_some_and(|today| today <= until))
}

/// Whether an exception speaks of a finding, whatever the day.
fn concerns(snapshot: &Snapshot, allow: &Allow, finding: &Finding) -> bool {
    allow.rule == finding.key.rule
        && allow.node.as_ref().is_none_or(|node| *node == snapshot.node)
        && allow.row.as_ref().is_none_or(|row| *row == finding.key.row)
}

fn day(snapshot: &Snapshot) -> Option<Date> {
    snapshot.taken.map(|taken| taken.to_zoned_datetime(jiff::tz::TimeZone::UTC).date())
}

/// The exceptions that accept nothing on the nodes that were judged, sorted by place. Those of nodes or rules that were
/// not judged may accept something elsewhere.
pub fn stale_allows(nodes: &[JudgedBy<'_>], is_rule: impl Fn(&str) -> bool) -> Vec<StaleAllow> {
    let mut stale: Vec<StaleAllow> = Vec::new();
    for allow in nodes.iter().flat_map(|node| &node.intent.allow) {
        let said = if is_rule(&allow.rule) { staleness(nodes, allow) } else { Some(no_rule(allow)) };
        stale.extend(said.map(|sentence| StaleAllow { place: allow.place.clone(), sentence }));
    }
    stale.sort();
    stale.dedup();
    stale
}

fn no_rule(allow: &Allow) -> String {
    format!("allows `{}`, which is no rule; `routelint rules` lists them", allow.rule)
}

fn staleness(nodes: &[JudgedBy<'_>], allow: &Allow) -> Option<String> {
    let is_meant = |node: &&JudgedBy<'_>| {
        node.intent.allow.contains(allow)
            && allow.node.as_ref().is_none_or(|name| *name == node.snapshot.node)
    };
    let meant: Vec<&JudgedBy<'_>> = nodes.iter().filter(is_meant).collect();
    let concerned = |node: &&JudgedBy<'_>| {
        node.judgement.findings.iter().any(|finding| concerns(node.snapshot, allow, finding))
    };
    let whose = allow.node.as_ref().map(|node| format!(" on {node}")).unwrap_or_default();
    let rule = &allow.rule;
    match (meant.iter().any(concerned), allow.until) {
        (true, Some(until)) if meant.iter().any(|node| day(node.snapshot).is_some_and(|day| day > until)) => {
            Some(format!("allowed {rule}{whose} until {until}, which is over: mend it, or give it a new day"))
        }
        (true, _) => None,
        (false, _) if !is_whole(&meant, allow) || !meant.iter().all(|node| was_decided(node, allow)) => None,
        (false, _) => {
            Some(format!("allows {rule}{whose}, where nothing asks for it any more: delete the entry"))
        }
    }
}

/// Whether the rule was judged on a node, and nothing of it left open.
fn was_decided(node: &JudgedBy<'_>, allow: &Allow) -> bool {
    let is_it = |rule: &&super::RuleOutcome| rule.rule == allow.rule;
    let outcome = node.judgement.rules.iter().find(is_it).map(|rule| rule.outcome);
    matches!(outcome, Some(Outcome::Holds | Outcome::Violated))
}

/// Whether every node of which an exception speaks was judged.
fn is_whole(meant: &[&JudgedBy<'_>], allow: &Allow) -> bool {
    let judged = |name: &String| meant.iter().any(|node| node.snapshot.node == *name);
    match &allow.node {
        Some(node) => judged(node),
        None => meant.iter().all(|node| node.intent.nodes.keys().all(judged)),
    }
}
