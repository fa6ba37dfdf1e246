//! What a BGP session announces.

use std::net::IpAddr;

use ipnet::IpNet;

use super::origin::{ORIGINS, Origin};
use super::table::StaticArrival;
use super::way::Arrival;
use super::{Gate, Judge, Passed, first};
use crate::bird::model::{ChannelModel, Detail, ProtocolModel};
use crate::bird::prove::{Answer, Step};
use crate::bird::tree::{Direction, Policy, ProtocolKind};
use crate::evidence::Evidence;
use crate::host::{Host, PlanOrigin};
use crate::net::Family;
use crate::seen::{Seen, Unseen};

/// The way out of one channel of a BGP session.
#[derive(Clone, Debug)]
pub struct ExportChannel {
    /// Which.
    pub gate: Gate,
    /// The neighbour's address.
    pub neighbour: Seen<IpAddr>,
    /// Whether the neighbour is reached through a tunnel, or no tunnel is known.
    pub mesh: bool,
    /// A route that passes and is not one of this node's own static planes; absent where that is proved never to be.
    pub beyond: Seen<Passed>,
    /// A route that passes and came from elsewhere: a neighbour, the kernel.
    pub learned: Seen<Passed>,
    /// The own planes that do not pass; absent where they are not known, or where nothing is exported at all.
    pub unannounced: Seen<Vec<Unannounced>>,
}

/// An own plane that a session does not announce.
#[derive(Clone, Debug)]
pub struct Unannounced {
    /// The plane's prefix.
    pub prefix: IpNet,
    /// The static route that the filter rejects; none where there is no such route.
    pub rejected: Option<Evidence>,
}

impl Host<'_> {
    /// What each BGP session may announce.
    pub fn export_channels(&self) -> Vec<ExportChannel> {
        Judge::each(self).flat_map(|judge| judge.exports()).collect()
    }
}

impl Judge<'_, '_> {
    fn exports(&self) -> Vec<ExportChannel> {
        let channels = self.all_channels(ProtocolKind::Bgp).into_iter();
        channels.filter_map(|(protocol, channel)| self.export(protocol, channel)).collect()
    }

    fn export(&self, protocol: &ProtocolModel<'_>, channel: &ChannelModel<'_>) -> Option<ExportChannel> {
        let Detail::Bgp(session) = &protocol.detail else { return None };
        // Of routes that are not plain nothing is asked, whatever their family.
        let family = channel.kind.family().unwrap_or(Family::V6);
        let statics = self.statics(&channel.table, family);
        let unread = self.unread(protocol, channel, &channel.export.what);
        let seen = |answer: Seen<Passed>| unread.clone().map_or(answer, Seen::Unseen);
        Some(ExportChannel {
            gate: self.gate(protocol, channel, Direction::Export),
            neighbour: session.remote.clone(),
            mesh: self.host.tunnels.is_empty() || self.is_of_mesh(session),
            beyond: seen(self.whole(&channel.export.what, self.beyond(protocol, channel, &statics, family))),
            learned: seen(self.whole(&channel.export.what, self.learned(protocol, channel, family))),
            unannounced: unread
                .clone()
                .map_or_else(|| self.unannounced(channel, &statics, family), Seen::Unseen),
        })
    }

