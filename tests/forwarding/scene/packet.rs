//! Random packets, biased to the edges of prefixes.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;
use routelint::fib::Flow;
use routelint::net::{AddressRange, Family};
use routelint::snapshot::Snapshot;

use super::Scene;
use super::pool::{address, own};

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
    upper: Option<Upper>,
}

/// The upper protocol's number with the ports, where there are any.
type Upper = (u8, Option<u16>, Option<u16>);

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
            ip_proto: self.upper.map(|upper| upper.0).or((scene.family == Family::V4).then_some(17)),
            sport: self.upper.and_then(|upper| upper.1),
            dport: self.upper.and_then(|upper| upper.2),
        };
        Some((flow, self.destination(scene)))
    }

    fn destination(&self, scene: &Scene) -> IpAddr {
        match &self.aim {
            Aim::At(address) => *address,
            Aim::Edge(_, _) if scene.routes.is_empty() => AddressRange::all(scene.family).first_address(),
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

/// A random packet by some of the links.
pub(super) fn packet(family: Family, links: &'static [&'static str]) -> impl Strategy<Value = Packet> {
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
    let from = prop_oneof![
        5 => Just(None),
        3 => address(family).prop_map(Some),
        3 => own(family).prop_map(Some),
    ];
    let mark = prop_oneof![3 => Just(0), 1 => select(&[1u32, 2, 0x10, 0x11][..])];
    let tos = prop_oneof![3 => Just(0), 1 => select(&[4u8, 8, 0x10, 0x1c, 0x30, 0xb8][..])];
    let uid = prop::option::weighted(0.3, select(&[0u32, 1000, 65534][..]));
    (aim, from, ends(links), mark, tos, uid, upper(family)).prop_map(
        |(aim, from, (iif, oif), mark, tos, uid, upper)| Packet {
            aim,
            from,
            iif,
            oif,
            mark,
            tos,
            uid,
            upper,
        },
    )
}

/// The link by which it comes and the one to which the sender is bound; rarely both.
fn ends(
    links: &'static [&'static str],
) -> impl Strategy<Value = (Option<&'static str>, Option<&'static str>)> {
    let one = || select(links);
    prop_oneof![
        11 => Just((None, None)),
        5 => one().prop_map(|link| (Some(link), None)),
        4 => one().prop_map(|link| (None, Some(link))),
        1 => (one(), one()).prop_map(|(iif, oif)| (Some(iif), Some(oif))),
    ]
}

fn upper(family: Family) -> impl Strategy<Value = Option<Upper>> {
    let icmp = match family {
        Family::V4 => 1,
        Family::V6 => 58,
    };
    let protocol = select(vec![6, 17, icmp]);
    let port = |ports: &'static [u16]| prop::option::weighted(0.8, select(ports));
    prop::option::weighted(0.3, (protocol, port(&[53, 80, 1500]), port(&[53, 80, 85])))
}
