//! BIRD's keywords, and which versions let a name hide one.
//!
//! Measured word by word with `define WORD = 1;` on 2.0.12, 2.17, 2.20, 3.1, 3.3 and 3.4. From 2.14 and 3.3 on
//! any keyword but a few may be redefined; 3.0 to 3.2 refuse as 2.0 does.

use std::sync::LazyLock;

use super::version::{Version, Versions};

/// The versions that accept a keyword as a name; `None` for a word that is no keyword of that version's series.
pub(super) fn nameable(word: &str, version: Version) -> Option<Versions> {
    match word {
        "in" | "v2" | "v3" | "ng" => Some(Versions::NONE),
        "af" | "net_type" | "rtd" | "rts" => Some(Versions::before((14, 0), (0, 0))),
        "roa" if version.major == 2 => Some(Versions::before((14, 0), (0, 0))),
        "roa" => Some(Versions::three_since((3, 0))),
        "bgp_origin" | "ra_preference" => Some(Versions::two_since((14, 0))),
        "express" | "worker" => Some(Versions::TWO),
        _ => match WORDS.get(word)? {
            Series::Both => Some(Versions::since((14, 0), (3, 0))),
            Series::Old | Series::Method => Some(Versions::since((14, 0), (0, 0))),
            Series::New | Series::Bmp | Series::Three => {
                (version.major > 2).then_some(Versions::since((0, 0), (3, 0)))
            }
        },
    }
}

/// Whether a name is a keyword of a version that accepts keywords as names (since 2.14, and since 3.3): asked of 2.17.6,
/// 2.20.0, 3.3.2 and 3.4.0, word by word.
pub(super) fn is_keyword_in(word: &str, version: Version) -> bool {
    let since = |two, three| version.reaches((two, 0), (three, 0));
    if LATE.contains(&word) {
        return since(19, 3);
    }
    match (word, WORDS.get(word)) {
        ("host" | "otc", _) => since(19, 4),
        (_, Some(Series::Both)) => since(14, 3),
        (_, Some(Series::Old)) => version.major == 2 && since(14, 3),
        (_, Some(Series::New)) => since(17, 3),
        (_, Some(Series::Bmp)) => since(18, 3),
        (_, Some(Series::Three)) => version.major > 2 && since(14, 3),
        (_, Some(Series::Method) | None) => false,
    }
}

/// Whether a word may name a table: 3.x refuses every keyword there.
pub(super) fn table_nameable(word: &str, version: Version) -> bool {
    match version.major {
        2 => true,
        _ if LATE.contains(&word) => version < Version::new(3, 3, 0),
        _ if matches!(word, "host" | "otc") => version < Version::new(3, 4, 0),
        _ => matches!(WORDS.get(word), None | Some(Series::Old | Series::Method)),
    }
}

/// Keywords since 3.3 that any name may hide, but for a table's.
const LATE: [&str; 16] = [
    "append",
    "bridge",
    "discovery",
    "ead",
    "encapsulation",
    "es",
    "eth",
    "evpn",
    "filtering",
    "imet",
    "kbr_source",
    "pd",
    "vid",
    "vlan",
    "vni",
    "vxlan",
];

/// Whether a word is an attribute to the code of 3.x, which a variable may hide, though no name elsewhere.
pub(super) fn is_attribute_of_3(word: &str) -> bool {
    matches!(
        word,
        "aspa_providers"
            | "bgp_local_pref"
            | "bgp_med"
            | "bgp_origin"
            | "bgp_otc"
            | "from"
            | "mpls_class"
            | "mpls_label"
            | "mpls_policy"
            | "preference"
            | "source"
    )
}

/// Whether a word is a keyword in any version.
pub(super) fn is_keyword(word: &str) -> bool {
    WORDS.contains_key(word) || word == "in"
}

/// Which versions have a keyword.
#[derive(Clone, Copy)]
enum Series {
    /// 2.0 and 3.x.
    Both,
    /// 2.x, but not 3.x.
    Old,
    /// 2.0, where methods were keywords.
    Method,
    /// 2.17 and 3.x, but not 2.0.
    New,
    /// Versions with BMP.
    Bmp,
    /// 3.x only.
    Three,
}

static WORDS: LazyLock<foldhash::HashMap<&str, Series>> = LazyLock::new(|| {
    let texts = [
        (NEW, Series::New),
        (BMP, Series::Bmp),
        (THREE, Series::Three),
        (OLD, Series::Old),
        (METHODS, Series::Method),
        (COMMON, Series::Both),
    ];
    texts.into_iter().flat_map(|(text, series)| text.split(' ').map(move |word| (word, series))).collect()
});

