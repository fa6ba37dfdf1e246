//! What IPv4 checks around its look-up (`net/ipv4/route.c`): where a source belongs, which addresses are out of
//! place, what a link to which the sender is bound makes up for.

use crate::net::{Family, address};
use crate::snapshot::Link;

use super::judge::{Case, Note, on_link};
use super::query::{LOOPBACK, Query};
use super::table::Node;
use super::{Blind, Fate, Fib, Outcome};

/// What becomes of an IPv4 packet.
pub(super) fn fate(
    fib: &Fib<'_>,
    mut case: Case<'_, impl FnMut(usize) -> Option<Node>>,
    note: &mut impl FnMut(Note),
) -> Fate {
    let (query, dst) = (case.query, case.dst);
    if query.arrives {
        return case.judge(fib, note);
    }
    if let Some(fate) = before(fib, query, dst) {
        return fate;
    }
    let found = case.judge(fib, note);
    after(fib, query, dst, assumed(query, dst, found))
}

/// What is settled without a look-up (`ip_route_output_key_hash_rcu`).
fn before(fib: &Fib<'_>, query: &Query, dst: u128) -> Option<Fate> {
    let to_group = is_multicast(dst) || dst == BROADCAST;
    if query.has_source {
        if is_multicast(query.source) || query.source == BROADCAST || is_this_network(query.source) {
            return Some(Fate::bare(Outcome::Martian));
        }
        let Some(link) = link_of_source(fib, query) else { return Some(Fate::bare(Outcome::Martian)) };
        if to_group && !query.bound {
            return Some(on_link(group_outcome(dst), link));
        }
    }
    if query.oif != 0 {
        match fib.snapshot.link(query.oif) {
            None => return Some(Fate::unseen(Blind::Link(query.oif))),
            Some(Link { up: false, .. }) => return Some(Fate::bare(Outcome::NoRoute)),
            Some(_) if is_local_multicast(dst) || dst == BROADCAST => {
                return Some(on_link(group_outcome(dst), query.oif));
            }
            Some(_) => {}
        }
    }
    (dst == 0).then(|| Fate::bare(Outcome::Local))
}

/// The link that has the source as an address; local routes count as addresses (`__ip_dev_find`).
fn link_of_source(fib: &Fib<'_>, query: &Query) -> Option<u32> {
    let source = address(Family::V4, query.source);
    let own = fib.snapshot.addresses.iter().find(|own| own.address == source);
    own.map(|own| own.link).or_else(|| {
        let table = crate::net::TableId::LOCAL;
        let slot = fib.tables.slot(Family::V4, table)?;
        let table = &fib.tables.of(Family::V4)[slot];
        let id = *table.routes(table.longest(query.source)?).first()?;
        let route = fib.snapshot.routes.get(id)?;
        (route.kind == crate::net::RouteType::Local).then_some(route.dev.unwrap_or(LOOPBACK))
    })
}

/// A sender that is bound to a link gets there whatever the tables say: the destination is taken to be on it.
fn assumed(query: &Query, dst: u128, fate: Fate) -> Fate {
    let refused = fate.outcome.is_discard() || fate.outcome == Outcome::NoRoute;
    if refused && query.oif != 0 && (is_multicast(dst) || query.vrf == 0) {
        return on_link(Outcome::Forward, query.oif);
    }
    fate
}

/// What the addresses make of a packet that has a route (`__mkroute_output`).
fn after(fib: &Fib<'_>, query: &Query, dst: u128, fate: Fate) -> Fate {
    if !fate.outcome.is_accepted() {
        return fate;
    }
    if is_this_network(dst) || (is_loopback(query.source) && leaves_loopback(fib, &fate)) {
        return Fate::bare(Outcome::Martian);
    }
    let outcome = if is_multicast(dst) || dst == BROADCAST { group_outcome(dst) } else { fate.outcome };
    Fate { outcome, ..fate }
}

fn leaves_loopback(fib: &Fib<'_>, fate: &Fate) -> bool {
    let devs = fib.exits(fate).into_iter().filter_map(|exit| exit.dev);
    let mut links = devs.filter_map(|dev| fib.snapshot.link(dev));
    links.any(|link| !link.loopback && link.vrf_table.is_none())
}

fn group_outcome(dst: u128) -> Outcome {
    if dst == BROADCAST { Outcome::Broadcast } else { Outcome::Multicast }
}

const BROADCAST: u128 = 0xffff_ffff;

fn is_multicast(address: u128) -> bool {
    address >> 28 == 0xe
}

fn is_local_multicast(address: u128) -> bool {
    address >> 8 == 0x00e0_0000
}

fn is_this_network(address: u128) -> bool {
    address >> 24 == 0
}

fn is_loopback(address: u128) -> bool {
    address >> 24 == 0x7f
}
