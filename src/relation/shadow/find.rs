//! Finds the rows: forwarding as it is, held against forwarding by routes into tunnels alone.

use std::collections::BTreeMap;

use super::super::alike::{Alike, MOST, append};
use super::{Shadow, is_default};
use crate::fib::{Fate, Flow, Outcome, Segment};
use crate::host::Host;
use crate::net::{AddressRange, Family, PrefixMap, RouteType, prefixes_of};
use crate::seen::Seen;
use crate::snapshot::{PolicyAction, PolicyRule, Route, RouteId, Snapshot, Source};

/// What makes a row: the hidden route and the winner.
type Pair = (RouteId, Family, Option<u32>, Option<RouteId>, &'static str);

/// What rows have in common that have the same story: what becomes of the packets, by which policy rules, and routes.
type Class = (&'static str, [Option<u32>; 3], &'static str, Option<Alike>, Option<Alike>);

/// The rows of one class, by pair; too many of them are one, under the first pair.
#[derive(Default)]
struct Rows {
    pairs: BTreeMap<Pair, (Shadow, Vec<AddressRange>)>,
    joined: bool,
}

/// The search under way.
struct Search<'h, 's> {
    host: &'h Host<'s>,
    /// The throw routes, of which there are few.
    throws: Vec<(RouteId, &'h Route)>,
    classes: BTreeMap<Class, Rows>,
}

pub(super) fn rows(host: &Host<'_>, give: &mut dyn FnMut(Shadow)) {
    let excluded = excluded(host);
    let understood = without_unknown_rules(host.snapshot);
    let by_understood = understood.as_ref().map(|snapshot| host.tunnel_fib_of(snapshot));
    let tunnel_fib = by_understood.as_ref().unwrap_or(&host.tunnel_fib);
    let throws = host.snapshot.routes.iter().filter(|(_, route)| route.kind == RouteType::Throw).collect();
    let mut search = Search { host, throws, classes: BTreeMap::new() };
    for family in Family::ALL {
        for flow in host.flows(family) {
            let Some(mut actual) = host.fib.sweeper(family, &flow) else { continue };
            tunnel_fib.sweep(&flow, AddressRange::all(family), &mut |tunnel| {
                served(host, &excluded, &tunnel, &mut |range, peer| {
                    actual.sweep(range, &mut |actual| search.compare(&flow, &tunnel, &actual, &peer));
                });
            });
        }
    }
    let classes = search.classes.into_values();
    let mut rows: Vec<_> = classes.flat_map(|rows| rows.pairs).collect();
    rows.sort_by_key(|(pair, _)| *pair);
    for (_, (mut shadow, ranges)) in rows {
        shadow.prefixes = prefixes_of(&ranges);
        shadow.more.sort_unstable();
        shadow.more.dedup();
        give(shadow);
    }
}

/// The snapshot with the policy rules passed over that this program does not understand, where there are any.
///
/// Such a rule leaves the actual fate unseen. The tunnel's route must be found all the same: else nothing would be
/// compared, and what is unseen would pass.
fn without_unknown_rules(snapshot: &Snapshot) -> Option<Snapshot> {
    let is_unknown =
        |rule: &PolicyRule| !rule.unknown.is_empty() || matches!(rule.action, PolicyAction::Other(_));
    if !snapshot.policy.iter().any(is_unknown) {
        return None;
    }
    let mut understood = snapshot.clone();
    for rule in understood.policy.iter_mut().filter(|rule| is_unknown(rule)) {
        (rule.action, rule.unknown) = (PolicyAction::Nop, Vec::new());
    }
    Some(understood)
}

/// This node's own planes, and what no mesh carries.
fn excluded(host: &Host<'_>) -> PrefixMap<()> {
    let own = host.plan.own.iter().map(|own| own.prefix);
    let never = NEVER.iter().filter_map(|prefix| prefix.parse().ok());
    own.chain(never).map(|prefix| (prefix, ())).collect()
}

/// Visits the parts of a segment that some peer picks, less what is excluded.
fn served(
    host: &Host<'_>,
    excluded: &PrefixMap<()>,
    tunnel: &Segment,
    visit: &mut dyn FnMut(AddressRange, Seen<&str>),
) {
    let mut kept = |range, peer: Seen<&str>| {
        excluded.sweep(range, &mut |part, out| {
            if out.is_none() {
                visit(part, peer.clone());
            }
        });
    };
    for dev in host.tunnel_fib.exits(&tunnel.fate).into_iter().filter_map(|exit| exit.dev) {
        match host.tunnel_of(dev) {
            Some(known) => known.sweep(tunnel.range, &mut |range, peer| {
                if let Some((_, peer)) = peer {
                    kept(range, Seen::Known(&peer.name));
                }
            }),
            None => {
                if let Some(gap) = host.gap(Source::Wireguard) {
                    kept(tunnel.range, Seen::Unseen(gap.why.clone()));
                }
            }
        }
    }
}

/// Link-local and multicast destinations, this host, and the limited broadcast: no mesh carries them.
const NEVER: [&str; 7] =
    ["fe80::/10", "ff00::/8", "::/127", "127.0.0.0/8", "224.0.0.0/4", "169.254.0.0/16", "255.255.255.255/32"];

impl Search<'_, '_> {
    /// Notes what wins in a segment, where it is not the tunnel's route itself.
    fn compare(&mut self, flow: &Flow, tunnel: &Segment, actual: &Segment, peer: &Seen<&str>) {
        let (host, Some(hidden)) = (self.host, tunnel.fate.route) else { return };
        let own = is_own_address(host, &actual.fate);
        let same = actual.fate.route == Some(hidden) && host.leaves_by_tunnel(&actual.fate);
        if own || same || is_exempt(host, hidden, actual) {
            return;
        }
        let thrown = (actual.fate.outcome == Outcome::NoRoute).then(|| self.throw_over(hidden)).flatten();
        let shadow = Shadow {
            by: actual.fate,
            thrown,
            hidden,
            hidden_rule: tunnel.fate.rule,
            skipped_by: skipped_by(host, flow, tunnel, actual),
            prefixes: Vec::new(),
            peers: Default::default(),
            from: flow.from,
            served: peer.clone().map(|_| ()),
            more: Vec::new(),
        };
        let (rule, winner, word) = (actual.fate.rule, actual.fate.route, actual.fate.outcome.word());
        let by = winner.or(thrown).and_then(|id| Alike::of(host, id));
        let rules = [rule, tunnel.fate.rule, shadow.skipped_by];
        let class = (word, rules, shadow.how(host), by, Alike::of(host, hidden));
        let rows = self.classes.entry(class).or_default();
        rows.note((hidden, actual.range.family, rule, winner, word), shadow, actual.range, peer);
    }

    /// The throw route that covers the hidden route's destination in its table and wins there.
    fn throw_over(&self, hidden: RouteId) -> Option<RouteId> {
        let hidden = self.host.route(hidden)?;
        let throws = self.throws.iter().filter(|(_, route)| {
            route.family() == hidden.family()
                && (route.dst.contains(&hidden.dst) || hidden.dst.contains(&route.dst))
        });
        let longest = throws.max_by_key(|(id, route)| (route.dst.prefix_len(), std::cmp::Reverse(*id)));
        longest.map(|(id, _)| *id)
    }
}

impl Rows {
    /// Notes a range in the row of its pair.
    fn note(&mut self, pair: Pair, shadow: Shadow, range: AddressRange, peer: &Seen<&str>) {
        let of_pair = (shadow.hidden, shadow.winning());
        let at = if self.joined { *self.pairs.keys().next().unwrap_or(&pair) } else { pair };
        let (row, ranges) = self.pairs.entry(at).or_insert((shadow, Vec::new()));
        append(ranges, range);
        if let Some(name) = peer.known().filter(|name| !row.peers.contains(**name)) {
            row.peers.insert((*name).to_owned());
        }
        let first = (row.hidden, row.winning());
        if of_pair != first && row.more.last() != Some(&of_pair) {
            row.more.push(of_pair);
        }
        if self.pairs.len() > MOST {
            self.join();
        }
    }

    /// Makes one row of all.
    fn join(&mut self) {
        let mut rows = std::mem::take(&mut self.pairs).into_iter();
        let Some((pair, (mut first, mut ranges))) = rows.next() else { return };
        for (_, (row, others)) in rows {
            first.more.push((row.hidden, row.winning()));
            first.peers.extend(row.peers);
            others.into_iter().for_each(|range| append(&mut ranges, range));
        }
        self.pairs.insert(pair, (first, ranges));
        self.joined = true;
    }
}

/// The `goto` by which a packet that a policy rule refuses never came to the rule of the tunnel's route.
fn skipped_by(host: &Host<'_>, flow: &Flow, tunnel: &Segment, actual: &Segment) -> Option<u32> {
    let refusing = actual.fate.rule.filter(|_| actual.fate.route.is_none())?;
    let hidden = tunnel.fate.rule.filter(|hidden| *hidden < refusing)?;
    host.fib.passed_over_by(flow, actual.range.first_address(), hidden)
}

/// Whether packets end at an address of this node, or at one that the kernel derives from it. A `local` route
/// of a whole network, which programs use to answer for all of it, is none.
fn is_own_address(host: &Host<'_>, fate: &Fate) -> bool {
    let ends_here = fate.outcome.is_local() || fate.outcome == Outcome::Broadcast;
    let route = fate.route.and_then(|id| host.route(id));
    ends_here && route.is_none_or(|route| route.dst.prefix_len() == route.dst.max_prefix_len())
}

/// Beside a default into the tunnel, connected networks and the way to an endpoint are meant to win.
fn is_exempt(host: &Host<'_>, hidden: RouteId, actual: &Segment) -> bool {
    if !host.route(hidden).is_some_and(is_default) || actual.fate.outcome != Outcome::Forward {
        return false;
    }
    let exits = host.fib.exits(&actual.fate);
    let connected = exits.iter().all(|exit| exit.via.is_none());
    let mut peers = host.tunnels.iter().flat_map(|tunnel| &tunnel.peers);
    let endpoint =
        peers.any(|peer| peer.endpoint.is_some_and(|to| AddressRange::host(to.ip()) == actual.range));
    connected || endpoint
}
