//! The report for people: the gravest first whatever its node, causes with their evidence and what to do, symptoms
//! folded under them; then what could not be decided, and notes in a line or two each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table};

use super::group::{Group, gravity, is_note, stories};
use super::notes::notes;
use super::summary::{brief, plural};
use super::{Judged, Report};
use crate::evidence::Evidence;
use crate::finding::{Finding, Verdict};
use crate::rule::Severity;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How many pieces of a kind are listed before the rest is only counted.
const MOST: usize = 12;

/// The report as text of a width in columns, with styles as ANSI sequences.
pub fn people(report: &Report<'_>, width: usize) -> String {
    let page = Page { report, width: width.clamp(40, 160) };
    let mut text = String::new();
    page.stories(&mut text);
    page.unproven(&mut text);
    page.notes(&mut text);
    page.stale(&mut text);
    for line in brief(&report.nodes).lines() {
        wrap(line, page.width, 2).iter().for_each(|line| text.extend([line, "\n"]));
    }
    text
}

struct Page<'r> {
    report: &'r Report<'r>,
    width: usize,
}

impl Page<'_> {
    /// Errors of all nodes, then their warnings: whoever reads from the top reads the cause of the outage.
    fn stories(&self, text: &mut String) {
        let mut told: Vec<(&Judged, Group<'_>, Vec<Group<'_>>)> = Vec::new();
        for node in &self.report.nodes {
            let of_node = stories(&node.judgement).into_iter();
            told.extend(of_node.map(|(cause, symptoms)| (node, cause, symptoms)));
        }
        told.retain(|(_, cause, symptoms)| !is_note(cause, symptoms));
        told.sort_by_key(|(_, cause, symptoms)| Reverse(gravity(cause, symptoms)));
        for (node, cause, symptoms) in told {
            self.story(text, node, &cause, &symptoms);
        }
    }

    /// A story: headline, sentence, evidence, remedy, symptoms.
    fn story(&self, text: &mut String, node: &Judged, cause: &Group<'_>, symptoms: &[Group<'_>]) {
        let first = cause.first();
        self.headline(text, node, first);
        self.paragraph(text, "", &first.story.sentence);
        self.others(text, cause);
        self.evidence(text, &first.story.evidence);
        self.remedy(text, cause);
        for symptom in symptoms {
            let more = plural(symptom.findings.len(), "finding");
            let what = format!("{} ({more}): {}", symptom.first().key.rule, symptom.first().story.sentence);
            self.paragraph(text, "follows", &what);
        }
        text.push('\n');
    }

    fn headline(&self, text: &mut String, node: &Judged, first: &Finding) {
        let color = match first.severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Note => AnsiColor::Cyan,
        };
        let style = Style::new().bold().fg_color(Some(color.into()));
        let (severity, rule) = (first.severity, &first.key.rule);
        let _ = writeln!(text, "{style}{severity}{style:#} {BOLD}{rule}{BOLD:#} on {}", node.node);
    }

    /// What the plain mesh does without, the same on several nodes in one paragraph.
    fn notes(&self, text: &mut String) {
        for note in notes(&self.report.nodes) {
            for line in wrap(&note, self.width, 2) {
                let _ = writeln!(text, "{DIM}{line}{DIM:#}");
            }
            text.push('\n');
        }
    }

    /// The other rows of a group, by what tells them apart.
    fn others(&self, text: &mut String, group: &Group<'_>) {
        let subjects: Vec<&str> =
            group.findings[1..].iter().map(|finding| finding.story.subject.as_str()).collect();
        if subjects.is_empty() {
            return;
        }
        let shown = subjects.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        let more = subjects.len().saturating_sub(MOST);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        self.paragraph(text, "also", &format!("{shown}{more}"));
    }

    /// Where to look, and what stands there.
    fn evidence(&self, text: &mut String, evidence: &[Evidence]) {
        if evidence.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width((self.width - 2) as u16);
        let mut last = "";
        for piece in evidence {
            let place = if piece.place == last { "" } else { piece.place.as_str() };
            table.add_row(vec![place, &piece.text]);
            last = &piece.place;
        }
        for line in table.lines() {
            let _ = writeln!(text, "  {}", line.trim_end());
        }
    }

    fn remedy(&self, text: &mut String, group: &Group<'_>) {
        let mut commands: Vec<&str> = Vec::new();
        for command in group.findings.iter().flat_map(|finding| &finding.story.now) {
            if !commands.contains(&command.as_str()) {
                commands.push(command);
            }
        }
        // Commands are to be copied: they are never wrapped.
        for (at, command) in commands.iter().take(MOST).enumerate() {
            let _ = writeln!(text, "  {BOLD}{:<9}{BOLD:#}{command}", if at == 0 { "now" } else { "" });
        }
        if commands.len() > MOST {
            let _ = writeln!(text, "  {:<9}and {} more, in `--format json`", "", commands.len() - MOST);
        }
        let first = group.first();
        let rule = self.report.catalogue.rule(&first.key.rule);
        let lasting = first.story.for_good.as_deref().or(rule.map(|rule| rule.fix.as_str()));
        let paragraph = lasting.and_then(|fix| fix.split("\n\n").next()).unwrap_or_default();
        self.paragraph(text, "for good", &paragraph.replace('\n', " "));
        self.paragraph(text, "more", &format!("routelint explain {}", first.key.rule));
    }

    /// The exceptions that intent could do without.
    fn stale(&self, text: &mut String) {
        for stale in &self.report.stale {
            for line in wrap(&format!("note {} {}", stale.place, stale.sentence), self.width, 2) {
                let _ = writeln!(text, "{DIM}{line}{DIM:#}");
            }
            text.push('\n');
        }
    }

    /// What could not be decided: what was not seen is told once with all the rules and rows that miss it.
    fn unproven(&self, text: &mut String) {
        for node in &self.report.nodes {
            let open =
                node.judgement.findings.iter().filter(|f| f.verdict == Verdict::Unproven && f.counts());
            let mut told: Vec<Vec<&Finding>> = Vec::new();
            for finding in open {
                match told.iter_mut().find(|group| is_open_as(group[0], finding)) {
                    Some(group) => group.push(finding),
                    None => told.push(vec![finding]),
                }
            }
            for findings in told {
                self.open(text, node, &findings);
            }
        }
    }

    /// One thing that could not be decided.
    fn open(&self, text: &mut String, node: &Judged, findings: &[&Finding]) {
        let sentences: BTreeSet<&str> =
            findings.iter().map(|finding| finding.story.sentence.as_str()).collect();
        let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.key.rule.as_str()).collect();
        let more = sentences.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more like it)") };
        let why = findings.first().and_then(|finding| finding.why.as_ref());
        let _ = writeln!(text, "{BOLD}unproven{BOLD:#} on {}", node.node);
        self.paragraph(text, "", &format!("{}{more}", sentences.first().copied().unwrap_or_default()));
        let reason = why.map_or("", |why| &why.reason);
        if !sentences.iter().any(|sentence| sentence.contains(reason)) {
            self.paragraph(text, "since", reason);
        }
        self.paragraph(text, "remedy", why.map_or("", |why| &why.remedy));
        self.paragraph(text, "rules", &rules.into_iter().collect::<Vec<_>>().join(", "));
        text.push('\n');
    }

    /// Wrapped text under a label.
    fn paragraph(&self, text: &mut String, label: &str, words: &str) {
        let indent = if label.is_empty() { 2 } else { 11 };
        for (at, line) in wrap(words, self.width - indent, 0).into_iter().enumerate() {
            if label.is_empty() {
                let _ = writeln!(text, "  {line}");
            } else {
                let _ = writeln!(text, "  {BOLD}{:<9}{BOLD:#}{line}", if at == 0 { label } else { "" });
            }
        }
    }
}

/// Whether two findings miss the same: one remedy, and the same reason or the same subject.
fn is_open_as(one: &Finding, other: &Finding) -> bool {
    let (Some(mine), Some(theirs)) = (&one.why, &other.why) else { return false };
    mine.remedy == theirs.remedy && (mine.reason == theirs.reason || one.story.culprit == other.story.culprit)
}

/// Breaks text at spaces into lines of at most `width` columns; later lines are indented by `hang`.
fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(hang)));
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
