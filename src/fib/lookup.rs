//! Look-ups in the words of `ip route get`, one a line, and their answers as flat records.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::net::{Family, RouteType, TableId};
use crate::snapshot::{Link, Route, Snapshot};

use super::query::Query;
use super::{Errno, Exit, Fate, Fib, Flow, source_address};

/// The answer to one look-up, as one JSON object has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lookup {
    /// What becomes of the packet: [`Outcome::word`](super::Outcome::word).
    pub outcome: &'static str,
    /// The table of the route that decided.
    pub table: Option<TableId>,
    /// The priority of the policy rule that decided.
    pub rule: Option<u32>,
    /// The destination of the route that decided.
    pub prefix: Option<IpNet>,
    /// Its metric.
    pub metric: Option<u32>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<RouteType>,
    /// The link by which the packet leaves; none where the multipath hash chooses.
    pub dev: Option<String>,
    /// The gateway; none where the multipath hash chooses.
    pub via: Option<IpAddr>,
    /// The source address that the packet has or gets.
    pub src: Option<IpAddr>,
    /// What a sender on this node gets where the packet goes nowhere.
    pub errno: Option<&'static str>,
    /// The exits among which the multipath hash chooses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nexthops: Vec<Hop>,
}

/// One of several exits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// The link.
    pub dev: Option<String>,
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The share of the packets.
    pub weight: u32,
}

impl Fib<'_> {
    /// The answer to one look-up.
    pub fn look_up(&self, flow: &Flow, dst: IpAddr) -> Lookup {
        let fate = self.fate(flow, dst);
        let query = Query::new(self.snapshot, Family::of(dst), flow);
        let source = source_address::of(self, &query, dst, &fate);
        let route = fate.route.and_then(|id| self.snapshot.routes.get(id));
        let exits = self.exits(&fate);
        let one = if let [one] = exits.as_slice() { Some(*one) } else { None };
        Lookup {
            outcome: fate.outcome.word(),
            table: route.map(|route| route.table),
            rule: self.priority(&fate),
            prefix: route.map(|route| route.dst),
            metric: route.map(|route| route.metric),
            kind: route.map(|route: &Route| route.kind),
            dev: one.and_then(|exit| self.dev(&exit)),
            via: one.and_then(|exit| exit.via),
            src: source.known().copied(),
            errno: Errno::of(&fate).map(Errno::name),
            nexthops: if one.is_some() { Vec::new() } else { self.hops(&exits) },
        }
    }

    fn priority(&self, fate: &Fate) -> Option<u32> {
        fate.rule.and_then(|rule| self.snapshot.policy.get(rule as usize)).map(|rule| rule.priority)
    }

    fn dev(&self, exit: &Exit) -> Option<String> {
        exit.dev.map(|dev| self.snapshot.link_name(dev))
    }

    fn hops(&self, exits: &[Exit]) -> Vec<Hop> {
        let hop = |exit: &Exit| Hop { dev: self.dev(exit), via: exit.via, weight: exit.weight };
        exits.iter().map(hop).collect()
    }
}

/// Why a line is no look-up, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LookupError {
    /// The byte in the line at which the word begins.
    pub at: usize,
    /// The word; empty where one is missing.
    pub word: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word.as_str() {
            "" => write!(f, "column {}: {}", self.at + 1, self.reason),
            word => write!(f, "column {}: `{word}`: {}", self.at + 1, self.reason),
        }
    }
}

/// The words that may follow the destination.
const WORDS: &str = "from, iif, oif, dev, vrf, mark, tos, dsfield, uid, ipproto, sport, dport";