    /// What passes besides own statics: any route of another origin, or a static route that the files hold. Where
    /// no protocol of a kind brings routes now, those count that one would bring.
    fn beyond(
        &self,
        to: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        statics: &[StaticArrival<'_>],
        family: Family,
    ) -> Seen<Passed> {
        if channel.export.what == Policy::None {
            return Seen::Absent;
        }
        let open = ORIGINS.iter().filter(|origin| self.may_get_out(origin, channel, family));
        let made = open.flat_map(|origin| {
            let now = self.arrivals(origin, to, &channel.table, family);
            let possible = (now.len() == 0).then(|| self.possible(origin, to, channel, family));
            let possible = possible.unwrap_or_default().into_iter();
            // One after the other: the first that passes answers for all.
            let possible = possible.map(|one| self.gets_out(one, channel).map(Passed::not_yet));
            now.map(|arrival| self.gets_out(arrival, channel)).chain(possible)
        });
        let strange = statics.iter().filter(|held| !self.is_own(held));
        let strange = strange.map(|held| self.strange(channel, held));
        first(made.chain(strange))
    }

    /// Whether a route of an origin may get out by a channel, whatever came of it on its way: where none does, its ways
    /// need not be followed. With sessions by the thousand that is one question for each, not one for each pair.
    fn may_get_out(&self, origin: &Origin, channel: &ChannelModel<'_>, family: Family) -> bool {
        let any = origin.routes(family);
        !matches!(self.prover.accepts_none(&[Step::Policy(&channel.export.what)], &any), Answer::Proved)
    }

    /// Whether some route that arrives at a channel's table gets out by the channel.
    pub(super) fn gets_out(&self, arrival: Arrival<'_>, channel: &ChannelModel<'_>) -> Seen<Passed> {
        let out = &channel.export.what;
        let arrival = arrival.within(channel.export_within);
        let answer = self.passes(&arrival.steps(out), &arrival.routes);
        if arrival.resolved.is_empty() || !matches!(answer, Seen::Unseen(_)) {
            return answer;
        }
        // What the table finds is not known: some route shows by one of the likely findings.
        let likely = ["RTD_UNICAST", "RTD_UNREACHABLE"].into_iter().map(|dest| {
            let arrival = self.found(arrival.clone(), dest);
            self.passes(&arrival.steps(out), &arrival.routes)
        });
        first(likely.filter(|answer| matches!(answer, Seen::Known(_))).chain([answer]))
    }

    /// Whether a static route is one of this node's planes. For want of a plan, a discard is, unless a peer's
    /// allowed IPs hold it.
    fn is_own(&self, held: &StaticArrival<'_>) -> bool {
        let plan = &self.host.plan;
        let own = plan.own.iter().any(|own| own.prefix == held.net);
        let same_family = |prefix: &IpNet| Family::of_prefix(*prefix) == Family::of_prefix(held.net);
        let planned =
            plan.origin == PlanOrigin::Intent || plan.own.iter().any(|own| same_family(&own.prefix));
        own || (!planned && held.discards && held.net.prefix_len() > 0 && !self.is_a_peers(held.net))
    }

    /// A static route that passes and is none of the own planes. Where as many statics speak for one node as for
    /// another, whose planes they are is not known.
    fn strange(&self, channel: &ChannelModel<'_>, held: &StaticArrival<'_>) -> Seen<Passed> {
        let passed = self.static_passes(channel, held);
        if !self.host.plan.tied.contains(&Family::of_prefix(held.net)) {
            return passed;
        }
        passed.and_then(|passed| {
            Seen::Unseen(Unseen::new(
                format!(
                    "whether {} is this node's own plane is not known: its statics are of several nodes",
                    passed.net
                ),
                "say in routelint.toml which planes are whose; `routelint init` prints a start",
            ))
        })
    }

    fn is_a_peers(&self, prefix: IpNet) -> bool {
        let peers = self.host.tunnels.iter().flat_map(|tunnel| &tunnel.peers);
        peers.flat_map(|peer| &peer.allowed).any(|allowed| *allowed == prefix)
    }

    /// What passes of the routes that other sessions, the kernel and other protocols bring into the table.
    fn learned(
        &self,
        protocol: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        family: Family,
    ) -> Seen<Passed> {
        if channel.export.what == Policy::None {
            return Seen::Absent;
        }
        let others = ORIGINS.iter().filter(|origin| !origin.is_direct());
        let others = others.filter(|origin| self.may_get_out(origin, channel, family));
        let arrivals = others.flat_map(|origin| self.arrivals(origin, protocol, &channel.table, family));
        first(arrivals.map(|arrival| self.gets_out(arrival, channel)))
    }

    fn unannounced(
        &self,
        channel: &ChannelModel<'_>,
        statics: &[StaticArrival<'_>],
        family: Family,
    ) -> Seen<Vec<Unannounced>> {
        let own: Vec<IpNet> = self.host.plan.own.iter().map(|own| own.prefix).collect();
        let own = own.into_iter().filter(|prefix| Family::of_prefix(*prefix) == family);
        let (mut known, mut lacking, mut unseen) = (false, Vec::new(), None::<Unseen>);
        let unread = self.daemon.unread();
        for prefix in own {
            known = true;
            let mut held = statics.iter().filter(|held| held.net == prefix);
            let line = held.clone().next().map(|held| self.line(held.span));
            match self.surely(held.by_ref().map(|held| self.static_passes(channel, held))) {
                Seen::Known(_) => {}
                Seen::Unseen(why) => unseen = Some(why),
                // The route may stand in what was not read.
                Seen::Absent if line.is_none() && unread.is_some() => unseen.clone_from(&unread),
                Seen::Absent => lacking.push(Unannounced { prefix, rejected: line }),
            }
        }
        match unseen {
            _ if !known || channel.export.what == Policy::None => Seen::Absent,
            Some(why) if lacking.is_empty() => Seen::Unseen(why),
            _ => Seen::Known(lacking),
        }
    }
}

impl Judge<'_, '_> {
    /// The first that passes whatever is not known; where one passes supposing something, that is unseen.
    fn surely(&self, answers: impl Iterator<Item = Seen<Passed>>) -> Seen<Passed> {
        first(answers.map(|answer| match answer {
            Seen::Known(Passed { supposing: Some(words), .. }) => Seen::Unseen(Unseen::new(
                format!("what passes depends on whether {words}"),
                "test the route by hand with `birdc show route where`",
            )),
            answer => answer,
        }))
    }
}
