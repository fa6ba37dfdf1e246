//! What IPv6 does before the rules: within a VRF, what cannot leave the link is looked up in the VRF's table alone
//! (`net/ipv6/route.c`, `ip6_route_output_flags_noref`; `drivers/net/vrf.c`, `vrf_link_scope_lookup`).

use crate::net::{Family, TableId};

use super::judge::{Case, Note, outcome};
use super::query::Query;
use super::select::Found;
use super::table::Node;
use super::{Fate, Fib, Outcome};

/// What becomes of an IPv6 packet.
pub(super) fn fate(
    fib: &Fib<'_>,
    mut case: Case<'_, impl FnMut(usize) -> Option<Node>>,
    note: &mut impl FnMut(Note),
) -> Fate {
    match vrf_of_sender(fib, case.query, case.dst) {
        None => case.judge(fib, note),
        Some(_) if fib.blind[Family::V6 as usize].is_some() => case.judge(fib, note),
        // The VRF itself has no such addresses.
        Some(_) if case.query.oif == 0 => Fate::bare(Outcome::NoRoute),
        Some(table) => in_table(fib, &mut case, table),
    }
}

/// The table of the VRF to which the sender is bound, where the destination cannot leave the link.
fn vrf_of_sender(fib: &Fib<'_>, query: &Query, dst: u128) -> Option<TableId> {
    let bound = query.bound && !query.arrives && stays_on_link(dst);
    let vrf = fib.snapshot.link(query.vrf).filter(|_| bound)?;
    vrf.vrf_table.map(TableId)
}

/// Link-local and multicast destinations.
fn stays_on_link(dst: u128) -> bool {
    dst >> 120 == 0xff || dst >> 118 == 0xfe80 >> 6
}

fn in_table(fib: &Fib<'_>, case: &mut Case<'_, impl FnMut(usize) -> Option<Node>>, table: TableId) -> Fate {
    let found = fib.tables.slot(Family::V6, table).map_or(Found::Nothing, |slot| case.select(fib, slot));
    match found {
        Found::Nothing => Fate::bare(Outcome::NoRoute),
        Found::Blind(blind) => Fate::unseen(blind),
        Found::Route { id, way, .. } => {
            let outcome = fib.snapshot.routes.get(id).and_then(|route| outcome(id, route));
            outcome.map_or(Fate::bare(Outcome::NoRoute), |outcome| Fate {
                outcome,
                rule: None,
                route: Some(id),
                way,
            })
        }
    }
}
