//! Cause before symptom: a finding is the cause of others when, with it alone undone, they go.
//!
//! The test is counterfactual: the change that would undo a finding is made to a copy of the snapshot, the
//! copy is judged again, and what is no longer found was a symptom.

use std::collections::{BTreeMap, BTreeSet};

use crate::fib::{Fib, Flow};
use crate::finding::{Finding, FindingKey, Judgement, Verdict, judge};
use crate::host::{Change, Host, with};
use crate::rule::{Rule, Severity};

/// The most stories that are thought through on one node; each costs a judgement.
const MOST: usize = 16;

/// Findings with one culprit: one change undoes them all.
struct Candidate {
    first: FindingKey,
    severity: Severity,
    members: BTreeSet<FindingKey>,
    undo: Vec<Change>,
}

/// Names for each finding the one that causes it, where there is one, and puts causes first.
pub fn fold(host: &Host<'_>, rules: &[&Rule], judgement: &mut Judgement) {
    for candidate in candidates(&judgement.findings).into_iter().take(MOST) {
        explain(host, rules, &candidate, &mut judgement.findings);
    }
    order(&mut judgement.findings);
}

/// The stories among the violations, in the order of the findings.
fn candidates(findings: &[Finding]) -> Vec<Candidate> {
    let mut stories: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.verdict == Verdict::Violated) {
        let at = *stories.entry((&finding.key.rule, &finding.story.culprit)).or_insert(candidates.len());
        if at == candidates.len() {
            candidates.push(Candidate {
                first: finding.key.clone(),
                severity: finding.severity,
                members: BTreeSet::new(),
                undo: Vec::new(),
            });
        }
        candidates[at].members.insert(finding.key.clone());
        candidates[at].undo.extend(finding.story.undo.iter().cloned());
    }
    candidates.retain(|candidate| !candidate.undo.is_empty());
    candidates
}

/// Undoes a story and marks what goes with it.
fn explain(host: &Host<'_>, rules: &[&Rule], candidate: &Candidate, findings: &mut [Finding]) {
    let open = |finding: &Finding| {
        finding.because.is_none()
            && finding.verdict == Verdict::Violated
            && !candidate.members.contains(&finding.key)
            // What a plain mesh does without is no cause of what hurts it.
            && (candidate.severity > Severity::Note || finding.severity == Severity::Note)
    };
    // A symptom is not the cause of its own cause.
    let is_symptom =
        findings.iter().any(|finding| finding.key == candidate.first && finding.because.is_some());
    if is_symptom || !findings.iter().any(open) {
        return;
    }
    let affected: BTreeSet<&str> = findings.iter().filter(|f| open(f)).map(|f| f.key.rule.as_str()).collect();
    let rules = rules.iter().copied().filter(|rule| affected.contains(rule.id.as_str()));
    let snapshot = with(host.snapshot, &candidate.undo);
    let changed = host.changed(&snapshot);
    let left: BTreeSet<FindingKey> =
        judge(&changed, rules).findings.into_iter().map(|finding| finding.key).collect();
    let gone: Vec<FindingKey> = findings
        .iter()
        .filter(|finding| open(finding))
        .filter(|finding| !left.contains(&finding.key) || rests_elsewhere(host, &changed, finding))
        .map(|finding| finding.key.clone())
        .collect();
    for finding in findings.iter_mut().filter(|finding| gone.contains(&finding.key)) {
        finding.because = Some(candidate.first.clone());
    }
}

/// Whether a look-up on which an observation rests would have another fate.
fn rests_elsewhere(host: &Host<'_>, changed: &Host<'_>, finding: &Finding) -> bool {
    let way = |fib: &Fib<'_>, flow: &Flow, to| {
        let fate = fib.fate(flow, to);
        (fate.outcome, fib.exits(&fate))
    };
    finding.story.rests_on.iter().any(|(flow, to)| way(&host.fib, flow, *to) != way(&changed.fib, flow, *to))
}

/// Violations before the unproven, the gravest first, causes before their symptoms; else as found.
fn order(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| {
        (
            finding.verdict,
            std::cmp::Reverse(finding.severity),
            finding.because.is_some(),
            finding.allowed.is_some(),
        )
    });
}
