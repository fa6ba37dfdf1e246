//! The route attributes that BIRD itself defines, with their types.

use super::{EnumType, Type};
use crate::bird::version::Versions;

/// An attribute that BIRD defines; copied about as an index into its table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltIn(u8);

/// Where an attribute lives and who may write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeClass {
    /// Part of every route, read-only: `net`, `proto`.
    StaticReadOnly,
    /// Part of every route: `gw`, `preference`.
    Static,
    /// One of the protocols' attributes; a route may lack it.
    Dynamic,
    /// Such an attribute that filters may not write.
    DynamicReadOnly,
    /// A bit of such an attribute, read and written as a bool: `krt_lock_mtu`.
    Bit,
}

struct Row {
    name: &'static str,
    ty: Type,
    class: AttributeClass,
    versions: Versions,
}

const fn row(name: &'static str, ty: Type, class: AttributeClass, versions: Versions) -> Row {
    Row { name, ty, class, versions }
}

const fn all(name: &'static str, ty: Type) -> Row {
    row(name, ty, AttributeClass::Dynamic, Versions::ALL)
}

const fn bit(name: &'static str) -> Row {
    row(name, Type::Bool, AttributeClass::Bit, Versions::ALL)
}

use AttributeClass::{Dynamic, DynamicReadOnly, Static, StaticReadOnly};

const TABLE: &[Row] = &[
    row("net", Type::Prefix, StaticReadOnly, Versions::ALL),
    row("proto", Type::String, StaticReadOnly, Versions::ALL),
    row("source", Type::Enum(EnumType::Source), StaticReadOnly, Versions::ALL),
    row("from", Type::Ip, Static, Versions::ALL),
    row("gw", Type::Ip, Static, Versions::ALL),
    row("scope", Type::Enum(EnumType::Scope), Static, Versions::TWO),
    row("dest", Type::Enum(EnumType::Destination), Static, Versions::ALL),
    row("ifname", Type::String, Static, Versions::ALL),
    row("ifindex", Type::Int, StaticReadOnly, Versions::ALL),
    row("weight", Type::Int, Static, Versions::ALL),
    row("gw_mpls", Type::Int, Static, Versions::ALL),
    row("gw_mpls_stack", Type::CList, Static, Versions::since((14, 0), (0, 0))),
    row("onlink", Type::Bool, Static, Versions::two_since((0, 10))),
    row("preference", Type::Int, Static, Versions::ALL),
    row("igp_metric", Type::Int, DynamicReadOnly, Versions::ALL),
    row("mpls_label", Type::Int, Dynamic, Versions::since((14, 0), (0, 0))),
    row("mpls_policy", Type::Enum(EnumType::MplsPolicy), Dynamic, Versions::since((14, 0), (0, 0))),
    row("mpls_class", Type::Int, Dynamic, Versions::since((14, 0), (0, 0))),
    all("bgp_path", Type::Path),
    all("bgp_origin", Type::Enum(EnumType::Origin)),
    all("bgp_next_hop", Type::Ip),
    all("bgp_med", Type::Int),
    all("bgp_local_pref", Type::Int),
    all("bgp_atomic_aggr", Type::Void),
    all("bgp_aggregator", Type::Void),
    all("bgp_community", Type::CList),
    all("bgp_originator_id", Type::Quad),
    all("bgp_cluster_list", Type::CList),
    all("bgp_ext_community", Type::EcList),
    all("bgp_aigp", Type::Void),
    all("bgp_large_community", Type::LcList),
    all("bgp_otc", Type::Int),
    all("ospf_metric1", Type::Int),
    all("ospf_metric2", Type::Int),
    all("ospf_tag", Type::Int),
    all("ospf_router_id", Type::Quad),
    all("rip_metric", Type::Int),
    all("rip_tag", Type::Int),
    row("babel_metric", Type::Int, DynamicReadOnly, Versions::ALL),
    row("babel_router_id", Type::Void, DynamicReadOnly, Versions::since((0, 8), (0, 0))),
    row("babel_seqno", Type::Int, DynamicReadOnly, Versions::since((0, 8), (0, 0))),
    all("ra_preference", Type::Enum(EnumType::RaPreference)),
    all("ra_lifetime", Type::Int),
    row("krt_source", Type::Int, DynamicReadOnly, Versions::ALL),
    all("krt_metric", Type::Int),
    all("krt_prefsrc", Type::Ip),
    all("krt_realm", Type::Int),
    all("krt_scope", Type::Int),
    all("krt_mtu", Type::Int),
    all("krt_window", Type::Int),
    all("krt_rtt", Type::Int),
    all("krt_rttvar", Type::Int),
    all("krt_ssthresh", Type::Int),
    all("krt_cwnd", Type::Int),
    all("krt_advmss", Type::Int),
    all("krt_reordering", Type::Int),
    all("krt_hoplimit", Type::Int),
    all("krt_initcwnd", Type::Int),
    all("krt_rto_min", Type::Int),
    all("krt_initrwnd", Type::Int),
    all("krt_quickack", Type::Int),
    bit("krt_lock_mtu"),
    bit("krt_lock_window"),
    bit("krt_lock_rtt"),
    bit("krt_lock_rttvar"),
    bit("krt_lock_ssthresh"),
    bit("krt_lock_cwnd"),
    bit("krt_lock_advmss"),
    bit("krt_lock_reordering"),
    bit("krt_lock_hoplimit"),
    bit("krt_lock_rto_min"),
    bit("krt_feature_ecn"),
    bit("krt_feature_allfrag"),
];

impl BuiltIn {
    /// The attribute of a name, whatever the version.
    pub fn named(name: &str) -> Option<BuiltIn> {
        TABLE.iter().position(|row| row.name == name).map(|index| BuiltIn(index as u8))
    }

    /// The name, as filters write it.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The type of its value; where it is a list, an undefined one reads as empty.
    pub fn ty(self) -> Type {
        self.row().ty
    }

    /// Where it lives and who may write it.
    pub fn class(self) -> AttributeClass {
        self.row().class
    }

    /// The versions that know it.
    pub fn versions(self) -> Versions {
        self.row().versions
    }

    fn row(self) -> &'static Row {
        &TABLE[usize::from(self.0)]
    }
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
