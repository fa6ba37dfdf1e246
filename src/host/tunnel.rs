//! WireGuard tunnels: the device, its link, and cryptokey routing over its peers.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::net::{AddressRange, PrefixMap, PublicKey};
use crate::snapshot::{Device, Peer, Snapshot};

/// One peer as this node knows it, at run time, in a file, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct TunnelPeer {
    /// The peer's key.
    pub key: PublicKey,
    /// What a person calls it.
    pub name: String,
    /// Its place among the running device's peers.
    pub running: Option<usize>,
    /// The prefixes that choose it: the running ones, else the file's.
    pub allowed: Vec<IpNet>,
    /// The endpoint in use, else the file's where it is an address.
    pub endpoint: Option<SocketAddr>,
}

/// One tunnel of this node.
#[derive(Clone, Debug)]
pub struct Tunnel {
    /// The name of the device and of its link.
    pub name: String,
    /// The index of its link, where there is one.
    pub link: Option<u32>,
    /// Its place among the snapshot's running devices.
    pub running: Option<usize>,
    /// Its place among the snapshot's wg-quick files.
    pub file: Option<usize>,
    /// The mark on its own packets.
    pub fwmark: u32,
    /// Its own public key.
    pub public_key: Option<PublicKey>,
    /// The peers, in the device's order.
    pub peers: Vec<TunnelPeer>,
    cryptokey: PrefixMap<u32>,
}

impl Tunnel {
    /// A tunnel with its cryptokey routing built from the peers' allowed IPs.
    pub(super) fn new(name: String, snapshot: &Snapshot, peers: Vec<TunnelPeer>) -> Tunnel {
        let cryptokey = (0..).zip(&peers).flat_map(allowed).collect();
        let link = snapshot.links.iter().find(|link| link.name == name).map(|link| link.index);
        let running = snapshot.wireguard.iter().position(|device| device.name == name);
        let file = snapshot.wg_quick.iter().position(|file| file.interface == name);
        let device = running.map(|at| &snapshot.wireguard[at]);
        Tunnel {
            link,
            running,
            file,
            fwmark: device.map_or(0, |device| device.fwmark),
            public_key: device.and_then(|device| device.public_key),
            name,
            peers,
            cryptokey,
        }
    }

    /// The peer that gets the packets for an address, by the longest allowed IP, with that prefix.
    pub fn peer_for(&self, address: IpAddr) -> Option<(IpNet, &TunnelPeer)> {
        self.cryptokey.longest(address).map(|(prefix, at)| (*prefix, &self.peers[*at as usize]))
    }

    /// The peer that has exactly a prefix; of several the last one.
    pub fn holder_of(&self, prefix: IpNet) -> Option<&TunnelPeer> {
        self.cryptokey.get(prefix).map(|at| &self.peers[*at as usize])
    }

    /// Splits a range by the peer that gets its packets.
    pub fn sweep<'t>(
        &'t self,
        within: AddressRange,
        visit: &mut dyn FnMut(AddressRange, Option<(IpNet, &'t TunnelPeer)>),
    ) {
        self.cryptokey.sweep(within, &mut |range, entry| {
            visit(range, entry.map(|(prefix, at)| (*prefix, &self.peers[*at as usize])));
        });
    }

    /// The running device.
    pub fn device<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Device> {
        self.running.and_then(|at| snapshot.wireguard.get(at))
    }

    /// A peer as the running device has it.
    pub fn running_peer<'s>(&self, snapshot: &'s Snapshot, peer: &TunnelPeer) -> Option<&'s Peer> {
        self.device(snapshot)?.peers.get(peer.running?)
    }
}

/// The prefixes of a peer, each with the peer's place.
fn allowed((at, peer): (u32, &TunnelPeer)) -> impl Iterator<Item = (IpNet, u32)> {
    peer.allowed.iter().map(move |prefix| (*prefix, at))
}
