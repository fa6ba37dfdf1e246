//! Commands of `ip` that change routes, policy rules and addresses.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ip_words::{Words, number, prefix};
use super::shell::Effect;
use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};
use crate::snapshot::{PolicyAction, PolicyRule};

/// What is done to a route, rule or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Added; an error where it is there (`add`, and for routes `append` and `prepend`).
    Add,
    /// Added, or put in the place of one of the same prefix and metric.
    Replace,
    /// Put in the place of one that must be there.
    Modify,
    /// Taken away.
    Delete,
}

/// A table as `ip` was told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableName {
    /// Its number.
    Id(TableId),
    /// A name that only the node's `/etc/iproute2/rt_tables` can number.
    Name(String),
}

/// `ip route add …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChange {
    /// What is done.
    pub change: Change,
    /// To which route.
    pub route: RouteSpec,
}

/// A route as a command spells it; what is `None` was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSpec {
    /// The family: of `-4` and `-6`, of the prefix, else IPv4.
    pub family: Family,
    /// The type.
    pub kind: Option<RouteType>,
    /// The destination.
    pub dst: IpNet,
    /// The source prefix that packets must have.
    pub from: Option<IpNet>,
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The link.
    pub dev: Option<String>,
    /// The table; without one main, or local for routes of type local.
    pub table: TableName,
    /// The metric.
    pub metric: Option<u32>,
    /// Who is said to have made it.
    pub protocol: Option<Protocol>,
    /// The scope.
    pub scope: Option<RouteScope>,
    /// The preferred source.
    pub src: Option<IpAddr>,
    /// Whether the gateway is on the link whatever the tables say.
    pub onlink: bool,
    /// The packet size.
    pub mtu: Option<u32>,
    /// The next-hop object.
    pub nhid: Option<u32>,
    /// The legs of a multipath route.
    pub legs: Vec<RouteLeg>,
}

/// `nexthop via … dev … weight …`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteLeg {
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The link.
    pub dev: Option<String>,
    /// The share; 1 where none is written.
    pub weight: Option<u32>,
}

/// `ip rule add …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// What is done.
    pub change: Change,
    /// To which rule.
    pub rule: RuleSpec,
}

/// A policy rule as a command spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// The rule; its priority and table are those below where they are written.
    pub rule: PolicyRule,
    /// The priority; without one the kernel takes the one below the lowest that is there.
    pub priority: Option<u32>,
    /// The table; without one main for a new rule, any for one that is deleted.
    pub table: Option<TableName>,
}

/// `ip address add …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    /// What is done.
    pub change: Change,
    /// The address with the length of its prefix.
    pub address: IpNet,
    /// The link.
    pub dev: Option<String>,
}

impl RouteSpec {
    /// The metric that the kernel gives: IPv6 has 1024 where none is written, IPv4 has 0.
    pub fn effective_metric(&self) -> u32 {
        self.metric.filter(|metric| *metric != 0).unwrap_or(match self.family {
            Family::V4 => 0,
            Family::V6 => 1024,
        })
    }

    /// The type, unicast where none is written.
    pub fn effective_kind(&self) -> RouteType {
        self.kind.unwrap_or(RouteType::Unicast)
    }
}

/// The effect of `ip` with these arguments. Objects and verbs may be abbreviated, as `ip` allows.
pub(super) fn parse(arguments: &[&str]) -> Effect {
    let mut words = Words::new(arguments);
    let Some(family) = options(&mut words) else { return Effect::Unseen };
    let object = words.next().unwrap_or("");
    let verb = words.next().unwrap_or("show");
    let effect = match object {
        _ if object.is_empty() => None,
        _ if "address".starts_with(object) => address(verb, &mut words).map(Effect::Address),
        _ if "route".starts_with(object) => route(verb, family, &mut words).map(Effect::Route),
        _ if "rule".starts_with(object) => rule(verb, family, &mut words).map(Effect::Rule),
        // A link may be renamed, enslaved or set down: only its packet size is harmless.
        _ if "link".starts_with(object) && is_harmless_link(verb, words.rest()) => Some(Effect::None),
        _ => None,
    };
    match effect {
        _ if is_question(verb) => Effect::None,
        Some(effect) => effect,
        None => Effect::Unseen,
    }
}

