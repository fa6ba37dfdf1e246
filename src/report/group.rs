//! Findings that are told together: one rule, one culprit, one cause.

use crate::finding::{Finding, FindingKey, Judgement, Verdict};
use crate::rule::Severity;

/// Findings of one node that one change would mend.
pub(super) struct Group<'f> {
    /// The findings, the first one is told in full.
    pub(super) findings: Vec<&'f Finding>,
}

impl<'f> Group<'f> {
    /// The finding that is told in full.
    pub(super) fn first(&self) -> &'f Finding {
        self.findings[0]
    }

    /// Whether the finding of a key is one of them.
    pub(super) fn holds(&self, key: &FindingKey) -> bool {
        self.findings.iter().any(|finding| finding.key == *key)
    }
}

/// The groups of a node's violations that are no symptoms, each with the groups that follow from it.
pub(super) fn stories(judgement: &Judgement) -> Vec<(Group<'_>, Vec<Group<'_>>)> {
    let violations = judgement.findings.iter().filter(|f| f.verdict == Verdict::Violated && f.counts());
    let (symptoms, causes): (Vec<_>, Vec<_>) = violations.partition(|finding| finding.because.is_some());
    let mut symptoms = groups(symptoms);
    let mut stories = Vec::new();
    for cause in groups(causes) {
        let follows = |group: &Group<'_>| group.first().because.as_ref().is_some_and(|key| cause.holds(key));
        let (mine, others) = symptoms.into_iter().partition(follows);
        symptoms = others;
        stories.push((cause, mine));
    }
    // A symptom of a symptom, or of what intent accepts, is told by itself rather than lost.
    stories.extend(symptoms.into_iter().map(|group| (group, Vec::new())));
    stories
}

/// The gravest severity in a story.
pub(super) fn gravity(cause: &Group<'_>, symptoms: &[Group<'_>]) -> Severity {
    let symptoms = symptoms.iter().map(|group| group.first().severity);
    symptoms.fold(cause.first().severity, Severity::max)
}

/// Whether a story is a note with nothing that follows from it.
pub(super) fn is_note(cause: &Group<'_>, symptoms: &[Group<'_>]) -> bool {
    cause.first().severity == Severity::Note && symptoms.is_empty()
}

/// Joins findings of the same rule, culprit and cause, in the order of their first.
pub(super) fn groups(findings: Vec<&Finding>) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in findings {
        let same = |group: &&mut Group<'_>| {
            let first = group.first();
            first.key.rule == finding.key.rule
                && first.story.culprit == finding.story.culprit
                && first.because == finding.because
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { findings: vec![finding] }),
        }
    }
    groups
}
