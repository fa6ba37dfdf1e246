//! Random nodes: links in all states, next-hop objects, routes and rules out of few words, so that they meet; and
//! packets that aim at the edges of prefixes.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::select;
use routelint::fib::Flow;
use routelint::net::{AddressRange, Family};
use routelint::snapshot::Snapshot;

use crate::kernel;

/// The links that a scene may route over.
pub(crate) const LINKS: [&str; 4] = ["v0", "v1", "v2", "t0"];

/// A node to be.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) family: Family,
    /// Kernel settings, as `/proc/sys/net` has them.
    pub(crate) settings: Vec<(String, &'static str)>,
    /// Commands for `ip` before the links fall.
    pub(crate) routes: Vec<RouteSpec>,
    pub(crate) rules: Vec<String>,
    /// Commands that take links down.
    pub(crate) falls: Vec<&'static str>,
    pub(crate) packets: Vec<Packet>,
}

/// A route: what comes before the destination, the destination, and what comes after.
#[derive(Clone, Debug)]
pub(crate) struct RouteSpec {
    verb: &'static str,
    kind: &'static str,
    pub(crate) dst: IpNet,
    how: String,
}

/// A packet: a place relative to a route, or an address of the pool.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    aim: Aim,
    from: Option<IpAddr>,
    iif: Option<&'static str>,
    oif: Option<&'static str>,
    mark: u32,
    tos: u8,
    uid: Option<u32>,
    ip_proto: Option<u8>,
    ports: Option<(u16, u16)>,
}

#[derive(Clone, Debug)]
enum Aim {
    Edge(prop::sample::Index, Edge),
    At(IpAddr),
}

#[derive(Clone, Copy, Debug)]
enum Edge {
    First,
    Last,
    Before,
    After,
    Inside(u128),
}

impl Scene {
    /// The same node with every discard led out by a link, so that prefix and metric can be seen.
    pub(crate) fn twin(&self) -> Scene {
        let mut twin = self.clone();
        for route in twin.routes.iter_mut().filter(|route| is_discard(route.kind)) {
            route.kind = "unicast";
            route.how = format!("dev v0 {}", route.how);
        }
        twin
    }

    /// Makes the node in the namespace of this thread.
    pub(crate) fn build(&self) {
        let links = LINK_COMMANDS.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        for setting in ["ipv6/conf/default/accept_dad", "ipv6/conf/all/accept_dad"] {
            kernel::set(setting, "0");
        }
        kernel::ip(&[], &links);
        self.settings.iter().for_each(|(name, value)| kernel::set(name, value));
        let routes = self.objects().into_iter().chain(self.routes.iter().map(RouteSpec::command));
        kernel::ip(&[self.family.ip_option()], &routes.chain(self.rules.iter().cloned()).collect::<Vec<_>>());
        kernel::ip(&[], &self.falls.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
    }

    fn objects(&self) -> Vec<String> {
        let objects: &[&str] = match self.family {
            Family::V4 => &OBJECTS4,
            Family::V6 => &OBJECTS6,
        };
        objects.iter().map(|object| format!("nexthop add {object}")).collect()
    }
}

/// The node as commands for `ip`.
impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings
            .iter()
            .try_for_each(|(name, value)| writeln!(f, "echo {value} > /proc/sys/net/{name}"))?;
        let option = self.family.ip_option();
        let routes = self.objects().into_iter().chain(self.routes.iter().map(RouteSpec::command));
        routes.chain(self.rules.iter().cloned()).try_for_each(|line| writeln!(f, "ip {option} {line}"))?;
        self.falls.iter().try_for_each(|line| writeln!(f, "ip {line}"))
    }
}

impl RouteSpec {
    fn command(&self) -> String {
        format!("route {} {} {} {}", self.verb, self.kind, self.dst, self.how)
    }
}

