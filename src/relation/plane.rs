//! `plane`: each plane of each peer's node, and whether the peer may carry it.

use ipnet::IpNet;

use super::column::{OfPeer, OfTunnel, device, peer};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::{Allowance, Change, Host, PlanOrigin, PlanePrefix, Tunnel, TunnelPeer};
use crate::net::{AddressRange, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::Source;

/// A plane of a peer's node.
pub(super) struct PlaneRow {
    /// The tunnel's place in the host's list.
    tunnel: usize,
    /// The peer's place in the tunnel's list.
    peer: usize,
    plane: PlanePrefix,
    missing: Vec<IpNet>,
}

impl OfTunnel for PlaneRow {
    fn tunnel_at(&self) -> usize {
        self.tunnel
    }
}

impl OfPeer for PlaneRow {
    fn peer_at(&self) -> usize {
        self.peer
    }
}

/// The relation.
pub(super) static PLANE: Relation<PlaneRow> = Relation {
    name: "plane",
    about: "a plane that a peer's node has by intent, or as the other nodes do, and whether its allowed IPs hold it",
    needs: &[],
    reads: &[Source::Wireguard, Source::WgQuick],
    main: &[],
    fields: &[
        device(),
        peer(),
        Field {
            name: "plane",
            about: "the plane's name: intent's, or the group of the prefix that tells planes apart",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.plane.plane.clone())),
        },
        Field {
            name: "prefix",
            about: "the plane's prefix at that node",
            kind: Kind::Prefix,
            get: |row, _| Seen::Known(Value::Prefix(row.plane.prefix)),
        },
        Field {
            name: "allowed",
            about: "how much of the prefix the allowed IPs of the peer's key hold, on any tunnel",
            kind: Kind::Word(&["all", "part", "none"]),
            get: |row, _| Seen::Known(Value::Word(row.allowed())),
        },
        Field {
            name: "missing",
            about: "what they do not hold, in the fewest prefixes",
            kind: Kind::Prefixes,
            get: |row, _| Seen::Known(Value::Prefixes(row.missing.clone())),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(PlaneRow)) {
    for (tunnel, known) in host.tunnels.iter().enumerate() {
        for (peer, member) in known.peers.iter().enumerate() {
            for plane in host.plan.peers.get(&member.key).into_iter().flatten() {
                give(PlaneRow { tunnel, peer, plane: plane.clone(), missing: missing(host, member, plane) });
            }
        }
    }
}

/// The parts of a plane that the allowed IPs of its node's key do not hold, on any tunnel.
fn missing(host: &Host<'_>, peer: &TunnelPeer, plane: &PlanePrefix) -> Vec<IpNet> {
    let mut left = vec![AddressRange::of(plane.prefix)];
    let same = host.tunnels.iter().flat_map(|tunnel| &tunnel.peers).filter(|known| known.key == peer.key);
    for held in same.flat_map(|known| &known.allowed).map(|prefix| AddressRange::of(*prefix)) {
        left = left.iter().flat_map(|range| range.without(&held)).collect();
    }
    prefixes_of(&left)
}

/// The command that gives a peer every plane that it lacks: `allowed-ips` replaces the whole list.
fn give_all(host: &Host<'_>, tunnel: &Tunnel, peer: &TunnelPeer) -> String {
    let planes = host.plan.peers.get(&peer.key).into_iter().flatten();
    let lacking = planes.flat_map(|plane| missing(host, peer, plane));
    let all: Vec<String> =
        peer.allowed.iter().copied().chain(lacking).map(|prefix| prefix.to_string()).collect();
    format!("wg set {} peer {} allowed-ips {}", tunnel.name, peer.key, all.join(","))
}

impl PlaneRow {
    fn allowed(&self) -> &'static str {
        match self.missing.as_slice() {
            [] => "all",
            [whole] if *whole == self.plane.prefix => "none",
            _ => "part",
        }
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let source = match host.plan.origin {
            PlanOrigin::Intent => "that intent gives its node",
            PlanOrigin::Inferred => "that the other nodes have",
        };
        let (tunnel, peer, prefix) = (&self.tunnel(host).name, &self.peer(host).name, self.plane.prefix);
        let missing: Vec<String> = self.missing.iter().map(ToString::to_string).collect();
        let part =
            if self.allowed() == "part" { format!(" ({} of it)", missing.join(", ")) } else { String::new() };
        format!("peer {peer} of {tunnel} lacks {prefix}{part}, plane {} {source}", self.plane.plane)
    }
}

fn tell(row: &PlaneRow, host: &Host<'_>) -> Story {
    let (tunnel, peer) = (row.tunnel(host), row.peer(host));
    let allowed: Vec<String> = peer.allowed.iter().map(ToString::to_string).collect();
    let running = peer.running.map(|_| Evidence {
        origin: Origin::Wireguard,
        place: format!("wg show {} allowed-ips", tunnel.name),
        text: format!("{} {}", peer.key, allowed.join(" ")),
    });
    let mut evidence: Vec<Evidence> = running.into_iter().collect();
    evidence.extend(super::filed::allowed_lines(host, tunnel, &peer.key));
    Story {
        key: format!("{} {} {}", tunnel.name, peer.key, row.plane.prefix),
        culprit: format!("peer {} of {}", peer.name, tunnel.name),
        subject: format!("{} of {}", row.plane.prefix, peer.name),
        sentence: row.sentence(host),
        evidence,
        now: vec![give_all(host, tunnel, peer)],
        for_good: None,
        undo: vec![Change::Allow(Box::new(Allowance {
            device: tunnel.name.clone(),
            peer: peer.key,
            prefix: row.plane.prefix,
        }))],
        ..Story::default()
    }
}
