//! The named values of the filter language's enumerations.

use super::EnumType;
use crate::bird::version::{Version, Versions};

/// A named value: `RTS_BGP`, `ROA_VALID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enumerator {
    /// Its enumeration.
    pub ty: EnumType,
    /// Its number in BIRD 2.18 and 3.2, which put Ethernet before MPLS and ASPA; see [`Enumerator::printed`].
    pub value: u16,
}

use EnumType::{
    Afi, Aspa, BridgeSource, Destination, EvpnType, MplsPolicy, NetType, Origin, RaPreference, Roa, Scope,
    Source,
};

const TABLE: &[(&str, EnumType, u16, Versions)] = &[
    ("RTS_STATIC", Source, 1, Versions::ALL),
    ("RTS_INHERIT", Source, 2, Versions::ALL),
    ("RTS_DEVICE", Source, 3, Versions::ALL),
    ("RTS_STATIC_DEVICE", Source, 4, Versions::ALL),
    ("RTS_REDIRECT", Source, 5, Versions::ALL),
    ("RTS_RIP", Source, 6, Versions::ALL),
    ("RTS_OSPF", Source, 7, Versions::ALL),
    ("RTS_OSPF_IA", Source, 8, Versions::ALL),
    ("RTS_OSPF_EXT1", Source, 9, Versions::ALL),
    ("RTS_OSPF_EXT2", Source, 10, Versions::ALL),
    ("RTS_BGP", Source, 11, Versions::ALL),
    ("RTS_PIPE", Source, 12, Versions::ALL),
    ("RTS_BABEL", Source, 13, Versions::ALL),
    ("RTS_RPKI", Source, 14, Versions::since((14, 0), (0, 0))),
    ("RTS_L3VPN", Source, 16, Versions::since((14, 0), (0, 0))),
    ("RTS_AGGREGATED", Source, 17, Versions::since((14, 0), (0, 0))),
    ("SCOPE_HOST", Scope, 0, Versions::ALL),
    ("SCOPE_LINK", Scope, 1, Versions::ALL),
    ("SCOPE_SITE", Scope, 2, Versions::ALL),
    ("SCOPE_ORGANIZATION", Scope, 3, Versions::ALL),
    ("SCOPE_UNIVERSE", Scope, 4, Versions::ALL),
    ("SCOPE_UNDEFINED", Scope, 5, Versions::ALL),
    ("RTD_UNICAST", Destination, 1, Versions::ALL),
    ("RTD_BLACKHOLE", Destination, 2, Versions::ALL),
    ("RTD_UNREACHABLE", Destination, 3, Versions::ALL),
    ("RTD_PROHIBIT", Destination, 4, Versions::ALL),
    ("ROA_UNKNOWN", Roa, 0, Versions::ALL),
    ("ROA_VALID", Roa, 1, Versions::ALL),
    ("ROA_INVALID", Roa, 2, Versions::ALL),
    ("ASPA_UNKNOWN", Aspa, 0, Versions::since((16, 0), (0, 0))),
    ("ASPA_VALID", Aspa, 1, Versions::since((16, 0), (0, 0))),
    ("ASPA_INVALID", Aspa, 2, Versions::since((16, 0), (0, 0))),
    ("NET_IP4", NetType, 1, Versions::ALL),
    ("NET_IP6", NetType, 2, Versions::ALL),
    ("NET_VPN4", NetType, 3, Versions::ALL),
    ("NET_VPN6", NetType, 4, Versions::ALL),
    ("NET_ROA4", NetType, 5, Versions::ALL),
    ("NET_ROA6", NetType, 6, Versions::ALL),
    ("NET_FLOW4", NetType, 7, Versions::ALL),
    ("NET_FLOW6", NetType, 8, Versions::ALL),
    ("NET_IP6_SADR", NetType, 9, Versions::ALL),
    ("NET_MPLS", NetType, 11, Versions::since((14, 0), (0, 0))),
    ("NET_ASPA", NetType, 12, Versions::since((16, 0), (0, 0))),
    ("NET_ETH", NetType, 10, Versions::since((19, 0), (3, 0))),
    ("NET_EVPN", NetType, 13, Versions::since((19, 0), (3, 0))),
    ("NET_NEIGHBOR", NetType, 14, Versions::since((19, 0), (3, 0))),
    ("NET_EVPN_EAD", EvpnType, 1, Versions::since((19, 0), (3, 0))),
    ("NET_EVPN_MAC", EvpnType, 2, Versions::since((19, 0), (3, 0))),
    ("NET_EVPN_IMET", EvpnType, 3, Versions::since((19, 0), (3, 0))),
    ("NET_EVPN_ES", EvpnType, 4, Versions::since((19, 0), (3, 0))),
    ("KBR_SRC_BIRD", BridgeSource, 0, Versions::since((19, 0), (3, 0))),
    ("KBR_SRC_LOCAL", BridgeSource, 1, Versions::since((19, 0), (3, 0))),
    ("KBR_SRC_STATIC", BridgeSource, 2, Versions::since((19, 0), (3, 0))),
    ("KBR_SRC_DYNAMIC", BridgeSource, 3, Versions::since((19, 0), (3, 0))),
    ("AF_IPV4", Afi, 1, Versions::ALL),
    ("AF_IPV6", Afi, 2, Versions::ALL),
    ("ORIGIN_IGP", Origin, 0, Versions::ALL),
    ("ORIGIN_EGP", Origin, 1, Versions::ALL),
    ("ORIGIN_INCOMPLETE", Origin, 2, Versions::ALL),
    ("RA_PREF_LOW", RaPreference, 0x18, Versions::ALL),
    ("RA_PREF_MEDIUM", RaPreference, 0, Versions::ALL),
    ("RA_PREF_HIGH", RaPreference, 8, Versions::ALL),
    ("MPLS_POLICY_NONE", MplsPolicy, 0, Versions::since((14, 0), (0, 0))),
    ("MPLS_POLICY_STATIC", MplsPolicy, 1, Versions::since((14, 0), (0, 0))),
    ("MPLS_POLICY_PREFIX", MplsPolicy, 2, Versions::since((14, 0), (0, 0))),
    ("MPLS_POLICY_AGGREGATE", MplsPolicy, 3, Versions::since((14, 0), (0, 0))),
    ("MPLS_POLICY_VRF", MplsPolicy, 4, Versions::since((14, 0), (0, 0))),
];

impl Enumerator {
    /// The value of a name and the versions that know it.
    pub fn named(name: &str) -> Option<(Enumerator, Versions)> {
        if !name.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            return None;
        }
        let (_, ty, value, versions) = TABLE.iter().find(|row| row.0 == name)?;
        Some((Enumerator { ty: *ty, value: *value }, *versions))
    }

    /// The number that a version prints.
    pub fn printed(self, version: Version) -> u16 {
        let moves = self.ty == NetType && self.value > 10 && !version.reaches((18, 0), (2, 0));
        self.value - u16::from(moves)
    }

    /// The name; `None` for a number that its enumeration does not name.
    pub fn name(self) -> Option<&'static str> {
        TABLE.iter().find(|row| row.1 == self.ty && row.2 == self.value).map(|row| row.0)
    }
}
