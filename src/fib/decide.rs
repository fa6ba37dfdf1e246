//! The decision for one destination with its steps: what was tried, what stood against what, and why.

use std::net::IpAddr;

use crate::net::{AddressRange, Family, RouteType, TableId, number};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{PolicyRule, Route, RouteId, RouterPreference};

use super::judge::Note;
use super::legs::Legs;
use super::policy::{self, Act, LEGACY_TOS, Selects, Step};
use super::query::Query;
use super::select::Found;
use super::{Blind, Errno, Fate, Fib, Flow, Outcome, caveats, select6, source_address, v4};

/// What the kernel does with one packet, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the packet, and who says so.
    pub fate: Fate,
    /// The policy rules in order, up to the one that decided.
    pub rules: Vec<RuleTried>,
    /// The source address that the packet has or that the kernel would choose.
    pub source: Seen<IpAddr>,
    /// What a sender on this node gets where the packet goes nowhere.
    pub errno: Option<Errno>,
    /// What was not seen and might change the answer.
    pub caveats: Vec<Unseen>,
}

/// A policy rule that came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTried {
    /// Index into the snapshot's `policy`; `None` for a default rule of the kernel that was not asked for.
    pub rule: Option<u32>,
    /// Its priority.
    pub priority: u32,
    /// What it did with the packet.
    pub says: RuleSays,
}

/// What a policy rule did with the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSays {
    /// A selector did not fit: its word in `ip rule` (`from`, `fwmark`, …; `not` where all of them fitted).
    Skips(&'static str),
    /// An earlier `goto` passed over it.
    PassedOver,
    /// It selected the packet and does nothing (`nop`, or a `goto` whose target does not exist).
    Nothing,
    /// It goes on at the rule with this priority.
    Goto(u32),
    /// It refused the packet itself.
    Refuses(Outcome),
    /// It has selectors or an action that this program does not know.
    Unknown,
    /// It looked the packet up.
    Lookup(TableLookup),
}

/// What a look-up in one table found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLookup {
    /// The table.
    pub table: TableId,
    /// The routes that cover the destination: longest prefix first, then in the kernel's order.
    pub candidates: Vec<Candidate>,
    /// How many more there are.
    pub more: usize,
    /// Whether the look-up decided: else the next rule goes on.
    pub decides: bool,
}

/// A route that covers the destination, and how it fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The route.
    pub route: RouteId,
    /// How it fared.
    pub standing: Standing,
}

/// How a route that covers the destination fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It decides.
    Wins,
    /// It was found, and sends the packet on to the next rule (`throw`).
    Throws,
    /// It was found, and the rule does not accept it (`suppress_prefixlength`, `suppress_ifgroup`).
    Suppressed,
    /// All its next hops are dead.
    Dead,
    /// No next hop is on the link that the packet is bound to.
    OtherLink,
    /// The packet's source is outside its source prefix.
    OtherSource,
    /// The packet's type of service is another.
    OtherTos,
    /// The kernel left it out without looking: a route beside it has a source prefix that does not fit, or a
    /// next-hop object that has nothing for the packet.
    LeftOut,
    /// A longer prefix took the packet.
    ShorterPrefix,
    /// A longer source prefix took the packet.
    ShorterSource,
    /// A lower metric took the packet.
    HigherMetric,
    /// A route of the same metric by a preferred router or by the packet's own link took the packet.
    LessPreferred,
    /// A route of the same metric came first.
    Later,
    /// What would decide was not seen.
    Unseen,
}

/// How many routes of one table a decision lists.
const LISTED: usize = 32;

impl Fib<'_> {
    /// What the kernel does with a packet, step by step.
    pub fn decide(&self, flow: &Flow, dst: IpAddr) -> Decision {
        let mut notes = Vec::new();
        let fate = self.fate_with(flow, dst, &mut |note| notes.push(note));
        let query = match Query::new(self.snapshot, Family::of(dst), flow) {
            query if query.family == Family::V4 && !query.arrives => {
                v4::with_source(self, &query, number(dst))
            }
            query => query,
        };
        Decision {
            rules: Telling { fib: self, query: &query, dst: number(dst), notes: &notes }.rules(),
            source: source_address::of(self, &query, dst, &fate),
            errno: Errno::of(&fate),
            caveats: caveats::of(self, &query, &fate),
            fate,
        }
    }
}

