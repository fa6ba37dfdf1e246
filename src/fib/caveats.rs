//! What was not seen and might change a decision, in words.

use crate::net::Family;
use crate::seen::Unseen;
use crate::snapshot::{Route, Source};

use super::query::Query;
use super::{Blind, Fate, Fib, Outcome, fate};

/// What was not seen and might change the decision; for an open fate, why it is open.
pub(super) fn of(fib: &Fib<'_>, query: &Query, fate: &Fate) -> Vec<Unseen> {
    let open = match fate.outcome {
        Outcome::Unseen(blind) => Some(fib.why(blind)),
        _ => None,
    };
    let sources = [fate::routes_source(query.family), Source::Policy, Source::Nexthops, Source::Links];
    let gaps = sources.into_iter().flat_map(|source| fib.snapshot.sources.gaps(source));
    let route = fate.route.and_then(|id| fib.snapshot.routes.get(id));
    let router = route.and_then(|route| router(fib, query, route));
    let mut caveats: Vec<Unseen> =
        open.into_iter().chain(gaps.map(|gap| gap.why.clone())).chain(router).collect();
    caveats.dedup();
    caveats
}

/// Where this node does not forward, IPv6 passes over a router that did not answer.
fn router(fib: &Fib<'_>, query: &Query, route: &Route) -> Option<Unseen> {
    let setting = fib.snapshot.sysctls.get("net.ipv6.conf.all.forwarding")?;
    let via = route.via.filter(|_| query.family == Family::V6 && setting.trim() == "0")?;
    let reason = format!("whether the router {via} answers; this node does not forward, so the kernel minds");
    Some(Unseen::new(reason, format!("see `ip -6 neigh show {via}`")))
}

impl Fib<'_> {
    /// Why something is open, and what to do about it.
    pub fn why(&self, blind: Blind) -> Unseen {
        match blind {
            Blind::Source(source) => self.source_gap(source),
            Blind::Rule(index) => {
                let priority = self.snapshot.policy.get(index as usize).map_or(0, |rule| rule.priority);
                Unseen::new(
                    format!("policy rule {priority} has a selector or an action that is not known here"),
                    format!("read `ip rule show priority {priority}`"),
                )
            }
            Blind::Route(id) => Unseen::new(
                format!("the route for {} has an unknown type or expires now", self.prefix(id)),
                "look at the live table again",
            ),
            Blind::History(id) => Unseen::new(
                format!(
                    "whether a route for {} was deleted before; the kernel may then overlook those with a source prefix",
                    self.prefix(id)
                ),
                "ask the kernel with `ip -6 route get`",
            ),
            Blind::Nexthop(id) => Unseen::new(
                format!("the route for {} names a next-hop object that was not seen", self.prefix(id)),
                "see `ip nexthop show`",
            ),
            Blind::Legs(id) => Unseen::new(
                format!(
                    "it depends on which leg of the multipath route for {} the hash takes",
                    self.prefix(id)
                ),
                "ask for each link with `oif`",
            ),
            Blind::Merged => Unseen::new(
                "whether an IPv4 policy rule was ever changed, on which the kernel looks closer",
                "ask it with `ip route get`",
            ),
            Blind::Unheeded => Unseen::new(
                "whether an IPv6 policy rule was ever added; until then the kernel uses its own even when deleted",
                "ask it with `ip -6 route get`",
            ),
            Blind::Owner => Unseen::new(
                "which of the links with the source address got it last; packets to a group go there",
                "ask for a link with `oif`",
            ),
            Blind::Groups => {
                Unseen::new("which multicast groups this node has joined", "see `ip maddress show`")
            }
            Blind::Link(index) => Unseen::new(
                format!("the state of the link with index {index}"),
                "take the snapshot again: the link was not in it",
            ),
        }
    }

    fn source_gap(&self, source: Source) -> Unseen {
        let gaps = self.snapshot.sources.gaps(source);
        gaps.first().map_or_else(
            || Unseen::new(format!("the {source} were not asked for"), "add them to the folder"),
            |gap| gap.why.clone(),
        )
    }

    fn prefix(&self, id: crate::snapshot::RouteId) -> String {
        self.snapshot.routes.get(id).map_or_else(|| "?".to_owned(), |route| route.dst.to_string())
    }
}
