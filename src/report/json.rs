//! The report as JSON. Its schema is `docs/report.schema.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Counts, Judged, Report, Size};
use crate::evidence::Evidence;
use crate::finding::{Finding, FindingKey, RuleOutcome, StaleAllow, Verdict};
use crate::rule::{Catalogue, Severity};
use crate::seen::Unseen;
use crate::snapshot::Source;

#[derive(Serialize)]
struct Document<'r> {
    format: u32,
    tool: &'static str,
    version: &'static str,
    nodes: Vec<Node<'r>>,
    findings: Vec<Row<'r>>,
    stale_allows: &'r [StaleAllow],
    summary: Counts,
}

#[derive(Serialize)]
struct Node<'r> {
    node: &'r str,
    taken: Option<jiff::Timestamp>,
    size: Size,
    sources: BTreeMap<Source, &'static str>,
    rules: &'r [RuleOutcome],
}

/// A finding's members.
#[derive(Serialize)]
pub(super) struct Row<'r> {
    rule: &'r str,
    verdict: Verdict,
    severity: Severity,
    node: &'r str,
    row: &'r str,
    sentence: &'r str,
    evidence: &'r [Evidence],
    because: Option<&'r FindingKey>,
    now: &'r [String],
    for_good: &'r str,
    why: Option<&'r Unseen>,
    allowed: Option<&'r str>,
}

/// The report as one JSON document, with a line end.
pub fn json(report: &Report<'_>) -> Result<String, serde_json::Error> {
    let findings = report.nodes.iter().flat_map(|node| {
        node.judgement.findings.iter().map(move |finding| row(report.catalogue, &node.node, finding))
    });
    let document = Document {
        format: 1,
        tool: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        nodes: report.nodes.iter().map(node).collect(),
        findings: findings.collect(),
        stale_allows: &report.stale,
        summary: Counts::of(&report.nodes),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn node(judged: &Judged) -> Node<'_> {
    let state = |source: Source| judged.sources.status(source).word();
    Node {
        node: &judged.node,
        taken: judged.taken,
        size: judged.size,
        sources: Source::ALL.into_iter().map(|source| (source, state(source))).collect(),
        rules: &judged.judgement.rules,
    }
}

/// A finding of a node; what its own story does not say for good, its rule does.
pub(super) fn row<'r>(catalogue: &'r Catalogue, node: &'r str, finding: &'r Finding) -> Row<'r> {
    let rule = catalogue.rule(&finding.key.rule);
    let story = &finding.story;
    Row {
        rule: &finding.key.rule,
        verdict: finding.verdict,
        severity: finding.severity,
        node,
        row: &finding.key.row,
        sentence: &story.sentence,
        evidence: &story.evidence,
        because: finding.because.as_ref(),
        now: &story.now,
        for_good: story.for_good.as_deref().or(rule.map(|rule| rule.fix.as_str())).unwrap_or_default(),
        why: finding.why.as_ref(),
        allowed: finding.allowed.as_deref(),
    }
}
