//! `session`: each BGP session that BIRD's files configure.

use std::net::{IpAddr, Ipv6Addr};

use super::column::{OfDaemon, daemon};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::Evidence;
use crate::host::{BirdProtocol, Channel, Detail, Host, Policy};
use crate::seen::{Seen, Unseen};
use crate::snapshot::Source;

/// One BGP session.
pub(super) struct SessionRow {
    /// The daemon's place in the host's list.
    daemon: usize,
    /// The protocol's place in the daemon's list.
    protocol: usize,
    local_as: Seen<u32>,
    neighbor_as: Seen<u32>,
    neighbor: Seen<IpAddr>,
    /// The address of the session at this end, where it is written.
    local: Option<IpAddr>,
    interface: Option<String>,
    port: Option<u32>,
}

impl OfDaemon for SessionRow {
    fn daemon_at(&self) -> usize {
        self.daemon
    }
}

/// The relation.
pub(super) static SESSION: Relation<SessionRow> = Relation {
    name: "session",
    about: "a BGP session that BIRD's configuration holds; what has become of it is in `protocol`",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &["name", "neighbor", "neighbor-as", "peer", "import", "export"],
    fields: &[
        daemon(),
        Field {
            name: "name",
            about: "the protocol's name",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.protocol(host).name.clone())),
        },
        Field {
            name: "neighbor",
            about: "the neighbour's address; none for a range of neighbours",
            kind: Kind::Address,
            get: |row, _| row.neighbor.clone().map(Value::Address),
        },
        Field {
            name: "local-as",
            about: "this node's AS number in the session",
            kind: Kind::Number("AS number"),
            get: |row, _| number(&row.local_as),
        },
        Field {
            name: "neighbor-as",
            about: "the neighbour's AS number",
            kind: Kind::Number("AS number"),
            get: |row, _| number(&row.neighbor_as),
        },
        Field {
            name: "disabled",
            about: "it is configured to do nothing",
            kind: Kind::Flag,
            get: |row, host| row.protocol(host).disabled.clone().map(Value::Flag),
        },
        Field {
            name: "interface",
            about: "the link that it is bound to",
            kind: Kind::Text,
            get: |row, _| row.interface.clone().map(Value::Text).into(),
        },
        Field {
            name: "binding",
            about: "for a link-local neighbour: the link is named and there, is named and missing, or is not named",
            kind: Kind::Word(&["bound", "link-missing", "unbound"]),
            get: |row, host| row.binding(host),
        },
        Field {
            name: "import",
            about: "what may come in, over all channels",
            kind: Kind::Word(&["all", "filtered", "none", "mixed"]),
            get: |row, host| row.passes(host, |channel| channel.import.0),
        },
        Field {
            name: "export",
            about: "what may go out, over all channels",
            kind: Kind::Word(&["all", "filtered", "none", "mixed"]),
            get: |row, host| row.passes(host, |channel| channel.export.0),
        },
        Field {
            name: "unsaid",
            about: "the directions for which some channel does not say what passes: import `all`, export `none` by \
                    default, and BIRD refuses it between AS numbers",
            kind: Kind::Words(&["import", "export"]),
            get: |row, host| row.unsaid(host),
        },
        Field {
            name: "mesh",
            about: "where the neighbour is: `peer`, within a WireGuard peer's allowed IPs; `link-local`; `self`, this \
                    node's own address; `outside` of all peers; none where the node has no tunnel",
            kind: Kind::Word(&["peer", "link-local", "self", "outside"]),
            get: |row, host| row.mesh(host).map(Value::Word),
        },
        Field {
            name: "peer",
            about: "the WireGuard peer that gets the packets to the neighbour",
            kind: Kind::Text,
            get: |row, host| row.peer(host).map(Value::Text).into(),
        },
        Field {
            name: "as-range",
            about: "whether the AS numbers of both ends are for private use (64512 to 65534, 4200000000 to 4294967294), \
                    neither is, or only one",
            kind: Kind::Word(&["private", "public", "mixed"]),
            get: |row, _| row.as_range(),
        },
        Field {
            name: "as-rivals",
            about: "in a mesh between AS numbers: who else has the neighbour's, `this node` or other sessions' neighbours",
            kind: Kind::Texts,
            get: |row, host| Seen::Known(Value::Texts(row.as_rivals(host))),
        },
        Field {
            name: "as-rival-count",
            about: "how many they are",
            kind: Kind::Number("nodes"),
            get: |row, host| Seen::Known(Value::Number(row.as_rivals(host).len() as u64)),
        },
        Field {
            name: "as-meant",
            about: "both AS numbers are those that intent gives the nodes; none where it gives none",
            kind: Kind::Flag,
            get: |row, host| row.as_meant(host),
        },
        Field {
            name: "doubles",
            about: "other sessions with the same neighbour",
            kind: Kind::Texts,
            get: |row, host| Seen::Known(Value::Texts(row.doubles(host))),
        },
        Field {
            name: "double-count",
            about: "how many they are",
            kind: Kind::Number("sessions"),
            get: |row, host| Seen::Known(Value::Number(row.doubles(host).len() as u64)),
        },
    ],
    rows,
    tell,
};

