//! Who claims a prefix of a tunnel: found by the prefix, since a node may have a million of them.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::host::{Host, Tunnel};
use crate::net::PublicKey;

/// The prefixes of one tunnel, at run time and in its file, and the planes of its peers.
pub(super) struct Claims {
    keys: Vec<PublicKey>,
    /// Each prefix of each peer, sorted by prefix.
    held: Vec<Claim>,
    /// Each plane with the place of the peer among the keys whose it is, sorted.
    planes: Vec<(IpNet, u32)>,
    /// The lengths that planes have.
    lengths: BTreeSet<u8>,
}

/// One prefix of one peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    prefix: IpNet,
    /// The peer's place among the keys.
    peer: u32,
    holder: bool,
    routed: bool,
}

impl Claims {
    /// What is claimed in a tunnel.
    ///
    /// Each claim is looked up here once, in the order of the prefixes: from look-up to look-up memory is near.
    pub(super) fn new(host: &Host<'_>, tunnel: &Tunnel) -> Claims {
        let filed = super::super::filed::allowed(host, tunnel);
        let running = tunnel.peers.iter().map(|peer| peer.key);
        let keys: BTreeSet<PublicKey> = running.chain(filed.iter().map(|(key, _)| *key)).collect();
        let keys: Vec<PublicKey> = keys.into_iter().collect();
        let place = |key: &PublicKey| keys.binary_search(key).unwrap_or_default() as u32;
        let claim = |prefix, peer| Claim { prefix, peer, holder: false, routed: false };
        let running = tunnel.peers.iter().flat_map(|peer| {
            let place = place(&peer.key);
            peer.allowed.iter().map(move |prefix| claim(*prefix, place))
        });
        let mut held: Vec<Claim> =
            running.chain(filed.iter().map(|(key, prefix)| claim(*prefix, place(key)))).collect();
        held.sort_unstable();
        held.dedup();
        for claim in &mut held {
            let holder = tunnel.holder_of(claim.prefix);
            claim.holder = holder.is_some_and(|holder| holder.key == keys[claim.peer as usize]);
            claim.routed = host.coverage(tunnel, claim.prefix).is_whole();
        }
        let planes =
            host.plan.peers.iter().filter_map(|(key, planes)| Some((keys.binary_search(key).ok()?, planes)));
        let mut planes: Vec<(IpNet, u32)> = planes
            .flat_map(|(place, planes)| planes.iter().map(move |of| (of.prefix, place as u32)))
            .collect();
        planes.sort_unstable();
        let lengths = planes.iter().map(|(plane, _)| plane.prefix_len()).collect();
        Claims { keys, held, planes, lengths }
    }

    /// The places of the claims of each peer, sorted by peer and prefix.
    pub(super) fn by_peer(&self) -> Vec<u32> {
        let mut turned: Vec<u32> = (0..self.held.len() as u32).collect();
        turned.sort_by_key(|at| self.held[*at as usize].peer);
        turned
    }

    /// The peer of a claim.
    pub(super) fn key(&self, at: u32) -> PublicKey {
        self.keys[self.held[at as usize].peer as usize]
    }

    /// The prefix of a claim.
    pub(super) fn prefix(&self, at: u32) -> IpNet {
        self.held[at as usize].prefix
    }

    /// Whether the tunnel gives the prefix of a claim to its peer.
    pub(super) fn is_holder(&self, at: u32) -> bool {
        self.held[at as usize].holder
    }

    /// Whether routes lead all of the prefix of a claim into the tunnel.
    pub(super) fn is_routed(&self, at: u32) -> bool {
        self.held[at as usize].routed
    }

    /// The others who have exactly the prefix of a claim.
    pub(super) fn rivals(&self, at: u32) -> impl Iterator<Item = PublicKey> {
        let (before, from) = self.held.split_at(at as usize);
        let same = move |claim: &&Claim| claim.prefix == from[0].prefix;
        let others = before.iter().rev().take_while(same).chain(from[1..].iter().take_while(same));
        others.map(|claim| self.keys[claim.peer as usize])
    }

    /// Those who have a plane in which a prefix lies.
    pub(super) fn owners(&self, prefix: IpNet) -> BTreeSet<PublicKey> {
        let around = self.lengths.iter().filter(|length| **length <= prefix.prefix_len());
        let around = around.filter_map(|length| Some(IpNet::new(prefix.addr(), *length).ok()?.trunc()));
        around.flat_map(|plane| self.owners_of(plane)).collect()
    }

    fn owners_of(&self, plane: IpNet) -> impl Iterator<Item = PublicKey> {
        let first = self.planes.partition_point(|(known, _)| *known < plane);
        let same = self.planes[first..].iter().take_while(move |(known, _)| *known == plane);
        same.map(|(_, place)| self.keys[*place as usize])
    }
}
