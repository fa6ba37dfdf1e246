//! What became different between two judgements of one node.

use std::collections::BTreeSet;

use super::{Finding, FindingKey, Judgement, Verdict};

/// The findings that came and those that went, each in the order of its judgement. What intent accepts is not there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change<'j> {
    /// What the later judgement says and the earlier did not.
    pub came: Vec<&'j Finding>,
    /// What the earlier judgement said and the later does not.
    pub went: Vec<&'j Finding>,
}

impl<'j> Change<'j> {
    /// Compares by rule, row and verdict: a violation that becomes unproven is one finding that went and one that came.
    pub fn between(before: &'j Judgement, after: &'j Judgement) -> Change<'j> {
        Change { came: missing_from(before, after), went: missing_from(after, before) }
    }

    /// Whether both judgements say the same.
    pub fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty()
    }
}

/// What `judgement` says and `other` does not.
fn missing_from<'j>(other: &Judgement, judgement: &'j Judgement) -> Vec<&'j Finding> {
    let said: BTreeSet<(&FindingKey, Verdict)> = counting(other).map(identity).collect();
    counting(judgement).filter(|finding| !said.contains(&identity(finding))).collect()
}

fn counting(judgement: &Judgement) -> impl Iterator<Item = &Finding> {
    judgement.findings.iter().filter(|finding| finding.counts())
}

fn identity(finding: &Finding) -> (&FindingKey, Verdict) {
    (&finding.key, finding.verdict)
}
