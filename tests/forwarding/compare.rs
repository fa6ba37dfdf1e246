//! One node's decisions against the kernel's.

use std::net::IpAddr;
use std::ops::Add;
use std::thread::sleep;
use std::time::Duration;

use routelint::fib::{Decision, Errno, Exit, Fib, Flow, Outcome};
use routelint::net::TableId;
use routelint::seen::Seen;
use routelint::snapshot::{Address, Leg, Route, RouterPreference, Snapshot};

use crate::kernel::{self, Answer, Ask, Kernel};
use crate::scene::Scene;

/// How many look-ups were made, and of which kinds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) unseen: u64,
    pub(crate) forwarded: u64,
    pub(crate) delivered: u64,
    pub(crate) refused: u64,
}

impl Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally {
            asked: self.asked + other.asked,
            unseen: self.unseen + other.unseen,
            forwarded: self.forwarded + other.forwarded,
            delivered: self.delivered + other.delivered,
            refused: self.refused + other.refused,
        }
    }
}

/// Makes the node in this thread's namespace and asks both; an error says where they disagree.
pub(crate) fn compare(scene: &Scene) -> Result<Tally, String> {
    scene.build();
    while_nothing_moves(|snapshot| ask(scene, snapshot))
}

/// What comes of a look at the node of this thread's namespace during which nothing moved, as far as there is one.
///
/// Links settle in their own time: a disagreement counts when nothing has moved meanwhile.
pub(crate) fn while_nothing_moves(
    look: impl Fn(&Snapshot) -> Result<Tally, String>,
) -> Result<Tally, String> {
    let mut result = Ok(Tally::default());
    for _ in 0..5 {
        sleep(Duration::from_millis(30));
        let before = kernel::snapshot();
        result = look(&before);
        if same(&before, &kernel::snapshot()) {
            return result;
        }
    }
    result
}

fn same(before: &Snapshot, after: &Snapshot) -> bool {
    let routes = |snapshot: &Snapshot| {
        let mut routes: Vec<Route> = snapshot.routes.iter().map(|(_, route)| route.clone()).collect();
        routes.iter_mut().filter_map(|route| route.rare.as_mut()).for_each(|rare| rare.expires = None);
        routes
    };
    let addresses = |snapshot: &Snapshot| {
        let each = snapshot.addresses.iter().cloned();
        each.map(|own| Address { preferred: None, valid: None, ..own }).collect::<Vec<_>>()
    };
    before.links == after.links
        && before.policy == after.policy
        && addresses(before) == addresses(after)
        && routes(before) == routes(after)
}

fn ask(scene: &Scene, snapshot: &Snapshot) -> Result<Tally, String> {
    let fib = Fib::new(snapshot);
    let mut kernel = Kernel::new();
    let mut tally = Tally::default();
    for packet in &scene.packets {
        let Some((flow, dst)) = packet.resolve(scene, snapshot) else { continue };
        let decision = fib.decide(&flow, dst);
        tally = tally + counted(&decision);
        if let Outcome::Unseen(_) = decision.fate.outcome {
            continue;
        }
        let taken = kernel.look_up(&flow, dst, Ask::Taken);
        if is_for_multicast_router(&taken, &flow, dst) && decision.fate.outcome.is_accepted() {
            continue;
        }
        let entry = kernel.look_up(&flow, dst, Ask::Entry);
        let asked = Asked { scene, snapshot, fib: &fib, flow: &flow, dst, decision: &decision };
        let difference = asked.taken(&taken).or_else(|| asked.entry(&entry));
        if let Some(difference) = difference.filter(|_| !asked.may_be_hidden()) {
            return Err(asked.report(&difference, &taken, &entry));
        }
    }
    Ok(tally)
}

/// Instead of the route that it has for a packet which arrives for an IPv6 group, the kernel tells what the multicast
/// router would do with it, and that one is off (`rt6_fill_node`). A discard it tells as such.
fn is_for_multicast_router(taken: &Answer, flow: &Flow, dst: IpAddr) -> bool {
    const EMSGSIZE: i32 = 90;
    *taken == Err(EMSGSIZE) && flow.iif.is_some() && dst.is_ipv6() && dst.is_multicast()
}

fn counted(decision: &Decision) -> Tally {
    let outcome = decision.fate.outcome;
    let unseen = matches!(outcome, Outcome::Unseen(_));
    Tally {
        asked: 1,
        unseen: u64::from(unseen),
        forwarded: u64::from(outcome == Outcome::Forward),
        delivered: u64::from(outcome.is_accepted() && outcome != Outcome::Forward),
        refused: u64::from(!outcome.is_accepted() && !unseen),
    }
}

/// One look-up with our answer to it.
struct Asked<'a> {
    scene: &'a Scene,
    snapshot: &'a Snapshot,
    fib: &'a Fib<'a>,
    flow: &'a Flow,
    dst: IpAddr,
    decision: &'a Decision,
}

