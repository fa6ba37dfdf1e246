//! One node, vendor-independent: a snapshot joined with intent, its tunnels, plan and forwarding.
//!
//! Everything that rules ask of a node goes through here. It knows no netlink, no file format and no
//! report; several nodes joined together are the layer above.

mod change;
mod coverage;
mod daemon;
mod fate;
mod intent;
mod line;
mod names;
mod own;
mod passage;
mod plan;
mod tunnel;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

pub use crate::bird::socket::ProtocolState;
pub use change::{Allowance, Change, with};
pub use coverage::Coverage;
pub use daemon::{
    Agreement, BirdProtocol, Channel, Daemon, Detail, Difference, Load, Policy, Refusal, RibEntry,
    StaticLeads, StaticRoute, differences,
};
pub use fate::{Moved, moved};
pub use intent::{Allow, Intent, IntentError, NodeIntent};
pub use line::policy_line;
pub use passage::{
    Discard, DiscardOrigin, ExportChannel, FilterCode, Gate, ImportChannel, InstallChannel, Passed,
    Unannounced,
};
pub use plan::{Plan, PlanOrigin, PlanePrefix};
pub use tunnel::{Tunnel, TunnelPeer};

use crate::fib::{Exit, Fate, Fib, Flow};
use crate::net::{Family, PublicKey};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{Gap, Link, Route, RouteId, Snapshot, Source};
use crate::wgquick;

/// What a link is to a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkClass {
    /// A WireGuard tunnel, kernel or userspace.
    Wireguard,
    /// Another tunnel or virtual point-to-point link.
    Tunnel,
    /// `lo`.
    Loopback,
    /// A VRF.
    Vrf,
    /// Any other link.
    Other,
}

impl LinkClass {
    /// The words, for fields of relations.
    pub const WORDS: &'static [&'static str] = &["wireguard", "tunnel", "loopback", "vrf", "other"];

    /// The word of the class.
    pub fn word(self) -> &'static str {
        LinkClass::WORDS[self as usize]
    }
}

/// A node that can be judged.
pub struct Host<'s> {
    /// What was observed.
    pub snapshot: &'s Snapshot,
    /// What is meant, where it is written.
    pub intent: Option<&'s Intent>,
    /// The planes.
    pub plan: Plan,
    /// The tunnels, sorted by name.
    pub tunnels: Vec<Tunnel>,
    /// The wg-quick files, read, in the order of the snapshot's.
    pub wg_quick: Vec<wgquick::WgQuick>,
    /// The BIRD daemons, their configurations read, in the order of the snapshot's.
    pub bird: Arc<[Daemon]>,
    /// Forwarding by all routes.
    pub fib: Fib<'s>,
    /// Forwarding as it would be if only routes into tunnels were there and no policy rule refused.
    pub tunnel_fib: Fib<'s>,
    links: BTreeMap<u32, &'s Link>,
    own_addresses: BTreeSet<IpAddr>,
    /// The links that are or could be tunnels.
    tunnel_links: BTreeSet<u32>,
    /// The families in which rules or routes tell sources apart.
    by_source: BTreeSet<Family>,
}

