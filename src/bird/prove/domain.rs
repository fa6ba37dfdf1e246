//! What conditions say of an attribute: exact sets of networks and numbers, members of lists, candidates for the rest.

use ipnet::IpNet;

use super::range::Numbers;
use super::region::{Lengths, Region};
use super::symbol::{Meaning, Symbol, Symbols};
use crate::bird::eval::Operation;
use crate::bird::eval::value::{Address, Interval, Large, MaskKind, MaskPart, Path, Set, Value};
use crate::bird::tree::{BinaryOp, EnumType, Enumerator, Net, Type};
use crate::net::Family;

/// The number of a value in the order of its type; texts and the like have none.
pub(crate) fn number_of(value: &Value) -> Option<u128> {
    Some(match value {
        Value::Bool(truth) => u128::from(*truth),
        Value::Int(n) | Value::Pair(n) | Value::Quad(n) => u128::from(*n),
        Value::Ip(address) => address.0,
        Value::Ec(n) | Value::Rd(n) => u128::from(*n),
        Value::Lc(lc) => (u128::from(lc.asn) << 64) | (u128::from(lc.data1) << 32) | u128::from(lc.data2),
        Value::Enum(enumerator) => u128::from(enumerator.value),
        _ => return None,
    })
}

/// The value of a type that has the number.
pub(crate) fn value_of(number: u128, ty: Type) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(number != 0),
        Type::Int => Value::Int(number as u32),
        Type::Pair => Value::Pair(number as u32),
        Type::Quad => Value::Quad(number as u32),
        Type::Ip => Value::Ip(Address(number)),
        Type::Ec => Value::Ec(number as u64),
        Type::Rd => Value::Rd(number as u64),
        Type::Lc => {
            let (asn, data1, data2) = ((number >> 64) as u32, (number >> 32) as u32, number as u32);
            Value::Lc(Large { asn, data1, data2 })
        }
        Type::Enum(ty) => Value::Enum(Enumerator { ty, value: number as u16 }),
        _ => return None,
    })
}

/// Every number that a value of a type may have; `None` for types without numbers.
pub(crate) fn universe(ty: Type) -> Option<Numbers> {
    let up_to = |last: u128| Some(Numbers::new(false, [(0, last)]));
    match ty {
        Type::Bool => up_to(1),
        Type::Int | Type::Pair | Type::Quad => up_to(u128::from(u32::MAX)),
        Type::Ec | Type::Rd => up_to(u128::from(u64::MAX)),
        Type::Ip => up_to(u128::MAX),
        Type::Lc => up_to((1 << 96) - 1),
        Type::Enum(ty) => Some(named(ty)),
        _ => None,
    }
}

/// The values of an enumeration that a route may have.
fn named(ty: EnumType) -> Numbers {
    let has_name = |value: &u16| Enumerator { ty, value: *value }.name().is_some();
    let values = (0..64u16).filter(has_name).map(u128::from);
    Numbers::new(false, values.map(|value| (value, value)))
}

/// The numbers that BIRD finds in a set, `None` where they are not all of one type that has numbers.
pub(crate) fn numbers_of_set(set: &Set) -> Option<Numbers> {
    let ty = set.sample().map(|sample| sample.from.ty());
    let ranges: Option<Vec<_>> = set.intervals().iter().map(|one| range_of(one, ty?)).collect();
    let ranges = ranges?;
    if ranges.windows(2).all(|pair| pair[0].1 < pair[1].0) {
        return Some(Numbers::new(false, ranges));
    }
    let tree: Vec<_> = ranges.into_iter().map(Some).collect();
    Some(found_at(&tree).iter().fold(Numbers::default(), |joined, found| joined.or(found)))
}

/// The numbers of the ends of an interval of values of a type.
pub(crate) fn range_of(interval: &Interval, ty: Type) -> Option<(u128, u128)> {
    let of_type = interval.from.ty() == ty && interval.to.ty() == ty;
    of_type.then_some((number_of(&interval.from)?, number_of(&interval.to)?))
}

