//! IPv6's choice of a source address: RFC 6724 as `net/ipv6/addrconf.c` has it (`ipv6_dev_get_saddr`).
//!
//! The table of labels is the kernel's own (`net/ipv6/addrlabel.c`); changes to it are not seen. Links do not
//! prefer temporary addresses unless `use_tempaddr` is 2.

use std::net::{IpAddr, Ipv6Addr};

use crate::snapshot::{Address, AddressFlag, Snapshot};

use super::query::vrf_of;

/// How an address does under each rule in turn; the greater wins, and the first among equals.
type Score = (bool, i32, bool, bool, bool, bool, bool, u32, bool);

/// The source for a destination that is reached by a link.
pub(super) fn choose(snapshot: &Snapshot, dev: Option<u32>, dst: Ipv6Addr) -> Option<Ipv6Addr> {
    let only_link = dst.is_multicast() || scope(dst) <= LINK_LOCAL;
    let vrf = vrf_of(snapshot, dev.unwrap_or(0));
    let mut best: Option<(Score, Ipv6Addr)> = None;
    for own in snapshot.addresses.iter().filter(|own| usable(own)) {
        let near = if only_link { Some(own.link) == dev } else { vrf_of(snapshot, own.link) == vrf };
        let IpAddr::V6(address) = own.address else { continue };
        let score = score(snapshot, own, address, dev, dst);
        if near && best.is_none_or(|(before, _)| score > before) {
            best = Some((score, address));
        }
    }
    best.map(|(_, address)| address)
}

/// An address whose uniqueness is not settled is no source, unless it is optimistic.
fn usable(own: &Address) -> bool {
    let settled = !own.has(AddressFlag::Tentative) || own.has(AddressFlag::Optimistic);
    settled && !own.has(AddressFlag::DadFailed)
}

fn score(snapshot: &Snapshot, own: &Address, address: Ipv6Addr, dev: Option<u32>, dst: Ipv6Addr) -> Score {
    let fresh = !own.has(AddressFlag::Deprecated) && !own.has(AddressFlag::Optimistic);
    let same = (address.to_bits() ^ dst.to_bits()).leading_zeros();
    let temporary = own.has(AddressFlag::Secondary);
    (
        address == dst,
        reach(scope(address), scope(dst)),
        is_reserved(address) || fresh,
        dev.is_none_or(|dev| dev == own.link),
        label(address) == label(dst),
        temporary == prefers_temporary(snapshot, own.link),
        is_orchid(address) == is_orchid(dst),
        same.min(u32::from(own.length)),
        !own.has(AddressFlag::Optimistic),
    )
}

const LINK_LOCAL: i32 = 2;

/// The scope of an address as RFC 4291 numbers it; the unspecified address is narrower than all.
fn scope(address: Ipv6Addr) -> i32 {
    const SITE_LOCAL: i32 = 5;
    const GLOBAL: i32 = 14;
    match address.segments() {
        [first, ..] if first >> 8 == 0xff => i32::from(first & 0xf),
        [first, ..] if first & 0xffc0 == 0xfe80 => LINK_LOCAL,
        [first, ..] if first & 0xffc0 == 0xfec0 => SITE_LOCAL,
        _ if address.is_loopback() => LINK_LOCAL,
        _ if address.is_unspecified() => -1,
        _ => GLOBAL,
    }
}

/// The smallest scope that is wide enough comes first, then those that are not.
fn reach(own: i32, wanted: i32) -> i32 {
    if own >= wanted { -own } else { own - 128 }
}

/// Loopback, and the addresses that stand for IPv4's.
fn is_reserved(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.to_ipv4_mapped().is_some() || address.to_bits() >> 32 == 0
}

fn is_orchid(address: Ipv6Addr) -> bool {
    address.to_bits() >> 100 == 0x0200_1001
}

/// The label of an address by the kernel's table: the longest prefix has it.
fn label(address: Ipv6Addr) -> u32 {
    let bits = address.to_bits();
    let [first, second, ..] = address.segments();
    match first {
        _ if bits == 1 => 0,
        _ if bits >> 32 == 0 => 3,
        _ if bits >> 32 == 0xffff => 4,
        0x2001 if second & 0xfff0 == 0x10 => 7,
        0x2001 if second == 0 => 6,
        0x2002 => 2,
        0x3ffe => 12,
        _ if first & 0xffc0 == 0xfec0 => 11,
        _ if first & 0xfe00 == 0xfc00 => 5,
        _ => 1,
    }
}

fn prefers_temporary(snapshot: &Snapshot, link: u32) -> bool {
    let setting = snapshot.link(link).and_then(|link| {
        snapshot.sysctls.get(&format!("net.ipv6.conf.{}.use_tempaddr", link.name.replace('.', "/")))
    });
    setting.is_some_and(|value| value.trim() == "2")
}
