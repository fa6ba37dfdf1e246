//! Literals of the lexer: addresses, route distinguishers, byte strings.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::tree::RouteDistinguisher;

/// `192.0.2.1`; leading zeros are decimal, as BIRD reads them.
pub(super) fn ip4(text: &str) -> Option<Ipv4Addr> {
    let (mut address, mut part, mut dots) = (0u32, 0u32, 0);
    for byte in text.bytes() {
        match byte {
            b'.' => {
                address = address << 8 | part;
                part = 0;
                dots += 1;
            }
            digit => part = part * 10 + u32::from(digit.wrapping_sub(b'0')),
        }
        if part > 255 {
            return None;
        }
    }
    (dots == 3).then(|| Ipv4Addr::from(address << 8 | part))
}

/// `2001:db8::1`; `::` may stand for nothing, and the last two words may be an IPv4 address.
pub(super) fn ip6(text: &str) -> Option<Ipv6Addr> {
    let dotted = || text.contains('.').then(|| text.parse().ok().or_else(|| by_words(text))).flatten();
    hexadecimal(text.as_bytes()).or_else(dotted)
}

fn hexadecimal(text: &[u8]) -> Option<Ipv6Addr> {
    let (front, count, rest) = groups(text)?;
    let Some(behind) = rest.strip_prefix(b"::") else {
        return (count == 8 && rest.is_empty()).then(|| Ipv6Addr::from(front));
    };
    let (back, more, rest) = groups(behind)?;
    let fits = count + more <= 8 && rest.is_empty();
    fits.then(|| Ipv6Addr::from(front.unbounded_shl(16 * (8 - count)) | back))
}

/// `2001:db8` at the head of a text as a number, how many groups it has, and what stands behind it.
fn groups(text: &[u8]) -> Option<(u128, u32, &[u8])> {
    let (mut all, mut count, mut rest) = (0u128, 0, text);
    loop {
        let (mut group, mut digits) = (0u32, 0);
        while let Some(digit) = rest.get(digits).map(|byte| HEX[usize::from(*byte)])
            && digit < 16
        {
            group = group << 4 | u32::from(digit);
            digits += 1;
        }
        match digits {
            0 if count == 0 => return Some((0, 0, rest)),
            1..=4 => (all, count) = (all << 16 | u128::from(group), count + 1),
            _ => return None,
        }
        rest = match &rest[digits..] {
            [b':', behind @ ..] if behind.first().is_some_and(|byte| *byte != b':') => behind,
            behind => return Some((all, count, behind)),
        };
    }
}

/// What each byte is worth as a hexadecimal digit, 16 where it is none.
pub(super) const HEX: [u8; 256] = {
    let mut worth = [16; 256];
    let mut digit = 0;
    while digit < 16 {
        worth[b"0123456789abcdef"[digit] as usize] = digit as u8;
        worth[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    worth
};

/// The same in any way of writing it, and slower.
fn by_words(text: &str) -> Option<Ipv6Addr> {
    let (front, back) = text.split_once("::").unwrap_or((text, ""));
    let (front, back) = (words(front)?, words(back)?);
    let count = front.len() + back.len();
    if count > 8 || count < 8 && !text.contains("::") {
        return None;
    }
    let mut all = [0; 8];
    all[..front.len()].copy_from_slice(&front);
    all[8 - back.len()..].copy_from_slice(&back);
    Some(Ipv6Addr::from(all))
}

/// `2001:db8`, `1:192.0.2.1`
fn words(text: &str) -> Option<Vec<u16>> {
    let mut words = Vec::new();
    for part in text.split(':').filter(|_| !text.is_empty()) {
        if part.contains('.') {
            let address = u32::from(ip4(part)?);
            words.extend([(address >> 16) as u16, address as u16]);
        } else {
            words.push(u16::from_str_radix(part, 16).ok().filter(|_| part.len() <= 4)?);
        }
    }
    Some(words)
}

/// `65000:1`, `2:65000:1`, `192.0.2.1:1`, as RFC 4364 numbers them.
pub(super) fn rd(text: &str) -> Option<RouteDistinguisher> {
    let (admin, assigned) = text.rsplit_once(':')?;
    let assigned: u32 = assigned.parse().ok()?;
    let (kind, admin) = match admin.split_once(':') {
        Some((kind, admin)) => (Some(kind), admin),
        None => (None, admin),
    };
    if admin.contains('.') {
        let short = u64::from(u16::try_from(assigned).ok()?);
        return Some(RouteDistinguisher(1 << 48 | u64::from(u32::from(ip4(admin)?)) << 16 | short));
    }
    let admin: u32 = admin.parse().ok()?;
    let wide = match kind {
        Some(kind) => kind == "2",
        None => admin > 0xffff,
    };
    if wide {
        let short = u64::from(u16::try_from(assigned).ok()?);
        return Some(RouteDistinguisher(2 << 48 | u64::from(admin) << 16 | short));
    }
    let short = u64::from(u16::try_from(admin).ok()?);
    Some(RouteDistinguisher(short << 32 | u64::from(assigned)))
}

/// `hex:01:02`, `0102…`: the bytes.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.strip_prefix("hex:").unwrap_or(text).bytes().filter(|b| *b != b':').collect();
    let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | value(*digit))).collect()
}

/// `02:00:00:00:00:01`
pub(super) fn mac(text: &str) -> Option<[u8; 6]> {
    let mut address = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut address {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn addresses_are_those_of_the_standard_library(
            text in "([0-9a-f]{1,4}:){0,8}:?[0-9a-f]{0,5}(:[0-9A-F]{1,4}){0,7}"
        ) {
            // Only BIRD lets `::` stand for nothing.
            let eight = text.split(':').filter(|group| !group.is_empty()).count() == 8;
            let standard = text.parse().ok().or_else(|| by_words(&text).filter(|_| eight));
            proptest::prop_assert_eq!(ip6(&text), standard, "{}", text);
        }
    }

    #[test]
    fn route_distinguishers_take_their_type_from_the_numbers() {
        assert_eq!(rd("65000:1"), Some(RouteDistinguisher(65000 << 32 | 1)));
        assert_eq!(rd("70000:1"), Some(RouteDistinguisher(2 << 48 | 70000 << 16 | 1)));
        assert_eq!(rd("2:1:1"), Some(RouteDistinguisher(2 << 48 | 1 << 16 | 1)));
        assert_eq!(rd("10.0.0.1:5"), Some(RouteDistinguisher(1 << 48 | 0x0a00_0001 << 16 | 5)));
        assert_eq!(rd("70000:70000"), None);
    }
}
