//! What a kernel protocol installs.

use std::cmp::Reverse;

use ipnet::IpNet;

use super::way::Arrival;
use super::{Gate, Judge, Passed, Routes, first};
use crate::bird::model::{ChannelModel, Detail, Kernel, ProtocolModel};
use crate::bird::prove::{After, Answer};
use crate::bird::tree::{Direction, Policy, ProtocolKind};
use crate::host::Host;
use crate::net::{Family, Protocol, TableId};
use crate::seen::Seen;
use crate::snapshot::{Route, RouteId, Source};
use crate::wgquick::{Effect, Table, WgQuick};

/// The way into the kernel of one kernel protocol.
#[derive(Clone, Debug)]
pub struct InstallChannel {
    /// Which.
    pub gate: Gate,
    /// The kernel's table.
    pub table: Seen<TableId>,
    /// The metric of what it installs.
    pub metric: Seen<u32>,
    /// A discard that gets into the kernel and wins over a route into a tunnel.
    pub discard: Seen<Discard>,
    /// A route that a neighbour announced and that gets into the kernel, where it wins over one into a tunnel.
    pub learned: Seen<Passed>,
    /// The kernel attributes that the filter sets, sorted.
    pub attributes: Seen<Vec<String>>,
    /// The discards of BIRD that are in the kernel's table now.
    pub installed: Vec<RouteId>,
}

/// A discard on its way into the kernel.
#[derive(Clone, Debug)]
pub struct Discard {
    /// The route.
    pub passed: Passed,
    /// The session whose next hop BIRD cannot resolve; none for a static discard.
    pub unresolved: Option<String>,
}

/// The attributes that mean something to the kernel and that filters set.
const KERNEL_ATTRIBUTES: [&str; 20] = [
    "krt_source",
    "krt_metric",
    "krt_prefsrc",
    "krt_realm",
    "krt_scope",
    "krt_mtu",
    "krt_window",
    "krt_rtt",
    "krt_rttvar",
    "krt_cwnd",
    "krt_advmss",
    "krt_reordering",
    "krt_hoplimit",
    "krt_initcwnd",
    "krt_rto_min",
    "krt_initrwnd",
    "krt_quickack",
    "krt_congctl",
    "krt_lock_mtu",
    "krt_feature_ecn",
];

impl Host<'_> {
    /// What each kernel protocol may install.
    pub fn install_channels(&self) -> Vec<InstallChannel> {
        Judge::each(self).flat_map(|judge| judge.installs()).collect()
    }
}

