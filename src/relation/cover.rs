//! `cover`: routes into tunnels, and how much of each some peer's allowed IPs pick.

use ipnet::IpNet;

use super::column::{OfTunnel, device};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Change, Host, Tunnel};
use crate::net::{AddressRange, Protocol, RouteType, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::{RouteId, Source};

/// A route into a tunnel.
pub(super) struct Cover {
    route: RouteId,
    /// The tunnel's place in the host's list.
    tunnel: usize,
    uncovered: Vec<IpNet>,
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
            get: |row, host| Seen::Known(Value::Word(row.covered(host))),
        },
        Field {
            name: "uncovered",
            about: "what no peer gets, in the fewest prefixes",
            kind: Kind::Prefixes,
            get: |row, _| Seen::Known(Value::Prefixes(row.uncovered.clone())),
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
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(Cover)) {
    for (id, route) in host.snapshot.routes.iter() {
        if route.kind != RouteType::Unicast || is_link_local(route.dst) {
            continue;
        }
        for dev in crate::host::devs(route, host.snapshot) {
            if let Some(tunnel) = host.tunnels.iter().position(|tunnel| tunnel.link == Some(dev)) {
                give(Cover { route: id, tunnel, uncovered: uncovered(&host.tunnels[tunnel], route.dst) });
            }
        }
    }
}

fn is_link_local(prefix: IpNet) -> bool {
    match prefix {
        IpNet::V4(v4) => v4.addr().is_link_local(),
        IpNet::V6(v6) => v6.addr().is_unicast_link_local(),
    }
}

fn uncovered(tunnel: &Tunnel, dst: IpNet) -> Vec<IpNet> {
    let mut ranges = Vec::new();
    tunnel.sweep(AddressRange::of(dst), &mut |range, peer| {
        if peer.is_none() {
            ranges.push(range);
        }
    });
    prefixes_of(&ranges)
}

impl Cover {
    fn covered(&self, host: &Host<'_>) -> &'static str {
        match host.route(self.route) {
            _ if self.uncovered.is_empty() => "all",
            Some(route) if self.uncovered == [route.dst] => "none",
            _ => "part",
        }
    }
}

fn tell(row: &Cover, host: &Host<'_>) -> Story {
    let Some(route) = host.route(row.route) else { return Story::default() };
    let device = &row.tunnel(host).name;
    let uncovered: Vec<String> = row.uncovered.iter().take(4).map(ToString::to_string).collect();
    let uncovered = uncovered.join(", ");
    let what = match row.covered(host) {
        "none" => format!("{} goes into {device}, where no peer's allowed IPs hold any of it", route.dst),
        _ => format!("{} goes into {device}, where no peer's allowed IPs hold {uncovered}", route.dst),
    };
    Story {
        key: host.route_line(route),
        culprit: host.route_line(route),
        subject: route.dst.to_string(),
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
        now: vec![host.delete_command(route)],
        for_good: None,
        undo: vec![Change::Withdraw(row.route)],
        rests_on: Vec::new(),
    }
}
