//! What may pass the channels of BIRD: each filter, proved against the routes that can come to it.
//!
//! The answers are owned facts with their lines, so that nobody above needs BIRD's syntax. Nothing here knows
//! which answer is a fault.

mod export;
mod filter;
mod import;
mod install;
mod origin;
mod resolve;
mod table;
mod way;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;
use ipnet::IpNet;

pub use export::{ExportChannel, Unannounced};
pub use filter::FilterCode;
pub use import::ImportChannel;
pub use install::{Discard, DiscardOrigin, InstallChannel};

use self::way::Pipes;
use super::{Daemon, Host};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Route};
use crate::bird::model::{ChannelModel, Model, ProtocolModel, Session};
use crate::bird::prove::{Answer, Family as Routes, Prover, Step, Witness};
use crate::bird::tree::{ChannelKind, Direction, Net, Policy, ProtocolKind};
use crate::bird::{Configuration, Version};
use crate::evidence::Evidence;
use crate::net::Family;
use crate::seen::{Seen, Unseen};
use crate::text::Span;

/// One way through one channel.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The daemon.
    pub daemon: String,
    /// The protocol's name.
    pub protocol: String,
    /// The words that begin the channel: `ipv4`, `vpn4 mpls`.
    pub channel: &'static str,
    /// The address family of the channel's routes, if they have one.
    pub family: Option<Family>,
    /// The statement: `export filter export_own`, or what holds by default.
    pub policy: String,
    /// Where it stands; where it holds by default, the protocol.
    pub line: Evidence,
}

/// A route that passes.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its network.
    pub net: IpNet,
    /// The route in words: network, who made it, and what else it needs.
    pub route: String,
    /// The lines of the filters that it takes, in order.
    pub lines: Vec<Evidence>,
    /// What must hold besides, in words.
    pub supposing: Option<String>,
}

impl Passed {
    /// The same route, told as one that no protocol brings now.
    fn not_yet(self) -> Passed {
        Passed { route: format!("{}, which no protocol brings now", self.route), ..self }
    }
}

/// Protocols whose routes are alike: their kind, the family, the preference and the local preference.
type Makers = (ProtocolKind, Family, Option<u32>, Option<u32>);

/// Answers for one daemon.
struct Judge<'c, 's> {
    host: &'c Host<'s>,
    daemon: &'c Daemon,
    configuration: &'c Configuration,
    model: Model<'c>,
    prover: Prover<'c>,
    /// Those of IPv4 and those of IPv6.
    pipes: [OnceCell<Pipes>; 2],
    /// What the protocols of a kind make, by the preference and local preference that it gets.
    origins: RefCell<HashMap<Makers, Routes>>,
}

impl<'c, 's> Judge<'c, 's> {
    /// One for each daemon whose configuration is known.
    fn each(host: &'c Host<'s>) -> impl Iterator<Item = Judge<'c, 's>> {
        host.bird.iter().filter_map(move |daemon| {
            let configuration = daemon.configuration.known()?;
            Some(Judge {
                host,
                daemon,
                configuration,
                model: configuration.model(),
                prover: Prover::new(&configuration.tree, configuration.version),
                pipes: Default::default(),
                origins: Default::default(),
            })
        })
    }