impl Fib<'_> {
    /// The `goto` that passed a policy rule over on the way to the packet's fate; both as index into the snapshot's
    /// `policy`.
    pub fn passed_over_by(&self, flow: &Flow, dst: IpAddr, rule: u32) -> Option<u32> {
        let tried = self.decide(flow, dst).rules;
        let passed = |one: &RuleTried| one.rule == Some(rule) && matches!(one.says, RuleSays::PassedOver);
        let at = tried.iter().position(passed)?;
        tried[..at].iter().rev().find(|one| matches!(one.says, RuleSays::Goto(_)))?.rule
    }
}

/// One decision being told, from what the judge noted.
struct Telling<'t, 's> {
    fib: &'t Fib<'s>,
    query: &'t Query,
    dst: u128,
    notes: &'t [Note],
}

impl Telling<'_, '_> {
    /// The rules in order, up to the one that decided; none where the packet was settled without them.
    fn rules(&self) -> Vec<RuleTried> {
        let asked = self.notes.iter().any(|note| matches!(note, Note::Begins));
        let policy = self.fib.policy(self.query.family);
        let plan = policy.plan(self.fib.snapshot, &self.fib.tables, self.query);
        let mut tried = Vec::new();
        let mut from_priority = 0;
        for (at, (index, rule)) in policy.iter().enumerate().filter(|_| asked) {
            let step = plan.iter().find(|step| step.at == at);
            let passed_over = rule.priority < from_priority;
            let says = if passed_over { RuleSays::PassedOver } else { self.says(rule, step) };
            if let RuleSays::Goto(priority) = says {
                from_priority = priority;
            }
            let last = self.decides(&says);
            tried.push(RuleTried { rule: (!policy.assumed).then_some(index), priority: rule.priority, says });
            if last {
                break;
            }
        }
        tried
    }

    fn says(&self, rule: &PolicyRule, step: Option<&Step>) -> RuleSays {
        let Some(step) = step else { return self.stays_out(rule) };
        match (step.selects(self.dst), step.act) {
            (Selects::No, _) => RuleSays::Skips(if rule.invert { "not" } else { "to" }),
            (Selects::Unknown, _) | (Selects::Yes, Act::Blind) => RuleSays::Unknown,
            (Selects::Yes, Act::Goto(priority)) => RuleSays::Goto(priority),
            (Selects::Yes, Act::Refuse(outcome)) => RuleSays::Refuses(outcome),
            (Selects::Yes, Act::Lookup(table, slot)) => RuleSays::Lookup(self.lookup(step.at, table, slot)),
        }
    }

    /// Why a rule came to nothing for every destination.
    fn stays_out(&self, rule: &PolicyRule) -> RuleSays {
        match policy::mismatch(self.fib.snapshot, rule, self.query) {
            Some(word) if !rule.invert => RuleSays::Skips(word),
            None if rule.invert && rule.to.is_none() => RuleSays::Skips("not"),
            Some(_) | None => RuleSays::Nothing,
        }
    }

    fn decides(&self, says: &RuleSays) -> bool {
        match says {
            RuleSays::Refuses(_) | RuleSays::Unknown => true,
            RuleSays::Lookup(lookup) => lookup.decides,
            RuleSays::Skips(_) | RuleSays::PassedOver | RuleSays::Nothing | RuleSays::Goto(_) => false,
        }
    }

    fn lookup(&self, at: usize, table: TableId, slot: Option<usize>) -> TableLookup {
        let found = self.notes.iter().find_map(|note| match note {
            Note::Lookup { at: noted, found } if *noted == at => Some(*found),
            Note::Lookup { .. } | Note::Begins | Note::Suppressed { .. } => None,
        });
        let suppressed = self.notes.iter().any(|note| matches!(note, Note::Suppressed { at: a } if *a == at));
        let found = found.unwrap_or(Found::Nothing);
        let none = TableLookup { table, candidates: Vec::new(), more: 0, decides: false };
        let Some(slot) = slot else { return none };
        let all =
            Field { fib: self.fib, query: self.query, slot, dst: self.dst, found, suppressed }.candidates();
        let wins = |candidate: &Candidate| matches!(candidate.standing, Standing::Wins | Standing::Unseen);
        let decides = all.iter().any(wins);
        let won = all.iter().position(wins).map_or(0, |at| at + 1);
        let listed = all.len().min(won.max(LISTED));
        TableLookup { more: all.len() - listed, candidates: all[..listed].to_vec(), decides, ..none }
    }
}

