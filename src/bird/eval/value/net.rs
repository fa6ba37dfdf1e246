//! What the filter language does with networks: order, containment, bits, text.

use std::cmp::Ordering;

use ipnet::IpNet;

use super::address::{Address, mask, v6_text};
use super::community::distinguisher;
use super::flow;
use super::hex_text;
use crate::bird::literal;
use crate::bird::tree::{EnumType, Enumerator, Net};

/// The kinds of networks in the order of BIRD's numbers for them (`NET_*` in `lib/net.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetKind {
    /// `NET_IP4`
    Ip4,
    /// `NET_IP6`
    Ip6,
    /// `NET_VPN4`
    Vpn4,
    /// `NET_VPN6`
    Vpn6,
    /// `NET_ROA4`
    Roa4,
    /// `NET_ROA6`
    Roa6,
    /// `NET_FLOW4`
    Flow4,
    /// `NET_FLOW6`
    Flow6,
    /// `NET_IP6_SADR`
    Ip6Sadr,
    /// `NET_ETH`
    Eth,
    /// `NET_MPLS`
    Mpls,
    /// `NET_ASPA`
    Aspa,
    /// `NET_EVPN`
    Evpn,
    /// `NET_NEIGHBOR`
    Neighbor,
}

impl NetKind {
    /// The value of `net.type`.
    pub fn enumerator(self) -> Enumerator {
        Enumerator { ty: EnumType::NetType, value: self as u16 + 1 }
    }
}

/// The kind of a network.
pub fn kind(net: &Net) -> NetKind {
    let of = |prefix: &IpNet, four, six| if prefix.addr().is_ipv4() { four } else { six };
    match net {
        Net::Ip(prefix) => of(prefix, NetKind::Ip4, NetKind::Ip6),
        Net::Sadr(_) => NetKind::Ip6Sadr,
        Net::Vpn(vpn) => of(&vpn.prefix, NetKind::Vpn4, NetKind::Vpn6),
        Net::Roa { prefix, .. } => of(prefix, NetKind::Roa4, NetKind::Roa6),
        Net::Flow(flow) if flow.text.starts_with("flow4") => NetKind::Flow4,
        Net::Flow(_) => NetKind::Flow6,
        Net::Mpls(_) => NetKind::Mpls,
        Net::Aspa(_) => NetKind::Aspa,
        Net::Other(text) if text.starts_with("evpn ") => NetKind::Evpn,
        Net::Other(text) if text.starts_with("neighbor ") => NetKind::Neighbor,
        Net::Other(_) => NetKind::Eth,
    }
}

/// The prefix that `.ip` and `.len` look at: of a flow without a destination the whole family, of a label none.
pub fn prefix(net: &Net) -> Option<IpNet> {
    let own = match net {
        Net::Flow(flow) => flow::side(&flow.text, "dst"),
        _ => net.prefix(),
    };
    own.or_else(|| match kind(net) {
        NetKind::Flow4 => Some(crate::net::Family::V4.default_prefix()),
        NetKind::Flow6 => Some(crate::net::Family::V6.default_prefix()),
        _ => None,
    })
}

/// A prefix's address bits from the highest down, IPv4 in the top 32 of 128.
pub(crate) fn bits(prefix: IpNet) -> u128 {
    match prefix {
        IpNet::V4(v4) => u128::from(u32::from(v4.network())) << 96,
        IpNet::V6(v6) => v6.network().into(),
    }
}

/// BIRD's order of networks: by kind, then part by part (`net_compare` in `lib/net.c`).
pub fn compare(a: &Net, b: &Net) -> Ordering {
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Net::Vpn(a), Net::Vpn(b)) => a.rd.cmp(&b.rd).then_with(|| by_prefix(a.prefix, b.prefix)),
        (Net::Roa { prefix: a, max: m, asn: x }, Net::Roa { prefix: b, max: n, asn: y }) => {
            by_prefix(*a, *b).then(m.cmp(n)).then(x.cmp(y))
        }
        (Net::Sadr(a), Net::Sadr(b)) => by_prefix(IpNet::V6(a.dst), IpNet::V6(b.dst))
            .then_with(|| by_prefix(IpNet::V6(a.src), IpNet::V6(b.src))),
        (Net::Flow(_), Net::Flow(_)) => {
            // However they were written, equal specifications are one.
            prefix(a)
                .zip(prefix(b))
                .map_or(Ordering::Equal, |(x, y)| by_prefix(x, y))
                .then_with(|| text(a).cmp(&text(b)))
        }
        _ => match (prefix(a), prefix(b)) {
            (Some(x), Some(y)) => by_prefix(x, y).then_with(|| a.cmp(b)),
            _ => a.cmp(b),
        },
    })
}

