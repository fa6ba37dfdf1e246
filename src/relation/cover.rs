//! `cover`: routes into tunnels, and how much of each some peer's allowed IPs pick.

use ipnet::IpNet;

use super::alike::{Alike, Lots, append};
use super::column::{OfMany, OfTunnel, device, more};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Change, Host};
use crate::net::{AddressRange, Protocol, RouteType, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::{RouteId, Source};

/// A route into a tunnel.
pub(super) struct Cover {
    route: RouteId,
    /// The tunnel's place in the host's list.
    tunnel: usize,
    covered: &'static str,
    uncovered: Vec<AddressRange>,
    /// Other routes, like it, where they are too many to be rows of their own.
    more: Vec<RouteId>,
}

impl OfMany for Cover {
    fn others(&self) -> usize {
        self.more.len()
    }
}

impl OfTunnel for Cover {
    fn tunnel_at(&self) -> usize {
        self.tunnel
    }
}

/// The relation.
pub(super) static COVER: Relation<Cover> = Relation {
    name: "cover",
    about: "a route into a WireGuard tunnel, and how much of it some peer's allowed IPs pick",
    needs: &[Source::Routes4, Source::Routes6, Source::Links, Source::Wireguard],
    reads: &[],
    main: &["dst", "device", "covered", "uncovered", "proto"],
    fields: &[
        Field {
            name: "dst",
            about: "the route's destination",
            kind: Kind::Prefix,
            get: |row, host| Seen::from(host.route(row.route)).map(|route| Value::Prefix(route.dst)),
        },
        device(),
        Field {
            name: "covered",
            about: "how much of the destination some peer's allowed IPs pick",
            kind: Kind::Word(&["all", "part", "none"]),
            get: |row, _| Seen::Known(Value::Word(row.covered)),
        },
        Field {
            name: "uncovered",
            about: "what no peer gets, in the fewest prefixes",
            kind: Kind::Prefixes,
            get: |row, _| Seen::Known(Value::Prefixes(prefixes_of(&row.uncovered))),
        },
        Field {
            name: "proto",
            about: "who installed the route",
            kind: Kind::Text,
            get: |row, host| {
                Seen::from(host.route(row.route)).map(|route| Value::Text(route.protocol.to_string()))
            },
        },
        Field {
            name: "connected",
            about: "the kernel made the route for an address of the tunnel",
            kind: Kind::Flag,
            get: |row, host| {
                Seen::from(host.route(row.route)).map(|route| Value::Flag(route.protocol == Protocol::KERNEL))
            },
        },
        Field {
            name: "default",
            about: "the route is a default, or one of the halves that stand in for one",
            kind: Kind::Flag,
            get: |row, host| {
                Seen::from(host.route(row.route)).map(|route| Value::Flag(route.dst.prefix_len() <= 1))
            },
        },
        more("routes"),
    ],
    rows,
    tell,
};

/// Gives every route into a tunnel: those that are covered, then the others, too many that are alike as one row.
fn rows(host: &Host<'_>, give: &mut dyn FnMut(Cover)) {
    let mut lots = Lots::new(|first: &mut Cover, other| {
        first.more.push(other.route);
        other.uncovered.into_iter().for_each(|range| append(&mut first.uncovered, range));
    });
    for (id, route) in host.snapshot.routes.iter() {
        if route.kind != RouteType::Unicast || is_link_local(route.dst) {
            continue;
        }
        for dev in crate::host::devs(route, host.snapshot) {
            if let Some(tunnel) = host.tunnels.iter().position(|tunnel| tunnel.link == Some(dev)) {
                let cover = Cover::new(host, id, route.dst, tunnel);
                match cover.uncovered.is_empty() {
                    true => give(cover),
                    false => lots.add((tunnel, cover.covered, Alike::of(host, id)), cover),
                }
            }
        }
    }
    let mut rows = lots.into_rows();
    rows.sort_by_key(|row| (row.route, row.tunnel));
    rows.into_iter().for_each(give);
}

fn is_link_local(prefix: IpNet) -> bool {
    match prefix {
        IpNet::V4(v4) => v4.addr().is_link_local(),
        IpNet::V6(v6) => v6.addr().is_unicast_link_local(),
    }
}

impl Cover {
    fn new(host: &Host<'_>, route: RouteId, dst: IpNet, tunnel: usize) -> Cover {
        let mut uncovered = Vec::new();
        host.tunnels[tunnel].sweep(AddressRange::of(dst), &mut |range, peer| {
            if peer.is_none() {
                append(&mut uncovered, range);
            }
        });
        let covered = match uncovered.as_slice() {
            [] => "all",
            [one] if *one == AddressRange::of(dst) => "none",
            _ => "part",
        };
        Cover { route, tunnel, covered, uncovered, more: Vec::new() }
    }

    /// The routes as the subject of a sentence, and the verb's end.
    fn subject(&self, dst: IpNet) -> (String, &'static str) {
        match self.more.len() {
            0 => (dst.to_string(), "goes"),
            more => (format!("{dst} and {more} routes like it"), "go"),
        }
    }
}

fn tell(row: &Cover, host: &Host<'_>) -> Story {
    let Some(route) = host.route(row.route) else { return Story::default() };
    let device = &row.tunnel(host).name;
    let uncovered: Vec<String> =
        prefixes_of(&row.uncovered).iter().take(4).map(ToString::to_string).collect();
    let uncovered = uncovered.join(", ");
    let (subject, goes) = row.subject(route.dst);
    let what = match row.covered {
        "none" => "any of it",
        _ => &uncovered,
    };
    let what = format!("{subject} {goes} into {device}, where no peer's allowed IPs hold {what}");
    let many = || format!("routes like {}, {} covered", host.route_line(route), row.covered);
    let key = if row.more.is_empty() { host.route_line(route) } else { many() };
    Story {
        key: key.clone(),
        culprit: key,
        subject,
        sentence: format!(
            "{what}: the tunnel refuses those packets (`Required key not available`) or drops them"
        ),
        evidence: vec![
            host.route_evidence(route),
            Evidence {
                origin: Origin::Wireguard,
                place: format!("wg show {device} allowed-ips"),
                text: format!("no peer has {uncovered}"),
            },
        ],
        now: vec![match row.more.len() {
            0 => host.delete_command(route),
            _ => format!("ip {} route show dev {device} table {}", route.family().ip_option(), route.table),
        }],
        for_good: None,
        undo: [row.route].iter().chain(&row.more).map(|id| Change::Withdraw(*id)).collect(),
        more: row.more.len(),
        ..Story::default()
    }
}
