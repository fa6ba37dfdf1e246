//! Which prefixes belong to which plane of which node: from intent, else inferred.
//!
//! Inference reads a prefix as *node part* and *plane part*: the plane is the last 16-bit group (IPv6) or
//! octet (IPv4) that the prefix length reaches, the node is what stands before it. A plane counts as one of
//! the mesh when at least half of the nodes that have prefixes of that length have it, and at least two do;
//! so one peer's forgotten plane is a finding and one peer's extra network is not a plane.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::intent::Intent;
use crate::net::{Family, PublicKey};

/// Where the plan comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanOrigin {
    /// `routelint.toml`.
    Intent,
    /// Allowed IPs and own prefixes.
    #[default]
    Inferred,
}

/// A prefix that belongs to a plane.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanePrefix {
    /// The plane's name: intent's, or the group's digits (`1000`).
    pub plane: String,
    /// The prefix.
    pub prefix: IpNet,
}

/// The planes of this node and of its peers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Where it comes from.
    pub origin: PlanOrigin,
    /// This node's planes, sorted.
    pub own: Vec<PlanePrefix>,
    /// The planes that each peer should have, by key, sorted.
    pub peers: BTreeMap<PublicKey, Vec<PlanePrefix>>,
    /// The families in which as many own prefixes speak for one node as for another, so that the own planes are not known.
    pub tied: BTreeSet<Family>,
}

/// What inference is made from: one peer's allowed IPs.
pub struct PeerPrefixes<'a> {
    /// The peer.
    pub key: PublicKey,
    /// Its prefixes, from every place that was seen.
    pub prefixes: &'a [IpNet],
}

