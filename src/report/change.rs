//! What became different at a node, as lines that are added to as long as somebody watches.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::group::{Group, groups};
use super::json::{Row, row};
use crate::finding::{Change, Finding, Verdict};
use crate::rule::{Catalogue, Severity};

/// A change with its node and its moment.
pub struct Changed<'r> {
    /// The node's name.
    pub node: &'r str,
    /// When the later look was taken.
    pub time: Option<jiff::Timestamp>,
    /// The findings that came and went.
    pub change: &'r Change<'r>,
}

#[derive(Serialize)]
struct Line<'r> {
    time: Option<jiff::Timestamp>,
    node: &'r str,
    came: Vec<Row<'r>>,
    went: Vec<Row<'r>>,
}

impl<'r> Changed<'r> {
    /// One JSON object with a line end; the findings have the members that they have in the report.
    pub fn json(&self, catalogue: &'r Catalogue) -> Result<String, serde_json::Error> {
        let row = |finding: &&'r Finding| row(catalogue, self.node, finding);
        let Change { came, went } = self.change;
        let (came, went) = (came.iter().map(row).collect(), went.iter().map(row).collect());
        let line = Line { time: self.time, node: self.node, came, went };
        serde_json::to_string(&line).map(|text| text + "\n")
    }

    /// A line for each story that came (`+`) or went (`-`): findings with one culprit are told by the first, and what
    /// follows from a story that is told is counted with it.
    pub fn people(&self) -> String {
        let mut text = String::new();
        for (sign, findings) in [('+', &self.change.came), ('-', &self.change.went)] {
            for verdict in [Verdict::Violated, Verdict::Unproven] {
                let findings = findings.iter().filter(|finding| finding.verdict == verdict).copied();
                self.stories(&mut text, sign, groups(findings.collect()));
            }
        }
        text
    }

    fn stories(&self, text: &mut String, sign: char, groups: Vec<Group<'_>>) {
        let follows = |group: &Group<'_>, cause: &Group<'_>| {
            group.first().because.as_ref().is_some_and(|because| cause.holds(because))
        };
        for told in groups.iter().filter(|group| !groups.iter().any(|cause| follows(group, cause))) {
            let following = groups.iter().filter(|group| follows(group, told));
            let beside = beside(told.findings.len() - 1, following.map(|group| group.findings.len()).sum());
            self.line(text, sign, told.first(), &beside);
        }
    }

    fn line(&self, text: &mut String, sign: char, first: &Finding, beside: &str) {
        let time = self.time.map(|time| format!("{time:.0} ")).unwrap_or_default();
        let style = style(first);
        let weight = match first.verdict {
            Verdict::Violated => first.severity.to_string(),
            Verdict::Unproven => "unproven".to_owned(),
        };
        let (rule, sentence) = (&first.key.rule, &first.story.sentence);
        let _ = writeln!(
            text,
            "{time}{style}{sign} {weight}{style:#} {rule} on {}: {sentence}{beside}",
            self.node
        );
    }
}

fn style(finding: &Finding) -> Style {
    let color = match (finding.verdict, finding.severity) {
        (Verdict::Violated, Severity::Error) => AnsiColor::Red,
        (Verdict::Violated, Severity::Warning) => AnsiColor::Yellow,
        (Verdict::Violated, Severity::Note) | (Verdict::Unproven, _) => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

/// How many findings a line stands for besides the one that it tells.
fn beside(alike: usize, following: usize) -> String {
    match (alike, following) {
        (0, 0) => String::new(),
        (alike, 0) => format!(" (and {alike} more like it)"),
        (0, following) => format!(" (and {following} that follow from it)"),
        (alike, following) => format!(" (and {alike} more like it, {following} that follow)"),
    }
}
