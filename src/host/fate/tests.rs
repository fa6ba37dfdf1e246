//! Brute force: what moved between two random states, against every address of a tiny space asked one by one.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::net::{Protocol, PublicKey, RouteScope, RouteType, TableId, address};
use crate::snapshot::{
    Device, Leg, Link, Peer, PolicyAction, PolicyRule, Rare, Route, Routes, Snapshot, Source,
};

/// How many addresses the space has, as a power of two.
const SPACE: u8 = 6;

/// The links by index; the last two are tunnels.
const LINKS: [&str; 5] = ["lo", "eth0", "eth1", "wg0", "wg1"];

/// The lowest address of the space.
fn base(family: Family) -> u128 {
    match family {
        Family::V4 => 0x0a35_0100,
        Family::V6 => 0xfd53_0102_1000 << 80,
    }
}

/// Every address of the space, and some beyond it.
fn addresses(family: Family) -> Vec<IpAddr> {
    let beyond = [base(family) - 1, base(family) + (1 << SPACE), 1 << 24, 1 << 25];
    let within = (0..1 << SPACE).map(|at| base(family) + at);
    within.chain(beyond).map(|number| address(family, number)).collect()
}

/// A prefix in the space.
fn prefixes(family: Family) -> impl Strategy<Value = IpNet> {
    (0..1u128 << SPACE, 0..=SPACE).prop_map(move |(at, longer)| {
        let length = family.bits() - SPACE + longer;
        IpNet::new(address(family, base(family) + at), length).unwrap().trunc()
    })
}

fn gateways(family: Family) -> impl Strategy<Value = Option<IpAddr>> {
    prop::option::weighted(0.3, (0u128..2).prop_map(move |at| address(family, base(family) + 0x1000 + at)))
}

fn legs(family: Family) -> impl Strategy<Value = Vec<Leg>> {
    let leg = (2u32..=5, gateways(family));
    let leg = leg.prop_map(|(dev, via)| Leg { dev: Some(dev), via, weight: 1, ..Leg::default() });
    prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(leg, 2..4)]
}

fn routes(family: Family) -> impl Strategy<Value = Route> {
    let dst = prop_oneof![12 => prefixes(family), 1 => Just(family.default_prefix())];
    let kind = prop_oneof![
        6 => Just(RouteType::Unicast),
        1 => Just(RouteType::Unreachable),
        1 => Just(RouteType::Throw),
        1 => Just(RouteType::Local),
    ];
    let by = prop_oneof![Just(Protocol(3)), Just(Protocol::BIRD)];
    let table = prop_oneof![4 => Just(TableId::MAIN), 1 => Just(TableId(100))];
    (dst, kind, 2u32..=5, gateways(family), legs(family), 0u32..3, by, table).prop_map(
        |(dst, kind, dev, via, legs, metric, protocol, table)| {
            let single = kind != RouteType::Unicast || legs.is_empty();
            Route {
                dst,
                via: via.filter(|_| single && kind == RouteType::Unicast),
                dev: single.then_some(dev),
                table,
                metric,
                flags: 0,
                kind,
                protocol,
                scope: RouteScope(0),
                rare: (!single).then(|| Box::new(Rare { legs, ..Rare::default() })),
            }
        },
    )
}

fn rules(family: Family) -> impl Strategy<Value = PolicyRule> {
    let action = prop_oneof![Just(PolicyAction::Lookup), Just(PolicyAction::Unreachable)];
    (1u32..9, prop::option::of(prefixes(family)), action).prop_map(move |(priority, to, action)| PolicyRule {
        to,
        action,
        ..PolicyRule::lookup(family, priority, TableId(100))
    })
}

/// The allowed IPs of four peers, the first two of one tunnel; no tunnel has a prefix twice.
fn allowed(family: Family) -> impl Strategy<Value = Vec<Vec<IpNet>>> {
    let given = prop::collection::vec((prefixes(family), 0usize..4), 0..10);
    given.prop_map(|given| {
        let mut peers = vec![Vec::new(); 4];
        for (prefix, peer) in given {
            let tunnel = &peers[peer / 2 * 2..][..2];
            if !tunnel.concat().contains(&prefix) {
                peers[peer].push(prefix);
            }
        }
        peers
    })
}

/// What two states of a node may have in common, and what not.
#[derive(Clone, Debug)]
struct State {
    routes: Vec<Route>,
    rules: Vec<PolicyRule>,
    allowed: Vec<Vec<IpNet>>,
}

fn states(family: Family) -> impl Strategy<Value = State> {
    let routes = prop::collection::vec(routes(family), 0..8);
    let rules = prop::collection::vec(rules(family), 0..2);
    (routes, rules, allowed(family)).prop_map(|(routes, rules, allowed)| State { routes, rules, allowed })
}

/// Two states that share routes, and often rules and peers too.
fn pairs() -> impl Strategy<Value = (Family, State, State)> {
    prop_oneof![Just(Family::V4), Just(Family::V6)].prop_flat_map(|family| {
        let shared = prop::collection::vec(routes(family), 0..8);
        (Just(family), shared, states(family), states(family), any::<(bool, bool, bool)>()).prop_map(
            |(family, shared, mut before, mut after, (same_rules, same_peers, same_routes))| {
                before.routes.splice(0..0, shared.iter().cloned());
                after.routes.splice(0..0, shared);
                if same_rules {
                    after.rules.clone_from(&before.rules);
                }
                if same_peers {
                    after.allowed.clone_from(&before.allowed);
                }
                if same_routes {
                    after.routes.clone_from(&before.routes);
                }
                (family, before, after)
            },
        )
    })
}

