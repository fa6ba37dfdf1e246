//! The static routes that BIRD's tables hold, as the files say them.

use std::sync::Arc;

use ipnet::IpNet;

use super::way::{Arrival, RESOLVED, Way, resolved};
use super::{Judge, Passed};
use crate::bird::eval::value::{Address, Value};
use crate::bird::eval::{Attribute, Ending, Route};
use crate::bird::model::{ChannelModel, Detail, ProtocolModel};
use crate::bird::plain::{self, Plain};
use crate::bird::prove::{Family as Routes, Held, Step};
use crate::bird::tree::{Enumerator, Gateway, Net, NextHop, StaticRoute, StaticTarget};
use crate::net::Family;
use crate::seen::{Seen, Truth};
use crate::text::Span;

/// A static route on one of its ways to a table.
pub(super) struct StaticArrival<'j> {
    /// Its network.
    pub net: IpNet,
    /// The route as its protocol makes it, and its way.
    pub arrival: Arrival<'j>,
    /// Whether it discards.
    pub discards: bool,
    /// Where it stands.
    pub span: Span,
}

/// What the interface of a route is where only its next hop is written.
const LINK: &str = "the link of a next hop";
/// What a block of commands leaves.
const COMMANDS: &str = "what the commands of a static route do";

impl<'c> Judge<'c, '_> {
    /// The static routes of a family that may come to a table.
    pub(super) fn statics<'j>(&'j self, table: &Option<Arc<str>>, family: Family) -> Vec<StaticArrival<'j>> {
        self.statics_like(&|_| true, table, family)
    }

    /// Those that are like something.
    pub(super) fn statics_like<'j>(
        &'j self,
        fits: &dyn Fn(&StaticRoute) -> bool,
        table: &Option<Arc<str>>,
        family: Family,
    ) -> Vec<StaticArrival<'j>> {
        let mut arrivals = Vec::new();
        for protocol in self.working() {
            let Detail::Static(routes) = &protocol.detail else { continue };
            let channels = protocol.channels.iter().filter(|channel| channel.kind.family() == Some(family));
            for channel in channels {
                for way in self.ways_from(channel, table, family) {
                    let arrive = |route: &&StaticRoute| self.arrive(protocol, channel, route, &way, family);
                    arrivals.extend(routes.iter().filter(|route| fits(route)).filter_map(arrive));
                }
            }
        }
        arrivals
    }

    fn arrive<'j>(
        &'j self,
        protocol: &ProtocolModel<'c>,
        channel: &ChannelModel<'c>,
        written: &StaticRoute,
        way: &Way<'j>,
        family: Family,
    ) -> Option<StaticArrival<'j>> {
        let Net::Ip(net) = written.net else { return None };
        if Family::of_prefix(net) != family {
            return None;
        }
        let (route, mut open) = self.made(protocol, channel, written);
        let (mut after, mut unseen) = (route.clone(), false);
        let recursive = matches!(written.target, StaticTarget::Recursive(_));
        if let Some(commands) = written.commands {
            // static.c does not ask how the commands ended.
            let run = self.prover.interpreter().filter(commands, route.clone());
            // They see the route before its next hop is resolved.
            unseen = recursive || matches!(run.ending, Ending::Unseen(..));
            after = run.route.unwrap_or(after);
        }
        open.retain(|(name, _)| route.get(name) == after.get(name));
        let lacking = self.custom().map(|custom| Attribute::Custom(custom.name.text.clone()));
        let lacking = lacking.filter(|name| after.get(name).is_none()).map(|name| (name, Held::Nothing));
        let mut routes = Routes::of_route(&after)?.in_tables().knowing(open).knowing(lacking);
        if unseen {
            let all = routes.held().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            let all = all.into_iter().filter(|name| !matches!(name.name(), "net" | "source" | "proto"));
            routes = routes.knowing(all.map(|name| (name, Held::Unseen(COMMANDS))));
        }
        let discards = written.target.is_discard();
        let resolved = self.resolved(channel, written);
        let arrival = Arrival { routes, way: way.clone(), resolved, kept: Vec::new() };
        Some(StaticArrival { net, arrival, discards, span: written.span })
    }

    /// A static route before its commands, and what of it shows only when BIRD runs.
    fn made(
        &self,
        protocol: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        written: &StaticRoute,
    ) -> (Route, Vec<(Attribute, Held)>) {
        let mut route = Route::new(written.net.clone());
        let mut open = Vec::new();
        let mut set = |name: &'static str, value: Value| route.set(Attribute::known(name), value);
        set("proto", Value::string(protocol.name.clone()));
        let dest = Enumerator::named(destination(&written.target)).map(|(dest, _)| Value::Enum(dest));
        set("dest", dest.unwrap_or(Value::Void));
        if self.configuration.version.major >= 3 {
            set("from", Value::Void);
        }
        match channel.preference.known() {
            Some(preference) => set("preference", Value::Int(*preference)),
            None => open.push(("preference", "a preference that is computed")),
        }
        match &written.target {
            StaticTarget::Via(_) | StaticTarget::Multipath(_) => {
                let first = written.target.next_hops().first();
                let (gateway, interface) = first.map_or((None, None), |hop| self.hop(hop));
                match gateway {
                    Some(address) => set("gw", Value::Ip(address)),
                    None => open.push(("gw", LINK)),
                }
                match interface {
                    Some(name) => set("ifname", Value::string(name)),
                    None => open.push(("ifname", LINK)),
                }
                open.extend(["ifindex", "weight", "gw_mpls", "onlink"].map(|name| (name, LINK)));
            }
            StaticTarget::Recursive(_) => {
                let names = ["gw", "ifname", "ifindex", "dest", "weight", "gw_mpls", "onlink", "igp_metric"];
                open.extend(names.map(|name| (name, RESOLVED)));
            }
            StaticTarget::Blackhole
            | StaticTarget::Unreachable
            | StaticTarget::Prohibit
            | StaticTarget::Providers(_)
            | StaticTarget::None
            | StaticTarget::Opaque => {}
        }
        let open = open.into_iter().map(|(name, words)| (Attribute::known(name), Held::Unseen(words)));
        (route, open.collect())
    }

    /// What the table finds for a recursive next hop.
    fn resolved(&self, channel: &ChannelModel<'_>, written: &StaticRoute) -> Vec<(Attribute, Held)> {
        let StaticTarget::Recursive(next_hop) = &written.target else { return Vec::new() };
        let dest = |name: &str| match Enumerator::named(name) {
            Some((dest, _)) => Held::Is(Value::Enum(dest)),
            None => Held::Unseen(RESOLVED),
        };
        let next_hop = plain::address(&self.configuration.tree, next_hop);
        resolved(match next_hop.map(|next_hop| self.resolves(next_hop, channel)) {
            Some(Truth::True) => dest("RTD_UNICAST"),
            Some(Truth::False) => dest("RTD_UNREACHABLE"),
            Some(Truth::Unknown(_)) | None => Held::Unseen(RESOLVED),
        })
    }

    /// The address and the link of a next hop, as far as they are written.
    fn hop(&self, hop: &NextHop) -> (Option<Address>, Option<Arc<str>>) {
        let tree = &self.configuration.tree;
        let gateway = match &hop.gateway {
            Gateway::Address(address) => Some(Address::from(*address)),
            Gateway::Constant(id) => {
                tree.constant(*id).plain.as_ref().and_then(Plain::address).map(Address::from)
            }
            Gateway::Term(term) => plain::address(tree, term).map(Address::from),
            Gateway::Interface(id) => return (Some(Address::NONE), Some(tree.interface(*id).clone())),
        };
        (gateway, hop.interface.map(|id| tree.interface(id).clone()))
    }

    /// Whether a static route gets out of its table by a channel.
    pub(super) fn static_passes(&self, channel: &ChannelModel<'_>, held: &StaticArrival<'_>) -> Seen<Passed> {
        if !is_within(channel, held) {
            return Seen::Absent;
        }
        self.static_goes(held.arrival.steps(&channel.export.what), held)
    }

    /// Whether a static route gets out of its table by a channel, and refuses packets then.
    pub(super) fn static_discards(
        &self,
        channel: &ChannelModel<'_>,
        held: &StaticArrival<'_>,
    ) -> Seen<Passed> {
        if !is_within(channel, held) {
            return Seen::Absent;
        }
        let mut steps = held.arrival.steps(&channel.export.what);
        steps.push(Step::Discarding);
        self.static_goes(steps, held)
    }

    pub(super) fn static_goes(&self, steps: Vec<Step<'_>>, held: &StaticArrival<'_>) -> Seen<Passed> {
        self.passes(&steps, &held.arrival.routes).map(|passed| {
            let mut lines = vec![self.line(held.span)];
            lines.extend(passed.lines);
            let net = held.net;
            let supposing = passed.supposing.as_ref().map(|words| format!(", supposing that {words}"));
            Passed { route: format!("{net} (static){}", supposing.unwrap_or_default()), lines, ..passed }
        })
    }
}

/// Whether a route lies where a channel exports at all.
fn is_within(channel: &ChannelModel<'_>, held: &StaticArrival<'_>) -> bool {
    channel.export_within.is_none_or(|network| network.contains(&held.net))
}

fn destination(target: &StaticTarget) -> &'static str {
    match target {
        StaticTarget::Via(_)
        | StaticTarget::Multipath(_)
        | StaticTarget::Recursive(_)
        | StaticTarget::Providers(_)
        | StaticTarget::None
        | StaticTarget::Opaque => "RTD_UNICAST",
        StaticTarget::Blackhole => "RTD_BLACKHOLE",
        StaticTarget::Unreachable => "RTD_UNREACHABLE",
        StaticTarget::Prohibit => "RTD_PROHIBIT",
    }
}
