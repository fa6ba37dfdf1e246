//! Joins running devices with wg-quick's files, and finds what a person calls each peer.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::intent::Intent;
use super::tunnel::{Tunnel, TunnelPeer};
use crate::net::PublicKey;
use crate::snapshot::{Peer, Snapshot, Source};
use crate::wgquick::{Config, ConfigPeer};

/// The tunnels: every running device, and, where running ones were not seen whole, those of the files.
pub(super) fn tunnels(snapshot: &Snapshot, files: &[Config], intent: Option<&Intent>) -> Vec<Tunnel> {
    let names = Names { files, intent };
    let mut tunnels: Vec<Tunnel> = snapshot
        .wireguard
        .iter()
        .map(|device| {
            let peers = device.peers.iter().enumerate().map(|(at, peer)| names.running(at, peer)).collect();
            Tunnel::new(device.name.clone(), snapshot, peers)
        })
        .collect();
    let whole =
        snapshot.sources.asked(Source::Wireguard) && snapshot.sources.gaps(Source::Wireguard).is_empty();
    let missing = |file: &&Config| !whole && tunnels.iter().all(|tunnel| tunnel.name != file.interface);
    let filed: Vec<Tunnel> = files
        .iter()
        .filter(missing)
        .map(|file| {
            let peers = file.peers.iter().filter_map(|peer| names.filed(peer)).collect();
            Tunnel::new(file.interface.clone(), snapshot, peers)
        })
        .collect();
    tunnels.extend(filed);
    tunnels.sort_by(|a, b| a.name.cmp(&b.name));
    tunnels
}

/// Every prefix that is said to be a peer's, at run time or in a file, by key.
pub(super) fn prefixes_by_peer(tunnels: &[Tunnel], files: &[Config]) -> BTreeMap<PublicKey, Vec<IpNet>> {
    let mut prefixes: BTreeMap<PublicKey, Vec<IpNet>> = BTreeMap::new();
    for peer in tunnels.iter().flat_map(|tunnel| &tunnel.peers) {
        prefixes.entry(peer.key).or_default().extend(&peer.allowed);
    }
    for peer in files.iter().flat_map(|file| &file.peers) {
        if let Some(key) = peer.public_key() {
            prefixes.entry(key).or_default().extend(peer.allowed_ips());
        }
    }
    for list in prefixes.values_mut() {
        list.sort();
        list.dedup();
    }
    prefixes
}

/// Where names of peers stand.
struct Names<'a> {
    files: &'a [Config],
    intent: Option<&'a Intent>,
}

impl Names<'_> {
    fn running(&self, at: usize, peer: &Peer) -> TunnelPeer {
        TunnelPeer {
            key: peer.public_key,
            name: self.name(&peer.public_key),
            running: Some(at),
            allowed: peer.allowed_ips.clone(),
            endpoint: peer.endpoint,
        }
    }

    fn filed(&self, peer: &ConfigPeer) -> Option<TunnelPeer> {
        let key = peer.public_key()?;
        Some(TunnelPeer {
            key,
            name: self.name(&key),
            running: None,
            allowed: peer.allowed_ips().collect(),
            endpoint: peer.endpoint_address(),
        })
    }

    /// Intent's name for the key, else the comment in a wg-quick file, else the beginning of the key.
    fn name(&self, key: &PublicKey) -> String {
        let meant = self.intent.and_then(|intent| {
            intent.nodes.iter().find(|(_, node)| node.public_keys.contains(key)).map(|(name, _)| name.clone())
        });
        let mut filed = self.files.iter().flat_map(|file| &file.peers);
        let noted =
            || filed.find(|peer| peer.public_key().as_ref() == Some(key)).and_then(|peer| peer.name.clone());
        meant.or_else(noted).unwrap_or_else(|| key.short())
    }
}
