//! Values under prefixes, answered by longest match for one address or a whole range.

use std::net::IpAddr;

use ipnet::IpNet;

use super::range::number;
use super::{AddressRange, Family};

/// A stretch of addresses whose longest matching prefix is the same.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    range: AddressRange,
    /// The entry that matches longest, none in the gaps.
    entry: usize,
}

/// Prefixes with values; of two equal prefixes the later one counts.
#[derive(Clone, Debug)]
pub struct PrefixMap<T> {
    entries: Vec<(IpNet, T)>,
    stretches: Vec<Stretch>,
}

impl<T> Default for PrefixMap<T> {
    fn default() -> PrefixMap<T> {
        PrefixMap { entries: Vec::new(), stretches: Vec::new() }
    }
}

impl<T> PrefixMap<T> {
    /// The value of the longest prefix that holds the address.
    pub fn longest(&self, address: IpAddr) -> Option<&(IpNet, T)> {
        let key = (Family::of(address), number(address));
        let after = self.stretches.partition_point(|s| (s.range.family, s.range.first) <= key);
        let stretch = self.stretches.get(after.checked_sub(1)?)?;
        stretch.range.contains(address).then(|| &self.entries[stretch.entry])
    }

    /// The value of exactly a prefix.
    pub fn get(&self, prefix: IpNet) -> Option<&T> {
        let key = |prefix: &IpNet| (prefix.addr(), prefix.prefix_len());
        let wanted = key(&prefix.trunc());
        let after = self.entries.partition_point(|(prefix, _)| key(prefix) <= wanted);
        let (found, value) = self.entries.get(after.checked_sub(1)?)?;
        (key(found) == wanted).then_some(value)
    }

    /// Splits a range by longest match, ascending, gaps included.
    pub fn sweep<'m>(
        &'m self,
        within: AddressRange,
        visit: &mut dyn FnMut(AddressRange, Option<&'m (IpNet, T)>),
    ) {
        let start = self
            .stretches
            .partition_point(|s| (s.range.family, s.range.last) < (within.family, within.first));
        let mut next = within.first;
        for stretch in &self.stretches[start..] {
            let Some(part) = stretch.range.intersection(&within) else { break };
            if next < part.first {
                visit(AddressRange { first: next, last: part.first - 1, ..within }, None);
            }
            visit(part, Some(&self.entries[stretch.entry]));
            match part.last.checked_add(1) {
                Some(after) if after <= within.last => next = after,
                _ => return,
            }
        }
        if next <= within.last {
            visit(AddressRange { first: next, ..within }, None);
        }
    }
}

impl<T> FromIterator<(IpNet, T)> for PrefixMap<T> {
    fn from_iter<I: IntoIterator<Item = (IpNet, T)>>(entries: I) -> PrefixMap<T> {
        let mut entries: Vec<_> =
            entries.into_iter().map(|(prefix, value)| (prefix.trunc(), value)).collect();
        // A stable sort keeps the later of two equal prefixes last, so that it lies on top.
        entries.sort_by_key(|(prefix, _)| (prefix.addr(), prefix.prefix_len()));
        let stretches = stretches(&entries);
        PrefixMap { entries, stretches }
    }
}

/// Lays sorted prefixes over one another.
fn stretches<T>(entries: &[(IpNet, T)]) -> Vec<Stretch> {
    let mut layers = Layers { done: Vec::with_capacity(entries.len()), open: Vec::new(), next: 0 };
    for (entry, (prefix, _)) in entries.iter().enumerate() {
        layers.lay(AddressRange::of(*prefix), entry);
    }
    layers.close_before(None);
    layers.done
}

/// The prefixes that enclose the place reached so far, outermost first.
struct Layers {
    done: Vec<Stretch>,
    open: Vec<Stretch>,
    /// The first address of the open layers that is in no stretch yet.
    next: u128,
}

impl Layers {
    /// Puts a prefix on top of those that enclose it.
    fn lay(&mut self, range: AddressRange, entry: usize) {
        self.close_before(Some(range));
        if let (Some(outer), Some(last)) = (self.open.last().copied(), range.first.checked_sub(1)) {
            self.emit(outer, last);
        }
        self.next = range.first;
        self.open.push(Stretch { range, entry });
    }

    /// Ends the layers that do not reach `range`; all of them where there is none.
    fn close_before(&mut self, range: Option<AddressRange>) {
        while let Some(top) = self.open.last().copied() {
            if range.is_some_and(|range| top.range.intersection(&range).is_some()) {
                return;
            }
            self.open.pop();
            self.emit(top, top.range.last);
        }
    }

    /// Gives what is not yet given, up to `last`, to a layer.
    fn emit(&mut self, layer: Stretch, last: u128) {
        if self.next <= last {
            self.done
                .push(Stretch { range: AddressRange { first: self.next, last, ..layer.range }, ..layer });
        }
        // Past the last address nothing can follow but layers that end there too.
        self.next = last.saturating_add(1);
        if last == u128::MAX {
            self.open.clear();
        }
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
