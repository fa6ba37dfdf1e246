//! Protocols, templates, channels, static routes and tables.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::{ConstantId, Expr, Name, Net, ProtocolId, RoutineId, Span};
use crate::net::Family;

/// `protocol TYPE [NAME] [from NAME] { … }` or a template.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The word after `protocol` or `template`.
    pub kind: ProtocolKind,
    /// Whether it runs, or is only copied from.
    pub role: Role,
    /// The name, given or made up (`bgp1`) as BIRD makes it up.
    pub name: Name,
    /// The template or protocol that it starts from.
    pub from: Option<Name>,
    /// The one of that name which stands before it, where there is one.
    pub parent: Option<ProtocolId>,
    /// Its statements in order.
    pub items: Vec<ProtocolItem>,
    /// `route …` statements of a static protocol, in order.
    pub routes: StaticRoutes,
    /// From `protocol` to the last brace.
    pub span: Span,
}

/// Whether a protocol runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `protocol`
    Instance,
    /// `template`
    Template,
}

/// The kinds of protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolKind {
    /// `aggregator` (2.14 on)
    Aggregator,
    /// `babel`
    Babel,
    /// `bfd`
    Bfd,
    /// `bgp`
    Bgp,
    /// `bmp`
    Bmp,
    /// `bridge` (2.19 on)
    Bridge,
    /// `device`
    Device,
    /// `direct`
    Direct,
    /// `evpn` (2.19 on)
    Evpn,
    /// `kernel`
    Kernel,
    /// `l3vpn` (2.14 on)
    L3vpn,
    /// `mrt`
    Mrt,
    /// `ospf`, `ospf v2`
    Ospf2,
    /// `ospf v3`
    Ospf3,
    /// `perf`
    Perf,
    /// `pipe`
    Pipe,
    /// `radv`
    Radv,
    /// `rip`
    Rip,
    /// `rip ng`
    RipNg,
    /// `rpki`
    Rpki,
    /// `static`
    Static,
    /// A word that names no protocol.
    Unknown,
}

/// A statement of a protocol.
#[derive(Clone, Debug)]
pub enum ProtocolItem {
    /// `ipv4 { … }`
    Channel(Channel),
    /// Anything else: `local as 65000`, `hold time 90`.
    Option(Item),
    /// What could not be read; an error points at it.
    Opaque(Span),
}

/// An option: the words of the grammar that name it, and what stands in its places.
#[derive(Clone, Debug)]
pub struct Item {
    /// The leading words: `hold time`, `local`, `neighbor`, `router id`.
    pub name: &'static str,
    /// What follows, in order.
    pub arguments: Vec<Argument>,
    /// The whole statement without its `;`.
    pub span: Span,
}

/// What stands in one place of an option.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A word of the grammar: `as`, `port`, `self`.
    Word(&'static str, Span),
    /// A term: a number, an address, a text, a time.
    Value(Expr),
    /// A yes or no; `None` where it depends on a term.
    Switch(Option<bool>, Span),
    /// A time in microseconds; `None` where it depends on a term that is not plain.
    Time(Option<u64>, Span),
    /// A name of something else: a protocol, a table, an interface after `%`.
    Name(Name),
    /// A text.
    Text(Arc<str>, Span),
    /// A network.
    Net(Net, Span),
    /// A filter.
    Policy(Policy),
    /// Interface patterns.
    Interfaces(Vec<InterfacePattern>),
    /// Options in braces.
    Block(Vec<Item>),
    /// A secret stood here; it was not kept, only how many bytes it had, where that is plain.
    Secret(Span, Option<usize>),
}

/// `ipv4 { … }` within a protocol.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What it carries.
    pub kind: ChannelKind,
    /// Its options in order; `import` and `export` hold a [`Argument::Policy`].
    pub items: Vec<Item>,
    /// From its first word to its last brace.
    pub span: Span,
}

/// What a channel or a table carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelKind {
    /// `ipv4`
    Ipv4,
    /// `ipv6`
    Ipv6,
    /// `ipv6 sadr`
    Ipv6Sadr,
    /// `ipv4 multicast` (BGP only)
    Ipv4Multicast,
    /// `ipv6 multicast` (BGP only)
    Ipv6Multicast,
    /// `ipv4 mpls` (BGP only)
    Ipv4Mpls,
    /// `ipv6 mpls` (BGP only)
    Ipv6Mpls,
    /// `vpn4`
    Vpn4,
    /// `vpn6`
    Vpn6,
    /// `vpn4 mpls` (BGP only)
    Vpn4Mpls,
    /// `vpn6 mpls` (BGP only)
    Vpn6Mpls,
    /// `vpn4 multicast` (BGP only)
    Vpn4Multicast,
    /// `vpn6 multicast` (BGP only)
    Vpn6Multicast,
    /// `roa4`
    Roa4,
    /// `roa6`
    Roa6,
    /// `flow4`
    Flow4,
    /// `flow6`
    Flow6,
    /// `eth` (2.19 on)
    Eth,
    /// `mpls`
    Mpls,
    /// `aspa` (2.16 on)
    Aspa,
    /// `evpn` (2.19 on)
    Evpn,
    /// `neighbor` (2.19 on)
    Neighbor,
    /// The nameless channel of a pipe.
    Pipe,
}