impl Packet {
    /// The packet in the words of the program; `None` where a link is not there.
    pub(crate) fn resolve(&self, scene: &Scene, snapshot: &Snapshot) -> Option<(Flow, IpAddr)> {
        let index = |name: Option<&str>| match name {
            Some(name) => snapshot.links.iter().find(|link| link.name == name).map(|link| Some(link.index)),
            None => Some(None),
        };
        let flow = Flow {
            from: self.from,
            iif: index(self.iif)?,
            oif: index(self.oif)?,
            mark: self.mark,
            tos: self.tos,
            uid: self.uid.or(Some(if self.iif.is_some() { u32::MAX } else { 0 })),
            ip_proto: self.ip_proto.or((scene.family == Family::V4).then_some(17)),
            sport: self.ports.map(|ports| ports.0),
            dport: self.ports.map(|ports| ports.1),
        };
        Some((flow, self.destination(scene)))
    }

    fn destination(&self, scene: &Scene) -> IpAddr {
        match &self.aim {
            Aim::At(address) => *address,
            Aim::Edge(_, _) if scene.routes.is_empty() => pool(scene.family)[0].parse().expect("an address"),
            Aim::Edge(index, edge) => edge.of(AddressRange::of(index.get(&scene.routes).dst)),
        }
    }
}

impl Edge {
    fn of(self, range: AddressRange) -> IpAddr {
        let all = AddressRange::all(range.family);
        let number = match self {
            Edge::First => range.first,
            Edge::Last => range.last,
            Edge::Before => range.first.saturating_sub(1),
            Edge::After => range.last.saturating_add(1).min(all.last),
            Edge::Inside(random) => range.first | (random & (range.last - range.first)),
        };
        AddressRange { first: number, last: number, ..range }.first_address()
    }
}

fn is_discard(kind: &str) -> bool {
    matches!(kind, "blackhole" | "unreachable" | "prohibit")
}

const LINK_COMMANDS: [&str; 29] = [
    "link set lo up",
    "link add v0 type veth peer name p0",
    "link add v1 type veth peer name p1",
    "link add v2 type veth peer name p2",
    "tuntap add dev t0 mode tun",
    "link set v1 group 7",
    "link set p0 up",
    "link set p1 up",
    "link set p2 up",
    "link set v0 up",
    "link set v1 up",
    "link set v2 up",
    "link set t0 up",
    "addr add 10.0.1.1/24 dev v0",
    "addr add 10.0.1.7/24 dev v0",
    "addr add 10.0.2.1/24 dev v1",
    "addr add 10.0.9.1/25 dev v1 scope link",
    "addr add 10.1.0.1/16 dev v2",
    "addr add 10.0.3.1 peer 10.0.3.2 dev t0",
    "addr add 203.0.113.5/32 dev lo",
    "addr add fd53:1::1/64 dev v0 nodad",
    "addr add fd53:1::7/64 dev v0 nodad",
    "addr add fd53:2::1/64 dev v1 nodad",
    "addr add fd53:2:1::1/120 dev v1 nodad preferred_lft 0",
    "addr add 2001:db8:2::1/48 dev v2 nodad",
    "addr add fd53:3::1 peer fd53:3::2 dev t0 nodad",
    "addr add fd53:9::9/128 dev lo nodad",
    "route add 10.200.0.0/24 dev t0",
    "route add fd53:200::/64 dev t0",
];

const OBJECTS4: [&str; 8] = [
    "id 1 via 10.0.1.2 dev v0",
    "id 2 via 10.0.2.2 dev v1",
    "id 3 dev v2",
    "id 4 blackhole",
    "id 5 via 10.1.0.9 dev v2",
    "id 10 group 1",
    "id 11 group 1,3/2/5",
    "id 12 group 4",
];

const OBJECTS6: [&str; 8] = [
    "id 1 via fd53:1::2 dev v0",
    "id 2 via fd53:2::2 dev v1",
    "id 3 dev v2",
    "id 4 blackhole",
    "id 5 via 2001:db8:2::9 dev v2",
    "id 10 group 1",
    "id 11 group 1,3/2/5",
    "id 12 group 4",
];

