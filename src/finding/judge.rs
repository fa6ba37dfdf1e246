//! Judges a node by rules: three-valued, and what is outside the scope is not asked.

use super::{Finding, FindingKey, Judgement, Outcome, RuleOutcome, Verdict};
use crate::host::Host;
use crate::relation::{Relate, Story};
use crate::rule::{Ask, Rule};
use crate::seen::{Truth, Unseen};
use crate::snapshot::{Gap, Source};

/// Judges a node by rules. The findings come in the rules' order, each rule's in its relation's order.
pub fn judge<'r>(host: &Host<'_>, rules: impl IntoIterator<Item = &'r Rule>) -> Judgement {
    let mut judgement = Judgement::default();
    for rule in rules {
        let (outcome, findings) = judge_rule(host, rule);
        judgement.rules.push(RuleOutcome { rule: rule.id.clone(), outcome });
        judgement.findings.extend(findings);
    }
    judgement
}

fn judge_rule(host: &Host<'_>, rule: &Rule) -> (Outcome, Vec<Finding>) {
    let asked: Vec<&Ask> = rule.asks.iter().filter(|ask| in_scope(host, ask.relation)).collect();
    if asked.is_empty() {
        return (Outcome::NotAsked, Vec::new());
    }
    let mut findings: Vec<Finding> = Vec::new();
    for ask in &asked {
        ask.relation.find(host, &|field| ask.violated(host, field), &mut |truth, story| {
            let finding = row_finding(rule, truth, story);
            // Two patterns of a rule may point at one row; it is one finding.
            if findings.iter().all(|known| known.key != finding.key) {
                findings.push(finding);
            }
        });
    }
    findings.extend(
        unseen_sources(host, &asked).into_iter().map(|(source, gap)| source_finding(rule, source, gap)),
    );
    (outcome(&findings), findings)
}

fn outcome(findings: &[Finding]) -> Outcome {
    match findings.iter().map(|finding| finding.verdict).min() {
        None => Outcome::Holds,
        Some(Verdict::Violated) => Outcome::Violated,
        Some(Verdict::Unproven) => Outcome::Unproven,
    }
}

/// Whether a snapshot was asked for what a relation is made of.
fn in_scope(host: &Host<'_>, relation: &dyn Relate) -> bool {
    let asked = |source: &Source| host.snapshot.sources.asked(*source);
    let reads = relation.reads();
    relation.needs().iter().all(asked) && (reads.is_empty() || reads.iter().any(asked))
}

/// What is missing from the sources of the patterns' relations, each once.
fn unseen_sources<'s>(host: &Host<'s>, asks: &[&Ask]) -> Vec<(Source, &'s Gap)> {
    let mut sources: Vec<Source> = asks
        .iter()
        .flat_map(|ask| ask.relation.needs().iter().chain(ask.relation.reads()))
        .copied()
        .collect();
    sources.sort_unstable();
    sources.dedup();
    let gaps = |source: Source| host.snapshot.sources.gaps(source).iter().map(move |gap| (source, gap));
    sources.into_iter().flat_map(gaps).collect()
}

fn row_finding(rule: &Rule, truth: Truth, story: Story) -> Finding {
    let (verdict, why) = match truth {
        Truth::True | Truth::False => (Verdict::Violated, None),
        Truth::Unknown(why) => (Verdict::Unproven, Some(why)),
    };
    finding(rule, verdict, why, story)
}

fn source_finding(rule: &Rule, source: Source, gap: &Gap) -> Finding {
    let part = if gap.part.is_empty() { source.to_string() } else { format!("{source}, {}", gap.part) };
    let story = Story {
        key: part.clone(),
        culprit: part.clone(),
        subject: part.clone(),
        sentence: format!("{part}: {}", gap.why.reason),
        now: vec![gap.why.remedy.clone()],
        ..Story::default()
    };
    finding(rule, Verdict::Unproven, Some(gap.why.clone()), story)
}

fn finding(rule: &Rule, verdict: Verdict, why: Option<Unseen>, story: Story) -> Finding {
    Finding {
        key: FindingKey { rule: rule.id.clone(), row: story.key.clone() },
        severity: rule.severity,
        verdict,
        story,
        why,
        because: None,
        allowed: None,
    }
}
