//! VRFs: which links are in which, and what their tables hold from the start.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const MADE: [&str; 4] = [
    "link add red type vrf table 100",
    "link add blue type vrf table 200",
    "link set red up",
    "link set blue up",
];

const MEMBERS: [&str; 5] = [
    "link set v1 master red",
    "link set v2 master red",
    "link set v3 master blue",
    "link set d0 master blue",
    "link set v0 master blue",
];

const HELD: [&str; 8] = [
    "addr add 127.0.0.1/8 dev red",
    "addr add ::1/128 dev red nodad",
    "addr add 10.0.11.1/32 dev red",
    "addr add fd53:b::1/128 dev red nodad",
    "addr add 10.0.12.1/24 dev blue",
    "addr add fd53:c::1/64 dev blue nodad",
    "route add unreachable default table 100 metric 4278198272",
    "route add unreachable ::/0 table 100 metric 4278198272",
];

/// Commands that make VRFs before the links have addresses; none where this kernel has no VRFs.
pub(super) fn vrfs(links: &'static [&'static str]) -> BoxedStrategy<Vec<String>> {
    if !links.contains(&"red") {
        return Just(Vec::new()).boxed();
    }
    let down = prop_oneof![5 => Just(None), 1 => select(&["link set red down", "link set blue down"][..]).prop_map(Some)];
    let some = (subsequence(MEMBERS.to_vec(), 1..4), subsequence(HELD.to_vec(), 0..HELD.len()), down);
    let all = some.prop_map(|(members, held, down)| {
        let lines = MADE.into_iter().chain(members).chain(held).chain(down);
        lines.map(str::to_owned).collect()
    });
    prop_oneof![1 => Just(Vec::new()), 4 => all].boxed()
}