/// Reads a look-up: a destination, then words and values as `ip route get` takes them.
///
/// The words `fibmatch` and `to` may stand before the destination and change nothing: an answer always holds the
/// route that matched.
///
/// As there, the packet is sent by root where no `uid` is given, and IPv4 takes it to be UDP where no `ipproto`
/// is; of an IPv6 packet that arrives it says that it has no user at all.
pub fn parse_lookup(line: &str, snapshot: &Snapshot) -> Result<(Flow, IpAddr), LookupError> {
    let mut words = Words { line, at: 0 };
    let destination =
        std::iter::from_fn(|| words.next()).find(|word| !matches!(word.text, "fibmatch" | "to"));
    let dst = destination.ok_or_else(|| words.missing("a destination address is missing"))?.address()?;
    let mut flow = Flow::default();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| words.missing(&format!("`{}` needs a value", word.text)));
        set(&mut flow, &word, value, dst, snapshot)?;
    }
    let nobody = if flow.iif.is_some() && dst.is_ipv6() { u32::MAX } else { 0 };
    flow.uid = flow.uid.or(Some(nobody));
    if dst.is_ipv4() {
        flow.ip_proto = flow.ip_proto.or(Some(17));
    }
    Ok((flow, dst))
}

fn set(
    flow: &mut Flow,
    word: &Word<'_>,
    value: Result<Word<'_>, LookupError>,
    dst: IpAddr,
    snapshot: &Snapshot,
) -> Result<(), LookupError> {
    match word.text {
        "from" => flow.from = Some(value?.address_beside(dst)?),
        "iif" => flow.iif = Some(value?.link(snapshot)?),
        "oif" | "dev" => flow.oif = Some(value?.link(snapshot)?),
        "vrf" => flow.oif = Some(value?.vrf(snapshot)?),
        "mark" => flow.mark = value?.number(u64::from(u32::MAX))? as u32,
        "tos" | "dsfield" => flow.tos = value?.number(u64::from(u8::MAX))? as u8,
        "uid" => flow.uid = Some(value?.number(u64::from(u32::MAX))? as u32),
        "ipproto" => flow.ip_proto = Some(value?.protocol()?),
        "sport" => flow.sport = Some(value?.number(u64::from(u16::MAX))? as u16),
        "dport" => flow.dport = Some(value?.number(u64::from(u16::MAX))? as u16),
        _ => return Err(word.wrong(format!("no word of a look-up; known are {WORDS}"))),
    }
    Ok(())
}

/// A word with its place.
struct Word<'l> {
    at: usize,
    text: &'l str,
}

struct Words<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Words<'l> {
    fn next(&mut self) -> Option<Word<'l>> {
        let rest = &self.line[self.at..];
        let start = self.at + rest.find(|c: char| !c.is_whitespace())?;
        let rest = &self.line[start..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at = start + length;
        Some(Word { at: start, text: &rest[..length] })
    }

    fn missing(&self, reason: &str) -> LookupError {
        LookupError { at: self.line.trim_end().len(), word: String::new(), reason: reason.to_owned() }
    }
}

