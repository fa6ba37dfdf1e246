//! Values of the filter language: their types, their order, membership, and their text.
//!
//! Nothing here knows of routes, variables or control flow.

mod address;
pub mod community;
pub mod flow;
pub mod mask;
pub mod net;
mod path;
mod prefix_set;
pub(super) mod set;

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

pub use address::Address;
pub use community::Large;
pub use mask::{Mask, MaskKind, MaskPart};
pub use net::NetKind;
pub use path::{Path, Segment, SegmentKind};
pub use prefix_set::{Pattern, PrefixSet};
pub use set::{Interval, Set};

use crate::bird::tree::{EnumType, Enumerator, Net, Type};
use crate::bird::version::Version;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value: an attribute that the route lacks, a function that returned nothing.
    Void,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(u32),
    /// `ip`
    Ip(Address),
    /// `prefix`
    Prefix(Arc<Net>),
    /// `rd`
    Rd(u64),
    /// `pair`, the first part in the high half.
    Pair(u32),
    /// `quad`
    Quad(u32),
    /// `ec`
    Ec(u64),
    /// `lc`
    Lc(Large),
    /// `mac`
    Mac([u8; 6]),
    /// `string`
    String(Arc<str>),
    /// `bytestring`
    Bytes(Arc<[u8]>),
    /// `bgpmask`
    Mask(Arc<Mask>),
    /// `bgppath`
    Path(Arc<Path>),
    /// `clist`, also a list of addresses as numbers.
    CList(Arc<Vec<u32>>),
    /// `eclist`
    EcList(Arc<Vec<u64>>),
    /// `lclist`
    LcList(Arc<Vec<Large>>),
    /// `enum X`
    Enum(Enumerator),
    /// `T set`
    Set(Arc<Set>),
    /// `prefix set`
    PrefixSet(Arc<PrefixSet>),
    /// `route`: the route that the filter looks at.
    Route,
}

/// The lists of places that were never set, told from other empty lists by where they are, as BIRD's `null_adata` is.
static UNSET: LazyLock<Unset> = LazyLock::new(Unset::default);

#[derive(Default)]
struct Unset {
    path: Arc<Path>,
    clist: Arc<Vec<u32>>,
    eclist: Arc<Vec<u64>>,
    lclist: Arc<Vec<Large>>,
}

impl Value {
    /// A text.
    pub fn string(text: impl Into<Arc<str>>) -> Value {
        Value::String(text.into())
    }

    /// A path.
    pub fn path(path: Path) -> Value {
        Value::Path(Arc::new(path))
    }

    /// The type; every set but a prefix set is a `set`.
    pub fn ty(&self) -> Type {
        match self {
            Value::Void => Type::Void,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Ip(_) => Type::Ip,
            Value::Prefix(_) => Type::Prefix,
            Value::Rd(_) => Type::Rd,
            Value::Pair(_) => Type::Pair,
            Value::Quad(_) => Type::Quad,
            Value::Ec(_) => Type::Ec,
            Value::Lc(_) => Type::Lc,
            Value::Mac(_) => Type::Mac,
            Value::String(_) => Type::String,
            Value::Bytes(_) => Type::Bytes,
            Value::Mask(_) => Type::Mask,
            Value::Path(_) => Type::Path,
            Value::CList(_) => Type::CList,
            Value::EcList(_) => Type::EcList,
            Value::LcList(_) => Type::LcList,
            Value::Enum(enumerator) => Type::Enum(enumerator.ty),
            Value::Set(_) => Type::Set,
            Value::PrefixSet(_) => Type::PrefixSet,
            Value::Route => Type::Route,
        }
    }

    /// What an unset place of a type reads as: the unset list for lists, no value for the rest (`val_empty`).
    pub fn empty(ty: Type) -> Value {
        match ty {
            Type::Path => Value::Path(UNSET.path.clone()),
            Type::CList => Value::CList(UNSET.clist.clone()),
            Type::EcList => Value::EcList(UNSET.eclist.clone()),
            Type::LcList => Value::LcList(UNSET.lclist.clone()),
            _ => Value::Void,
        }
    }

