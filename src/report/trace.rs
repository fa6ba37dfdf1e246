//! One look-up told for a person: rules tried, routes that stood against each other, peer, source.

use std::fmt::Write as _;
use std::net::IpAddr;

use anstyle::Style;
use serde_json::{Map, Value as Json, json};

use crate::fib::{Candidate, Decision, Fate, Flow, Outcome, RuleSays, RuleTried, Standing, TableLookup};
use crate::host::{Host, Tunnel, TunnelPeer, policy_line};
use crate::seen::Seen;
use crate::snapshot::Route;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// A look-up on a node.
pub struct Trace<'h, 's> {
    /// The node.
    pub host: &'h Host<'s>,
    /// The kind of packet.
    pub flow: Flow,
    /// Its destination.
    pub dst: IpAddr,
}

/// What cryptokey routing does with a packet in a tunnel.
struct Cryptokey<'h> {
    tunnel: &'h Tunnel,
    /// The peer that gets it, with the allowed IP that picks it.
    peer: Option<(ipnet::IpNet, &'h TunnelPeer)>,
}

impl<'h> Trace<'h, '_> {
    /// The answer as an object: `Lookup`'s members, `peer`, and `node`.
    pub fn json(&self) -> Result<Json, serde_json::Error> {
        let lookup = serde_json::to_value(self.host.fib.look_up(&self.flow, self.dst))?;
        let mut object = match lookup {
            Json::Object(object) => object,
            other => Map::from_iter([("lookup".to_owned(), other)]),
        };
        let fate = self.host.fib.fate(&self.flow, self.dst);
        let peers: Vec<Json> =
            self.cryptokeys(&fate).iter().map(|key| json!(key.peer.map(|(_, peer)| &peer.name))).collect();
        object.insert("node".to_owned(), json!(self.host.snapshot.node));
        object.insert("dst".to_owned(), json!(self.dst));
        object.insert("peer".to_owned(), peers.into_iter().next().unwrap_or(Json::Null));
        Ok(Json::Object(object))
    }

    /// The decision, step by step.
    pub fn people(&self) -> String {
        let decision = self.host.fib.decide(&self.flow, self.dst);
        let mut text = format!(
            "{BOLD}{}{BOLD:#} on {}: {}\n",
            self.dst,
            self.host.snapshot.node,
            self.outcome(&decision)
        );
        for (at, rule) in decision.rules.iter().enumerate() {
            self.rule(&mut text, rule, &passed_over(&decision.rules[at + 1..]));
        }
        for key in self.cryptokeys(&decision.fate) {
            let _ = writeln!(text, "  {BOLD}peer{BOLD:#}     {}", self.peer(&key));
        }
        let source = match &decision.source {
            Seen::Known(source) => source.to_string(),
            Seen::Absent => "none is chosen".to_owned(),
            Seen::Unseen(why) => format!("not seen: {}", why.reason),
        };
        let _ = writeln!(text, "  {BOLD}source{BOLD:#}   {source}");
        for caveat in &decision.caveats {
            let _ = writeln!(text, "  {BOLD}unseen{BOLD:#}   {}; {}", caveat.reason, caveat.remedy);
        }
        text
    }

    /// What becomes of the packet, in one line.
    fn outcome(&self, decision: &Decision) -> String {
        let exits = self.host.fib.exits(&decision.fate);
        let way = |exit: &crate::fib::Exit| {
            let dev = exit.dev.map(|dev| format!(" by {}", self.host.link_name(dev))).unwrap_or_default();
            let via = exit.via.map(|via| format!(" via {via}")).unwrap_or_default();
            format!("{dev}{via}")
        };
        let ways: Vec<String> = exits.iter().map(way).collect();
        let errno =
            decision.errno.map(|errno| format!("; a sender here gets {}", errno.name())).unwrap_or_default();
        match decision.fate.outcome {
            Outcome::Forward => format!("leaves{}", ways.join(" or")),
            Outcome::Local => "delivered to this node".to_owned(),
            Outcome::NoRoute => format!("no route{errno}"),
            outcome => format!("{outcome}{errno}"),
        }
    }

    fn rule(&self, text: &mut String, tried: &RuleTried, passed: &[String]) {
        let known = tried.rule.and_then(|at| self.host.snapshot.policy.get(at as usize));
        let line = known.map_or_else(|| format!("{}: (the kernel's default)", tried.priority), policy_line);
        let says = match &tried.says {
            RuleSays::Skips(selector) => format!("does not select it (`{selector}`)"),
            RuleSays::PassedOver => return,
            RuleSays::Nothing => "selects it and does nothing".to_owned(),
            RuleSays::Goto(priority) if passed.is_empty() => format!("goes on at rule {priority}"),
            RuleSays::Goto(priority) => format!("goes on at rule {priority}, past {}", passed.join(", ")),
            RuleSays::Refuses(outcome) => format!("refuses it: {outcome}"),
            RuleSays::Unknown => "has a selector or an action that is not known here".to_owned(),
            RuleSays::Lookup(lookup) if lookup.candidates.is_empty() => {
                "nothing in the table covers it".to_owned()
            }
            RuleSays::Lookup(lookup) if lookup.decides => "decides".to_owned(),
            RuleSays::Lookup(_) => "goes on with the next rule".to_owned(),
        };
        let _ = writeln!(text, "  {BOLD}rule{BOLD:#}     {line}   {DIM}{says}{DIM:#}");
        if let RuleSays::Lookup(lookup) = &tried.says {
            self.candidates(text, lookup);
        }
    }

    fn candidates(&self, text: &mut String, lookup: &TableLookup) {
        let winner =
            lookup.candidates.iter().find(|c| matches!(c.standing, Standing::Wins | Standing::Throws));
        let winner = winner.and_then(|candidate| self.host.route(candidate.route));
        for Candidate { route, standing } in &lookup.candidates {
            let Some(route) = self.host.route(*route) else { continue };
            let (word, why) = standing_words(*standing, route, winner);
            let why = if why.is_empty() { why } else { format!("   {DIM}{why}{DIM:#}") };
            let _ = writeln!(text, "    {word:<9} {}{why}", self.host.route_line(route));
        }
        if lookup.more > 0 {
            let _ = writeln!(text, "    and {} more routes that cover it", lookup.more);
        }
    }

    /// The tunnels by which the packet may leave.
    fn cryptokeys(&self, fate: &Fate) -> Vec<Cryptokey<'h>> {
        let devs = self.host.fib.exits(fate).into_iter().filter_map(|exit| exit.dev);
        let tunnels = devs.filter_map(|dev| self.host.tunnel_of(dev));
        tunnels.map(|tunnel| Cryptokey { tunnel, peer: tunnel.peer_for(self.dst) }).collect()
    }

    fn peer(&self, key: &Cryptokey<'_>) -> String {
        let tunnel = key.tunnel;
        let Some((prefix, peer)) = key.peer else {
            return format!(
                "none of {} has it in its allowed IPs: the tunnel refuses it (ENOKEY)",
                tunnel.name
            );
        };
        let Some(endpoint) = peer.endpoint else {
            return format!(
                "{} of {} by {prefix}, without endpoint: it waits (EDESTADDRREQ)",
                peer.name, tunnel.name
            );
        };
        let flow = Flow { mark: tunnel.fwmark, uid: None, ..Flow::local() };
        let fate = self.host.fib.fate(&flow, endpoint.ip());
        let devs: Vec<String> = self
            .host
            .fib
            .exits(&fate)
            .iter()
            .filter_map(|exit| exit.dev)
            .map(|dev| self.host.link_name(dev))
            .collect();
        let by = if devs.is_empty() { fate.outcome.to_string() } else { format!("by {}", devs.join(" or ")) };
        format!("{} of {} by {prefix}, encrypted to {endpoint} {by}", peer.name, tunnel.name)
    }
}