/// For each interval in the order of BIRD's tree the numbers that its search finds there: where intervals overlap, it
/// is misled and misses some. `None` stands for what is less than any number, as `else:` is.
pub(crate) fn found_at(tree: &[Option<(u128, u128)>]) -> Vec<Numbers> {
    let mut found = vec![Numbers::default(); tree.len()];
    search(tree, &mut found, Numbers::new(false, [(0, u128::MAX)]));
    found
}

fn search(tree: &[Option<(u128, u128)>], found: &mut [Numbers], open: Numbers) {
    let middle = tree.len() / 2;
    let Some(interval) = tree.get(middle).filter(|_| !open.has_no_number()) else { return };
    let (left, right) = match *interval {
        Some((from, to)) => {
            found[middle] = open.and(&Numbers::new(false, [(from, to)]));
            let open = open.without(&found[middle]);
            let up_to = Numbers::new(false, [(0, from)]);
            (open.and(&up_to), open.without(&up_to))
        }
        None => (Numbers::default(), open),
    };
    let (before, after) = found.split_at_mut(middle);
    search(&tree[..middle], before, left);
    search(&tree[middle + 1..], &mut after[1..], right);
}

/// A condition `x OP fixed` with the symbol first, whichever way it was written.
pub(crate) fn comparison(symbols: &Symbols, symbol: Symbol) -> Option<(Symbol, BinaryOp, &Value)> {
    let Meaning::Computed(Operation::Binary(op), parts) = symbols.meaning(symbol) else { return None };
    let [left, right] = parts[..] else { return None };
    match (symbols.value(left), symbols.value(right)) {
        (None, Some(value)) => Some((left, *op, value)),
        (Some(value), None) => Some((right, turned(*op)?, value)),
        _ => None,
    }
}

/// The operator for exchanged operands; `~` has none.
fn turned(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Equal | BinaryOp::NotEqual => op,
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        _ => return None,
    })
}

/// For which numbers a comparison with a fixed value holds; "no value" is less than all. `None` where the value is
/// of another kind than the universe.
pub(crate) fn holding(op: BinaryOp, value: &Value, universe: &Numbers, ty: Type) -> Option<Numbers> {
    let all = |void: bool| universe.clone().with_void(void);
    let void_only = Numbers::new(true, []);
    if matches!(value, Value::Void) {
        return Some(match op {
            BinaryOp::Equal | BinaryOp::LessEqual => void_only,
            BinaryOp::NotEqual | BinaryOp::Greater => all(false),
            BinaryOp::GreaterEqual => all(true),
            BinaryOp::Less => Numbers::default(),
            _ => return None,
        });
    }
    if op == BinaryOp::Match {
        return members(value, ty);
    }
    let fits =
        value.ty() == ty || matches!((value.ty(), ty), (Type::Ip, Type::Quad) | (Type::Quad, Type::Ip));
    if !fits {
        // Equality across types is false; any other comparison fails, which execution has seen to.
        return match op {
            BinaryOp::Equal => Some(Numbers::default()),
            BinaryOp::NotEqual => Some(all(true)),
            _ => None,
        };
    }
    let number = as_number(value, ty)?;
    let below = Numbers::new(true, number.checked_sub(1).map(|last| (0, last)));
    let same = Numbers::new(false, [(number, number)]);
    Some(match op {
        BinaryOp::Equal => same,
        BinaryOp::NotEqual => all(true).without(&same),
        BinaryOp::Less => below,
        BinaryOp::LessEqual => below.or(&same),
        BinaryOp::Greater => all(false).without(&below.or(&same)),
        BinaryOp::GreaterEqual => all(false).without(&below),
        _ => return None,
    })
}

/// A quad is compared with an IPv4 address by its 32 bits.
fn as_number(value: &Value, ty: Type) -> Option<u128> {
    match (value, ty) {
        (Value::Ip(address), Type::Quad) => address.v4().map(u128::from),
        (Value::Quad(quad), Type::Ip) => Some(Address::from_v4(*quad).0),
        _ => number_of(value),
    }
}

