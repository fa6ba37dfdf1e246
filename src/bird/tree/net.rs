//! Networks of every kind that BIRD routes.

use std::fmt;

use ipnet::{IpNet, Ipv6Net};

/// A network as BIRD writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Net {
    /// `10.0.0.0/8`, `2001:db8::/32`; host bits zero.
    Ip(IpNet),
    /// `2001:db8::/32 from 2001:db8:1::/48`
    Sadr(Box<SadrNet>),
    /// `65000:1 10.0.0.0/8`
    Vpn(Box<VpnNet>),
    /// `10.0.0.0/8 max 24 as 65000`
    Roa {
        /// The prefix.
        prefix: IpNet,
        /// The longest length allowed.
        max: u8,
        /// The AS number that may originate it.
        asn: u32,
    },
    /// `flow4 { dst 10.0.0.0/8; … }` as it was written, with its destination and source.
    Flow(Box<FlowSpec>),
    /// An MPLS label.
    Mpls(u32),
    /// `aspa 65000` (2.16 on).
    Aspa(u32),
    /// A MAC address with a VLAN, an EVPN route and the like, as it was written.
    Other(Box<str>),
}

/// A network for packets from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SadrNet {
    /// The destination.
    pub dst: Ipv6Net,
    /// The source.
    pub src: Ipv6Net,
}

/// A network of a VPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VpnNet {
    /// What tells it from the same prefix of another VPN.
    pub rd: RouteDistinguisher,
    /// The prefix.
    pub prefix: IpNet,
}

/// A flow specification; only its addresses are looked into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowSpec {
    /// `dst`
    pub dst: Option<IpNet>,
    /// `src`
    pub src: Option<IpNet>,
    /// The whole text with single blanks.
    pub text: Box<str>,
}

/// A route distinguisher, 64 bits as RFC 4364 numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteDistinguisher(pub u64);

impl Net {
    /// The prefix of addresses, where it has one; of a flow specification the destination.
    pub fn prefix(&self) -> Option<IpNet> {
        match self {
            Net::Ip(prefix) | Net::Roa { prefix, .. } => Some(*prefix),
            Net::Vpn(vpn) => Some(vpn.prefix),
            Net::Sadr(sadr) => Some(IpNet::V6(sadr.dst)),
            Net::Flow(flow) => flow.dst,
            Net::Mpls(_) | Net::Aspa(_) | Net::Other(_) => None,
        }
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Net::Ip(prefix) => write!(f, "{prefix}"),
            Net::Sadr(sadr) => write!(f, "{} from {}", sadr.dst, sadr.src),
            Net::Vpn(vpn) => write!(f, "{} {}", vpn.rd, vpn.prefix),
            Net::Roa { prefix, max, asn } => write!(f, "{prefix}-{max} AS{asn}"),
            Net::Flow(flow) => f.write_str(&flow.text),
            Net::Mpls(label) => write!(f, "{label}"),
            Net::Aspa(asn) => write!(f, "{asn}"),
            Net::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for RouteDistinguisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0 & 0xffff_ffff_ffff;
        match self.0 >> 48 {
            0 => write!(f, "{}:{}", value >> 32, value & 0xffff_ffff),
            1 => write!(f, "{}:{}", std::net::Ipv4Addr::from((value >> 16) as u32), value & 0xffff),
            kind => write!(f, "{kind}:{}:{}", value >> 16, value & 0xffff),
        }
    }
}
