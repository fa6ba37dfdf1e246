//! `shadow`: what takes packets away from a route into a tunnel.
//!
//! A destination counts where the tunnel's route covers it *and* some peer's allowed IPs pick it. This
//! node's own planes and addresses never count, nor do link-local and multicast destinations; where the
//! tunnel's route is a default, neither do connected networks and peers' endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::told::{list, whole};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::fib::{Fate, Flow, Outcome, Segment};
use crate::host::{Change, Host, LinkClass};
use crate::net::{AddressRange, Family, PrefixMap, Protocol, RouteType, TableId, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::{PolicyAction, PolicyRule, Route, RouteId, Source};

/// Something that wins over a route into a tunnel, and the destinations that it takes.
pub(super) struct Shadow {
    by: Fate,
    /// The `throw` route that ended the look-up, where no route took the packet.
    thrown: Option<RouteId>,
    hidden: RouteId,
    /// Where the tunnel's route would be found, as index into the policy rules.
    hidden_rule: Option<u32>,
    prefixes: Vec<IpNet>,
    peers: BTreeSet<String>,
    from: Option<IpAddr>,
    served: Seen<()>,
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
    fields: FIELDS,
    rows,
    tell,
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

/// Rows under the pair that makes them one: the hidden route and the winner.
type Pairs =
    BTreeMap<(RouteId, Family, Option<u32>, Option<RouteId>, &'static str), (Shadow, Vec<AddressRange>)>;

fn rows(host: &Host<'_>, give: &mut dyn FnMut(Shadow)) {
    let excluded = excluded(host);
    let mut pairs = Pairs::new();
    for family in Family::ALL {
        for flow in host.flows(family) {
            let actual = host.fib.sweeper(family, &flow);
            host.tunnel_fib.sweep(&flow, AddressRange::all(family), &mut |tunnel| {
                served(host, &excluded, &tunnel, &mut |range, peer| {
                    actual.sweep(range, &mut |actual| {
                        compare(host, &flow, &tunnel, &actual, &peer, &mut pairs)
                    });
                });
            });
        }
    }
    for (mut shadow, ranges) in pairs.into_values() {
        shadow.prefixes = prefixes_of(&ranges);
        give(shadow);
    }
}

/// This node's own planes, and what no mesh carries.
fn excluded(host: &Host<'_>) -> PrefixMap<()> {
    let own = host.plan.own.iter().map(|own| own.prefix);
    let never = NEVER.iter().filter_map(|prefix| prefix.parse().ok());
    own.chain(never).map(|prefix| (prefix, ())).collect()
}

/// Visits the parts of a segment that some peer picks, less what is excluded.
fn served(
    host: &Host<'_>,
    excluded: &PrefixMap<()>,
    tunnel: &Segment,
    visit: &mut dyn FnMut(AddressRange, Seen<&str>),
) {
    let mut kept = |range, peer: Seen<&str>| {
        excluded.sweep(range, &mut |part, out| {
            if out.is_none() {
                visit(part, peer.clone());
            }
        });
    };
    for dev in host.tunnel_fib.exits(&tunnel.fate).into_iter().filter_map(|exit| exit.dev) {
        match host.tunnel_of(dev) {
            Some(known) => known.sweep(tunnel.range, &mut |range, peer| {
                if let Some((_, peer)) = peer {
                    kept(range, Seen::Known(&peer.name));
                }
            }),
            None => {
                if let Some(gap) = host.gap(Source::Wireguard) {
                    kept(tunnel.range, Seen::Unseen(gap.why.clone()));
                }
            }
        }
    }
}

/// Link-local and multicast destinations, this host, and the limited broadcast: no mesh carries them.
const NEVER: [&str; 7] =
    ["fe80::/10", "ff00::/8", "::/127", "127.0.0.0/8", "224.0.0.0/4", "169.254.0.0/16", "255.255.255.255/32"];

/// Notes what wins in a segment, where it is not the tunnel's route itself.
fn compare(
    host: &Host<'_>,
    flow: &Flow,
    tunnel: &Segment,
    actual: &Segment,
    peer: &Seen<&str>,
    pairs: &mut Pairs,
) {
    let Some(hidden) = tunnel.fate.route else { return };
    let own = is_own_address(host, &actual.fate);
    let same = actual.fate.route == Some(hidden) && host.leaves_by_tunnel(&actual.fate);
    if own || same || is_exempt(host, hidden, actual) {
        return;
    }
    let thrown = (actual.fate.outcome == Outcome::NoRoute).then(|| throw_over(host, hidden)).flatten();
    let shadow = Shadow {
        by: actual.fate,
        thrown,
        hidden,
        hidden_rule: tunnel.fate.rule,
        prefixes: Vec::new(),
        peers: BTreeSet::new(),
        from: flow.from,
        served: peer.clone().map(|_| ()),
    };
    let key = (hidden, actual.range.family, actual.fate.rule, actual.fate.route, actual.fate.outcome.word());
    let (row, ranges) = pairs.entry(key).or_insert((shadow, Vec::new()));
    row.peers.extend(peer.known().map(|name| (*name).to_owned()));
    ranges.push(actual.range);
}

/// Whether packets end at an address of this node, or at one that the kernel derives from it. A `local` route
/// of a whole network, which programs use to answer for all of it, is none.
fn is_own_address(host: &Host<'_>, fate: &Fate) -> bool {
    let ends_here = fate.outcome.is_local() || fate.outcome == Outcome::Broadcast;
    let route = fate.route.and_then(|id| host.route(id));
    ends_here && route.is_none_or(|route| route.dst.prefix_len() == route.dst.max_prefix_len())
}

/// Beside a default into the tunnel, connected networks and the way to an endpoint are meant to win.
fn is_exempt(host: &Host<'_>, hidden: RouteId, actual: &Segment) -> bool {
    if !host.route(hidden).is_some_and(is_default) || actual.fate.outcome != Outcome::Forward {
        return false;
    }
    let exits = host.fib.exits(&actual.fate);
    let connected = exits.iter().all(|exit| exit.via.is_none());
    let mut peers = host.tunnels.iter().flat_map(|tunnel| &tunnel.peers);
    let endpoint =
        peers.any(|peer| peer.endpoint.is_some_and(|to| AddressRange::host(to.ip()) == actual.range));
    connected || endpoint
}

/// A default route, or a half of the space that stands in for one.
fn is_default(route: &Route) -> bool {
    route.dst.prefix_len() <= 1
}

/// The throw route that covers the hidden route's destination in its table and wins there.
fn throw_over(host: &Host<'_>, hidden: RouteId) -> Option<RouteId> {
    let hidden = host.route(hidden)?;
    let throws = host.snapshot.routes.iter().filter(|(_, route)| {
        route.kind == RouteType::Throw
            && route.family() == hidden.family()
            && (route.dst.contains(&hidden.dst) || hidden.dst.contains(&route.dst))
    });
    throws.max_by_key(|(id, route)| (route.dst.prefix_len(), std::cmp::Reverse(*id))).map(|(id, _)| id)
}

impl Shadow {
    /// The winning route, where a route wins.
    fn route<'s>(&self, host: &Host<'s>) -> Seen<&'s Route> {
        self.by.route.or(self.thrown).and_then(|id| host.route(id)).into()
    }

    fn rule_priority(&self, host: &Host<'_>) -> Seen<u32> {
        self.by.rule.and_then(|at| host.snapshot.policy.get(at as usize)).map(|rule| rule.priority).into()
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
        host.route(self.hidden).map(|route| crate::host::devs(route, host.snapshot)).unwrap_or_default()
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

    /// Who made the winner, in words that are the same for every prefix of one story.
    fn culprit(&self, host: &Host<'_>) -> String {
        match (self.route(host), self.rule_priority(host)) {
            (Seen::Known(_), _) if self.how(host) == "leg" => "a leg outside the tunnel".to_owned(),
            (Seen::Known(route), _) if route.protocol == Protocol::BIRD => {
                format!("{} routes of bird, metric {}, table {}", self.kind(), route.metric, route.table)
            }
            (Seen::Known(route), Seen::Known(priority)) if self.how(host) == "policy" => {
                format!("policy rule {priority}, {} in table {}", self.kind(), route.table)
            }
            (Seen::Known(route), _) => {
                format!(
                    "{} by proto {}, metric {}, table {}",
                    self.kind(),
                    route.protocol,
                    route.metric,
                    route.table
                )
            }
            (_, Seen::Known(priority)) => format!("policy rule {priority}"),
            _ => "no route".to_owned(),
        }
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let taken = list(&whole(&self.prefixes, host), 3);
        let peers = self.whose();
        let from = self.from.map(|from| format!(" sent from {from}")).unwrap_or_default();
        let devs = self.hidden_names(host).join(", ");
        if self.how(host) == "leg" {
            let outside = self.outside(host);
            return format!(
                "{taken}{peers}{from}: a part of the packets leaves by {outside}, {}",
                self.reason(host)
            );
        }
        format!(
            "{taken}{peers}{from}: {} instead of the route into {devs}, {}",
            self.winner(host),
            self.reason(host)
        )
    }

    /// Whose packets are taken, in brackets.
    fn whose(&self) -> String {
        match self.peers.len() {
            0 => String::new(),
            1..=3 => format!(" ({})", self.peers.iter().cloned().collect::<Vec<_>>().join(", ")),
            many => format!(" ({many} peers)"),
        }
    }

    /// What happens to the packets, as the subject of a sentence.
    fn winner(&self, host: &Host<'_>) -> String {
        let proto =
            self.route(host).known().map(|route| format!(" by proto {}", route.protocol)).unwrap_or_default();
        match self.kind() {
            "unicast" => format!("leaves by {}{proto}", self.exit_names(host).join(" and ")),
            "throw" => format!("a throw route{proto} ends the look-up"),
            "none" if matches!(self.by.outcome, Outcome::Unseen(_)) => {
                "it is not known what takes it".to_owned()
            }
            "none" => "no route takes it".to_owned(),
            kind => format!("{kind}{proto}"),
        }
    }

    /// Why it wins.
    fn reason(&self, host: &Host<'_>) -> String {
        let metrics = match (self.route(host), host.route(self.hidden)) {
            (Seen::Known(by), Some(hidden)) => (by.metric, hidden.metric),
            _ => (0, 0),
        };
        match self.how(host) {
            "policy" => match self.rule_priority(host) {
                Seen::Known(priority) => format!("because policy rule {priority} comes first"),
                Seen::Absent | Seen::Unseen(_) => "because no policy rule leads to it".to_owned(),
            },
            "longer-prefix" => "because its prefix is longer".to_owned(),
            "metric" => format!("because metric {} beats {}", metrics.0, metrics.1),
            "leg" => "another leg of the same multipath route".to_owned(),
            _ => format!("because it comes first at the same metric {}", metrics.0),
        }
    }
}

fn tell(row: &Shadow, host: &Host<'_>) -> Story {
    let winning = row.route(host).known().copied();
    let rule = row.by.rule.and_then(|at| host.snapshot.policy.get(at as usize));
    let by_policy = row.how(host) == "policy";
    let hidden = host.route(row.hidden);
    let mut evidence: Vec<Evidence> = winning.map(|route| host.route_evidence(route)).into_iter().collect();
    evidence.extend(rule.filter(|_| by_policy).map(|rule| host.policy_evidence(rule)));
    evidence
        .extend(hidden.filter(|_| row.by.route != Some(row.hidden)).map(|route| host.route_evidence(route)));
    evidence.push(Evidence {
        origin: Origin::Wireguard,
        place: format!("wg show {} allowed-ips", row.hidden_tunnels(host).join(" ")),
        text: format!(
            "{} → {}",
            list(&whole(&row.prefixes, host), 3),
            row.peers.iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    });
    let hidden_words = hidden.map(|route| host.route_line(route)).unwrap_or_default();
    let by_words = winning.map_or_else(
        || rule.map_or_else(|| row.by.outcome.to_string(), crate::host::policy_line),
        |route| host.route_line(route),
    );
    Story {
        key: format!("{by_words} > {hidden_words}"),
        culprit: row.culprit(host),
        subject: format!("{}{}", list(&whole(&row.prefixes, host), 2), row.whose()),
        sentence: row.sentence(host),
        evidence,
        now: row.remedy(host),
        for_good: None,
        undo: row.undo(host),
        rests_on: Vec::new(),
    }
}

impl Shadow {
    fn remedy(&self, host: &Host<'_>) -> Vec<String> {
        let rule = self.by.rule.and_then(|at| host.snapshot.policy.get(at as usize));
        match (self.route(host), rule) {
            (_, Some(rule)) if self.is_made_by_rule(host) => {
                let to = rule.to.map(|to| format!(" to {to}")).unwrap_or_default();
                vec![format!("ip {} rule del priority {}{to}", rule.family.ip_option(), rule.priority)]
            }
            (Seen::Known(route), _) if self.how(host) != "leg" => vec![host.delete_command(route)],
            _ => Vec::new(),
        }
    }

    /// Whether the policy rule is what should go. The rules that lead to the kernel's own tables are there by
    /// right, also `lookup main suppress_prefixlength 0` before a full tunnel: there it is the route.
    fn is_made_by_rule(&self, host: &Host<'_>) -> bool {
        let rule = self.by.rule.and_then(|at| host.snapshot.policy.get(at as usize));
        let own = [TableId::LOCAL, TableId::MAIN, TableId::DEFAULT];
        let leads_home = |rule: &PolicyRule| rule.action == PolicyAction::Lookup && own.contains(&rule.table);
        self.how(host) == "policy" && rule.is_some_and(|rule| self.by.route.is_none() || !leads_home(rule))
    }

    /// What would have to go for the tunnel's route to win.
    fn undo(&self, host: &Host<'_>) -> Vec<Change> {
        match (self.by.route.or(self.thrown), self.by.rule) {
            (_, Some(rule)) if self.is_made_by_rule(host) => vec![Change::DropPolicy(rule as usize)],
            (Some(route), _) if route != self.hidden => vec![Change::Withdraw(route)],
            _ => Vec::new(),
        }
    }
}