/// The priorities of the rules that were passed over before the next one that was not.
fn passed_over(following: &[RuleTried]) -> Vec<String> {
    let passed = following.iter().take_while(|rule| matches!(rule.says, RuleSays::PassedOver));
    passed.map(|rule| rule.priority.to_string()).collect()
}

/// How a route fared: a word, and the reason where it lost.
fn standing_words(standing: Standing, route: &Route, winner: Option<&Route>) -> (&'static str, String) {
    let best = winner.map_or(0, |winner| winner.metric);
    match standing {
        Standing::Wins => ("wins", String::new()),
        Standing::Throws => ("throws", "sends the packet on to the next rule".to_owned()),
        Standing::Suppressed => ("passed", "the rule suppresses it".to_owned()),
        Standing::Dead => ("loses", "its next hops are dead".to_owned()),
        Standing::OtherLink => ("loses", "it leads to another link than the packet is bound to".to_owned()),
        Standing::OtherSource => ("loses", "the packet's source is outside its source prefix".to_owned()),
        Standing::OtherTos => ("loses", "it wants another type of service".to_owned()),
        Standing::LeftOut => {
            ("loses", "the kernel leaves it out beside a route that does not fit".to_owned())
        }
        Standing::ShorterPrefix => ("loses", "its prefix is shorter".to_owned()),
        Standing::ShorterSource => ("loses", "its source prefix is shorter".to_owned()),
        Standing::HigherMetric => ("loses", format!("metric {} against {best}", route.metric)),
        Standing::LessPreferred => {
            ("loses", "another router or link is preferred at the same metric".to_owned())
        }
        Standing::Later => ("loses", "it comes later at the same metric".to_owned()),
        Standing::Unseen => ("open", "what would decide was not seen".to_owned()),
    }
}
