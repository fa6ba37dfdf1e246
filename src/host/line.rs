//! Routes, policy rules and peers in the words in which the tools print them.

use std::fmt::Write as _;

use super::Host;
use crate::evidence::{Evidence, Origin};
use crate::net::{Family, Protocol, RouteScope, RouteType};
use crate::snapshot::{Leg, PolicyAction, PolicyRule, Route, RouteFlag};

impl Host<'_> {
    /// A route as `ip route show table all` prints it.
    pub fn route_line(&self, route: &Route) -> String {
        let mut line = self.route_words(route);
        let _ = write!(line, " table {}", route.table);
        if route.protocol != Protocol(0) {
            let _ = write!(line, " proto {}", route.protocol);
        }
        if route.family() == Family::V4 && route.scope != RouteScope(0) {
            let _ = write!(line, " scope {}", route.scope);
        }
        if let Some(source) = route.prefsrc() {
            let _ = write!(line, " src {source}");
        }
        if route.metric != 0 {
            let _ = write!(line, " metric {}", route.metric);
        }
        line.push_str(&flag_words(route.flags));
        line
    }

    /// The beginning of a route's line: type, destination, next hops.
    fn route_words(&self, route: &Route) -> String {
        let mut line = match route.kind {
            RouteType::Unicast => destination(route),
            kind => format!("{kind} {}", destination(route)),
        };
        if let Some(from) = route.from() {
            let _ = write!(line, " from {from}");
        }
        if let Some(id) = route.nhid() {
            let _ = write!(line, " nhid {id}");
        }
        if let Some(via) = route.via {
            let _ = write!(line, " via {via}");
        }
        if let Some(dev) = route.dev {
            let _ = write!(line, " dev {}", self.link_name(dev));
        }
        route.legs().iter().for_each(|leg| line.push_str(&self.leg_words(leg)));
        line
    }

    fn leg_words(&self, leg: &Leg) -> String {
        let via = leg.via.map(|via| format!(" via {via}")).unwrap_or_default();
        let dev = leg.dev.map(|dev| format!(" dev {}", self.link_name(dev))).unwrap_or_default();
        format!(" nexthop{via}{dev} weight {}{}", leg.weight, flag_words(leg.flags))
    }

    /// The command that would delete exactly this route.
    pub fn delete_command(&self, route: &Route) -> String {
        let kind = if route.kind == RouteType::Unicast { String::new() } else { format!("{} ", route.kind) };
        let dev = route.dev.filter(|_| route.kind == RouteType::Unicast);
        let dev = dev.map(|dev| format!(" dev {}", self.link_name(dev))).unwrap_or_default();
        let (option, dst, table) = (route.family().ip_option(), destination(route), route.table);
        let metric = if route.metric == 0 { String::new() } else { format!(" metric {}", route.metric) };
        format!("ip {option} route del {kind}{dst}{dev} table {table} proto {}{metric}", route.protocol)
    }

    /// The command that would delete the route with all that are like it but for the destination.
    pub fn flush_command(&self, route: &Route) -> String {
        self.command_on_alike("flush", route)
    }

    /// The command that lists the route with all that are like it but for the destination.
    pub fn list_command(&self, route: &Route) -> String {
        self.command_on_alike("show", route)
    }

    fn command_on_alike(&self, what: &str, route: &Route) -> String {
        let dev = route.dev.filter(|_| route.kind == RouteType::Unicast);
        let dev = dev.map(|dev| format!(" dev {}", self.link_name(dev))).unwrap_or_default();
        let (option, table, kind, protocol) =
            (route.family().ip_option(), route.table, route.kind, route.protocol);
        format!(
            "ip {option} route {what} table {table} type {kind} proto {protocol} metric {}{dev}",
            route.metric
        )
    }

    /// The commands that take next hops out of a multipath route and leave it the others.
    ///
    /// IPv6 deletes a single next hop; IPv4 only replaces the whole route. The next hops of an object are the object's,
    /// with all the routes that use it.
    pub fn without_legs(&self, route: &Route, unwanted: &dyn Fn(u32) -> bool) -> Vec<String> {
        if let Some(group) = route.nhid() {
            return self.without_members(group, unwanted).into_iter().collect();
        }
        let is_unwanted = |leg: &&Leg| leg.dev.is_some_and(unwanted);
        let (away, kept): (Vec<&Leg>, Vec<&Leg>) = route.legs().iter().partition(is_unwanted);
        if kept.is_empty() {
            return Vec::new();
        }
        let (option, dst) = (route.family().ip_option(), destination(route));
        let hop = |leg: &Leg| {
            let via = leg.via.map(|via| format!(" via {via}")).unwrap_or_default();
            via + &leg.dev.map(|dev| format!(" dev {}", self.link_name(dev))).unwrap_or_default()
        };
        let metric = if route.metric == 0 { String::new() } else { format!(" metric {}", route.metric) };
        let rest = format!(" table {} proto {}{metric}", route.table, route.protocol);
        match (route.family(), kept.as_slice()) {
            (Family::V6, _) => {
                away.iter().map(|leg| format!("ip {option} route del {dst}{}{rest}", hop(leg))).collect()
            }
            (Family::V4, [leg]) => vec![format!("ip {option} route replace {dst}{}{rest}", hop(leg))],
            (Family::V4, legs) => {
                let hops = legs.iter().map(|leg| format!(" nexthop{} weight {}", hop(leg), leg.weight));
                vec![format!("ip {option} route replace {dst}{rest}{}", hops.collect::<String>())]
            }
        }
    }

    /// The command that makes a group of next-hop objects do without some of its members.
    fn without_members(&self, group: u32, unwanted: &dyn Fn(u32) -> bool) -> Option<String> {
        let object = |id: u32| self.snapshot.nexthops.iter().find(|object| object.id == id);
        let known = object(group)?;
        let kept = known.group.iter().filter(|member| {
            let dev = object(member.id).and_then(|object| object.dev);
            dev.is_some_and(|dev| !unwanted(dev))
        });
        let kept: Vec<String> = kept.map(|member| format!("{},{}", member.id, member.weight)).collect();
        let kind = if known.resilient { " type resilient" } else { "" };
        (!kept.is_empty()).then(|| format!("ip nexthop replace id {group} group {}{kind}", kept.join("/")))
    }

    /// A route as evidence, with the command that shows it.
    pub fn route_evidence(&self, route: &Route) -> Evidence {
        Evidence {
            origin: Origin::Kernel,
            place: format!("ip {} route show table {}", route.family().ip_option(), route.table),
            text: self.route_line(route),
        }
    }

    /// A policy rule as evidence, with the command that shows it.
    pub fn policy_evidence(&self, rule: &PolicyRule) -> Evidence {
        Evidence {
            origin: Origin::Kernel,
            place: format!("ip {} rule show", rule.family.ip_option()),
            text: policy_line(rule),
        }
    }
}

