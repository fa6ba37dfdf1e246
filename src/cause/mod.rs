//! Cause before symptom: a finding is the cause of others when, with it alone undone, they go.
//!
//! The test is counterfactual: the change that would undo a finding is made to a copy of the snapshot, the
//! copy is judged again, and what is no longer found was a symptom.

use std::collections::{BTreeMap, BTreeSet};

use crate::fib::{Fib, Flow};
use crate::finding::{Finding, FindingKey, Judgement, Verdict, judge};
use crate::host::{Host, with};
use crate::rule::{Rule, Severity};

/// The most stories that are thought through on one node; each costs a judgement.
const MOST: usize = 16;

/// Findings with one culprit, by place: one change undoes them all.
struct Candidate {
    first: usize,
    members: BTreeSet<usize>,
}

/// Names for each finding the one that causes it, where there is one, and puts causes first.
pub fn fold(host: &Host<'_>, rules: &[&Rule], judgement: &mut Judgement) {
    for candidate in candidates(&judgement.findings).into_iter().take(MOST) {
        let cause = judgement.findings[candidate.first].key.clone();
        for at in symptoms(host, rules, &candidate, &judgement.findings) {
            judgement.findings[at].because = Some(cause.clone());
        }
    }
    order(&mut judgement.findings);
}

/// The stories among the violations that a change would undo, in the order of the findings.
fn candidates(findings: &[Finding]) -> Vec<Candidate> {
    let mut stories: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    let violations = findings.iter().enumerate().filter(|(_, finding)| finding.verdict == Verdict::Violated);
    for (first, finding) in violations {
        let at = *stories.entry(story(finding)).or_insert(candidates.len());
        if at == candidates.len() {
            candidates.push(Candidate { first, members: BTreeSet::new() });
        }
        candidates[at].members.insert(first);
    }
    let undone =
        |candidate: &Candidate| candidate.members.iter().any(|at| !findings[*at].story.undo.is_empty());
    candidates.retain(undone);
    candidates
}

/// Undoes a story and finds what goes with it.
fn symptoms(host: &Host<'_>, rules: &[&Rule], candidate: &Candidate, findings: &[Finding]) -> Vec<usize> {
    let is_note = findings[candidate.first].severity == Severity::Note;
    let is_open = |(at, finding): &(usize, &Finding)| {
        finding.because.is_none()
            && finding.verdict == Verdict::Violated
            && !candidate.members.contains(at)
            // What a plain mesh does without is no cause of what hurts it.
            && (!is_note || finding.severity == Severity::Note)
    };
    let open = || findings.iter().enumerate().filter(is_open);
    let affected: BTreeSet<&str> = open().map(|(_, finding)| finding.key.rule.as_str()).collect();
    // A symptom is not the cause of its own cause.
    if affected.is_empty() || findings[candidate.first].because.is_some() {
        return Vec::new();
    }
    let rules = rules.iter().copied().filter(|rule| affected.contains(rule.id.as_str()));
    let snapshot = with(host.snapshot, candidate.members.iter().flat_map(|at| &findings[*at].story.undo));
    let changed = host.changed(&snapshot);
    let left = judge(&changed, rules).findings;
    let rows: BTreeSet<&FindingKey> = left.iter().map(|finding| &finding.key).collect();
    let stories: BTreeSet<(&str, &str)> = left.iter().map(story).collect();
    // Where one finding tells many cases, fewer of them may be rows of their own.
    let is_left = |finding: &Finding| match finding.story.more {
        0 => rows.contains(&finding.key),
        _ => stories.contains(&story(finding)),
    };
    let gone = open().filter(|(_, finding)| !is_left(finding) || rests_elsewhere(host, &changed, finding));
    gone.map(|(at, _)| at).collect()
}

/// The story that a finding belongs to.
fn story(finding: &Finding) -> (&str, &str) {
    (&finding.key.rule, &finding.story.culprit)
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
