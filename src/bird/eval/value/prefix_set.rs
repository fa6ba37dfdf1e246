//! Prefix sets: the trie of `filter/trie.c`, node by node, so that printing and comparing agree with BIRD too.

use ipnet::IpNet;

use super::address::{mask, v6_text};
use super::net::bits;
use crate::net::Family;

/// A prefix pattern: a network matches where the first `min(len P, len)` bits agree and `low <= len <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// The prefix, host bits zero.
    pub prefix: IpNet,
    /// The shortest length that matches.
    pub low: u8,
    /// The longest length that matches.
    pub high: u8,
}

/// A set of prefix patterns of one family.
#[derive(Clone, Debug, Default)]
pub struct PrefixSet {
    family: Option<Family>,
    patterns: Vec<Pattern>,
    zero: bool,
    root: Node,
}

/// A node stands for a prefix whose length is a multiple of four. Addresses and masks are aligned to the left
/// of 128 bits, IPv4 too.
#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    length: u8,
    address: u128,
    /// The lengths accepted below or above this prefix: bit `n - 1` from the left for length `n`.
    accept: u128,
    /// The fifteen prefixes at this node, one bit each: 1 for itself, 2 and 3 for its halves, and so on.
    local: u32,
    children: Vec<Node>,
}

/// How many bits a node branches by.
const STEP: u8 = 4;

impl PrefixSet {
    /// The set of the patterns, which are of one family.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> PrefixSet {
        let mut set = PrefixSet::default();
        for pattern in patterns {
            set.add(pattern);
        }
        set
    }

    /// The family, `None` where the set is empty.
    pub fn family(&self) -> Option<Family> {
        self.family
    }

    /// The patterns as they were given.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    fn add(&mut self, pattern: Pattern) {
        self.family.get_or_insert(Family::of_prefix(pattern.prefix));
        self.patterns.push(pattern);
        let Pattern { prefix, low, high } = pattern;
        self.zero |= low == 0;
        let length = prefix.prefix_len().min(high);
        let address = bits(prefix);
        let aligned = length / STEP * STEP;
        if aligned == length {
            self.root.insert(Node::accepting(address, length, 0, low, high));
        } else {
            self.add_unaligned(address, length, low, high);
        }
    }

    /// A length between two nodes: its own level in the upper node's local bits, the longer ones in nodes below.
    fn add_unaligned(&mut self, address: u128, length: u8, low: u8, high: u8) {
        let above = length / STEP * STEP;
        let below = above + STEP;
        if low < below {
            let levels = (0..STEP).filter(|i| (low..=high).contains(&(above + i)));
            let local = levels.map(|i| level_within(address, above, i, length)).fold(0, |a, b| a | b);
            self.root.insert(Node::accepting(address, above, local, low, above));
        }
        if below <= high {
            for index in 0..1u128 << (below - length) {
                let child = address & mask(length) | (index << (128 - below));
                self.root.insert(Node::accepting(child, below, 0, low.max(below), high));
            }
        }
    }

    /// Whether a prefix of the set's family matches (`trie_match_net`).
    pub fn contains(&self, prefix: IpNet) -> bool {
        let length = prefix.prefix_len();
        if self.family != Some(Family::of_prefix(prefix)) {
            return false;
        }
        if length == 0 {
            return self.zero;
        }
        self.walk(bits(prefix), length)
    }

    fn walk(&self, address: u128, length: u8) -> bool {
        let aligned = length / STEP * STEP;
        let mut node = Some(&self.root);
        while let Some(n) = node {
            if (address ^ n.address) & mask(length.min(n.length)) != 0 {
                return false;
            }
            let here = n.length == aligned && n.local & local_bit(address, length, aligned) != 0;
            if here || n.accepts(length) {
                return true;
            }
            if aligned <= n.length {
                return false;
            }
            node = n.child(address);
        }
        false
    }

    /// The set as BIRD prints it: prefixes with the mask of their accepted lengths.
    pub fn text(&self) -> String {
        let Some(family) = self.family else { return "[]".to_owned() };
        let mut items = Vec::new();
        if self.zero {
            items.push(format!("{}/0", address_text(family, 0)));
        }
        self.root.write(family, &mut items);
        format!("[{}]", items.join(", "))
    }
}

/// BIRD holds two sets to be the same where their tries have the same nodes; the local bits are not looked at.
impl PartialEq for PrefixSet {
    fn eq(&self, other: &PrefixSet) -> bool {
        self.zero == other.zero && self.family == other.family && self.root.is_same(&other.root)
    }
}

