//! `watch`: judges the live node again whenever something changed, and says what came and what went.

use std::io::Write as _;

use super::args::{Format, Watch};
use super::{CliError, Exit, check, input, stream};
use crate::collect::watch::{Occasion, Watcher};
use crate::finding::{Change, Judgement};
use crate::report::{self, Changed, Judged};
use crate::rule::Catalogue;

/// Watches until the process is told to end. Intent and rules are those of the beginning.
///
/// Each look collects anew, and WireGuard answers only those who may administer the network: so, unlike every other
/// command, this one keeps its capabilities.
pub(super) fn watch(watch: &Watch) -> Result<Exit, CliError> {
    let intent = input::live_intent(watch.intent.as_deref())?;
    let catalogue = check::catalogue(&watch.selection, intent.as_ref().as_slice())?;
    let rules = check::selected(&catalogue, &watch.selection)?;
    let mut before = Judgement::default();
    for occasion in Watcher::start(watch.live.netns.as_deref(), watch.interval)? {
        let occasion = occasion?;
        if occasion == Occasion::Missed {
            let _ = writeln!(
                anstream::stderr(),
                "routelint: announcements were lost; everything is looked at anew"
            );
        }
        let snapshot = input::look(&watch.live, None)?;
        let judged = check::judged(&snapshot, intent.as_ref(), &rules);
        say(watch.format, occasion, &before, &judged, &catalogue)?;
        before = judged.judgement;
    }
    Ok(Exit::Holds)
}

/// Prints what changed, and at the beginning also what was judged.
fn say(
    format: Format,
    occasion: Occasion,
    before: &Judgement,
    judged: &Judged,
    catalogue: &Catalogue,
) -> Result<(), CliError> {
    let change = Change::between(before, &judged.judgement);
    if change.is_empty() && occasion != Occasion::Begun {
        return Ok(());
    }
    let changed = Changed { node: &judged.node, time: judged.taken, change: &change };
    match format {
        Format::Json => stream(&changed.json(catalogue)?),
        Format::Table if occasion == Occasion::Begun => {
            stream(&(changed.people() + &report::brief(std::slice::from_ref(judged))))
        }
        Format::Table => stream(&changed.people()),
    }
}
