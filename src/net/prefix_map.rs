//! Values under prefixes, answered by longest match for one address or a whole range.

use std::net::IpAddr;

use ipnet::IpNet;

use super::range::address;
use super::{AddressRange, Family};

/// No entry: the parent of the outermost.
const NONE: u32 = u32::MAX;

/// Prefixes with values; of two equal prefixes the later one counts.
#[derive(Clone, Debug)]
pub struct PrefixMap<T> {
    /// Sorted by address and length, so that a prefix comes before those within it.
    entries: Vec<(IpNet, T)>,
    /// For each entry the longest one around it.
    parents: Vec<u32>,
}

impl<T> Default for PrefixMap<T> {
    fn default() -> PrefixMap<T> {
        PrefixMap { entries: Vec::new(), parents: Vec::new() }
    }
}

impl<T> PrefixMap<T> {
    /// The value of the longest prefix that holds the address.
    pub fn longest(&self, address: IpAddr) -> Option<&(IpNet, T)> {
        self.around(self.after(address), address).map(|entry| &self.entries[entry])
    }

    /// The value of exactly a prefix.
    pub fn get(&self, prefix: IpNet) -> Option<&T> {
        let wanted = key(&prefix.trunc());
        let found = self.entries.binary_search_by_key(&wanted, |(prefix, _)| key(prefix)).ok()?;
        Some(&self.entries[found].1)
    }

    /// Splits a range by longest match, ascending, gaps included.
    pub fn sweep<'m>(
        &'m self,
        within: AddressRange,
        visit: &mut dyn FnMut(AddressRange, Option<&'m (IpNet, T)>),
    ) {
        let mut first = within.first;
        let mut after = self.after(within.first_address());
        loop {
            let entry = self.around(after, address(within.family, first)).map(|entry| &self.entries[entry]);
            let end = entry.map_or(within.last, |entry| AddressRange::of(entry.0).last.min(within.last));
            let last =
                self.first_of(after, within.family).filter(|next| *next <= end).map_or(end, |next| next - 1);
            visit(AddressRange { first, last, ..within }, entry);
            if last == within.last {
                return;
            }
            first = last + 1;
            while self.first_of(after, within.family) == Some(first) {
                after += 1;
            }
        }
    }

    /// The place of the first entry that begins above an address.
    fn after(&self, address: IpAddr) -> usize {
        self.entries.partition_point(|(prefix, _)| prefix.addr() <= address)
    }

    /// The longest entry that holds an address, among those before a place and those around them.
    fn around(&self, after: usize, address: IpAddr) -> Option<usize> {
        let mut entry = after.checked_sub(1);
        while let Some(at) = entry.filter(|at| !self.entries[*at].0.contains(&address)) {
            entry = self.parents.get(at).filter(|parent| **parent != NONE).map(|parent| *parent as usize);
        }
        entry
    }

    /// Where the entry at a place begins, if it is of a family.
    fn first_of(&self, at: usize, family: Family) -> Option<u128> {
        let range = AddressRange::of(self.entries.get(at)?.0);
        (range.family == family).then_some(range.first)
    }

    /// Points each entry at the one around it: the sorted order visits parents first.
    fn link(&mut self) {
        self.parents.reserve_exact(self.entries.len());
        for at in 0..self.entries.len() {
            let parent = self.around(at, self.entries[at].0.addr());
            self.parents.push(parent.map_or(NONE, |parent| parent as u32));
        }
    }
}

/// What prefixes are sorted by.
fn key(prefix: &IpNet) -> (IpAddr, u8) {
    (prefix.addr(), prefix.prefix_len())
}

impl<T> FromIterator<(IpNet, T)> for PrefixMap<T> {
    fn from_iter<I: IntoIterator<Item = (IpNet, T)>>(entries: I) -> PrefixMap<T> {
        let mut entries: Vec<_> =
            entries.into_iter().map(|(prefix, value)| (prefix.trunc(), value)).collect();
        // A stable sort keeps the later of two equal prefixes last.
        entries.sort_by_key(|(prefix, _)| key(prefix));
        entries.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let mut map = PrefixMap { entries, parents: Vec::new() };
        map.link();
        map
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefix() -> impl Strategy<Value = IpNet> {
        // Few bits in few places, so that prefixes nest, touch, and reach both ends of the space.
        (prop_oneof![Just(0u8), Just(1), Just(8), Just(16), Just(31), Just(32)], any::<u8>(), any::<bool>())
            .prop_map(|(length, bits, top)| {
                let spread =
                    u32::from(bits & 3) << 30 | u32::from(bits >> 2 & 3) << 16 | u32::from(bits >> 4);
                let address = std::net::Ipv4Addr::from(if top { !spread } else { spread });
                IpNet::new(address.into(), length).unwrap().trunc()
            })
    }

    fn brute_force(prefixes: &[IpNet], address: IpAddr) -> Option<usize> {
        let holding = prefixes.iter().enumerate().filter(|(_, prefix)| prefix.contains(&address));
        holding.max_by_key(|(at, prefix)| (prefix.prefix_len(), *at)).map(|(at, _)| at)
    }

    proptest! {
        #[test]
        fn longest_match_is_brute_forces(prefixes in proptest::collection::vec(prefix(), 0..12)) {
            let map: PrefixMap<usize> = prefixes.iter().copied().zip(0..).collect();
            for edge in prefixes.iter().flat_map(|p| [p.network(), p.broadcast()]) {
                let IpAddr::V4(edge) = edge else { unreachable!() };
                for near in [u32::from(edge).wrapping_sub(1), edge.into(), u32::from(edge).wrapping_add(1)] {
                    let address = IpAddr::V4(near.into());
                    prop_assert_eq!(map.longest(address).map(|(_, at)| *at), brute_force(&prefixes, address));
                }
            }
        }

        #[test]
        fn a_sweep_leaves_nothing_out(prefixes in proptest::collection::vec(prefix(), 0..12), within in prefix()) {
            let map: PrefixMap<usize> = prefixes.iter().copied().zip(0..).collect();
            let within = AddressRange::of(within);
            let mut next = Some(within.first);
            map.sweep(within, &mut |part, entry| {
                assert_eq!(Some(part.first), next);
                assert_eq!(entry.map(|(_, at)| *at), brute_force(&prefixes, part.first_address()));
                next = (part.last < within.last).then(|| part.last + 1);
            });
            prop_assert_eq!(next, None);
        }
    }
}
