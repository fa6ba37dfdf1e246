//! What a kernel protocol installs.

use std::cmp::Reverse;

use ipnet::IpNet;

use super::way::Arrival;
use super::{Gate, Judge, Passed, Routes, first};
use crate::bird::eval::value::{Pattern, Value};
use crate::bird::model::{ChannelModel, Detail, Gateway, Kernel, ProtocolModel};
use crate::bird::prove::{After, Answer, Step};
use crate::bird::tree::{BuiltIn, Direction, Policy, ProtocolKind};
use crate::host::Host;
use crate::net::{Family, Protocol, TableId};
use crate::seen::{Seen, Unseen};
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
    /// What makes it discard.
    pub origin: DiscardOrigin,
}

/// What makes a route discard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscardOrigin {
    /// A static route, as it is written or as filters leave it.
    Static,
    /// The next hop of this session, which BIRD cannot resolve.
    Unresolved(String),
    /// A filter, of what this session announces.
    Filter(String),
}

/// What a route must be like to win over the best route into a tunnel for some of a plane's addresses.
struct Beaten {
    plane: IpNet,
    /// The shortest length that wins.
    from: u8,
}

impl Beaten {
    /// Whether a route takes packets away.
    fn by(&self, net: IpNet) -> bool {
        (self.plane.contains(&net) || net.contains(&self.plane)) && net.prefix_len() >= self.from
    }