fn number(seen: &Seen<u32>) -> Seen<Value> {
    seen.clone().map(|number| Value::Number(number.into()))
}

fn rows(host: &Host<'_>, give: &mut dyn FnMut(SessionRow)) {
    all(host).into_iter().for_each(give);
}

/// Every session of every daemon.
fn all(host: &Host<'_>) -> Vec<SessionRow> {
    let mut rows = Vec::new();
    for (daemon, known) in host.bird.iter().enumerate() {
        for (at, protocol) in known.protocols.iter().enumerate() {
            rows.extend(row(daemon, at, protocol));
        }
    }
    rows
}

fn row(daemon: usize, at: usize, protocol: &BirdProtocol) -> Option<SessionRow> {
    let Detail::Bgp(session, _) = &protocol.detail else { return None };
    Some(SessionRow {
        daemon,
        protocol: at,
        local_as: session.local_as.clone(),
        neighbor_as: match &session.remote_as {
            Seen::Absent if session.is_internal() => session.local_as.clone(),
            said => said.clone(),
        },
        neighbor: session.remote.clone(),
        local: session.local.known().copied(),
        interface: session.interface.as_deref().map(str::to_owned),
        port: session.remote_port.known().copied(),
    })
}

/// Whether an AS number is for private use (RFC 6996).
fn is_private(number: u32) -> bool {
    matches!(number, 64_512..=65_534 | 4_200_000_000..=4_294_967_294)
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if Ipv6Addr::is_unicast_link_local(&address))
}

impl SessionRow {
    fn protocol<'h>(&self, host: &'h Host<'_>) -> &'h BirdProtocol {
        &self.daemon(host).protocols[self.protocol]
    }

    fn is(&self, other: &SessionRow) -> bool {
        (self.daemon, self.protocol) == (other.daemon, other.protocol)
    }

    fn runs(&self, host: &Host<'_>) -> bool {
        self.protocol(host).disabled != Seen::Known(true)
    }

    fn binding(&self, host: &Host<'_>) -> Seen<Value> {
        let Some(neighbor) = self.neighbor.known().filter(|neighbor| is_link_local(**neighbor)) else {
            return if let Seen::Unseen(why) = &self.neighbor {
                Seen::Unseen(why.clone())
            } else {
                Seen::Absent
            };
        };
        let Some(interface) = &self.interface else { return Seen::Known(Value::Word("unbound")) };
        let sources = &host.snapshot.sources;
        let there = host.snapshot.links.iter().any(|link| link.name == *interface);
        match (there || !sources.asked(Source::Links), host.gap(Source::Links)) {
            (true, _) => Seen::Known(Value::Word("bound")),
            (false, Some(gap)) => Seen::Unseen(Unseen::new(
                format!("whether {interface} exists, where {neighbor} is, was not seen: {}", gap.why.reason),
                gap.why.remedy.clone(),
            )),
            (false, None) => Seen::Known(Value::Word("link-missing")),
        }
    }

    fn passes(&self, host: &Host<'_>, policy: fn(&Channel) -> Policy) -> Seen<Value> {
        let protocol = self.protocol(host);
        let mut policies = protocol.channels.iter().map(policy);
        let Some(first) = policies.next() else { return Seen::Absent };
        let word = match (first, policies.all(|policy| policy == first)) {
            (Policy::Unread, _) => return Seen::Unseen(unread(&self.daemon(host).line(protocol.line))),
            (_, false) => "mixed",
            (Policy::All, true) => "all",
            (Policy::Filter, true) => "filtered",
            (Policy::None, true) => "none",
        };
        Seen::Known(Value::Word(word))
    }

    fn unsaid(&self, host: &Host<'_>) -> Seen<Value> {
        let channels = &self.protocol(host).channels;
        let lacking = |said: fn(&Channel) -> bool| channels.iter().any(|channel| !said(channel));
        let import = lacking(|channel| channel.import.1).then_some("import");
        let export = lacking(|channel| channel.export.1).then_some("export");
        Seen::Known(Value::Words(import.into_iter().chain(export).collect()))
    }