const COMMON: &str = "\
    accept action add address administrative advertise after aigp algorithm all allow always area as as4 \
    attribute attributes auth authentication autonomous aware babel base bcast bfd bgp bgp_local_pref \
    bgp_med bgp_origin bgp_otc bgpmask bgppath bind bird blackhole blake2b256 blake2b512 blake2s128 \
    blake2s256 block bool broadcast bt_assert bt_check_assign bt_test_same bt_test_suite buffer bug by \
    capabilities case cease change channels check circuit class client clist cluster code collision \
    commands communities confederation config configuration configure confirm connect connection cost \
    cost2 count cryptographic current dead debug deconfigured default define defined delay delete demand \
    description dest deterministic dev device digits direct disable disabled dnssl do domain \
    dont_fragment down dport drop dscp dst dump dynamic ebgp ec eclist ecmp eligible else empty enable \
    enforce entries error eval events exit expire export exported extended external false fatal filename \
    filter filtered filters first first_fragment flags flow4 flow6 for forget format fragment free from \
    function garbage gateway gc generate generic global graceful gw gw_mpls header hello help hidden \
    high hit hmac hold hop horizon hostname ibgp icmp id idle if ifindex ifname ignore igp import \
    infinity info instance int interface interfaces internal interpret interval ip ipv4 ipv4_mc \
    ipv4_mpls ipv6 ipv6_mc ipv6_mpls ipv6_sadr is_fragment iso keep keepalive kernel key keyed \
    krt_feature_allfrag krt_feature_ecn krt_lock_advmss krt_lock_cwnd krt_lock_hoplimit krt_lock_mtu \
    krt_lock_reordering krt_lock_rto_min krt_lock_rtt krt_lock_rttvar krt_lock_window label large \
    last_fragment latency lc lclist learn length lifetime limit linger link lived lladdr local log long \
    low lsa lsadb lsid mac managed mandatory max md5 med medium member memory merge messages meticulous \
    metric min missing mode mpls mrt mrtdump ms mtu mult multicast multihop multiplier name nbma \
    neighbor neighbors net netlink netmask networks next no noexport nonbroadcast none normal ns nssa of \
    off offset older on onlink only originate ospf other out packets pair passive password passwords \
    path paths pe period permissive persist pipe plaintext pointomultipoint pointopoint poison poll port \
    preexport prefer preference preferred prefix prepend pri primary print printn priority private \
    prohibit propagate proto protocol protocols ptmp ptp public quad quit ra ra_preference radv \
    randomize range rd rdnss reachable real receive recursive refresh reject rejected reload remote \
    require reset resources restart restrict retrans retransmit retry return reverse rfc1583compat \
    rfc5838 rip ro roa4 roa6 roa_check roles route router routes rpki rr rs rt rx rxcost s sadr scan \
    scope sec secondary security self sensitive sessions set setkey sets settle sha1 sha256 sha384 \
    sha512 short show shutdown simple skip sockets soft solicited sorted source split sport src ssh \
    stability stale start startup state states static stats status stderr strict string stub stubnet \
    summary suppression symbols syslog table tag tcp template then threshold tick time timeformat \
    timeout timer to topology trace translator transmit transport trie trigger true ttl tx type undo \
    unicast unknown unreachable unset update us user valid validate version via virtual vpn vpn4 vpn4_mc \
    vpn4_mpls vpn6 vpn6_mc vpn6_mpls vrf wait warn warning watchdog weight where wired wireless yes zero";

const OLD: &str = "\
    babel_metric bgp_aggregator bgp_aigp bgp_atomic_aggr bgp_cluster_list bgp_community \
    bgp_ext_community bgp_large_community bgp_next_hop bgp_originator_id bgp_path echo exp \
    igp_metric krt_advmss krt_cwnd krt_hoplimit krt_initcwnd krt_initrwnd krt_lock_sstresh \
    krt_metric krt_mtu krt_prefsrc krt_quickack krt_realm krt_reordering krt_rto_min krt_rtt \
    krt_rttvar krt_scope krt_source krt_sstresh krt_window ospf_metric1 ospf_metric2 ospf_router_id \
    ospf_tag perf ra_lifetime repeat rip_metric rip_tag";

const METHODS: &str = "\
    asn contains data data1 data2 flush is_v4 is_v6 last last_nonaggregated len mask match maxlen";

const NEW: &str = "\
    aes128 aggregate aggregator ao aspa aspa_check aspa_check_downstream aspa_check_upstream \
    aspa_providers bytestring checksum cli cmac custom customer decay deprecated distinguisher \
    double enhanced enum from_hex keys krt_lock_congctl krt_lock_fastopen_no_cookie \
    krt_lock_initcwnd krt_lock_initrwnd krt_lock_quickack krt_lock_ssthresh l3vpn mpls_class \
    mpls_label mpls_policy native option peer policy provider providers ranges recv role rs_client \
    rs_server rtd rts rtt secret send single tables target threads timestamps transit tunnel udp \
    udp6 value";

const BMP: &str = "bmp monitoring post_policy pre_policy rib station system";

const THREE: &str = "\
    allocator cork digest fixed generation group partial ping roa scheduling size stacks thread \
    timers wakeup";
