//! What BIRD's control socket said, joined with what the kernel and the files hold.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Daemon, Detail, Policy};
use crate::bird::socket::{self, ConfigureStatus, ProtocolState, RouteEntry, RouteKind};
use crate::host::Host;
use crate::net::{Family, Protocol, RouteType, TableId};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{ConfigFile, Route, RouteId, Source};

/// The route protocol number under which BIRD installs, `RTPROT_BIRD`.
const BIRD: Protocol = Protocol(12);

/// The steps in which time zones differ from UTC, in seconds.
const ZONE_STEP: i64 = 15 * 60;

/// Whether the daemon has read a file since it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// It has.
    Loaded,
    /// It was written after the daemon last took a configuration.
    Newer,
    /// A reconfiguration, an undo or a shutdown waits; what BIRD says of it.
    Pending(String),
}

/// A route of BIRD's, or one that it left in the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct RibEntry {
    /// The table in BIRD; for what is only in the kernel, the one that its kernel protocol serves.
    pub table: String,
    /// The destination.
    pub prefix: IpNet,
    /// What it does with packets.
    pub kind: RouteType,
    /// The protocol that made it; none for what is only in the kernel.
    pub protocol: Option<String>,
    /// What made it, in small letters: `static`, `bgp`, `device`, `inherit`.
    pub source: Option<String>,
    /// The next hop that BGP learned.
    pub bgp_next_hop: Option<IpAddr>,
    /// The kernel protocol that hands it to the kernel; absent where none does.
    pub exported: Seen<String>,
    /// How the kernel's table agrees; absent where no kernel protocol is concerned.
    pub kernel: Seen<Agreement>,
    /// The kernel's route.
    pub installed: Option<RouteId>,
}

/// How the kernel agrees with what BIRD hands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// It holds the same.
    Same,
    /// It holds another route of BIRD's for the destination.
    Different,
    /// It holds none of BIRD's.
    Missing,
    /// It holds one that BIRD does not hand to it.
    Left,
    /// It holds one of a daemon that does not run any more.
    Orphaned,
}

impl Agreement {
    /// The words, for fields of relations.
    pub const WORDS: &'static [&'static str] = &["same", "different", "missing", "left", "orphaned"];

    /// The word.
    pub fn word(self) -> &'static str {
        Agreement::WORDS[self as usize]
    }
}

/// One kernel protocol: which table it serves, and what it hands over.
struct Handover {
    protocol: String,
    table: String,
    family: Family,
    kernel_table: Seen<TableId>,
    routes: Seen<BTreeMap<IpNet, RouteEntry>>,
}