impl Plan {
    /// The plan that intent gives for a node with these keys. A node without keys is the peer whose prefixes hold the
    /// most of its planes.
    pub fn of_intent(
        intent: &Intent,
        node: &str,
        own_keys: &[PublicKey],
        peers: &[PeerPrefixes<'_>],
    ) -> Plan {
        let own = intent.node_of(node, own_keys);
        let others = intent.nodes.iter().filter(|(name, _)| own.is_none_or(|(own, _)| own != *name));
        let planes = |planes: &BTreeMap<String, Vec<IpNet>>| {
            let named = |(plane, prefixes): (&String, &Vec<IpNet>)| {
                let plane = plane.clone();
                prefixes
                    .iter()
                    .map(move |prefix| PlanePrefix { plane: plane.clone(), prefix: *prefix })
                    .collect::<Vec<_>>()
            };
            let mut all: Vec<PlanePrefix> = planes.iter().flat_map(named).collect();
            all.sort();
            all
        };
        let of_peer = |node: &super::intent::NodeIntent| {
            let planes = planes(&node.planes);
            let keys = if node.public_keys.is_empty() {
                holder(&planes, peers).into_iter().collect()
            } else {
                node.public_keys.clone()
            };
            keys.into_iter().map(move |key| (key, planes.clone())).collect::<Vec<_>>()
        };
        Plan {
            origin: PlanOrigin::Intent,
            own: own.map(|(_, node)| planes(&node.planes)).unwrap_or_default(),
            peers: others.flat_map(|(_, node)| of_peer(node)).collect(),
            tied: BTreeSet::new(),
        }
    }

    /// The plan that peers' prefixes and this node's own prefixes suggest.
    pub fn inferred(peers: &[PeerPrefixes<'_>], own: &[IpNet]) -> Plan {
        let mut plan = Plan::default();
        for (family, length) in shapes(peers) {
            let shape = Shape { family, length };
            let planes = shape.planes(peers, own);
            match shape.expected(&planes, &shape.parts(own)) {
                Some(own) => plan.own.extend(own),
                None => drop(plan.tied.insert(family)),
            }
            for peer in peers {
                plan.peers
                    .entry(peer.key)
                    .or_default()
                    .extend(shape.expected(&planes, &shape.parts(peer.prefixes)).unwrap_or_default());
            }
        }
        plan.own.sort();
        plan.peers.values_mut().for_each(|prefixes| prefixes.sort());
        plan.without_foreign_own(peers)
    }

    /// Takes from the own planes what a peer's allowed IPs hold: it is the peer's.
    fn without_foreign_own(mut self, peers: &[PeerPrefixes<'_>]) -> Plan {
        let held = |own: &PlanePrefix| peers.iter().any(|peer| peer.prefixes.contains(&own.prefix));
        self.own.retain(|own| !held(own));
        self
    }

    /// Every plane prefix of every node.
    pub fn all(&self) -> impl Iterator<Item = &PlanePrefix> {
        self.own.iter().chain(self.peers.values().flatten())
    }

    /// Whether any plane is known.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

/// The peer whose prefixes hold the most of a node's planes.
fn holder(planes: &[PlanePrefix], peers: &[PeerPrefixes<'_>]) -> Option<PublicKey> {
    let holds =
        |peer: &PeerPrefixes<'_>, plane: &IpNet| peer.prefixes.iter().any(|held| held.contains(plane));
    let count = |peer: &PeerPrefixes<'_>| planes.iter().filter(|plane| holds(peer, &plane.prefix)).count();
    let most = peers.iter().map(|peer| (count(peer), peer.key)).max()?;
    (most.0 > 0).then_some(most.1)
}

/// The families and lengths in which peers have prefixes that could be planes: no hosts, no defaults.
fn shapes(peers: &[PeerPrefixes<'_>]) -> BTreeSet<(Family, u8)> {
    let prefixes = peers.iter().flat_map(|peer| peer.prefixes);
    let shape = |prefix: &IpNet| (Family::of_prefix(*prefix), prefix.prefix_len());
    let group = |(family, _): &(Family, u8)| if *family == Family::V4 { 8 } else { 16 };
    prefixes.map(shape).filter(|shape| shape.1 > group(shape) && shape.1 < shape.0.bits()).collect()
}

/// Prefixes of one family and length.
struct Shape {
    family: Family,
    length: u8,
}

/// A prefix in two parts: the node's, and the plane's.
type NodeAndPlane = (IpNet, u128);

impl Shape {
    /// Where the plane part begins: at the last group boundary before the end.
    fn node_length(&self) -> u8 {
        let group = if self.family == Family::V4 { 8 } else { 16 };
        (self.length - 1) / group * group
    }

    /// The prefixes of this shape, in parts.
    fn parts(&self, prefixes: &[IpNet]) -> BTreeSet<NodeAndPlane> {
        let fits = |prefix: &&IpNet| {
            Family::of_prefix(**prefix) == self.family && prefix.prefix_len() == self.length
        };
        let part = |prefix: &IpNet| {
            let node = IpNet::new(prefix.network(), self.node_length()).ok()?.trunc();
            let plane =
                crate::net::AddressRange::of(*prefix).first ^ crate::net::AddressRange::of(node).first;
            Some((node, plane))
        };
        prefixes.iter().filter(fits).filter_map(part).collect()
    }

    /// The planes that at least half of the nodes have, and at least two.
    fn planes(&self, peers: &[PeerPrefixes<'_>], own: &[IpNet]) -> BTreeSet<u128> {
        let mut counts: BTreeMap<u128, usize> = BTreeMap::new();
        let mut nodes = 0;
        for prefixes in peers.iter().map(|peer| peer.prefixes).chain([own]) {
            let planes: BTreeSet<u128> = self.parts(prefixes).into_iter().map(|(_, plane)| plane).collect();
            nodes += usize::from(!planes.is_empty());
            planes.into_iter().for_each(|plane| *counts.entry(plane).or_default() += 1);
        }
        let common = counts.into_iter().filter(|(_, count)| *count >= 2 && 2 * count >= nodes);
        common.map(|(plane, _)| plane).collect()
    }

    /// Every plane of the node to which most of the prefixes belong; `None` where several nodes have as many.
    fn expected(&self, planes: &BTreeSet<u128>, parts: &BTreeSet<NodeAndPlane>) -> Option<Vec<PlanePrefix>> {
        let mut votes: BTreeMap<IpNet, usize> = BTreeMap::new();
        for (node, _) in parts.iter().filter(|(_, plane)| planes.contains(plane)) {
            *votes.entry(*node).or_default() += 1;
        }
        let most = votes.values().copied().max().unwrap_or(0);
        let mut winners = votes.iter().filter(|(_, count)| **count == most);
        let Some((node, _)) = winners.next() else { return Some(Vec::new()) };
        let own = || planes.iter().filter_map(|plane| self.plane_prefix(*node, *plane)).collect();
        winners.next().is_none().then(own)
    }

    fn plane_prefix(&self, node: IpNet, plane: u128) -> Option<PlanePrefix> {
        let first = crate::net::AddressRange::of(node).first | plane;
        let prefix = IpNet::new(crate::net::address(self.family, first), self.length).ok()?;
        Some(PlanePrefix { plane: self.plane_name(plane), prefix })
    }

    /// The group's digits: hexadecimal for IPv6, decimal for IPv4.
    fn plane_name(&self, plane: u128) -> String {
        let (bits, group) = (u32::from(self.family.bits()), if self.family == Family::V4 { 8 } else { 16 });
        let digits = plane >> (bits - u32::from(self.node_length()) - group);
        match self.family {
            Family::V4 => digits.to_string(),
            Family::V6 => format!("{digits:x}"),
        }
    }
}
