//! Networks as a person knows them: without the holes that this node's own addresses make.

use ipnet::IpNet;

use super::Host;
use crate::net::{AddressRange, prefixes_of};

impl Host<'_> {
    /// The prefixes with the holes closed that this node's own addresses make in them.
    ///
    /// A bridge's network less the bridge's own address is 64 prefixes, and a person knows it as one.
    pub fn whole(&self, prefixes: &[IpNet]) -> Vec<IpNet> {
        let mut ranges: Vec<AddressRange> = prefixes.iter().map(|prefix| AddressRange::of(*prefix)).collect();
        let own = self.snapshot.addresses.iter().map(|address| AddressRange::host(address.address));
        let holes: Vec<AddressRange> = own.filter(|own| is_hole(own, &ranges)).collect();
        ranges.extend(holes);
        prefixes_of(&ranges)
    }
}

/// Whether an address has one of the ranges on both of its sides.
fn is_hole(address: &AddressRange, ranges: &[AddressRange]) -> bool {
    let same = || ranges.iter().filter(|range| range.family == address.family);
    let before = same().any(|range| range.last.checked_add(1) == Some(address.first));
    let after = same().any(|range| address.last.checked_add(1) == Some(range.first));
    before && after
}