impl Host<'_> {
    /// What a daemon answered to a command; absent where no daemon runs.
    fn answer(&self, daemon: &Daemon, command: &str) -> Seen<&str> {
        let known = &self.snapshot.bird[daemon.at];
        let answer = known.answers.iter().find(|answer| answer.command == command);
        match (answer, self.gap(Source::BirdSocket)) {
            (Some(answer), _) => Seen::Known(&answer.text),
            (None, _) if daemon.running == Some(false) => Seen::Absent,
            (None, Some(gap)) => Seen::Unseen(gap.why.clone()),
            (None, None) => Seen::Unseen(Unseen::new(
                format!("the answer of {} to `{command}` is missing", daemon.name),
                format!("capture again, or add what `birdc {command}` prints"),
            )),
        }
    }

    /// The protocols that a daemon runs; absent where no daemon runs.
    pub fn protocol_states(&self, daemon: &Daemon) -> Seen<Vec<ProtocolState>> {
        self.answer(daemon, "show protocols all").map(socket::read_protocols)
    }

    /// Whether a daemon has read a file of its configuration since it was written; absent where the snapshot
    /// does not say when that was.
    pub fn load(&self, daemon: &Daemon, path: &str) -> Seen<Load> {
        let pending = self.answer(daemon, "configure status").map(socket::read_configure_status);
        if let Seen::Known(ConfigureStatus::Pending(text)) = pending {
            return Seen::Known(Load::Pending(text.join("; ")));
        }
        let files = &self.snapshot.bird[daemon.at].files;
        let modified = files.iter().find(|file| file.path == path).and_then(|file| self.written(file));
        match (modified, self.reconfigured(daemon)) {
            (None, _) | (_, Seen::Absent) => Seen::Absent,
            (_, Seen::Unseen(why)) => Seen::Unseen(why),
            (Some(modified), Seen::Known(at)) if modified > at => Seen::Known(Load::Newer),
            (Some(_), Seen::Known(_)) => Seen::Known(Load::Loaded),
        }
    }

    /// When a file was written. A time after the snapshot's is that of a copy.
    fn written(&self, file: &ConfigFile) -> Option<i64> {
        let taken = self.snapshot.taken?.as_second();
        file.modified.filter(|modified| *modified <= taken + 1)
    }

    /// When a daemon last took a configuration, in seconds since 1970.
    ///
    /// Its clock shows local time without a zone; what it showed when the snapshot was taken tells the zone.
    fn reconfigured(&self, daemon: &Daemon) -> Seen<i64> {
        let status = match self.answer(daemon, "show status") {
            Seen::Known(answer) => socket::read_status(answer),
            Seen::Absent => return Seen::Absent,
            Seen::Unseen(why) => return Seen::Unseen(why),
        };
        let seconds = |time: &Option<String>| {
            let civil: DateTime = time.as_deref()?.parse().ok()?;
            Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_second())
        };
        let (now, then) = (seconds(&status.server_time), seconds(&status.last_reconfiguration));
        match (now, then, self.snapshot.taken) {
            (Some(now), Some(then), Some(taken)) => {
                let ahead = now - taken.as_second();
                let zone = (ahead + ZONE_STEP / 2).div_euclid(ZONE_STEP) * ZONE_STEP;
                Seen::Known(then - zone)
            }
            _ => Seen::Unseen(Unseen::new(
                format!("when {} last took its configuration cannot be read from `show status`", daemon.name),
                "leave out `timeformat base` in `bird.conf`, and capture again",
            )),
        }
    }

    /// The routes that a daemon prefers, with what becomes of them in the kernel, and what it left there; of a daemon
    /// that does not run only what it left.
    pub fn rib(&self, daemon: &Daemon) -> Seen<Vec<RibEntry>> {
        let tables = match self.answer(daemon, "show route all").map(socket::read_routes) {
            Seen::Known(tables) => tables,
            Seen::Absent => Vec::new(),
            Seen::Unseen(_) if daemon.running == Some(false) => Vec::new(),
            Seen::Unseen(why) => return Seen::Unseen(why),
        };
        let handovers = self.handovers(daemon);
        let installed = self.installed();
        let mut entries = Vec::new();
        for table in &tables {
            let serving = handovers.iter().find(|handover| handover.table == table.table);
            let best = table.routes.iter().filter(|route| route.primary);
            entries.extend(best.filter_map(|route| self.entry(&table.table, route, serving, &installed)));
        }
        let how = if daemon.running == Some(false) { Agreement::Orphaned } else { Agreement::Left };
        entries.extend(handovers.iter().flat_map(|handover| self.left(handover, how, &installed)));
        entries.sort_by(|a, b| (&a.table, a.prefix, &a.protocol).cmp(&(&b.table, b.prefix, &b.protocol)));
        Seen::Known(entries)
    }

    /// The routes in the kernel that BIRD installed, by table and destination.
    fn installed(&self) -> BTreeMap<(TableId, IpNet), RouteId> {
        let of_bird = self.snapshot.routes.iter().filter(|(_, route)| route.protocol == BIRD);
        of_bird.map(|(id, route)| ((route.table, route.dst), id)).collect()
    }

    fn handovers(&self, daemon: &Daemon) -> Vec<Handover> {
        let kernels = daemon.protocols.iter().filter_map(|protocol| match &protocol.detail {
            Detail::Kernel(table) => Some((protocol, table, protocol.channels.first()?)),
            _ => None,
        });
        let handover =
            |(protocol, kernel_table, channel): (&super::BirdProtocol, &Seen<TableId>, &super::Channel)| {
                let off = protocol.disabled == Seen::Known(true) || channel.export.0 == Policy::None;
                let asked = self.answer(daemon, &format!("show route export {}", protocol.name));
                Some(Handover {
                    protocol: protocol.name.clone(),
                    table: channel.table.clone()?,
                    family: channel.family?,
                    kernel_table: kernel_table.clone(),
                    routes: if off { Seen::Known(BTreeMap::new()) } else { asked.map(handed) },
                })
            };
        kernels.filter_map(handover).collect()
    }

    fn entry(
        &self,
        table: &str,
        route: &RouteEntry,
        serving: Option<&Handover>,
        installed: &BTreeMap<(TableId, IpNet), RouteId>,
    ) -> Option<RibEntry> {
        let prefix = route.prefix?;
        let handed = match serving.map(|handover| &handover.routes) {
            None => Seen::Absent,
            Some(Seen::Known(routes)) => routes.get(&prefix).into(),
            Some(Seen::Absent) => Seen::Absent,
            Some(Seen::Unseen(why)) => Seen::Unseen(why.clone()),
        };
        let at = serving.and_then(|handover| handover.kernel_table.known());
        let in_kernel = at.and_then(|at| installed.get(&(*at, prefix))).copied();
        let kernel = match (&handed, self.unseen_kernel(prefix)) {
            (Seen::Absent, _) => Seen::Absent,
            (Seen::Unseen(why), _) => Seen::Unseen(why.clone()),
            (Seen::Known(_), Some(why)) => Seen::Unseen(why),
            (Seen::Known(handed), None) => Seen::Known(self.agreement(handed, in_kernel)),
        };
        Some(RibEntry {
            table: table.to_owned(),
            prefix,
            kind: handed.known().and_then(|handed| kind(handed)).or(kind(route))?,
            protocol: Some(route.protocol.clone()),
            source: route.source.as_ref().map(|source| source.to_ascii_lowercase()),
            bgp_next_hop: route.attribute("bgp_next_hop").and_then(|hop| hop.split(' ').next()?.parse().ok()),
            exported: handed.map(|_| serving.map(|handover| handover.protocol.clone()).unwrap_or_default()),
            kernel,
            installed: in_kernel,
        })
    }

    /// Why the kernel's routes of a family are not known.
    fn unseen_kernel(&self, prefix: IpNet) -> Option<Unseen> {
        let source = match Family::of_prefix(prefix) {
            Family::V4 => Source::Routes4,
            Family::V6 => Source::Routes6,
        };
        self.gap(source).map(|gap| gap.why.clone())
    }

    fn agreement(&self, handed: &RouteEntry, installed: Option<RouteId>) -> Agreement {
        let Some(route) = installed.and_then(|id| self.route(id)) else { return Agreement::Missing };
        let same = kind(handed) == Some(route.kind) && self.hops(route) == handed_hops(handed);
        if same { Agreement::Same } else { Agreement::Different }
    }

    /// The gateways and links of a kernel route, as BIRD prints them.
    fn hops(&self, route: &Route) -> BTreeSet<(Option<IpAddr>, Option<String>)> {
        if route.kind != RouteType::Unicast {
            return BTreeSet::new();
        }
        let legs = route.legs().iter().map(|leg| (leg.via, leg.dev));
        let own = std::iter::once((route.via, route.dev)).filter(|_| route.legs().is_empty());
        own.chain(legs).map(|(via, dev)| (via, dev.map(|dev| self.link_name(dev)))).collect()
    }

    /// What BIRD installed for a kernel protocol and does not hand over any more.
    fn left(
        &self,
        handover: &Handover,
        how: Agreement,
        installed: &BTreeMap<(TableId, IpNet), RouteId>,
    ) -> Vec<RibEntry> {
        let nothing = BTreeMap::new();
        let (table, handed) = match (&handover.kernel_table, &handover.routes) {
            (Seen::Known(table), Seen::Known(handed)) => (table, handed),
            (Seen::Known(table), _) if how == Agreement::Orphaned => (table, &nothing),
            _ => return Vec::new(),
        };
        let mine = installed.iter().filter(|((at, prefix), _)| {
            at == table && Family::of_prefix(*prefix) == handover.family && !handed.contains_key(prefix)
        });
        let entry = |((_, prefix), id): (&(TableId, IpNet), &RouteId)| {
            let route = self.route(*id)?;
            Some(RibEntry {
                table: handover.table.clone(),
                prefix: *prefix,
                kind: route.kind,
                protocol: None,
                source: None,
                bgp_next_hop: None,
                exported: Seen::Absent,
                kernel: Seen::Known(how),
                installed: Some(*id),
            })
        };
        mine.filter_map(entry).collect()
    }
}

/// The routes that BIRD says it hands over, the first for each destination.
fn handed(text: &str) -> BTreeMap<IpNet, RouteEntry> {
    let mut handed = BTreeMap::new();
    for route in socket::read_routes(text).into_iter().flat_map(|table| table.routes) {
        if let Some(prefix) = route.prefix {
            handed.entry(prefix).or_insert(route);
        }
    }
    handed
}

fn handed_hops(route: &RouteEntry) -> BTreeSet<(Option<IpAddr>, Option<String>)> {
    let hops = route.hops.iter().filter(|_| kind(route) == Some(RouteType::Unicast));
    hops.map(|hop| (hop.via, hop.dev.clone())).collect()
}

fn kind(route: &RouteEntry) -> Option<RouteType> {
    Some(match route.kind? {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Blackhole => RouteType::Blackhole,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Prohibit => RouteType::Prohibit,
    })
}
