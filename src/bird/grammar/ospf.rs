//! The options of OSPF (proto/ospf/config.Y).

pub(super) const OSPF: &[&str] = &[
    "rfc1583compat BOOL",
    "@8 rfc5838 BOOL",
    "vpn pe BOOL",
    "stub router BOOL",
    "graceful restart (aware | BOOL)",
    "graceful restart time INT<1-1800>",
    "ecmp BOOL [limit INT]",
    "merge external BOOL",
    "tick INT<1->",
    "instance id INT<0-255>",
    "area ID {ospf area}",
];

pub(super) const AREA: &[&str] = &[
    "stub cost INT<1-16777214>",
    "stub BOOL",
    "nssa",
    "summary BOOL",
    "default nssa BOOL",
    "default cost INT<1-16777214>",
    "default cost2 INT<1-16777214>",
    "translator stability INT",
    "translator BOOL",
    "networks {ospf networks}",
    "external {ospf networks}",
    "stubnet IPNET [{ospf stubnet}]",
    "interface INTERFACES [instance INT<0-255>] [{ospf interface}]",
    "virtual link ID [instance INT<0-255>] [{ospf virtual link}]",
];

pub(super) const NETWORKS: &[&str] = &["IPNET [hidden | tag INT]"];

pub(super) const STUBNET: &[&str] = &["hidden BOOL", "summary BOOL", "cost INT"];

/// What a list of neighbours holds.
pub(super) const NEIGHBORS: &[&str] = &["ADDRESS [eligible]"];

/// What interfaces and virtual links share.
pub(super) const LINK: &[&str] = &[
    "hello INT<1-65535>",
    "retransmit INT<2->",
    "transmit delay INT<1-65535>",
    "wait INT<2->",
    "dead count INT<2->",
    "dead INT<2->",
    "authentication (none | simple | cryptographic)",
];

pub(super) const INTERFACE: &[&str] = &[
    "cost INT<1-65535>",
    "poll INT<1->",
    "type (broadcast | bcast | nonbroadcast | nbma | pointopoint | ptp | pointomultipoint | ptmp)",
    "real broadcast BOOL",
    "ptp netmask BOOL",
    "@8 ptp address BOOL",
    "priority INT<0-255>",
    "strict nonbroadcast BOOL",
    "stub BOOL",
    "check link BOOL",
    "ecmp weight INT<1-256>",
    "link lsa suppression BOOL",
    "neighbors {ospf neighbors}",
    "rx buffer (normal | large | INT<256-65535>)",
    "tx (class INT<0-255> | dscp INT<0-63> | priority INT | length INT<256-65535>)",
    "ttl security (tx only | BOOL)",
    "bfd BOOL",
];
