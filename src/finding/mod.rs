//! What judging a node by rules gives: findings, and for each rule what became of it.

mod allow;
mod change;
mod judge;

use serde::Serialize;

pub use allow::{JudgedBy, StaleAllow, mark_allowed, stale_allows};
pub use change::Change;
pub use judge::judge;

use crate::relation::Story;
use crate::rule::Severity;
use crate::seen::Unseen;

/// Whether a rule is broken, or whether that could not be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The rule is broken.
    Violated,
    /// Evidence within the snapshot's scope is missing.
    Unproven,
}

/// Names a finding within one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FindingKey {
    /// The rule's id.
    pub rule: String,
    /// The row's key.
    pub row: String,
}

/// One row that breaks a rule or may break it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule and the row.
    pub key: FindingKey,
    /// The rule's severity.
    pub severity: Severity,
    /// Broken, or not decided.
    pub verdict: Verdict,
    /// The row, told.
    pub story: Story,
    /// Why it could not be decided; nothing for a violation.
    pub why: Option<Unseen>,
    /// The finding that causes this one.
    pub because: Option<FindingKey>,
    /// The reason for which intent accepts it.
    pub allowed: Option<String>,
}

/// What became of a rule on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every row is as it should be.
    Holds,
    /// Some row breaks it.
    Violated,
    /// No row is seen to break it, and not everything was seen.
    Unproven,
    /// What it judges is outside the snapshot's scope.
    NotAsked,
}

/// A rule's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleOutcome {
    /// The rule's id.
    pub rule: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// A node, judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The findings, causes before symptoms, the gravest first.
    pub findings: Vec<Finding>,
    /// Each rule's outcome, sorted by id.
    pub rules: Vec<RuleOutcome>,
}

impl Finding {
    /// Whether the finding counts: it is not accepted by intent.
    pub fn counts(&self) -> bool {
        self.allowed.is_none()
    }

    /// Whether the finding is a violation that counts.
    pub fn is_violation(&self) -> bool {
        self.verdict == Verdict::Violated && self.counts()
    }
}

impl Judgement {
    /// Whether a rule is broken at a severity or above.
    pub fn fails_at(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.is_violation() && finding.severity >= severity)
    }

    /// Whether something within the scope could not be decided.
    pub fn is_unproven(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Unproven && finding.counts())
    }
}