impl Node {
    /// A node that accepts lengths from `low` to `high`, with the full levels of them in its local bits.
    fn accepting(address: u128, length: u8, local: u32, low: u8, high: u8) -> Node {
        let below = low.saturating_sub(1);
        let accept = if below < high { mask(below) ^ mask(high) } else { 0 };
        let levels = (0..STEP).filter(|i| (low..=high).contains(&(length + i)));
        let local = levels.fold(local, |bits, i| bits | level_mask(1, i));
        Node { length, address: address & mask(length), accept, local, children: Vec::new() }
    }

    fn accepts(&self, length: u8) -> bool {
        self.accept & (1 << (128 - u32::from(length))) != 0
    }

    /// The branch that an address takes below this node.
    fn branch(&self, address: u128) -> usize {
        if self.length > 124 { 0 } else { (address >> (124 - self.length)) as usize & 15 }
    }

    fn position(&self, address: u128) -> Result<usize, usize> {
        let branch = self.branch(address);
        self.children.binary_search_by_key(&branch, |child| self.branch(child.address))
    }

    fn child(&self, address: u128) -> Option<&Node> {
        self.position(address).ok().map(|at| &self.children[at])
    }

    /// Adds a node at or below this one, whose prefix holds the other's (`trie_add_node`).
    fn insert(&mut self, node: Node) {
        if node.length == self.length {
            self.accept |= node.accept;
            self.local |= node.local;
            return;
        }
        self.accept |= node.accept & mask(self.length);
        self.local |= accept_to_local(node.address, node.accept, self.length);
        match self.position(node.address) {
            Ok(at) => self.children[at].insert_or_split(node),
            Err(at) => self.children.insert(at, node),
        }
    }

    /// Adds a node in this one's place, above it, or beside it under a new node of both.
    fn insert_or_split(&mut self, node: Node) {
        let common = (self.address ^ node.address).leading_zeros() as u8;
        let shorter = self.length.min(node.length);
        if common >= shorter && self.length <= node.length {
            return self.insert(node);
        }
        let length = if common >= shorter { node.length } else { common / STEP * STEP };
        let above = Node { length, address: node.address & mask(length), ..Node::default() };
        let old = std::mem::replace(self, above);
        self.insert(old);
        self.insert(node);
    }

    fn is_same(&self, other: &Node) -> bool {
        let own = (self.length, self.address, self.accept, self.children.len());
        let same = own == (other.length, other.address, other.accept, other.children.len());
        same && self.children.iter().zip(&other.children).all(|(a, b)| a.is_same(b))
    }

    fn write(&self, family: Family, items: &mut Vec<String>) {
        if self.accept != 0 {
            items.push(pattern_text(family, self.address, self.length, self.accept));
        }
        self.write_local(family, items);
        for child in &self.children {
            child.write(family, items);
        }
    }

    /// The local bits that the accept mask does not tell, each with the full levels below it.
    fn write_local(&self, family: Family, items: &mut Vec<String>) {
        let told = (0..STEP).filter(|i| self.length + i > 0 && self.accepts_within(self.length + i));
        let mut local = told.fold(self.local, |bits, i| bits & !level_mask(1, i));
        for position in 2..16u32 {
            if local & (1 << position) == 0 {
                continue;
            }
            let level = position.ilog2() as u8;
            let mut depth = 0;
            while level + depth < STEP {
                let full = level_mask(position, depth);
                if local & full != full {
                    break;
                }
                local &= !full;
                depth += 1;
            }
            let length = self.length + level;
            let branch = u128::from(position & ((1 << level) - 1));
            let address = self.address | (branch << (128 - u32::from(length)));
            let accept = mask(length + depth - 1) ^ mask(length - 1);
            items.push(pattern_text(family, address, length, accept));
        }
    }

    fn accepts_within(&self, length: u8) -> bool {
        length <= 128 && self.accepts(length)
    }
}

/// The bit of one prefix in the local bits of a node of length `node`, at most three above `length`.
fn local_bit(address: u128, length: u8, node: u8) -> u32 {
    1 << position(address, length - node, node)
}

/// 1 for the node's own prefix, 2 and 3 for its halves, and so on.
fn position(address: u128, level: u8, node: u8) -> u32 {
    let branch = if level == 0 { 0 } else { (address << node >> (128 - level)) as u32 };
    (1 << level) + branch
}

/// The bits `level` levels below a position.
fn level_mask(position: u32, level: u8) -> u32 {
    ((1u32 << (1u32 << level)) - 1) << (position << level)
}