impl ChannelKind {
    /// The family of a channel for plain routes; with labels or for multicast they are as plain.
    pub fn family(self) -> Option<Family> {
        use ChannelKind as Kind;
        match self {
            Kind::Ipv4 | Kind::Ipv4Multicast | Kind::Ipv4Mpls => Some(Family::V4),
            Kind::Ipv6 | Kind::Ipv6Multicast | Kind::Ipv6Mpls => Some(Family::V6),
            Kind::Vpn4 | Kind::Vpn4Mpls | Kind::Vpn4Multicast | Kind::Flow4 | Kind::Roa4 => None,
            Kind::Vpn6 | Kind::Vpn6Mpls | Kind::Vpn6Multicast | Kind::Flow6 | Kind::Roa6 => None,
            Kind::Ipv6Sadr | Kind::Eth | Kind::Mpls | Kind::Aspa | Kind::Evpn => None,
            Kind::Neighbor | Kind::Pipe => None,
        }
    }

    /// The family of a channel whose routes have more than a plain network: a distinguisher, a flow, a source.
    pub fn richer_family(self) -> Option<Family> {
        use ChannelKind as Kind;
        match self {
            Kind::Vpn4 | Kind::Vpn4Mpls | Kind::Vpn4Multicast | Kind::Flow4 => Some(Family::V4),
            Kind::Vpn6 | Kind::Vpn6Mpls | Kind::Vpn6Multicast | Kind::Flow6 => Some(Family::V6),
            Kind::Ipv6Sadr => Some(Family::V6),
            Kind::Ipv4 | Kind::Ipv4Multicast | Kind::Ipv4Mpls | Kind::Roa4 => None,
            Kind::Ipv6 | Kind::Ipv6Multicast | Kind::Ipv6Mpls | Kind::Roa6 => None,
            Kind::Eth | Kind::Mpls | Kind::Aspa | Kind::Evpn | Kind::Neighbor | Kind::Pipe => None,
        }
    }

    /// The words that begin such a channel.
    pub fn words(self) -> &'static str {
        match self {
            ChannelKind::Ipv4 => "ipv4",
            ChannelKind::Ipv6 => "ipv6",
            ChannelKind::Ipv6Sadr => "ipv6 sadr",
            ChannelKind::Ipv4Multicast => "ipv4 multicast",
            ChannelKind::Ipv6Multicast => "ipv6 multicast",
            ChannelKind::Ipv4Mpls => "ipv4 mpls",
            ChannelKind::Ipv6Mpls => "ipv6 mpls",
            ChannelKind::Vpn4 => "vpn4",
            ChannelKind::Vpn6 => "vpn6",
            ChannelKind::Vpn4Mpls => "vpn4 mpls",
            ChannelKind::Vpn6Mpls => "vpn6 mpls",
            ChannelKind::Vpn4Multicast => "vpn4 multicast",
            ChannelKind::Vpn6Multicast => "vpn6 multicast",
            ChannelKind::Roa4 => "roa4",
            ChannelKind::Roa6 => "roa6",
            ChannelKind::Flow4 => "flow4",
            ChannelKind::Flow6 => "flow6",
            ChannelKind::Eth => "eth",
            ChannelKind::Mpls => "mpls",
            ChannelKind::Aspa => "aspa",
            ChannelKind::Evpn => "evpn",
            ChannelKind::Neighbor => "neighbor",
            ChannelKind::Pipe => "pipe",
        }
    }
}

/// The two ways through a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the protocol into the table.
    Import,
    /// From the table to the protocol.
    Export,
}

/// What may pass a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// `all`
    All,
    /// `none`
    None,
    /// `filter NAME` or `filter { … }`
    Filter(RoutineId),
    /// `where term`: the routine returns the term.
    Where(RoutineId),
    /// What could not be read, or a filter that is not defined.
    Opaque(Span),
}

/// The routes of a static protocol in parts of a bounded size: there may be very many, and none is ever moved.
#[derive(Clone, Debug, Default)]
pub struct StaticRoutes(Vec<Vec<StaticRoute>>);

impl StaticRoutes {
    /// A part takes up to 64 KiB.
    const PART: usize = (1 << 16) / size_of::<StaticRoute>();

