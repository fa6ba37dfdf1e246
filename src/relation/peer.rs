//! `peer`: each peer of each tunnel.

use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::fib::Flow;
use crate::host::{Host, Tunnel, TunnelPeer};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{Peer, Source};

/// Seconds after which a session that is in use is dead: WireGuard's `REJECT_AFTER_TIME`.
const REJECT_AFTER: i64 = 180;

/// One peer.
pub(super) struct PeerRow {
    /// The tunnel's place in the host's list.
    tunnel: usize,
    /// The peer's place in the tunnel's list.
    peer: usize,
}

/// The relation.
pub(super) static PEER: Relation<PeerRow> = Relation {
    name: "peer",
    about: "a peer of a WireGuard tunnel",
    needs: &[],
    reads: &[Source::Wireguard, Source::WgQuick],
    fields: &[
        Field {
            name: "device",
            about: "the tunnel",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.tunnel(host).name.clone())),
        },
        Field {
            name: "name",
            about: "what a person calls it: intent's name, the comment in the wg-quick file, or the key's beginning",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.peer(host).name.clone())),
        },
        Field {
            name: "key",
            about: "its public key",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.peer(host).key.to_string())),
        },
        Field {
            name: "endpoint",
            about: "where packets to it are sent, with the port",
            kind: Kind::Text,
            get: |row, host| row.peer(host).endpoint.map(|to| Value::Text(to.to_string())).into(),
        },
        Field {
            name: "allowed-ips",
            about: "its prefixes",
            kind: Kind::Prefixes,
            get: |row, host| {
                let mut allowed = row.peer(host).allowed.clone();
                allowed.sort();
                Seen::Known(Value::Prefixes(allowed))
            },
        },
        Field {
            name: "handshake",
            about: "`fresh` within 180 s of the snapshot; `stale` or `never` where keepalive or traffic demands one, or \
                    where a node of the mesh has no endpoint; unseen for a peer that may be idle",
            kind: Kind::Word(&["fresh", "stale", "never"]),
            get: |row, host| row.handshake(host).map(Value::Word),
        },
        Field {
            name: "keepalive",
            about: "the interval of keepalives",
            kind: Kind::Number("seconds"),
            get: |row, host| match row.running(host) {
                Seen::Known(peer) => peer.keepalive.map(|seconds| Value::Number(seconds.into())).into(),
                Seen::Absent => Seen::Absent,
                Seen::Unseen(why) => Seen::Unseen(why),
            },
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(PeerRow)) {
    for (tunnel, known) in host.tunnels.iter().enumerate() {
        (0..known.peers.len()).for_each(|peer| give(PeerRow { tunnel, peer }));
    }
}

impl PeerRow {
    fn tunnel<'h>(&self, host: &'h Host<'_>) -> &'h Tunnel {
        &host.tunnels[self.tunnel]
    }

    fn peer<'h>(&self, host: &'h Host<'_>) -> &'h TunnelPeer {
        &self.tunnel(host).peers[self.peer]
    }

    /// The peer at run time; absent where run time is outside the scope.
    fn running<'s>(&self, host: &Host<'s>) -> Seen<&'s Peer> {
        match (self.tunnel(host).running_peer(host.snapshot, self.peer(host)), host.gap(Source::Wireguard)) {
            (Some(peer), _) => Seen::Known(peer),
            (None, Some(gap)) => Seen::Unseen(gap.why.clone()),
            (None, None) => Seen::Absent,
        }
    }

    fn handshake(&self, host: &Host<'_>) -> Seen<&'static str> {
        let peer = match self.running(host) {
            Seen::Known(peer) => peer,
            Seen::Absent => return Seen::Absent,
            Seen::Unseen(why) => return Seen::Unseen(why),
        };
        let Some(taken) = host.snapshot.taken else {
            return Seen::Unseen(Unseen::new(
                "the snapshot does not say when it was taken",
                "capture with routelint, or add `date.txt` with `date -u +%FT%TZ`",
            ));
        };
        let age = peer.latest_handshake.map(|then| taken.as_second() - then);
        let node = host.plan.peers.get(&self.peer(host).key).is_some_and(|planes| !planes.is_empty());
        let waits = node && peer.endpoint.is_none();
        let demanded = peer.keepalive.is_some() || (age.is_none() && (peer.sent > 0 || waits));
        match age {
            Some(age) if age <= REJECT_AFTER => Seen::Known("fresh"),
            Some(_) if demanded => Seen::Known("stale"),
            None if demanded => Seen::Known("never"),
            Some(_) | None => Seen::Unseen(Unseen::new(
                "without keepalive or traffic a peer may just be idle",
                "set `PersistentKeepalive = 25`, or send it a packet and run again",
            )),
        }
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let (tunnel, peer) = (&self.tunnel(host).name, &self.peer(host).name);
        match self.handshake(host) {
            Seen::Known("never") => {
                format!("peer {peer} of {tunnel} never completed a handshake{}", self.no_endpoint(host))
            }
            Seen::Known("stale") => {
                format!("peer {peer} of {tunnel} has not completed a handshake for over 180 s")
            }
            Seen::Unseen(why) => format!("peer {peer} of {tunnel}: {}", why.reason),
            Seen::Known(_) | Seen::Absent => format!("peer {peer} of {tunnel}"),
        }
    }

    fn no_endpoint(&self, host: &Host<'_>) -> &'static str {
        if self.peer(host).endpoint.is_none() { ", and no endpoint is known for it" } else { "" }
    }

    fn evidence(&self, host: &Host<'_>) -> Vec<Evidence> {
        let (tunnel, peer) = (self.tunnel(host), self.peer(host));
        let allowed: Vec<String> = peer.allowed.iter().map(ToString::to_string).collect();
        let wireguard = |show: &str, text: String| Evidence {
            origin: Origin::Wireguard,
            place: format!("wg show {} {show}", tunnel.name),
            text: format!("{} {text}", peer.key),
        };
        let running = self.running(host).known().copied();
        let mut evidence = Vec::new();
        match running {
            Some(seen) => {
                evidence.push(wireguard("allowed-ips", allowed.join(" ")));
                evidence.push(wireguard("latest-handshakes", seen.latest_handshake.unwrap_or(0).to_string()));
            }
            None => evidence.extend(super::filed::key_lines(host, tunnel, &peer.key)),
        }
        evidence
    }
}

fn tell(row: &PeerRow, host: &Host<'_>) -> Story {
    let (tunnel, peer) = (row.tunnel(host), row.peer(host));
    let flow = Flow { mark: tunnel.fwmark, uid: None, ..Flow::local() };
    Story {
        key: format!("{} {}", tunnel.name, peer.key),
        culprit: format!("peer {} of {}", peer.name, tunnel.name),
        subject: peer.name.clone(),
        sentence: row.sentence(host),
        evidence: row.evidence(host),
        now: vec![format!("wg show {} | grep -A 6 {}", tunnel.name, peer.key)],
        for_good: None,
        undo: Vec::new(),
        rests_on: peer.endpoint.map(|to| (flow, to.ip())).into_iter().collect(),
        ..Story::default()
    }
}
