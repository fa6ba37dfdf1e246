//! WireGuard at run time: public facts only.

use std::net::SocketAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::net::PublicKey;

/// Who drives a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Implementation {
    /// The kernel's module.
    Kernel,
    /// A daemon behind a tun device (wireguard-go, boringtun).
    Userspace,
}

/// One WireGuard device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Device {
    /// The name of its link.
    pub name: String,
    /// Who drives it, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<Implementation>,
    /// Its own public key; none before it has a private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<PublicKey>,
    /// The UDP port on which it listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen_port: Option<u16>,
    /// The mark on the packets that it sends; 0 is none.
    #[serde(default)]
    pub fwmark: u32,
    /// The peers; in a canonical snapshot sorted by key, because devices list them in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
}

/// One peer of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Peer {
    /// The peer's key.
    pub public_key: PublicKey,
    /// Whether a preshared key is set; never the key.
    #[serde(default)]
    pub preshared: bool,
    /// Where packets to it are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<SocketAddr>,
    /// The prefixes that choose this peer on the way out and that it may send from; sorted
    /// in a canonical snapshot, since at run time no prefix stands twice on a device.
    #[serde(default)]
    pub allowed_ips: Vec<IpNet>,
    /// The last handshake in seconds since 1970; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_handshake: Option<i64>,
    /// Bytes received.
    #[serde(default)]
    pub received: u64,
    /// Bytes sent.
    #[serde(default)]
    pub sent: u64,
    /// Seconds between keepalives; none when off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keepalive: Option<u16>,
}
