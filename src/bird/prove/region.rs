//! Sets of prefixes, exactly: which addresses, which lengths.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::bird::eval::value::{Pattern, PrefixSet};
use crate::net::Family;

/// A set of prefix lengths from 0 to 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Lengths {
    /// Lengths 0 to 127, one bit each.
    short: u128,
    /// Length 128.
    full: bool,
}

impl Lengths {
    /// The lengths from `low` to `high`, none where `low` is above.
    pub(crate) fn range(low: u8, high: u8) -> Lengths {
        let below = |end: u8| if end >= 128 { u128::MAX } else { (1u128 << end) - 1 };
        if low > high {
            return Lengths::default();
        }
        Lengths { short: below(high.saturating_add(1).min(128)) & !below(low.min(128)), full: high >= 128 }
    }

    pub(crate) fn one(length: u8) -> Lengths {
        Lengths::range(length, length)
    }

    pub(crate) fn and(self, other: Lengths) -> Lengths {
        Lengths { short: self.short & other.short, full: self.full && other.full }
    }

    pub(crate) fn without(self, other: Lengths) -> Lengths {
        Lengths { short: self.short & !other.short, full: self.full && !other.full }
    }

    pub(crate) fn or(self, other: Lengths) -> Lengths {
        Lengths { short: self.short | other.short, full: self.full || other.full }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.short == 0 && !self.full
    }

    /// The shortest length.
    pub(crate) fn first(self) -> Option<u8> {
        if self.short != 0 { Some(self.short.trailing_zeros() as u8) } else { self.full.then_some(128) }
    }
}

/// Every prefix within one prefix whose length is among some; none shorter than the prefix itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    /// The address's bits from the highest down, IPv4 in the top 32 of 128.
    bits: u128,
    length: u8,
    lengths: Lengths,
}

impl Cell {
    fn of(prefix: IpNet, lengths: Lengths) -> Cell {
        let length = prefix.prefix_len();
        Cell { bits: bits(prefix), length, lengths: lengths.and(Lengths::range(length, 128)) }
    }

    /// Whether the other's prefix lies within this one's.
    fn covers(&self, other: &Cell) -> bool {
        self.length <= other.length && (self.bits ^ other.bits) & mask(self.length) == 0
    }

    fn with(self, lengths: Lengths) -> Option<Cell> {
        (!lengths.is_empty()).then_some(Cell { lengths, ..self })
    }

    fn intersection(&self, other: &Cell) -> Option<Cell> {
        let inner = if self.covers(other) { other } else { self };
        let outer = if self.covers(other) { self } else { other };
        if !outer.covers(inner) {
            return None;
        }
        inner.with(self.lengths.and(other.lengths))
    }
}

/// A set of prefixes of one family: cells that do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Region {
    family: Family,
    cells: Vec<Cell>,
}

impl Region {
    /// Every prefix of a family.
    pub(crate) fn all(family: Family) -> Region {
        let lengths = Lengths::range(0, family.bits());
        Region { family, cells: vec![Cell::of(family.default_prefix(), lengths)] }
    }

    /// No prefix.
    pub(crate) fn none(family: Family) -> Region {
        Region { family, cells: Vec::new() }
    }

    /// The prefix alone.
    pub(crate) fn one(prefix: IpNet) -> Region {
        let cells = vec![Cell::of(prefix, Lengths::one(prefix.prefix_len()))];
        Region { family: Family::of_prefix(prefix), cells }
    }

    /// Every prefix within a prefix, itself included.
    pub(crate) fn within(prefix: IpNet) -> Region {
        let family = Family::of_prefix(prefix);
        let cells = vec![Cell::of(prefix, Lengths::range(prefix.prefix_len(), family.bits()))];
        Region { family, cells }
    }

    /// Every prefix of some lengths.
    pub(crate) fn of_lengths(family: Family, lengths: Lengths) -> Region {
        let lengths = lengths.and(Lengths::range(0, family.bits()));
        let cell = Cell { bits: 0, length: 0, lengths };
        Region { family, cells: cell.with(lengths).into_iter().collect() }
    }

    /// The prefixes that a prefix set matches.
    pub(crate) fn of_set(family: Family, set: &PrefixSet) -> Region {
        if set.family() != Some(family) {
            return Region::none(family);
        }
        let cells = set.patterns().iter().flat_map(|pattern| cells_of(*pattern)).collect();
        Region { family, cells: disjoint(cells) }
    }

