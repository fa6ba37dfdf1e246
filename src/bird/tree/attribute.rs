//! The route attributes that BIRD itself defines, with their types.

use std::sync::LazyLock;

use super::{EnumType, Type};
use crate::bird::version::Versions;

/// An attribute that BIRD defines; copied about as an index into its table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuiltIn(u8);

/// Where an attribute lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeClass {
    /// Part of every route: `net`, `gw`, `preference`.
    Static,
    /// One of the protocols' attributes; a route may lack it.
    Dynamic,
    /// A bit of such an attribute, read and written as a bool: `krt_lock_mtu`.
    Bit,
}

struct Row {
    name: &'static str,
    ty: Type,
    class: AttributeClass,
    known: Versions,
    written: Versions,
    unset: Versions,
}

use AttributeClass::{Bit, Dynamic, Static};
use Versions as V;

const fn row(name: &'static str, ty: Type, class: AttributeClass, versions: [Versions; 3]) -> Row {
    Row { name, ty, class, known: versions[0], written: versions[1], unset: versions[2] }
}

/// An attribute of every version that can be written and unset.
const fn all(name: &'static str, ty: Type) -> Row {
    row(name, ty, Dynamic, [V::ALL, V::ALL, V::ALL])
}

/// An attribute that some versions have, and then wholly.
const fn some(name: &'static str, ty: Type, versions: Versions) -> Row {
    row(name, ty, Dynamic, [versions, versions, versions])
}

/// An attribute without a value that filters could use.
const fn opaque(name: &'static str, versions: Versions) -> Row {
    row(name, Type::Void, Dynamic, [versions, V::before((14, 0), (0, 0)), versions])
}

/// A bit that 3.x does not unset.
const fn bit(name: &'static str, versions: Versions) -> Row {
    row(name, Type::Bool, Bit, [versions, versions, V::TWO])
}

const TYPED: Versions = V::since((14, 0), (0, 0));
const LATE: Versions = V::since((19, 0), (3, 0));

