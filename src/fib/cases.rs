//! Decisions that random nodes on the real kernel showed to be otherwise than one would think.

use std::net::IpAddr;

use super::tests::{route, snapshot};
use super::*;
use crate::net::{RouteScope, RouteType, TableId};
use crate::snapshot::{Address, Link, PolicyRule, RouteId};

const MAIN: u32 = 254;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn unicast(dst: &str, table: u32, dev: u32) -> Route {
    route(dst.parse().unwrap(), table, 1024, RouteType::Unicast, dev)
}

fn rule(family: Family, priority: u32, table: u32) -> PolicyRule {
    PolicyRule::lookup(family, priority, TableId(table))
}

fn address(link: u32, text: &str) -> Address {
    let address = ip(text);
    Address {
        link,
        address,
        length: 24,
        peer: None,
        scope: RouteScope(0),
        flags: Vec::new(),
        preferred: None,
        valid: None,
    }
}

/// A node whose link 3 is in the VRF that is link 4, with table 100.
fn with_vrf(routes: Vec<Route>, policy: Vec<PolicyRule>) -> Snapshot {
    let mut node = snapshot(routes, policy);
    node.links[2].master = Some(4);
    node.links[3] = Link { vrf_table: Some(100), ..node.links[3].clone() };
    node
}

#[test]
fn what_is_in_no_vrf_and_selected_by_not_l3mdev_is_looked_up_in_main() {
    let policy = vec![PolicyRule { l3mdev: true, invert: true, table: TableId(0), ..rule(Family::V6, 5, 0) }];
    let node = snapshot(vec![unicast("fd53:1::/64", MAIN, 2)], policy);
    let fate = Fib::new(&node).fate(&Flow::local(), ip("fd53:1::1"));
    assert_eq!((fate.outcome, fate.route), (Outcome::Forward, Some(RouteId(0))));
}

#[test]
fn a_deleted_rule_of_ipv6_may_still_be_heeded() {
    let node = snapshot(vec![unicast("fd53:1::/64", MAIN, 2)], vec![rule(Family::V6, 32766, MAIN)]);
    let fate = Fib::new(&node).fate(&Flow::local(), ip("fd53:1::1"));
    assert_eq!(fate.outcome, Outcome::Unseen(Blind::Unheeded));
}

#[test]
fn a_rule_that_names_a_vrf_selects_what_the_kernels_release_makes_of_it() {
    let policy = vec![PolicyRule { iif: Some("l4".to_owned()), ..rule(Family::V6, 5, MAIN) }];
    let mut node = with_vrf(vec![unicast("fd53:1::/64", MAIN, 2)], policy);
    let mut outcome = |kernel: Option<&str>| {
        node.kernel = kernel.map(str::to_owned);
        let flow = Flow { iif: Some(3), ..Flow::default() };
        Fib::new(&node).fate(&flow, ip("fd53:1::1")).outcome
    };
    assert_eq!(outcome(Some("6.18.44")), Outcome::Forward);
    assert_eq!(outcome(Some("6.1.0-56-cloud-amd64")), Outcome::NoRoute);
    assert_eq!(outcome(Some("6.12.30")), Outcome::Unseen(Blind::Rule(0)));
    assert_eq!(outcome(None), Outcome::Unseen(Blind::Rule(0)));
}

#[test]
fn what_cannot_leave_the_link_is_looked_up_in_the_vrf_of_the_sender_whatever_the_rules_say() {
    let routes = vec![unicast("fe80::/64", 100, 3), unicast("fe80::/64", MAIN, 2)];
    let node = with_vrf(routes, vec![rule(Family::V6, 5, MAIN)]);
    let fib = Fib::new(&node);
    let fate = |oif| fib.fate(&Flow { oif: Some(oif), ..Flow::local() }, ip("fe80::9"));
    assert_eq!((fate(3).outcome, fate(3).route), (Outcome::Forward, Some(RouteId(0))));
    assert_eq!(fate(4).outcome, Outcome::NoRoute);
    assert_eq!((fate(2).outcome, fate(2).route), (Outcome::Forward, Some(RouteId(1))));
}

#[test]
fn the_link_of_a_group_is_open_where_several_have_the_senders_address() {
    let mut node = snapshot(Vec::new(), vec![rule(Family::V4, 5, MAIN)]);
    let flow = Flow { from: Some(ip("10.0.1.1")), ..Flow::local() };
    node.addresses = vec![address(2, "10.0.1.1")];
    assert_eq!(Fib::new(&node).fate(&flow, ip("239.1.2.3")).way, Way::By(2));
    node.addresses.push(address(3, "10.0.1.1"));
    let fate = Fib::new(&node).fate(&flow, ip("239.1.2.3"));
    assert_eq!(fate.outcome, Outcome::Unseen(Blind::Owner));
}

#[test]
fn a_group_behind_a_default_route_is_sent_past_its_gateway() {
    let via = |dst| Route { via: Some(ip("10.0.1.9")), ..unicast(dst, MAIN, 2) };
    let node = snapshot(vec![via("0.0.0.0/0"), via("239.0.0.0/8")], vec![rule(Family::V4, 5, MAIN)]);
    let fib = Fib::new(&node);
    let gateway = |dst| fib.exits(&fib.fate(&Flow::local(), ip(dst)))[0].via;
    assert_eq!(gateway("238.1.2.3"), None);
    assert_eq!(gateway("239.1.2.3"), Some(ip("10.0.1.9")));
    assert_eq!(gateway("192.0.2.1"), Some(ip("10.0.1.9")));
}