impl Asked<'_> {
    /// Whether the packet goes where the kernel sends it.
    fn taken(&self, answer: &Answer) -> Option<String> {
        let fate = &self.decision.fate;
        let route = match (answer, Errno::of(fate)) {
            // Since 6.13 it does not say why it refuses the source.
            (Err(22), Some(Errno::Xdev)) => return None,
            (Err(got), Some(errno)) if *got == errno.number() => return None,
            (Err(got), _) => return Some(format!("the kernel says error {got}")),
            (Ok(route), None) => route,
            (Ok(_), Some(errno)) => return Some(format!("the kernel accepts, not {errno}")),
        };
        let kind = route.kind.word().unwrap_or("?");
        let ours = if fate.outcome == Outcome::Forward { "unicast" } else { fate.outcome.word() };
        if kind != ours && !self.is_cached_group(kind, ours) {
            return Some(format!("the kernel says {kind}, not {ours}"));
        }
        let exits = self.fib.exits(fate);
        let leaves =
            |exit: &Exit| exit.dev == route.dev && (exit.via == route.via || self.was_own(exit, route));
        // What arrives as a broadcast is taken in, unless it is passed on; the kernel then names `lo`.
        let stays = fate.outcome == Outcome::Broadcast && self.flow.iif.is_some();
        if !exits.is_empty() && !stays && !exits.iter().any(leaves) {
            return Some(format!("the kernel leaves by {:?} {:?}, not {exits:?}", route.dev, route.via));
        }
        self.source(route)
    }

    /// A dump of IPv6 goes from a route to the last leg that was appended to it (`fib6_dump_node`): other routes of the
    /// same prefix and metric that were added in between are not in it.
    fn may_be_hidden(&self) -> bool {
        let ours = self.decision.fate.route.and_then(|id| self.snapshot.routes.get(id));
        let appended = |route: &&Route| !route.legs().is_empty() && route.nhid().is_none();
        let route = ours.filter(|_| self.dst.is_ipv6()).filter(appended);
        route.is_some_and(|route| self.scene.routes_to(route.dst) > 2)
    }

    /// IPv4 leaves out a gateway that was this node's own address when the route was made; no dump tells.
    fn was_own(&self, exit: &Exit, route: &Route) -> bool {
        route.via.is_none() && exit.via.is_some_and(|via| via.is_ipv4() && self.scene.may_own(via))
    }

    /// IPv4 caches what a next hop's packets take at the next hop, which routes that lead the same way share: a packet to
    /// a group then makes others look like it, or the other way round.
    fn is_cached_group(&self, kind: &str, ours: &str) -> bool {
        self.dst.is_ipv4() && matches!((kind, ours), ("multicast", "unicast") | ("unicast", "multicast"))
    }

    /// Whether the source that would be chosen is the kernel's.
    fn source(&self, route: &Route) -> Option<String> {
        let ours = self.decision.fate.route.and_then(|id| self.snapshot.routes.get(id));
        // An object's packets share what the kernel caches of a source. Legs that were appended may each have a
        // source of their own, and a dump tells the first's only.
        let of_its_own = |route: &Route| route.nhid().is_some() || !route.legs().is_empty();
        let shared = self.dst.is_ipv6() && ours.is_some_and(of_its_own);
        if self.flow.from.is_some() || self.flow.iif.is_some() || shared {
            return None;
        }
        match &self.decision.source {
            Seen::Known(ours) if route.prefsrc() != Some(*ours) => {
                Some(format!("the kernel takes source {:?}, not {ours}", route.prefsrc()))
            }
            Seen::Absent if route.prefsrc().is_some() => {
                Some(format!("the kernel takes source {:?}, not none", route.prefsrc()))
            }
            Seen::Known(_) | Seen::Absent | Seen::Unseen(_) => None,
        }
    }

    /// Whether the entry that decides is the kernel's.
    fn entry(&self, answer: &Answer) -> Option<String> {
        let fate = &self.decision.fate;
        let ours =
            fate.route.and_then(|id| self.snapshot.routes.get(id)).filter(|_| fate.outcome.is_accepted());
        match (answer, ours) {
            (Err(_), None) => None,
            (Err(got), Some(_)) => Some(format!("the kernel has no entry: error {got}")),
            (Ok(_), None) => Some("the kernel has an entry, not none".to_owned()),
            (Ok(entry), Some(route)) if plain(entry, entry) == plain(route, entry) => None,
            (Ok(entry), Some(route)) if share_an_object(entry, route) => None,
            (Ok(_), Some(_)) => Some("the kernel has another entry".to_owned()),
        }
    }

    fn report(&self, difference: &str, taken: &Answer, entry: &Answer) -> String {
        let route = self.decision.fate.route.and_then(|id| self.snapshot.routes.get(id));
        let fate = self.decision.fate;
        format!(
            "{difference}\n{} {:?}\nours: {fate:?} {:?}\n  route {route:?}\nkernel: {taken:?}\n  entry {entry:?}",
            self.dst, self.flow, self.decision.source,
        )
    }
}

/// IPv6 caches what a next-hop object's packets take by the object, so that the entry which it then names may be any
/// route's that uses the object; the packet goes the same way.
fn share_an_object(entry: &Route, route: &Route) -> bool {
    entry.dst.addr().is_ipv6() && entry.nhid().is_some() && route.nhid().is_some()
}

/// A route without what changes from answer to answer; the type is compared as the packet takes it. Until a policy
/// rule is changed the kernel calls IPv4's local routes by the name of table `main`.
fn plain(route: &Route, entry: &Route) -> Route {
    let mut plain = Route { flags: 0, kind: entry.kind, ..route.clone() };
    if route.table == TableId::LOCAL && entry.table == TableId::MAIN && entry.dst.addr().is_ipv4() {
        plain.table = TableId::MAIN;
    }
    if let Some(rare) = plain.rare.as_mut() {
        rare.expires = None;
        rare.legs.iter_mut().for_each(|leg| *leg = Leg { flags: 0, ..leg.clone() });
        // IPv6 begins with the leg that the hash took.
        rare.legs.sort_by_key(|leg| (leg.dev, leg.via, leg.weight));
        // Legs that were appended may have a preference and a source of their own; it tells those of the first.
        if !rare.legs.is_empty() && entry.dst.addr().is_ipv6() {
            rare.preference = RouterPreference::Medium;
            rare.prefsrc = None;
        }
        if **rare == Default::default() {
            plain.rare = None;
        }
    }
    plain
}