    fn pattern(&self) -> Pattern {
        Pattern { prefix: self.plane, low: self.from, high: Family::of_prefix(self.plane).bits() }
    }
}

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
                let routes = self.received(protocol, theirs, family);
                received.push((
                    protocol,
                    theirs,
                    Arrival { routes, way, resolved: Vec::new(), kept: Vec::new() },
                ));
            }
        }
        received
    }

    /// A discard that passes and would win over a route into a tunnel.
    fn discard(&self, kernel: &Kernel, channel: &ChannelModel<'_>, family: Family) -> Seen<Discard> {
        let beaten = match self.metric(kernel, &channel.export.what, family) {
            Seen::Known(metric) => self.beaten(metric, family),
            Seen::Absent => Vec::new(),
            Seen::Unseen(why) => return Seen::Unseen(why),
        };
        if beaten.is_empty() {
            return Seen::Absent;
        }
        let received = self.received_by(channel, family).into_iter();
        // Neighbours announce planes whole, or what holds them; which parts of one they might announce is not asked.
        let whole = beaten.iter().filter(|beaten| beaten.from <= beaten.plane.prefix_len());
        let received = received.map(|(protocol, theirs, mut arrival)| {
            arrival = arrival.within(channel.export_within);
            arrival.routes = arrival.routes.matching(whole.clone().map(Beaten::pattern));
            self.received_discard(protocol, theirs, &arrival, channel)
        });
        let statics = self.statics(&channel.table, family);
        let taking = statics.iter().filter(|held| beaten.iter().any(|beaten| beaten.by(held.net)));
        let passed = taking.map(|held| {
            let passed = self.static_discards(channel, held);
            passed.map(|passed| Discard { passed, origin: DiscardOrigin::Static })
        });
        first(received.chain(passed)).and_then(|discard| self.in_use(kernel, family).map(|()| discard))
    }

    /// A discard among the routes of a session: they are, where BIRD cannot resolve their next hops, or filters make
    /// them discard.
    fn received_discard(
        &self,
        protocol: &ProtocolModel<'_>,
        theirs: &ChannelModel<'_>,
        arrival: &Arrival<'_>,
        channel: &ChannelModel<'_>,
    ) -> Seen<Discard> {
        let name = protocol.name.to_string();
        let (dead, made) = (DiscardOrigin::Unresolved(name.clone()), DiscardOrigin::Filter(name));
        let recursive = theirs.gateway != Gateway::Direct;
        let discards = |destination: &str, origin: DiscardOrigin| {
            let arrival = if recursive { self.found(arrival.clone(), destination) } else { arrival.clone() };
            let mut steps = arrival.steps(&channel.export.what);
            steps.push(Step::Discarding);
            self.passes(&steps, &arrival.routes).map(|passed| Discard { passed, origin })
        };
        match self.unresolved(protocol, theirs) {
            Seen::Known(()) => discards("RTD_UNREACHABLE", dead),
            Seen::Absent => discards("RTD_UNICAST", made),
            Seen::Unseen(why) => {
                let unresolved = discards("RTD_UNREACHABLE", dead).and_then(|_| Seen::Unseen(why));
                first([discards("RTD_UNICAST", made), unresolved])
            }
        }
    }

    /// A learned route that passes and would win over a route into a tunnel.
    fn learned_into(&self, kernel: &Kernel, channel: &ChannelModel<'_>, family: Family) -> Seen<Passed> {
        let metric = self.metric(kernel, &channel.export.what, family);
        let learned = metric.and_then(|metric| {
            let beaten = self.beaten(metric, family);
            let received = self.received_by(channel, family).into_iter();
            let whole = beaten.iter().filter(|beaten| beaten.from <= beaten.plane.prefix_len());
            first(received.map(|(protocol, theirs, mut arrival)| {
                arrival = arrival.within(channel.export_within);
                arrival.routes = arrival.routes.matching(whole.clone().map(Beaten::pattern));
                let arrival = match self.unresolved(protocol, theirs) {
                    Seen::Known(()) => self.found(arrival, "RTD_UNREACHABLE"),
                    Seen::Absent if theirs.gateway != Gateway::Direct => self.found(arrival, "RTD_UNICAST"),
                    Seen::Absent | Seen::Unseen(_) => arrival,
                };
                self.passes(&arrival.steps(&channel.export.what), &arrival.routes)
            }))
        });
        learned.and_then(|passed| self.in_use(kernel, family).map(|()| passed))
    }

    /// The metric of what is installed. Under `metric 0` it is the filter's `krt_metric`, else what the kernel chooses:
    /// 1024 for IPv6 (netlink.c, `nl_send_route`; `IP6_RT_PRIO_USER`).
    fn metric(&self, kernel: &Kernel, policy: &Policy, family: Family) -> Seen<u32> {
        if kernel.metric != Seen::Known(0) {
            return kernel.metric.clone();
        }
        let chosen = if family == Family::V4 { 0 } else { 1024 };
        let afters = match self.prover.after(policy, &Routes::all(family), "krt_metric") {
            Ok(afters) => afters,
            Err(Answer::Undecided { construct, span }) => {
                return Seen::Unseen(self.undecided("the metric", &construct, span));
            }
            Err(Answer::Proved | Answer::Refuted(_)) => Vec::new(),
        };
        let least = afters.iter().map(|after| match after {
            After::Is(Value::Int(metric)) => *metric,
            After::AsBefore | After::Undefined => chosen,
            After::Is(_) | After::Computed => 0,
        });
        Seen::Known(least.min().unwrap_or(chosen))
    }

    /// Known where packets are looked up in the kernel's table; absent where no policy rule leads there.
    fn in_use(&self, kernel: &Kernel, family: Family) -> Seen<()> {
        let Seen::Known(table) = kernel.table else { return Seen::Known(()) };
        let snapshot = self.host.snapshot;
        if table == TableId::MAIN {
            return Seen::Known(());
        }
        if !snapshot.sources.asked(Source::Policy) {
            return Seen::Unseen(Unseen::new(
                format!("whether a policy rule leads to the kernel's table {table} is not known"),
                "add `ip -j rule` and `ip -6 -j rule` to the folder",
            ));
        }
        let rules = snapshot.policy.iter().filter(|rule| rule.family == family);
        let leads = rules.clone().any(|rule| rule.table == table)
            || snapshot.links.iter().any(|link| link.vrf_table == Some(table.0));
        leads.then_some(()).into()
    }

    /// The peers' planes of which some route with a metric wins addresses over the best route into the tunnel: one of
    /// the plane's length, or a shorter one; without a route there is nothing to lose.
    fn beaten(&self, metric: u32, family: Family) -> Vec<Beaten> {
        let planes = self.host.plan.peers.values().flatten().map(|plane| plane.prefix);
        let mut planes: Vec<IpNet> = planes.filter(|plane| Family::of_prefix(*plane) == family).collect();
        planes.sort();
        planes.dedup();
        let mut best = vec![None; planes.len()];
        self.tunnel_routes(family, &mut |dst, theirs| {
            let route = Some((dst.prefix_len(), Reverse(theirs)));
            covered(&planes, dst).for_each(|at| best[at] = best[at].max(route));
        });
        let beaten = |(plane, best): (IpNet, Option<(u8, Reverse<u32>)>)| {
            let (length, Reverse(theirs)) = best?;
            let from = if metric < theirs { length } else { length + 1 };
            Some(Beaten { plane, from })
        };
        planes.into_iter().zip(best).filter_map(beaten).collect()
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
        let kernels = BuiltIn::all().map(|attribute| attribute.name());
        for name in kernels.filter(|name| name.starts_with("krt_")) {
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
