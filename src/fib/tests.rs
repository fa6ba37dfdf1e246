//! Brute force: the sweep against single look-ups, and single look-ups against a plain reading of the tables.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;
use crate::net::{Protocol, RouteScope, RouteType, TableId, address};
use crate::snapshot::{Link, PolicyAction, PolicyRule, Rare, Routes, Source};

const LINKS: u32 = 4;

pub(super) fn route(dst: IpNet, table: u32, metric: u32, kind: RouteType, dev: u32) -> Route {
    Route {
        dst: dst.trunc(),
        via: None,
        dev: (!kind.is_discard()).then_some(dev),
        table: TableId(table),
        metric,
        flags: 0,
        kind,
        protocol: Protocol(4),
        scope: RouteScope(0),
        rare: None,
    }
}

pub(super) fn snapshot(routes: Vec<Route>, policy: Vec<PolicyRule>) -> Snapshot {
    let link =
        |index| Link { index, name: format!("l{index}"), up: true, loopback: index == 1, ..Link::default() };
    let mut snapshot = Snapshot { policy, links: (1..=LINKS).map(link).collect(), ..Snapshot::default() };
    snapshot.routes = Routes::new(routes);
    for source in [Source::Routes4, Source::Routes6, Source::Policy, Source::Links] {
        snapshot.sources.ask(source);
    }
    snapshot
}

/// A prefix out of few, so that prefixes nest and repeat.
fn prefixes(family: Family) -> impl Strategy<Value = IpNet> {
    let bits = family.bits();
    (0u128..4, 0u128..16, 0u8..=8).prop_map(move |(high, low, step)| {
        let value = (high << (bits - 8)) | (0x20 << (bits - 8)) | low;
        IpNet::new(address(family, value), bits - (bits / 8) * (8 - step)).unwrap().trunc()
    })
}

fn kinds() -> impl Strategy<Value = RouteType> {
    prop_oneof![
        4 => Just(RouteType::Unicast),
        1 => Just(RouteType::Local),
        1 => Just(RouteType::Unreachable),
        1 => Just(RouteType::Throw),
    ]
}

fn routes(family: Family) -> impl Strategy<Value = Route> {
    let sources = prop::option::weighted(0.2, prefixes(family));
    (prefixes(family), 253u32..=255, 0u32..3, kinds(), 1..=LINKS, sources).prop_map(
        move |(dst, table, metric, kind, dev, from)| Route {
            rare: from
                .filter(|_| family == Family::V6)
                .map(|from| Box::new(Rare { from: Some(from), ..Rare::default() })),
            ..route(dst, table, metric, kind, dev)
        },
    )
}

fn rules(family: Family) -> impl Strategy<Value = PolicyRule> {
    let to = prop::option::of(prefixes(family));
    let from = prop::option::of(prefixes(family));
    let action = prop_oneof![
        6 => Just(PolicyAction::Lookup),
        1 => (0u32..9).prop_map(PolicyAction::Goto),
        1 => Just(PolicyAction::Prohibit),
    ];
    (0u32..8, to, from, action, 253u32..=255, any::<bool>(), prop::option::weighted(0.2, 0u32..40)).prop_map(
        move |(priority, to, from, action, table, invert, suppress_prefixlength)| PolicyRule {
            to,
            from,
            action,
            invert: invert && priority == 3,
            suppress_prefixlength,
            ..PolicyRule::lookup(family, priority, TableId(table))
        },
    )
}

fn flows(family: Family) -> impl Strategy<Value = Flow> {
    let from = prop::option::of(prefixes(family).prop_map(|prefix| prefix.addr()));
    let link = || prop::option::weighted(0.3, 1..=LINKS);
    (from, link(), link()).prop_map(|(from, iif, oif)| Flow { from, iif, oif, ..Flow::local() })
}

fn defaults(family: Family) -> Vec<PolicyRule> {
    let rules = [(0, TableId::LOCAL), (32766, TableId::MAIN), (32767, TableId::DEFAULT)];
    let rules = rules.map(|(priority, table)| PolicyRule::lookup(family, priority, table));
    rules[..if family == Family::V4 { 3 } else { 2 }].to_vec()
}

