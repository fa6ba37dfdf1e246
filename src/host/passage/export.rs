//! What a BGP session announces.

use std::net::IpAddr;

use ipnet::IpNet;

use super::table::Held;
use super::{Gate, Judge, ORIGINS, Passed, first};
use crate::bird::model::{ChannelModel, Detail, Learn, ProtocolModel, Session};
use crate::bird::tree::{Policy, ProtocolKind};
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
        let channels = self.channels(ProtocolKind::Bgp).into_iter();
        channels.filter_map(|(protocol, channel, family)| self.export(protocol, channel, family)).collect()
    }

    fn export(
        &self,
        protocol: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        family: Family,
    ) -> Option<ExportChannel> {
        let Detail::Bgp(session) = &protocol.detail else { return None };
        let statics = self.statics(&channel.table, family);
        let unread = self.unread(protocol);
        let seen = |answer: Seen<Passed>| unread.clone().map_or(answer, Seen::Unseen);
        Some(ExportChannel {
            gate: self.gate(protocol, family, "export", &channel.export),
            neighbour: session.remote.clone(),
            mesh: self.host.tunnels.is_empty() || self.peer(session).is_some(),
            beyond: seen(self.whole(&channel.export.what, self.beyond(channel, &statics, family))),
            learned: seen(self.whole(&channel.export.what, self.learned(protocol, channel, family))),
            unannounced: unread
                .clone()
                .map_or_else(|| self.unannounced(channel, &statics, family), Seen::Unseen),
        })
    }

    /// What passes besides own statics: any route of another origin, or a static route that the files hold.
    fn beyond(&self, channel: &ChannelModel<'_>, statics: &[Held], family: Family) -> Seen<Passed> {
        let policy = &channel.export.what;
        let made = ORIGINS.iter().map(|origin| self.passes(policy, &self.made_by(family, origin)));
        let strange = statics.iter().filter(|held| !self.is_own(held));
        first(made.chain(strange.map(|held| self.held_passes(policy, held))))
    }

    /// Whether a static route is one of this node's planes. For want of a plan, a discard is, unless a peer's
    /// allowed IPs hold it.
    fn is_own(&self, held: &Held) -> bool {
        let plan = &self.host.plan;
        let own = plan.own.iter().any(|own| own.prefix == held.net);
        let same_family = |prefix: &IpNet| Family::of_prefix(*prefix) == Family::of_prefix(held.net);
        let planned =
            plan.origin == PlanOrigin::Intent || plan.own.iter().any(|own| same_family(&own.prefix));
        own || (!planned && held.discards && !self.is_a_peers(held.net))
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
        let learns = |kind: ProtocolKind| {
            self.channels(kind).into_iter().any(|(other, theirs, of)| {
                of == family && other.id != protocol.id && self.feeds(theirs, &channel.table) && brings(other)
            })
        };
        let origins = ORIGINS.iter().filter(|origin| origin.0 != ProtocolKind::Direct && learns(origin.0));
        first(origins.map(|origin| self.passes(&channel.export.what, &self.made_by(family, origin))))
    }

    fn unannounced(
        &self,
        channel: &ChannelModel<'_>,
        statics: &[Held],
        family: Family,
    ) -> Seen<Vec<Unannounced>> {
        let own: Vec<IpNet> = self.host.plan.own.iter().map(|own| own.prefix).collect();
        let own = own.into_iter().filter(|prefix| Family::of_prefix(*prefix) == family);
        let (mut known, mut lacking, mut unseen) = (false, Vec::new(), None::<Unseen>);
        let unread = self.daemon.unread();
        for prefix in own {
            known = true;
            let held = statics.iter().find(|held| held.net == prefix);
            match held.map(|held| self.held_passes(&channel.export.what, held)) {
                Some(Seen::Known(_)) => {}
                Some(Seen::Unseen(why)) => unseen = Some(why),
                // The route may stand in what was not read.
                None if unread.is_some() => unseen.clone_from(&unread),
                Some(Seen::Absent) | None => {
                    lacking.push(Unannounced { prefix, rejected: held.map(|held| self.line(held.span)) });
                }
            }
        }
        match unseen {
            _ if !known || channel.export.what == Policy::None => Seen::Absent,
            Some(why) if lacking.is_empty() => Seen::Unseen(why),
            _ => Seen::Known(lacking),
        }
    }
}

/// Whether a protocol brings routes of others into its table at all.
fn brings(protocol: &ProtocolModel<'_>) -> bool {
    match &protocol.detail {
        Detail::Kernel(kernel) => kernel.learn.known() != Some(&Learn::Off),
        Detail::Bgp(_) | Detail::Static(_) | Detail::Direct(_) | Detail::Pipe(_) | Detail::Other => true,
    }
}

impl Judge<'_, '_> {
    /// The routes that a session brings in.
    pub(super) fn received(
        &self,
        protocol: &ProtocolModel<'_>,
        session: &Session,
        family: Family,
    ) -> super::Routes {
        let name = if session.range.is_some() { "dynbgp1".to_owned() } else { protocol.name.to_string() };
        super::Routes::all(family).of_sources(["RTS_BGP"]).of_protocols([name])
    }
}
