//! What rtnetlink tells: links, addresses, routes, policy rules, next-hop objects.
//!
//! Sends `RTM_GET*` and nothing else. Owns how a fault or flaw of a dump becomes a gap with a remedy. Must not judge.

pub mod address;
pub mod link;
mod merged;
pub mod message;
pub mod nexthop;
pub mod policy;
pub mod route;
pub mod routes;
pub mod socket;
mod witness;

use std::time::Duration;

use rtnetlink::sys::protocols::NETLINK_ROUTE;

use self::message::{Malformed, Message};
use self::socket::{Asker, Fault, Flaws};
use crate::net::Family;
use crate::seen::Unseen;
use crate::snapshot::{Gap, Route, Routes, Snapshot, Source};

/// The kinds of message (`RTM_*`): four that ask, and what the kernel answers or announces.
mod kind {
    pub(super) const LINK: u16 = 16;
    pub(super) const GET_LINK: u16 = 18;
    pub(super) const GET_ADDRESS: u16 = 22;
    pub(super) const ROUTE: u16 = 24;
    pub(super) const ROUTE_GONE: u16 = 25;
    pub(super) const GET_ROUTE: u16 = 26;
    pub(super) const GET_RULE: u16 = 34;
    pub(super) const GET_NEXTHOP: u16 = 106;
}

/// How often a short dump that the kernel marked as interrupted is repeated.
const ATTEMPTS: usize = 5;

/// Fills in everything that rtnetlink tells of the network namespace of this thread.
pub fn collect(snapshot: &mut Snapshot, deadline: Duration) {
    let links = listed(deadline, kind::GET_LINK, &[link::request_body()], link::parse);
    snapshot.links = settle(snapshot, Source::Links, links);
    let addresses = listed(deadline, kind::GET_ADDRESS, &[vec![0; 8]], address::parse);
    snapshot.addresses = settle(snapshot, Source::Addresses, addresses);
    let rules = Family::ALL.map(rule_request);
    let policy = listed(deadline, kind::GET_RULE, &rules, policy::parse);
    snapshot.policy = settle(snapshot, Source::Policy, policy);
    let nexthops = listed(deadline, kind::GET_NEXTHOP, &[vec![0; 8]], nexthop::parse);
    snapshot.nexthops = settle(snapshot, Source::Nexthops, nexthops);
    collect_routes(snapshot, deadline);
}

fn collect_routes(snapshot: &mut Snapshot, deadline: Duration) {
    let four = routes_of(snapshot, Source::Routes4, Family::V4, deadline);
    let six = routes_of(snapshot, Source::Routes6, Family::V6, deadline);
    snapshot.merged_tables = four.iter().find(|route| merged::tells(route)).and_then(merged::ask(deadline));
    snapshot.routes = Routes::new(joined(four, six));
}

fn routes_of(snapshot: &mut Snapshot, source: Source, family: Family, deadline: Duration) -> Vec<Route> {
    snapshot.sources.ask(source);
    match routes::dump(family, deadline) {
        Ok(dumped) => {
            note_flaws(snapshot, source, dumped.torn, dumped.undecodable);
            dumped.routes
        }
        Err(fault) => {
            snapshot.sources.miss(source, gap_of(&fault));
            Vec::new()
        }
    }
}

/// The first rows before the second; the longer list stays where it is, since it may be a million rows.
fn joined(mut first: Vec<Route>, mut second: Vec<Route>) -> Vec<Route> {
    if first.len() < second.len() {
        second.splice(0..0, first);
        return second;
    }
    first.append(&mut second);
    first
}

/// `struct fib_rule_hdr` with the family.
fn rule_request(family: Family) -> Vec<u8> {
    let mut body = vec![0; 12];
    body[0] = match family {
        Family::V4 => nix::libc::AF_INET as u8,
        Family::V6 => nix::libc::AF_INET6 as u8,
    };
    body
}

/// Whether an answer is of the family that was asked for; a kernel without IPv6 answers with IPv4's rows.
fn is_of_family(request: &[u8], answer: &Message<'_>) -> bool {
    request.first().is_none_or(|family| *family == 0 || answer.body.first() == Some(family))
}

/// The rows that several requests of one kind give; repeated as a whole while the kernel marks them interrupted.
fn listed<T>(
    deadline: Duration,
    kind: u16,
    requests: &[Vec<u8>],
    parse: fn(&Message<'_>) -> Result<Option<T>, Malformed>,
) -> Result<(Vec<T>, Flaws), Fault> {
    let mut asker = Asker::open(NETLINK_ROUTE, deadline)?;
    let mut outcome = listed_once(&mut asker, kind, requests, parse)?;
    for _ in 1..ATTEMPTS {
        if !outcome.1.interrupted {
            break;
        }
        outcome = listed_once(&mut asker, kind, requests, parse)?;
    }
    Ok(outcome)
}

fn listed_once<T>(
    asker: &mut Asker,
    kind: u16,
    requests: &[Vec<u8>],
    parse: fn(&Message<'_>) -> Result<Option<T>, Malformed>,
) -> Result<(Vec<T>, Flaws), Fault> {
    let mut rows = Vec::new();
    let mut flaws = Flaws::default();
    for body in requests {
        let one = asker.dump(kind, body, |message| {
            if is_of_family(body, message) {
                rows.extend(parse(message)?);
            }
            Ok(())
        });
        match one {
            Ok(one) => {
                flaws.interrupted |= one.interrupted;
                flaws.undecodable += one.undecodable;
            }
            // A kernel without the feature (next-hop objects, IPv6, policy rules) has none of it.
            Err(fault) if fault.is_unsupported() => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok((rows, flaws))
}

/// Notes what is missing from a source and gives the rows that are there.
fn settle<T>(snapshot: &mut Snapshot, source: Source, outcome: Result<(Vec<T>, Flaws), Fault>) -> Vec<T> {
    snapshot.sources.ask(source);
    match outcome {
        Ok((rows, flaws)) => {
            note_flaws(snapshot, source, flaws.interrupted, flaws.undecodable);
            rows
        }
        Err(fault) => {
            snapshot.sources.miss(source, gap_of(&fault));
            Vec::new()
        }
    }
}

fn note_flaws(snapshot: &mut Snapshot, source: Source, torn: bool, undecodable: usize) {
    if torn {
        let why = Unseen::new(
            format!("{source} changed each time they were read, so some may be missing or out of date"),
            "run routelint again when routing has settled",
        );
        snapshot.sources.miss(source, Gap { part: String::new(), torn: true, why });
    }
    if undecodable > 0 {
        let why = Unseen::new(
            format!("{undecodable} of the kernel's messages about {source} could not be decoded"),
            "use a routelint that knows this kernel",
        );
        snapshot.sources.miss(source, Gap { part: "undecodable messages".to_owned(), torn: false, why });
    }
}

fn gap_of(fault: &Fault) -> Gap {
    let remedy = if fault.is_denied() {
        "run as a user whom the sandbox (seccomp, SELinux, AppArmor) lets read netlink"
    } else {
        "run routelint again, with a longer `--deadline` if the node is slow"
    };
    Gap { part: String::new(), torn: false, why: Unseen::new(fault.to_string(), remedy) }
}
