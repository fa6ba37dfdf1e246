//! Addresses, decoded by rtnetlink.

use rtnetlink::packet_core::Parseable as _;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressMessage, CacheInfo};

use super::message::{Malformed, Message};
use crate::net::RouteScope;
use crate::snapshot::{Address, AddressFlag};

/// The lifetime that stands for ever (`INFINITY_LIFE_TIME`).
const FOREVER: u32 = u32::MAX;

const FLAGS: [(AddressFlags, AddressFlag); 12] = [
    (AddressFlags::Secondary, AddressFlag::Secondary),
    (AddressFlags::Nodad, AddressFlag::NoDad),
    (AddressFlags::Optimistic, AddressFlag::Optimistic),
    (AddressFlags::Dadfailed, AddressFlag::DadFailed),
    (AddressFlags::Homeaddress, AddressFlag::HomeAddress),
    (AddressFlags::Deprecated, AddressFlag::Deprecated),
    (AddressFlags::Tentative, AddressFlag::Tentative),
    (AddressFlags::Permanent, AddressFlag::Permanent),
    (AddressFlags::Managetempaddr, AddressFlag::ManageTempAddress),
    (AddressFlags::Noprefixroute, AddressFlag::NoPrefixRoute),
    (AddressFlags::Mcautojoin, AddressFlag::AutoJoin),
    (AddressFlags::StablePrivacy, AddressFlag::StablePrivacy),
];

/// What the attributes of one message say.
#[derive(Default)]
struct Parts {
    address: Option<std::net::IpAddr>,
    local: Option<std::net::IpAddr>,
    lifetimes: Option<CacheInfo>,
    flags: Option<AddressFlags>,
}

/// The address of an `RTM_NEWADDR` message.
pub fn parse(message: &Message<'_>) -> Result<Option<Address>, Malformed> {
    let decoded = AddressMessage::parse(message.body).map_err(|_| Malformed)?;
    let header = decoded.header;
    let parts = decoded.attributes.into_iter().fold(Parts::default(), Parts::with);
    let address = parts.local.or(parts.address).ok_or(Malformed)?;
    // The header has room for eight flags only; the attribute has them all.
    let flags = parts.flags.unwrap_or(AddressFlags::from_bits_retain(u32::from(header.flags.bits())));
    Ok(Some(Address {
        link: header.index,
        address,
        length: header.prefix_len,
        peer: parts.address.filter(|far| *far != address),
        scope: RouteScope(header.scope.into()),
        flags: FLAGS.into_iter().filter(|(bit, _)| flags.contains(*bit)).map(|(_, flag)| flag).collect(),
        preferred: parts.lifetimes.map(|life| life.ifa_preferred).filter(|seconds| *seconds != FOREVER),
        valid: parts.lifetimes.map(|life| life.ifa_valid).filter(|seconds| *seconds != FOREVER),
    }))
}

impl Parts {
    fn with(mut self, attribute: AddressAttribute) -> Parts {
        match attribute {
            AddressAttribute::Address(address) => self.address = Some(address),
            AddressAttribute::Local(address) => self.local = Some(address),
            AddressAttribute::CacheInfo(life) => self.lifetimes = Some(life),
            AddressAttribute::Flags(flags) => self.flags = Some(flags),
            _ => {}
        }
        self
    }
}