    /// The protocols that work, which those of unknown state may.
    fn working(&self) -> impl Iterator<Item = &ProtocolModel<'c>> {
        self.model.protocols.iter().filter(|protocol| is_working(protocol))
    }

    /// The channels for plain routes of the protocols of a kind.
    fn channels(&self, kind: ProtocolKind) -> Vec<(&ProtocolModel<'c>, &ChannelModel<'c>, Family)> {
        let pairs = self.all_channels(kind).into_iter();
        pairs.filter_map(|(protocol, channel)| Some((protocol, channel, channel.kind.family()?))).collect()
    }

    /// Every channel of the protocols of a kind that carries routes, richer ones too.
    fn all_channels(&self, kind: ProtocolKind) -> Vec<(&ProtocolModel<'c>, &ChannelModel<'c>)> {
        let of_kind = self.working().filter(|protocol| protocol.kind == kind);
        let pairs =
            of_kind.flat_map(|protocol| protocol.channels.iter().map(move |channel| (protocol, channel)));
        // The labels of an `mpls` channel are given out, and not told to anybody.
        pairs.filter(|(_, channel)| channel.kind != ChannelKind::Mpls).collect()
    }

    fn gate(&self, protocol: &ProtocolModel<'_>, channel: &ChannelModel<'_>, direction: Direction) -> Gate {
        let (word, policy) = match direction {
            Direction::Import => ("import", &channel.import),
            Direction::Export => ("export", &channel.export),
        };
        let line = self.line(policy.span.unwrap_or(protocol.span));
        let said = self.statement(word, &policy.what, &line);
        Gate {
            daemon: self.daemon.name.clone(),
            protocol: protocol.name.to_string(),
            channel: channel.kind.words(),
            family: channel.kind.family().or_else(|| channel.kind.richer_family()),
            policy: if policy.span.is_some() { said } else { format!("{said} (by default)") },
            line,
        }
    }

    /// The statement as it is written, a filter's code left out.
    fn statement(&self, word: &str, policy: &Policy, line: &Evidence) -> String {
        match policy {
            Policy::All => format!("{word} all"),
            Policy::None => format!("{word} none"),
            Policy::Filter(id) => match &self.configuration.tree.routine(*id).name {
                Some(name) => format!("{word} filter {}", name.text),
                None => format!("{word} filter {{ … }}"),
            },
            Policy::Where(_) => {
                let start = format!("{word} where");
                let written = line.text.find(&start).and_then(|at| line.text[at..].split(';').next());
                written.map_or(start, str::to_owned)
            }
            Policy::Opaque(_) => format!("{word} …"),
        }
    }

    fn line(&self, span: Span) -> Evidence {
        self.daemon.line(span)
    }

    /// Why nothing can be said of a protocol's channel.
    fn unread(
        &self,
        protocol: &ProtocolModel<'_>,
        channel: &ChannelModel<'_>,
        policy: &Policy,
    ) -> Option<Unseen> {
        if channel.kind.family().is_none() && *policy != Policy::None {
            return Some(Unseen::new(
                format!(
                    "what passes the channel `{}` of {} is not followed",
                    channel.kind.words(),
                    protocol.name
                ),
                "look at its routes with `birdc show route export`",
            ));
        }
        let span = protocol.unread?;
        Some(Unseen::new(
            format!("a part of protocol `{}` at {} could not be read", protocol.name, self.place(span)),
            "correct the error that `bird -p` shows there",
        ))
    }

    /// An answer that nothing of a kind passes, taken back where a part of the files was not read, or where a protocol
    /// makes routes in a way that is not followed: there may be more.
    fn whole<T>(&self, policy: &Policy, answer: Seen<T>) -> Seen<T> {
        let strange =
            self.working().find(|one| matches!(one.kind, ProtocolKind::Aggregator | ProtocolKind::Unknown));
        let strange = strange.map(|one| {
            Unseen::new(
                format!("what `{}` puts into tables is not followed", one.name),
                "look with `birdc show route`",
            )
        });
        match (answer, self.daemon.unread().or(strange)) {
            (Seen::Absent, Some(why)) if *policy != Policy::None => Seen::Unseen(why),
            (answer, _) => answer,
        }
    }

    fn place(&self, span: Span) -> String {
        self.configuration.sources.place(span).to_string()
    }

    /// A route of the family that gets through all the steps; absent where none does.
    fn passes(&self, way: &[Step<'_>], routes: &Routes) -> Seen<Passed> {
        match self.prover.accepts_none(way, routes) {
            Answer::Proved => Seen::Absent,
            Answer::Refuted(witness) => self.witness(&witness).into(),
            Answer::Undecided { construct, span } => {
                Seen::Unseen(self.undecided("what passes", &construct, span))
            }
        }
    }

    /// Why something about a filter is not known.
    fn undecided(&self, what: &str, construct: &str, span: Span) -> Unseen {
        let place = if span == Span::default() { String::new() } else { format!(" at {}", self.place(span)) };
        Unseen::new(
            format!("{what} depends on {construct}{place}"),
            "write that test with constants, or test the route by hand with `birdc show route where`",
        )
    }

    fn witness(&self, witness: &Witness) -> Option<Passed> {
        let Some(Net::Ip(net)) = witness.route.net() else { return None };
        let mut route = words(*net, &witness.route);
        if let Some(supposing) = &witness.supposing {
            route = format!("{route}, supposing that {supposing}");
        }
        let (lines, supposing) = (self.lines(&witness.trace), witness.supposing.clone());
        Some(Passed { net: *net, route, lines, supposing })
    }

    /// The lines of commands, each once.
    fn lines(&self, trace: &[Span]) -> Vec<Evidence> {
        let mut seen = BTreeSet::new();
        let lines = trace.iter().map(|span| self.line(*span));
        lines.filter(|line| seen.insert(line.place.clone())).take(8).collect()
    }

    /// Whether a session's neighbour is reached through a tunnel, or one of a range may be.
    fn is_of_mesh(&self, session: &Session) -> bool {
        let on_tunnel = |name: &Arc<str>| self.host.tunnels.iter().any(|tunnel| tunnel.name == **name);
        let near = |one: &IpNet, other: &IpNet| one.contains(other) || other.contains(one);
        let mut allowed =
            self.host.tunnels.iter().flat_map(|tunnel| &tunnel.peers).flat_map(|peer| &peer.allowed);
        self.peer(session).is_some()
            || session.interface.as_ref().is_some_and(on_tunnel)
            || session.range.is_some_and(|range| allowed.any(|prefix| near(&range, prefix)))
    }

    /// The WireGuard peer that gets the packets for a session's neighbour.
    fn peer(&self, session: &Session) -> Option<crate::net::PublicKey> {
        let address = *session.remote.known()?;
        let mut peers = self.host.tunnels.iter().filter_map(|tunnel| tunnel.peer_for(address));
        peers.next().map(|(_, peer)| peer.key)
    }
}

