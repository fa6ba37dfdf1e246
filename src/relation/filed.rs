//! What wg-quick's files say about a tunnel, for the relations of WireGuard.

use ipnet::IpNet;

use crate::evidence::{Evidence, Origin};
use crate::host::{Host, Tunnel};
use crate::net::PublicKey;
use crate::wgquick::Config;

fn config<'h>(host: &'h Host<'_>, tunnel: &Tunnel) -> Option<&'h Config> {
    tunnel.file.and_then(|at| host.wg_quick.get(at))
}

/// The prefixes that the file gives to peers, in its order.
pub(super) fn allowed(host: &Host<'_>, tunnel: &Tunnel) -> Vec<(PublicKey, IpNet)> {
    let peers = config(host, tunnel).into_iter().flat_map(|config| &config.peers);
    peers
        .filter_map(|peer| Some((peer.public_key()?, peer)))
        .flat_map(|(key, peer)| peer.allowed_ips().map(move |prefix| (key, prefix)))
        .collect()
}

/// PLACEHOLDER
pub(super) fn peer_evidence(_: &Host<'_>, _: &Tunnel, _: &PublicKey) -> Option<Evidence> {
    None
}
/// PLACEHOLDER
pub(super) fn peers_evidence(_: &Host<'_>, _: &Tunnel, _: &PublicKey) -> Vec<Evidence> {
    Vec::new()
}
/// PLACEHOLDER
pub(super) fn prefix_evidence(_: &Host<'_>, _: &Tunnel, _: IpNet) -> Vec<Evidence> {
    let _ = Origin::File;
    Vec::new()
}
