//! A kind of packet: everything that the kernel's decision depends on but the destination.

use std::net::IpAddr;

use crate::net::Family;

/// A kind of packet: everything about it but its destination.
///
/// A packet that arrives has an `iif`; without one it is sent by this node (the kernel then takes `lo` for
/// its incoming link). What is `None` is what the kernel takes when nobody says: no source chosen yet
/// (`0.0.0.0` or `::`), no link bound, no protocol, port 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flow {
    /// The source address; `None` while the kernel has not chosen one.
    pub from: Option<IpAddr>,
    /// The index of the link on which the packet arrived; `None` for a packet of this node's own.
    pub iif: Option<u32>,
    /// The index of the link to which the sender is bound.
    pub oif: Option<u32>,
    /// The firewall mark.
    pub mark: u32,
    /// The traffic class byte: DSCP in the upper six bits.
    pub tos: u8,
    /// The sender's user id; what has no sender here counts as root's to the kernel, and so does `None`.
    pub uid: Option<u32>,
    /// The IP protocol's number.
    pub ip_proto: Option<u8>,
    /// The source port.
    pub sport: Option<u16>,
    /// The destination port.
    pub dport: Option<u16>,
}

impl Flow {
    /// Sent by root on this node, source not chosen yet: what `ip route get` asks for.
    pub fn local() -> Flow {
        Flow { uid: Some(0), ..Flow::default() }
    }

    /// Arrived on a link, to be forwarded or delivered.
    pub fn arriving(iif: u32, from: IpAddr) -> Flow {
        Flow { iif: Some(iif), from: Some(from), ..Flow::default() }
    }

    /// Whether the packet can have a destination of the family at all.
    pub(super) fn fits(&self, family: Family) -> bool {
        self.from.is_none_or(|from| Family::of(from) == family)
    }
}
