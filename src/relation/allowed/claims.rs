//! Who claims a prefix of a tunnel: found by the prefix, since a node may have a million of them.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::host::{Host, Tunnel};
use crate::net::PublicKey;

/// The prefixes of one tunnel, at run time and in its file, and the planes of its peers.
pub(super) struct Claims {
    keys: Vec<PublicKey>,
    /// Each prefix with the places of those who have it among the keys, sorted.
    held: Vec<(IpNet, u32)>,
    /// Each plane with those whose it is, sorted.
    planes: Vec<(IpNet, PublicKey)>,
    /// The lengths that planes have.
    lengths: BTreeSet<u8>,
}

impl Claims {
    /// What is claimed in a tunnel.
    pub(super) fn new(host: &Host<'_>, tunnel: &Tunnel) -> Claims {
        let filed = super::super::filed::allowed(host, tunnel);
        let running = tunnel.peers.iter().map(|peer| peer.key);
        let keys: BTreeSet<PublicKey> = running.chain(filed.iter().map(|(key, _)| *key)).collect();
        let keys: Vec<PublicKey> = keys.into_iter().collect();
        let place = |key: &PublicKey| keys.binary_search(key).unwrap_or_default() as u32;
        let running = tunnel.peers.iter().flat_map(|peer| {
            let place = place(&peer.key);
            peer.allowed.iter().map(move |prefix| (*prefix, place))
        });
        let mut held: Vec<(IpNet, u32)> =
            running.chain(filed.iter().map(|(key, prefix)| (*prefix, place(key)))).collect();
        held.sort_unstable();
        held.dedup();
        let planes =
            host.plan.peers.iter().flat_map(|(key, planes)| planes.iter().map(|of| (of.prefix, *key)));
        let mut planes: Vec<(IpNet, PublicKey)> = planes.collect();
        planes.sort_unstable();
        let lengths = planes.iter().map(|(plane, _)| plane.prefix_len()).collect();
        Claims { keys, held, planes, lengths }
    }

    /// Each peer with each of its prefixes, sorted by both.
    pub(super) fn by_peer(&self) -> Vec<(PublicKey, IpNet)> {
        let mut turned: Vec<(u32, IpNet)> =
            self.held.iter().map(|(prefix, place)| (*place, *prefix)).collect();
        turned.sort_unstable();
        turned.into_iter().map(|(place, prefix)| (self.keys[place as usize], prefix)).collect()
    }

    /// Those who have exactly a prefix.
    pub(super) fn holders(&self, prefix: IpNet) -> impl Iterator<Item = PublicKey> {
        let first = self.held.partition_point(|(held, _)| *held < prefix);
        let same = self.held[first..].iter().take_while(move |(held, _)| *held == prefix);
        same.map(|(_, place)| self.keys[*place as usize])
    }

    /// Those who have a plane in which a prefix lies.
    pub(super) fn owners(&self, prefix: IpNet) -> BTreeSet<PublicKey> {
        let around = self.lengths.iter().filter(|length| **length <= prefix.prefix_len());
        let around = around.filter_map(|length| Some(IpNet::new(prefix.addr(), *length).ok()?.trunc()));
        around.flat_map(|plane| self.owners_of(plane)).collect()
    }

    fn owners_of(&self, plane: IpNet) -> impl Iterator<Item = PublicKey> {
        let first = self.planes.partition_point(|(known, _)| *known < plane);
        self.planes[first..].iter().take_while(move |(known, _)| *known == plane).map(|(_, key)| *key)
    }
}
