//! `rib`: each route that BIRD prefers, beside what the kernel holds of it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::alike::{Alike, Lots, MOST};
use super::column::{OfMany, more};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Agreement, Change, Daemon, Host, RibEntry};
use crate::net::RouteType;
use crate::seen::Seen;
use crate::snapshot::Source;

/// One route of BIRD's, or one that it left in the kernel.
pub(super) struct RibRow {
    daemon: String,
    entry: RibEntry,
    /// Others like it, where they are too many to be rows of their own.
    more: Vec<RibEntry>,
}

/// What rows have in common that have the same story: the daemon, the table, the protocol and the kernel protocol, what
/// is the case, the next hop, and the kernel's route.
type Class =
    (String, String, Option<String>, Option<String>, [&'static str; 2], Option<IpAddr>, Option<Alike>);

impl OfMany for RibRow {
    fn others(&self) -> usize {
        self.more.len()
    }
}

/// The relation.
pub(super) static RIB: Relation<RibRow> = Relation {
    name: "rib",
    about: "a route that BIRD prefers in one of its tables, or one of its making that only the kernel holds",
    needs: &[Source::BirdSocket, Source::BirdConfig, Source::Routes4, Source::Routes6],
    reads: &[],
    main: &["prefix", "type", "protocol", "exported", "kernel"],
    fields: &[
        Field {
            name: "daemon",
            about: "the BIRD daemon",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.daemon.clone())),
        },
        Field {
            name: "running",
            about: "the daemon runs; none where that was not seen",
            kind: Kind::Flag,
            get: |row, host| {
                let daemon = host.bird.iter().find(|daemon| daemon.name == row.daemon);
                daemon.and_then(|daemon| daemon.running).map(Value::Flag).into()
            },
        },
        Field {
            name: "table",
            about: "BIRD's table",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.entry.table.clone())),
        },
        Field {
            name: "prefix",
            about: "the destination",
            kind: Kind::Prefix,
            get: |row, _| Seen::Known(Value::Prefix(row.entry.prefix)),
        },
        Field {
            name: "type",
            about: "what it does with packets",
            kind: Kind::Word(&["unicast", "blackhole", "unreachable", "prohibit", "other"]),
            get: |row, _| Seen::Known(Value::Word(row.kind())),
        },
        Field {
            name: "protocol",
            about: "the protocol that made it; none where only the kernel holds it",
            kind: Kind::Text,
            get: |row, _| row.entry.protocol.clone().map(Value::Text).into(),
        },
        Field {
            name: "source",
            about: "what made it, in small letters: `static`, `bgp`, `device`, `inherit`",
            kind: Kind::Text,
            get: |row, _| row.entry.source.clone().map(Value::Text).into(),
        },
        Field {
            name: "next-hop",
            about: "the next hop that BGP learned",
            kind: Kind::Address,
            get: |row, _| row.entry.bgp_next_hop.map(Value::Address).into(),
        },
        Field {
            name: "exported",
            about: "whether a kernel protocol hands it to the kernel",
            kind: Kind::Flag,
            get: |row, _| match &row.entry.exported {
                Seen::Known(_) => Seen::Known(Value::Flag(true)),
                Seen::Absent => Seen::Known(Value::Flag(false)),
                Seen::Unseen(why) => Seen::Unseen(why.clone()),
            },
        },
        Field {
            name: "kernel",
            about: "what the kernel holds of BIRD's for the destination: the `same`, something `different`, nothing \
                    (`missing`), what BIRD does not hand over (`left`), or what a daemon that does not run left \
                    (`orphaned`); none where it is not concerned",
            kind: Kind::Word(Agreement::WORDS),
            get: |row, _| row.entry.kernel.clone().map(|agreement| Value::Word(agreement.word())),
        },
        more("routes"),
    ],
    rows,
    tell,
};

/// Gives every route of every daemon.
fn rows(host: &Host<'_>, give: &mut dyn FnMut(RibRow)) {
    for daemon in host.bird.iter() {
        let Seen::Known(entries) = host.rib(daemon) else { continue };
        let few = entries.len() <= MOST;
        let row = |entry| RibRow { daemon: daemon.name.clone(), entry, more: Vec::new() };
        let rows = entries.into_iter().map(row);
        if few { rows.for_each(&mut *give) } else { join(host, rows, give) }
    }
}

/// Gives the rows of a daemon: those that are as they should be, then the others, too many that are alike as one.
fn join(host: &Host<'_>, rows: impl Iterator<Item = RibRow>, give: &mut dyn FnMut(RibRow)) {
    let mut lots = Lots::new(|first: &mut RibRow, other| first.more.push(other.entry));
    for row in rows {
        match row.is_sound() {
            true => give(row),
            false => lots.add(row.class(host), row),
        }
    }
    let mut rows = lots.into_rows();
    rows.sort_by(|one, two| one.order().cmp(&two.order()));
    rows.into_iter().for_each(give);
}

impl RibRow {
    /// Whether the kernel holds it as BIRD means it, or is not concerned, and it leads somewhere.
    fn is_sound(&self) -> bool {
        let agrees = matches!(self.entry.kernel, Seen::Known(Agreement::Same) | Seen::Absent);
        agrees && (self.entry.kind == RouteType::Unicast || matches!(self.entry.exported, Seen::Absent))
    }

    fn class(&self, host: &Host<'_>) -> Class {
        let entry = &self.entry;
        (
            self.daemon.clone(),
            entry.table.clone(),
            entry.protocol.clone(),
            entry.exported.known().cloned(),
            [self.kind(), self.kernel()],
            entry.bgp_next_hop,
            entry.installed.and_then(|id| Alike::of(host, id)),
        )
    }

