//! BIRD's daemons as rules ask about them: what their files configure.
//!
//! It must not know what anybody thinks of a configuration.

use std::sync::Arc;

use crate::bird::{self, Configuration, ErrorKind, Files, Version};
use crate::evidence::{Evidence, Origin};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{BirdDaemon, Snapshot};
use crate::text::Span;

/// One daemon.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// Its name, `bird` for the only one.
    pub name: String,
    /// Its configuration as the version that runs reads it; absent where no file of it was seen.
    pub configuration: Seen<Configuration>,
}

/// Reads every daemon of a snapshot.
pub(super) fn daemons(snapshot: &Snapshot) -> Arc<[Daemon]> {
    let read = |daemon: &BirdDaemon| Daemon { name: daemon.name.clone(), configuration: configuration(daemon) };
    snapshot.bird.iter().map(read).collect()
}

/// The configuration by the eyes of the version that runs, Debian 12's where that was not seen.
fn configuration(daemon: &BirdDaemon) -> Seen<Configuration> {
    let Some(main) = daemon.config.as_deref().filter(|_| !daemon.files.is_empty()) else {
        return Seen::Absent;
    };
    let version = daemon.version.as_deref().and_then(|version| version.parse().ok());
    match bird::read(&Files::of(daemon), main, version.unwrap_or(Version::DEFAULT)) {
        Ok(configuration) => Seen::Known(configuration),
        Err(why) => Seen::Unseen(Unseen::new(why.0, "run as root, or capture again with BIRD's files readable")),
    }
}

impl Daemon {
    /// Why it is not certain that the configuration holds nothing else; none where it was read whole.
    pub fn unread(&self) -> Option<Unseen> {
        match &self.configuration {
            Seen::Known(read) => read.errors.first().map(|error| {
                let place = read.sources.place(error.span);
                let remedy = match error.kind {
                    ErrorKind::Include => "add the included file to the folder",
                    ErrorKind::Syntax | ErrorKind::Version | ErrorKind::Meaning => {
                        "mend it: `bird -p` refuses it as well"
                    }
                };
                Unseen::new(format!("{place}: {}", error.message), remedy)
            }),
            Seen::Absent => Some(Unseen::new(
                format!("no configuration of {} was seen", self.name),
                "add `bird.conf` and what it includes",
            )),
            Seen::Unseen(why) => Some(why.clone()),
        }
    }
}

/// A line of a configuration as evidence.
pub(super) fn line(configuration: &Configuration, span: Span) -> Evidence {
    Evidence {
        origin: Origin::File,
        place: configuration.sources.place(span).to_string(),
        text: configuration.sources.line_of(span).trim().to_owned(),
    }
}
