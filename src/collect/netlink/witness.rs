//! What the kernel announces while a dump runs, because a dump that races a change does not say so.
//!
//! An IPv6 dump that is interrupted restarts at the root and skips by count, without `NLM_F_DUMP_INTR`: it misses and
//! repeats routes that nobody touched. So the notification groups are joined first, and what they said decides.

use std::io;
use std::os::fd::AsFd as _;

use nix::libc;
use nix::sys::socket::{setsockopt, sockopt};
use rtnetlink::packet_core::NLM_F_REPLACE;
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use super::message::{Message, Messages, u32_at};
use super::{kind, route};
use crate::net::Family;
use crate::snapshot::Route;

/// Room for notifications: 166 fit into the default, 10,000 into this.
const BUFFER: usize = 64 << 20;
/// The largest notification: a multipath route of a few hundred legs.
const NOTIFICATION: usize = 64 * 1024;

/// The notification groups, `RTNLGRP_*`.
const GROUP_LINK: u32 = 1;
const GROUP_IPV4_ROUTE: u32 = 7;
const GROUP_IPV6_ROUTE: u32 = 11;
const GROUP_NEXTHOP: u32 = 32;

/// One announced change of a route.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// It came beside what was there.
    Added(Route),
    /// It took the place of what had its prefix and metric.
    Replaced(Route),
    /// It went.
    Removed(Route),
}

/// What was announced since the last time.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Something changed that routes depend on.
    pub(super) disturbed: bool,
    /// The routes that changed, in order, as far as they were heard.
    pub(super) changes: Vec<Change>,
}

impl Heard {
    /// Adds what was heard later.
    pub(super) fn append(&mut self, mut later: Heard) {
        self.disturbed |= later.disturbed;
        self.changes.append(&mut later.changes);
    }
}

/// A member of the notification groups on which one family's routes depend.
pub(super) struct Witness {
    socket: Socket,
    buffer: Vec<u8>,
}

impl Witness {
    /// Joins the groups; from here on nothing happens unheard.
    ///
    /// Routes may go without a word of their own when a link goes down (IPv4; IPv6 with `skip_notify_on_dev_down`)
    /// or a next-hop object changes (`nexthop_compat_mode` 0), so these are heard as well.
    pub(super) fn join(family: Family) -> io::Result<Witness> {
        let routes = match family {
            Family::V4 => GROUP_IPV4_ROUTE,
            Family::V6 => GROUP_IPV6_ROUTE,
        };
        let groups = [routes, GROUP_LINK, GROUP_NEXTHOP].map(|group| 1 << (group - 1));
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        enlarge(&socket);
        socket.bind(&SocketAddr::new(0, groups.into_iter().sum()))?;
        Ok(Witness { socket, buffer: vec![0; NOTIFICATION] })
    }

    /// Takes what was announced since the last call, without waiting.
    pub(super) fn listen(&mut self) -> io::Result<Heard> {
        let mut heard = Heard::default();
        loop {
            match self.socket.recv(&mut &mut self.buffer[..], libc::MSG_DONTWAIT | libc::MSG_TRUNC) {
                Ok(length) if length <= NOTIFICATION => hear(&self.buffer[..length], &mut heard),
                Ok(_) => heard.disturbed = true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(heard),
                // More was announced than the buffer holds.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => heard.disturbed = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Without CAP_NET_ADMIN the kernel's limit (`net.core.rmem_max`) holds; an overflow is heard as a disturbance.
fn enlarge(socket: &Socket) {
    if setsockopt(&socket.as_fd(), sockopt::RcvBufForce, &BUFFER).is_err() {
        let _ = setsockopt(&socket.as_fd(), sockopt::RcvBuf, &BUFFER);
    }
}

fn hear(datagram: &[u8], heard: &mut Heard) {
    for message in Messages(datagram) {
        match message {
            Ok(message) => hear_one(&message, heard),
            Err(_) => heard.disturbed = true,
        }
    }
}

fn hear_one(message: &Message<'_>, heard: &mut Heard) {
    match message.kind {
        kind::ROUTE | kind::ROUTE_GONE => hear_route(message, heard),
        kind::LINK if is_up(message) => {}
        _ => heard.disturbed = true,
    }
}

fn hear_route(message: &Message<'_>, heard: &mut Heard) {
    let change = match route::parse(message) {
        Ok(Some(route)) => route,
        Ok(None) => return,
        Err(_) => {
            heard.disturbed = true;
            return;
        }
    };
    heard.disturbed = true;
    heard.changes.push(match message.kind {
        kind::ROUTE_GONE => Change::Removed(change),
        _ if message.flags & NLM_F_REPLACE != 0 => Change::Replaced(change),
        _ => Change::Added(change),
    });
}

/// A link that is up and stays up takes no route along, whatever else is announced of it.
fn is_up(message: &Message<'_>) -> bool {
    u32_at(message.body, 8).is_ok_and(|flags| flags & libc::IFF_UP as u32 != 0)
}