impl Word<'_> {
    fn wrong(&self, reason: impl Into<String>) -> LookupError {
        LookupError { at: self.at, word: self.text.to_owned(), reason: reason.into() }
    }

    fn address(&self) -> Result<IpAddr, LookupError> {
        self.text.parse().map_err(|_| self.wrong("no IPv4 or IPv6 address"))
    }

    fn address_beside(&self, dst: IpAddr) -> Result<IpAddr, LookupError> {
        let address = self.address()?;
        match Family::of(address) == Family::of(dst) {
            true => Ok(address),
            false => Err(self.wrong(format!("the destination is of {}", Family::of(dst)))),
        }
    }

    fn link(&self, snapshot: &Snapshot) -> Result<u32, LookupError> {
        self.link_among(snapshot.links.iter(), "link")
    }

    fn vrf(&self, snapshot: &Snapshot) -> Result<u32, LookupError> {
        self.link_among(snapshot.links.iter().filter(|link| link.vrf_table.is_some()), "VRF")
    }

    fn link_among<'s>(
        &self,
        links: impl Iterator<Item = &'s Link> + Clone,
        noun: &str,
    ) -> Result<u32, LookupError> {
        let link = links.clone().find(|link| link.name == self.text);
        link.map(|link| link.index).ok_or_else(|| {
            let names: Vec<&str> = links.map(|link| link.name.as_str()).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            self.wrong(format!("no {noun} of this node; it has {known}"))
        })
    }

    /// A number, decimal or hexadecimal with `0x`.
    fn number(&self, most: u64) -> Result<u64, LookupError> {
        let parsed = match self.text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => self.text.parse(),
        };
        parsed.ok().filter(|n| *n <= most).ok_or_else(|| self.wrong(format!("no number from 0 to {most}")))
    }

    fn protocol(&self) -> Result<u8, LookupError> {
        match self.text {
            "icmp" => Ok(1),
            "tcp" => Ok(6),
            "udp" => Ok(17),
            "ipv6-icmp" | "icmpv6" => Ok(58),
            _ => self.number(u64::from(u8::MAX)).map(|number| number as u8).map_err(|_| {
                self.wrong("no protocol; known are icmp, tcp, udp, ipv6-icmp and numbers from 0 to 255")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Snapshot {
        let link = |index, name: &str| Link { index, name: name.to_owned(), ..Link::default() };
        let vrf = Link { vrf_table: Some(100), ..link(9, "blue") };
        Snapshot { links: vec![link(1, "lo"), link(7, "wg0"), vrf], ..Snapshot::default() }
    }

    #[test]
    fn every_word_is_read() {
        let line =
            "fd53:102:1000::10 from fd53:101::1 iif wg0 mark 0x10 uid 5 ipproto tcp sport 7 dport 8 tos 0x10";
        let (flow, dst) = parse_lookup(line, &node()).unwrap();
        assert_eq!(dst.to_string(), "fd53:102:1000::10");
        let from = Some("fd53:101::1".parse().unwrap());
        let expected = Flow {
            from,
            iif: Some(7),
            oif: None,
            mark: 16,
            tos: 16,
            uid: Some(5),
            ip_proto: Some(6),
            sport: Some(7),
            dport: Some(8),
        };
        assert_eq!(flow, expected);
    }

    #[test]
    fn what_is_not_said_is_as_ip_route_get_takes_it() {
        let (v6, _) = parse_lookup("fd53::1", &node()).unwrap();
        assert_eq!((v6.uid, v6.ip_proto), (Some(0), None));
        let (v4, _) = parse_lookup("192.0.2.1 oif wg0", &node()).unwrap();
        assert_eq!((v4.uid, v4.ip_proto, v4.oif), (Some(0), Some(17), Some(7)));
        let (arriving, _) = parse_lookup("fd53::1 iif wg0", &node()).unwrap();
        assert_eq!(arriving.uid, Some(u32::MAX));
        let (in_vrf, _) = parse_lookup("fibmatch to ::1 vrf blue", &node()).unwrap();
        assert_eq!(in_vrf.oif, Some(9));
    }

    #[test]
    fn an_error_says_where_and_what_would_be_right() {
        let error = |line: &str| parse_lookup(line, &node()).unwrap_err().to_string();
        assert_eq!(error(""), "column 1: a destination address is missing");
        assert_eq!(error("10.0.0.300"), "column 1: `10.0.0.300`: no IPv4 or IPv6 address");
        assert_eq!(error("10.0.0.1 from ::1"), "column 15: `::1`: the destination is of IPv4");
        assert_eq!(error("::1 iif wg1"), "column 9: `wg1`: no link of this node; it has lo, wg0, blue");
        assert_eq!(error("::1 vrf wg0"), "column 9: `wg0`: no VRF of this node; it has blue");
        assert_eq!(error("::1 mark"), "column 9: `mark` needs a value");
        assert_eq!(error("::1 mark x"), "column 10: `x`: no number from 0 to 4294967295");
        assert!(
            error("::1 metric 5").starts_with("column 5: `metric`: no word of a look-up; known are from")
        );
    }
}
