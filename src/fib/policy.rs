//! Policy rules: which tables a packet is looked up in, and in which order.
//!
//! A rule's selectors but the destination are the same for all packets of a kind, so they are tested once and
//! leave a [`Plan`]: the rules that some destination may still fit. It must not know what a table holds.

use ipnet::IpNet;

use crate::net::{AddressRange, Family, TableId, number};
use crate::snapshot::{Link, PolicyAction, PolicyRule, PortRange, Snapshot, Source};

use super::Outcome;
use super::query::Query;
use super::table::Tables;

/// The rules of one family in the kernel's order.
pub(super) struct Policy<'s> {
    rules: Vec<Rule<'s>>,
    /// The kernel's default rules, which stand in where rules were not asked for.
    pub(super) assumed: bool,
    /// Whether IPv4 looks `local` and `main` up as one table; `None` where it may.
    pub(super) merged: Option<bool>,
    /// Some of IPv6's default rules are gone and no other is there: the kernel heeds that only if one was ever added.
    pub(super) perhaps_unheeded: bool,
}

struct Rule<'s> {
    /// Index into the snapshot's rules.
    index: u32,
    rule: std::borrow::Cow<'s, PolicyRule>,
}

/// A rule that some destination of a flow may fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The place among the family's rules.
    pub(super) at: usize,
    /// Index into the snapshot's rules.
    pub(super) index: u32,
    pub(super) priority: u32,
    to: To,
    pub(super) act: Act,
    pub(super) suppress_length: Option<u32>,
    pub(super) suppress_group: Option<u32>,
}

/// Which destinations a rule selects.
#[derive(Clone, Copy, Debug)]
enum To {
    All,
    Within(u128, u128),
    Outside(u128, u128),
    /// Those within, if a selector that is not known agrees.
    Perhaps(u128, u128),
}

/// What a rule does with the destinations that it selects.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Looks up in the table at this place; `None` is a table without routes.
    Lookup(TableId, Option<usize>),
    /// Goes on at the first rule of this priority.
    Goto(u32),
    Refuse(Outcome),
    Blind,
}

/// Whether a rule selects a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selects {
    Yes,
    No,
    Unknown,
}

impl Step {
    /// Whether the rule selects a destination.
    pub(super) fn selects(&self, dst: u128) -> Selects {
        match self.to {
            To::All => Selects::Yes,
            To::Within(first, last) if (first..=last).contains(&dst) => Selects::Yes,
            To::Outside(first, last) if !(first..=last).contains(&dst) => Selects::Yes,
            To::Perhaps(first, last) if (first..=last).contains(&dst) => Selects::Unknown,
            To::Within(..) | To::Outside(..) | To::Perhaps(..) => Selects::No,
        }
    }

    /// The range at whose ends the rule's answer changes.
    pub(super) fn edges(&self) -> Option<(u128, u128)> {
        match self.to {
            To::All => None,
            To::Within(first, last) | To::Outside(first, last) | To::Perhaps(first, last) => {
                Some((first, last))
            }
        }
    }
}

impl<'s> Policy<'s> {
    /// Takes out the rules that refuse what they select.
    pub(super) fn drop_refusals(&mut self) {
        let refuses = |rule: &PolicyRule| match rule.action {
            PolicyAction::Blackhole | PolicyAction::Unreachable | PolicyAction::Prohibit => true,
            PolicyAction::Lookup | PolicyAction::Goto(_) | PolicyAction::Nop | PolicyAction::Other(_) => {
                false
            }
        };
        self.rules.retain(|rule| !refuses(&rule.rule));
    }

