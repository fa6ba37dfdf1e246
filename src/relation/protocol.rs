//! `protocol`: each protocol that BIRD runs or should run, as the control socket tells it.

use super::column::{OfDaemon, daemon};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Daemon, Detail, Difference, Host, ProtocolState, differences};
use crate::seen::Seen;
use crate::snapshot::Source;

/// One protocol, in the files, at run time, or both.
pub(super) struct ProtocolRow {
    /// The daemon's place in the host's list.
    daemon: usize,
    name: String,
    kind: Seen<String>,
    state: &'static str,
    since: Option<String>,
    /// The last error, or what BIRD says last of it.
    note: Option<String>,
    loaded: Seen<&'static str>,
    differences: Vec<Difference>,
}

const STATES: &[&str] = &["up", "starting", "down", "disabled", "listening"];

impl OfDaemon for ProtocolRow {
    fn daemon_at(&self) -> usize {
        self.daemon
    }
}

/// The relation.
pub(super) static PROTOCOL: Relation<ProtocolRow> = Relation {
    name: "protocol",
    about: "a protocol that a BIRD daemon runs, or that its files hold",
    needs: &[Source::BirdSocket],
    reads: &[],
    main: &["name", "kind", "state", "since", "note", "loaded"],
    fields: &[
        daemon(),
        Field {
            name: "name",
            about: "its name",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.name.clone())),
        },
        Field {
            name: "kind",
            about: "its kind in small letters: `bgp`, `kernel`, `static`",
            kind: Kind::Text,
            get: |row, _| row.kind.clone().map(Value::Text),
        },
        Field {
            name: "state",
            about: "`up` (of a BGP session: Established), `starting`, `down`, `disabled` by the files, or `listening` for \
                    a range of neighbours",
            kind: Kind::Word(STATES),
            get: |row, _| Seen::Known(Value::Word(row.state)),
        },
        Field {
            name: "since",
            about: "since when, in the daemon's words",
            kind: Kind::Text,
            get: |row, _| row.since.clone().map(Value::Text).into(),
        },
        Field {
            name: "note",
            about: "the last error, or what BIRD adds",
            kind: Kind::Text,
            get: |row, _| row.note.clone().map(Value::Text).into(),
        },
        Field {
            name: "loaded",
            about: "whether files and daemon hold the same, both hold it and it differs in what the socket tells (kind, \
                    neighbour, AS numbers, channels, names of filters, number of static routes), or only one holds it",
            kind: Kind::Word(&["both", "differs", "files-only", "daemon-only"]),
            get: |row, _| row.loaded.clone().map(Value::Word),
        },
        Field {
            name: "differences",
            about: "what differs",
            kind: Kind::Texts,
            get: |row, _| {
                Seen::Known(Value::Texts(row.differences.iter().map(|one| one.what.clone()).collect()))
            },
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(ProtocolRow)) {
    for (at, daemon) in host.bird.iter().enumerate() {
        let of = Of { at, daemon };
        match host.protocol_states(daemon) {
            Seen::Known(states) => {
                let filed = daemon.protocols.iter().map(|protocol| &protocol.name);
                let missing = filed.filter(|name| states.iter().all(|state| state.name != **name));
                missing.map(|name| of.filed(name, "files-only")).for_each(&mut *give);
                states.iter().map(|state| of.running(state)).for_each(&mut *give);
            }
            // The daemon is dead, and so is all that it should run.
            Seen::Absent => {
                daemon.protocols.iter().map(|filed| of.filed(&filed.name, "both")).for_each(&mut *give);
            }
            Seen::Unseen(_) => {}
        }
    }
}

/// Makes rows of one daemon.
struct Of<'h> {
    at: usize,
    daemon: &'h Daemon,
}

