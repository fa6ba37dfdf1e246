//! `endpoint`: where the encrypted packets to each peer leave.

use std::net::SocketAddr;

use super::column::{OfPeer, OfTunnel, device, peer};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::fib::{Fate, Flow, Outcome};
use crate::host::{Change, Host, Tunnel};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{RouteId, Source};

/// The endpoint of one peer.
pub(super) struct Endpoint {
    /// The tunnel's place in the host's list.
    tunnel: usize,
    /// The peer's place in the tunnel's list.
    peer: usize,
    address: SocketAddr,
    fate: Fate,
    /// The tunnels through which the encrypted packet goes before it leaves, by name, the first one first.
    through: Vec<String>,
    cycle: bool,
}

const LEAVES: &[&str] =
    &["underlay", "own-tunnel", "tunnel-cycle", "other-tunnel", "local", "discard", "nowhere"];

impl OfTunnel for Endpoint {
    fn tunnel_at(&self) -> usize {
        self.tunnel
    }
}

impl OfPeer for Endpoint {
    fn peer_at(&self) -> usize {
        self.peer
    }
}

/// The relation.
pub(super) static ENDPOINT: Relation<Endpoint> = Relation {
    name: "endpoint",
    about: "where the encrypted packets to a peer leave, looked up with the device's mark",
    needs: &[
        Source::Routes4,
        Source::Routes6,
        Source::Policy,
        Source::Links,
        Source::Wireguard,
        Source::Nexthops,
    ],
    reads: &[],
    main: &[],
    fields: &[
        device(),
        peer(),
        Field {
            name: "address",
            about: "the endpoint's address",
            kind: Kind::Address,
            get: |row, _| Seen::Known(Value::Address(row.address.ip())),
        },
        Field {
            name: "leaves",
            about: "by which way the packets leave; `tunnel-cycle` when a tunnel's packets come back into it \
                    through others",
            kind: Kind::Word(LEAVES),
            get: |row, host| row.leaves(host).map(Value::Word),
        },
        Field {
            name: "through",
            about: "the tunnels through which they go first",
            kind: Kind::Texts,
            get: |row, _| Seen::Known(Value::Texts(row.through.clone())),
        },
        Field {
            name: "dev",
            about: "the link by which they leave at last",
            kind: Kind::Text,
            get: |row, host| row.dev(host).map(|dev| Value::Text(host.link_name(dev))),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(Endpoint)) {
    for (at, tunnel) in host.tunnels.iter().enumerate() {
        for (peer, address) in
            tunnel.peers.iter().enumerate().filter_map(|(n, peer)| Some((n, peer.endpoint?)))
        {
            give(follow(host, at, peer, address));
        }
    }
}

/// Follows an encrypted packet through tunnels until it leaves, or comes back.
fn follow(host: &Host<'_>, tunnel: usize, peer: usize, address: SocketAddr) -> Endpoint {
    let (mut inside, mut to) = (&host.tunnels[tunnel], address);
    let mut row =
        Endpoint { tunnel, peer, address, fate: lookup(host, inside, to), through: Vec::new(), cycle: false };
    while let Some(next) = tunnel_taken(host, &row.fate) {
        row.cycle = next.name == host.tunnels[tunnel].name || row.through.contains(&next.name);
        row.through.push(next.name.clone());
        let onward = next.peer_for(to.ip()).and_then(|(_, peer)| peer.endpoint);
        let Some(onward) = onward.filter(|_| !row.cycle) else { return row };
        (inside, to) = (next, onward);
        row.fate = lookup(host, inside, to);
    }
    row
}

fn lookup(host: &Host<'_>, tunnel: &Tunnel, to: SocketAddr) -> Fate {
    host.fib.fate(&Flow { mark: tunnel.fwmark, uid: None, ..Flow::local() }, to.ip())
}

fn tunnel_taken<'h>(host: &'h Host<'_>, fate: &Fate) -> Option<&'h Tunnel> {
    host.fib.exits(fate).iter().find_map(|exit| host.tunnel_of(exit.dev?))
}

impl Endpoint {
    fn dev(&self, host: &Host<'_>) -> Seen<u32> {
        host.fib.exits(&self.fate).iter().find_map(|exit| exit.dev).into()
    }

    fn leaves(&self, host: &Host<'_>) -> Seen<&'static str> {
        Seen::Known(match self.fate.outcome {
            _ if self.cycle && self.through.len() == 1 => "own-tunnel",
            _ if self.cycle => "tunnel-cycle",
            _ if tunnel_taken(host, &self.fate).is_some() => "other-tunnel",
            Outcome::Forward | Outcome::Broadcast | Outcome::Multicast => "underlay",
            Outcome::Local | Outcome::Anycast => "local",
            Outcome::Blackhole | Outcome::Unreachable | Outcome::Prohibit => "discard",
            Outcome::NoRoute | Outcome::Martian | Outcome::ReversePath | Outcome::NotForwarding => "nowhere",
            Outcome::Unseen(_) => {
                return Seen::Unseen(Unseen::new(
                    format!("the way to {} depends on what was not seen", self.address),
                    "run as root on the node, or capture the whole node",
                ));
            }
        })
    }

    /// The route that the packet takes first: the one to mend.
    fn route(&self, host: &Host<'_>) -> Option<RouteId> {
        lookup(host, self.tunnel(host), self.address).route
    }
}

fn tell(row: &Endpoint, host: &Host<'_>) -> Story {
    let (tunnel, peer) = (row.tunnel(host), row.peer(host));
    let leaves = match row.leaves(host) {
        Seen::Known("own-tunnel") => format!("go back into {} itself", tunnel.name),
        Seen::Known("tunnel-cycle") => format!("go in a circle through {}", row.through.join(", ")),
        Seen::Known("discard") => format!("are discarded ({})", row.fate.outcome),
        Seen::Known("nowhere") => "have no route".to_owned(),
        Seen::Known("local") => "arrive at this node itself".to_owned(),
        Seen::Known(_) => {
            row.dev(host).known().map(|dev| format!("leave by {}", host.link_name(*dev))).unwrap_or_default()
        }
        Seen::Absent | Seen::Unseen(_) => "leave by a way that was not seen".to_owned(),
    };
    let route = row.route(host).and_then(|id| host.route(id));
    let mut evidence = vec![Evidence {
        origin: Origin::Wireguard,
        place: format!("wg show {} endpoints", tunnel.name),
        text: format!("{} {}", peer.key, row.address),
    }];
    evidence.extend(route.map(|route| host.route_evidence(route)));
    let marked = if tunnel.fwmark == 0 { String::new() } else { format!(" with mark {:#x}", tunnel.fwmark) };
    Story {
        key: format!("{} {}", tunnel.name, peer.key),
        culprit: route.map_or_else(|| tunnel.name.clone(), |route| host.route_line(route)),
        subject: peer.name.clone(),
        sentence: format!("encrypted packets to {} (endpoint {}{marked}) {leaves}", peer.name, row.address),
        evidence,
        now: route.map(|route| host.delete_command(route)).into_iter().collect(),
        for_good: None,
        undo: row.route(host).map(Change::Withdraw).into_iter().collect(),
        ..Story::default()
    }
}
