//! `peer`: each peer of each tunnel.

use std::net::SocketAddr;

use super::column::{OfPeer, OfTunnel, device};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::fib::Flow;
use crate::host::Host;
use crate::seen::{Seen, Unseen};
use crate::snapshot::{Peer, Source};
use crate::wgquick;

/// Seconds after which a session that is in use is dead: WireGuard's `REJECT_AFTER_TIME`.
const REJECT_AFTER: i64 = 180;

/// One peer.
pub(super) struct PeerRow {
    /// The tunnel's place in the host's list.
    tunnel: usize,
    /// The peer's place in the tunnel's list.
    peer: usize,
}

impl OfTunnel for PeerRow {
    fn tunnel_at(&self) -> usize {
        self.tunnel
    }
}

impl OfPeer for PeerRow {
    fn peer_at(&self) -> usize {
        self.peer
    }
}

/// The relation.
pub(super) static PEER: Relation<PeerRow> = Relation {
    name: "peer",
    about: "a peer of a WireGuard tunnel",
    needs: &[],
    reads: &[Source::Wireguard, Source::WgQuick],
    main: &["device", "name", "endpoint", "allowed-ips", "handshake"],
    fields: &[
        device(),
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
                format!("peer {peer} of {tunnel} never completed a handshake{}", self.endpoint_words(host))
            }
            Seen::Known("stale") => {
                let endpoint = self.endpoint_words(host);
                format!("peer {peer} of {tunnel} has not completed a handshake for over 180 s{endpoint}")
            }
            Seen::Unseen(why) => format!("peer {peer} of {tunnel}: {}", why.reason),
            Seen::Known(_) | Seen::Absent => format!("peer {peer} of {tunnel}"),
        }
    }

    /// What is odd about the endpoint in use.
    fn endpoint_words(&self, host: &Host<'_>) -> String {
        let used = match self.peer(host).endpoint {
            Some(endpoint) => format!("its endpoint is {endpoint}"),
            None => "no endpoint is known for it".to_owned(),
        };
        match (self.other_endpoint(host), self.peer(host).endpoint) {
            (Some((filed, line)), _) => format!(": {used}, and {} has {filed}", line.place),
            (None, None) => format!(", and {used}"),
            (None, Some(_)) => String::new(),
        }
    }

    /// The endpoint that the file has for the peer, where another one is in use, or none.
    fn other_endpoint(&self, host: &Host<'_>) -> Option<(SocketAddr, Evidence)> {
        let (tunnel, peer) = (self.tunnel(host), self.peer(host));
        let file = super::filed::file(host, tunnel).filter(|_| peer.running.is_some())?;
        let has_key =
            |filed: &&wgquick::Peer| filed.public_key.as_ref().is_some_and(|at| at.value == peer.key);
        let at = file.peers.iter().find(has_key)?.endpoint.as_ref()?;
        let filed = at.value.address().filter(|filed| Some(*filed) != peer.endpoint)?;
        Some((filed, super::filed::line(file, at.span)))
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
        evidence.extend(self.other_endpoint(host).map(|(_, line)| line));
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
        now: vec![match row.other_endpoint(host) {
            Some((filed, _)) => format!("wg set {} peer {} endpoint {filed}", tunnel.name, peer.key),
            None => format!("wg show {} | grep -A 6 {}", tunnel.name, peer.key),
        }],
        for_good: None,
        undo: Vec::new(),
        rests_on: peer.endpoint.map(|to| (flow, to.ip())).into_iter().collect(),
        ..Story::default()
    }
}
