//! What a BGP session accepts, and what it makes of it.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Gate, Judge, Passed, Routes};
use crate::bird::eval::value::Value;
use crate::bird::model::{ChannelModel, Detail, ProtocolModel, Session};
use crate::bird::prove::{After, Answer, Step};
use crate::bird::tree::{Direction, Policy, ProtocolKind};
use crate::host::{Host, NodeIntent};
use crate::net::{Family, PublicKey};
use crate::seen::{Seen, Unseen};

/// The local preference of routes from a node of the same site.
const SAME_SITE: u32 = 220;
/// The local preference of routes from another site of the same region.
const SAME_REGION: u32 = 180;
/// The local preference of routes from another region.
const ACROSS: u32 = 120;

/// The way in of one channel of a BGP session.
#[derive(Clone, Debug)]
pub struct ImportChannel {
    /// Which.
    pub gate: Gate,
    /// The neighbour's address.
    pub neighbour: Seen<IpAddr>,
    /// The local preferences that accepted routes can have, sorted; absent where nothing is accepted.
    pub preferences: Seen<Vec<u32>>,
    /// The local preference that intent's sites and regions ask for.
    pub wanted: Seen<u32>,
    /// A route to this node's own planes that is accepted.
    pub own: Seen<Passed>,
    /// A route to a plane of neither this node nor the neighbour that is accepted; absent too where it is not
    /// known who the neighbour is.
    pub third: Seen<Passed>,
    /// A default route that is accepted.
    pub default: Seen<Passed>,
    /// Whether received or imported routes have a limit; absent where nothing is imported.
    pub limited: Seen<bool>,
}

impl Host<'_> {
    /// What each BGP session may bring in.
    pub fn import_channels(&self) -> Vec<ImportChannel> {
        Judge::each(self).flat_map(|judge| judge.imports()).collect()
    }
}

impl<'c> Judge<'c, '_> {
    fn imports(&self) -> Vec<ImportChannel> {
        let channels = self.all_channels(ProtocolKind::Bgp).into_iter();
        channels.filter_map(|(protocol, channel)| self.import(protocol, channel)).collect()
    }

    fn import(&self, protocol: &ProtocolModel<'c>, channel: &ChannelModel<'c>) -> Option<ImportChannel> {
        let Detail::Bgp(session) = &protocol.detail else { return None };
        // Of routes that are not plain nothing is asked, whatever their family.
        let family = channel.kind.family().unwrap_or(Family::V6);
        let routes = self.received(protocol, channel, family);
        let unread = self.unread(protocol, channel, &channel.import.what);
        let within = |nets: Vec<IpNet>| {
            let passed = || self.passes(&[Step::Policy(&channel.import.what)], &routes.clone().within(nets));
            unread.clone().map_or_else(passed, Seen::Unseen)
        };
        let only_default = routes.clone().among([family.default_prefix()]);
        let default = || self.passes(&[Step::Policy(&channel.import.what)], &only_default);
        Some(ImportChannel {
            gate: self.gate(protocol, channel, Direction::Import),
            neighbour: session.remote.clone(),
            preferences: unread
                .clone()
                .map_or_else(|| self.preferences(channel, session, &routes), Seen::Unseen),
            wanted: self.wanted(session).into(),
            own: within(self.host.plan.own.iter().map(|own| own.prefix).collect()),
            third: within(self.third_planes(session)),
            default: unread.clone().map_or_else(default, Seen::Unseen),
            limited: match &channel.import.what {
                Policy::None => Seen::Absent,
                _ => Seen::Known(channel.import_limit.is_some() || channel.receive_limit.is_some()),
            },
        })
    }

    fn third_planes(&self, session: &Session) -> Vec<IpNet> {
        let Some(key) = self.peer(session) else { return Vec::new() };
        let others = self.host.plan.peers.iter().filter(|(peer, _)| **peer != key);
        others.flat_map(|(_, planes)| planes).map(|plane| plane.prefix).collect()
    }

    fn preferences(&self, channel: &ChannelModel<'_>, session: &Session, routes: &Routes) -> Seen<Vec<u32>> {
        let afters = match self.prover.after(&channel.import.what, routes, "bgp_local_pref") {
            Ok(afters) => afters,
            Err(Answer::Undecided { construct, span }) => {
                return Seen::Unseen(self.undecided("what passes", &construct, span));
            }
            Err(Answer::Proved | Answer::Refuted(_)) => return Seen::Absent,
        };
        let mut found = Vec::new();
        for after in afters {
            match preference(&after, session) {
                Seen::Known(preference) => found.push(preference),
                Seen::Absent => {}
                Seen::Unseen(why) => return Seen::Unseen(why),
            }
        }
        found.sort_unstable();
        found.dedup();
        if found.is_empty() { Seen::Absent } else { Seen::Known(found) }
    }

    /// What sites and regions ask for, where both nodes have them.
    fn wanted(&self, session: &Session) -> Option<u32> {
        let intent = self.host.intent?;
        let keys: Vec<PublicKey> = self.host.tunnels.iter().filter_map(|tunnel| tunnel.public_key).collect();
        let (_, own) = intent.node_of(&self.host.snapshot.node, &keys)?;
        let key = self.peer(session);
        let by_key = |node: &&NodeIntent| key.is_some_and(|key| node.public_keys.contains(&key));
        let number = session.remote_as.known().copied();
        let by_number = |node: &&NodeIntent| number.is_some() && node.autonomous_system == number;
        let far = intent.nodes.values().find(by_key).or_else(|| intent.nodes.values().find(by_number))?;
        if own.site.is_some() && own.site == far.site {
            return Some(SAME_SITE);
        }
        let (own, far) = (own.region.as_ref()?, far.region.as_ref()?);
        Some(if own == far { SAME_REGION } else { ACROSS })
    }
}

/// attrs.c: a neighbour of another AS cannot set it, and the session's default counts.
fn preference(after: &After, session: &Session) -> Seen<u32> {
    let unseen = |reason: &str| {
        Seen::Unseen(Unseen::new(reason, "set `bgp_local_pref` to a number in the import filter"))
    };
    match after {
        After::Is(Value::Int(number)) => Seen::Known(*number),
        After::AsBefore if super::origin::local_preference(session).is_some() => {
            session.default_local_pref.clone()
        }
        After::AsBefore => unseen("the neighbour sets the local preference"),
        After::Undefined => session.default_local_pref.clone(),
        After::Is(_) | After::Computed => unseen("the filter computes the local preference"),
    }
}
