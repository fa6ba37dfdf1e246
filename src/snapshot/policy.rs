//! Policy rules (`ip rule`): which table a packet is looked up in.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::net::{Family, Protocol, TableId};

/// What a rule does with the packets that it selects (`FR_ACT_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyAction {
    /// Looks the packet up in the rule's table.
    #[default]
    Lookup,
    /// Goes on at the rule with this priority.
    Goto(u32),
    /// Nothing: goes on with the next rule.
    Nop,
    /// Discards in silence.
    Blackhole,
    /// Discards: unreachable.
    Unreachable,
    /// Discards: prohibited.
    Prohibit,
    /// A number that this program does not know.
    Other(u8),
}

/// A range of user ids, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UidRange {
    /// The lowest.
    pub start: u32,
    /// The highest.
    pub end: u32,
}

/// A range of ports, inclusive, with the mask of newer kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    /// The lowest.
    pub start: u16,
    /// The highest.
    pub end: u16,
    /// Bits that are compared where the rule has a mask (`FRA_SPORT_MASK`), all by default.
    #[serde(default = "all_ports", skip_serializing_if = "is_all_ports")]
    pub mask: u16,
}

fn all_ports() -> u16 {
    u16::MAX
}

fn is_all_ports(mask: &u16) -> bool {
    *mask == u16::MAX
}

/// One policy rule (`RTM_NEWRULE`). A selector that is `None` selects everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyRule {
    /// The family.
    pub family: Family,
    /// The priority; lower comes first.
    pub priority: u32,
    /// Selects what the selectors do not (`not`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invert: bool,
    /// Source prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpNet>,
    /// Destination prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<IpNet>,
    /// The name of the incoming link; `lo` means from this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iif: Option<String>,
    /// The name of the outgoing link to which the socket is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oif: Option<String>,
    /// The link of `iif` does not exist now: the rule selects nothing (`FIB_RULE_IIF_DETACHED`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub iif_detached: bool,
    /// The link of `oif` does not exist now (`FIB_RULE_OIF_DETACHED`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub oif_detached: bool,
    /// The value of the mark under the mask.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fwmark: u32,
    /// The mask of the mark; 0 means that the mark is not tested.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fwmask: u32,
    /// The type of service, `rtm_tos`; 0 selects everything.
    #[serde(default, skip_serializing_if = "is_zero_byte")]
    pub tos: u8,
    /// The DSCP, 0 to 63 (`FRA_DSCP`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dscp: Option<u8>,
    /// User ids of the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<UidRange>,
    /// The IP protocol's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_proto: Option<u8>,
    /// Source ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sport: Option<PortRange>,
    /// Destination ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dport: Option<PortRange>,
    /// The tunnel id of collected metadata; 0 selects everything.
    #[serde(default, skip_serializing_if = "is_zero_long")]
    pub tun_id: u64,
    /// Selects packets of links in a VRF and looks them up in that VRF's table.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub l3mdev: bool,
    /// The action.
    #[serde(default)]
    pub action: PolicyAction,
    /// The table, for a look-up.
    #[serde(default)]
    pub table: TableId,
    /// A route whose prefix is this long or shorter does not count (`suppress_prefixlength`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_prefixlength: Option<u32>,
    /// A route by a link of this group does not count (`suppress_ifgroup`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_ifgroup: Option<u32>,
    /// Who made it.
    #[serde(default)]
    pub protocol: Protocol,
    /// Selectors that this program does not know, by number: whether the rule selects is unseen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<u16>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn is_zero_byte(n: &u8) -> bool {
    *n == 0
}

fn is_zero_long(n: &u64) -> bool {
    *n == 0
}

impl PolicyRule {
    /// A rule that selects everything and looks it up in a table.
    pub fn lookup(family: Family, priority: u32, table: TableId) -> PolicyRule {
        PolicyRule {
            family,
            priority,
            invert: false,
            from: None,
            to: None,
            iif: None,
            oif: None,
            iif_detached: false,
            oif_detached: false,
            fwmark: 0,
            fwmask: 0,
            tos: 0,
            dscp: None,
            uid: None,
            ip_proto: None,
            sport: None,
            dport: None,
            tun_id: 0,
            l3mdev: false,
            action: PolicyAction::Lookup,
            table,
            suppress_prefixlength: None,
            suppress_ifgroup: None,
            protocol: Protocol(0),
            unknown: Vec::new(),
        }
    }
}
