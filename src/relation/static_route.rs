//! `static`: each static route of BIRD's files, and whose it is.

use ipnet::IpNet;

use super::column::{OfDaemon, daemon};
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{Detail, Host, StaticLeads, StaticRoute};
use crate::seen::{Seen, Unseen};
use crate::snapshot::Source;

/// One static route.
pub(super) struct StaticRow {
    /// The daemon's place in the host's list.
    daemon: usize,
    protocol: String,
    route: StaticRoute,
}

/// Whose prefix a static route has.
enum Owner {
    /// This node's plane, or a part of it.
    Own(String, &'static str),
    /// A peer's, or a part of it.
    Peer(String, &'static str),
    Nobody,
}

impl OfDaemon for StaticRow {
    fn daemon_at(&self) -> usize {
        self.daemon
    }
}

/// The relation.
pub(super) static STATIC: Relation<StaticRow> = Relation {
    name: "static",
    about: "a static route in BIRD's configuration",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &[],
    fields: &[
        daemon(),
        Field {
            name: "protocol",
            about: "the static protocol",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.protocol.clone())),
        },
        Field {
            name: "prefix",
            about: "the destination",
            kind: Kind::Prefix,
            get: |row, _| Seen::Known(Value::Prefix(row.route.prefix)),
        },
        Field {
            name: "leads",
            about: "where it leads: `via` a gateway or link, `recursive`, or nowhere",
            kind: Kind::Word(StaticLeads::WORDS),
            get: |row, host| row.leads(host),
        },
        Field {
            name: "of",
            about: "whose prefix it is: `own`, one of this node's planes; `peer`, in a peer's allowed IPs or one of its \
                    planes; `own-part` and `peer-part`, a longer prefix within; else `nobody`",
            kind: Kind::Word(&["own", "own-part", "peer", "peer-part", "nobody"]),
            get: |row, host| Seen::Known(Value::Word(row.owner(host).word())),
        },
        Field {
            name: "owner",
            about: "the plane, or the peer that it belongs to",
            kind: Kind::Text,
            get: |row, host| match row.owner(host) {
                Owner::Own(name, _) | Owner::Peer(name, _) => Seen::Known(Value::Text(name)),
                Owner::Nobody => Seen::Absent,
            },
        },
    ],
    rows,
    tell,
};

impl Owner {
    fn word(&self) -> &'static str {
        match self {
            Owner::Own(_, word) | Owner::Peer(_, word) => word,
            Owner::Nobody => "nobody",
        }
    }
}

fn rows(host: &Host<'_>, give: &mut dyn FnMut(StaticRow)) {
    for (at, daemon) in host.bird.iter().enumerate() {
        for protocol in daemon.protocols.iter().filter(|protocol| protocol.disabled != Seen::Known(true)) {
            let Detail::Static(routes) = &protocol.detail else { continue };
            for route in routes {
                give(StaticRow { daemon: at, protocol: protocol.name.clone(), route: route.clone() });
            }
        }
    }
}

/// `whole` where the prefixes are equal, `part` where one lies within the other.
fn within(prefix: IpNet, of: IpNet, whole: &'static str, part: &'static str) -> Option<&'static str> {
    match prefix == of {
        true => Some(whole),
        false => of.contains(&prefix).then_some(part),
    }
}

impl StaticRow {
    fn leads(&self, host: &Host<'_>) -> Seen<Value> {
        match self.route.leads {
            StaticLeads::Unread => Seen::Unseen(Unseen::new(
                format!("the route at {} could not be read", self.daemon(host).line(self.route.line).place),
                "mend the configuration",
            )),
            leads => Seen::Known(Value::Word(leads.word())),
        }
    }

    fn owner(&self, host: &Host<'_>) -> Owner {
        let prefix = self.route.prefix;
        let own = host.plan.own.iter().find_map(|own| {
            Some(Owner::Own(own.plane.clone(), within(prefix, own.prefix, "own", "own-part")?))
        });
        own.or_else(|| self.peer(host)).unwrap_or(Owner::Nobody)
    }

    /// The peer with the prefix: in its allowed IPs as it stands, else in one of its planes.
    fn peer(&self, host: &Host<'_>) -> Option<Owner> {
        let prefix = self.route.prefix;
        let peers = || host.tunnels.iter().flat_map(|tunnel| &tunnel.peers);
        let planes = |key| host.plan.peers.get(key).into_iter().flatten().map(|plane| plane.prefix);
        let held = peers().find(|peer| prefix.prefix_len() > 0 && peer.allowed.contains(&prefix));
        let held = held.map(|peer| Owner::Peer(peer.name.clone(), "peer"));
        held.or_else(|| {
            peers().find_map(|peer| {
                let word = planes(&peer.key).find_map(|plane| within(prefix, plane, "peer", "peer-part"))?;
                Some(Owner::Peer(peer.name.clone(), word))
            })
        })
    }
}

fn tell(row: &StaticRow, host: &Host<'_>) -> Story {
    let daemon = &row.daemon(host).name;
    let (prefix, leads) = (row.route.prefix, row.route.leads.word());
    let whose = match row.owner(host) {
        Owner::Own(plane, _) => format!("which is this node's plane {plane}"),
        Owner::Peer(peer, _) => format!("which belongs to peer {peer}"),
        Owner::Nobody => "which belongs to no known node".to_owned(),
    };
    Story {
        key: format!("{daemon} {} {prefix}", row.protocol),
        culprit: format!("{daemon} {}", row.protocol),
        subject: prefix.to_string(),
        sentence: format!("the static route to {prefix} leads {}, {whose}", words(leads)),
        evidence: vec![row.daemon(host).line(row.route.line)],
        ..Story::default()
    }
}

fn words(leads: &'static str) -> String {
    match leads {
        "via" => "to a gateway or a link".to_owned(),
        "recursive" => "to a gateway that BIRD looks up".to_owned(),
        discard => format!("nowhere ({discard})"),
    }
}
