//! A flow as the kernel's look-up sees it: numbers, with the VRF of its links worked out.

use crate::net::{Family, number};
use crate::snapshot::{Link, Snapshot};

use super::Flow;

/// The index of `lo`, which stands for "sent by this node" (`LOOPBACK_IFINDEX`).
pub(super) const LOOPBACK: u32 = 1;

/// A flow in the kernel's terms (`struct flowi`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Query {
    pub(super) family: Family,
    /// The source, zero while there is none.
    pub(super) source: u128,
    /// Whether a source was chosen.
    pub(super) has_source: bool,
    /// Whether the packet arrived on a link.
    pub(super) arrives: bool,
    /// Whether the sender is bound to a link, a VRF included.
    pub(super) bound: bool,
    pub(super) iif: u32,
    /// The link that the next hop must have, 0 for any: a VRF that the sender is bound to is no such link.
    pub(super) oif: u32,
    /// The VRF of the bound or incoming link, 0 for none (`flowi_l3mdev`).
    pub(super) vrf: u32,
    pub(super) mark: u32,
    pub(super) dscp: u8,
    pub(super) uid: u32,
    pub(super) ip_proto: u8,
    pub(super) sport: u16,
    pub(super) dport: u16,
}

impl Query {
    /// The flow as the kernel's look-up sees it (`l3mdev_update_flow`).
    pub(super) fn new(snapshot: &Snapshot, family: Family, flow: &Flow) -> Query {
        let source = flow.from.map_or(0, number);
        let arrives = flow.iif.is_some();
        let oif = if arrives { 0 } else { flow.oif.unwrap_or(0) };
        let iif = flow.iif.unwrap_or(LOOPBACK);
        let vrf = match (oif, iif) {
            (0, LOOPBACK) => 0,
            (0, iif) => vrf_of(snapshot, iif),
            (oif, _) => vrf_of(snapshot, oif),
        };
        Query {
            family,
            source,
            has_source: source != 0,
            arrives,
            bound: oif != 0,
            iif,
            oif: if vrf == oif { 0 } else { oif },
            vrf,
            mark: flow.mark,
            dscp: flow.tos & 0xfc,
            uid: uid(family, flow),
            ip_proto: flow.ip_proto.unwrap_or(0),
            sport: flow.sport.unwrap_or(0),
            dport: flow.dport.unwrap_or(0),
        }
    }
}

impl Query {
    /// The link to which the sender is bound, 0 for none: a VRF too, until the look-up begins.
    pub(super) fn bound_to(&self) -> u32 {
        match (self.bound, self.oif) {
            (false, _) => 0,
            (true, 0) => self.vrf,
            (true, oif) => oif,
        }
    }

    /// The same packet of a sender that is not bound to a link and asks for no service.
    pub(super) fn plain(&self) -> Query {
        Query { oif: 0, bound: false, dscp: 0, ..*self }
    }
}

/// What nobody sends counts as root's; IPv4 takes everything that arrives for such (`sock_net_uid`).
fn uid(family: Family, flow: &Flow) -> u32 {
    match (family, flow.iif) {
        (Family::V4, Some(_)) => 0,
        (Family::V4 | Family::V6, _) => flow.uid.unwrap_or(0),
    }
}

/// The VRF that a link is or belongs to, 0 for none.
pub(super) fn vrf_of(snapshot: &Snapshot, index: u32) -> u32 {
    let is_vrf = |link: &&Link| link.vrf_table.is_some();
    let Some(link) = snapshot.link(index) else { return 0 };
    let vrf = Some(link).filter(is_vrf);
    let master = || snapshot.link(link.master?).filter(is_vrf);
    vrf.or_else(master).map_or(0, |vrf| vrf.index)
}
