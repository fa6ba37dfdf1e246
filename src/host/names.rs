//! Joins running devices with wg-quick's files, and finds what a person calls each peer.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::daemon::{Daemon, Detail};
use super::intent::Intent;
use super::tunnel::{Tunnel, TunnelPeer};
use crate::net::PublicKey;
use crate::snapshot::{Peer, Snapshot, Source};
use crate::wgquick::{self, WgQuick};

/// The tunnels: every running device, and, where running ones were not seen whole, those of the files.
pub(super) fn tunnels(
    snapshot: &Snapshot,
    files: &[WgQuick],
    intent: Option<&Intent>,
    bird: &[Daemon],
) -> Vec<Tunnel> {
    let names = Names { files, intent, bird };
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
    let missing = |file: &&WgQuick| !whole && tunnels.iter().all(|tunnel| tunnel.name != file.name);
    let filed: Vec<Tunnel> = files
        .iter()
        .filter(missing)
        .map(|file| {
            let peers = file.peers.iter().filter_map(|peer| names.filed(peer)).collect();
            Tunnel::new(file.name.clone(), snapshot, peers)
        })
        .collect();
    tunnels.extend(filed);
    tunnels.sort_by(|a, b| a.name.cmp(&b.name));
    tunnels
}

/// Every prefix that is said to be a peer's, at run time or in a file, by key.
pub(super) fn prefixes_by_peer(tunnels: &[Tunnel], files: &[WgQuick]) -> BTreeMap<PublicKey, Vec<IpNet>> {
    let mut prefixes: BTreeMap<PublicKey, Vec<IpNet>> = BTreeMap::new();
    for peer in tunnels.iter().flat_map(|tunnel| &tunnel.peers) {
        prefixes.entry(peer.key).or_default().extend(&peer.allowed);
    }
    for peer in files.iter().flat_map(|file| &file.peers) {
        if let Some(key) = &peer.public_key {
            prefixes.entry(key.value).or_default().extend(peer.allowed_ips.iter().map(|at| at.value));
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
    files: &'a [WgQuick],
    intent: Option<&'a Intent>,
    bird: &'a [Daemon],
}

impl Names<'_> {
    fn running(&self, at: usize, peer: &Peer) -> TunnelPeer {
        TunnelPeer {
            key: peer.public_key,
            name: self.name(&peer.public_key, &peer.allowed_ips),
            running: Some(at),
            allowed: peer.allowed_ips.clone(),
            endpoint: peer.endpoint,
        }
    }

    fn filed(&self, peer: &wgquick::Peer) -> Option<TunnelPeer> {
        let key = peer.public_key.as_ref()?.value;
        let allowed: Vec<IpNet> = peer.allowed_ips.iter().map(|at| at.value).collect();
        Some(TunnelPeer {
            key,
            name: self.name(&key, &allowed),
            running: None,
            allowed,
            endpoint: peer.endpoint.as_ref().and_then(|at| at.value.address()),
        })
    }

    /// Intent's name for the key, else the comment in a wg-quick file, else that of the BGP session whose
    /// neighbour lies in the allowed IPs, else the beginning of the key.
    fn name(&self, key: &PublicKey, allowed: &[IpNet]) -> String {
        let meant = self.intent.and_then(|intent| {
            intent.nodes.iter().find(|(_, node)| node.public_keys.contains(key)).map(|(name, _)| name.clone())
        });
        let mut filed = self.files.iter().flat_map(|file| &file.peers);
        let is_it = |peer: &&wgquick::Peer| peer.public_key.as_ref().is_some_and(|at| at.value == *key);
        let noted = || filed.find(is_it).and_then(|peer| Some(peer.name.as_ref()?.value.clone()));
        meant.or_else(noted).or_else(|| self.session(allowed)).unwrap_or_else(|| key.short())
    }

    /// The only BGP session whose neighbour lies in the prefixes; a default route says nothing.
    fn session(&self, allowed: &[IpNet]) -> Option<String> {
        let protocols = self.bird.iter().flat_map(|daemon| &daemon.protocols);
        let mut sessions = protocols.filter(|protocol| match &protocol.detail {
            Detail::Bgp(session, _) => session.remote.known().is_some_and(|remote| {
                allowed.iter().any(|prefix| prefix.prefix_len() > 0 && prefix.contains(remote))
            }),
            Detail::Static(_) | Detail::Kernel(_) | Detail::Pipe(_) | Detail::Device | Detail::Other => false,
        });
        match (sessions.next(), sessions.next()) {
            (Some(session), None) => Some(session.name.clone()),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }
}
