//! Closed ranges of addresses of one family, and the fewest prefixes that make one up.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Family;

/// The addresses `first ..= last` of one family, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    /// The family of both ends.
    pub family: Family,
    /// The lowest address, as a number of 32 or 128 bits.
    pub first: u128,
    /// The highest address, inclusive; never below `first`.
    pub last: u128,
}

impl AddressRange {
    /// Every address of a family.
    pub fn all(family: Family) -> AddressRange {
        AddressRange::of(family.default_prefix())
    }

    /// The addresses of a prefix.
    pub fn of(prefix: IpNet) -> AddressRange {
        let family = Family::of_prefix(prefix);
        AddressRange { family, first: number(prefix.network()), last: number(prefix.broadcast()) }
    }

    /// The one address.
    pub fn host(address: IpAddr) -> AddressRange {
        AddressRange { family: Family::of(address), first: number(address), last: number(address) }
    }

    /// Whether the address lies in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        Family::of(address) == self.family && (self.first..=self.last).contains(&number(address))
    }

    /// The addresses that both ranges hold.
    pub fn intersection(&self, other: &AddressRange) -> Option<AddressRange> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        let same = self.family == other.family && first <= last;
        same.then_some(AddressRange { family: self.family, first, last })
    }

    /// The addresses that the other range does not hold: none, one or two ranges.
    pub fn without(&self, other: &AddressRange) -> Vec<AddressRange> {
        let Some(held) = self.intersection(other) else { return vec![*self] };
        let below = held.first.checked_sub(1).map(|last| AddressRange { last, ..*self });
        let above = held.last.checked_add(1).map(|first| AddressRange { first, ..*self });
        below.into_iter().chain(above).filter(|range| range.first <= range.last).collect()
    }

    /// The lowest address.
    pub fn first_address(&self) -> IpAddr {
        address(self.family, self.first)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match prefixes_of(&[*self]).as_slice() {
            [one] => write!(f, "{one}"),
            _ => write!(f, "{}-{}", self.first_address(), address(self.family, self.last)),
        }
    }
}

/// The address as a number, big-endian.
pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// The number as an address; IPv4 takes its low 32 bits.
pub(crate) fn address(family: Family, number: u128) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(number as u32)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

/// The fewest prefixes that hold exactly the given ranges, sorted, IPv4 first.
pub fn prefixes_of(ranges: &[AddressRange]) -> Vec<IpNet> {
    let mut sorted = Cow::Borrowed(ranges);
    if !sorted.is_sorted() {
        sorted.to_mut().sort_unstable();
    }
    let mut prefixes = Vec::new();
    let mut joined: Option<AddressRange> = None;
    for range in sorted.iter() {
        match &mut joined {
            Some(before) if before.family == range.family && range.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(range.last);
            }
            _ => joined.replace(*range).into_iter().for_each(|before| split(before, &mut prefixes)),
        }
    }
    joined.into_iter().for_each(|range| split(range, &mut prefixes));
    prefixes
}

/// Cuts a range into its prefixes, widest possible from the left.
fn split(range: AddressRange, prefixes: &mut Vec<IpNet>) {
    let bits = u32::from(range.family.bits());
    let mut first = range.first;
    loop {
        let mut free = first.trailing_zeros().min(bits);
        while free > 0 && last_of(first, free) > range.last {
            free -= 1;
        }
        prefixes.push(prefix(range.family, first, bits - free));
        match last_of(first, free).checked_add(1) {
            Some(next) if next <= range.last => first = next,
            _ => return,
        }
    }
}

/// The last number of the block of `2^free` numbers at `first`.
fn last_of(first: u128, free: u32) -> u128 {
    match 1u128.checked_shl(free) {
        Some(size) => first | (size - 1),
        None => u128::MAX,
    }
}

/// The prefix at a number; `length` is within the family's bits by construction.
fn prefix(family: Family, first: u128, length: u32) -> IpNet {
    match address(family, first) {
        IpAddr::V4(v4) => IpNet::V4(Ipv4Net::new(v4, length as u8).unwrap_or_default()),
        IpAddr::V6(v6) => IpNet::V6(Ipv6Net::new(v6, length as u8).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(prefixes: &[&str]) -> Vec<AddressRange> {
        prefixes.iter().map(|p| AddressRange::of(p.parse().unwrap())).collect()
    }

    fn fewest(prefixes: &[&str]) -> Vec<String> {
        prefixes_of(&ranges(prefixes)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn neighbours_join_and_nested_vanish() {
        assert_eq!(fewest(&["10.0.0.0/25", "10.0.0.128/25", "10.0.0.7/32"]), ["10.0.0.0/24"]);
        assert_eq!(fewest(&["::/1", "8000::/1", "0.0.0.0/0"]), ["0.0.0.0/0", "::/0"]);
    }

    #[test]
    fn a_ragged_range_takes_the_fewest() {
        let range = AddressRange { family: Family::V4, first: 1, last: 6 };
        let text: Vec<_> = prefixes_of(&[range]).iter().map(ToString::to_string).collect();
        assert_eq!(text, ["0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/31", "0.0.0.6/32"]);
    }
}
