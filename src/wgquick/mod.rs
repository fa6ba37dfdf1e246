//! PLACEHOLDER until the reader is merged.
use crate::net::PublicKey;
use crate::snapshot::WgQuickFile;
use ipnet::IpNet;
/// c
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// x
    pub interface: String,
    /// x
    pub peers: Vec<ConfigPeer>,
}
/// x
#[derive(Clone, Debug)]
pub struct ConfigPeer {
    /// x
    pub key: PublicKey,
    /// x
    pub name: Option<String>,
    /// x
    pub allowed: Vec<(IpNet, usize)>,
    /// x
    pub endpoint: Option<std::net::SocketAddr>,
}
impl Config {
    /// x
    pub fn read(file: &WgQuickFile) -> Config {
        Config { interface: file.interface.clone(), peers: Vec::new() }
    }
}

impl ConfigPeer {
    /// x
    pub fn public_key(&self) -> Option<PublicKey> {
        Some(self.key)
    }
    /// x
    pub fn allowed_ips(&self) -> impl Iterator<Item = IpNet> {
        self.allowed.iter().map(|a| a.0)
    }
    /// x
    pub fn endpoint_address(&self) -> Option<std::net::SocketAddr> {
        self.endpoint
    }
}
