//! `table`: each table of plain routes that BIRD's protocols fill, and what ties it to the kernel.

use std::collections::{BTreeMap, BTreeSet};

use super::column::{OfDaemon, daemon};
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{Daemon, Detail, Host, Policy};
use crate::seen::Seen;
use crate::snapshot::Source;
use crate::text::Span;

/// One table.
pub(super) struct TableRow {
    /// The daemon's place in the host's list.
    daemon: usize,
    table: String,
    /// The protocols that put routes into it, with their places.
    filled: BTreeMap<String, Span>,
}

impl OfDaemon for TableRow {
    fn daemon_at(&self) -> usize {
        self.daemon
    }
}

/// The relation.
pub(super) static TABLE: Relation<TableRow> = Relation {
    name: "table",
    about: "a table of IPv4 or IPv6 routes that protocols of a BIRD configuration fill",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &[],
    fields: &[
        daemon(),
        Field {
            name: "table",
            about: "its name",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.table.clone())),
        },
        Field {
            name: "filled-by",
            about: "the protocols that may put routes into it",
            kind: Kind::Texts,
            get: |row, _| Seen::Known(Value::Texts(row.filled.keys().cloned().collect())),
        },
        Field {
            name: "kernel",
            about: "a kernel protocol serves it (whatever that lets through), or one behind a pipe does, or none",
            kind: Kind::Word(&["served", "piped", "missing"]),
            get: |row, host| row.kernel(host),
        },
        Field {
            name: "device",
            about: "the daemon has a device protocol, without which it sees no link",
            kind: Kind::Word(&["there", "missing"]),
            get: |row, host| row.device(host),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(TableRow)) {
    for (at, daemon) in host.bird.iter().enumerate() {
        let mut tables: BTreeMap<String, BTreeMap<String, Span>> = BTreeMap::new();
        for (name, channel, line) in fillers(daemon) {
            tables.entry(channel).or_default().insert(name, line);
        }
        tables.into_iter().for_each(|(table, filled)| give(TableRow { daemon: at, table, filled }));
    }
}

/// The BGP and static protocols that run, each with the table that it fills.
fn fillers(daemon: &Daemon) -> Vec<(String, String, Span)> {
    let mut fillers = Vec::new();
    for protocol in daemon.protocols.iter().filter(|protocol| protocol.disabled != Seen::Known(true)) {
        let fills = matches!(protocol.detail, Detail::Bgp(..) | Detail::Static(_));
        for channel in protocol.channels.iter().filter(|channel| fills && channel.family.is_some()) {
            let table = channel.table.clone().filter(|_| channel.import.0 != Policy::None);
            fillers.extend(table.map(|table| (protocol.name.clone(), table, protocol.line)));
        }
    }
    fillers
}

impl TableRow {
    fn kernel(&self, host: &Host<'_>) -> Seen<Value> {
        let daemon = self.daemon(host);
        let served: BTreeSet<&str> = tables(daemon, |detail| matches!(detail, Detail::Kernel(_))).collect();
        let piped = || self.piped_to(daemon).into_iter().any(|table| served.contains(table));
        match served.contains(self.table.as_str()) {
            true => Seen::Known(Value::Word("served")),
            false if piped() => Seen::Known(Value::Word("piped")),
            false => known_missing(daemon),
        }
    }

    /// The tables that pipes lead to from here, over any number of pipes.
    fn piped_to<'d>(&'d self, daemon: &'d Daemon) -> BTreeSet<&'d str> {
        let mut joined: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for protocol in &daemon.protocols {
            let Detail::Pipe(Some(far)) = &protocol.detail else { continue };
            for near in protocol.channels.iter().filter_map(|channel| channel.table.as_deref()) {
                joined.entry(near).or_default().push(far);
                joined.entry(far).or_default().push(near);
            }
        }
        let (mut reached, mut open) = (BTreeSet::new(), vec![self.table.as_str()]);
        while let Some(table) = open.pop() {
            if reached.insert(table) {
                open.extend(joined.get(table).into_iter().flatten());
            }
        }
        reached
    }

    fn device(&self, host: &Host<'_>) -> Seen<Value> {
        let daemon = self.daemon(host);
        let there = daemon.protocols.iter().any(|protocol| matches!(protocol.detail, Detail::Device));
        if there { Seen::Known(Value::Word("there")) } else { known_missing(daemon) }
    }
}

/// What was not found is missing only where everything was read.
fn known_missing(daemon: &Daemon) -> Seen<Value> {
    daemon.unread().map_or(Seen::Known(Value::Word("missing")), Seen::Unseen)
}

/// The tables of the protocols of a kind.
fn tables(daemon: &Daemon, is: fn(&Detail) -> bool) -> impl Iterator<Item = &str> {
    let protocols = daemon.protocols.iter().filter(move |protocol| is(&protocol.detail));
    protocols.flat_map(|protocol| &protocol.channels).filter_map(|channel| channel.table.as_deref())
}

fn tell(row: &TableRow, host: &Host<'_>) -> Story {
    let daemon = row.daemon(host);
    let names: Vec<&str> = row.filled.keys().map(String::as_str).collect();
    let lacks = match (row.device(host), row.kernel(host)) {
        (Seen::Known(Value::Word("missing")), _) => "and no device protocol tells BIRD of the links",
        (_, Seen::Known(Value::Word("missing"))) => "and no kernel protocol serves it",
        _ => "and its ties to the kernel are there as far as was seen",
    };
    Story {
        key: format!("{} {}", daemon.name, row.table),
        culprit: format!("tables of {}", daemon.name),
        subject: row.table.clone(),
        sentence: format!("table {} is filled by {}, {lacks}", row.table, names.join(", ")),
        evidence: row.filled.values().map(|span| daemon.line(*span)).collect(),
        ..Story::default()
    }
}
