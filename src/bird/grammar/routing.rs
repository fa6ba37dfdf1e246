//! The options of RIP, Babel and BFD (proto/rip, proto/babel and proto/bfd, config.Y each).

pub(super) const RIP: &[&str] =
    &["ecmp BOOL [limit INT]", "infinity INT", "interface NAMES [{rip interface}]"];

pub(super) const RIP_INTERFACE: &[&str] = &[
    "metric INT<1-255>",
    "mode (multicast | broadcast)",
    "passive BOOL",
    "address ADDRESS",
    "port INT<1-65535>",
    "version only BOOL",
    "version INT<1-2>",
    "split horizon BOOL",
    "poison reverse BOOL",
    "check zero BOOL",
    "@8 demand circuit BOOL",
    "update time INT<1->",
    "timeout time INT<1->",
    "garbage time INT<1->",
    "@8 retransmit time (TIME | INT<1->)",
    "ecmp weight INT<1-256>",
    "rx buffer INT<256-65535>",
    "tx (class INT<0-255> | dscp INT<0-63> | priority INT | length INT<256-65535>)",
    "ttl security (tx only | BOOL)",
    "check link BOOL",
    "bfd BOOL",
    "authentication (none | plaintext | cryptographic | md5)",
];

pub(super) const BABEL: &[&str] = &["interface NAMES [{babel interface}]", "randomize router id BOOL"];

pub(super) const BABEL_INTERFACE: &[&str] = &[
    "",
    "port INT<1-65535>",
    "rxcost INT<1-65535>",
    "limit INT<1-16>",
    "type (wired | wireless | @14 tunnel)",
    "hello interval TIME",
    "update interval TIME",
    "@14 rtt cost INT<0-65534>",
    "@14 rtt min TIME",
    "@14 rtt max TIME",
    "@14 rtt decay INT<1-256>",
    "@14 send timestamps BOOL",
    "rx buffer INT<256-65535>",
    "tx (class INT<0-255> | dscp INT<0-63> | priority INT | length INT<256-65535>)",
    "check link BOOL",
    "@13 extended next hop BOOL",
    "next hop ipv4 ADDRESS",
    "next hop ipv6 ADDRESS",
    "@17 next hop prefer (native | ipv6)",
    "@9 authentication (none | mac [permissive])",
];

pub(super) const BFD: &[&str] = &[
    "accept (ipv4 | ipv6 | direct | multihop)*",
    "interface NAMES [{bfd interface}]",
    "multihop [{bfd interface}]",
    "neighbor ADDRESS [% SYMBOL | dev TEXT] [local ADDRESS] [multihop BOOL]",
    "@10 strict bind BOOL",
    "@31 express thread group GROUP",
    "@16 zero udp6 checksum rx BOOL",
];

pub(super) const BFD_OPTIONS: &[&str] = &[
    "interval TIME",
    "min rx interval TIME",
    "min tx interval TIME",
    "idle tx interval TIME",
    "multiplier INT",
    "passive BOOL",
    "graceful",
    "@16 authentication (none | simple | meticulous keyed (md5 | sha1) | keyed (md5 | sha1))",
];

pub(super) const BFD_INTERFACE: &[&str] = &[
    "interval TIME",
    "min rx interval TIME",
    "min tx interval TIME",
    "idle tx interval TIME",
    "multiplier INT",
    "passive BOOL",
    "@3 graceful",
    "authentication (none | simple | meticulous keyed (md5 | sha1) | keyed (md5 | sha1))",
];
