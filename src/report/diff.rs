//! Two states of one node: whose packets go elsewhere, and which findings came and went.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::finding::{Change, Finding, Judgement, Verdict};
use crate::host::Moved;
use crate::rule::Severity;

const CAME: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
const WENT: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));

/// How many networks a line for a person names; JSON has them all.
const MOST: usize = 12;

/// What changed on one node.
pub struct Difference {
    /// The node.
    pub node: String,
    /// The destinations whose fate changed.
    pub moved: Vec<Moved>,
    /// The findings that were not there before.
    pub came: Vec<Finding>,
    /// The findings that are no longer there.
    pub went: Vec<Finding>,
}

/// A finding as a difference names it.
#[derive(Serialize)]
struct Told<'f> {
    rule: &'f str,
    verdict: Verdict,
    severity: Severity,
    row: &'f str,
    sentence: &'f str,
}

impl Difference {
    /// The difference between two judgements of a node; what intent accepts makes none.
    pub fn new(node: &str, moved: Vec<Moved>, before: &Judgement, after: &Judgement) -> Difference {
        let Change { came, went } = Change::between(before, after);
        let owned = |findings: Vec<&Finding>| findings.into_iter().cloned().collect();
        Difference { node: node.to_owned(), moved, came: owned(came), went: owned(went) }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.came.is_empty() && self.went.is_empty()
    }

    /// The difference for a person.
    pub fn people(&self) -> String {
        let mut text = String::new();
        for moved in &self.moved {
            let shown: Vec<String> = moved.networks.iter().take(MOST).map(ToString::to_string).collect();
            let more = moved.networks.len() - shown.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let networks = shown.join(", ");
            let _ = writeln!(text, "{} {networks}{more}: {} → {}", self.node, moved.before, moved.after);
        }
        for (style, sign, findings) in [(CAME, "+", &self.came), (WENT, "-", &self.went)] {
            for finding in findings {
                let (severity, rule) = (finding.severity, &finding.key.rule);
                let verdict = if finding.verdict == Verdict::Unproven { "unproven " } else { "" };
                let _ = writeln!(
                    text,
                    "{style}{sign} {verdict}{severity} {rule}{style:#} on {}: {}",
                    self.node, finding.story.sentence
                );
            }
        }
        text
    }

    /// The difference as an object.
    pub fn json(&self) -> Json {
        let moved: Vec<Json> = self
            .moved
            .iter()
            .map(|moved| json!({ "prefixes": moved.prefixes, "before": moved.before, "after": moved.after }))
            .collect();
        json!({ "node": self.node, "moved": moved, "came": told(&self.came), "went": told(&self.went) })
    }
}

fn told(findings: &[Finding]) -> Vec<Told<'_>> {
    fn one(finding: &Finding) -> Told<'_> {
        Told {
            rule: &finding.key.rule,
            verdict: finding.verdict,
            severity: finding.severity,
            row: &finding.key.row,
            sentence: &finding.story.sentence,
        }
    }
    findings.iter().map(one).collect()
}