fn by_prefix(a: IpNet, b: IpNet) -> Ordering {
    bits(a).cmp(&bits(b)).then(a.prefix_len().cmp(&b.prefix_len()))
}

/// Whether an address lies in a network's prefix; never across families (`ipa_in_netX`).
pub fn holds(net: &Net, address: Address) -> bool {
    match (prefix(net), address.v4()) {
        (Some(IpNet::V4(p)), Some(number)) => p.contains(&std::net::Ipv4Addr::from(number)),
        (Some(IpNet::V6(p)), None) => (address.0 ^ u128::from(p.network())) & mask(p.prefix_len()) == 0,
        _ => false,
    }
}

/// Whether one network lies within another of the same kind (`net_in_netX`). The inner one is asked for by its
/// address, and a mapped address lies in no IPv6 network.
pub fn is_within(inner: &Net, outer: &Net) -> bool {
    match (prefix(inner), prefix(outer)) {
        (Some(i), Some(o)) => kind(inner) == kind(outer) && covers(o, i) && holds(outer, network(i)),
        _ => false,
    }
}

/// Whether a prefix is as short as another of its family and begins like it.
pub(crate) fn covers(outer: IpNet, inner: IpNet) -> bool {
    let alike = outer.addr().is_ipv4() == inner.addr().is_ipv4() && outer.prefix_len() <= inner.prefix_len();
    alike && (bits(inner) ^ bits(outer)) & mask(outer.prefix_len()) == 0
}

/// The address of a prefix, a mapped IPv6 one included.
pub fn network(prefix: IpNet) -> Address {
    match prefix {
        IpNet::V4(v4) => Address::from_v4(v4.network().into()),
        IpNet::V6(v6) => Address(v6.network().into()),
    }
}

/// A prefix as BIRD prints it; mapped addresses keep the IPv6 form in an IPv6 prefix.
pub(crate) fn prefix_text(prefix: IpNet) -> String {
    match prefix {
        IpNet::V4(v4) => v4.to_string(),
        IpNet::V6(v6) => format!("{}/{}", v6_text(v6.addr().into()), v6.prefix_len()),
    }
}

/// A network as BIRD prints it (`net_format` in `lib/net.c`).
pub fn text(net: &Net) -> String {
    match net {
        Net::Ip(prefix) => prefix_text(*prefix),
        Net::Sadr(sadr) => {
            format!("{} from {}", prefix_text(IpNet::V6(sadr.dst)), prefix_text(IpNet::V6(sadr.src)))
        }
        Net::Vpn(vpn) => format!("{} {}", distinguisher(vpn.rd.0), prefix_text(vpn.prefix)),
        Net::Roa { prefix, max, asn } => format!("{}-{max} AS{asn}", prefix_text(*prefix)),
        Net::Flow(flow) => flow::normalised(&flow.text),
        Net::Mpls(label) => label.to_string(),
        Net::Aspa(asn) => asn.to_string(),
        Net::Other(text) => match ethernet(text) {
            Some((mac, 0)) => hex_text(&mac),
            Some((mac, vlan)) => format!("{} vlan {vlan}", hex_text(&mac)),
            None => text.to_string(),
        },
    }
}

/// The parts of `eth 01:02:03:04:05:06 vlan 5`, without `vlan` zero; `None` where it is not written so.
pub fn ethernet(text: &str) -> Option<([u8; 6], u32)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["eth", mac] => Some((literal::mac(mac)?, 0)),
        ["eth", mac, "vlan", vlan] => Some((literal::mac(mac)?, vlan.parse().ok()?)),
        _ => None,
    }
}

/// The length of a network as BIRD has it: of a label, an AS number or a MAC address its bits; `None` where it is not
/// known here.
pub fn length(net: &Net) -> Option<u32> {
    match kind(net) {
        NetKind::Mpls => Some(20),
        NetKind::Aspa => Some(32),
        NetKind::Eth => Some(48),
        NetKind::Evpn | NetKind::Neighbor => None,
        NetKind::Ip4
        | NetKind::Ip6
        | NetKind::Vpn4
        | NetKind::Vpn6
        | NetKind::Roa4
        | NetKind::Roa6
        | NetKind::Flow4
        | NetKind::Flow6
        | NetKind::Ip6Sadr => prefix(net).map(|prefix| prefix.prefix_len().into()),
    }
}
