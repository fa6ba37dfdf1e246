//! Links, decoded by rtnetlink.

use rtnetlink::packet_core::Parseable as _;
use rtnetlink::packet_route::link::{
    InfoData, InfoVrf, LinkAttribute, LinkFlags, LinkInfo, LinkMessage, State,
};

use super::message::{Malformed, Message, push_attribute};
use crate::snapshot::{Link, OperState};

/// `IFLA_EXT_MASK` and its bit that leaves the counters out (`RTEXT_FILTER_SKIP_STATS`).
const IFLA_EXT_MASK: u16 = 29;
const WITHOUT_COUNTERS: u32 = 1 << 3;

/// The body of a request for every link: `struct ifinfomsg`, and no counters.
pub(super) fn request_body() -> Vec<u8> {
    let mut body = vec![0; 16];
    push_attribute(&mut body, IFLA_EXT_MASK, &WITHOUT_COUNTERS.to_ne_bytes());
    body
}

/// The link of an `RTM_NEWLINK` message.
pub fn parse(message: &Message<'_>) -> Result<Option<Link>, Malformed> {
    let decoded = LinkMessage::parse(message.body).map_err(|_| Malformed)?;
    let flags = decoded.header.flags;
    let mut link = Link {
        index: decoded.header.index,
        up: flags.contains(LinkFlags::Up),
        carrier: flags.contains(LinkFlags::LowerUp),
        loopback: flags.contains(LinkFlags::Loopback),
        ..Link::default()
    };
    for attribute in decoded.attributes {
        read_attribute(&mut link, attribute);
    }
    Ok(Some(link))
}

fn read_attribute(link: &mut Link, attribute: LinkAttribute) {
    match attribute {
        LinkAttribute::IfName(name) => link.name = name,
        LinkAttribute::Mtu(mtu) => link.mtu = mtu,
        LinkAttribute::OperState(state) => link.state = oper_state(state),
        LinkAttribute::Controller(index) => link.master = Some(index),
        LinkAttribute::Group(group) => link.group = group,
        LinkAttribute::LinkInfo(parts) => parts.into_iter().for_each(|part| read_info(link, part)),
        _ => {}
    }
}

fn read_info(link: &mut Link, part: LinkInfo) {
    match part {
        LinkInfo::Kind(kind) => link.kind = Some(kind.to_string()),
        LinkInfo::Data(InfoData::Vrf(parts)) => {
            link.vrf_table = parts.iter().find_map(|part| match part {
                InfoVrf::TableId(table) => Some(*table),
                _ => None,
            });
        }
        _ => {}
    }
}

/// A number that RFC 2863 does not have counts as unknown.
fn oper_state(state: State) -> OperState {
    match state {
        State::NotPresent => OperState::NotPresent,
        State::Down => OperState::Down,
        State::LowerLayerDown => OperState::LowerLayerDown,
        State::Testing => OperState::Testing,
        State::Dormant => OperState::Dormant,
        State::Up => OperState::Up,
        _ => OperState::Unknown,
    }
}