fn is_working(protocol: &ProtocolModel<'_>) -> bool {
    protocol.disabled.known() != Some(&true)
}

/// The first that is known; where none is, the first that is unseen.
fn first<T>(answers: impl IntoIterator<Item = Seen<T>>) -> Seen<T> {
    let mut unseen = Seen::Absent;
    for answer in answers {
        match (&answer, &unseen) {
            (Seen::Known(_), _) => return answer,
            (Seen::Unseen(_), Seen::Absent) => unseen = answer,
            (Seen::Unseen(_) | Seen::Absent, _) => {}
        }
    }
    unseen
}

/// A route in words: its network, who made it, and what sets it apart from the plainest one.
fn words(net: IpNet, route: &Route) -> String {
    let text = |name: &str| route.get_named(name).map(value_words).unwrap_or_default();
    let plain = origin::plain(net);
    let changes = plain.changes(route);
    let told = |name: &Attribute| !matches!(name.name(), "net" | "source" | "proto" | "preference" | "from");
    // What is not resolved yet is nothing that a person could set up.
    let unresolved = |name: &Attribute, value: &Option<&Value>| {
        name.name() == "dest" && matches!(value, Some(Value::Enum(dest)) if dest.value == 0)
    };
    let others = changes.iter().filter(|(name, _, after)| told(name) && !unresolved(name, after));
    let others =
        others.filter_map(|(name, _, after)| Some(format!("{name} = {}", value_words(after.as_ref()?))));
    let mut parts = vec![format!("{net} ({} of {})", text("source"), text("proto").trim_matches('"'))];
    parts.extend(others);
    parts.join(", ")
}

/// A value as filters write it; BIRD prints enumerations as numbers.
fn value_words(value: &Value) -> String {
    let name = match value {
        Value::Enum(enumerator) => enumerator.name(),
        _ => None,
    };
    name.map_or_else(|| value.text(Version::DEFAULT), str::to_owned)
}