    /// The rules of a family: the snapshot's, or the kernel's defaults where rules were not asked for.
    pub(super) fn new(snapshot: &'s Snapshot, family: Family) -> Policy<'s> {
        let seen = snapshot.policy.iter().enumerate().filter(|(_, rule)| rule.family == family);
        let mut rules: Vec<Rule<'s>> = seen
            .map(|(index, rule)| Rule { index: index as u32, rule: std::borrow::Cow::Borrowed(rule) })
            .collect();
        let assumed = !snapshot.sources.asked(Source::Policy) && rules.is_empty();
        if assumed {
            let defaults = defaults(family).into_iter();
            rules = defaults.map(|rule| Rule { index: 0, rule: std::borrow::Cow::Owned(rule) }).collect();
        }
        rules.sort_by_key(|rule| rule.rule.priority);
        let merged =
            if family == Family::V4 && is_untouched(&rules) { snapshot.merged_tables } else { Some(false) };
        let perhaps_unheeded = family == Family::V6 && is_short_of_defaults(&rules);
        Policy { rules, assumed, merged, perhaps_unheeded }
    }

    /// The rules that some destination of the flow may fit, in order.
    pub(super) fn plan(&self, snapshot: &Snapshot, tables: &Tables, query: &Query) -> Vec<Step> {
        let steps = (0..self.rules.len()).filter_map(|at| self.step(at, snapshot, tables, query));
        steps.collect()
    }

    fn step(&self, at: usize, snapshot: &Snapshot, tables: &Tables, query: &Query) -> Option<Step> {
        let rule = &self.rules[at];
        let to = destinations(&rule.rule, rest(snapshot, &rule.rule, query))?;
        let act = self.act(rule, snapshot, tables, query)?;
        Some(Step {
            at,
            index: rule.index,
            priority: rule.rule.priority,
            to,
            act,
            suppress_length: rule.rule.suppress_prefixlength,
            suppress_group: rule.rule.suppress_ifgroup,
        })
    }

    /// What a rule does; `None` for nothing.
    fn act(&self, rule: &Rule<'s>, snapshot: &Snapshot, tables: &Tables, query: &Query) -> Option<Act> {
        let family = query.family;
        Some(match rule.rule.action {
            PolicyAction::Lookup => {
                let table = if rule.rule.l3mdev { vrf_table(snapshot, query) } else { rule.rule.table };
                Act::Lookup(table, tables.slot(family, table))
            }
            PolicyAction::Goto(to) if self.rules.iter().any(|rule| rule.rule.priority == to) => Act::Goto(to),
            PolicyAction::Goto(_) | PolicyAction::Nop => return None,
            PolicyAction::Blackhole => Act::Refuse(Outcome::Blackhole),
            PolicyAction::Unreachable => Act::Refuse(Outcome::Unreachable),
            PolicyAction::Prohibit => Act::Refuse(Outcome::Prohibit),
            PolicyAction::Other(_) => Act::Blind,
        })
    }

    /// How a fate names a rule.
    pub(super) fn name(&self, step: &Step) -> Option<u32> {
        (!self.assumed).then_some(step.index)
    }

    /// The rules with their index into the snapshot's, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &PolicyRule)> {
        self.rules.iter().map(|rule| (rule.index, rule.rule.as_ref()))
    }
}

/// The table of the packet's VRF; for a packet in none, which only `not l3mdev` selects, the kernel looks in `main`.
fn vrf_table(snapshot: &Snapshot, query: &Query) -> TableId {
    snapshot.link(query.vrf).and_then(|vrf| vrf.vrf_table).map_or(TableId::MAIN, TableId)
}

/// The destinations that a rule selects when the rest of its selectors does or does not fit.
fn destinations(rule: &PolicyRule, rest: Selects) -> Option<To> {
    let all = AddressRange::all(rule.family);
    let to = rule.to.map_or(all, AddressRange::of);
    match (rule.invert, rest) {
        (false, Selects::No) => None,
        (true, Selects::No) => Some(To::All),
        (false, Selects::Unknown) => Some(To::Perhaps(to.first, to.last)),
        (true, Selects::Unknown) => Some(To::Perhaps(all.first, all.last)),
        (false, Selects::Yes) if to == all => Some(To::All),
        (true, Selects::Yes) if to == all => None,
        (false, Selects::Yes) => Some(To::Within(to.first, to.last)),
        (true, Selects::Yes) => Some(To::Outside(to.first, to.last)),
    }
}

/// Whether the selectors of a rule, but for `to` and `not`, fit a flow.
fn rest(snapshot: &Snapshot, rule: &PolicyRule, query: &Query) -> Selects {
    let fits = |reading| mismatch_as(snapshot, rule, query, reading).is_none();
    let (by_members, by_index) = match VrfReading::of(snapshot) {
        Some(reading) => (fits(reading), fits(reading)),
        None => (fits(VrfReading::Members), fits(VrfReading::Index)),
    };
    match (by_members, by_index) {
        (false, false) => Selects::No,
        (true, true) if rule.unknown.is_empty() => Selects::Yes,
        _ => Selects::Unknown,
    }
}

/// What a VRF's name in `iif` or `oif` selects.
#[derive(Clone, Copy)]
enum VrfReading {
    /// The links in it, as the kernel documents it; so since 6.15.
    Members,
    /// The VRF itself only: no packet of a link in it; so in 6.1, to the fault of 5.19.
    Index,
}

impl VrfReading {
    /// The reading of the kernel; of some releases it depends on what was mended in them.
    fn of(snapshot: &Snapshot) -> Option<VrfReading> {
        let mut numbers = snapshot.kernel.as_deref()?.split(['.', '-']).map(|part| part.parse::<u32>().ok());
        match (numbers.next()??, numbers.next()??) {
            release if release >= (6, 15) => Some(VrfReading::Members),
            (6, 1) => Some(VrfReading::Index),
            _ => None,
        }
    }