impl<'s> Host<'s> {
    /// Joins a snapshot with what is meant.
    pub fn new(snapshot: &'s Snapshot, intent: Option<&'s Intent>) -> Host<'s> {
        Host::joined(snapshot, intent, daemon::daemons(snapshot), Fib::new(snapshot))
    }

    /// The node as it would be with another state of its kernel and tunnels; BIRD's files are not read again.
    pub fn changed<'c>(&self, snapshot: &'c Snapshot) -> Host<'c>
    where
        's: 'c,
    {
        Host::joined(snapshot, self.intent, self.bird.clone(), self.fib.changed(snapshot))
    }

    fn joined(
        snapshot: &'s Snapshot,
        intent: Option<&'s Intent>,
        bird: Arc<[Daemon]>,
        fib: Fib<'s>,
    ) -> Host<'s> {
        let wg_quick: Vec<wgquick::WgQuick> = snapshot.wg_quick.iter().map(wgquick::read).collect();
        let tunnels = names::tunnels(snapshot, &wg_quick, intent, &bird);
        let links: BTreeMap<u32, &Link> = snapshot.links.iter().map(|link| (link.index, link)).collect();
        let may_be_tunnel: BTreeSet<u32> =
            links.values().filter(|link| may_be_wireguard(snapshot, link)).map(|link| link.index).collect();
        let tunnel_fib = into_tunnels(&fib, snapshot, &may_be_tunnel);
        Host {
            snapshot,
            intent,
            plan: plan(snapshot, &tunnels, &wg_quick, intent, &bird),
            tunnels,
            wg_quick,
            bird,
            fib,
            tunnel_fib,
            links,
            own_addresses: snapshot.addresses.iter().map(|address| address.address).collect(),
            tunnel_links: may_be_tunnel,
            by_source: by_source(snapshot),
        }
    }

    /// Forwarding by the routes into tunnels of a snapshot that differs from this node's in policy rules alone.
    pub fn tunnel_fib_of<'o>(&self, other: &'o Snapshot) -> Fib<'o> {
        into_tunnels(&self.fib.changed(other), other, &self.tunnel_links)
    }

    /// Whether an address is one of this node's.
    pub fn is_own_address(&self, address: IpAddr) -> bool {
        self.own_addresses.contains(&address)
    }

    /// The link with an index.
    pub fn link(&self, index: u32) -> Option<&'s Link> {
        self.links.get(&index).copied()
    }

    /// The name of the link with an index, `ifN` where it is not listed.
    pub fn link_name(&self, index: u32) -> String {
        self.link(index).map_or_else(|| format!("if{index}"), |link| link.name.clone())
    }

    /// What a link is to the mesh; unseen for a `tun` link while WireGuard could not be asked.
    pub fn class(&self, index: u32) -> Seen<LinkClass> {
        let Some(link) = self.link(index) else {
            return Seen::Unseen(Unseen::new(
                format!("link {index} is not listed"),
                "run again: links were changing",
            ));
        };
        if is_wireguard(self.snapshot, link) {
            return Seen::Known(LinkClass::Wireguard);
        }
        if let (true, Some(gap)) = (may_be_wireguard(self.snapshot, link), self.gap(Source::Wireguard)) {
            return Seen::Unseen(gap.why.clone());
        }
        Seen::Known(match link.kind.as_deref() {
            _ if link.loopback => LinkClass::Loopback,
            Some("vrf") => LinkClass::Vrf,
            Some("tun" | "sit" | "gre" | "ip6tnl" | "ipip" | "vti" | "vti6" | "xfrm" | "ip6gre") => {
                LinkClass::Tunnel
            }
            _ => LinkClass::Other,
        })
    }

    /// The tunnel whose link has an index.
    pub fn tunnel_of(&self, link: u32) -> Option<&Tunnel> {
        self.tunnels.iter().find(|tunnel| tunnel.link == Some(link))
    }

    /// The first gap of a source.
    pub fn gap(&self, source: Source) -> Option<&'s Gap> {
        self.snapshot.sources.gaps(source).first()
    }

    /// A route by its number.
    pub fn route(&self, id: RouteId) -> Option<&'s Route> {
        self.snapshot.routes.get(id)
    }

    /// The kinds of packet that this node sends into the mesh: from no address yet, and, where rules or
    /// routes tell sources apart, from each of its own plane addresses.
    pub fn flows(&self, family: Family) -> Vec<Flow> {
        let mut flows = vec![Flow::local()];
        if self.by_source.contains(&family) {
            let own = self.own_addresses.iter().filter(|address| Family::of(**address) == family);
            let of_plane =
                own.filter(|address| self.plan.own.iter().any(|own| own.prefix.contains(*address)));
            flows.extend(of_plane.map(|address| Flow { from: Some(*address), ..Flow::local() }));
        }
        flows
    }

    /// The classes of the links by which the packets of a fate leave, and whether all are seen.
    pub fn exit_classes(&self, exits: &[Exit]) -> Seen<BTreeSet<LinkClass>> {
        let mut classes = BTreeSet::new();
        for dev in exits.iter().filter_map(|exit| exit.dev) {
            match self.class(dev) {
                Seen::Known(class) => classes.insert(class),
                Seen::Absent => false,
                Seen::Unseen(why) => return Seen::Unseen(why),
            };
        }
        if classes.is_empty() { Seen::Absent } else { Seen::Known(classes) }
    }

    /// Whether every packet of a fate leaves by a link that is or could be a tunnel.
    pub fn leaves_by_tunnel(&self, fate: &Fate) -> bool {
        let exits = self.fib.exits(fate);
        let tunnel = |exit: &Exit| exit.dev.is_some_and(|dev| self.tunnel_links.contains(&dev));
        !exits.is_empty() && exits.iter().all(tunnel)
    }

    /// The prefixes of a named set: `planes`, `own`, `peers`, or one of intent's.
    pub fn set(&self, name: &str) -> Seen<Vec<IpNet>> {
        let prefixes = |planes: &[PlanePrefix]| planes.iter().map(|plane| plane.prefix).collect::<Vec<_>>();
        match name {
            "planes" if !self.plan.is_empty() => {
                Seen::Known(self.plan.all().map(|plane| plane.prefix).collect())
            }
            "own" if !self.plan.own.is_empty() => Seen::Known(prefixes(&self.plan.own)),
            "peers" if !self.plan.is_empty() => {
                Seen::Known(self.plan.peers.values().flat_map(|planes| prefixes(planes)).collect())
            }
            _ => self.intent.and_then(|intent| intent.sets.get(name)).cloned().into(),
        }
    }

    /// The names that [`set`](Host::set) knows under an intent.
    pub fn set_names(intent: Option<&Intent>) -> Vec<String> {
        let own = intent.into_iter().flat_map(|intent| intent.sets.keys().cloned());
        ["planes", "own", "peers"].into_iter().map(str::to_owned).chain(own).collect()
    }
}

