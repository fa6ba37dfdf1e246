//! Communities: their lists, and how each kind is written.

use std::net::Ipv4Addr;

use crate::bird::tree::EcKind;

/// A large community, `(asn, data1, data2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Large {
    /// The global administrator.
    pub asn: u32,
    /// The first local part.
    pub data1: u32,
    /// The second local part.
    pub data2: u32,
}

/// The first list, then the members of the second that it lacks; a community list keeps the order of addition.
pub fn union<T: PartialEq + Copy>(list: &[T], more: &[T]) -> Vec<T> {
    let fresh = more.iter().filter(|member| !list.contains(member));
    list.iter().chain(fresh).copied().collect()
}

/// BIRD's own number for `generic`, which `unknown` may name.
const GENERIC: u32 = 0xffff;

/// A kind of extended community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EcType {
    /// Eight bytes as two numbers.
    Generic,
    /// A type number: 2 for `rt`, 3 for `ro`, what `unknown` gives.
    Number(u32),
}

impl EcType {
    /// What a kind stands for.
    pub fn of(kind: EcKind) -> EcType {
        match kind {
            EcKind::Rt => EcType::Number(2),
            EcKind::Ro => EcType::Number(3),
            EcKind::Generic => EcType::Generic,
            EcKind::Unknown(GENERIC) => EcType::Generic,
            EcKind::Unknown(number) => EcType::Number(number),
        }
    }
}

/// How the key of an extended community was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EcKey {
    /// An AS number, or the high half of a generic community.
    Number(u32),
    /// An IPv4 address.
    Address(u32),
}

/// The extended community of a type, a key and a value that fits beside it (`ec_as2` and the like).
pub fn extended(ty: EcType, key: EcKey, value: u32) -> u64 {
    let value = u64::from(value);
    match (ty, key) {
        (EcType::Generic, EcKey::Number(key) | EcKey::Address(key)) => (u64::from(key) << 32) | value,
        (EcType::Number(ty), EcKey::Address(key)) => {
            (u64::from(ty | 0x100) << 48) | (u64::from(key) << 16) | value
        }
        (EcType::Number(ty), EcKey::Number(key)) if key < 0x1_0000 => {
            (u64::from(ty) << 48) | (u64::from(key) << 32) | value
        }
        (EcType::Number(ty), EcKey::Number(key)) => {
            (u64::from(ty | 0x200) << 48) | (u64::from(key) << 16) | value
        }
    }
}

/// An extended community as BIRD prints it (`ec_format` in `nest/a-set.c`).
pub fn extended_text(ec: u64) -> String {
    let ty = (ec >> 48) as u32;
    let word = match ty & 0xf0ff {
        2 => "rt".to_owned(),
        3 => "ro".to_owned(),
        _ => format!("unknown 0x{ty:x}"),
    };
    let (low, short, middle) = (ec as u32, ec as u16, (ec >> 16) as u32);
    match ty >> 8 {
        0x00 | 0x40 => format!("({word}, {}, {low})", (ec >> 32) as u16),
        0x01 | 0x41 => format!("({word}, {}, {short})", Ipv4Addr::from(middle)),
        0x02 | 0x42 => format!("({word}, {middle}, {short})"),
        _ => format!("(generic, 0x{:x}, 0x{low:x})", (ec >> 32) as u32),
    }
}

/// A route distinguisher as BIRD prints it (`rd_format` in `lib/net.c`).
pub fn distinguisher(rd: u64) -> String {
    let (middle, short, low) = ((rd >> 16) as u32, rd as u16, rd as u32);
    match rd >> 48 {
        0 => format!("{}:{low}", (rd >> 32) as u32),
        1 => format!("{}:{short}", Ipv4Addr::from(middle)),
        2 if middle >> 16 != 0 => format!("{middle}:{short}"),
        2 => format!("2:{middle}:{short}"),
        _ => format!("X:{:08x}:{low:08x}", (rd >> 32) as u32),
    }
}

/// A standard community as BIRD prints it.
pub fn pair_text(pair: u32) -> String {
    format!("({},{})", pair >> 16, pair & 0xffff)
}

/// A large community as BIRD prints it.
pub fn large_text(lc: Large) -> String {
    format!("({}, {}, {})", lc.asn, lc.data1, lc.data2)
}

/// A list as BIRD's fixed buffer of 1000 bytes prints it: cut with ` ...` once less than `spare` is left.
pub fn list_text(members: impl Iterator<Item = String>, spare: usize) -> String {
    let mut text = String::new();
    for member in members {
        if text.len() > 1000 - spare {
            text.push_str(" ...");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&member);
    }
    text
}
