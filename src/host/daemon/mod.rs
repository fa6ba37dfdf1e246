//! BIRD's daemons as rules ask about them: what their files configure, as owned facts with their lines.
//!
//! It must not know what anybody thinks of a configuration. What the control socket said is in `run_time`.

mod loaded;
mod protocol;
mod run_time;

use std::sync::Arc;

pub use loaded::{Difference, differences};
pub use protocol::{BirdProtocol, Channel, Detail, Policy, StaticLeads, StaticRoute};
pub use run_time::{Agreement, Load, RibEntry};

use crate::bird::{self, Configuration, ErrorKind, Files, Version};
use crate::evidence::{Evidence, Origin};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{BirdDaemon, Snapshot};
use crate::text::Span;

/// One daemon.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// Its place in the snapshot's list.
    pub at: usize,
    /// Its name, `bird` for the only one.
    pub name: String,
    /// Whether a process was seen.
    pub running: Option<bool>,
    /// Whether the version that runs was seen.
    pub version_seen: bool,
    /// Its configuration as the version that runs reads it; absent where no file of it was seen.
    pub configuration: Seen<Configuration>,
    /// The protocols that the configuration runs, in the order of the files.
    pub protocols: Vec<BirdProtocol>,
    /// The paths of the files that make up the configuration, the main one first.
    pub files: Vec<String>,
}

/// Something for which BIRD would refuse a configuration.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The line.
    pub line: Evidence,
    /// What is wrong and what was expected.
    pub message: String,
    /// Why it may be no fault; none where it is one.
    pub doubt: Option<Unseen>,
}

/// Reads every daemon of a snapshot.
pub(super) fn daemons(snapshot: &Snapshot) -> Arc<[Daemon]> {
    snapshot.bird.iter().enumerate().map(|(at, daemon)| read(at, daemon)).collect()
}

fn read(at: usize, daemon: &BirdDaemon) -> Daemon {
    let configuration = configuration(daemon);
    let known = configuration.known();
    Daemon {
        at,
        name: daemon.name.clone(),
        running: daemon.running,
        version_seen: daemon.version.is_some(),
        protocols: known.map(protocol::protocols).unwrap_or_default(),
        files: known.map(|read| read.sources.paths().map(str::to_owned).collect()).unwrap_or_default(),
        configuration,
    }
}

/// The configuration by the eyes of the version that runs, Debian 12's where that was not seen.
fn configuration(daemon: &BirdDaemon) -> Seen<Configuration> {
    let Some(main) = daemon.config.as_deref().filter(|_| !daemon.files.is_empty()) else {
        return Seen::Absent;
    };
    let version = daemon.version.as_deref().and_then(|version| version.parse().ok());
    match bird::read(&Files::of(daemon), main, version.unwrap_or(Version::DEFAULT)) {
        Ok(configuration) => Seen::Known(configuration),
        Err(why) => {
            Seen::Unseen(Unseen::new(why.0, "run as root, or capture again with BIRD's files readable"))
        }
    }
}

impl Daemon {
    /// Why it is not certain that the configuration holds nothing else; none where it was read whole.
    pub fn unread(&self) -> Option<Unseen> {
        match &self.configuration {
            Seen::Known(read) => {
                read.errors.iter().find(|error| error.kind != ErrorKind::Incomplete).map(|error| {
                    let place = read.sources.place(error.span);
                    let remedy = match error.kind {
                        ErrorKind::Include => "add the included file to the folder",
                        ErrorKind::Syntax
                        | ErrorKind::Version
                        | ErrorKind::Meaning
                        | ErrorKind::Incomplete => "mend it: `bird -p` refuses it as well",
                    };
                    Unseen::new(format!("{place}: {}", error.message), remedy)
                })
            }
            Seen::Absent => Some(Unseen::new(
                format!("no configuration of {} was seen", self.name),
                "add `bird.conf` and what it includes",
            )),
            Seen::Unseen(why) => Some(why.clone()),
        }
    }

    /// A line of the configuration as evidence.
    ///
    /// Finding the number of a line costs a walk through its file, so facts keep spans and only what is told asks.
    pub fn line(&self, span: Span) -> Evidence {
        let (place, text) = match &self.configuration {
            Seen::Known(read) => {
                (read.sources.place(span).to_string(), read.sources.line_of(span).trim().to_owned())
            }
            Seen::Absent | Seen::Unseen(_) => (self.name.clone(), String::new()),
        };
        Evidence { origin: Origin::File, place, text }
    }

    /// Everything for which BIRD would refuse the configuration.
    pub fn refusals(&self) -> Vec<Refusal> {
        let Seen::Known(read) = &self.configuration else { return Vec::new() };
        let missing = read.errors.iter().find(|error| error.kind == ErrorKind::Include);
        let missing =
            missing.map(|error| Unseen::new(&*error.message, "add the included file to the folder"));
        let unknown = (!self.version_seen).then(|| {
            Unseen::new(
                format!("which version of BIRD runs was not seen; {} was assumed", read.version),
                "add what `birdc show status` prints",
            )
        });
        let doubt = |kind: ErrorKind| match kind {
            ErrorKind::Syntax => None,
            ErrorKind::Version => unknown.clone(),
            ErrorKind::Include | ErrorKind::Meaning | ErrorKind::Incomplete => missing.clone(),
        };
        let told = read.diagnostics().into_iter().map(|told| Refusal {
            line: Evidence {
                origin: Origin::File,
                place: told.place.to_string(),
                text: told.excerpt().0.trim().to_owned(),
            },
            message: told.message,
            doubt: doubt(told.kind),
        });
        told.collect()
    }

    /// The protocol of a name.
    pub fn protocol(&self, name: &str) -> Option<&BirdProtocol> {
        self.protocols.iter().find(|protocol| protocol.name == name)
    }
}
