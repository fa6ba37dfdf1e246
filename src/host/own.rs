//! Which prefixes could be this node's own planes, for want of intent.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::daemon::{Daemon, Detail};
use super::plan::PeerPrefixes;
use crate::net::Family;
use crate::snapshot::Snapshot;

/// The prefixes around this node's addresses that are as long as peers' prefixes, and BIRD's static routes
/// less whatever a peer's allowed IPs hold.
///
/// The plan keeps those that fit its planes; an address of the underlay fits none.
pub(super) fn candidates(snapshot: &Snapshot, peers: &[PeerPrefixes<'_>], bird: &[Daemon]) -> Vec<IpNet> {
    let lengths: BTreeSet<(Family, u8)> = peers
        .iter()
        .flat_map(|peer| peer.prefixes)
        .map(|prefix| (Family::of_prefix(*prefix), prefix.prefix_len()))
        .collect();
    let held = |prefix: &IpNet| peers.iter().any(|peer| peer.prefixes.contains(prefix));
    let mut own: BTreeSet<IpNet> = statics(bird).filter(|prefix| !held(prefix)).collect();
    for address in snapshot.addresses.iter().map(|address| address.address) {
        let fitting = lengths.iter().filter(|(family, _)| *family == Family::of(address));
        own.extend(
            fitting.filter_map(|(_, length)| IpNet::new(address, *length).ok()).map(|prefix| prefix.trunc()),
        );
    }
    own.into_iter().collect()
}

/// The static routes of every protocol that runs.
fn statics(bird: &[Daemon]) -> impl Iterator<Item = IpNet> {
    let protocols = bird.iter().flat_map(|daemon| &daemon.protocols);
    protocols.flat_map(|protocol| match &protocol.detail {
        Detail::Static(routes) => routes.iter().map(|route| route.prefix).collect::<Vec<_>>(),
        Detail::Bgp(..) | Detail::Kernel(_) | Detail::Pipe(_) | Detail::Device | Detail::Other => Vec::new(),
    })
}
