//! The options of router advertisements (proto/radv/config.Y).

pub(super) const RADV: &[&str] = &[
    "interface NAMES [{radv interface}]",
    "prefix IP6NET [{radv prefix}]",
    "rdnss (ADDRESS | {radv rdnss})",
    "dnssl (@18 TEXT | @early LITERAL | {radv dnssl})",
    "@14 custom option type INT value BYTES",
    "trigger IP6NET",
    "propagate routes BOOL",
];

pub(super) const INTERFACE: &[&str] = &[
    "min ra interval INT<3->",
    "max ra interval INT<4-1800>",
    "min delay INT<1->",
    "@6 solicited ra unicast BOOL",
    "managed BOOL",
    "other config BOOL",
    "link mtu INT",
    "reachable time INT<0-3600000>",
    "retrans timer INT",
    "current hop limit INT<0-255>",
    "default lifetime INT<0-9000> [sensitive BOOL]",
    "route lifetime INT [sensitive BOOL]",
    "default preference (low | medium | high)",
    "route preference (low | medium | high)",
    "prefix linger time INT",
    "route linger time INT",
    "prefix IP6NET [{radv prefix}]",
    "rdnss (ADDRESS | {radv rdnss})",
    "dnssl (@18 TEXT | @early LITERAL | {radv dnssl})",
    "@14 custom option type INT value BYTES",
    "rdnss local BOOL",
    "dnssl local BOOL",
    "@14 custom option local BOOL",
    "@19 router discovery BOOL",
];

pub(super) const PREFIX: &[&str] = &[
    "skip BOOL",
    "onlink BOOL",
    "autonomous BOOL",
    "@18 pd preferred BOOL",
    "valid lifetime INT [sensitive BOOL]",
    "preferred lifetime INT [sensitive BOOL]",
];

pub(super) const RDNSS: &[&str] = &["", "ns ADDRESS", "lifetime (mult INT<1-254> | INT)"];

pub(super) const DNSSL: &[&str] =
    &["", "@early domain LITERAL", "@18 domain TEXT", "lifetime (mult INT<1-254> | INT)"];
