//! Which prefixes could be this node's own planes, for want of intent.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::plan::PeerPrefixes;
use crate::net::Family;
use crate::snapshot::Snapshot;

/// The prefixes around this node's addresses that are as long as peers' prefixes.
///
/// The plan keeps those that fit its planes; an address of the underlay fits none.
pub(super) fn candidates(snapshot: &Snapshot, peers: &[PeerPrefixes<'_>]) -> Vec<IpNet> {
    let lengths: BTreeSet<(Family, u8)> = peers
        .iter()
        .flat_map(|peer| peer.prefixes)
        .map(|prefix| (Family::of_prefix(*prefix), prefix.prefix_len()))
        .collect();
    let mut own = BTreeSet::new();
    for address in snapshot.addresses.iter().map(|address| address.address) {
        let fitting = lengths.iter().filter(|(family, _)| *family == Family::of(address));
        own.extend(
            fitting.filter_map(|(_, length)| IpNet::new(address, *length).ok()).map(|prefix| prefix.trunc()),
        );
    }
    own.into_iter().collect()
}
