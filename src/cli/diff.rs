//! `diff`: two states of the same nodes.

use std::path::PathBuf;

use super::args::{Diff, Format, Input};
use super::input::{self, Node};
use super::{CliError, Exit, check, print};
use crate::host::{Host, Intent, moved};
use crate::report::Difference;
use crate::rule::Rule;

/// Compares what the arguments name; exit status 1 means that something changed.
pub(super) fn diff(diff: &Diff) -> Result<Exit, CliError> {
    let before = nodes(diff, Some(&diff.before))?;
    let after = nodes(diff, diff.after.as_ref())?;
    let intents: Vec<&Intent> = before.iter().chain(&after).filter_map(|node| node.intent.as_ref()).collect();
    let catalogue = check::catalogue(&diff.selection, &intents)?;
    let rules = check::selected(&catalogue, &diff.selection)?;
    let differences: Vec<Difference> =
        pairs(&before, &after)?.into_iter().map(|(old, new)| difference(old, new, &rules)).collect();
    match diff.format {
        Format::Table => print(&differences.iter().map(Difference::people).collect::<String>())?,
        Format::Json => {
            let objects: Vec<_> = differences.iter().map(Difference::json).collect();
            print(&(serde_json::to_string_pretty(&objects)? + "\n"))?;
        }
    }
    let same = differences.iter().all(Difference::is_empty);
    Ok(if same { Exit::Holds } else { Exit::Violated })
}

fn nodes(diff: &Diff, path: Option<&PathBuf>) -> Result<Vec<Node>, CliError> {
    let paths = path.into_iter().cloned().collect();
    input::nodes(&Input { paths, live: diff.live.clone(), intent: diff.intent.clone(), bird_version: None })
}

/// The nodes that both sides have; two single nodes are a pair whatever they are called.
fn pairs<'n>(before: &'n [Node], after: &'n [Node]) -> Result<Vec<(&'n Node, &'n Node)>, CliError> {
    if let ([old], [new]) = (before, after) {
        return Ok(vec![(old, new)]);
    }
    let name = |node: &Node| node.snapshot.node.clone();
    let names = |nodes: &[Node]| nodes.iter().map(name).collect::<Vec<_>>();
    if names(before) != names(after) {
        return Err(CliError::OtherNodes {
            before: names(before).join(", "),
            after: names(after).join(", "),
        });
    }
    Ok(before.iter().zip(after).collect())
}

fn difference(old: &Node, new: &Node, rules: &[&Rule]) -> Difference {
    let (was, is) =
        (Host::new(&old.snapshot, old.intent.as_ref()), Host::new(&new.snapshot, new.intent.as_ref()));
    let (before, after) = (check::judgement(&was, rules), check::judgement(&is, rules));
    Difference::new(&new.snapshot.node, moved(&was, &is), &before, &after)
}