    /// The prefixes whose network address lies in a prefix.
    pub(crate) fn of_address(within: IpNet) -> Region {
        let mut cells = cells_of(Pattern { prefix: within, low: 0, high: Family::of_prefix(within).bits() });
        cells.retain(|cell| cell.bits == bits(within));
        Region { family: Family::of_prefix(within), cells }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many cells it takes to tell.
    pub(crate) fn size(&self) -> usize {
        self.cells.len()
    }

    /// The prefixes in both.
    pub(crate) fn and(&self, other: &Region) -> Region {
        let mut cells = Vec::new();
        if self.family == other.family {
            for a in &self.cells {
                cells.extend(other.cells.iter().filter_map(|b| a.intersection(b)));
            }
        }
        Region { family: self.family, cells }
    }

    /// The prefixes that the other lacks.
    pub(crate) fn without(&self, other: &Region) -> Region {
        if self.family != other.family {
            return self.clone();
        }
        let mut cells = Vec::new();
        for cell in &self.cells {
            let near: Vec<Cell> =
                other.cells.iter().copied().filter(|o| o.covers(cell) || cell.covers(o)).collect();
            subtract(*cell, &near, &mut cells);
        }
        Region { family: self.family, cells }
    }

    /// Every prefix of either.
    pub(crate) fn or(&self, other: &Region) -> Region {
        let mut joined = self.without(other);
        joined.cells.extend(other.cells.iter().copied());
        joined
    }

    /// The first prefix: of the shortest length, then of the lowest address.
    pub(crate) fn first(&self) -> Option<IpNet> {
        let shortest = self.cells.iter().filter_map(|cell| Some((cell.lengths.first()?, cell.bits)));
        shortest.min().and_then(|(length, bits)| prefix(self.family, bits, length))
    }

    /// A few prefixes of it, for conditions that the algebra does not know.
    pub(crate) fn samples(&self) -> Vec<IpNet> {
        let first = |cell: &Cell| prefix(self.family, cell.bits, cell.lengths.first()?);
        self.cells.iter().take(16).filter_map(first).collect()
    }
}

/// Takes what some cells hold away from one, following the halves of its prefix.
fn subtract(cell: Cell, others: &[Cell], left: &mut Vec<Cell>) {
    let (covering, inner): (Vec<Cell>, Vec<Cell>) = others.iter().partition(|other| other.covers(&cell));
    let lengths = covering.iter().fold(cell.lengths, |lengths, other| lengths.without(other.lengths));
    let Some(cell) = cell.with(lengths) else { return };
    let inner: Vec<Cell> = inner.into_iter().filter(|other| !other.lengths.and(lengths).is_empty()).collect();
    if inner.is_empty() {
        left.push(cell);
        return;
    }
    // The cell's own prefix is none of those within its halves.
    left.extend(cell.with(lengths.and(Lengths::one(cell.length))));
    let longer = lengths.without(Lengths::one(cell.length));
    for half in [cell.bits, cell.bits | (1 << (127 - cell.length))] {
        let half = Cell { bits: half, length: cell.length + 1, lengths: longer };
        let near: Vec<Cell> =
            inner.iter().copied().filter(|other| half.covers(other) || other.covers(&half)).collect();
        subtract(half, &near, left);
    }
}

/// Cells that hold the same prefixes, none twice: each loses what the cells around it hold already.
fn disjoint(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.sort_unstable_by_key(|cell| (cell.bits, cell.length));
    let mut around: Vec<Cell> = Vec::new();
    let mut apart = Vec::with_capacity(cells.len());
    for cell in cells {
        while around.last().is_some_and(|outer| !outer.covers(&cell)) {
            around.pop();
        }
        let lengths = around.iter().fold(cell.lengths, |lengths, outer| lengths.without(outer.lengths));
        apart.extend(cell.with(lengths));
        around.push(cell);
    }
    apart
}

/// The prefixes that a pattern matches: its own superprefixes one by one, then what lies within.
fn cells_of(pattern: Pattern) -> Vec<Cell> {
    let Pattern { prefix: within, low, high } = pattern;
    let family = Family::of_prefix(within);
    let mut cells = Vec::new();
    for length in low..high.saturating_add(1).min(within.prefix_len()) {
        let shorter = prefix(family, bits(within) & mask(length), length);
        cells.extend(shorter.map(|p| Cell::of(p, Lengths::one(length))));
    }
    let lengths = Lengths::range(low.max(within.prefix_len()), high);
    if !lengths.is_empty() {
        cells.push(Cell::of(within, lengths));
    }
    cells
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

fn bits(prefix: IpNet) -> u128 {
    match prefix {
        IpNet::V4(v4) => u128::from(u32::from(v4.network())) << 96,
        IpNet::V6(v6) => v6.network().into(),
    }
}

fn prefix(family: Family, bits: u128, length: u8) -> Option<IpNet> {
    match family {
        Family::V4 => Ipv4Net::new(((bits >> 96) as u32).into(), length).ok().map(IpNet::V4),
        Family::V6 => Ipv6Net::new(bits.into(), length).ok().map(IpNet::V6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern((address, length, x, y): (u32, u8, u8, u8)) -> Pattern {
        let net = Ipv4Net::new((address << 28 | address).into(), length).unwrap().trunc();
        Pattern { prefix: net.into(), low: x.min(y), high: x.max(y) }
    }

    fn holds(region: &Region, net: IpNet) -> bool {
        let cell = Cell::of(net, Lengths::one(net.prefix_len()));
        region.cells.iter().filter(|c| c.intersection(&cell).is_some()).count() > 0
    }

    proptest::proptest! {
        /// The algebra agrees with matching, prefix by prefix, and no cell overlaps another.
        #[test]
        fn agrees_with_matching(
            one in proptest::collection::vec((0u32..16, 0u8..=32, 0u8..=32, 0u8..=32), 1..5),
            two in proptest::collection::vec((0u32..16, 0u8..=32, 0u8..=32, 0u8..=32), 1..5),
            address in 0u32..16, length in 0u8..=32,
        ) {
            let one = PrefixSet::new(one.into_iter().map(pattern));
            let two = PrefixSet::new(two.into_iter().map(pattern));
            let (a, b) = (Region::of_set(Family::V4, &one), Region::of_set(Family::V4, &two));
            let net: IpNet = Ipv4Net::new((address << 28 | address).into(), length).unwrap().trunc().into();
            let (in_a, in_b) = (one.contains(net), two.contains(net));
            proptest::prop_assert_eq!(holds(&a, net), in_a);
            proptest::prop_assert_eq!(holds(&a.and(&b), net), in_a && in_b);
            proptest::prop_assert_eq!(holds(&a.without(&b), net), in_a && !in_b);
            proptest::prop_assert_eq!(holds(&a.or(&b), net), in_a || in_b);
            if let Some(first) = a.without(&b).first() {
                proptest::prop_assert!(one.contains(first) && !two.contains(first));
            }
        }
    }
}