/// The state as a snapshot whose links are numbered from another number on.
fn snapshot(family: Family, state: &State, first: u32) -> Snapshot {
    let link = |(at, name): (usize, &&str)| Link {
        index: first + at as u32,
        name: (*name).to_owned(),
        up: true,
        loopback: at == 0,
        ..Link::default()
    };
    let mut policy = vec![PolicyRule::lookup(family, 0, TableId::LOCAL)];
    policy.extend(state.rules.iter().cloned());
    policy.push(PolicyRule::lookup(family, 32766, TableId::MAIN));
    let mut snapshot = Snapshot {
        links: LINKS.iter().enumerate().map(link).collect(),
        routes: Routes::new(state.routes.iter().map(|route| renumbered(route, first)).collect()),
        policy,
        wireguard: vec![device("wg0", 0, &state.allowed[..2]), device("wg1", 2, &state.allowed[2..])],
        ..Snapshot::default()
    };
    Source::ALL.into_iter().for_each(|source| snapshot.sources.ask(source));
    snapshot
}

fn renumbered(route: &Route, first: u32) -> Route {
    let mut route = route.clone();
    let shift = |dev: &mut Option<u32>| *dev = dev.map(|dev| dev - 1 + first);
    shift(&mut route.dev);
    route.rare.iter_mut().flat_map(|rare| &mut rare.legs).for_each(|leg| shift(&mut leg.dev));
    route
}

fn device(name: &str, first: u8, allowed: &[Vec<IpNet>]) -> Device {
    let peer = |(at, prefixes): (u8, &Vec<IpNet>)| Peer {
        public_key: PublicKey([at; 32]),
        preshared: false,
        endpoint: None,
        allowed_ips: prefixes.clone(),
        latest_handshake: None,
        received: 0,
        sent: 0,
        keepalive: None,
    };
    Device {
        name: name.to_owned(),
        implementation: None,
        public_key: None,
        listen_port: None,
        fwmark: 0,
        peers: (first..).zip(allowed).map(peer).collect(),
    }
}

/// Where a packet goes, and the same with who decided it, by single look-ups and a plain reading of the peers.
fn told(host: &Host<'_>, dst: IpAddr) -> (String, String) {
    let fate = host.fib.decide(&Flow::local(), dst).fate;
    let way = |exit: Exit| {
        let name = &host.snapshot.link(exit.dev.unwrap()).unwrap().name;
        match (host.snapshot.wireguard.iter().find(|device| device.name == *name), exit.via) {
            (Some(device), _) => format!("{name} {}", peer(device, dst)),
            (None, Some(via)) => format!("{name} via {via}"),
            (None, None) => name.clone(),
        }
    };
    let mut ways: Vec<String> = host.fib.exits(&fate).into_iter().map(way).collect();
    ways.sort();
    ways.dedup();
    let way = if fate.outcome == Outcome::Forward { ways.join(" or ") } else { fate.outcome.to_string() };
    let by = fate.route.and_then(|id| host.snapshot.routes.get(id));
    let by = by.map_or_else(String::new, |route| format!(", by {} metric {}", route.protocol, route.metric));
    (way.clone(), way + &by)
}

fn peer(device: &Device, dst: IpAddr) -> String {
    let all = device.peers.iter().flat_map(|peer| peer.allowed_ips.iter().map(move |prefix| (prefix, peer)));
    let holding = all.filter(|(prefix, _)| prefix.contains(&dst));
    let longest = holding.max_by_key(|(prefix, _)| prefix.prefix_len());
    longest.map_or("no peer".to_owned(), |(_, peer)| format!("peer {}", peer.public_key.short()))
}

/// The fewest prefixes within a block that hold exactly the addresses.
fn fewest(block: IpNet, addresses: &[IpAddr]) -> Vec<IpNet> {
    let held = addresses.iter().filter(|address| block.contains(*address)).count();
    match block.subnets(block.prefix_len() + 1) {
        _ if held == 1 << (block.max_prefix_len() - block.prefix_len()) => vec![block],
        Ok(halves) if held > 0 => halves.flat_map(|half| fewest(half, addresses)).collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_moved_is_what_each_address_says((family, before, after) in pairs()) {
        let (old, new) = (snapshot(family, &before, 1), snapshot(family, &after, 11));
        let (old, new) = (Host::new(&old, None), Host::new(&new, None));
        let moved = moved(&old, &new);
        let mut expected: BTreeMap<(String, String), Vec<IpAddr>> = BTreeMap::new();
        for dst in addresses(family) {
            let ((was, was_told), (is, is_told)) = (told(&old, dst), told(&new, dst));
            let holding = || moved.iter().filter(|moved| moved.prefixes.iter().any(|p| p.contains(&dst)));
            prop_assert_eq!(holding().count(), usize::from(was != is), "{} was {}, is {}", dst, was, is);
            for held in holding() {
                prop_assert_eq!((&held.before, &held.after), (&was_told, &is_told), "{}", dst);
            }
            if was != is {
                expected.entry((was_told, is_told)).or_default().push(dst);
            }
        }
        let space = IpNet::new(address(family, base(family)), family.bits() - SPACE).unwrap();
        for moved in moved.iter().filter(|moved| moved.prefixes.iter().all(|p| space.contains(p))) {
            let addresses = &expected[&(moved.before.clone(), moved.after.clone())];
            prop_assert_eq!(&moved.prefixes, &fewest(space, addresses));
        }
    }
}
