//! The types of the filter language.

use std::fmt;

/// A type of the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// What a function without `return` gives, and an attribute that the route lacks.
    Void,
    /// `bool`
    Bool,
    /// `int`, 32 bits unsigned.
    Int,
    /// `ip`, either family.
    Ip,
    /// `prefix`, any kind of network.
    Prefix,
    /// `rd`
    Rd,
    /// `pair`: a community.
    Pair,
    /// `quad`: 32 bits written as an IPv4 address.
    Quad,
    /// `ec`: an extended community.
    Ec,
    /// `lc`: a large community.
    Lc,
    /// `mac` (2.19 on).
    Mac,
    /// `string`
    String,
    /// `bytestring`
    Bytes,
    /// `bgpmask`: an AS path mask.
    Mask,
    /// `bgppath`
    Path,
    /// `clist`
    CList,
    /// `eclist`
    EcList,
    /// `lclist`
    LcList,
    /// `route` (2.14 on).
    Route,
    /// `enum X`
    Enum(EnumType),
    /// `int set`, `pair set`, `ip set`, `quad set`, `rd set`, `enum X set`: anything that has an order.
    Set,
    /// `ec set`
    EcSet,
    /// `lc set`
    LcSet,
    /// `prefix set`
    PrefixSet,
}

/// The enumerations of the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnumType {
    /// `RTS_*`: what made the route.
    Source,
    /// `SCOPE_*`
    Scope,
    /// `RTD_*`: what it does with packets.
    Destination,
    /// `ORIGIN_*`
    Origin,
    /// `NET_*`: the kind of network.
    NetType,
    /// `ROA_*`
    Roa,
    /// `ASPA_*`
    Aspa,
    /// `RA_PREF_*`: the preference of a router advertisement.
    RaPreference,
    /// `AF_*`
    Afi,
    /// `MPLS_POLICY_*`
    MplsPolicy,
    /// `NET_EVPN_*`: the kind of an EVPN network (2.19 on).
    EvpnType,
    /// `KBR_SRC_*`: what made an entry of a bridge (2.19 on).
    BridgeSource,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Void => "void",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Ip => "ip",
            Type::Prefix => "prefix",
            Type::Rd => "rd",
            Type::Pair => "pair",
            Type::Quad => "quad",
            Type::Ec => "ec",
            Type::Lc => "lc",
            Type::Mac => "mac",
            Type::String => "string",
            Type::Bytes => "bytestring",
            Type::Mask => "bgpmask",
            Type::Path => "bgppath",
            Type::CList => "clist",
            Type::EcList => "eclist",
            Type::LcList => "lclist",
            Type::Route => "route",
            Type::Enum(kind) => kind.word(),
            Type::Set => "set",
            Type::EcSet => "ec set",
            Type::LcSet => "lc set",
            Type::PrefixSet => "prefix set",
        })
    }
}

impl EnumType {
    /// The name as BIRD's messages print it.
    pub fn word(self) -> &'static str {
        match self {
            EnumType::Source => "enum rts",
            EnumType::Scope => "enum scope",
            EnumType::Destination => "enum rtd",
            EnumType::Origin => "enum bgp_origin",
            EnumType::NetType => "enum nettype",
            EnumType::Roa => "enum roa",
            EnumType::Aspa => "enum aspa",
            EnumType::RaPreference => "enum ra_preference",
            EnumType::Afi => "enum af",
            EnumType::MplsPolicy => "enum mpls_policy",
            EnumType::EvpnType => "enum net_evpn_type",
            EnumType::BridgeSource => "enum kbr_source",
        }
    }
}
