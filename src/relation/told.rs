//! How rows name prefixes in their sentences.

use ipnet::IpNet;

use crate::host::Host;
use crate::net::{AddressRange, prefixes_of};

/// The first prefixes, and how many more.
pub(super) fn list(prefixes: &[IpNet], most: usize) -> String {
    let shown: Vec<String> = prefixes.iter().take(most).map(ToString::to_string).collect();
    match prefixes.len().checked_sub(most) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// The prefixes with the holes closed that this node's own addresses make in them.
///
/// A bridge's network less the bridge's own address is 64 prefixes, and a person knows it as one.
pub(super) fn whole(prefixes: &[IpNet], host: &Host<'_>) -> Vec<IpNet> {
    let mut ranges: Vec<AddressRange> = prefixes.iter().map(|prefix| AddressRange::of(*prefix)).collect();
    let own = host.snapshot.addresses.iter().map(|address| AddressRange::host(address.address));
    let holes: Vec<AddressRange> = own.filter(|own| is_hole(own, &ranges)).collect();
    ranges.extend(holes);
    prefixes_of(&ranges)
}

/// Whether an address has one of the ranges on both of its sides.
fn is_hole(address: &AddressRange, ranges: &[AddressRange]) -> bool {
    let same = || ranges.iter().filter(|range| range.family == address.family);
    let before = same().any(|range| range.last.checked_add(1) == Some(address.first));
    let after = same().any(|range| address.last.checked_add(1) == Some(range.first));
    before && after
}