    /// Adds a route behind all others.
    pub(in crate::bird) fn push(&mut self, route: StaticRoute) {
        match self.0.last_mut() {
            Some(last) if last.len() < StaticRoutes::PART => last.push(route),
            last => {
                // Most protocols have a few routes only.
                let room = if last.is_some() { StaticRoutes::PART } else { 1 };
                let mut part = Vec::with_capacity(room);
                part.push(route);
                self.0.push(part);
            }
        }
    }

    /// The parts in the order of the file.
    pub fn parts(&self) -> impl Iterator<Item = &[StaticRoute]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// `route NET …;`
#[derive(Clone, Debug)]
pub struct StaticRoute {
    /// The destination.
    pub net: Net,
    /// Where it leads.
    pub target: StaticTarget,
    /// The commands in braces.
    pub commands: Option<RoutineId>,
    /// The whole statement without its `;`.
    pub span: Span,
}

/// Where a static route leads.
#[derive(Clone, Debug)]
pub enum StaticTarget {
    /// `via …` once, as nearly always.
    Via(NextHop),
    /// `via …` several times.
    Multipath(Box<[NextHop]>),
    /// `recursive ADDRESS`
    Recursive(Box<Expr>),
    /// `blackhole`, `drop`
    Blackhole,
    /// `unreachable`, `reject`
    Unreachable,
    /// `prohibit`
    Prohibit,
    /// `providers 65001, 65002` of ASPA routes; `transit` is the provider 0.
    Providers(Box<[u32]>),
    /// Nothing, as ROA and flow routes have it, and ASPA routes may.
    None,
    /// What could not be read; an error points at it.
    Opaque,
}

/// One `via` of a static route.
#[derive(Clone, Debug)]
pub struct NextHop {
    /// The neighbour or the link.
    pub gateway: Gateway,
    /// After `%` or `dev`.
    pub interface: Option<InterfaceId>,
    /// `weight N`, 1 to 256.
    pub weight: Option<u16>,
}

/// Stands for a name in [`Tree::interfaces`](super::Tree::interfaces): thousands of routes name the same few. It is
/// one more than the index, so that a next hop without a name takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceId(pub NonZeroU32);

/// What stands after `via`.
#[derive(Clone, Debug)]
pub enum Gateway {
    /// `192.0.2.1`
    Address(IpAddr),
    /// A constant.
    Constant(ConstantId),
    /// `"wg0"`
    Interface(InterfaceId),
    /// A term in parentheses.
    Term(Box<Expr>),
}

/// One of a list of interface patterns; the first that matches decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfacePattern {
    /// `-` before it: what matches is left out.
    pub negated: bool,
    /// The shell pattern of the name, where one is given.
    pub name: Option<Arc<str>>,
    /// The prefix of an address, where one is given.
    pub prefix: Option<ipnet::IpNet>,
    /// Where it stands.
    pub span: Span,
}

/// `ipv4 table NAME`
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name; the span is empty for `master4` and `master6`.
    pub name: Name,
    /// What it holds.
    pub kind: ChannelKind,
    /// Its options.
    pub options: Vec<Item>,
}

impl StaticTarget {
    /// Whether it refuses packets.
    pub fn is_discard(&self) -> bool {
        match self {
            StaticTarget::Blackhole | StaticTarget::Unreachable | StaticTarget::Prohibit => true,
            StaticTarget::Via(_)
            | StaticTarget::Multipath(_)
            | StaticTarget::Recursive(_)
            | StaticTarget::Providers(_)
            | StaticTarget::None
            | StaticTarget::Opaque => false,
        }
    }

    /// The next hops, as they are written.
    pub fn next_hops(&self) -> &[NextHop] {
        match self {
            StaticTarget::Via(hop) => std::slice::from_ref(hop),
            StaticTarget::Multipath(hops) => hops,
            StaticTarget::Recursive(_)
            | StaticTarget::Blackhole
            | StaticTarget::Unreachable
            | StaticTarget::Prohibit
            | StaticTarget::Providers(_)
            | StaticTarget::None
            | StaticTarget::Opaque => &[],
        }
    }
}

impl Policy {
    /// The filter's code, where it has any.
    pub fn routine(&self) -> Option<RoutineId> {
        match self {
            Policy::Filter(id) | Policy::Where(id) => Some(*id),
            Policy::All | Policy::None | Policy::Opaque(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration has 100,000 of these: memory is a promise. A route holds its only next hop.
    #[test]
    fn routes_and_members_stay_small() {
        assert!(size_of::<StaticRoute>() <= 88, "{}", size_of::<StaticRoute>());
        assert!(size_of::<super::super::SetItem>() <= 32, "{}", size_of::<super::super::SetItem>());
        assert!(size_of::<Expr>() <= 32, "{}", size_of::<Expr>());
    }
}