/// The routes of one table that cover one destination.
struct Field<'f, 's> {
    fib: &'f Fib<'s>,
    query: &'f Query,
    slot: usize,
    dst: u128,
    found: Found,
    suppressed: bool,
}

impl Field<'_, '_> {
    fn candidates(&self) -> Vec<Candidate> {
        let table = self.fib.table(self.query.family, self.slot);
        let mut candidates = Vec::new();
        let mut node = table.longest(self.dst);
        let mut winner = None;
        while let Some(at) = node {
            for id in table.kept(table.routes(at)) {
                let Some(route) = self.fib.snapshot.routes.get(id) else { continue };
                let standing = self.standing(id, route, winner);
                if standing.is_found() {
                    winner = Some(route);
                }
                candidates.push(Candidate { route: id, standing });
            }
            node = table.parent(at);
        }
        candidates
    }

    fn standing(&self, id: RouteId, route: &Route, winner: Option<&Route>) -> Standing {
        match self.found {
            Found::Route { id: found, .. } if found == id && route.kind == RouteType::Throw => {
                Standing::Throws
            }
            Found::Route { id: found, .. } if found == id && self.suppressed => Standing::Suppressed,
            Found::Route { id: found, .. } if found == id => Standing::Wins,
            Found::Blind(Blind::Route(blind) | Blind::Nexthop(blind)) if blind == id => Standing::Unseen,
            Found::Route { .. } | Found::Blind(_) | Found::Nothing => self
                .unfit(route)
                .unwrap_or_else(|| winner.map_or(self.passed(), |winner| lost(winner, route))),
        }
    }

    /// Why the route cannot take the packet at all.
    fn unfit(&self, route: &Route) -> Option<Standing> {
        let rare = route.rare.as_deref();
        let tos = rare.map_or(0, |rare| rare.tos);
        let from = rare.and_then(|rare| rare.from).map(AddressRange::of);
        let legs = Legs::of(self.fib.snapshot, route);
        let link = match (self.query.family, self.query.arrives) {
            (Family::V6, true) => self.query.iif,
            (Family::V4 | Family::V6, _) => self.query.oif,
        };
        let strict = self.query.family == Family::V4 || select6::is_strict(self.query, self.dst);
        // IPv4's discards have no next hop, IPv6's are on `lo`.
        let heeds_link = !(self.query.family == Family::V4 && route.kind.is_discard());
        if tos != 0 && tos != self.query.dscp & LEGACY_TOS {
            Some(Standing::OtherTos)
        } else if from.is_some_and(|from| !(from.first..=from.last).contains(&self.query.source)) {
            Some(Standing::OtherSource)
        } else if legs.len() > 0 && legs.iter().all(|exit| exit.dead) {
            Some(Standing::Dead)
        } else if heeds_link && strict && link != 0 && legs.iter().all(|exit| exit.dev != Some(link)) {
            Some(Standing::OtherLink)
        } else {
            None
        }
    }

    /// Why a fit route before the one that was found is not that one.
    fn passed(&self) -> Standing {
        match (self.query.family, self.found) {
            (Family::V6, Found::Route { .. }) => Standing::LessPreferred,
            (Family::V4 | Family::V6, _) => Standing::LeftOut,
        }
    }
}

impl Standing {
    /// Whether the look-up ended at this route.
    fn is_found(self) -> bool {
        matches!(self, Standing::Wins | Standing::Throws | Standing::Suppressed)
    }
}

/// Why a route lost against the one that was found.
fn lost(winner: &Route, route: &Route) -> Standing {
    let length = |route: &Route| route.from().map_or(0, |from| from.prefix_len());
    if route.dst != winner.dst {
        Standing::ShorterPrefix
    } else if length(route) < length(winner) {
        Standing::ShorterSource
    } else if route.metric > winner.metric {
        Standing::HigherMetric
    } else if preference(route) < preference(winner) {
        Standing::LessPreferred
    } else {
        Standing::Later
    }
}

fn preference(route: &Route) -> RouterPreference {
    route.rare.as_ref().map_or(RouterPreference::Medium, |rare| rare.preference)
}
