//! One route message, read in place into one row.
//!
//! Owns the attributes `RTA_*` of `linux/rtnetlink.h`. Must not allocate for a plain route: a node may hold a million.

use std::net::IpAddr;

use ipnet::IpNet;

use super::message::{Attribute, Attributes, Malformed, Message, address, u16_at, u32_at};
use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};
use crate::snapshot::{Leg, Rare, Route, RouteFlag, RouterPreference};

/// The length of `struct rtmsg`.
const ROUTE_HEADER: usize = 12;
/// The length of `struct rtnexthop`.
const LEG_HEADER: usize = 8;
/// The kernel's clock ticks in a second, as user space is told them (`USER_HZ`).
const TICKS: i32 = 100;

const RTA_DST: u16 = 1;
const RTA_SRC: u16 = 2;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_METRICS: u16 = 8;
const RTA_MULTIPATH: u16 = 9;
const RTA_CACHEINFO: u16 = 12;
const RTA_TABLE: u16 = 15;
const RTA_VIA: u16 = 18;
const RTA_PREF: u16 = 20;
const RTA_ENCAP_TYPE: u16 = 21;
const RTA_NH_ID: u16 = 30;
/// The metric that holds the packet size, within `RTA_METRICS`.
const RTAX_MTU: u16 = 2;

/// The route of an `RTM_NEWROUTE` or `RTM_DELROUTE` message; `None` for a cached clone, which no table holds.
pub fn parse(message: &Message<'_>) -> Result<Option<Route>, Malformed> {
    let header = message.body.get(..ROUTE_HEADER).ok_or(Malformed)?;
    let flags = u32_at(header, 8)?;
    if flags & RouteFlag::CLONED != 0 {
        return Ok(None);
    }
    let (dst_length, src_length, tos) = (header[1], header[2], header[3]);
    let mut route = Route {
        dst: default_prefix(header[0])?,
        via: None,
        dev: None,
        table: TableId(u32::from(header[4])),
        metric: 0,
        flags,
        kind: RouteType::from_number(header[7]),
        protocol: Protocol(header[5]),
        scope: RouteScope(header[6]),
        rare: None,
    };
    if tos != 0 {
        rare(&mut route).tos = tos;
    }
    for attribute in Attributes::after(message.body, ROUTE_HEADER)? {
        read_attribute(&mut route, &attribute?, dst_length, src_length)?;
    }
    Ok(Some(route))
}

fn default_prefix(family: u8) -> Result<IpNet, Malformed> {
    family_of(u16::from(family)).map(Family::default_prefix).ok_or(Malformed)
}

/// The family with the kernel's number (`AF_INET`, `AF_INET6`).
pub(super) fn family_of(number: u16) -> Option<Family> {
    match i32::from(number) {
        nix::libc::AF_INET => Some(Family::V4),
        nix::libc::AF_INET6 => Some(Family::V6),
        _ => None,
    }
}

fn read_attribute(
    route: &mut Route,
    attribute: &Attribute<'_>,
    dst_length: u8,
    src_length: u8,
) -> Result<(), Malformed> {
    match attribute.kind {
        RTA_DST => route.dst = prefix(attribute.address()?, dst_length)?,
        RTA_OIF => route.dev = Some(attribute.u32()?),
        RTA_GATEWAY => route.via = Some(attribute.address()?),
        RTA_VIA => route.via = Some(via(attribute.value)?),
        RTA_PRIORITY => route.metric = attribute.u32()?,
        RTA_TABLE => route.table = TableId(attribute.u32()?),
        RTA_CACHEINFO => read_expiry(route, attribute)?,
        RTA_PREF => read_preference(route, attribute)?,
        RTA_SRC => rare(route).from = Some(prefix(attribute.address()?, src_length)?),
        RTA_PREFSRC => rare(route).prefsrc = Some(attribute.address()?),
        RTA_METRICS => read_metrics(route, attribute)?,
        RTA_MULTIPATH => rare(route).legs = legs(attribute.value)?,
        RTA_ENCAP_TYPE => rare(route).encap = Some(encapsulation(attribute.u16()?)),
        RTA_NH_ID => rare(route).nhid = Some(attribute.u32()?),
        // What is left neither chooses a packet's route nor says where it goes.
        _ => {}
    }
    Ok(())
}

