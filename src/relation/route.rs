//! `route`: every route of the kernel.

use std::collections::BTreeSet;

use super::{Field, Kind, Relation, Story, Value};
use crate::fib::Flow;
use crate::host::{Change, Host, LinkClass};
use crate::net::{AddressRange, Family, RouteType};
use crate::seen::Seen;
use crate::snapshot::{Route, RouteFlag, RouteId, Source};

/// One route.
pub(super) struct RouteRow(RouteId);

const TYPES: &[&str] = &[
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
];

/// The relation.
pub(super) static ROUTE: Relation<RouteRow> = Relation {
    name: "route",
    about: "a route of the kernel, in any table",
    needs: &[Source::Routes4, Source::Routes6, Source::Links],
    reads: &[],
    main: &["type", "dst", "dev", "table", "proto", "metric", "wins"],
    fields: &[
        Field {
            name: "family",
            about: "the family",
            kind: Kind::Word(&["inet", "inet6"]),
            get: |row, host| {
                row.map(host, |route| {
                    Value::Word(if route.family() == Family::V4 { "inet" } else { "inet6" })
                })
            },
        },
        Field {
            name: "type",
            about: "what it does with the packets that it catches",
            kind: Kind::Word(TYPES),
            get: |row, host| match row.get(host).and_then(|route| route.kind.word()) {
                Some(word) => Seen::Known(Value::Word(word)),
                None => Seen::Absent,
            },
        },
        Field {
            name: "dst",
            about: "the destination",
            kind: Kind::Prefix,
            get: |row, host| row.map(host, |route| Value::Prefix(route.dst)),
        },
        Field {
            name: "via",
            about: "the gateway",
            kind: Kind::Address,
            get: |row, host| row.get(host).and_then(|route| route.via).map(Value::Address).into(),
        },
        Field {
            name: "dev",
            about: "the links, several for a multipath route",
            kind: Kind::Texts,
            get: |row, host| {
                row.map(host, |route| {
                    let devs = crate::host::devs(route, host.snapshot);
                    let mut names: Vec<String> = devs.into_iter().map(|dev| host.link_name(dev)).collect();
                    names.sort();
                    names.dedup();
                    Value::Texts(names)
                })
            },
        },
        Field {
            name: "table",
            about: "the table's name or number",
            kind: Kind::Text,
            get: |row, host| row.map(host, |route| Value::Text(route.table.to_string())),
        },
        Field {
            name: "proto",
            about: "who installed it",
            kind: Kind::Text,
            get: |row, host| row.map(host, |route| Value::Text(route.protocol.to_string())),
        },
        Field {
            name: "metric",
            about: "the metric; lower wins",
            kind: Kind::Number("metric"),
            get: |row, host| row.map(host, |route| Value::Number(route.metric.into())),
        },
        Field {
            name: "link",
            about: "what the links are",
            kind: Kind::Words(LinkClass::WORDS),
            get: |row, host| row.classes(host),
        },
        Field {
            name: "state",
            about: "`dead` when the kernel says that a next hop is dead or its link is down, `linkdown` when the \
                    link has no carrier",
            kind: Kind::Word(&["up", "linkdown", "dead"]),
            get: |row, host| row.map(host, |route| Value::Word(state(route, host))),
        },
        Field {
            name: "mesh",
            about: "what the mesh needs it for: `tunnel` leads into one, `endpoint` carries encrypted packets to a \
                    peer, `plane` holds addresses of a plane; empty for other routes",
            kind: Kind::Words(&["endpoint", "plane", "tunnel"]),
            get: |row, host| row.map(host, |route| Value::Words(row.mesh(route, host))),
        },
        Field {
            name: "undercuts",
            about: "who installed the unicast routes of the same destination and table that lose to it by metric",
            kind: Kind::Texts,
            get: |row, host| row.map(host, |route| Value::Texts(row.undercuts(route, host))),
        },
        Field {
            name: "wins",
            about: "it is the kernel's choice for some destination",
            kind: Kind::Flag,
            get: |row, host| row.map(host, |route| Value::Flag(row.wins(route, host))),
        },
    ],
    rows: |host, give| host.snapshot.routes.iter().for_each(|(id, _)| give(RouteRow(id))),
    tell,
};

