//! Counts, and the lines that say what was judged.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Judged;
use crate::bird::Version;
use crate::finding::{Outcome, Verdict};
use crate::rule::Severity;
use crate::snapshot::{Source, Status};

/// How many findings of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Violations of rules of severity error.
    pub errors: usize,
    /// Violations of rules of severity warning.
    pub warnings: usize,
    /// Violations of rules of severity note.
    pub notes: usize,
    /// Findings that could not be decided.
    pub unproven: usize,
    /// Findings that intent accepts.
    pub allowed: usize,
}

impl Counts {
    /// Counts the findings of nodes.
    pub fn of(nodes: &[Judged]) -> Counts {
        let mut counts = Counts::default();
        for finding in nodes.iter().flat_map(|node| &node.judgement.findings) {
            let slot = match (finding.counts(), finding.verdict, finding.severity) {
                (false, _, _) => &mut counts.allowed,
                (true, Verdict::Unproven, _) => &mut counts.unproven,
                (true, Verdict::Violated, Severity::Error) => &mut counts.errors,
                (true, Verdict::Violated, Severity::Warning) => &mut counts.warnings,
                (true, Verdict::Violated, Severity::Note) => &mut counts.notes,
            };
            *slot += 1;
        }
        counts
    }
}

/// The closing lines: what was judged, what was not asked, and the counts.
pub fn brief(nodes: &[Judged]) -> String {
    let rules = nodes.first().map_or(0, |node| node.judgement.rules.len());
    let names: Vec<&str> = nodes.iter().map(|node| node.node.as_str()).collect();
    let total = |of: fn(&Judged) -> usize| nodes.iter().map(of).sum::<usize>();
    let judged = format!(
        "judged {} by {}: {}, {}, {}\n",
        names.join(", "),
        plural(rules, "rule"),
        plural(total(|node| node.size.routes), "route"),
        plural(total(|node| node.size.tunnels), "tunnel"),
        plural(total(|node| node.size.peers), "peer"),
    );
    judged + &assumed(nodes) + &not_asked(nodes) + &counted(Counts::of(nodes))
}

/// The nodes on which nothing told which BIRD reads the files.
fn assumed(nodes: &[Judged]) -> String {
    let names: Vec<&str> =
        nodes.iter().filter(|node| node.assumes_version).map(|node| node.node.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(
            "assumed: BIRD {} reads the files of {}; `--bird-version` names another\n",
            Version::DEFAULT,
            names.join(", ")
        ),
    }
}

fn counted(counts: Counts) -> String {
    let allowed = if counts.allowed > 0 { format!(", {} allowed", counts.allowed) } else { String::new() };
    format!(
        "{}, {}, {}, {} unproven{allowed}\n",
        plural(counts.errors, "error"),
        plural(counts.warnings, "warning"),
        plural(counts.notes, "note"),
        counts.unproven,
    )
}

/// The sources that were outside the scope of every node, and the rules that were so on some.
fn not_asked(nodes: &[Judged]) -> String {
    let everywhere =
        |source: &&Source| nodes.iter().all(|node| *node.sources.status(**source) == Status::NotAsked);
    let sources: Vec<&str> = Source::ALL.iter().filter(everywhere).map(|source| source.noun()).collect();
    let outcomes = nodes.iter().flat_map(|node| &node.judgement.rules);
    let rules: BTreeSet<&str> =
        outcomes.filter(|rule| rule.outcome == Outcome::NotAsked).map(|rule| rule.rule.as_str()).collect();
    let line = |label: &str, words: Vec<&str>| match words.as_slice() {
        [] => String::new(),
        words => format!("{label}: {}\n", words.join(", ")),
    };
    line("not asked", sources) + &line("rules not asked", rules.into_iter().collect())
}

/// A count with its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