fn rare(route: &mut Route) -> &mut Rare {
    route.rare.get_or_insert_default()
}

fn prefix(address: IpAddr, length: u8) -> Result<IpNet, Malformed> {
    IpNet::new(address, length).map(|net| net.trunc()).map_err(|_| Malformed)
}

/// `struct rta_cacheinfo`: the third number is the time left in clock ticks, 0 for ever.
fn read_expiry(route: &mut Route, attribute: &Attribute<'_>) -> Result<(), Malformed> {
    let ticks = u32_at(attribute.value, 8)? as i32;
    if ticks != 0 {
        rare(route).expires = Some((ticks / TICKS).max(0) as u32);
    }
    Ok(())
}

/// RFC 4191 gives the bits: 1 is high, 3 is low, 0 and the reserved 2 are medium.
fn read_preference(route: &mut Route, attribute: &Attribute<'_>) -> Result<(), Malformed> {
    match attribute.u8()? {
        1 => rare(route).preference = RouterPreference::High,
        3 => rare(route).preference = RouterPreference::Low,
        _ => {}
    }
    Ok(())
}

fn read_metrics(route: &mut Route, attribute: &Attribute<'_>) -> Result<(), Malformed> {
    for metric in attribute.nested() {
        let metric = metric?;
        if metric.kind == RTAX_MTU {
            rare(route).mtu = Some(metric.u32()?);
        }
    }
    Ok(())
}

/// A gateway of the other family: its family, then its address.
fn via(value: &[u8]) -> Result<IpAddr, Malformed> {
    let family = family_of(u16_at(value, 0)?).ok_or(Malformed)?;
    let length = usize::from(family.bits() / 8);
    address(value.get(2..2 + length).ok_or(Malformed)?)
}

fn legs(mut bytes: &[u8]) -> Result<Vec<Leg>, Malformed> {
    let mut legs = Vec::new();
    while !bytes.is_empty() {
        let length = usize::from(u16_at(bytes, 0)?);
        let one = bytes.get(..length).ok_or(Malformed)?;
        legs.push(leg(one)?);
        bytes = bytes.get((length + 3) & !3..).unwrap_or(&[]);
    }
    Ok(legs)
}

/// One `struct rtnexthop` with its attributes; the kernel counts the share from 0.
fn leg(bytes: &[u8]) -> Result<Leg, Malformed> {
    let header = bytes.get(..LEG_HEADER).ok_or(Malformed)?;
    let index = u32_at(header, 4)?;
    let mut leg = Leg {
        dev: (index != 0).then_some(index),
        via: None,
        weight: u32::from(header[3]) + 1,
        flags: u32::from(header[2]),
        encap: None,
    };
    for attribute in Attributes::after(bytes, LEG_HEADER)? {
        let attribute = attribute?;
        match attribute.kind {
            RTA_GATEWAY => leg.via = Some(attribute.address()?),
            RTA_VIA => leg.via = Some(via(attribute.value)?),
            RTA_ENCAP_TYPE => leg.encap = Some(encapsulation(attribute.u16()?)),
            _ => {}
        }
    }
    Ok(leg)
}

/// The name that iproute2 prints for an encapsulation (`LWTUNNEL_ENCAP_*`).
pub(super) fn encapsulation(number: u16) -> String {
    let word = match number {
        1 => "mpls",
        2 => "ip",
        3 => "ila",
        4 => "ip6",
        5 => "seg6",
        6 => "bpf",
        7 => "seg6local",
        8 => "rpl",
        9 => "ioam6",
        10 => "xfrm",
        _ => return format!("encap-{number}"),
    };
    word.to_owned()
}