impl Of<'_> {
    /// A protocol that does not run.
    fn filed(&self, name: &str, loaded: &'static str) -> ProtocolRow {
        ProtocolRow {
            daemon: self.at,
            name: name.to_owned(),
            kind: Seen::Known(self.kind(name).to_owned()),
            state: if self.is_disabled(name) { "disabled" } else { "down" },
            since: None,
            note: (self.daemon.running == Some(false))
                .then(|| format!("{} is not running", self.daemon.name)),
            loaded: Seen::Known(loaded),
            differences: Vec::new(),
        }
    }

    fn running(&self, state: &ProtocolState) -> ProtocolRow {
        let said = &Said::of(state);
        let filed = self.daemon.protocol(said.name);
        let differences = filed.map(|filed| differences(filed, state)).unwrap_or_default();
        ProtocolRow {
            daemon: self.at,
            name: said.name.to_owned(),
            kind: Seen::Known(said.kind.clone()),
            state: match said.state {
                "up" => "up",
                _ if self.is_disabled(said.name) => "disabled",
                _ if said.ranged => "listening",
                "start" => "starting",
                _ => "down",
            },
            since: Some(said.since.to_owned()),
            note: Some(said.note).filter(|note| !note.is_empty()).map(str::to_owned),
            loaded: match self.loaded(said) {
                Seen::Known("both") if !differences.is_empty() => Seen::Known("differs"),
                loaded => loaded,
            },
            differences,
        }
    }

    /// Whether the files hold what runs. A session that a range of neighbours made is in no file.
    fn loaded(&self, said: &Said<'_>) -> Seen<&'static str> {
        let ranged = || {
            self.daemon.protocols.iter().any(|protocol| match &protocol.detail {
                Detail::Bgp(session, _) => session.range.is_some(),
                Detail::Static(_) | Detail::Kernel(_) | Detail::Pipe(_) | Detail::Device | Detail::Other => {
                    false
                }
            })
        };
        match (self.daemon.protocol(said.name), self.daemon.unread()) {
            (Some(_), _) => Seen::Known("both"),
            (None, _) if said.kind == "bgp" && ranged() => Seen::Known("both"),
            (None, Some(why)) => Seen::Unseen(why),
            (None, None) => Seen::Known("daemon-only"),
        }
    }

    fn is_disabled(&self, name: &str) -> bool {
        self.daemon.protocol(name).is_some_and(|protocol| protocol.disabled == Seen::Known(true))
    }

    fn kind(&self, name: &str) -> &'static str {
        let kind = self.daemon.protocol(name).and_then(|protocol| protocol.detail.kind());
        kind.unwrap_or("other")
    }
}

/// What the socket says of a protocol, in a few words.
struct Said<'s> {
    name: &'s str,
    kind: String,
    state: &'s str,
    since: &'s str,
    note: &'s str,
    /// It waits for neighbours of a range.
    ranged: bool,
}

impl<'s> Said<'s> {
    fn of(state: &'s ProtocolState) -> Said<'s> {
        let bgp = state.bgp.as_ref();
        Said {
            name: &state.name,
            kind: state.proto.to_ascii_lowercase(),
            state: &state.state,
            since: &state.since,
            note: bgp.and_then(|bgp| bgp.last_error.as_deref()).unwrap_or(&state.info),
            ranged: bgp.is_some_and(|bgp| bgp.neighbor_range.is_some()),
        }
    }
}

impl ProtocolRow {
    fn sentence(&self) -> String {
        let note = self.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let kind = self.kind.known().map_or("", String::as_str);
        match self.loaded {
            Seen::Known("files-only") => {
                format!("{kind} protocol {} is in the files, and the daemon does not run it", self.name)
            }
            Seen::Known("daemon-only") => {
                format!("the daemon runs {kind} protocol {}, and no file holds it", self.name)
            }
            Seen::Known("differs") => {
                let told = self.differences.iter().map(|Difference { what, filed, running }| {
                    format!("{what} is {filed} in the files and {running} in the daemon")
                });
                format!(
                    "{kind} protocol {} runs otherwise: {}",
                    self.name,
                    told.collect::<Vec<_>>().join("; ")
                )
            }
            _ if kind == "bgp" && self.state != "up" => {
                format!("session {} is not Established but {}{note}", self.name, self.state)
            }
            _ => format!("{kind} protocol {} is {}{note}", self.name, self.state),
        }
    }
}

fn tell(row: &ProtocolRow, host: &Host<'_>) -> Story {
    let daemon = row.daemon(host);
    let filed = daemon.protocol(&row.name).map(|protocol| daemon.line(protocol.line));
    let since = row.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    let said = Evidence {
        origin: Origin::Bird,
        place: format!("birdc show protocols all {}", row.name),
        text: format!("{} {}{since}", row.name, row.state),
    };
    Story {
        key: format!("{} {}", daemon.name, row.name),
        culprit: match row.loaded {
            // What differs is told of each.
            Seen::Known("differs") => format!("protocol {} of {}", row.name, daemon.name),
            Seen::Known(_) | Seen::Absent | Seen::Unseen(_) => format!("protocols of {}", daemon.name),
        },
        subject: row.name.clone(),
        sentence: row.sentence(),
        evidence: filed.into_iter().chain([said]).collect(),
        now: match row.loaded {
            _ if daemon.running == Some(false) => vec![format!("systemctl start {}", daemon.name)],
            Seen::Known("both") | Seen::Absent | Seen::Unseen(_) => Vec::new(),
            Seen::Known(_) => vec!["birdc configure check".to_owned()],
        },
        ..Story::default()
    }
}
