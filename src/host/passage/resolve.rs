//! Whether BIRD can resolve the next hops of a session, in its own table and not in the kernel's.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use super::table::StaticArrival;
use super::{Judge, Passed};
use crate::bird::eval::value::matches;
use crate::bird::model::{ChannelModel, Detail, Direct, Gateway, Learn, ProtocolModel};
use crate::bird::prove::Step;
use crate::bird::tree::{InterfacePattern, Net, Policy, ProtocolKind, StaticRoute, StaticTarget};
use crate::net::{Family, Protocol};
use crate::seen::{Seen, Truth, Unseen};
use crate::snapshot::{Address, Route, Source};

impl<'c> Judge<'c, '_> {
    /// Known where the next hops of a session do not resolve, so that its routes become unreachable; absent where
    /// they do, or need not.
    pub(super) fn unresolved(&self, protocol: &ProtocolModel<'_>, channel: &ChannelModel<'_>) -> Seen<()> {
        let Detail::Bgp(session) = &protocol.detail else { return Seen::Absent };
        match channel.gateway {
            Gateway::Direct => return Seen::Absent,
            Gateway::Recursive => {}
            Gateway::Unknown => {
                return Seen::Unseen(Unseen::new(
                    format!("whether `{}` is multihop is computed when BIRD runs", protocol.name),
                    "say `direct;` or `multihop;` in the protocol",
                ));
            }
        }
        let Seen::Known(neighbour) = session.remote else {
            let why = Unseen::new(
                format!("which neighbours of `{}` call is not known", protocol.name),
                "ask BIRD: `birdc show route all`",
            );
            return Seen::Unseen(session.remote.unseen().cloned().unwrap_or(why));
        };
        match self.resolves(neighbour, channel) {
            Truth::True => Seen::Absent,
            Truth::False => Seen::Known(()),
            Truth::Unknown(why) => Seen::Unseen(why),
        }
    }

    /// Whether some route that needs no resolving itself leads to an address, and no longer static discard is before it.
    pub(super) fn resolves(&self, address: IpAddr, channel: &ChannelModel<'_>) -> Truth {
        let family = Family::of(address);
        let table = channel.igp_table.clone().or_else(|| channel.table.clone());
        let feeds = |protocol: &&ProtocolModel<'c>| {
            let mut channels = protocol.channels.iter().filter(|of| of.kind.family() == Some(family));
            channels.any(|of| self.feeds(of, &table, family))
        };
        let (length, by_static) = self.longest_static(address, &table, family);
        let others = self.working().filter(|protocol| may_lead(protocol)).filter(feeds);
        let truths = others.map(|protocol| self.leads(protocol, address, length));
        truths.fold(by_static, Truth::or)
    }

    /// The length of the longest static route that a table has for an address and that refuses packets, and whether one
    /// that is longer leads there.
    fn longest_static(
        &self,
        address: IpAddr,
        table: &Option<Arc<str>>,
        family: Family,
    ) -> (Option<u8>, Truth) {
        let holds = |route: &StaticRoute| match &route.net {
            Net::Ip(net) => net.contains(&address) && !matches!(route.target, StaticTarget::Recursive(_)),
            _ => false,
        };
        let mut held = self.statics_like(&holds, table, family);
        held.sort_by_key(|held| Reverse(held.net.prefix_len()));
        let mut truth = Truth::False;
        for held in held {
            match (self.is_in_table(&held), self.refuses(&held)) {
                (Seen::Absent, _) => {}
                (Seen::Known(_), Seen::Known(_)) => return (Some(held.net.prefix_len()), truth),
                (Seen::Known(_), Seen::Absent) => return (None, Truth::True),
                (Seen::Unseen(why), _) | (_, Seen::Unseen(why)) => truth = truth.or(Truth::Unknown(why)),
            }
        }
        (None, truth)
    }

    fn is_in_table(&self, held: &StaticArrival<'_>) -> Seen<Passed> {
        self.static_goes(held.arrival.steps(&Policy::All), held)
    }

    fn refuses(&self, held: &StaticArrival<'_>) -> Seen<Passed> {
        let mut steps = held.arrival.steps(&Policy::All);
        steps.push(Step::Discarding);
        self.static_goes(steps, held)
    }

    /// Whether a protocol brings such a route to an address, longer than a discard of a length; the networks of links
    /// are preferred to discards as long.
    fn leads(&self, protocol: &ProtocolModel<'_>, address: IpAddr, discard: Option<u8>) -> Truth {
        match &protocol.detail {
            Detail::Direct(direct) => self.is_connected(direct, address, discard.unwrap_or(0)),
            Detail::Kernel(kernel) => match &kernel.learn {
                Seen::Known(Learn::Off) | Seen::Absent => Truth::False,
                Seen::Known(learn @ (Learn::Foreign | Learn::All)) => {
                    self.is_learned(*learn, address, discard)
                }
                Seen::Unseen(why) => Truth::Unknown(why.clone()),
            },
            Detail::Bgp(_) | Detail::Pipe(_) | Detail::Static(_) => Truth::False,
            Detail::Other => match protocol.kind {
                ProtocolKind::Ospf2
                | ProtocolKind::Ospf3
                | ProtocolKind::Babel
                | ProtocolKind::Rip
                | ProtocolKind::RipNg => Truth::Unknown(Unseen::new(
                    format!("`{}` may bring a route to {address}", protocol.name),
                    format!("ask BIRD: `birdc show route for {address}`"),
                )),
                _ => Truth::False,
            },
        }
    }

    /// Whether a network of a link that the protocol looks at holds the address.
    fn is_connected(&self, direct: &Direct<'_>, address: IpAddr, least: u8) -> Truth {
        let snapshot = self.host.snapshot;
        if !snapshot.sources.asked(Source::Addresses) {
            return Truth::Unknown(Unseen::new(
                format!("whether {address} is on a link is not known without the node's addresses"),
                "add `ip -j addr` to the folder",
            ));
        }
        let holds = |known: &&Address| {
            ipnet::IpNet::new(known.peer.unwrap_or(known.address), known.length)
                .is_ok_and(|net| net.prefix_len() >= least && net.contains(&address))
        };
        let mut on = snapshot.addresses.iter().filter(holds);
        Truth::from(on.any(|known| chooses(direct, &self.host.link_name(known.link))))
    }

    /// Whether the kernel holds a route to the address that the kernel protocol learns.
    fn is_learned(&self, learn: Learn, address: IpAddr, discard: Option<u8>) -> Truth {
        let source = if address.is_ipv4() { Source::Routes4 } else { Source::Routes6 };
        if !self.host.snapshot.sources.asked(source) {
            return Truth::Unknown(Unseen::new(
                format!("whether the kernel has a route to {address} is not known"),
                "add `ip -j route show table all` to the folder",
            ));
        }
        let learns = |protocol: Protocol| match protocol {
            Protocol::BIRD => false,
            Protocol::KERNEL => learn == Learn::All,
            _ => true,
        };
        let mut routes = self.host.snapshot.routes.iter().map(|(_, route)| route);
        let leads = |route: &Route| {
            let longer = Some(route.dst.prefix_len()) > discard;
            learns(route.protocol) && longer && route.dst.contains(&address) && !route.kind.is_discard()
        };
        Truth::from(routes.any(leads))
    }
}

/// Whether a protocol other than a static one can bring routes that need no resolving: those of neighbours never do.
fn may_lead(protocol: &ProtocolModel<'_>) -> bool {
    !matches!(protocol.detail, Detail::Bgp(_) | Detail::Pipe(_) | Detail::Static(_))
}

/// Whether the patterns of a direct protocol choose a link; a list's first match decides.
fn chooses(direct: &Direct<'_>, name: &str) -> bool {
    let fits = |pattern: &&InterfacePattern| {
        pattern.name.as_ref().is_none_or(|glob| matches(glob.as_bytes(), name.as_bytes()))
    };
    let mut lists = direct.interfaces.iter();
    direct.interfaces.is_empty()
        || lists.any(|list| list.iter().find(fits).is_some_and(|pattern| !pattern.negated))
}