/// The numbers in a set or a prefix.
fn members(value: &Value, ty: Type) -> Option<Numbers> {
    match value {
        Value::Set(set) if set.is_empty() => Some(Numbers::default()),
        Value::Set(set) => {
            let of_type = set.sample().is_some_and(|sample| sample.from.ty() == ty);
            if of_type { numbers_of_set(set) } else { None }
        }
        Value::Prefix(net) if ty == Type::Ip => match &**net {
            Net::Ip(prefix @ IpNet::V4(_)) => Some(addresses(*prefix)),
            // An address that is IPv4 lies in no IPv6 network.
            Net::Ip(prefix) => Some(addresses(*prefix).without(&addresses(mapped()))),
            _ => None,
        },
        _ => None,
    }
}

/// The addresses that lie in a prefix of either family.
fn addresses(prefix: IpNet) -> Numbers {
    let number = |address: std::net::IpAddr| Address::from(address).0;
    let range = match prefix {
        IpNet::V4(v4) => (number(v4.network().into()), number(v4.broadcast().into())),
        IpNet::V6(v6) => (v6.network().into(), v6.broadcast().into()),
    };
    Numbers::new(false, [range])
}

/// Where BIRD keeps IPv4 addresses among those of IPv6.
fn mapped() -> IpNet {
    let network = std::net::Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
    ipnet::Ipv6Net::new(network, 96).map_or(Family::V6.default_prefix(), IpNet::V6)
}

/// Exactly the networks for which a condition on `net` alone holds, `None` where the algebra does not know it.
pub(crate) fn region_of(symbols: &Symbols, symbol: Symbol, family: Family) -> Option<Region> {
    if is_v4_of_net(symbols, symbol) {
        return Some(match family {
            Family::V4 => Region::all(family),
            // What looks like a mapped address counts as IPv4.
            Family::V6 => Region::of_address(mapped()),
        });
    }
    let (on, op, value) = comparison(symbols, symbol)?;
    match symbols.meaning(on) {
        Meaning::Given(attribute, _) if attribute.name() == "net" => of_net(op, value, family),
        Meaning::Computed(Operation::Method(name), parts) if is_net(symbols, parts[0]) => {
            of_part(name, op, value, family)
        }
        _ => None,
    }
}

/// `net.ip.is_v4`
fn is_v4_of_net(symbols: &Symbols, symbol: Symbol) -> bool {
    let method = |symbol: Symbol, wanted: &str| match symbols.meaning(symbol) {
        Meaning::Computed(Operation::Method(name), parts) if &**name == wanted => parts.first().copied(),
        _ => None,
    };
    method(symbol, "is_v4").and_then(|ip| method(ip, "ip")).is_some_and(|net| is_net(symbols, net))
}

fn is_net(symbols: &Symbols, symbol: Symbol) -> bool {
    matches!(symbols.meaning(symbol), Meaning::Given(attribute, _) if attribute.name() == "net")
}

fn of_net(op: BinaryOp, value: &Value, family: Family) -> Option<Region> {
    match (op, value) {
        (BinaryOp::Match, Value::PrefixSet(set)) => Some(Region::of_set(family, set)),
        (BinaryOp::Match, Value::Set(set)) if set.is_empty() => Some(Region::none(family)),
        (BinaryOp::Match | BinaryOp::Equal, Value::Prefix(net)) => match &**net {
            Net::Ip(prefix) if Family::of_prefix(*prefix) != family => Some(Region::none(family)),
            Net::Ip(prefix) if op == BinaryOp::Equal => Some(Region::one(*prefix)),
            // What looks like a mapped address lies in no IPv6 network.
            Net::Ip(prefix @ IpNet::V6(_)) => {
                Some(Region::within(*prefix).without(&Region::of_address(mapped())))
            }
            Net::Ip(prefix) => Some(Region::within(*prefix)),
            _ => Some(Region::none(family)),
        },
        // Between values of different types nothing is equal.
        (BinaryOp::Equal, _) => Some(Region::none(family)),
        _ => None,
    }
}

/// The networks whose length is one of some numbers, `None` where the symbol is not the network's length.
pub(crate) fn region_of_lengths(
    symbols: &Symbols,
    symbol: Symbol,
    numbers: &Numbers,
    family: Family,
) -> Option<Region> {
    match symbols.meaning(symbol) {
        Meaning::Computed(Operation::Method(name), parts)
            if &**name == "len" && is_net(symbols, parts[0]) =>
        {
            Some(of_lengths(numbers, family))
        }
        _ => None,
    }
}