impl<'c> Judge<'c, '_> {
    fn installs(&self) -> Vec<InstallChannel> {
        let channels = self.channels(ProtocolKind::Kernel).into_iter();
        channels.filter_map(|(protocol, channel, family)| self.install(protocol, channel, family)).collect()
    }

    fn install(
        &self,
        protocol: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        family: Family,
    ) -> Option<InstallChannel> {
        let Detail::Kernel(kernel) = &protocol.detail else { return None };
        let unread = self.unread(protocol, channel, &channel.export.what);
        let learned = || self.whole(&channel.export.what, self.learned_into(kernel, channel, family));
        Some(InstallChannel {
            gate: self.gate(protocol, channel, Direction::Export),
            table: kernel.table.clone(),
            metric: kernel.metric.clone(),
            discard: unread.clone().map_or_else(
                || self.whole(&channel.export.what, self.discard(kernel, channel, family)),
                Seen::Unseen,
            ),
            learned: unread.clone().map_or_else(learned, Seen::Unseen),
            attributes: unread
                .clone()
                .map_or_else(|| self.kernel_attributes(&channel.export.what, family), Seen::Unseen),
            installed: self.installed(kernel, family),
        })
    }

    /// The sessions that bring routes into a channel's table, and those routes on each of their ways.
    fn received_by<'j>(
        &'j self,
        channel: &ChannelModel<'_>,
        family: Family,
    ) -> Vec<(&'j ProtocolModel<'c>, &'j ChannelModel<'c>, Arrival<'j>)> {
        let mut received = Vec::new();
        for (protocol, theirs, _) in
            self.channels(ProtocolKind::Bgp).into_iter().filter(|(_, _, of)| *of == family)
        {
            for way in self.ways_from(theirs, &channel.table, family) {
                let routes = self.received(protocol, family);
                received.push((protocol, theirs, Arrival { routes, way, kept: Vec::new() }));
            }
        }
        received
    }

    /// A discard that passes and would win over a route into a tunnel.
    fn discard(&self, kernel: &Kernel, channel: &ChannelModel<'_>, family: Family) -> Seen<Discard> {
        let beaten = match &kernel.metric {
            Seen::Known(metric) => self.beaten(*metric, family),
            Seen::Absent => Vec::new(),
            Seen::Unseen(why) => return Seen::Unseen(why.clone()),
        };
        let policy = &channel.export.what;
        let mut answers: Vec<Seen<Discard>> = Vec::new();
        for (protocol, theirs, arrival) in self.received_by(channel, family) {
            let dead = arrival.routes.clone().within(beaten.clone()).of_destinations(["RTD_UNREACHABLE"]);
            let passed =
                self.unresolved(protocol, theirs).and_then(|()| self.passes(&arrival.steps(policy), &dead));
            let unresolved = Some(protocol.name.to_string());
            answers.push(passed.map(|passed| Discard { passed, unresolved }));
        }
        let statics = self.statics(&channel.table, family);
        let taking = statics.iter().filter(|held| held.discards && takes(held.net, &beaten));
        let passed = taking.map(|held| self.static_passes(channel, held));
        answers.extend(passed.map(|passed| passed.map(|passed| Discard { passed, unresolved: None })));
        first(answers)
    }

    /// A learned route that passes and would win over a route into a tunnel.
    fn learned_into(&self, kernel: &Kernel, channel: &ChannelModel<'_>, family: Family) -> Seen<Passed> {
        kernel.metric.clone().and_then(|metric| {
            let beaten = self.beaten(metric, family);
            let received = self.received_by(channel, family).into_iter();
            first(received.map(|(_, _, arrival)| {
                let taken = arrival.routes.clone().within(beaten.clone());
                self.passes(&arrival.steps(&channel.export.what), &taken)
            }))
        })
    }

    /// The peers' planes for which a route of their length and a metric wins over the best route into the tunnel;
    /// without one there is nothing to lose.
    fn beaten(&self, metric: u32, family: Family) -> Vec<IpNet> {
        let planes = self.host.plan.peers.values().flatten().map(|plane| plane.prefix);
        let mut planes: Vec<IpNet> = planes.filter(|plane| Family::of_prefix(*plane) == family).collect();
        planes.sort();
        planes.dedup();
        let mut best = vec![None; planes.len()];
        self.tunnel_routes(family, &mut |dst, theirs| {
            let route = Some((dst.prefix_len(), Reverse(theirs)));
            covered(&planes, dst).for_each(|at| best[at] = best[at].max(route));
        });
        let loses = |(plane, best): &(IpNet, Option<(u8, Reverse<u32>)>)| {
            best.is_some_and(|(length, theirs)| length < plane.prefix_len() || metric < theirs.0)
        };
        planes.into_iter().zip(best).filter(loses).map(|(plane, _)| plane).collect()
    }

    /// Visits the routes into tunnels with their metrics: those of the kernel, else those that wg-quick's files make.
    fn tunnel_routes(&self, family: Family, visit: &mut dyn FnMut(IpNet, u32)) {
        let source = if family == Family::V4 { Source::Routes4 } else { Source::Routes6 };
        if !self.host.snapshot.sources.asked(source) {
            let filed = self.host.wg_quick.iter().flat_map(|file| filed_routes(file, family));
            return filed.for_each(|(dst, metric)| visit(dst, metric));
        }
        let routes = self.host.snapshot.routes.iter().map(|(_, route)| route);
        let into = |route: &&Route| {
            let mut devs = crate::host::devs(route, self.host.snapshot);
            // BIRD's own route goes when a discard takes its place.
            let of_others = route.family() == family && route.protocol != Protocol::BIRD;
            of_others && devs.any(|dev| self.host.tunnel_of(dev).is_some())
        };
        routes.filter(into).for_each(|route| visit(route.dst, route.metric));
    }

    fn kernel_attributes(&self, policy: &Policy, family: Family) -> Seen<Vec<String>> {
        if policy.routine().is_none() {
            return Seen::Known(Vec::new());
        }
        let mut set = Vec::new();
        for name in KERNEL_ATTRIBUTES {
            match self.prover.after(policy, &Routes::all(family), name) {
                Ok(afters) if afters.iter().any(|after| *after != After::AsBefore) => {
                    set.push(name.to_owned())
                }
                Ok(_) | Err(Answer::Proved | Answer::Refuted(_)) => {}
                Err(Answer::Undecided { construct, span }) => {
                    return Seen::Unseen(self.undecided("what passes", &construct, span));
                }
            }
        }
        Seen::Known(set)
    }

    /// The discards of BIRD in the kernel's table.
    fn installed(&self, kernel: &Kernel, family: Family) -> Vec<RouteId> {
        let Seen::Known(table) = kernel.table else { return Vec::new() };
        let routes = self.host.snapshot.routes.iter();
        let ours = routes.filter(|(_, route)| {
            route.table == table
                && route.family() == family
                && route.protocol == Protocol::BIRD
                && route.kind.is_discard()
        });
        ours.map(|(id, _)| id).collect()
    }
}

/// Whether a discard takes packets away from some of the prefixes.
fn takes(discard: IpNet, beaten: &[IpNet]) -> bool {
    beaten.iter().any(|prefix| discard.contains(prefix) && discard == *prefix || prefix.contains(&discard))
}

/// The places of the prefixes that a route covers, among sorted ones of its family.
fn covered(prefixes: &[IpNet], dst: IpNet) -> impl Iterator<Item = usize> {
    let first = prefixes.partition_point(|prefix| prefix.network() < dst.network());
    let near = prefixes[first..].iter().take_while(move |prefix| prefix.network() <= dst.broadcast());
    near.zip(first..).filter(move |(prefix, _)| dst.contains(*prefix)).map(|(_, at)| at)
}

/// The routes that a wg-quick file makes.
fn filed_routes(file: &WgQuick, family: Family) -> Vec<(IpNet, u32)> {
    let of_family = |dst: &IpNet| Family::of_prefix(*dst) == family;
    let mut routes: Vec<(IpNet, u32)> = Vec::new();
    for command in file.up_commands() {
        if let Effect::Route(change) = &command.effect {
            routes.push((change.route.dst, change.route.effective_metric()));
        }
    }
    if file.table() != Table::Off {
        // netlink and `ip -6 route add` choose 1024 for IPv6 (IP6_RT_PRIO_USER).
        let metric = if family == Family::V4 { 0 } else { 1024 };
        routes.extend(file.peers.iter().flat_map(|peer| &peer.allowed_ips).map(|at| (at.value, metric)));
    }
    routes.retain(|(dst, _)| of_family(dst));
    routes
}
