//! Network interfaces.

use serde::{Deserialize, Serialize};

/// The operational state of a link, RFC 2863 (`IFLA_OPERSTATE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperState {
    /// The driver does not say; a tunnel's usual state.
    #[default]
    Unknown,
    /// A part is missing.
    NotPresent,
    /// Down.
    Down,
    /// A lower layer is down.
    LowerLayerDown,
    /// Under test.
    Testing,
    /// Waiting for an event.
    Dormant,
    /// Up.
    Up,
}

/// One network interface (`RTM_NEWLINK`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Link {
    /// The interface index.
    pub index: u32,
    /// The name.
    pub name: String,
    /// The kind that made it: `wireguard`, `tun`, `veth`, `vrf`…; none for hardware and `lo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Set up by the administrator (`IFF_UP`).
    #[serde(default)]
    pub up: bool,
    /// Has a carrier (`IFF_LOWER_UP`).
    #[serde(default)]
    pub carrier: bool,
    /// The loopback link (`IFF_LOOPBACK`).
    #[serde(default)]
    pub loopback: bool,
    /// The operational state.
    #[serde(default)]
    pub state: OperState,
    /// The largest packet, in bytes.
    pub mtu: u32,
    /// The index of the bridge, bond or VRF that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<u32>,
    /// The interface group (`ip link set group`); 0 is `default`.
    #[serde(default)]
    pub group: u32,
    /// The table of a VRF (`IFLA_VRF_TABLE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vrf_table: Option<u32>,
}