/// Reads the options; nothing where they lead elsewhere (another namespace, a batch file).
fn options(words: &mut Words<'_>) -> Option<Option<Family>> {
    let mut family = None;
    while let Some(option) = words.next_if(|word| word.starts_with('-')) {
        match option {
            "-4" => family = Some(Family::V4),
            "-6" => family = Some(Family::V6),
            "-f" | "-family" => {
                family = Some(match words.next()? {
                    "inet" => Family::V4,
                    "inet6" => Family::V6,
                    _ => return None,
                });
            }
            "-d" | "-s" | "-o" | "-c" | "-j" | "-p" | "-force" | "-details" | "-oneline" => {}
            _ => return None,
        }
    }
    Some(family)
}

fn is_question(verb: &str) -> bool {
    ["show", "list", "lst", "get"].iter().any(|question| !verb.is_empty() && question.starts_with(verb))
}

fn is_harmless_link(verb: &str, rest: &[&str]) -> bool {
    "set".starts_with(verb) && rest.contains(&"mtu") && !rest.contains(&"down")
}

/// The verb among those of `ip route`, `ip rule` or `ip address`, each by any abbreviation.
fn change(verb: &str, verbs: &[(&str, Change)]) -> Option<Change> {
    verbs.iter().find(|(word, _)| !verb.is_empty() && word.starts_with(verb)).map(|(_, change)| *change)
}

fn route(verb: &str, family: Option<Family>, words: &mut Words<'_>) -> Option<RouteChange> {
    let verbs = [
        ("add", Change::Add),
        ("change", Change::Modify),
        ("chg", Change::Modify),
        ("replace", Change::Replace),
        ("prepend", Change::Add),
        ("append", Change::Add),
        ("delete", Change::Delete),
    ];
    let change = change(verb, &verbs)?;
    Some(RouteChange { change, route: route_spec(family, words)? })
}

/// `[TYPE] PREFIX word value …`
fn route_spec(family: Option<Family>, words: &mut Words<'_>) -> Option<RouteSpec> {
    let kind = words.next_as(|word| word.parse::<RouteType>().ok());
    words.next_if(|word| word == "to");
    let dst = words.next()?;
    let mut route = RouteSpec {
        family: family.unwrap_or_else(|| if dst.contains(':') { Family::V6 } else { Family::V4 }),
        kind,
        dst: Family::V4.default_prefix(),
        from: None,
        via: None,
        dev: None,
        table: TableName::Id(if kind.is_some_and(is_local) { TableId::LOCAL } else { TableId::MAIN }),
        metric: None,
        protocol: None,
        scope: None,
        src: None,
        onlink: false,
        mtu: None,
        nhid: None,
        legs: Vec::new(),
    };
    while let Some(word) = words.next() {
        route_item(&mut route, word, words)?;
    }
    let default = matches!(dst, "default" | "any" | "all");
    if let (true, None, Some(via)) = (default, family, route.via) {
        route.family = Family::of(via);
    }
    route.dst = prefix(dst, route.family)?;
    Some(route)
}

/// Types that `ip` puts into table local where no table is named.
fn is_local(kind: RouteType) -> bool {
    matches!(kind, RouteType::Local | RouteType::Broadcast | RouteType::Anycast)
}

fn route_item(route: &mut RouteSpec, word: &str, words: &mut Words<'_>) -> Option<()> {
    match word {
        "via" => route.via = Some(words.gateway()?),
        "dev" | "oif" => route.dev = Some(words.next()?.to_owned()),
        "table" => route.table = words.table()?,
        "metric" | "priority" | "preference" => route.metric = Some(number(words.next()?)?),
        "proto" | "protocol" => route.protocol = Some(words.next()?.parse().ok()?),
        "scope" => route.scope = Some(words.next()?.parse().ok()?),
        "src" => route.src = Some(words.next()?.parse().ok()?),
        "from" => route.from = Some(prefix(words.next()?, route.family)?),
        "nhid" => route.nhid = Some(number(words.next()?)?),
        "onlink" => route.onlink = true,
        "mtu" => {
            words.next_if(|word| word == "lock");
            route.mtu = Some(number(words.next()?)?);
        }
        "nexthop" => route.legs.push(RouteLeg::default()),
        "weight" => route.legs.last_mut()?.weight = Some(number(words.next()?)?),
        // Known to say nothing about where packets go.
        "advmss" | "initcwnd" | "initrwnd" | "hoplimit" | "congctl" | "quickack" | "realm" | "realms" => {
            words.next()?;
        }
        _ => return None,
    }
    move_to_leg(route, word);
    Some(())
}