/// Addresses that mean something to the node.
fn pool(family: Family) -> &'static [&'static str] {
    match family {
        Family::V4 => &[
            "10.0.1.1",
            "10.0.1.7",
            "10.0.2.1",
            "10.0.2.2",
            "10.0.3.1",
            "10.0.3.2",
            "10.0.9.1",
            "10.1.0.1",
            "10.1.7.7",
            "10.1.255.255",
            "203.0.113.5",
            "203.0.113.9",
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "0.0.0.7",
            "255.255.255.255",
            "224.0.0.1",
            "239.1.2.3",
            "198.51.100.1",
            "10.200.0.9",
            "240.0.0.1",
        ],
        Family::V6 => &[
            "fd53:1::1",
            "fd53:1::7",
            "fd53:1::2",
            "fd53:2::1",
            "fd53:2::2",
            "fd53:2:1::1",
            "fd53:2:1::5",
            "2001:db8:2::1",
            "2001:db8:2:7::7",
            "fd53:3::1",
            "fd53:3::2",
            "fd53:9::9",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "ff05::2",
            "2001:db8:9::1",
            "fd53:200::4",
            "fd53:1::",
        ],
    }
}

fn address(family: Family) -> impl Strategy<Value = IpAddr> {
    select(pool(family)).prop_map(|text| text.parse().expect("an address"))
}

/// Prefixes of many lengths around few addresses.
pub(crate) fn prefix(family: Family) -> impl Strategy<Value = IpNet> {
    let lengths: &[u8] = match family {
        Family::V4 => &[0, 1, 4, 7, 8, 15, 16, 22, 23, 24, 25, 28, 30, 31, 32],
        Family::V6 => &[0, 1, 3, 7, 15, 16, 32, 47, 48, 49, 63, 64, 65, 112, 120, 127, 128],
    };
    let base = prop_oneof![3 => select(&pool(family)[..11]), 1 => select(pool(family))];
    (base, select(lengths)).prop_map(|(base, length)| {
        IpNet::new(base.parse().expect("an address"), length).expect("a prefix").trunc()
    })
}

fn gateways(family: Family) -> &'static [&'static str] {
    match family {
        Family::V4 => &[
            "via 10.0.1.2 dev v0",
            "via 10.0.1.3 dev v0",
            "via 10.0.2.2 dev v1",
            "via 10.1.0.9 dev v2",
            "via 198.51.100.1 dev v0 onlink",
            "via inet6 fe80::9 dev v2",
            "via 10.0.3.2 dev t0",
            "dev v0",
            "dev v1",
            "dev v2",
            "dev t0",
            "dev lo",
        ],
        Family::V6 => &[
            "via fd53:1::2 dev v0",
            "via fd53:1::3 dev v0",
            "via fd53:2::2 dev v1",
            "via 2001:db8:2::9 dev v2",
            "via fe80::9 dev v2",
            "via fe80::7 dev t0 onlink",
            "dev v0",
            "dev v1",
            "dev v2",
            "dev t0",
            "dev lo",
        ],
    }
}

/// Where a unicast route leads.
fn way(family: Family) -> impl Strategy<Value = String> {
    let one = || select(gateways(family));
    let leg = (one(), 1u32..4).prop_map(|(gateway, weight)| format!("nexthop {gateway} weight {weight}"));
    prop_oneof![
        6 => one().prop_map(str::to_owned),
        2 => prop::collection::vec(leg, 2..4).prop_map(|legs| legs.join(" ")),
        2 => select(&[1, 2, 3, 4, 5, 10, 11, 12][..]).prop_map(|id| format!("nhid {id}")),
    ]
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        10 => Just("unicast"),
        3 => select(&["unreachable", "blackhole", "prohibit"][..]),
        1 => Just("throw"),
        1 => select(&["local", "anycast", "broadcast", "multicast"][..]),
    ]
}