    /// Whether `defined(x)` holds: there is a value, and it is not the unset list. A list that lost its last member is
    /// as empty, and defined.
    pub fn is_defined(&self) -> bool {
        match self {
            Value::Void => false,
            Value::Path(path) => !Arc::ptr_eq(path, &UNSET.path),
            Value::CList(list) => !Arc::ptr_eq(list, &UNSET.clist),
            Value::EcList(list) => !Arc::ptr_eq(list, &UNSET.eclist),
            Value::LcList(list) => !Arc::ptr_eq(list, &UNSET.lclist),
            _ => true,
        }
    }

    /// The value as a copy, which is no longer the unset list. Before 3.4 it is cut short by the size of its header, so
    /// that the last four bytes of a list are zero (`lp_val_copy`).
    pub(super) fn copied(self, version: Version) -> Value {
        let cut = !version.reaches((0, 0), (4, 0));
        match self {
            Value::Path(path) => Value::path(if cut { path.without_last() } else { (*path).clone() }),
            Value::CList(list) => Value::CList(Arc::new(cut_short(&list, cut, |_| 0))),
            Value::EcList(list) => Value::EcList(Arc::new(cut_short(&list, cut, |ec| ec >> 32 << 32))),
            Value::LcList(list) => {
                Value::LcList(Arc::new(cut_short(&list, cut, |lc| Large { data2: 0, ..lc })))
            }
            other => other,
        }
    }

    /// The 32 bits of a pair, a quad or an IPv4 address, which a `clist` holds alike.
    pub fn as_member(&self) -> Option<u32> {
        match self {
            Value::Pair(number) | Value::Quad(number) => Some(*number),
            Value::Ip(address) => address.v4(),
            _ => None,
        }
    }

