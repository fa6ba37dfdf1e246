//! What becomes of a packet, small enough to be compared a million times.

use std::fmt;

use crate::net::Family;
use crate::snapshot::{RouteId, Source};

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It leaves by a link.
    Forward,
    /// It is delivered to this node.
    Local,
    /// It is delivered here and sent as a link broadcast.
    Broadcast,
    /// It is delivered to this node, which is one of several with the address.
    Anycast,
    /// It goes to a group.
    Multicast,
    /// It is discarded in silence, by a route or by a policy rule.
    Blackhole,
    /// It is discarded as unreachable, by a route or by a policy rule.
    Unreachable,
    /// It is discarded as prohibited, by a route or by a policy rule.
    Prohibit,
    /// No route takes it; IPv4 says the same of a source that is no address of this node.
    NoRoute,
    /// IPv4 refuses the packet itself: an address is out of place.
    Martian,
    /// IPv4 refuses the packet because the way back to its source does not lead over the link on which it came
    /// (`rp_filter`).
    ReversePath,
    /// IPv4 does not forward what arrives on this link.
    NotForwarding,
    /// What would decide was not seen.
    Unseen(Blind),
}

/// What was not seen, and therefore which decision is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blind {
    /// A whole source is missing.
    Source(Source),
    /// A policy rule has selectors or an action that this program does not know (index into the snapshot's).
    Rule(u32),
    /// A route has a type that this program does not know, or expires within the second.
    Route(RouteId),
    /// A route with a source prefix is looked over, or not, depending on which routes were deleted before: the kernel
    /// finds it by the key of another route.
    History(RouteId),
    /// A route names a next-hop object that was not seen.
    Nexthop(RouteId),
    /// The legs of a multipath route differ in what a policy rule or the source check tests.
    Legs(RouteId),
    /// To IPv4 the tables `local` and `main` are one, and sources are checked less, until a policy rule is changed
    /// for the first time; whether one ever was cannot be seen, and here it matters.
    Merged,
    /// IPv6 goes on with its first two rules, deleted or not, until another is added for the first time; one of them
    /// is gone, and whether another ever was cannot be seen.
    Unheeded,
    /// The sender's address is on several links, and a packet to a group goes to the one that got it last.
    Owner,
    /// Who listens to a multicast group on the incoming link.
    Groups,
    /// The state of a link that is not listed.
    Link(u32),
}

/// Which of a route's next hops a packet may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// Any that is alive: the only one, or the one that the multipath hash picks.
    #[default]
    Any,
    /// The leg at this place in the route.
    Leg(u16),
    /// Any that is alive and leaves by the link with this index.
    By(u32),
}

/// What becomes of a packet, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fate {
    /// What becomes of it.
    pub outcome: Outcome,
    /// The policy rule that decided, as index into the snapshot's `policy`; `None` where none did, or where
    /// the kernel's default rules stand in for rules that were not asked for.
    pub rule: Option<u32>,
    /// The route that decided.
    pub route: Option<RouteId>,
    /// Which of the route's next hops the packet may take; without a route, [`Way::By`] the link to which
    /// the sender is bound (IPv4 then takes the destination to be on that link).
    pub way: Way,
}

impl Outcome {
    /// Whether the packet goes on or arrives, as far as this node is concerned.
    pub fn is_accepted(self) -> bool {
        match self {
            Outcome::Forward
            | Outcome::Local
            | Outcome::Broadcast
            | Outcome::Anycast
            | Outcome::Multicast => true,
            Outcome::Blackhole
            | Outcome::Unreachable
            | Outcome::Prohibit
            | Outcome::NoRoute
            | Outcome::Martian
            | Outcome::ReversePath
            | Outcome::NotForwarding
            | Outcome::Unseen(_) => false,
        }
    }

    /// Whether a route or a policy rule refuses the packet on purpose.
    pub fn is_discard(self) -> bool {
        matches!(self, Outcome::Blackhole | Outcome::Unreachable | Outcome::Prohibit)
    }

    /// Whether the packet is for this node alone.
    pub fn is_local(self) -> bool {
        matches!(self, Outcome::Local | Outcome::Anycast)
    }

    /// The word for it, in JSON and in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Forward => "forward",
            Outcome::Local => "local",
            Outcome::Broadcast => "broadcast",
            Outcome::Anycast => "anycast",
            Outcome::Multicast => "multicast",
            Outcome::Blackhole => "blackhole",
            Outcome::Unreachable => "unreachable",
            Outcome::Prohibit => "prohibit",
            Outcome::NoRoute => "no-route",
            Outcome::Martian => "martian",
            Outcome::ReversePath => "reverse-path",
            Outcome::NotForwarding => "not-forwarding",
            Outcome::Unseen(_) => "unseen",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Fate {
    /// A fate that no rule and no route decided.
    pub(super) fn bare(outcome: Outcome) -> Fate {
        Fate { outcome, rule: None, route: None, way: Way::Any }
    }

    /// A fate that is open because something was not seen.
    pub(super) fn unseen(blind: Blind) -> Fate {
        Fate::bare(Outcome::Unseen(blind))
    }
}

/// Where IPv4 and IPv6 keep their routes among the sources.
pub(super) fn routes_source(family: Family) -> Source {
    match family {
        Family::V4 => Source::Routes4,
        Family::V6 => Source::Routes6,
    }
}
