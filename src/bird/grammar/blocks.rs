//! The tables of what stands in braces, by the names that the notation gives them.

use super::{Lists, ospf, other, radv, routing};
use crate::bird::version::{Version, Versions};

/// nest/config.Y, `password_item`
const PASSWORD: &[&str] =
    &["password SECRET [{password}]", "@8 key SECRET [{password}]", "passwords {passwords}"];

/// The same in the options of BFD within BGP.
const PASSWORD_SINCE: &[&str] =
    &["@16 password SECRET [{password}]", "@16 key SECRET [{password}]", "@16 passwords {passwords}"];

const PASSWORDS: &[&str] = &["password SECRET [{password}]", "@8 key SECRET [{password}]"];

const PASSWORD_OPTIONS: &[&str] = &[
    "generate from DATE",
    "generate to DATE",
    "accept from DATE",
    "accept to DATE",
    "from DATE",
    "to DATE",
    "id INT<0-255>",
    "algorithm (keyed (md5 | sha1 | sha256 | sha384 | sha512) | hmac (md5 | sha1 | sha256 | sha384 | sha512) \
     | blake2s128 | blake2s256 | blake2b256 | blake2b512)",
];

const AO_KEYS: &[&str] = &["key {ao key}"];

const AO_KEY: &[&str] = &[
    "id INT<0-255>",
    "send id INT<0-255>",
    "recv id INT<0-255>",
    "secret SECRET",
    "algorithm (hmac (md5 | sha1 | sha256 | sha384 | sha512) | cmac aes128)",
    "preferred",
    "deprecated",
];

/// nest/config.Y, `table_opt`
const TABLE: &[&str] = &[
    "sorted BOOL",
    "@9 trie BOOL",
    "@2 min settle time TIME",
    "@2 max settle time TIME",
    "@9 gc threshold INT",
    "@9 gc period TIME",
    "@3 cork threshold INT INT",
    "@3 export settle time TIME TIME",
    "@3 route refresh export settle time TIME TIME",
    "@3 digest settle time TIME TIME",
    "@14 debug DEBUGMASK",
    "@31 thread group GROUP",
];

const MPLS_DOMAIN: &[&str] = &["label range NEWRANGE [{mpls range}]"];

const MPLS_RANGE: &[&str] = &["start INT<0-1048575>", "length INT<1-1048575>"];

/// Whether no semicolon stands behind an option in braces: 2.16 and 2.17 refuse one behind `restrict`.
pub(in crate::bird) fn ends_itself(option: &str, version: Version) -> bool {
    option == "restrict" && Versions::before((18, 0), (1, 0)).accept(version)
}

const CLI: &[&str] = &["@16 restrict", "@31 v2 attributes"];

const THREAD_GROUP: &[&str] = &[
    "threads INT",
    "max time TIME",
    "max latency TIME",
    "min time TIME",
    "wakeup time TIME",
    "default BOOL",
];

/// Every table with a name.
pub(super) const BLOCKS: &[(&str, Lists)] = &[
    ("password", &[PASSWORD_OPTIONS]),
    ("passwords", &[PASSWORDS]),
    ("ao keys", &[AO_KEYS]),
    ("ao key", &[AO_KEY]),
    ("table", &[TABLE]),
    ("mpls domain", &[MPLS_DOMAIN]),
    ("mpls range", &[MPLS_RANGE]),
    ("cli", &[CLI]),
    ("thread group", &[THREAD_GROUP]),
    ("bfd options", &[routing::BFD_OPTIONS, PASSWORD_SINCE]),
    ("bfd interface", &[routing::BFD_INTERFACE, PASSWORD]),
    ("babel interface", &[routing::BABEL_INTERFACE, PASSWORD]),
    ("rip interface", &[routing::RIP_INTERFACE, PASSWORD]),
    ("ospf area", &[ospf::AREA]),
    ("ospf networks", &[ospf::NETWORKS]),
    ("ospf neighbors", &[ospf::NEIGHBORS]),
    ("ospf stubnet", &[ospf::STUBNET]),
    ("ospf interface", &[ospf::INTERFACE, ospf::LINK, PASSWORD]),
    ("ospf virtual link", &[&[""], ospf::LINK, PASSWORD]),
    ("radv interface", &[radv::INTERFACE]),
    ("radv prefix", &[radv::PREFIX]),
    ("radv rdnss", &[radv::RDNSS]),
    ("radv dnssl", &[radv::DNSSL]),
    ("rpki ssh", &[other::RPKI_SSH]),
    ("rpki tcp", &[other::RPKI_TCP]),
    ("device interface", &[other::DEVICE_INTERFACE]),
    ("evpn vlan", &[other::EVPN_VLAN]),
    ("evpn encapsulation", &[other::EVPN_ENCAPSULATION]),
];
