//! Addresses of this node.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::net::RouteScope;

/// A state of an address (`IFA_F_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressFlag {
    /// Another address of the same prefix comes first (IPv4), or a temporary one (IPv6).
    Secondary,
    /// Duplicate address detection was off.
    NoDad,
    /// Usable before duplicate address detection ends.
    Optimistic,
    /// Duplicate address detection failed: unusable.
    DadFailed,
    /// A mobile-IPv6 home address.
    HomeAddress,
    /// Not chosen as a source for new connections.
    Deprecated,
    /// Duplicate address detection runs: not usable yet.
    Tentative,
    /// Configured, not from an advertisement.
    Permanent,
    /// Makes temporary addresses.
    ManageTempAddress,
    /// Made no prefix route.
    NoPrefixRoute,
    /// Joins a multicast group by itself.
    AutoJoin,
    /// Privacy address that stays.
    StablePrivacy,
}

/// One address (`RTM_NEWADDR`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Address {
    /// The index of its link.
    pub link: u32,
    /// The address of this node (`IFA_LOCAL`, else `IFA_ADDRESS`).
    pub address: IpAddr,
    /// The length of the connected prefix, which is the peer's on a point-to-point address.
    pub length: u8,
    /// The far end of a point-to-point address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<IpAddr>,
    /// How far the address is valid.
    pub scope: RouteScope,
    /// States, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<AddressFlag>,
    /// Seconds for which it is preferred, `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred: Option<u32>,
    /// Seconds for which it is valid, `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<u32>,
}

impl Address {
    /// Whether the address has a state.
    pub fn has(&self, flag: AddressFlag) -> bool {
        self.flags.contains(&flag)
    }
}
