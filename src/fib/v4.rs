//! What IPv4 checks around the look-up of a packet that this node sends (`net/ipv4/route.c`,
//! `ip_route_output_key_hash_rcu`): whose the source is, and what a link to which the sender is bound makes up for.

use crate::net::{Family, RouteScope, RouteType, TableId, address, number};
use crate::snapshot::{Link, RouteId};

use super::judge::{Case, Note, on_link};
use super::query::{LOOPBACK, Query};
use super::select::Found;
use super::table::Node;
use super::{Blind, Fate, Fib, Outcome, arrival4, select4, source4};

/// What becomes of an IPv4 packet.
pub(super) fn fate(
    fib: &Fib<'_>,
    mut case: Case<'_, impl FnMut(usize) -> Option<Node>>,
    note: &mut impl FnMut(Note),
) -> Fate {
    let (query, dst) = (case.query, case.dst);
    if query.arrives {
        return arrival4::fate(fib, case, note);
    }
    if let Some(fate) = before(fib, query, dst) {
        return after(fib, query, dst, fate);
    }
    let sourced = with_source(fib, query, dst);
    let found = if sourced.has_source == query.has_source {
        case.judge(fib, note)
    } else {
        let plan = fib.policy(Family::V4).plan(fib.snapshot, &fib.tables, &sourced);
        Case { query: &sourced, plan: &plan, dst, find: case.find }.judge(fib, note)
    };
    after(fib, &sourced, dst, assumed(&sourced, dst, found))
}

/// The packet with its source: for a group and a sender that is bound to a link it is chosen before the look-up.
pub(super) fn with_source(fib: &Fib<'_>, query: &Query, dst: u128) -> Query {
    if query.has_source || !query.bound || !is_multicast(dst) || is_local_multicast(dst) {
        return *query;
    }
    match source4::first(fib, query.bound_to(), RouteScope(0)) {
        Some(source) => Query { source: number(source), has_source: true, ..*query },
        None => *query,
    }
}

/// What is settled without a look-up.
fn before(fib: &Fib<'_>, query: &Query, dst: u128) -> Option<Fate> {
    let to_group = is_multicast(dst) || dst == BROADCAST;
    if query.has_source {
        if is_multicast(query.source) || query.source == BROADCAST {
            return Some(Fate::bare(Outcome::Martian));
        }
        let link = match link_of_source(fib, query) {
            Ok(Some(link)) => link,
            Ok(None) => return Some(Fate::bare(Outcome::NoRoute)),
            Err(blind) => return Some(Fate::unseen(blind)),
        };
        if to_group && !query.bound {
            return Some(match is_on_several_links(fib, query.source) {
                true => Fate::unseen(Blind::Owner),
                false => on_link(Outcome::Forward, link),
            });
        }
    }
    if query.bound {
        let link = query.bound_to();
        match fib.snapshot.link(link) {
            None => return Some(Fate::unseen(Blind::Link(link))),
            Some(Link { up: false, .. }) => return Some(Fate::bare(Outcome::NoRoute)),
            Some(_) if is_local_multicast(dst) || dst == BROADCAST => {
                return Some(on_link(Outcome::Forward, link));
            }
            Some(_) => {}
        }
    }
    (dst == 0).then(|| Fate::bare(Outcome::Local))
}

/// The link that has the source as an address; local routes count as addresses (`__ip_dev_find`).
fn link_of_source(fib: &Fib<'_>, query: &Query) -> Result<Option<u32>, Blind> {
    let source = address(Family::V4, query.source);
    if let Some(own) = fib.snapshot.addresses.iter().find(|own| own.address == source) {
        return Ok(Some(own.link));
    }
    let find = |id: TableId| {
        let slot = fib.tables.slot(Family::V4, id)?;
        let table = fib.table(Family::V4, slot);
        match select4::select(fib.snapshot, table, table.longest(query.source), &query.plain()) {
            Found::Route { id, node, .. } => Some((table.length(node), id)),
            Found::Nothing | Found::Blind(_) => None,
        }
    };
    let link = |found: Option<(u8, RouteId)>| found.and_then(|(_, id)| local_link(fib, id));
    let (local, main) = (find(TableId::LOCAL), find(TableId::MAIN));
    let longer_in_main = main.map(|(length, _)| length) > local.map(|(length, _)| length);
    match fib.policy(Family::V4).merged {
        Some(true) if longer_in_main => Ok(link(main)),
        None if longer_in_main && link(main) != link(local) => Err(Blind::Merged),
        Some(_) | None => Ok(link(local)),
    }
}

/// Whether an address was given to more than one link; the kernel then takes the link that got it last.
fn is_on_several_links(fib: &Fib<'_>, number: u128) -> bool {
    let source = address(Family::V4, number);
    let mut links = fib.snapshot.addresses.iter().filter(|own| own.address == source).map(|own| own.link);
    let first = links.next();
    links.any(|link| Some(link) != first)
}

fn local_link(fib: &Fib<'_>, id: RouteId) -> Option<u32> {
    let route = fib.snapshot.routes.get(id).filter(|route| route.kind == RouteType::Local)?;
    Some(route.dev.unwrap_or(LOOPBACK))
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
    if is_loopback(query.source) {
        let mut strays = strays(fib, &fate);
        let first = strays.next().unwrap_or(false);
        match fate.route {
            Some(id) if strays.any(|other| other != first) => return Fate::unseen(Blind::Legs(id)),
            _ if first => return Fate::bare(Outcome::Martian),
            _ => {}
        }
    }
    match dst {
        BROADCAST => Fate { outcome: Outcome::Broadcast, ..fate },
        _ if is_multicast(dst) => Fate { outcome: Outcome::Multicast, ..fate },
        _ => fate,
    }
}

/// For each exit whether a loopback address would leave the node there.
fn strays(fib: &Fib<'_>, fate: &Fate) -> impl Iterator<Item = bool> {
    let devs = fib.exits(fate).into_iter().filter_map(|exit| exit.dev);
    let links = devs.filter_map(|dev| fib.snapshot.link(dev));
    let kept = |link: &Link| link.loopback || fib.either_setting4(link.index, "route_localnet");
    links.map(move |link| !kept(link) && link.vrf_table.is_none())
}

pub(super) const BROADCAST: u128 = 0xffff_ffff;

pub(super) fn is_multicast(address: u128) -> bool {
    address >> 28 == 0xe
}

fn is_local_multicast(address: u128) -> bool {
    address >> 8 == 0x00e0_0000
}

pub(super) fn is_loopback(address: u128) -> bool {
    address >> 24 == 0x7f
}
