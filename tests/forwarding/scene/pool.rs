//! Addresses and prefixes out of few, so that what a scene is made of meets.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::Family;

/// An address that means something to the node.
pub(super) fn address(family: Family) -> impl Strategy<Value = IpAddr> {
    select(pool(family)).prop_map(|text| text.parse().expect("an address"))
}

/// An address that the node has itself more often than not.
pub(super) fn own(family: Family) -> impl Strategy<Value = IpAddr> {
    select(&pool(family)[..16]).prop_map(|text| text.parse().expect("an address"))
}

/// Prefixes of many lengths around few addresses.
pub(super) fn prefix(family: Family) -> impl Strategy<Value = IpNet> {
    let base = prop_oneof![3 => select(&pool(family)[..11]), 1 => select(pool(family))];
    let length = prop_oneof![5 => select(lengths(family)), 1 => 0..=family.bits()];
    (base, length).prop_map(|(base, length)| {
        IpNet::new(base.parse().expect("an address"), length).expect("a prefix").trunc()
    })
}

fn lengths(family: Family) -> &'static [u8] {
    match family {
        Family::V4 => &[0, 0, 1, 4, 7, 8, 15, 16, 22, 23, 24, 25, 28, 30, 31, 32, 32],
        Family::V6 => &[0, 0, 1, 3, 7, 15, 16, 32, 47, 48, 49, 63, 64, 65, 112, 120, 127, 128],
    }
}

fn pool(family: Family) -> &'static [&'static str] {
    match family {
        Family::V4 => &POOL4,
        Family::V6 => &POOL6,
    }
}

const POOL4: [&str; 34] = [
    "10.0.1.1",
    "10.0.1.7",
    "10.0.2.1",
    "10.0.2.2",
    "10.0.3.1",
    "10.0.3.2",
    "10.0.4.1",
    "10.0.9.1",
    "10.1.0.1",
    "10.1.7.7",
    "203.0.113.5",
    "10.0.1.255",
    "10.0.4.0",
    "10.0.4.4",
    "10.0.4.11",
    "10.0.5.1",
    "10.0.8.70",
    "10.1.255.255",
    "203.0.113.9",
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "0.0.0.7",
    "255.255.255.255",
    "224.0.0.1",
    "224.0.0.251",
    "239.1.2.3",
    "198.51.100.1",
    "10.200.0.9",
    "192.0.2.77",
    "100.64.3.9",
    "8.8.8.8",
    "169.254.7.8",
    "240.0.0.1",
];

const POOL6: [&str; 33] = [
    "fd53:1::1",
    "fd53:1::7",
    "fd53:1::2",
    "fd53:2::1",
    "fd53:2::2",
    "fd53:2:1::1",
    "fd53:3::1",
    "fd53:4::",
    "2001:db8:2::1",
    "2001:db8:2:7::7",
    "fd53:9::9",
    "fd53:2:1::5",
    "fd53:3::2",
    "fd53:4::1",
    "fd53:4::10",
    "fd53:5::1",
    "fd53:1::",
    "fec0::1",
    "2002:a00:1::1",
    "2001:10::5",
    "64:ff9b::808:808",
    "::ffff:10.0.1.1",
    "::1",
    "::",
    "::2",
    "fe80::1",
    "fe80::77",
    "febf::1",
    "ff01::1",
    "ff02::1",
    "ff05::2",
    "2001:db8:9::1",
    "fd53:200::4",
];