/// The destination, with the word `default`.
fn destination(route: &Route) -> String {
    if route.dst.prefix_len() == 0 { "default".to_owned() } else { route.dst.to_string() }
}

fn flag_words(flags: u32) -> String {
    let words =
        [(RouteFlag::DEAD, " dead"), (RouteFlag::ONLINK, " onlink"), (RouteFlag::LINKDOWN, " linkdown")];
    words.into_iter().filter(|(bit, _)| flags & bit != 0).map(|(_, word)| word).collect()
}

/// A policy rule as `ip rule show` prints it.
pub fn policy_line(rule: &PolicyRule) -> String {
    let mut line = format!("{}:{}", rule.priority, if rule.invert { " not" } else { "" });
    let _ = write!(line, " from {}", rule.from.map_or("all".to_owned(), |from| from.to_string()));
    let mut word = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(line, " {name} {value}");
        }
    };
    word("to", rule.to.map(|to| to.to_string()));
    word("fwmark", (rule.fwmask != 0 || rule.fwmark != 0).then(|| mark_words(rule)));
    word("iif", rule.iif.clone());
    word("oif", rule.oif.clone());
    word("uidrange", rule.uid.map(|uid| format!("{}-{}", uid.start, uid.end)));
    word("tos", (rule.tos != 0).then(|| format!("{:#x}", rule.tos)));
    word("dscp", rule.dscp.map(|dscp| dscp.to_string()));
    word("ipproto", rule.ip_proto.map(|protocol| protocol.to_string()));
    word("sport", rule.sport.map(|ports| format!("{}-{}", ports.start, ports.end)));
    word("dport", rule.dport.map(|ports| format!("{}-{}", ports.start, ports.end)));
    line.push_str(&action_words(rule));
    line
}

fn mark_words(rule: &PolicyRule) -> String {
    if rule.fwmask == u32::MAX {
        format!("{:#x}", rule.fwmark)
    } else {
        format!("{:#x}/{:#x}", rule.fwmark, rule.fwmask)
    }
}

fn action_words(rule: &PolicyRule) -> String {
    let mut words = match rule.action {
        PolicyAction::Lookup if rule.l3mdev => " lookup [l3mdev-table]".to_owned(),
        PolicyAction::Lookup => format!(" lookup {}", rule.table),
        PolicyAction::Goto(target) => format!(" goto {target}"),
        PolicyAction::Nop => " nop".to_owned(),
        PolicyAction::Blackhole => " blackhole".to_owned(),
        PolicyAction::Unreachable => " unreachable".to_owned(),
        PolicyAction::Prohibit => " prohibit".to_owned(),
        PolicyAction::Other(number) => format!(" action-{number}"),
    };
    if let Some(length) = rule.suppress_prefixlength {
        let _ = write!(words, " suppress_prefixlength {length}");
    }
    if let Some(group) = rule.suppress_ifgroup {
        let _ = write!(words, " suppress_ifgroup {group}");
    }
    words
}
