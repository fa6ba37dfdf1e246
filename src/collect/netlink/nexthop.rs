//! Next-hop objects, which rtnetlink does not decode.
//!
//! Owns the attributes `NHA_*` of `linux/nexthop.h`.

use super::message::{Attribute, Attributes, Malformed, Message, u16_at, u32_at};
use super::route::{encapsulation, family_of};
use crate::net::{Protocol, RouteScope};
use crate::snapshot::{Member, Nexthop};

/// The length of `struct nhmsg`.
const NEXTHOP_HEADER: usize = 8;
/// The length of `struct nexthop_grp`.
const MEMBER: usize = 8;
/// The type of a group that keeps its flows when a member goes (`NEXTHOP_GRP_TYPE_RES`).
const RESILIENT: u16 = 1;

const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_GROUP_TYPE: u16 = 3;
const NHA_BLACKHOLE: u16 = 4;
const NHA_OIF: u16 = 5;
const NHA_GATEWAY: u16 = 6;
const NHA_ENCAP_TYPE: u16 = 7;
const NHA_FDB: u16 = 11;

/// The object of an `RTM_NEWNEXTHOP` message.
pub fn parse(message: &Message<'_>) -> Result<Option<Nexthop>, Malformed> {
    let header = message.body.get(..NEXTHOP_HEADER).ok_or(Malformed)?;
    let mut nexthop = Nexthop {
        id: 0,
        family: family_of(u16::from(header[0])),
        via: None,
        dev: None,
        blackhole: false,
        group: Vec::new(),
        resilient: false,
        fdb: false,
        flags: u32_at(header, 4)?,
        scope: RouteScope(header[1]),
        protocol: Protocol(header[2]),
        encap: None,
    };
    for attribute in Attributes::after(message.body, NEXTHOP_HEADER)? {
        read_attribute(&mut nexthop, &attribute?)?;
    }
    Ok(Some(nexthop))
}

fn read_attribute(nexthop: &mut Nexthop, attribute: &Attribute<'_>) -> Result<(), Malformed> {
    match attribute.kind {
        NHA_ID => nexthop.id = attribute.u32()?,
        NHA_GROUP => nexthop.group = group(attribute.value)?,
        NHA_GROUP_TYPE => nexthop.resilient = attribute.u16()? == RESILIENT,
        NHA_BLACKHOLE => nexthop.blackhole = true,
        NHA_OIF => nexthop.dev = Some(attribute.u32()?),
        NHA_GATEWAY => nexthop.via = Some(attribute.address()?),
        NHA_ENCAP_TYPE => nexthop.encap = Some(encapsulation(attribute.u16()?)),
        NHA_FDB => nexthop.fdb = true,
        // Masters and the buckets of a resilient group choose no route.
        _ => {}
    }
    Ok(())
}

fn group(value: &[u8]) -> Result<Vec<Member>, Malformed> {
    value.chunks(MEMBER).map(member).collect()
}

/// The kernel counts the share from 0, its low byte before its high one.
fn member(bytes: &[u8]) -> Result<Member, Malformed> {
    let share = [*bytes.get(4).ok_or(Malformed)?, *bytes.get(5).ok_or(Malformed)?];
    u16_at(bytes, 6)?;
    Ok(Member { id: u32_at(bytes, 0)?, weight: u32::from(u16::from_le_bytes(share)) + 1 })
}
