//! `shadow`: what takes packets away from a route into a tunnel.
//!
//! A destination counts where the tunnel's route covers it *and* some peer's allowed IPs pick it. This
//! node's own planes and addresses never count, nor do link-local and multicast destinations; where the
//! tunnel's route is a default, neither do connected networks and peers' endpoints.

mod find;
mod tell;

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::column::{OfMany, more};
use super::{Field, Kind, Relation, Value};
use crate::fib::{Fate, Outcome};
use crate::host::{Host, LinkClass};
use crate::seen::Seen;
use crate::snapshot::{PolicyRule, Route, RouteId, Source};

/// Something that wins over a route into a tunnel, and the destinations that it takes.
pub(super) struct Shadow {
    by: Fate,
    /// The `throw` route that ended the look-up, where no route took the packet.
    thrown: Option<RouteId>,
    hidden: RouteId,
    /// Where the tunnel's route would be found, as index into the policy rules.
    hidden_rule: Option<u32>,
    /// The `goto` that passes that rule over, where the packets never come to it.
    skipped_by: Option<u32>,
    prefixes: Vec<IpNet>,
    peers: BTreeSet<String>,
    from: Option<IpAddr>,
    served: Seen<()>,
    /// Hidden routes and winners beside the first, where rows of one class are too many to be told one by one.
    more: Vec<(RouteId, Option<RouteId>)>,
}

impl OfMany for Shadow {
    fn others(&self) -> usize {
        self.more.len()
    }
}

/// The relation.
pub(super) static SHADOW: Relation<Shadow> = Relation {
    name: "shadow",
    about: "what wins over a route into a WireGuard tunnel, for destinations that the tunnel serves",
    needs: &[
        Source::Routes4,
        Source::Routes6,
        Source::Policy,
        Source::Links,
        Source::Wireguard,
        Source::Nexthops,
    ],
    reads: &[],
    main: &["destination", "peer", "how", "by.kind", "by.proto", "by.metric"],
    fields: FIELDS,
    rows: find::rows,
    tell: tell::tell,
};

const FIELDS: &[Field<Shadow>] = &[
    Field {
        name: "destination",
        about: "the destinations that are taken, in the fewest prefixes",
        kind: Kind::Prefixes,
        get: |row, _| Seen::Known(Value::Prefixes(row.prefixes.clone())),
    },
    Field {
        name: "peer",
        about: "the peers that would get them",
        kind: Kind::Texts,
        get: |row, _| Seen::Known(Value::Texts(row.peers.iter().cloned().collect())),
    },
    Field {
        name: "served",
        about: "a peer's allowed IPs pick the destinations",
        kind: Kind::Flag,
        get: |row, _| row.served.clone().map(|()| Value::Flag(true)),
    },
    Field {
        name: "how",
        about: "why it wins: an earlier policy rule, a longer prefix, a lower metric, the order of equals, \
                or as another leg of the same multipath route",
        kind: Kind::Word(HOW),
        get: |row, host| Seen::Known(Value::Word(row.how(host))),
    },
    Field {
        name: "by.kind",
        about: "what becomes of the packets: the winning route's type, or the action of a policy rule; `throw` \
                where a throw route ends the look-up and nothing else takes them, `none` where nothing does",
        kind: Kind::Word(KINDS),
        get: |row, host| match row.by.outcome {
            Outcome::Unseen(blind) => Seen::Unseen(host.fib.why(blind)),
            _ => Seen::Known(Value::Word(row.kind())),
        },
    },
    Field {
        name: "by.link",
        about: "what the links are by which they leave; absent for a discard",
        kind: Kind::Words(LinkClass::WORDS),
        get: |row, host| {
            host.exit_classes(&host.fib.exits(&row.by)).map(|classes| Value::Words(words(&classes)))
        },
    },
    Field {
        name: "by.dev",
        about: "the names of those links",
        kind: Kind::Texts,
        get: |row, host| Seen::Known(Value::Texts(row.exit_names(host))),
    },
    Field {
        name: "by.proto",
        about: "who installed the winning route: `bird`, `kernel`, `static`…",
        kind: Kind::Text,
        get: |row, host| row.route(host).map(|route| Value::Text(route.protocol.to_string())),
    },
    Field {
        name: "by.metric",
        about: "the winning route's metric",
        kind: Kind::Number("metric"),
        get: |row, host| row.route(host).map(|route| Value::Number(route.metric.into())),
    },
    Field {
        name: "by.table",
        about: "the winning route's table",
        kind: Kind::Text,
        get: |row, host| row.route(host).map(|route| Value::Text(route.table.to_string())),
    },
    Field {
        name: "by.rule",
        about: "the priority of the policy rule that led to it",
        kind: Kind::Number("priority"),
        get: |row, host| row.rule_priority(host).map(|priority| Value::Number(priority.into())),
    },
    Field {
        name: "hidden.link",
        about: "what the links of the hidden route are",
        kind: Kind::Words(LinkClass::WORDS),
        get: |row, host| row.hidden_classes(host),
    },
    Field {
        name: "hidden.dev",
        about: "the names of those links",
        kind: Kind::Texts,
        get: |row, host| Seen::Known(Value::Texts(row.hidden_names(host))),
    },
    Field {
        name: "hidden.metric",
        about: "the hidden route's metric",
        kind: Kind::Number("metric"),
        get: |row, host| Seen::from(host.route(row.hidden)).map(|route| Value::Number(route.metric.into())),
    },
    Field {
        name: "hidden.default",
        about: "the hidden route is a default, or one of the halves that stand in for one",
        kind: Kind::Flag,
        get: |row, host| Seen::from(host.route(row.hidden)).map(|route| Value::Flag(is_default(route))),
    },
    more("routes"),
];