/// What each version knows, writes and unsets was measured with `bird -p`.
const TABLE: &[Row] = &[
    row("net", Type::Prefix, Static, [V::ALL, V::NONE, V::NONE]),
    row("proto", Type::String, Static, [V::ALL, V::NONE, V::NONE]),
    row("source", Type::Enum(EnumType::Source), Static, [V::ALL, V::THREE, V::NONE]),
    row("from", Type::Ip, Static, [V::ALL, V::ALL, V::THREE]),
    row("gw", Type::Ip, Static, [V::ALL, V::ALL, V::NONE]),
    row("scope", Type::Enum(EnumType::Scope), Static, [V::TWO, V::TWO, V::NONE]),
    row("dest", Type::Enum(EnumType::Destination), Static, [V::ALL, V::ALL, V::NONE]),
    row("ifname", Type::String, Static, [V::ALL, V::ALL, V::NONE]),
    row("ifindex", Type::Int, Static, [V::ALL, V::NONE, V::NONE]),
    row("weight", Type::Int, Static, [V::ALL, V::ALL, V::NONE]),
    row("gw_mpls", Type::Int, Static, [V::ALL, V::ALL, V::NONE]),
    row("gw_mpls_stack", Type::CList, Static, [V::two_since((14, 0)), V::two_since((14, 0)), V::NONE]),
    row("onlink", Type::Bool, Static, [V::since((0, 12), (3, 0)), V::since((0, 12), (3, 0)), V::NONE]),
    row("preference", Type::Int, Static, [V::ALL, V::ALL, V::THREE]),
    all("igp_metric", Type::Int),
    some("mpls_label", Type::Int, TYPED),
    some("mpls_policy", Type::Enum(EnumType::MplsPolicy), TYPED),
    some("mpls_class", Type::Int, TYPED),
    all("bgp_path", Type::Path),
    all("bgp_origin", Type::Enum(EnumType::Origin)),
    all("bgp_next_hop", Type::Ip),
    all("bgp_med", Type::Int),
    all("bgp_local_pref", Type::Int),
    opaque("bgp_atomic_aggr", V::ALL),
    opaque("bgp_aggregator", V::ALL),
    all("bgp_community", Type::CList),
    all("bgp_originator_id", Type::Quad),
    all("bgp_cluster_list", Type::CList),
    all("bgp_ext_community", Type::EcList),
    opaque("bgp_aigp", V::ALL),
    all("bgp_large_community", Type::LcList),
    all("bgp_otc", Type::Int),
    row("bgp_mpls_label_stack", Type::CList, Dynamic, [V::THREE, V::THREE, V::NONE]),
    opaque("bgp_pmsi_tunnel", LATE),
    all("ospf_metric1", Type::Int),
    all("ospf_metric2", Type::Int),
    all("ospf_tag", Type::Int),
    all("ospf_router_id", Type::Quad),
    all("rip_metric", Type::Int),
    all("rip_tag", Type::Int),
    all("babel_metric", Type::Int),
    row("babel_router_id", Type::Void, Dynamic, [V::THREE, V::NONE, V::NONE]),
    some("ra_preference", Type::Enum(EnumType::RaPreference), V::TWO),
    some("ra_lifetime", Type::Int, V::TWO),
    some("radv_preference", Type::Enum(EnumType::RaPreference), V::THREE),
    some("radv_lifetime", Type::Int, V::THREE),
    all("krt_source", Type::Int),
    all("krt_metric", Type::Int),
    all("krt_prefsrc", Type::Ip),
    all("krt_realm", Type::Int),
    all("krt_scope", Type::Int),
    all("krt_mtu", Type::Int),
    all("krt_window", Type::Int),
    all("krt_rtt", Type::Int),
    all("krt_rttvar", Type::Int),
    some("krt_sstresh", Type::Int, V::TWO),
    some("krt_ssthresh", Type::Int, TYPED),
    all("krt_cwnd", Type::Int),
    all("krt_advmss", Type::Int),
    all("krt_reordering", Type::Int),
    all("krt_hoplimit", Type::Int),
    all("krt_initcwnd", Type::Int),
    some("krt_features", Type::Int, V::THREE),
    all("krt_rto_min", Type::Int),
    all("krt_initrwnd", Type::Int),
    all("krt_quickack", Type::Int),
    some("krt_congctl", Type::String, TYPED),
    some("krt_fastopen_no_cookie", Type::Int, TYPED),
    some("krt_lock", Type::Int, V::THREE),
    bit("krt_lock_mtu", V::ALL),
    bit("krt_lock_window", V::ALL),
    bit("krt_lock_rtt", V::ALL),
    bit("krt_lock_rttvar", V::ALL),
    bit("krt_lock_sstresh", V::TWO),
    bit("krt_lock_ssthresh", TYPED),
    bit("krt_lock_cwnd", V::ALL),
    bit("krt_lock_advmss", V::ALL),
    bit("krt_lock_reordering", V::ALL),
    bit("krt_lock_hoplimit", V::ALL),
    bit("krt_lock_rto_min", V::ALL),
    bit("krt_lock_initcwnd", TYPED),
    bit("krt_lock_initrwnd", TYPED),
    bit("krt_lock_quickack", TYPED),
    bit("krt_lock_congctl", TYPED),
    bit("krt_lock_fastopen_no_cookie", TYPED),
    bit("krt_feature_ecn", V::ALL),
    bit("krt_feature_allfrag", V::ALL),
    some("aspa_providers", Type::CList, TYPED),
    opaque("nexthop", V::THREE),
    row("hostentry", Type::Void, Dynamic, [V::THREE, V::NONE, V::NONE]),
    opaque("kbr_source", LATE),
];

impl BuiltIn {
    /// The attribute of a name, whatever the version.
    pub fn named(name: &str) -> Option<BuiltIn> {
        static NAMES: LazyLock<foldhash::HashMap<&str, BuiltIn>> =
            LazyLock::new(|| BuiltIn::all().map(|one| (one.name(), one)).collect());
        NAMES.get(name).copied()
    }

    /// Every one of them.
    pub fn all() -> impl Iterator<Item = BuiltIn> {
        (0..TABLE.len()).map(|index| BuiltIn(index as u8))
    }

    /// The name, as filters write it.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The type of its value; where it is a list, an undefined one reads as empty.
    pub fn ty(self) -> Type {
        self.row().ty
    }

    /// Where it lives.
    pub fn class(self) -> AttributeClass {
        self.row().class
    }

    /// Whether it is the word of which others are bits: 3.x reads it as zero where the route lacks it.
    pub fn is_word(self) -> bool {
        matches!(self.name(), "krt_lock" | "krt_features")
    }

    /// The versions that know it.
    pub fn versions(self) -> Versions {
        self.row().known
    }

    /// The versions in which filters may write it.
    pub fn written(self) -> Versions {
        self.row().written
    }

    /// The versions in which filters may unset it.
    pub fn unset(self) -> Versions {
        self.row().unset
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
