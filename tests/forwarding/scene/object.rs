//! Next-hop objects and groups of them, and how they change.

use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::Family;

const SINGLE4: [&str; 9] = [
    "id 1 via 10.0.1.2 dev v0",
    "id 2 via 10.0.2.2 dev v1",
    "id 3 dev v2",
    "id 4 blackhole",
    "id 5 via 10.1.0.9 dev v2",
    "id 6 via inet6 fe80::9 dev v2",
    "id 7 via 198.51.100.1 dev v0 onlink",
    "id 8 dev v3",
    "id 9 via 10.0.1.9 fdb",
];

const SINGLE6: [&str; 9] = [
    "id 1 via fd53:1::2 dev v0",
    "id 2 via fd53:2::2 dev v1",
    "id 3 dev v2",
    "id 4 blackhole",
    "id 5 via 2001:db8:2::9 dev v2",
    "id 6 via fe80::9 dev v1",
    "id 7 via 2001:db8:7::1 dev v0 onlink",
    "id 8 dev v3",
    "id 9 via fd53:1::9 fdb",
];

const GROUPS: [&str; 8] = [
    "id 10 group 1",
    "id 11 group 1,3/2/5",
    "id 12 group 4",
    "id 13 group 2/5",
    "id 14 group 1/2",
    "id 15 group 6/7/8",
    "id 16 group 2,200/8,3",
    "id 17 group 1/5 type resilient buckets 32",
];

/// The ids that a route may name.
pub(super) const IDS: [u32; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16];

/// The commands that make the objects.
pub(super) fn made(family: Family) -> impl Iterator<Item = String> {
    let single = match family {
        Family::V4 => &SINGLE4,
        Family::V6 => &SINGLE6,
    };
    single.iter().chain(&GROUPS).map(|object| format!("nexthop add {object}"))
}

/// Commands that change objects which routes already use.
pub(super) fn changes(family: Family) -> impl Strategy<Value = Vec<String>> {
    let of_family = match family {
        Family::V4 => "nexthop replace id 1 via 10.0.1.3 dev v0",
        Family::V6 => "nexthop replace id 1 via fd53:1::3 dev v0",
    };
    let lines = [
        of_family,
        "nexthop replace id 3 dev v3",
        "nexthop replace id 11 group 2/5",
        "nexthop replace id 8 blackhole",
        "nexthop del id 2",
        "nexthop del id 5",
        "nexthop del id 13",
    ];
    prop::collection::vec(select(lines.map(str::to_owned).to_vec()), 0..2)
}
