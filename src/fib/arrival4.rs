//! What IPv4 checks around the look-up of a packet that arrives (`net/ipv4/route.c`, `ip_route_input_slow`).

use crate::net::{Family, address};

use super::judge::{Case, Note};
use super::query::Query;
use super::reverse4::{Verdict, check};
use super::table::Node;
use super::v4::{BROADCAST, is_loopback, is_multicast};
use super::{Blind, Fate, Fib, Outcome};

/// What becomes of an IPv4 packet that arrives.
pub(super) fn fate(
    fib: &Fib<'_>,
    mut case: Case<'_, impl FnMut(usize) -> Option<Node>>,
    note: &mut impl FnMut(Note),
) -> Fate {
    let (query, dst) = (case.query, case.dst);
    if let Some(fate) = before(fib, query, dst) {
        return fate;
    }
    let found = case.judge(fib, note);
    let verdict = match found.outcome {
        Outcome::Unseen(_) => return found,
        Outcome::Local => check(fib, query, dst, 0),
        Outcome::Broadcast if passes_broadcasts_on(fib, query.iif) => check_exits(fib, query, dst, &found),
        // Of a broadcast the way back is looked up as if it had no destination.
        Outcome::Broadcast => check_unless_none(fib, query),
        _ if !forwards(fib, query.iif) => return Fate { outcome: Outcome::NotForwarding, ..found },
        Outcome::Forward => check_exits(fib, query, dst, &found),
        Outcome::Anycast | Outcome::Multicast => Verdict::Martian,
        Outcome::Blackhole
        | Outcome::Unreachable
        | Outcome::Prohibit
        | Outcome::NoRoute
        | Outcome::Martian
        | Outcome::ReversePath
        | Outcome::NotForwarding => return found,
    };
    judged(verdict, found)
}

/// What is settled without a look-up.
fn before(fib: &Fib<'_>, query: &Query, dst: u128) -> Option<Fate> {
    let source = query.source;
    if is_multicast(source) || source == BROADCAST {
        return Some(Fate::bare(Outcome::Martian));
    }
    if is_multicast(dst) {
        return Some(to_group(fib, query, dst));
    }
    if dst == BROADCAST || (source == 0 && dst == 0) {
        return Some(judged(check_unless_none(fib, query), Fate::bare(Outcome::Broadcast)));
    }
    let loops =
        (is_loopback(dst) || is_loopback(source)) && !fib.either_setting4(query.iif, "route_localnet");
    (source == 0 || dst == 0 || loops).then(|| Fate::bare(Outcome::Martian))
}

/// Every link that is up is in the group of all hosts; who is in the others is not seen (`ip_mc_validate_source`).
fn to_group(fib: &Fib<'_>, query: &Query, dst: u128) -> Fate {
    const ALL_HOSTS: u128 = 0xe000_0001;
    if !fib.snapshot.link(query.iif).is_some_and(|link| link.up) || dst != ALL_HOSTS {
        return Fate::unseen(Blind::Groups);
    }
    let loops = is_loopback(query.source) && !fib.either_setting4(query.iif, "route_localnet");
    let verdict = if loops { Verdict::Martian } else { check_unless_none(fib, query) };
    judged(verdict, Fate::bare(Outcome::Multicast))
}

/// The check of a source that need not be there.
fn check_unless_none(fib: &Fib<'_>, query: &Query) -> Verdict {
    if query.source == 0 { Verdict::Good } else { check(fib, query, 0, 0) }
}

/// The check of the source, for each exit that the hash may take.
fn check_exits(fib: &Fib<'_>, query: &Query, dst: u128, found: &Fate) -> Verdict {
    let exits = fib.exits(found);
    let mut verdicts = exits.iter().map(|exit| check(fib, query, dst, exit.dev.unwrap_or(0)));
    let first = verdicts.next().unwrap_or(Verdict::Good);
    match (verdicts.all(|verdict| verdict == first), found.route) {
        (false, Some(id)) => Verdict::Open(Blind::Legs(id)),
        _ => first,
    }
}

fn judged(verdict: Verdict, fate: Fate) -> Fate {
    match verdict {
        Verdict::Good => fate,
        Verdict::Martian => Fate::bare(Outcome::Martian),
        Verdict::ReversePath => Fate::bare(Outcome::ReversePath),
        Verdict::Open(blind) => Fate::unseen(blind),
    }
}

/// Whether IPv4 forwards what arrives on a link; where nobody asked, it is taken to.
fn forwards(fib: &Fib<'_>, link: u32) -> bool {
    let own = fib.setting4(link, "forwarding");
    own.or_else(|| fib.snapshot.sysctls.get("net.ipv4.ip_forward").map(|value| value.trim()))
        .is_none_or(|value| value != "0")
}

/// Whether a directed broadcast that arrives on a link is routed on (`IN_DEV_BFORWARD`).
fn passes_broadcasts_on(fib: &Fib<'_>, link: u32) -> bool {
    let all = fib.snapshot.sysctls.get("net.ipv4.conf.all.bc_forwarding");
    let is_on = |value: Option<&str>| value.is_some_and(|value| value != "0");
    is_on(all.map(|value| value.trim())) && is_on(fib.setting4(link, "bc_forwarding"))
}

impl Fib<'_> {
    /// An IPv4 setting of a link.
    pub(super) fn setting4(&self, link: u32, setting: &str) -> Option<&str> {
        let name = self.snapshot.link(link)?.name.replace('.', "/");
        self.snapshot.sysctls.get(&format!("net.ipv4.conf.{name}.{setting}")).map(|value| value.trim())
    }

    /// The greater of an IPv4 setting of a link and the one for all (`IN_DEV_MAXCONF`, `IN_DEV_ORCONF`).
    pub(super) fn greater_setting4(&self, link: u32, setting: &str) -> u32 {
        let all = self.snapshot.sysctls.get(&format!("net.ipv4.conf.all.{setting}"));
        let number = |value: Option<&str>| value.and_then(|value| value.parse().ok()).unwrap_or(0);
        number(all.map(|value| value.trim())).max(number(self.setting4(link, setting)))
    }

    /// Whether an IPv4 setting is on for a link or for all.
    pub(super) fn either_setting4(&self, link: u32, setting: &str) -> bool {
        self.greater_setting4(link, setting) != 0
    }

    /// Whether an address is this node's own.
    pub(super) fn owns4(&self, number: u128) -> bool {
        let address = address(Family::V4, number);
        self.snapshot.addresses.iter().any(|own| own.address == address)
    }
}
