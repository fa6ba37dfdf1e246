//! Links with their addresses, and what befalls them.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use routelint::net::Family;

/// The links that a scene may route over; not every kernel can make each.
pub(super) const LINKS: [&str; 7] = ["v0", "v1", "v2", "v3", "t0", "d0", "lo"];

/// The same with two VRFs.
pub(super) const LINKS_AND_VRFS: [&str; 9] = ["v0", "v1", "v2", "v3", "t0", "d0", "lo", "red", "blue"];

/// Makes the links, each up and with a carrier.
pub(super) const MADE: [&str; 19] = [
    "link set lo up",
    "link add v0 type veth peer name p0",
    "link add v1 type veth peer name p1",
    "link add v2 type veth peer name p2",
    "link add v3 type veth peer name p3",
    "tuntap add dev t0 mode tun",
    "link add d0 type dummy",
    "link set v1 group 7",
    "link set v3 group 7",
    "link set p0 up",
    "link set p1 up",
    "link set p2 up",
    "link set p3 up",
    "link set v0 up",
    "link set v1 up",
    "link set v2 up",
    "link set v3 up",
    "link set t0 up",
    "link set d0 up",
];

/// The addresses that every scene has, and a route each.
pub(super) const KEPT: [&str; 6] = [
    "addr add 10.0.1.1/24 dev v0",
    "addr add fd53:1::1/64 dev v0 nodad",
    "addr add 10.0.2.1/24 dev v1",
    "addr add fd53:2::1/64 dev v1 nodad",
    "route add 10.200.0.0/24 dev t0",
    "route add fd53:200::/64 dev t0",
];

const ADDRESSES4: [&str; 21] = [
    "10.0.1.7/24 dev v0",
    "10.0.1.129/25 dev v0",
    "10.0.1.1/32 dev v1",
    "10.0.9.1/25 dev v1 scope link",
    "10.0.6.1/24 dev v1 metric 300",
    "10.0.7.1/24 dev v1 scope host",
    "10.1.0.1/16 dev v2",
    "10.0.5.1/24 dev v2 noprefixroute",
    "10.0.3.1 peer 10.0.3.2 dev t0",
    "10.0.4.0/31 dev v3",
    "10.0.4.4/32 dev v3",
    "10.0.4.9/30 dev v3 brd +",
    "10.0.8.1 peer 10.0.8.64/26 dev v0",
    "169.254.7.7/16 dev v0 scope link",
    "192.0.2.1/24 dev v2 broadcast 192.0.2.77",
    "203.0.113.5/32 dev lo",
    "203.0.113.6/32 dev lo scope host",
    "127.0.0.9/32 dev v3 scope host",
    "10.0.10.1/24 dev d0",
    "100.64.3.1/10 dev d0 preferred_lft 0",
    "0.0.0.7/8 dev v3",
];

const ADDRESSES6: [&str; 20] = [
    "fd53:1::7/64 dev v0 nodad",
    "fd53:1::1/64 dev v1 nodad",
    "fd53:2:1::1/120 dev v1 nodad preferred_lft 0",
    "fd53:6::1/64 dev v1 nodad metric 300",
    "fd53:2::55/64 dev v1",
    "fe80::77/64 dev v1 nodad",
    "fec0::1/64 dev v1 nodad",
    "2001:db8:2::1/48 dev v2 nodad",
    "2001:10::1/64 dev v2 nodad",
    "fd53:5::1/64 dev v2 nodad noprefixroute",
    "2002:a00:1::1/64 dev v0 nodad",
    "fd53:8::1/64 dev v0 nodad valid_lft 3000 preferred_lft 1000",
    "fd53:3::1 peer fd53:3::2 dev t0 nodad",
    "fd53:4::/127 dev v3 nodad",
    "fd53:4::10/128 dev v3 nodad",
    "::2/128 dev lo nodad",
    "fd53:9::9/128 dev lo nodad",
    "fd53:9::8/128 dev lo nodad preferred_lft 0",
    "fd53:a::1/64 dev d0 nodad",
    "64:ff9b::1/96 dev d0 nodad",
];

/// Addresses beside those that every scene has, in any order.
pub(super) fn addresses(family: Family) -> impl Strategy<Value = Vec<String>> {
    let pool: &[&str] = match family {
        Family::V4 => &ADDRESSES4,
        Family::V6 => &ADDRESSES6,
    };
    let some = subsequence(pool.to_vec(), 6..pool.len()).prop_shuffle();
    some.prop_map(|some| some.into_iter().map(|address| format!("addr add {address}")).collect())
}

const USUAL: [&str; 7] = [
    "link set v1 down",
    "link set p1 down",
    "link set p2 down",
    "link set v2 down",
    "link set t0 down",
    "link set d0 down",
    "link set p3 down",
];

const RARE: [&str; 8] = [
    "link set lo down",
    "link set p0 down",
    "link del v3",
    "link set v1 mtu 1400",
    "link set v2 address 02:00:00:00:00:07",
    "link set v1 name gone0",
    "link set v2 group 7",
    "link set v0 multicast off",
];

/// What befalls links and addresses when all is in place.
pub(super) fn falls(family: Family) -> impl Strategy<Value = Vec<String>> {
    let flaps = ["v0", "v1", "v2"].map(|link| format!("link set {link} down\nlink set {link} up"));
    let addresses: &[&str] = match family {
        Family::V4 => &["addr del 10.0.1.1/24 dev v0", "addr add 10.1.0.9/24 dev v2"],
        Family::V6 => &["addr del fd53:1::1/64 dev v0", "addr add 2001:db8:2::9/64 dev v2 nodad"],
    };
    let owned = |line: &str| line.to_owned();
    let one = prop_oneof![
        8 => select(&USUAL[..]).prop_map(owned).boxed(),
        1 => select(&RARE[..]).prop_map(owned).boxed(),
        1 => select(flaps.to_vec()).boxed(),
        1 => select(addresses).prop_map(owned).boxed(),
    ];
    prop::collection::vec(one, 0..4)
}