fn of_lengths(numbers: &Numbers, family: Family) -> Region {
    let lengths = (0..=family.bits()).filter(|length| numbers.contains(u128::from(*length)));
    let lengths = lengths.fold(Lengths::default(), |joined, length| joined.or(Lengths::one(length)));
    Region::of_lengths(family, lengths)
}

fn of_part(name: &str, op: BinaryOp, value: &Value, family: Family) -> Option<Region> {
    match name {
        "len" => {
            let all = Numbers::new(false, [(0, u128::from(family.bits()))]);
            Some(of_lengths(&holding(op, value, &all, Type::Int)?, family))
        }
        "ip" => {
            let ranges = holding(op, value, &universe(Type::Ip)?, Type::Ip)?;
            Some(
                prefixes(&ranges, family)?
                    .into_iter()
                    .fold(Region::none(family), |joined, prefix| joined.or(&Region::of_address(prefix))),
            )
        }
        "type" => {
            let number = if family == Family::V4 { 1 } else { 2 };
            let holds =
                holding(op, value, &Numbers::new(false, [(number, number)]), Type::Enum(EnumType::NetType))?;
            Some(if holds.contains(number) { Region::all(family) } else { Region::none(family) })
        }
        _ => None,
    }
}

/// The prefixes of one family that make up ranges of addresses, `None` where they are many.
fn prefixes(numbers: &Numbers, family: Family) -> Option<Vec<IpNet>> {
    use crate::net::{AddressRange, prefixes_of};
    let (own, base) = match family {
        Family::V4 => (numbers.and(&addresses(mapped())), Address::from_v4(0).0),
        Family::V6 => (numbers.clone(), 0),
    };
    let ends: Vec<u128> = own.ends().collect();
    let ranges: Vec<AddressRange> = ends
        .chunks(2)
        .map(|pair| AddressRange { family, first: pair[0] - base, last: pair[1] - base })
        .collect();
    let prefixes = prefixes_of(&ranges);
    (prefixes.len() <= 2048).then_some(prefixes)
}

/// The network of a prefix, as a value.
pub(crate) fn net_value(prefix: IpNet) -> Value {
    Value::Prefix(std::sync::Arc::new(Net::Ip(prefix)))
}

/// Values that an attribute may be tried with, from what conditions compare it with.
pub(crate) fn candidates(ty: Type, mentioned: &[Value]) -> Vec<Value> {
    let mut values = match ty {
        Type::Path => paths(mentioned),
        Type::String => texts(mentioned),
        Type::CList | Type::EcList | Type::LcList => lists(ty, mentioned),
        Type::Int | Type::Quad | Type::Pair | Type::Ip | Type::Bool | Type::Enum(_) => numbers(ty, mentioned),
        _ => super::exemplar::of(ty).into_iter().collect(),
    };
    values.insert(0, Value::empty(ty));
    values
}

/// Lists of one mentioned community, and of all.
fn lists(ty: Type, mentioned: &[Value]) -> Vec<Value> {
    let member = match ty {
        Type::CList => Type::Pair,
        Type::EcList => Type::Ec,
        _ => Type::Lc,
    };
    let mut numbers: Vec<u128> = Vec::new();
    for value in mentioned {
        match value {
            Value::Set(set) => numbers.extend(numbers_of_set(set).and_then(|set| set.first())),
            value if value.ty() == member => numbers.extend(number_of(value)),
            _ => {}
        }
    }
    let made = list_of(&composed(member, mentioned), ty);
    let single = numbers.iter().map(|number| list_of(&[*number], ty));
    // A list that lost its last member is there, and empty.
    single.chain([list_of(&numbers, ty), made, list_of(&[], ty)]).collect()
}

