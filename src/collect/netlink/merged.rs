//! Whether IPv4 holds the tables `local` and `main` as one.
//!
//! The kernel keeps both in one trie until a policy rule is changed for the first time, and then decides a little
//! otherwise. No dump shows it; but one look-up does: an own address is then found in `main`.

use std::net::IpAddr;
use std::time::Duration;

use rtnetlink::sys::protocols::NETLINK_ROUTE;

use super::message::push_attribute;
use super::socket::Asker;
use super::{kind, route};
use crate::net::{Family, RouteType, TableId};
use crate::snapshot::Route;

/// Asks for the table rather than the kind of table (`RTM_F_LOOKUP_TABLE`), and for its entry (`RTM_F_FIB_MATCH`).
const ENTRY_WITH_TABLE: u32 = 0x1000 | 0x2000;
const RTA_DST: u16 = 1;

/// Whether a look-up of the route's destination tells: it is that of an own address.
pub(super) fn tells(route: &Route) -> bool {
    let own = route.kind == RouteType::Local && route.table == TableId::LOCAL;
    own && route.family() == Family::V4 && route.dst.prefix_len() == 32
}

/// Looks an own address up; nothing where the kernel does not answer.
pub(super) fn ask(deadline: Duration) -> impl FnOnce(&Route) -> Option<bool> {
    move |own| {
        let mut asker = Asker::open(NETLINK_ROUTE, deadline).ok()?;
        let mut table = None;
        let taken = asker.get(kind::GET_ROUTE, &request(own.dst.addr()), |message| {
            table = route::parse(message)?.map(|entry| entry.table);
            Ok(())
        });
        taken.ok()?;
        match table? {
            TableId::LOCAL => Some(false),
            TableId::MAIN => Some(true),
            _ => None,
        }
    }
}

/// `struct rtmsg` with the destination.
fn request(dst: IpAddr) -> Vec<u8> {
    let mut body = vec![nix::libc::AF_INET as u8, 32, 0, 0, 0, 0, 0, 0];
    body.extend_from_slice(&ENTRY_WITH_TABLE.to_ne_bytes());
    if let IpAddr::V4(dst) = dst {
        push_attribute(&mut body, RTA_DST, &dst.octets());
    }
    body
}
