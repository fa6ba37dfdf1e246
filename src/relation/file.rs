//! `file`: each file of a BIRD configuration, and whether the daemon has read it since it was written.

use super::column::{OfDaemon, daemon};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Daemon, Host, Load};
use crate::seen::Seen;
use crate::snapshot::Source;

/// One file.
pub(super) struct FileRow {
    /// The daemon's place in the host's list.
    daemon: usize,
    path: String,
}

impl OfDaemon for FileRow {
    fn daemon_at(&self) -> usize {
        self.daemon
    }
}

/// The relation.
pub(super) static FILE: Relation<FileRow> = Relation {
    name: "file",
    about: "a file of a BIRD configuration, beside the daemon that runs by it",
    needs: &[Source::BirdConfig, Source::BirdSocket],
    reads: &[],
    main: &[],
    fields: &[
        daemon(),
        Field {
            name: "path",
            about: "its path",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.path.clone())),
        },
        Field {
            name: "load",
            about: "`loaded`; `newer` than the daemon's last configuration; `pending` while a reconfiguration or an undo \
                    waits; none where the snapshot does not say when the file was written",
            kind: Kind::Word(&["loaded", "newer", "pending"]),
            get: |row, host| {
                row.load(host).map(|load| {
                    Value::Word(match load {
                        Load::Loaded => "loaded",
                        Load::Newer => "newer",
                        Load::Pending(_) => "pending",
                    })
                })
            },
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(FileRow)) {
    // Where the socket did not answer, that is told once, and not by each file.
    let answering = |daemon: &Daemon| !matches!(host.protocol_states(daemon), Seen::Unseen(_));
    for (at, daemon) in host.bird.iter().enumerate().filter(|(_, daemon)| answering(daemon)) {
        daemon.files.iter().map(|path| FileRow { daemon: at, path: path.clone() }).for_each(&mut *give);
    }
}

impl FileRow {
    fn load(&self, host: &Host<'_>) -> Seen<Load> {
        host.load(self.daemon(host), &self.path)
    }
}

fn tell(row: &FileRow, host: &Host<'_>) -> Story {
    let daemon = row.daemon(host);
    let (place, text, sentence) = match row.load(host) {
        Seen::Known(Load::Pending(said)) => (
            "birdc configure status",
            said.clone(),
            format!("{} has not settled on its configuration: {said}", daemon.name),
        ),
        Seen::Known(Load::Newer) => {
            let sentence =
                format!("`{}` was written after {} last took its configuration", row.path, daemon.name);
            ("birdc show status", String::from("Last reconfiguration"), sentence)
        }
        Seen::Known(Load::Loaded) | Seen::Absent | Seen::Unseen(_) => (
            "birdc show status",
            String::from("Last reconfiguration"),
            format!("{} runs by `{}`", daemon.name, row.path),
        ),
    };
    Story {
        key: format!("{} {}", daemon.name, row.path),
        culprit: format!("configuration of {}", daemon.name),
        subject: row.path.clone(),
        sentence,
        evidence: vec![
            Evidence {
                origin: Origin::File,
                place: row.path.clone(),
                text: "time of last change".to_owned(),
            },
            Evidence { origin: Origin::Bird, place: place.to_owned(), text },
        ],
        now: vec!["birdc configure check".to_owned()],
        ..Story::default()
    }
}
