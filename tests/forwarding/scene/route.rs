//! Random routes: every type, every way a next hop is written, few tables and metrics, so that they meet.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::Family;

use super::object;
use super::pool::prefix;

/// A route: what comes before the destination, the destination, and what comes after.
#[derive(Clone, Debug)]
pub(crate) struct RouteSpec {
    verb: &'static str,
    kind: &'static str,
    pub(crate) dst: IpNet,
    /// Table, metric and the source prefix, by which it is deleted too.
    key: String,
    how: String,
}

impl RouteSpec {
    /// The command that makes it.
    pub(super) fn command(&self) -> String {
        format!("route {} {} {} {} {}", self.verb, self.kind, self.dst, self.key, self.how)
    }

    /// The command that deletes it, or one like it.
    pub(super) fn deletion(&self) -> String {
        format!("route del {} {} {}", self.kind, self.dst, self.key)
    }

    /// Whether it makes an address the node's own.
    pub(super) fn makes_own(&self, address: IpAddr) -> bool {
        self.kind == "local" && self.dst.contains(&address)
    }

    /// Leads a discard out by a link.
    pub(super) fn lead_out(&mut self) {
        if matches!(self.kind, "blackhole" | "unreachable" | "prohibit") {
            self.kind = "unicast";
            self.how = "dev v0".to_owned();
        }
    }
}

/// A random route.
pub(super) fn route(family: Family) -> impl Strategy<Value = RouteSpec> {
    let verb = select(&["add", "append", "append", "prepend", "replace"][..]);
    (verb, kind(), prefix(family), key(family), way(family), options(family)).prop_map(
        |(verb, kind, dst, key, way, options)| {
            let how = match kind {
                "unicast" => format!("{options} {way}"),
                "local" | "anycast" | "broadcast" | "multicast" => on_a_link(&way, &options),
                _ => String::new(),
            };
            RouteSpec { verb, kind, dst, key, how }
        },
    )
}

/// What is delivered here, or to a group, has a link and no gateway.
fn on_a_link(way: &str, options: &str) -> String {
    let words: Vec<&str> = way.split(' ').collect();
    let link = words.windows(2).find(|pair| pair[0] == "dev").map_or("v0", |pair| pair[1]);
    format!("{options} dev {link}")
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        20 => Just("unicast"),
        6 => select(&["unreachable", "blackhole", "prohibit"][..]),
        2 => Just("throw"),
        3 => select(&["local", "anycast", "broadcast", "multicast"][..]),
    ]
}

fn key(family: Family) -> impl Strategy<Value = String> {
    let table = prop_oneof![3 => Just("main"), 1 => select(&["100", "200", "300", "default", "local"][..])];
    let metric = select(&["", "metric 32", "metric 256", "metric 1024", "metric 1024", "metric 4000"][..]);
    let rest = match family {
        Family::V4 => prop_oneof![
            8 => Just(String::new()),
            1 => select(&["tos 0x10", "tos 0x04", "tos 0x1c"][..]).prop_map(str::to_owned),
        ]
        .boxed(),
        Family::V6 => prop_oneof![
            9 => Just(String::new()),
            1 => prefix(family).prop_map(|from| format!("from {from}")),
        ]
        .boxed(),
    };
    (table, metric, rest).prop_map(|(table, metric, rest)| format!("table {table} {metric} {rest}"))
}

fn options(family: Family) -> impl Strategy<Value = String> {
    let few: &[&str] = match family {
        Family::V4 => &[
            "src 10.0.1.1",
            "src 10.0.1.7",
            "src 203.0.113.5",
            "scope link",
            "scope host",
            "scope global",
            "mtu 1300",
            "proto kernel",
            "realms 7",
        ],
        Family::V6 => &[
            "pref high",
            "pref low",
            "expires 500",
            "src fd53:1::1",
            "src fd53:1::7",
            "mtu 1300",
            "proto kernel",
            "proto ra",
        ],
    };
    prop_oneof![4 => Just(String::new()), 1 => select(few).prop_map(str::to_owned)]
}

/// Where a unicast route leads.
fn way(family: Family) -> impl Strategy<Value = String> {
    let one = || select(gateways(family));
    let leg = (one(), prop_oneof![3 => 1u32..4, 1 => Just(256)])
        .prop_map(|(gateway, weight)| format!("nexthop {gateway} weight {weight}"));
    prop_oneof![
        6 => one().prop_map(str::to_owned),
        2 => prop::collection::vec(leg, 1..5).prop_map(|legs| legs.join(" ")),
        2 => select(&object::IDS[..]).prop_map(|id| format!("nhid {id}")),
    ]
}

fn gateways(family: Family) -> &'static [&'static str] {
    match family {
        Family::V4 => &[
            "via 10.0.1.2 dev v0",
            "via 10.0.1.3 dev v0",
            "via 10.0.1.2",
            "via 10.0.2.2 dev v1",
            "via 10.0.2.2 dev v1",
            "via 10.1.0.9 dev v2",
            "via 10.0.4.1 dev v3",
            "via 10.0.1.1 dev v0",
            "via 198.51.100.1 dev v0 onlink",
            "via 198.51.100.1 dev v3 onlink",
            "via inet6 fe80::9 dev v2",
            "via inet6 fd53:1::2 dev v0",
            "via 10.0.3.2 dev t0",
            "via 10.0.10.2 dev d0",
            "dev v0",
            "dev v1",
            "dev v2",
            "dev v3",
            "dev t0",
            "dev d0",
            "dev lo",
        ],
        Family::V6 => &[
            "via fd53:1::2 dev v0",
            "via fd53:1::3 dev v0",
            "via fd53:1::2",
            "via fd53:2::2 dev v1",
            "via fd53:2::2 dev v1",
            "via 2001:db8:2::9 dev v2",
            "via fe80::9 dev v2",
            "via fe80::9 dev v3",
            "via fe80::7 dev t0 onlink",
            "via 2001:db8:7::1 dev v3 onlink",
            "via fd53:a::2 dev d0",
            "dev v0",
            "dev v1",
            "dev v2",
            "dev v3",
            "dev t0",
            "dev d0",
            "dev lo",
        ],
    }
}