/// The families in which rules or routes tell sources apart.
fn by_source(snapshot: &Snapshot) -> BTreeSet<Family> {
    let rules = snapshot.policy.iter().filter(|rule| rule.from.is_some()).map(|rule| rule.family);
    let routes = snapshot.routes.iter().filter(|(_, route)| route.from().is_some());
    rules.chain(routes.map(|(_, route)| route.family())).collect()
}

/// Forwarding by the routes into some links, as it would be if no policy rule refused.
fn into_tunnels<'s>(fib: &Fib<'s>, snapshot: &Snapshot, links: &BTreeSet<u32>) -> Fib<'s> {
    let into = |_, route: &Route| devs(route, snapshot).any(|dev| links.contains(&dev));
    fib.only(into).without_refusing_rules()
}

/// The links to which a route leads, those of its next-hop object included.
pub fn devs(route: &Route, snapshot: &Snapshot) -> impl Iterator<Item = u32> {
    let legs = route.legs().iter().filter_map(|leg| leg.dev);
    let of_object = route.nhid().into_iter().flat_map(|id| object_devs(id, snapshot));
    route.dev.into_iter().chain(legs).chain(of_object)
}

/// The links of a next-hop object or of the members of a group.
fn object_devs(id: u32, snapshot: &Snapshot) -> Vec<u32> {
    let find = |id: u32| snapshot.nexthops.iter().find(|object| object.id == id);
    let Some(object) = find(id) else { return Vec::new() };
    let members = object.group.iter().filter_map(|member| find(member.id)?.dev);
    object.dev.into_iter().chain(members).collect()
}

/// Whether a link is a WireGuard tunnel as far as was seen.
fn is_wireguard(snapshot: &Snapshot, link: &Link) -> bool {
    link.kind.as_deref() == Some("wireguard")
        || snapshot.wireguard.iter().any(|device| device.name == link.name)
}

/// Whether a link is or could be a WireGuard tunnel: a `tun` link is one while WireGuard was not seen whole.
fn may_be_wireguard(snapshot: &Snapshot, link: &Link) -> bool {
    let blind = !snapshot.sources.gaps(Source::Wireguard).is_empty();
    is_wireguard(snapshot, link) || (blind && link.kind.as_deref() == Some("tun"))
}

/// The plan: intent's where there is one that names planes, else inferred.
fn plan(
    snapshot: &Snapshot,
    tunnels: &[Tunnel],
    files: &[wgquick::WgQuick],
    intent: Option<&Intent>,
    bird: &[Daemon],
) -> Plan {
    let keys: Vec<PublicKey> = tunnels.iter().filter_map(|tunnel| tunnel.public_key).collect();
    let seen = names::prefixes_by_peer(tunnels, files);
    let peers: Vec<plan::PeerPrefixes<'_>> =
        seen.iter().map(|(key, prefixes)| plan::PeerPrefixes { key: *key, prefixes }).collect();
    if let Some(intent) = intent.filter(|intent| intent.nodes.values().any(|node| !node.planes.is_empty())) {
        return Plan::of_intent(intent, &snapshot.node, &keys, &peers);
    }
    Plan::inferred(&peers, &own::candidates(snapshot, &peers, bird))
}
