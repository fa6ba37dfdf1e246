//! Notes told in a paragraph each: what is the same on several channels, under several rules or on several nodes is
//! said once.

use super::Judged;
use super::group::{is_note, stories};
use crate::finding::Finding;

/// How many rows are named before the rest is only counted.
const MOST: usize = 6;

/// A row that notes are about, with all the rules that say so.
struct Row<'f> {
    node: &'f str,
    rules: Vec<&'f str>,
    finding: &'f Finding,
}

/// The notes of all nodes as paragraphs, in the order of their first.
pub(super) fn notes(nodes: &[Judged]) -> Vec<String> {
    let mut alike: Vec<Vec<Row<'_>>> = Vec::new();
    for row in nodes.iter().flat_map(rows) {
        let same = |group: &&mut Vec<Row<'_>>| {
            group[0].rules == row.rules && group[0].finding.story.culprit == row.finding.story.culprit
        };
        match alike.iter_mut().find(same) {
            Some(group) => group.push(row),
            None => alike.push(vec![row]),
        }
    }
    alike.iter().map(|group| paragraph(group)).collect()
}

/// The rows of a node, those that several rules tell in the same words joined.
fn rows(node: &Judged) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let stories = stories(&node.judgement).into_iter();
    let notes = stories.filter(|(cause, symptoms)| is_note(cause, symptoms));
    for finding in notes.flat_map(|(cause, _)| cause.findings) {
        let (rule, story) = (finding.key.rule.as_str(), &finding.story);
        let same = |row: &&mut Row<'_>| {
            row.finding.key.row == finding.key.row && row.finding.story.sentence == story.sentence
        };
        match rows.iter_mut().find(same) {
            Some(row) => row.rules.push(rule),
            None => rows.push(Row { node: &node.node, rules: vec![rule], finding }),
        }
    }
    rows
}

/// The first row in full, the others of its node by name, those of other nodes by their number.
fn paragraph(group: &[Row<'_>]) -> String {
    let first = &group[0];
    let (here, elsewhere): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        group[1..].iter().partition(|row| row.node == first.node);
    let mut more = Vec::new();
    if !here.is_empty() {
        let named = here.iter().take(MOST).map(|row| row.finding.story.subject.as_str());
        let named = named.collect::<Vec<_>>().join(", ");
        let rest = here.len().saturating_sub(MOST);
        more.push(if rest == 0 { format!("also {named}") } else { format!("also {named} and {rest} more") });
    }
    if !elsewhere.is_empty() {
        let mut nodes: Vec<&str> = elsewhere.iter().map(|row| row.node).collect();
        nodes.dedup();
        more.push(format!("{} more on {}", elsewhere.len(), nodes.join(", ")));
    }
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join("; ")) };
    let (rules, sentence) = (first.rules.join(", "), &first.finding.story.sentence);
    format!("note {rules} on {}: {sentence}{more}", first.node)
}
