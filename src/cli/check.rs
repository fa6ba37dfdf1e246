//! `check`: judges nodes and reports.

use super::args::{Check, Format, Selection};
use super::{CliError, Exit, input, print, width};
use crate::cause;
use crate::finding::{JudgedBy, Judgement, judge, mark_allowed, stale_allows};
use crate::host::{Host, Intent};
use crate::report::{self, Judged, Report};
use crate::rule::{Catalogue, Rule};
use crate::snapshot::Snapshot;

/// Judges what the arguments name.
pub(super) fn check(check: &Check) -> Result<Exit, CliError> {
    let nodes = input::nodes(&check.input)?;
    let intents: Vec<&Intent> = nodes.iter().filter_map(|node| node.intent.as_ref()).collect();
    let catalogue = catalogue(&check.selection, &intents)?;
    let rules = selected(&catalogue, &check.selection)?;
    let judged: Vec<Judged> =
        nodes.iter().map(|node| judged(&node.snapshot, node.intent.as_ref(), &rules)).collect();
    let meant = nodes.iter().zip(&judged).filter_map(|(node, judged)| {
        Some(JudgedBy {
            intent: node.intent.as_ref()?,
            snapshot: &node.snapshot,
            judgement: &judged.judgement,
        })
    });
    let stale = stale_allows(&meant.collect::<Vec<_>>(), |rule| catalogue.rule(rule).is_some());
    let report = Report { nodes: judged, catalogue: &catalogue, stale };
    let exit = exit(&report, check);
    if !(check.quiet && exit == Exit::Holds) {
        print(&match check.format {
            Format::Table => report::people(&report, width()),
            Format::Json => report::json(&report)?,
        })?;
    }
    Ok(exit)
}

/// A node with what rules find there, symptoms under their causes.
pub(super) fn judged(snapshot: &Snapshot, intent: Option<&Intent>, rules: &[&Rule]) -> Judged {
    let host = Host::new(snapshot, intent);
    let judgement = judgement(&host, rules);
    let peers = host.tunnels.iter().map(|tunnel| tunnel.peers.len()).sum();
    Judged::new(snapshot, host.tunnels.len(), peers, judgement)
}

/// Judges a node, folds symptoms under their causes and marks what intent accepts.
pub(super) fn judgement(host: &Host<'_>, rules: &[&Rule]) -> Judgement {
    let mut judgement = judge(host, rules.iter().copied());
    cause::fold(host, rules, &mut judgement);
    mark_allowed(host, &mut judgement);
    judgement
}

/// The exit status: a violation weighs more than what is unproven.
fn exit(report: &Report<'_>, check: &Check) -> Exit {
    let judgements = || report.nodes.iter().map(|node| &node.judgement);
    if judgements().any(|judgement| judgement.fails_at(check.fail_on.into())) {
        Exit::Violated
    } else if !check.allow_unproven && judgements().any(|judgement| judgement.is_unproven()) {
        Exit::Unproven
    } else {
        Exit::Holds
    }
}

/// The shipped rules and the user's, which may name the sets of any intent.
pub(super) fn catalogue(selection: &Selection, intents: &[&Intent]) -> Result<Catalogue, CliError> {
    let mut sets: Vec<String> = Host::set_names(None);
    sets.extend(intents.iter().flat_map(|intent| intent.sets.keys().cloned()));
    sets.dedup();
    let mut catalogue = Catalogue::shipped(&sets)?;
    for folder in &selection.folders {
        catalogue.add_folder(folder, &sets)?;
    }
    Ok(catalogue)
}

/// The rules that were asked for, all of them where none was named.
pub(super) fn selected<'c>(
    catalogue: &'c Catalogue,
    selection: &Selection,
) -> Result<Vec<&'c Rule>, CliError> {
    for name in &selection.only {
        super::pages::find(catalogue, name)?;
    }
    let wanted = |rule: &&Rule| selection.only.is_empty() || selection.only.contains(&rule.id);
    Ok(catalogue.rules().filter(wanted).collect())
}