fn cases() -> impl Strategy<Value = (Snapshot, Flow, Family)> {
    prop_oneof![Just(Family::V4), Just(Family::V6)].prop_flat_map(|family| {
        let routes = prop::collection::vec(routes(family), 0..24);
        let rules = prop::collection::vec(rules(family), 0..6);
        let merged = prop::option::of(any::<bool>());
        (routes, rules, flows(family), merged).prop_map(move |(routes, mut rules, flow, merged_tables)| {
            rules.sort_by_key(|rule| rule.priority);
            if rules.len() < 2 {
                rules = defaults(family);
            }
            (Snapshot { merged_tables, ..snapshot(routes, rules) }, flow, family)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_sweep_says_what_each_look_up_says((snapshot, flow, family) in cases()) {
        let fib = Fib::new(&snapshot);
        let mut segments: Vec<Segment> = Vec::new();
        fib.sweep(&flow, AddressRange::all(family), &mut |segment| segments.push(segment));
        prop_assert_eq!(segments.first().unwrap().range.first, 0);
        prop_assert_eq!(segments.last().unwrap().range.last, AddressRange::all(family).last);
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].range.last + 1, pair[1].range.first);
            prop_assert_ne!(pair[0].fate, pair[1].fate);
        }
        let bits = u32::from(family.bits());
        let mut places: Vec<u128> = segments.iter().flat_map(|s| [s.range.first, s.range.last]).collect();
        places.extend(snapshot.routes.iter().flat_map(|(_, route)| {
            let range = AddressRange::of(route.dst);
            [range.first, range.last, range.first.wrapping_sub(1), range.last.wrapping_add(1)]
        }));
        for place in places.into_iter().filter(|place| place.checked_shr(bits).unwrap_or(0) == 0) {
            let within = segments.iter().find(|s| (s.range.first..=s.range.last).contains(&place)).unwrap();
            prop_assert_eq!(within.fate, fib.fate(&flow, address(family, place)), "at {}", place);
        }
    }

    #[test]
    fn a_sweep_of_a_part_is_part_of_the_sweep((snapshot, flow, family) in cases(), part in 0usize..24) {
        let fib = Fib::new(&snapshot);
        let part = snapshot.routes.iter().nth(part).map(|(_, route)| AddressRange::of(route.dst));
        let part = part.unwrap_or(AddressRange::all(family));
        let mut all = Vec::new();
        fib.sweep(&flow, AddressRange::all(family), &mut |segment| all.push(segment));
        let cut = |s: &Segment| Some(Segment { range: s.range.intersection(&part)?, fate: s.fate });
        let expected: Vec<Segment> = all.iter().filter_map(cut).collect();
        let mut got = Vec::new();
        fib.sweep(&flow, part, &mut |segment| got.push(segment));
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn shared_tables_without_some_routes_are_the_tables_of_the_others(
        (snapshot, flow, family) in cases(),
        withdrawn in prop::collection::vec(0u32..24, 0..12),
    ) {
        let mut left = snapshot.clone();
        withdrawn.iter().for_each(|id| left.routes.withdraw(RouteId(*id)));
        let sweep = |fib: &Fib<'_>| {
            let mut segments = Vec::new();
            fib.sweep(&flow, AddressRange::all(family), &mut |segment| segments.push(segment));
            segments
        };
        let whole = Fib::new(&snapshot);
        let expected = sweep(&Fib::new(&left));
        prop_assert_eq!(sweep(&whole.changed(&left)), expected.clone());
        prop_assert_eq!(sweep(&whole.only(|id, _| !withdrawn.contains(&id.0))), expected);
    }
}

#[test]
fn the_lower_metric_wins_and_a_dead_leg_does_not() {
    let plane: IpNet = "fd53:102:1000::/48".parse().unwrap();
    let mut routes = vec![
        route(plane, 254, 1024, RouteType::Unicast, 2),
        route(plane, 254, 32, RouteType::Unreachable, 1),
        route(plane, 254, 16, RouteType::Unicast, 3),
    ];
    routes[2].flags = crate::snapshot::RouteFlag::DEAD;
    let snapshot = snapshot(routes, defaults(Family::V6));
    let dst: IpAddr = "fd53:102:1000::10".parse().unwrap();
    let fate = Fib::new(&snapshot).fate(&Flow::local(), dst);
    assert_eq!((fate.outcome, fate.route), (Outcome::Unreachable, Some(RouteId(1))));
    let without = Fib::new(&snapshot).only(|_, route| !route.kind.is_discard());
    let fate = without.fate(&Flow::local(), dst);
    assert_eq!((fate.outcome, fate.route), (Outcome::Forward, Some(RouteId(0))));
    assert_eq!(without.exits(&fate)[0].dev, Some(2));
}