    /// How the kernel's table compares, in a word.
    fn kernel(&self) -> &'static str {
        match &self.entry.kernel {
            Seen::Known(agreement) => agreement.word(),
            Seen::Absent => "none",
            Seen::Unseen(_) => "unseen",
        }
    }

    fn order(&self) -> (&str, IpNet, Option<&str>) {
        (&self.entry.table, self.entry.prefix, self.entry.protocol.as_deref())
    }

    fn kind(&self) -> &'static str {
        match self.entry.kind {
            RouteType::Unicast => "unicast",
            RouteType::Blackhole => "blackhole",
            RouteType::Unreachable => "unreachable",
            RouteType::Prohibit => "prohibit",
            _ => "other",
        }
    }

    /// The command that shows it, less `birdc`.
    fn place(&self) -> String {
        format!("birdc show route all for {} table {}", self.entry.prefix, self.entry.table)
    }

    fn sentence(&self) -> String {
        let entry = &self.entry;
        let (prefix, protocol) = (self.what(), entry.protocol.as_deref().unwrap_or("bird"));
        let (a_route, it, is) = match self.more.len() {
            0 => ("a route", "it", "is"),
            _ => ("routes", "them", "are"),
        };
        let by = entry.exported.known().map_or("no kernel protocol", String::as_str);
        match (entry.kernel.known(), entry.bgp_next_hop) {
            (Some(Agreement::Left), _) => {
                format!("the kernel holds {a_route} to {prefix} that BIRD made and does not hand over")
            }
            (Some(Agreement::Orphaned), _) => {
                format!("the kernel holds {a_route} to {prefix} of {}, which is not running", self.daemon)
            }
            (Some(Agreement::Missing), _) => {
                format!("{by} hands {prefix} to the kernel, which does not hold {it}")
            }
            (Some(Agreement::Different), _) => {
                format!("{by} hands {prefix} to the kernel, which holds another route of BIRD's for {it}")
            }
            (Some(Agreement::Same) | None, Some(hop)) if self.kind() == "unreachable" => {
                format!(
                    "{prefix} from {protocol} {is} unreachable in BIRD: next hop {hop} does not resolve there"
                )
            }
            (Some(Agreement::Same) | None, _) => {
                format!("{prefix} from {protocol} {is} {} in BIRD", self.kind())
            }
        }
    }

    /// The destination, and how many like it.
    fn what(&self) -> String {
        match self.more.len() {
            0 => self.entry.prefix.to_string(),
            more => format!("{} and {more} prefixes like it", self.entry.prefix),
        }
    }

    /// What takes the difference away; what shows why a next hop does not resolve.
    fn remedy(&self, host: &Host<'_>) -> Option<String> {
        let entry = &self.entry;
        match (entry.kernel.known(), entry.bgp_next_hop) {
            (Some(Agreement::Orphaned), _) => Some(format!("systemctl start {}", self.daemon)),
            (Some(Agreement::Left), _) => {
                let left = host.route(entry.installed?)?;
                // Of many nothing is deleted by a pattern: among them are those that BIRD does hand over.
                Some(if self.more.is_empty() { host.delete_command(left) } else { host.list_command(left) })
            }
            (Some(Agreement::Missing | Agreement::Different), _) => {
                Some(format!("birdc reload out {}", entry.exported.known()?))
            }
            (Some(Agreement::Same) | None, Some(hop)) => {
                Some(format!("birdc show route for {hop} table {}", entry.table))
            }
            (Some(Agreement::Same) | None, None) => None,
        }
    }

    /// The change that takes away what the kernel alone holds.
    fn undo(&self) -> Vec<Change> {
        match self.entry.kernel.known() {
            Some(Agreement::Left | Agreement::Orphaned) => {
                let entries = [&self.entry].into_iter().chain(&self.more);
                entries.filter_map(|entry| entry.installed).map(Change::Withdraw).collect()
            }
            Some(Agreement::Same | Agreement::Different | Agreement::Missing) | None => Vec::new(),
        }
    }
}

fn tell(row: &RibRow, host: &Host<'_>) -> Story {
    let entry = &row.entry;
    let said = entry.protocol.as_ref().map(|protocol| Evidence {
        origin: Origin::Bird,
        place: row.place(),
        text: format!("{} {} [{protocol}]", entry.prefix, row.kind()),
    });
    let held = entry.installed.and_then(|id| host.route(id)).map(|route| host.route_evidence(route));
    let of = |known: &Daemon| Some(known.line(known.protocol(entry.protocol.as_deref()?)?.line));
    let filed = host.bird.iter().find(|known| known.name == row.daemon).and_then(of);
    let mut evidence: Vec<Evidence> = filed.into_iter().collect();
    evidence.extend(said.into_iter().chain(held));
    Story {
        key: match row.more.len() {
            0 => format!("{} {} {}", row.daemon, entry.table, entry.prefix),
            _ => format!("{} {} routes like {}", row.daemon, entry.table, entry.prefix),
        },
        // What is missing in the kernel and what is left there are mended by different commands.
        culprit: format!("table {} of {}, {} in the kernel", entry.table, row.daemon, row.kernel()),
        subject: row.what(),
        sentence: row.sentence(),
        evidence,
        now: row.remedy(host).into_iter().collect(),
        undo: row.undo(),
        more: row.more.len(),
        ..Story::default()
    }
}
