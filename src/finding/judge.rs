//! Judges a node by rules: three-valued, and what is outside the scope is not asked.

use super::{Finding, FindingKey, Judgement, Outcome, RuleOutcome, Verdict};
use crate::host::Host;
use crate::relation::{Get, RELATIONS, Relate, Story, Wanted};
use crate::rule::{Ask, Rule};
use crate::seen::{Truth, Unseen};
use crate::snapshot::{Gap, Source};

/// Judges a node by rules. The findings come in the rules' order, each rule's in its relations' order.
///
/// Each relation's rows are computed once, whatever the number of rules over it.
pub fn judge<'r>(host: &Host<'_>, rules: impl IntoIterator<Item = &'r Rule>) -> Judgement {
    let rules: Vec<&Rule> = rules.into_iter().collect();
    let mut found: Vec<Vec<Finding>> = rules.iter().map(|_| Vec::new()).collect();
    for relation in RELATIONS.iter().filter(|relation| in_scope(host, **relation)) {
        find(host, *relation, &rules, &mut found);
    }
    let mut judgement = Judgement::default();
    for (rule, mut findings) in rules.into_iter().zip(found) {
        let asked: Vec<&Ask> = rule.asks.iter().filter(|ask| in_scope(host, ask.relation)).collect();
        findings.extend(
            unseen_sources(host, &asked).into_iter().map(|(source, gap)| source_finding(rule, source, gap)),
        );
        let outcome = if asked.is_empty() { Outcome::NotAsked } else { outcome(&findings) };
        judgement.rules.push(RuleOutcome { rule: rule.id.clone(), outcome });
        judgement.findings.extend(findings);
    }
    judgement
}

/// Finds the rows of one relation that break rules, or may.
fn find(host: &Host<'_>, relation: &dyn Relate, rules: &[&Rule], found: &mut [Vec<Finding>]) {
    let mut asks: Vec<(usize, &Ask)> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        asks.extend(
            rule.asks.iter().filter(|ask| ask.relation.name() == relation.name()).map(|ask| (at, ask)),
        );
    }
    if asks.is_empty() {
        return;
    }
    let tests: Vec<Box<Wanted<'_>>> = asks
        .iter()
        .map(|(_, ask)| Box::new(|field: &Get<'_>| ask.violated(host, field)) as Box<Wanted<'_>>)
        .collect();
    let wanted: Vec<&Wanted<'_>> = tests.iter().map(Box::as_ref).collect();
    relation.find(host, &wanted, &mut |number, truth, story| {
        let rule = asks[number].0;
        add(&mut found[rule], row_finding(rules[rule], truth, story), asks.len());
    });
}

/// Adds a finding. Several patterns of a rule may point at one row, one after the other: that is one finding,
/// and a violation weighs more than what is unproven.
fn add(findings: &mut Vec<Finding>, finding: Finding, patterns: usize) {
    let same = findings.iter_mut().rev().take(patterns).find(|known| known.key == finding.key);
    match same {
        Some(known) if finding.verdict < known.verdict => *known = finding,
        Some(_) => {}
        None => findings.push(finding),
    }
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
