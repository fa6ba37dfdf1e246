//! Judged nodes as text: for people, and as JSON.
//!
//! Every format says the same: what is wrong, what was not proved and why, and what was judged at all.

mod change;
mod diff;
mod group;
mod json;
mod notes;
mod people;
mod summary;
mod trace;

pub use change::Changed;
pub use diff::Difference;
pub use json::json;
pub use people::people;
pub use summary::{Counts, brief};
pub use trace::Trace;

use crate::finding::{Judgement, StaleAllow};
use crate::rule::Catalogue;
use crate::snapshot::{Snapshot, Sources};

/// A node with what was found there.
pub struct Judged {
    /// The node's name.
    pub node: String,
    /// When it was captured.
    pub taken: Option<jiff::Timestamp>,
    /// What was asked of each source.
    pub sources: Sources,
    /// What there was to judge.
    pub size: Size,
    /// Whether some daemon's files were read by the eyes of a version that was assumed.
    pub assumes_version: bool,
    /// What was found.
    pub judgement: Judgement,
}

/// How much of what a node has, for the line that says what was judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    /// Routes of both families, all tables.
    pub routes: usize,
    /// WireGuard tunnels.
    pub tunnels: usize,
    /// Their peers.
    pub peers: usize,
}

impl Judged {
    /// Puts a judgement beside what it is about.
    pub fn new(snapshot: &Snapshot, tunnels: usize, peers: usize, judgement: Judgement) -> Judged {
        Judged {
            node: snapshot.node.clone(),
            taken: snapshot.taken,
            sources: snapshot.sources.clone(),
            size: Size { routes: snapshot.routes.len(), tunnels, peers },
            assumes_version: snapshot
                .bird
                .iter()
                .any(|daemon| daemon.version.is_none() && !daemon.files.is_empty()),
            judgement,
        }
    }
}

/// All nodes of a run and the rules by which they were judged.
pub struct Report<'r> {
    /// The nodes, sorted by name.
    pub nodes: Vec<Judged>,
    /// The rules.
    pub catalogue: &'r Catalogue,
    /// The exceptions of intent that accept nothing.
    pub stale: Vec<StaleAllow>,
}
