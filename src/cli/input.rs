//! Gets what is judged: the live host or folders, with the intent that belongs to them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{Capture, Input, Live};
use super::{CliError, Exit, print};
use crate::collect::{self, collect};
use crate::host::Intent;
use crate::snapshot::{Snapshot, folder};

/// Where intent of the live host is looked for.
const INTENT: &str = "/etc/routelint/routelint.toml";

/// A node to judge.
pub(super) struct Node {
    /// What was observed.
    pub(super) snapshot: Snapshot,
    /// What is meant, where it is written.
    pub(super) intent: Option<Intent>,
}

/// The nodes that the arguments name, sorted by name.
pub(super) fn nodes(input: &Input) -> Result<Vec<Node>, CliError> {
    if input.paths.is_empty() {
        let intent = live_intent(input.intent.as_deref())?;
        return Ok(vec![Node { snapshot: live(&input.live, None)?, intent }]);
    }
    let given = input.intent.as_deref().map(Intent::read).transpose()?;
    let mut nodes = Vec::new();
    for path in &input.paths {
        if !path.exists() {
            return Err(CliError::NoPath(path.clone()));
        }
        if path.is_file() {
            return Err(CliError::NoFolder(path.clone()));
        }
        for dir in folder::nodes(path)? {
            let intent = match &given {
                Some(intent) => Some(intent.clone()),
                None => intent_beside(&dir)?,
            };
            let mut snapshot = folder::read(&dir)?;
            for daemon in &mut snapshot.bird {
                let given = || input.bird_version.map(|version| version.to_string());
                daemon.version = daemon.version.take().or_else(given);
            }
            nodes.push(Node { snapshot, intent });
        }
    }
    nodes.sort_by(|a, b| a.snapshot.node.cmp(&b.snapshot.node));
    Ok(nodes)
}

/// Intent for the live host: the file that was named, else the one in its usual place.
pub(super) fn live_intent(given: Option<&Path>) -> Result<Option<Intent>, CliError> {
    match given {
        Some(path) => Ok(Some(Intent::read(path)?)),
        None => read_if_there(Path::new(INTENT)),
    }
}

/// Intent in a node's folder, or in the one above it.
fn intent_beside(dir: &Path) -> Result<Option<Intent>, CliError> {
    let above: PathBuf =
        dir.canonicalize().ok().and_then(|dir| dir.parent().map(Path::to_owned)).unwrap_or_default();
    match read_if_there(&dir.join("routelint.toml"))? {
        Some(intent) => Ok(Some(intent)),
        None => read_if_there(&above.join("routelint.toml")),
    }
}

fn read_if_there(path: &Path) -> Result<Option<Intent>, CliError> {
    Ok(if path.is_file() { Some(Intent::read(path)?) } else { None })
}

/// Collects the live host once.
fn live(live: &Live, node: Option<&str>) -> Result<Snapshot, CliError> {
    let snapshot = look(live, node)?;
    // From here on the kernel itself refuses any change.
    collect::drop_privileges()?;
    Ok(snapshot)
}

/// Collects the live host and keeps the privileges for the next time.
pub(super) fn look(live: &Live, node: Option<&str>) -> Result<Snapshot, CliError> {
    let options = collect::Options {
        netns: live.netns.clone(),
        deadline: live.deadline.unwrap_or(Duration::from_secs(5)),
        node: node.map(str::to_owned),
    };
    Ok(collect(&options)?.canonical())
}

/// Writes what can be seen of this host into a folder.
pub(super) fn capture(capture: &Capture) -> Result<Exit, CliError> {
    // Without capabilities even root may write only where its user may.
    std::fs::create_dir_all(&capture.dir)
        .map_err(|source| CliError::Create { path: capture.dir.clone(), source })?;
    let snapshot = live(&capture.live, capture.node.as_deref())?;
    folder::write(&snapshot, &capture.dir)?;
    let gaps: Vec<String> = crate::snapshot::Source::ALL
        .into_iter()
        .flat_map(|source| snapshot.sources.gaps(source).iter().map(move |gap| (source, gap)))
        .map(|(source, gap)| {
            format!("not seen: {source} {}: {}; {}\n", gap.part, gap.why.reason, gap.why.remedy)
        })
        .collect();
    print(&format!("captured {} into {}\n{}", snapshot.node, capture.dir.display(), gaps.concat()))?;
    Ok(if gaps.is_empty() { Exit::Holds } else { Exit::Unproven })
}