/// The worst state among the route's next hops.
fn state(route: &Route, host: &Host<'_>) -> &'static str {
    let flags = route.legs().iter().fold(route.flags, |flags, leg| flags | leg.flags);
    let down = |dev: u32| host.link(dev).is_some_and(|link| !link.up);
    let silent = |dev: u32| host.link(dev).is_some_and(|link| link.up && !link.carrier);
    let devs = || crate::host::devs(route, host.snapshot).filter(|_| route.kind == RouteType::Unicast);
    if flags & RouteFlag::DEAD != 0 || devs().any(down) {
        "dead"
    } else if flags & RouteFlag::LINKDOWN != 0 || devs().any(silent) {
        "linkdown"
    } else {
        "up"
    }
}

impl RouteRow {
    fn get<'s>(&self, host: &Host<'s>) -> Option<&'s Route> {
        host.route(self.0)
    }

    fn map(&self, host: &Host<'_>, value: impl FnOnce(&Route) -> Value) -> Seen<Value> {
        self.get(host).map(value).into()
    }

    fn classes(&self, host: &Host<'_>) -> Seen<Value> {
        let Some(route) = self.get(host) else { return Seen::Absent };
        let mut words = Vec::new();
        for dev in crate::host::devs(route, host.snapshot) {
            match host.class(dev) {
                Seen::Known(class) => words.push(class.word()),
                Seen::Absent => {}
                Seen::Unseen(why) => return Seen::Unseen(why),
            }
        }
        words.sort_unstable();
        words.dedup();
        Seen::Known(Value::Words(words))
    }

    fn mesh(&self, route: &Route, host: &Host<'_>) -> Vec<&'static str> {
        let range = AddressRange::of(route.dst);
        let mut devs = crate::host::devs(route, host.snapshot);
        let tunnel = devs.any(|dev| host.tunnel_of(dev).is_some());
        let plane =
            host.plan.all().any(|plane| AddressRange::of(plane.prefix).intersection(&range) == Some(range));
        let endpoint = host.tunnels.iter().any(|tunnel| {
            let flow = Flow { mark: tunnel.fwmark, uid: None, ..Flow::local() };
            let mut endpoints = tunnel.peers.iter().filter_map(|peer| peer.endpoint);
            endpoints
                .any(|to| route.dst.contains(&to.ip()) && host.fib.fate(&flow, to.ip()).route == Some(self.0))
        });
        let words = [(endpoint, "endpoint"), (plane, "plane"), (tunnel, "tunnel")];
        words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
    }

    /// The unicast routes that the route beats by nothing but its metric.
    fn losers<'s>(&self, route: &Route, host: &Host<'s>) -> Vec<&'s Route> {
        let alike = host.snapshot.routes.alike(self.0);
        alike.filter(|other| other.kind == RouteType::Unicast && other.metric > route.metric).collect()
    }

    fn undercuts(&self, route: &Route, host: &Host<'_>) -> Vec<String> {
        let losers = self.losers(route, host).into_iter();
        let protocols: BTreeSet<String> = losers.map(|loser| loser.protocol.to_string()).collect();
        protocols.into_iter().collect()
    }

    fn wins(&self, route: &Route, host: &Host<'_>) -> bool {
        let mut wins = false;
        for flow in host.flows(route.family()) {
            host.fib.sweep(&flow, AddressRange::of(route.dst), &mut |segment| {
                wins |= segment.fate.route == Some(self.0)
            });
        }
        wins
    }
}

fn tell(row: &RouteRow, host: &Host<'_>) -> Story {
    let Some(route) = row.get(host) else { return Story::default() };
    let line = host.route_line(route);
    let devs: Vec<String> = crate::host::devs(route, host.snapshot).map(|dev| host.link_name(dev)).collect();
    let losers = row.losers(route, host);
    let (condition, now) = match (state(route, host), losers.first(), devs.first()) {
        ("dead", _, Some(dev)) => {
            (" leads to a dead next hop or a link that is down".to_owned(), Some(show_link(dev)))
        }
        ("linkdown", _, Some(dev)) => (" leads to a link without carrier".to_owned(), Some(show_link(dev))),
        (_, Some(loser), _) => {
            let (lower, higher) = (route.metric, loser.metric);
            (
                format!(" beats that of proto {}, because metric {lower} beats {higher}", loser.protocol),
                Some(format!(
                    "ip {} route show table {} proto {}",
                    route.family().ip_option(),
                    route.table,
                    route.protocol
                )),
            )
        }
        (_, None, _) => (String::new(), None),
    };
    Story {
        key: line.clone(),
        culprit: devs.join(","),
        subject: route.dst.to_string(),
        sentence: format!("the route `{line}`{condition}"),
        evidence: [route].into_iter().chain(losers).map(|route| host.route_evidence(route)).collect(),
        now: now.into_iter().collect(),
        for_good: None,
        undo: vec![Change::Withdraw(row.0)],
        ..Story::default()
    }
}

fn show_link(dev: &str) -> String {
    format!("ip -s link show dev {dev}")
}
