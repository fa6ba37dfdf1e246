//! The options that all protocols share, and those of the smaller protocols.

/// nest/config.Y, `proto_item`
pub(super) const COMMON: &[&str] = &[
    "disabled BOOL",
    "debug DEBUGMASK",
    "mrtdump MRTMASK",
    "router id ID",
    "@14 hostname TEXT",
    "description TEXT",
    "vrf default",
    "vrf TEXT",
    "@3 restart time TIME",
    "@31 thread group GROUP",
];

/// sysdep/unix/krt.Y, sysdep/linux/netlink.Y
pub(super) const KERNEL: &[&str] = &[
    "persist BOOL",
    "scan time INT",
    "@14 learn all",
    "learn BOOL",
    "graceful restart BOOL",
    "merge paths BOOL [limit INT<1-255>]",
    "kernel table INT",
    "metric INT",
    "@9 netlink rx buffer INT",
];

pub(super) const DEVICE: &[&str] = &["scan time INT", "interface NAMES [{device interface}]"];

pub(super) const DEVICE_INTERFACE: &[&str] = &["preferred ADDRESS"];

pub(super) const DIRECT: &[&str] =
    &["interface INTERFACES", "check link BOOL", "@20 host BOOL", "@20 prefix BOOL"];

/// proto/static/config.Y; its routes are read by hand.
pub(super) const STATIC: &[&str] = &["check link BOOL", "igp table TABLE"];

pub(super) const PIPE: &[&str] =
    &["peer table TABLE", "@31 import in NET POLICY", "@3 max generation INT<1-254>"];

pub(super) const MRT: &[&str] = &[
    "table (LITERAL | TABLE)",
    "filter FILTER",
    "where WHERE",
    "filename TEXT",
    "period INT",
    "always add path BOOL",
];

pub(super) const PERF: &[&str] = &[
    "@18 exp from INT",
    "@early exp from NUM",
    "@18 exp to INT",
    "@early exp to NUM",
    "@18 repeat INT",
    "@early repeat NUM",
    "threshold min TIME",
    "threshold max TIME",
    "@18 attributes INT",
    "@early attributes NUM",
    "keep BOOL",
    "mode (import | export)",
];

pub(super) const RPKI: &[&str] = &[
    "remote HOST [port INT<0-65535>]",
    "port INT<0-65535>",
    "@15 local address ADDRESS",
    "transport (tcp [@16 {rpki tcp}] | ssh {rpki ssh})",
    "refresh [keep] INT<1-86400>",
    "retry [keep] INT<1-7200>",
    "expire [keep] INT<600-172800>",
    "ignore max length BOOL",
    "@16 min version INT<0-2>",
    "@16 max version INT<0-2>",
];

pub(super) const RPKI_SSH: &[&str] = &["bird private key TEXT", "remote public key TEXT", "user TEXT"];

pub(super) const RPKI_TCP: &[&str] = &["authentication (none | md5)", "password SECRETTEXT"];

pub(super) const BMP: &[&str] = &[
    "local address ADDRESS",
    "station address (ip ADDRESS | port INT<1-65535>)*",
    "system description TEXT",
    "system name TEXT",
    "monitoring rib in pre_policy BOOL",
    "monitoring rib in post_policy BOOL",
    "@16 tx buffer limit INT<1->",
];

pub(super) const L3VPN: &[&str] = &[
    "rd RD",
    "route distinguisher RD",
    "import target (@18 all | @18 none | TARGETS)",
    "export target (@18 none | TARGETS)",
    "route target (@18 none | TARGETS)",
];

pub(super) const AGGREGATOR: &[&str] = &["peer table TABLE", "aggregate on AGGREGATE", "merge by BODY"];

pub(super) const EVPN: &[&str] = &[
    "rd RD",
    "route distinguisher RD",
    "import target TARGETS",
    "export target TARGETS",
    "route target TARGETS",
    "vni INT",
    "vid INT<0-4095>",
    "tag INT",
    "vlan INT [{evpn vlan}]",
    "encapsulation vxlan [{evpn encapsulation}]",
];

pub(super) const EVPN_VLAN: &[&str] = &["range INT", "vni INT<0-16777215>", "vid INT<0-4095>"];

pub(super) const EVPN_ENCAPSULATION: &[&str] =
    &["tunnel device TEXT", "router address ADDRESS", "default BOOL"];

pub(super) const BRIDGE: &[&str] = &["bridge device TEXT", "vlan filtering BOOL", "scan time (TIME | INT)"];