fn options(family: Family) -> impl Strategy<Value = String> {
    let table = prop_oneof![3 => Just("main"), 1 => select(&["100", "200", "300", "default", "local"][..])];
    let metric = select(&["", "metric 32", "metric 256", "metric 1024", "metric 1024", "metric 4000"][..]);
    let rest = match family {
        Family::V4 => prop_oneof![
            8 => Just(String::new()),
            1 => select(&["tos 0x10", "tos 0x04", "src 10.0.1.7", "src 203.0.113.5"][..]).prop_map(str::to_owned),
        ]
        .boxed(),
        Family::V6 => prop_oneof![
            9 => Just(String::new()),
            1 => prefix(family).prop_map(|from| format!("from {from}")),
            2 => select(&["pref high", "pref low", "expires 500", "src fd53:1::7"][..]).prop_map(str::to_owned),
        ]
        .boxed(),
    };
    (table, metric, rest).prop_map(|(table, metric, rest)| format!("table {table} {metric} {rest}"))
}

fn route(family: Family) -> impl Strategy<Value = RouteSpec> {
    let verb = select(&["add", "append", "append", "prepend"][..]);
    (verb, kind(), prefix(family), way(family), options(family)).prop_map(
        |(verb, kind, dst, way, options)| {
            let how = match kind {
                "unicast" => format!("{options} {way}"),
                "local" | "anycast" | "broadcast" | "multicast" => format!("{options} dev v0"),
                _ => options,
            };
            RouteSpec { verb, kind, dst, how }
        },
    )
}