/// What follows `nexthop` belongs to the leg.
fn move_to_leg(route: &mut RouteSpec, word: &str) {
    let Some(leg) = route.legs.last_mut() else { return };
    match word {
        "via" => leg.via = route.via.take(),
        "dev" | "oif" => leg.dev = route.dev.take(),
        _ => {}
    }
}

fn rule(verb: &str, family: Option<Family>, words: &mut Words<'_>) -> Option<RuleChange> {
    let change = change(verb, &[("add", Change::Add), ("delete", Change::Delete)])?;
    let rule = PolicyRule::lookup(family.unwrap_or(Family::V4), 0, TableId::default());
    let mut spec = RuleSpec { rule, priority: None, table: None };
    while let Some(word) = words.next() {
        rule_item(&mut spec, word, words)?;
    }
    if let (None, Change::Add, PolicyAction::Lookup) = (&spec.table, change, spec.rule.action) {
        spec.table = Some(TableName::Id(TableId::MAIN));
    }
    if let Some(TableName::Id(table)) = spec.table {
        spec.rule.table = table;
    }
    spec.rule.priority = spec.priority.unwrap_or(0);
    Some(RuleChange { change, rule: spec })
}

fn rule_item(spec: &mut RuleSpec, word: &str, words: &mut Words<'_>) -> Option<()> {
    let rule = &mut spec.rule;
    match word {
        "not" => rule.invert = true,
        "from" => rule.from = words.selected(rule.family)?,
        "to" => rule.to = words.selected(rule.family)?,
        "iif" | "dev" => rule.iif = Some(words.next()?.to_owned()),
        "oif" => rule.oif = Some(words.next()?.to_owned()),
        "fwmark" => {
            let (mark, mask) =
                words.next().map(|word| word.split_once('/').unwrap_or((word, "0xffffffff")))?;
            (rule.fwmark, rule.fwmask) = (number(mark)?, number(mask)?);
        }
        "pref" | "preference" | "priority" | "order" => spec.priority = Some(number(words.next()?)?),
        "table" | "lookup" => spec.table = Some(words.table()?),
        "suppress_prefixlength" | "sup_pl" => rule.suppress_prefixlength = Some(number(words.next()?)?),
        "suppress_ifgroup" | "sup_group" => rule.suppress_ifgroup = Some(number(words.next()?)?),
        "protocol" | "proto" => rule.protocol = words.next()?.parse().ok()?,
        "goto" => rule.action = PolicyAction::Goto(number(words.next()?)?),
        "blackhole" => rule.action = PolicyAction::Blackhole,
        "unreachable" => rule.action = PolicyAction::Unreachable,
        "prohibit" => rule.action = PolicyAction::Prohibit,
        "nop" => rule.action = PolicyAction::Nop,
        "l3mdev" => rule.l3mdev = true,
        _ => return None,
    }
    Some(())
}

fn address(verb: &str, words: &mut Words<'_>) -> Option<AddressChange> {
    let verbs = [("add", Change::Add), ("change", Change::Modify), ("replace", Change::Replace)];
    let change = change(verb, &verbs).or_else(|| change(verb, &[("delete", Change::Delete)]))?;
    words.next_if(|word| word == "local");
    let word = words.next()?;
    let whole = || word.parse::<IpAddr>().ok().map(IpNet::from);
    let address = word.parse().ok().or_else(whole)?;
    let at_dev = words.rest().iter().position(|word| *word == "dev");
    let dev = at_dev.and_then(|at| words.rest().get(at + 1)).map(|dev| (*dev).to_owned());
    Some(AddressChange { change, address, dev })
}