    fn mesh(&self, host: &Host<'_>) -> Seen<&'static str> {
        let neighbor = match &self.neighbor {
            Seen::Known(neighbor) => *neighbor,
            Seen::Absent => return Seen::Absent,
            Seen::Unseen(why) => return Seen::Unseen(why.clone()),
        };
        if self.local == Some(neighbor) || host.is_own_address(neighbor) {
            return Seen::Known("self");
        }
        match (is_link_local(neighbor), self.peer(host), self.unseen_peers(host)) {
            (true, _, _) => Seen::Known("link-local"),
            (false, Some(_), _) => Seen::Known("peer"),
            (false, None, Some(why)) => Seen::Unseen(why),
            (false, None, None) if host.tunnels.is_empty() => Seen::Absent,
            (false, None, None) => Seen::Known("outside"),
        }
    }

    fn peer(&self, host: &Host<'_>) -> Option<String> {
        let neighbor = *self.neighbor.known()?;
        host.tunnels.iter().find_map(|tunnel| Some(tunnel.peer_for(neighbor)?.1.name.clone()))
    }

    fn unseen_peers(&self, host: &Host<'_>) -> Option<Unseen> {
        let gap = host.gap(Source::Wireguard).or_else(|| host.gap(Source::WgQuick));
        gap.map(|gap| gap.why.clone())
    }

    fn as_range(&self) -> Seen<Value> {
        match (&self.local_as, &self.neighbor_as) {
            (Seen::Known(local), Seen::Known(neighbor)) => {
                Seen::Known(Value::Word(match (is_private(*local), is_private(*neighbor)) {
                    (true, true) => "private",
                    (false, false) => "public",
                    (true, false) | (false, true) => "mixed",
                }))
            }
            (Seen::Unseen(why), _) | (_, Seen::Unseen(why)) => Seen::Unseen(why.clone()),
            (Seen::Absent, _) | (_, Seen::Absent) => Seen::Absent,
        }
    }

    /// Whether the session is one of the mesh, as far as is known.
    fn is_of_mesh(&self, host: &Host<'_>) -> bool {
        self.runs(host) && matches!(self.mesh(host), Seen::Known("peer" | "link-local"))
    }

    fn is_between_numbers(&self) -> bool {
        matches!((&self.local_as, &self.neighbor_as), (Seen::Known(a), Seen::Known(b)) if a != b)
    }

    fn as_rivals(&self, host: &Host<'_>) -> Vec<String> {
        let Seen::Known(number) = self.neighbor_as else { return Vec::new() };
        let mesh: Vec<SessionRow> = all(host).into_iter().filter(|row| row.is_of_mesh(host)).collect();
        if !self.is_of_mesh(host) || !mesh.iter().any(SessionRow::is_between_numbers) {
            return Vec::new();
        }
        let own = (self.local_as == Seen::Known(number)).then(|| "this node".to_owned());
        let same = mesh.iter().filter(|row| {
            !row.is(self) && row.neighbor_as == Seen::Known(number) && !row.is_same_node(self, host)
        });
        let mut rivals: Vec<String> = own.into_iter().collect();
        rivals.extend(same.map(|row| row.protocol(host).name.clone()));
        rivals.sort();
        rivals
    }

    /// Whether two sessions lead to one node: the same peer, or the same address.
    fn is_same_node(&self, other: &SessionRow, host: &Host<'_>) -> bool {
        let peer = self.peer(host);
        self.neighbor == other.neighbor || (peer.is_some() && peer == other.peer(host))
    }

    fn as_meant(&self, host: &Host<'_>) -> Seen<Value> {
        let Some(intent) = host.intent else { return Seen::Absent };
        let keys: Vec<_> = host.tunnels.iter().filter_map(|tunnel| tunnel.public_key).collect();
        let own = intent.node_of(&host.snapshot.node, &keys).and_then(|(_, node)| node.autonomous_system);
        let far = self.peer(host).and_then(|name| intent.nodes.get(&name)?.autonomous_system);
        let is = |meant: Option<u32>, said: &Seen<u32>| meant.zip(said.known().copied()).map(|(a, b)| a == b);
        match (is(own, &self.local_as), is(far, &self.neighbor_as)) {
            (None, None) => Seen::Absent,
            (own, far) => Seen::Known(Value::Flag(own != Some(false) && far != Some(false))),
        }
    }

    /// The other sessions that BIRD could not tell from this one by the neighbour.
    fn doubles(&self, host: &Host<'_>) -> Vec<String> {
        let Seen::Known(neighbor) = self.neighbor else { return Vec::new() };
        let is_double = |other: &&SessionRow| {
            let link = !is_link_local(neighbor) || other.interface == self.interface;
            let apart = other.local.is_some() && self.local.is_some() && other.local != self.local;
            let both_run = self.runs(host) && other.runs(host);
            let same = other.neighbor == self.neighbor && other.port == self.port && link && !apart;
            same && both_run && !other.is(self) && other.daemon == self.daemon
        };
        let mut doubles: Vec<String> =
            all(host).iter().filter(is_double).map(|row| row.protocol(host).name.clone()).collect();
        doubles.sort();
        doubles
    }

    /// What is odd about the two ends, in words.
    fn odd_ends(&self, host: &Host<'_>) -> Vec<String> {
        let is = |seen: Seen<Value>, word: &'static str| seen == Seen::Known(Value::Word(word));
        let mut odd = Vec::new();
        let mut when = |holds: bool, words: &str| odd.extend(holds.then(|| words.to_owned()));
        when(self.mesh(host) == Seen::Known("outside"), "no WireGuard peer has that address");
        when(self.mesh(host) == Seen::Known("self"), "that is this node's own address");
        when(is(self.binding(host), "unbound"), "it names no link for a link-local address");
        when(is(self.binding(host), "link-missing"), "its link does not exist");
        when(is(self.as_range(), "mixed"), "one AS number is for private use and the other is not");
        when(self.as_meant(host) == Seen::Known(Value::Flag(false)), "intent has other AS numbers");
        let lists = [
            ("the neighbour is also that of", self.doubles(host)),
            ("the neighbour's AS number is also that of", self.as_rivals(host)),
        ];
        odd.extend(
            lists
                .into_iter()
                .filter(|(_, names)| !names.is_empty())
                .map(|(words, names)| format!("{words} {}", names.join(", "))),
        );
        odd
    }

    /// What is odd about what passes, in words.
    fn odd_channels(&self, host: &Host<'_>) -> Vec<String> {
        let none = |policy| self.passes(host, policy) == Seen::Known(Value::Word("none"));
        let mut odd = Vec::new();
        if none(|channel| channel.import.0) && none(|channel| channel.export.0) {
            odd.push("nothing passes in either direction".to_owned());
        }
        if let Seen::Known(value @ Value::Words(_)) = self.unsaid(host)
            && value != Value::Words(Vec::new())
        {
            odd.push(format!("it does not say what passes by {value}"));
        }
        odd
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let neighbor = self.neighbor.known().map_or("a range".to_owned(), ToString::to_string);
        let number = |seen: &Seen<u32>| seen.known().map_or("?".to_owned(), ToString::to_string);
        let (local, remote) = (number(&self.local_as), number(&self.neighbor_as));
        let peer = self.peer(host).map(|peer| format!(", peer {peer}")).unwrap_or_default();
        let name = &self.protocol(host).name;
        format!("session {name} of AS {local} with {neighbor}{peer}, AS {remote}")
    }
}

/// Why a policy is not known.
fn unread(line: &Evidence) -> Unseen {
    Unseen::new(
        format!("a policy of the protocol at {} could not be read", line.place),
        "mend the configuration",
    )
}

fn tell(row: &SessionRow, host: &Host<'_>) -> Story {
    let (daemon, protocol) = (row.daemon(host), row.protocol(host));
    let Detail::Bgp(_, neighbor) = &protocol.detail else { return Story::default() };
    let (ends, passing) = (row.odd_ends(host), row.odd_channels(host));
    let neighbor = neighbor.iter().copied().filter(|_| !ends.is_empty() || passing.is_empty());
    let channels = protocol.channels.iter().map(|channel| channel.line).filter(|_| !passing.is_empty());
    let spans = neighbor.chain(channels).chain([protocol.line]);
    let mut evidence: Vec<Evidence> = spans.map(|span| daemon.line(span)).collect();
    evidence.dedup();
    Story {
        key: format!("{} {}", daemon.name, protocol.name),
        culprit: format!("sessions of {}", daemon.name),
        subject: protocol.name.clone(),
        sentence: match [ends, passing].concat() {
            odd if odd.is_empty() => row.sentence(host),
            odd => format!("{}: {}", row.sentence(host), odd.join("; ")),
        },
        evidence,
        ..Story::default()
    }
}
