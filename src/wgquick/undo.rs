//! What is added on the way up and taken away on the way down.
//!
//! wg-quick deletes the link between `PreDown` and `PostDown`, and every route by that link and its
//! addresses go with it; refusing routes, policy rules and routes by other links stay.

use super::ip::{Change, RouteChange, RouteSpec, RuleChange, RuleSpec};
use super::shell::{Command, Effect, When};
use crate::net::Family;
use crate::text::Span;

/// An addition and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The command that adds.
    pub command: Command,
    /// What takes it away.
    pub undo: Undo,
}

/// What takes an addition away on the way down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undo {
    /// The command that deletes exactly this.
    pub inverse: Option<Span>,
    /// Whether it goes with the link by itself.
    pub goes_with_link: bool,
    /// A command on the way down whose effect is not seen, so that it might be the inverse.
    pub unseen: Option<Span>,
}

/// The additions of the commands on the way up.
pub(super) fn additions(up: &[Command], down: &[Command], link: &str) -> Vec<Addition> {
    let unseen = down.iter().find(|command| command.effect == Effect::Unseen).map(|command| command.span);
    let usual = up.iter().filter(|command| command.when == When::Usually);
    let added = usual.filter_map(|command| {
        let (inverse, goes_with_link) = match &command.effect {
            Effect::Route(RouteChange { change: Change::Add | Change::Replace, route }) => {
                let by_link = route.dev.as_deref() == Some(link) && route.legs.is_empty();
                (find(down, |effect| deletes_route(effect, route)), by_link && !route.effective_kind().is_discard())
            }
            Effect::Rule(RuleChange { change: Change::Add | Change::Replace, rule }) => {
                (find(down, |effect| deletes_rule(effect, rule)), false)
            }
            Effect::Address(added) if matches!(added.change, Change::Add | Change::Replace) => {
                let deletes = |effect: &Effect| matches!(effect, Effect::Address(deleted)
                    if deleted.change == Change::Delete && deleted.address == added.address && deleted.dev == added.dev);
                (find(down, deletes), added.dev.as_deref() == Some(link))
            }
            Effect::Route(_) | Effect::Rule(_) | Effect::Address(_) | Effect::None | Effect::Unseen => return None,
        };
        Some(Addition { command: command.clone(), undo: Undo { inverse, goes_with_link, unseen } })
    });
    added.collect()
}

fn find(down: &[Command], deletes: impl Fn(&Effect) -> bool) -> Option<Span> {
    down.iter()
        .find(|command| command.when == When::Usually && deletes(&command.effect))
        .map(|command| command.span)
}

/// Whether every word of the deletion agrees with the addition: the kernel compares only what is given.
fn deletes_route(effect: &Effect, added: &RouteSpec) -> bool {
    let Effect::Route(RouteChange { change: Change::Delete, route: deleted }) = effect else { return false };
    // IPv6 does not compare the type.
    let kind = deleted.family == Family::V6 || agrees(&deleted.kind, &Some(added.effective_kind()));
    let metric = deleted.metric.filter(|metric| *metric != 0);
    (deleted.family, deleted.dst, &deleted.table, deleted.from)
        == (added.family, added.dst, &added.table, added.from)
        && kind
        && metric.is_none_or(|metric| metric == added.effective_metric())
        && agrees(&deleted.dev, &added.dev)
        && agrees(&deleted.via, &added.via)
        && agrees(&deleted.protocol, &added.protocol.or(Some(BOOT)))
        && agrees(&deleted.nhid, &added.nhid)
        && (deleted.legs.is_empty() || deleted.legs == added.legs)
}

/// Who a route of `ip route add` is from where nothing is said.
const BOOT: crate::net::Protocol = crate::net::Protocol(3);

fn deletes_rule(effect: &Effect, added: &RuleSpec) -> bool {
    let Effect::Rule(RuleChange { change: Change::Delete, rule: deleted }) = effect else { return false };
    let (given, there) = (&deleted.rule, &added.rule);
    given.family == there.family
        && (given.from, given.to) == (there.from, there.to)
        && agrees(&deleted.priority, &added.priority)
        && agrees(&deleted.table, &added.table)
        && agrees(&given.iif, &there.iif)
        && agrees(&given.oif, &there.oif)
        && (given.fwmask == 0 || (given.fwmark, given.fwmask) == (there.fwmark, there.fwmask))
        && agrees(&given.suppress_prefixlength, &there.suppress_prefixlength)
        && agrees(&given.suppress_ifgroup, &there.suppress_ifgroup)
        && (!given.l3mdev || there.l3mdev)
        && (deleted.table.is_some() || given.action == there.action)
}

/// Whether what is given is what is there; what is not given agrees with anything.
fn agrees<T: PartialEq>(given: &Option<T>, there: &Option<T>) -> bool {
    given.is_none() || given == there
}