const HOW: &[&str] = &["policy", "longer-prefix", "metric", "order", "leg"];
const KINDS: &[&str] = &[
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "none",
];

fn words(classes: &BTreeSet<LinkClass>) -> Vec<&'static str> {
    classes.iter().map(|class| class.word()).collect()
}

impl Shadow {
    /// What wins, where a route does.
    fn winning(&self) -> Option<RouteId> {
        self.by.route.or(self.thrown)
    }

    /// The winning route, where a route wins.
    fn route<'s>(&self, host: &Host<'s>) -> Seen<&'s Route> {
        self.winning().and_then(|id| host.route(id)).into()
    }

    /// Every route that wins.
    fn winners(&self) -> BTreeSet<RouteId> {
        self.winning().into_iter().chain(self.more.iter().filter_map(|(_, winner)| *winner)).collect()
    }

    fn rule_priority(&self, host: &Host<'_>) -> Seen<u32> {
        self.by.rule.and_then(|at| host.snapshot.policy.get(at as usize)).map(|rule| rule.priority).into()
    }

    /// The policy rule to blame: the `goto` that passed the tunnel's route over, else the one that decided.
    fn blamed_rule<'s>(&self, host: &Host<'s>) -> Option<&'s PolicyRule> {
        host.snapshot.policy.get(self.skipped_by.or(self.by.rule)? as usize)
    }

    fn kind(&self) -> &'static str {
        match self.by.outcome {
            Outcome::Forward => "unicast",
            Outcome::Local => "local",
            Outcome::Broadcast => "broadcast",
            Outcome::Anycast => "anycast",
            Outcome::Multicast => "multicast",
            Outcome::Blackhole => "blackhole",
            Outcome::Unreachable => "unreachable",
            Outcome::Prohibit => "prohibit",
            Outcome::NoRoute if self.thrown.is_some() => "throw",
            Outcome::NoRoute
            | Outcome::Martian
            | Outcome::ReversePath
            | Outcome::NotForwarding
            | Outcome::Unseen(_) => "none",
        }
    }

    fn how(&self, host: &Host<'_>) -> &'static str {
        let (Seen::Known(by), Some(hidden)) = (self.route(host), host.route(self.hidden)) else {
            return "policy";
        };
        if self.by.route == Some(self.hidden) {
            return "leg";
        }
        if self.thrown.is_none() && self.by.rule != self.hidden_rule {
            return "policy";
        }
        match by.dst.prefix_len() > hidden.dst.prefix_len() {
            true => "longer-prefix",
            false if by.metric < hidden.metric => "metric",
            false => "order",
        }
    }

    fn exit_names(&self, host: &Host<'_>) -> Vec<String> {
        let exits = host.fib.exits(&self.by);
        let names: BTreeSet<String> =
            exits.iter().filter_map(|exit| exit.dev).map(|dev| host.link_name(dev)).collect();
        names.into_iter().collect()
    }

    /// The links of a multipath route that are no tunnels.
    fn outside(&self, host: &Host<'_>) -> String {
        let devs = host.fib.exits(&self.by).into_iter().filter_map(|exit| exit.dev);
        let names: BTreeSet<String> =
            devs.filter(|dev| host.tunnel_of(*dev).is_none()).map(|dev| host.link_name(dev)).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    fn hidden_devs(&self, host: &Host<'_>) -> Vec<u32> {
        host.route(self.hidden)
            .into_iter()
            .flat_map(|route| crate::host::devs(route, host.snapshot))
            .collect()
    }

    fn hidden_names(&self, host: &Host<'_>) -> Vec<String> {
        let names: BTreeSet<String> =
            self.hidden_devs(host).into_iter().map(|dev| host.link_name(dev)).collect();
        names.into_iter().collect()
    }

    /// The tunnels among the links of the hidden route.
    fn hidden_tunnels(&self, host: &Host<'_>) -> Vec<String> {
        let is_other = |name: &String| host.tunnels.iter().all(|tunnel| tunnel.name != *name);
        let (others, tunnels): (Vec<_>, Vec<_>) = self.hidden_names(host).into_iter().partition(is_other);
        if tunnels.is_empty() { others } else { tunnels }
    }

    fn hidden_classes(&self, host: &Host<'_>) -> Seen<Value> {
        let mut classes = BTreeSet::new();
        for dev in self.hidden_devs(host) {
            match host.class(dev) {
                Seen::Known(class) => classes.insert(class),
                Seen::Absent => false,
                Seen::Unseen(why) => return Seen::Unseen(why),
            };
        }
        Seen::Known(Value::Words(words(&classes)))
    }
}

/// A default route, or a half of the space that stands in for one.
fn is_default(route: &Route) -> bool {
    route.dst.prefix_len() <= 1
}