    /// The order of two values, `None` where BIRD cannot tell (`val_compare` in `filter/data.c`): no value is less
    /// than any, quads compare with IPv4 addresses, and nothing else does across types.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        Some(match (self, other) {
            (Value::Void, Value::Void) => Ordering::Equal,
            (Value::Void, _) => Ordering::Less,
            (_, Value::Void) => Ordering::Greater,
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b))
            | (Value::Pair(a), Value::Pair(b))
            | (Value::Quad(a), Value::Quad(b)) => a.cmp(b),
            (Value::Quad(a), Value::Ip(b)) => a.cmp(&b.v4()?),
            (Value::Ip(a), Value::Quad(b)) => a.v4()?.cmp(b),
            (Value::Enum(a), Value::Enum(b)) if a.ty == b.ty => a.value.cmp(&b.value),
            (Value::Rd(a), Value::Rd(b)) | (Value::Ec(a), Value::Ec(b)) => a.cmp(b),
            (Value::Lc(a), Value::Lc(b)) => a.cmp(b),
            (Value::Mac(a), Value::Mac(b)) => a.cmp(b),
            (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
            (Value::Prefix(a), Value::Prefix(b)) => net::compare(a, b),
            (Value::String(a), Value::String(b)) => a.as_bytes().cmp(b.as_bytes()),
            _ => return None,
        })
    }

    /// The order, AS paths included from the version on that has it.
    pub fn compare_in(&self, other: &Value, version: Version) -> Option<Ordering> {
        match (self, other) {
            (Value::Path(a), Value::Path(b)) if version.reaches((13, 0), (0, 0)) => Some(a.compare(b)),
            _ => self.compare(other),
        }
    }

    /// Whether `=` holds; between different types it does not, and that is no error (`val_same`).
    pub fn is_same(&self, other: &Value, version: Version) -> bool {
        if let Some(order) = self.compare_in(other, version) {
            return order.is_eq();
        }
        match (self, other) {
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Mask(a), Value::Mask(b)) => a == b,
            (Value::Path(a), Value::Path(b)) => a == b,
            (Value::CList(a), Value::CList(b)) => a == b,
            (Value::EcList(a), Value::EcList(b)) => a == b,
            (Value::LcList(a), Value::LcList(b)) => a == b,
            (Value::Set(a), Value::Set(b)) => a == b,
            (Value::PrefixSet(a), Value::PrefixSet(b)) => a == b,
            // `[]` is of either kind.
            (Value::Set(a), Value::PrefixSet(b)) | (Value::PrefixSet(b), Value::Set(a)) => {
                a.is_empty() && b.patterns().is_empty()
            }
            (Value::Route, Value::Route) => true,
            _ => false,
        }
    }

    /// Whether `~` holds, `None` where the types have no `~` (`val_in_range`).
    pub fn is_in(&self, set: &Value, version: Version) -> Option<bool> {
        match (self, set) {
            (Value::Path(path), Value::Mask(mask)) => Some(mask::matches(path, mask)),
            (Value::Int(asn), Value::Path(path)) => Some(path.asns().any(|member| member == *asn)),
            (Value::Ec(ec), Value::EcList(list)) => Some(list.contains(ec)),
            (Value::Lc(lc), Value::LcList(list)) => Some(list.contains(lc)),
            (Value::String(text), Value::String(pattern)) => {
                Some(matches(pattern.as_bytes(), text.as_bytes()))
            }
            (Value::Ip(address), Value::Prefix(net)) => Some(net::holds(net, *address)),
            (Value::Prefix(inner), Value::Prefix(outer)) => Some(net::is_within(inner, outer)),
            (Value::Prefix(net), Value::PrefixSet(set)) => Some(in_prefix_set(net, set)),
            (Value::Int(number), Value::CList(list)) if takes_numbers(version) => Some(list.contains(number)),
            (member, Value::CList(list)) => member.as_member().map(|number| list.contains(&number)),
            (value, Value::Set(set)) => value.is_in_set(set, version),
            _ => None,
        }
    }

    fn is_in_set(&self, set: &Set, version: Version) -> Option<bool> {
        let Some(sample) = set.sample() else { return Some(false) };
        match self {
            _ if self.fits(sample) => Some(set.contains(self)),
            Value::CList(list) => {
                let wrap = member_of(set, version)?;
                Some(list.iter().any(|number| set.contains(&wrap(*number))))
            }
            Value::EcList(list) if matches!(sample.from, Value::Ec(_)) => {
                Some(list.iter().any(|ec| set.contains(&Value::Ec(*ec))))
            }
            Value::LcList(list) if matches!(sample.from, Value::Lc(_)) => {
                Some(list.iter().any(|lc| set.contains(&Value::Lc(*lc))))
            }
            Value::Path(path) => Some(path.asns().any(|asn| set.contains(&Value::Int(asn)))),
            _ => None,
        }
    }

    fn fits(&self, sample: &Interval) -> bool {
        let addresses = |value: &Value| matches!(value, Value::Ip(address) if address.v4().is_some());
        self.ty() == sample.from.ty()
            || matches!(self, Value::Quad(_)) && addresses(&sample.from) && addresses(&sample.to)
    }

    /// The value as BIRD prints it.
    pub fn text(&self, version: Version) -> String {
        match self {
            Value::Void => "(void)".to_owned(),
            Value::Bool(true) => "TRUE".to_owned(),
            Value::Bool(false) => "FALSE".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Ip(address) => address.to_string(),
            Value::Prefix(net) => net::text(net),
            Value::Rd(rd) => community::distinguisher(*rd),
            Value::Pair(pair) => community::pair_text(*pair),
            Value::Quad(quad) => std::net::Ipv4Addr::from(*quad).to_string(),
            Value::Ec(ec) => community::extended_text(*ec),
            Value::Lc(lc) => community::large_text(*lc),
            Value::Mac(bytes) => hex_text(bytes),
            Value::String(text) => text.to_string(),
            Value::Bytes(bytes) => hex_text(bytes),
            Value::Mask(mask) => mask::text(mask, version),
            Value::Path(path) => format!("(path {})", path.text()),
            Value::CList(list) => {
                format!("(clist {})", community::list_text(list.iter().map(|c| community::pair_text(*c)), 24))
            }
            Value::EcList(list) => {
                format!(
                    "(eclist {})",
                    community::list_text(list.iter().map(|c| community::extended_text(*c)), 64)
                )
            }
            Value::LcList(list) => {
                format!(
                    "(lclist {})",
                    community::list_text(list.iter().map(|c| community::large_text(*c)), 64)
                )
            }
            Value::Enum(enumerator) => {
                format!("(enum {:x}){}", type_number(enumerator.ty, version), enumerator.printed(version))
            }
            Value::Set(set) => set.text(version),
            Value::PrefixSet(set) => set.text(),
            Value::Route => "Route".to_owned(),
        }
    }
}

/// For reports and tests; between prefix sets and paths it is the equality of old versions.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.is_same(other, Version::DEFAULT)
    }
}