fn selectors(family: Family) -> impl Strategy<Value = String> {
    let some = |part: BoxedStrategy<String>| prop::option::weighted(0.25, part);
    let from = prefix(family).prop_map(|from| format!("from {from}")).boxed();
    let to = prefix(family).prop_map(|to| format!("to {to}")).boxed();
    let iif = select(&["lo", "v0", "v1", "t0", "gone0"][..]).prop_map(|link| format!("iif {link}")).boxed();
    let oif = select(&["v0", "v1", "t0", "gone0"][..]).prop_map(|link| format!("oif {link}")).boxed();
    let mark = select(&["fwmark 1", "fwmark 0x10/0xf0", "fwmark 0/0x1"][..]).prop_map(str::to_owned).boxed();
    let tos = select(&["tos 0x10", "tos 0x04", "tos 0x08"][..]).prop_map(str::to_owned).boxed();
    let uid = select(&["uidrange 0-0", "uidrange 1000-2000"][..]).prop_map(str::to_owned).boxed();
    let upper = select(
        &[
            "ipproto tcp",
            "ipproto udp",
            "sport 53",
            "dport 80-90",
            "ipproto tcp dport 80",
            "sport 1000-2000 dport 53",
        ][..],
    )
    .prop_map(str::to_owned)
    .boxed();
    let parts = [from, to, iif, oif, mark, tos, uid, upper].map(some);
    parts.to_vec().prop_map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn rule(family: Family) -> impl Strategy<Value = String> {
    let action = prop_oneof![
        8 => select(&["lookup 100", "lookup 200", "lookup main", "lookup local", "lookup 9999"][..])
            .prop_map(str::to_owned),
        3 => (select(&["100", "200", "main"][..]), select(&["suppress_prefixlength 0",
            "suppress_prefixlength 24", "suppress_prefixlength 64", "suppress_ifgroup 7"][..]))
            .prop_map(|(table, suppress)| format!("lookup {table} {suppress}")),
        1 => select(&["blackhole", "unreachable", "prohibit"][..]).prop_map(str::to_owned),
        2 => (2u32..24).prop_map(|to| format!("goto {to}")),
        1 => Just("nop".to_owned()),
    ];
    let not = prop::bool::weighted(0.15).prop_map(|not| if not { "not" } else { "" });
    (1u32..24, not, selectors(family), action).prop_map(|(priority, not, selectors, action)| {
        format!("rule add {not} {selectors} priority {priority} {action}")
    })
}

fn packet(family: Family) -> impl Strategy<Value = Packet> {
    let edge = prop_oneof![
        Just(Edge::First),
        Just(Edge::Last),
        Just(Edge::Before),
        Just(Edge::After),
        any::<u128>().prop_map(Edge::Inside)
    ];
    let aim = prop_oneof![
        4 => (any::<prop::sample::Index>(), edge).prop_map(|(index, edge)| Aim::Edge(index, edge)),
        1 => address(family).prop_map(Aim::At),
    ];
    let from = prop::option::weighted(0.5, address(family));
    let link = |share| prop::option::weighted(share, select(&LINKS[..]));
    let mark = prop_oneof![3 => Just(0), 1 => select(&[1u32, 2, 0x10, 0x11][..])];
    let tos = prop_oneof![3 => Just(0), 1 => select(&[4u8, 8, 0x10, 0x1c, 0x30, 0xb8][..])];
    let uid = prop::option::weighted(0.3, select(&[0u32, 1000, 65534][..]));
    let upper = prop::option::weighted(
        0.3,
        (select(&[6u8, 17][..]), select(&[53u16, 80, 1500][..]), select(&[53u16, 80, 85][..])),
    );
    (aim, from, link(0.25), link(0.2), mark, tos, uid, upper).prop_map(
        |(aim, from, iif, oif, mark, tos, uid, upper)| Packet {
            aim,
            from,
            iif,
            oif: if iif.is_some() { None } else { oif },
            mark,
            tos,
            uid,
            ip_proto: upper.map(|upper| upper.0),
            ports: upper.map(|upper| (upper.1, upper.2)),
        },
    )
}

fn settings(family: Family) -> impl Strategy<Value = Vec<(String, &'static str)>> {
    let of = |family: &'static str, name: &'static str, values: &'static [&'static str]| {
        (select(values), select(&LINKS[..])).prop_map(move |(value, link)| {
            [(format!("{family}/conf/all/{name}"), value), (format!("{family}/conf/{link}/{name}"), value)]
        })
    };
    match family {
        Family::V4 => {
            let forwarding = of("ipv4", "forwarding", &["1", "1", "1", "0"]);
            let reverse = of("ipv4", "rp_filter", &["0", "0", "1", "2"]);
            let down = of("ipv4", "ignore_routes_with_linkdown", &["0", "1"]);
            let redirects = of("ipv4", "send_redirects", &["1", "0"]);
            let own = of("ipv4", "accept_local", &["0", "0", "1"]);
            let looped = of("ipv4", "route_localnet", &["0", "0", "1"]);
            let marked = of("ipv4", "src_valid_mark", &["0", "1"]);
            let all = (forwarding, reverse, down, redirects, own, looped, marked);
            all.prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat()).boxed()
        }
        Family::V6 => {
            let forwarding = of("ipv6", "forwarding", &["1", "1", "0"]);
            let down = of("ipv6", "ignore_routes_with_linkdown", &["0", "1"]);
            (forwarding, down).prop_map(|(a, b)| [a, b].concat()).boxed()
        }
    }
}

/// A node and the packets to ask it about.
pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    select(&Family::ALL[..]).prop_flat_map(|family| {
        let routes = prop::collection::vec(route(family), 1..28);
        let rules = prop_oneof![
            1 => Just(Vec::new()),
            3 => prop::collection::vec(rule(family), 1..9),
        ];
        let falls = prop::collection::vec(
            select(
                &[
                    "link set v1 down",
                    "link set p1 down",
                    "link set p2 down",
                    "link set v2 down",
                    "link set t0 down",
                ][..],
            ),
            0..3,
        );
        let packets = prop::collection::vec(packet(family), 150);
        (settings(family), routes, rules, falls, packets).prop_map(
            move |(settings, routes, rules, falls, packets)| Scene {
                family,
                settings,
                routes,
                rules,
                falls,
                packets,
            },
        )
    })
}