/// Every community whose parts are among the first numbers that are mentioned.
fn composed(member: Type, mentioned: &[Value]) -> Vec<u128> {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(u128::from(*number)),
        _ => None,
    };
    let mut parts: Vec<u128> = mentioned.iter().filter_map(number).collect();
    parts.sort_unstable();
    parts.dedup();
    let fits = |part: &u128| member == Type::Lc || *part <= 0xffff;
    let parts: Vec<u128> = parts.into_iter().filter(fits).take(6).collect();
    let with = |left: Vec<u128>, bits: u32| -> Vec<u128> {
        left.iter().flat_map(|left| parts.iter().map(move |right| left << bits | right)).collect()
    };
    match member {
        Type::Pair => with(parts.clone(), 16),
        Type::Lc => with(with(parts.clone(), 32), 32),
        _ => Vec::new(),
    }
}

/// The list of some numbers.
pub(crate) fn list_of(numbers: &[u128], ty: Type) -> Value {
    use std::sync::Arc;
    match ty {
        Type::CList => Value::CList(Arc::new(numbers.iter().map(|n| *n as u32).collect())),
        Type::EcList => Value::EcList(Arc::new(numbers.iter().map(|n| *n as u64).collect())),
        _ => {
            let lc = |number: &u128| match value_of(*number, Type::Lc) {
                Some(Value::Lc(lc)) => Some(lc),
                _ => None,
            };
            Value::LcList(Arc::new(numbers.iter().filter_map(lc).collect()))
        }
    }
}

fn numbers(ty: Type, mentioned: &[Value]) -> Vec<Value> {
    let known = mentioned.iter().filter_map(number_of);
    let near = known.flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]);
    let all: std::collections::BTreeSet<u128> = near.chain([0, 1, 100]).collect();
    let universe = universe(ty).unwrap_or_default();
    all.into_iter().filter(|n| universe.contains(*n)).filter_map(|n| value_of(n, ty)).collect()
}

/// Texts that are mentioned, and texts that mentioned patterns match.
fn texts(mentioned: &[Value]) -> Vec<Value> {
    let mut texts = vec![String::new(), "other".to_owned()];
    for value in mentioned {
        if let Value::String(text) = value {
            texts.push(text.to_string());
            texts.push(text.replace(['*'], "").replace('?', "x"));
            texts.push(text.replace(['*', '?'], "x"));
        }
    }
    texts.into_iter().map(Value::string).collect()
}

/// Paths that mentioned masks match, mentioned AS numbers, and these joined.
fn paths(mentioned: &[Value]) -> Vec<Value> {
    const OTHER: u32 = 4_199_999_999;
    /// Longer ones are not tried: matching takes the path's length times the mask's.
    const LONGEST: usize = 512;
    let mut pieces: Vec<Vec<u32>> = vec![vec![OTHER], vec![OTHER, OTHER - 1]];
    for value in mentioned {
        match value {
            Value::Mask(mask) => pieces.push(mask.iter().filter_map(asn_of).collect()),
            Value::Int(asn) => pieces.push(vec![*asn]),
            Value::Set(set) => {
                let first = set.intervals().first().and_then(|interval| number_of(&interval.from));
                pieces.extend(first.map(|asn| vec![asn as u32]));
            }
            Value::Path(path) => pieces.push(path.asns().collect()),
            _ => {}
        }
    }
    pieces.retain(|piece| piece.len() <= LONGEST);
    pieces.truncate(12);
    let mut paths = pieces.clone();
    for left in &pieces {
        for right in &pieces {
            paths.push([left.as_slice(), right].concat());
            paths.push([left.as_slice(), &[OTHER], right].concat());
        }
    }
    paths.extend(mentioned.iter().filter_map(|value| match value {
        Value::Int(length @ 1..=512) => Some(vec![OTHER; *length as usize + 1]),
        _ => None,
    }));
    paths.push(pieces.concat());
    paths.into_iter().map(|asns| Value::path(Path::sequence(asns))).collect()
}

/// An AS number that an element of a mask takes, `None` for what may take none.
fn asn_of(part: &MaskPart) -> Option<u32> {
    match &part.kind {
        MaskKind::Any => None,
        MaskKind::One => Some(4_199_999_998),
        MaskKind::Asn(asn) | MaskKind::Range(asn, _) => Some(*asn),
        MaskKind::Set(set) => set.intervals().first().and_then(|i| number_of(&i.from)).map(|n| n as u32),
    }
}