/// How the members of a `clist` are looked up in a set, `None` where the set holds no such members
/// (`clist_set_type`).
pub fn member_of(set: &Set, version: Version) -> Option<fn(u32) -> Value> {
    let Some(sample) = set.sample() else { return Some(|_| Value::Void) };
    match (&sample.from, &sample.to) {
        (Value::Pair(_), _) => Some(Value::Pair),
        (Value::Quad(_), _) => Some(Value::Quad),
        (Value::Ip(from), Value::Ip(to)) if from.v4().is_some() && to.v4().is_some() => Some(Value::Quad),
        (Value::Int(_), _) if takes_numbers(version) => Some(Value::Int),
        _ => None,
    }
}

/// Whether a number stands for a community of its 32 bits.
fn takes_numbers(version: Version) -> bool {
    version.reaches((18, 0), (2, 0))
}

fn cut_short<T: Copy>(list: &[T], cut: bool, short: impl Fn(T) -> T) -> Vec<T> {
    let mut list = list.to_vec();
    if let Some(last) = list.last_mut().filter(|_| cut) {
        *last = short(*last);
    }
    list
}

fn in_prefix_set(net: &Net, set: &PrefixSet) -> bool {
    match net::kind(net) {
        NetKind::Ip4 | NetKind::Ip6 | NetKind::Vpn4 | NetKind::Vpn6 | NetKind::Roa4 | NetKind::Roa6 => {
            net.prefix().is_some_and(|prefix| set.contains(prefix))
        }
        _ => false,
    }
}

/// BIRD's pattern matching: `*` any run, `?` one character, `\` takes the next one as it is (`lib/patmatch.c`).
///
/// Behind a `*` BIRD looks for the next character of the pattern as it is written, be it `*` or `?`: `**` wants a star.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let ended: Vec<bool> = (0..=text.len()).map(|at| at == text.len()).collect();
    let (mut next, mut after_next) = (ended.clone(), ended);
    for at in (0..pattern.len()).rev() {
        let places = places(&pattern[at..], text, &next, &after_next);
        after_next = std::mem::replace(&mut next, places);
    }
    next[0]
}

/// From which places of the text on the pattern fits, when that is known of the pattern less its first character and
/// less its first two.
fn places(pattern: &[u8], text: &[u8], next: &[bool], after_next: &[bool]) -> Vec<bool> {
    let one = |wanted: Option<u8>, rest: &[bool]| {
        let fits = |(byte, rest): (&u8, &bool)| wanted.is_none_or(|wanted| wanted == *byte) && *rest;
        text.iter().zip(&rest[1..]).map(fits).chain([false]).collect()
    };
    match pattern {
        [] | [b'*'] => vec![true; text.len() + 1],
        [b'*', b'\\', wanted, ..] | [b'*', wanted, ..] => {
            let last = (0..text.len()).rev().find(|at| text[*at] == *wanted && next[*at]);
            (0..=text.len()).map(|at| last.is_some_and(|last| at <= last)).collect()
        }
        [b'?', ..] => one(None, next),
        [b'\\', wanted, ..] => one(Some(*wanted), after_next),
        [wanted, ..] => one(Some(*wanted), next),
    }
}

pub(super) fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// BIRD's number for the type of an enumeration, which its printed values show.
fn type_number(ty: EnumType, version: Version) -> u8 {
    let at = |two_zero: u8, two: u8, three: u8| match version {
        v if v.major >= 3 => three,
        v if v < Version::new(2, 14, 0) => two_zero,
        _ => two,
    };
    match ty {
        EnumType::Source => at(0x30, 0x30, 0x31),
        EnumType::Origin => at(0x31, 0x31, 0x13),
        EnumType::Scope => at(0x32, 0x32, 0x33),
        EnumType::Destination => at(0x34, 0x33, 0x37),
        EnumType::Roa => at(0x35, 0x34, 0x39),
        EnumType::Aspa => at(0x35, 0x35, 0x2f),
        EnumType::NetType => at(0x36, 0x36, 0x3b),
        EnumType::RaPreference => at(0x37, 0x37, 0x15),
        EnumType::Afi => at(0x38, 0x38, 0x3d),
        EnumType::MplsPolicy => at(0x39, 0x39, 0x35),
        EnumType::EvpnType => at(0x3a, 0x3a, 0x2d),
        EnumType::BridgeSource => at(0x3b, 0x3b, 0x29),
    }
}