    /// Whether the link that a rule names, if it is there, is the flow's link or the VRF by which the flow comes in.
    fn fits(self, named: Option<&Link>, index: u32, vrf: Option<u32>) -> bool {
        named.is_some_and(|link| match (self, link.vrf_table) {
            (VrfReading::Members, Some(_)) => vrf == Some(link.index),
            (VrfReading::Members | VrfReading::Index, _) => index == link.index,
        })
    }
}

/// The first selector of a rule, but for `to` and `not`, that a flow does not fit, as `ip rule` spells it.
pub(super) fn mismatch(snapshot: &Snapshot, rule: &PolicyRule, query: &Query) -> Option<&'static str> {
    mismatch_as(snapshot, rule, query, VrfReading::of(snapshot).unwrap_or(VrfReading::Members))
}

fn mismatch_as(
    snapshot: &Snapshot,
    rule: &PolicyRule,
    query: &Query,
    reading: VrfReading,
) -> Option<&'static str> {
    let named = |name: &Option<String>, detached: bool| {
        name.as_ref().map(|name| snapshot.links.iter().find(|link| link.name == *name && !detached))
    };
    let iif = named(&rule.iif, rule.iif_detached);
    let oif = named(&rule.oif, rule.oif_detached);
    let uid = rule.uid.is_none_or(|uid| (uid.start..=uid.end).contains(&query.uid));
    let tests = [
        ("iif", iif.is_none_or(|link| reading.fits(link, query.iif, (!query.bound).then_some(query.vrf)))),
        ("oif", oif.is_none_or(|link| reading.fits(link, query.oif, query.bound.then_some(query.vrf)))),
        ("fwmark", (rule.fwmark ^ query.mark) & rule.fwmask == 0),
        ("tun_id", rule.tun_id == 0),
        ("l3mdev", !rule.l3mdev || query.vrf != 0),
        ("uidrange", uid),
        ("from", source_fits(rule.from, query)),
        ("tos", tos_fits(rule.tos, query)),
        ("dscp", rule.dscp.is_none_or(|dscp| dscp << 2 == query.dscp)),
        ("ipproto", rule.ip_proto.is_none_or(|proto| proto == 0 || proto == query.ip_proto)),
        ("sport", port_fits(rule.sport, query.sport)),
        ("dport", port_fits(rule.dport, query.dport)),
    ];
    tests.into_iter().find(|(_, fits)| !fits).map(|(name, _)| name)
}

/// IPv4 compares a source that is not chosen as `0.0.0.0`; IPv6 lets it fit no prefix.
fn source_fits(from: Option<IpNet>, query: &Query) -> bool {
    let Some(from) = from.filter(|from| from.prefix_len() > 0) else { return true };
    let range = AddressRange { family: query.family, ..AddressRange::of(from) };
    let within = (range.first..=range.last).contains(&query.source);
    within && (query.has_source || query.family == Family::V4)
}

/// IPv4's `tos` leaves the upper three bits of the DSCP out (`INET_DSCP_LEGACY_TOS_MASK`), IPv6's does not.
fn tos_fits(tos: u8, query: &Query) -> bool {
    let mask = match query.family {
        Family::V4 => LEGACY_TOS,
        Family::V6 => 0xfc,
    };
    tos == 0 || tos == query.dscp & mask
}

/// The bits of the traffic class that IPv4's `tos` compares.
pub(super) const LEGACY_TOS: u8 = 0x1c;

fn port_fits(range: Option<PortRange>, port: u16) -> bool {
    range.is_none_or(|range| match range.mask {
        u16::MAX => (range.start..=range.end).contains(&port),
        mask => (range.start ^ port) & mask == 0,
    })
}

/// The rules that the kernel makes by itself.
fn defaults(family: Family) -> Vec<PolicyRule> {
    let rules = [(0, TableId::LOCAL), (32766, TableId::MAIN), (32767, TableId::DEFAULT)];
    let count = match family {
        Family::V4 => 3,
        Family::V6 => 2,
    };
    rules[..count].iter().map(|&(priority, table)| PolicyRule::lookup(family, priority, table)).collect()
}

fn is_untouched(rules: &[Rule<'_>]) -> bool {
    rules.iter().map(bare).eq(defaults(Family::V4))
}

fn is_short_of_defaults(rules: &[Rule<'_>]) -> bool {
    let defaults = defaults(Family::V6);
    rules.len() < defaults.len() && rules.iter().all(|rule| defaults.contains(&bare(rule)))
}

/// A rule without the name of who made it.
fn bare(rule: &Rule<'_>) -> PolicyRule {
    PolicyRule { protocol: Default::default(), ..rule.rule.as_ref().clone() }
}

/// The addresses of a prefix, as numbers.
pub(super) fn bounds(prefix: IpNet) -> (u128, u128) {
    (number(prefix.network()), number(prefix.broadcast()))
}
