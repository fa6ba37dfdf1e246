//! The next hops of a route: its own, its legs, or those of its next-hop object.

use std::net::IpAddr;

use crate::net::{Family, RouteType};
use crate::snapshot::{Leg, Nexthop, Route, RouteFlag, RouteId, Snapshot};

use super::{Fate, Outcome, Way};

/// Where a packet leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The index of the link.
    pub dev: Option<u32>,
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The share of the packets, in proportion to the other exits of the same fate.
    pub weight: u32,
    /// Whether the next hop is dead, so that no packet leaves here.
    pub dead: bool,
    /// Whether its link has lost the carrier.
    pub linkdown: bool,
}

/// The next hops of one route.
pub(super) enum Legs<'s> {
    One(Exit),
    Many(&'s [Leg]),
    Group(&'s Snapshot, &'s Nexthop),
    /// The next-hop object was not seen.
    Unknown,
}

impl<'s> Legs<'s> {
    /// The next hops of a route. Where the kernel prints only the number of the next-hop object
    /// (`net.ipv4.nexthop_compat_mode` is 0) they are the object's.
    pub(super) fn of(snapshot: &'s Snapshot, route: &'s Route) -> Legs<'s> {
        let Some(rare) = &route.rare else { return Legs::One(own(route)) };
        if !rare.legs.is_empty() {
            return Legs::Many(&rare.legs);
        }
        match rare.nhid {
            Some(id) if route.dev.is_none() && route.kind == RouteType::Unicast => Legs::object(snapshot, id),
            Some(_) | None => Legs::One(own(route)),
        }
    }

    fn object(snapshot: &'s Snapshot, id: u32) -> Legs<'s> {
        match snapshot.nexthops.iter().find(|nexthop| nexthop.id == id) {
            Some(object) if object.group.is_empty() => Legs::One(exit_of(object, 1)),
            Some(group) => Legs::Group(snapshot, group),
            None => Legs::Unknown,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Legs::One(_) => 1,
            Legs::Many(legs) => legs.len(),
            Legs::Group(_, group) => group.group.len(),
            Legs::Unknown => 0,
        }
    }

    /// The next hops in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Exit> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    fn get(&self, at: usize) -> Option<Exit> {
        match self {
            Legs::One(exit) => Some(*exit),
            Legs::Many(legs) => legs.get(at).map(exit_of_leg),
            Legs::Group(snapshot, group) => {
                let member = group.group.get(at)?;
                let object = snapshot.nexthops.iter().find(|nexthop| nexthop.id == member.id)?;
                Some(exit_of(object, member.weight))
            }
            Legs::Unknown => None,
        }
    }
}

fn own(route: &Route) -> Exit {
    let (dead, linkdown) = states(route.flags);
    Exit { dev: route.dev, via: route.via, weight: 1, dead, linkdown }
}

fn exit_of_leg(leg: &Leg) -> Exit {
    let (dead, linkdown) = states(leg.flags);
    Exit { dev: leg.dev, via: leg.via, weight: leg.weight, dead, linkdown }
}

fn exit_of(object: &Nexthop, weight: u32) -> Exit {
    let (dead, linkdown) = states(object.flags);
    Exit { dev: object.dev, via: object.via, weight, dead, linkdown }
}

/// The kernel shows a next hop without carrier as dead too where `ignore_routes_with_linkdown` is set.
fn states(flags: u32) -> (bool, bool) {
    (flags & RouteFlag::DEAD != 0, flags & RouteFlag::LINKDOWN != 0)
}

/// Where the packets of a fate leave: nowhere unless they go out. IPv4 sends what has an anycast route, IPv6 takes
/// it in.
pub(super) fn exits(snapshot: &Snapshot, fate: &Fate) -> Vec<Exit> {
    match fate.outcome {
        Outcome::Forward | Outcome::Multicast | Outcome::Broadcast | Outcome::Anycast => {
            leaving(snapshot, fate)
        }
        Outcome::Local
        | Outcome::Blackhole
        | Outcome::Unreachable
        | Outcome::Prohibit
        | Outcome::NoRoute
        | Outcome::Martian
        | Outcome::ReversePath
        | Outcome::NotForwarding
        | Outcome::Unseen(_) => Vec::new(),
    }
}

fn leaving(snapshot: &Snapshot, fate: &Fate) -> Vec<Exit> {
    let route = fate.route.and_then(|id: RouteId| snapshot.routes.get(id));
    match (route, fate.way) {
        (None, Way::By(dev)) => {
            vec![Exit { dev: Some(dev), via: None, weight: 1, dead: false, linkdown: false }]
        }
        (None, Way::Any | Way::Leg(_)) => Vec::new(),
        (Some(route), _) if is_taken_in(route) => Vec::new(),
        (Some(route), way) => {
            let mut exits = taken(&Legs::of(snapshot, route), way);
            if goes_past_gateways(fate.outcome, route) {
                exits.iter_mut().for_each(|exit| exit.via = None);
            }
            exits
        }
    }
}

/// IPv4 sends a broadcast without a gateway, and what is for a group where only a default would have one
/// (`__mkroute_output`).
fn goes_past_gateways(outcome: Outcome, route: &Route) -> bool {
    let to_group = outcome == Outcome::Multicast && route.dst.prefix_len() < 4;
    route.family() == Family::V4 && (outcome == Outcome::Broadcast || to_group)
}

fn is_taken_in(route: &Route) -> bool {
    match route.kind {
        RouteType::Local => true,
        RouteType::Anycast => route.family() == Family::V6,
        RouteType::Unicast | RouteType::Broadcast | RouteType::Multicast => false,
        RouteType::Blackhole | RouteType::Unreachable | RouteType::Prohibit => false,
        RouteType::Throw | RouteType::Other(_) => false,
    }
}

/// The living next hops that a way leaves open.
fn taken(legs: &Legs<'_>, way: Way) -> Vec<Exit> {
    let alive = legs.iter().enumerate().filter(|(_, exit)| !exit.dead);
    let open = alive.filter(|(at, exit)| match way {
        Way::Any => true,
        Way::Leg(leg) => usize::from(leg) == *at,
        Way::By(dev) => exit.dev == Some(dev),
    });
    open.map(|(_, exit)| exit).collect()
}
