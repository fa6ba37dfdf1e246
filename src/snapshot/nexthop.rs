//! Next-hop objects, which routes share by id.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::net::{Family, Protocol, RouteScope};

/// A member of a next-hop group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Member {
    /// The member's id.
    pub id: u32,
    /// Its share, 1 to 65536.
    pub weight: u32,
}

/// One next-hop object (`RTM_NEWNEXTHOP`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Nexthop {
    /// Its id, which routes name.
    pub id: u32,
    /// The family; none for a group or a blackhole of either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// The gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<IpAddr>,
    /// The index of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<u32>,
    /// Discards.
    #[serde(default)]
    pub blackhole: bool,
    /// The members, for a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Member>,
    /// A resilient group.
    #[serde(default)]
    pub resilient: bool,
    /// A bridge's forwarding entry, not for routes.
    #[serde(default)]
    pub fdb: bool,
    /// `RTNH_F_*` bits.
    #[serde(default)]
    pub flags: u32,
    /// The scope.
    #[serde(default)]
    pub scope: RouteScope,
    /// Who made it.
    #[serde(default)]
    pub protocol: Protocol,
    /// The encapsulation's name (`mpls`, `seg6`…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encap: Option<String>,
}