/// The bits of one level that agree with an address as far as the pattern's length goes.
fn level_within(address: u128, node: u8, level: u8, length: u8) -> u32 {
    let first = position(address & mask(length), level, node);
    let count = if node + level <= length { 1 } else { 1 << (node + level - length) };
    ((1u32 << count) - 1) << first
}

/// The local bits of a node that lie above a prefix with the accepted lengths.
fn accept_to_local(address: u128, accept: u128, node: u8) -> u32 {
    let lengths = (node.max(1)..node + STEP).filter(|length| *length <= 128);
    let accepted = lengths.filter(|length| accept & (1 << (128 - u32::from(*length))) != 0);
    accepted.fold(0, |bits, length| bits | local_bit(address, length, node))
}

fn pattern_text(family: Family, address: u128, length: u8, accept: u128) -> String {
    format!("{}/{length}{{{}}}", address_text(family, address), address_text(family, accept))
}

fn address_text(family: Family, bits: u128) -> String {
    match family {
        Family::V4 => std::net::Ipv4Addr::from((bits >> 96) as u32).to_string(),
        Family::V6 => v6_text(bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[(&str, u8, u8)]) -> PrefixSet {
        let pattern =
            |&(prefix, low, high): &(&str, u8, u8)| Pattern { prefix: prefix.parse().unwrap(), low, high };
        PrefixSet::new(patterns.iter().map(pattern))
    }

    /// What `birdc eval` prints (measured on 2.0.12 to 3.4.0, all alike).
    #[test]
    fn prints_as_bird_prints() {
        let v4 = [
            (set(&[("10.0.0.0/8", 8, 8)]), "[10.0.0.0/8{1.0.0.0}]"),
            (set(&[("10.0.0.0/8", 0, 0)]), "[0.0.0.0/0]"),
            (set(&[("0.0.0.0/0", 0, 32)]), "[0.0.0.0/0, 0.0.0.0/0{255.255.255.255}]"),
            (set(&[("10.0.0.0/9", 10, 11)]), "[10.0.0.0/10{0.96.0.0}, 10.64.0.0/10{0.96.0.0}]"),
            (
                set(&[("10.0.0.0/8", 0, 8)]),
                "[0.0.0.0/0, 0.0.0.0/1{128.0.0.0}, 0.0.0.0/2{64.0.0.0}, 0.0.0.0/3{32.0.0.0}, 10.0.0.0/8{255.0.0.0}]",
            ),
            (
                set(&[("192.168.0.0/16", 16, 24), ("192.168.0.0/18", 20, 26)]),
                "[192.168.0.0/16{0.1.255.0}, 192.168.0.0/20{0.0.31.192}, 192.168.16.0/20{0.0.31.192}, \
                 192.168.32.0/20{0.0.31.192}, 192.168.48.0/20{0.0.31.192}]",
            ),
        ];
        for (set, text) in v4 {
            assert_eq!(set.text(), text);
        }
        let v6 = set(&[("2001:db8::/32", 32, 128)]);
        assert_eq!(v6.text(), "[2001:db8::/32{0:1:ffff:ffff:ffff:ffff:ffff:ffff}]");
    }

    /// `[10.0.0.0/9] = [10.0.0.0/10]` is TRUE in every version: the difference lies in local bits only.
    #[test]
    fn local_bits_are_not_compared() {
        assert!(set(&[("10.0.0.0/9", 9, 9)]) == set(&[("10.0.0.0/10", 10, 10)]));
        assert!(set(&[("10.0.0.0/8", 8, 32)]) != set(&[("10.0.0.0/8", 8, 8)]));
    }

    proptest::proptest! {
        /// The trie holds exactly what the patterns say one by one.
        #[test]
        fn agrees_with_its_patterns(
            patterns in proptest::collection::vec((0u32..16, 0u8..=32, 0u8..=32, 0u8..=32), 1..6),
            address in 0u32..16, length in 0u8..=32,
        ) {
            let net = |address: u32, length: u8| {
                IpNet::from(ipnet::Ipv4Net::new((address << 28 | address << 20 | address).into(), length).unwrap().trunc())
            };
            let patterns: Vec<Pattern> = patterns.into_iter()
                .map(|(a, l, x, y)| Pattern { prefix: net(a, l), low: x.min(y), high: x.max(y) }).collect();
            let tested = net(address, length);
            let naive = patterns.iter().any(|p| {
                let common = p.prefix.prefix_len().min(length);
                (bits(p.prefix) ^ bits(tested)) & mask(common) == 0 && (p.low..=p.high).contains(&length)
            });
            proptest::prop_assert_eq!(PrefixSet::new(patterns).contains(tested), naive);
        }
    }
}
