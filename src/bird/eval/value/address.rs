//! Addresses as BIRD holds them: 128 bits, IPv4 as the mapped range.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address: `::ffff:a.b.c.d` and `a.b.c.d` are the same value, as in BIRD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u128);

/// The 96 bits before an IPv4 address, in place.
const MAPPED: u128 = 0xffff_0000_0000;

impl Address {
    /// The address `::`, which BIRD takes for "none".
    pub const NONE: Address = Address(0);

    /// An IPv4 address from its number.
    pub fn from_v4(number: u32) -> Address {
        Address(MAPPED | u128::from(number))
    }

    /// The IPv4 address's number, `None` for IPv6.
    pub fn v4(self) -> Option<u32> {
        (self.0 >> 32 == MAPPED >> 32).then_some(self.0 as u32)
    }

    /// The first bits, the rest zero (`FI_IP_MASK`).
    pub fn masked(self, length: u32) -> Address {
        match self.v4() {
            Some(number) => Address::from_v4(number & mask_v4(length)),
            None => Address(self.0 & mask(length.min(128) as u8)),
        }
    }

    /// The address as the standard library has it, mapped ones as IPv4.
    pub fn ip(self) -> IpAddr {
        match self.v4() {
            Some(number) => IpAddr::V4(number.into()),
            None => IpAddr::V6(self.0.into()),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Address {
        match address {
            IpAddr::V4(v4) => Address::from_v4(v4.into()),
            IpAddr::V6(v6) => Address(v6.into()),
        }
    }
}

/// The mask of the highest `length` bits of 128.
pub(crate) fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0)
}

/// BIRD's mask of an IPv4 address: its shift takes lengths beyond 32 modulo 32, as the processor does.
fn mask_v4(length: u32) -> u32 {
    if length == 0 { 0 } else { u32::MAX << (32u32.wrapping_sub(length) % 32) }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.v4() {
            Some(number) => Ipv4Addr::from(number).fmt(f),
            None => f.write_str(&v6_text(self.0)),
        }
    }
}

/// An address in BIRD's IPv6 notation, mapped or not (`ip6_ntop` in `lib/ip.c`).
pub(crate) fn v6_text(number: u128) -> String {
    let words = Ipv6Addr::from(number).segments();
    let tail = Ipv4Addr::from(number as u32);
    match longest_zeros(&words) {
        Some((0, 6)) => format!("::{tail}"),
        Some((0, 5)) if words[5] == 0xffff => format!("::ffff:{tail}"),
        Some((at, count)) => format!("{}::{}", colons(&words[..at]), colons(&words[at + count..])),
        None => colons(&words),
    }
}

/// The first longest run of two or more zero words.
fn longest_zeros(words: &[u16; 8]) -> Option<(usize, usize)> {
    let run = |at: usize| words[at..].iter().take_while(|word| **word == 0).count();
    let best = (0..8).map(|at| (at, run(at))).max_by_key(|(at, count)| (*count, 8 - at));
    best.filter(|(_, count)| *count >= 2)
}

fn colons(words: &[u16]) -> String {
    words.iter().map(|word| format!("{word:x}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `birdc eval` prints (measured on 2.0.12 to 3.4.0).
    #[test]
    fn prints_as_bird_prints() {
        for text in
            ["::1.2.3.4", "2001:0:0:1::1", "1:0:3:4:5:6:7:8", "1::4:5:6:7:8", "::5:0:7:8", "::", "::1"]
        {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(Address::from(address).to_string(), text);
        }
        assert_eq!(v6_text(0xffff_0000_0000), "::ffff:0.0.0.0");
    }

    #[test]
    fn masks_beyond_the_family_wrap_for_ipv4() {
        let address = Address::from_v4(0xc802_0304);
        let texts: Vec<_> = [0, 8, 32, 33, 40, 64].iter().map(|n| address.masked(*n).to_string()).collect();
        assert_eq!(texts, ["0.0.0.0", "200.0.0.0", "200.2.3.4", "128.0.0.0", "200.0.0.0", "200.2.3.4"]);
        assert_eq!(Address(5).masked(u32::MAX), Address(5));
    }
}
