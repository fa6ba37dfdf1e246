//! Tells a row: who wins, why, and what would have to go.

use super::super::Story;
use super::super::told::list;
use super::Shadow;
use crate::evidence::{Evidence, Origin};
use crate::fib::Outcome;
use crate::host::{Change, Host};
use crate::net::{Protocol, TableId};
use crate::seen::Seen;
use crate::snapshot::{PolicyAction, PolicyRule};

impl Shadow {
    /// Who made the winner, in words that are the same for every prefix of one story.
    fn culprit(&self, host: &Host<'_>) -> String {
        match (self.route(host), self.rule_priority(host)) {
            (Seen::Known(_), _) if self.how(host) == "leg" => "a leg outside the tunnel".to_owned(),
            (Seen::Known(route), _) if route.protocol == Protocol::BIRD => {
                format!("{} routes of bird, metric {}, table {}", self.kind(), route.metric, route.table)
            }
            (Seen::Known(route), Seen::Known(priority)) if self.how(host) == "policy" => {
                format!("policy rule {priority}, {} in table {}", self.kind(), route.table)
            }
            (Seen::Known(route), _) => {
                format!(
                    "{} by proto {}, metric {}, table {}",
                    self.kind(),
                    route.protocol,
                    route.metric,
                    route.table
                )
            }
            (_, Seen::Known(priority)) => match self.goto(host) {
                Some((from, to)) => format!("policy rule {from}, goto {to}"),
                None => format!("policy rule {priority}"),
            },
            _ => "no route".to_owned(),
        }
    }

    /// The priority of the `goto` that passes the tunnel's route over, and where it leads.
    fn goto(&self, host: &Host<'_>) -> Option<(u32, u32)> {
        let rule = self.blamed_rule(host).filter(|_| self.skipped_by.is_some())?;
        match rule.action {
            PolicyAction::Goto(to) => Some((rule.priority, to)),
            PolicyAction::Lookup
            | PolicyAction::Nop
            | PolicyAction::Blackhole
            | PolicyAction::Unreachable
            | PolicyAction::Prohibit
            | PolicyAction::Other(_) => None,
        }
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let taken = list(&host.whole(&self.prefixes), 3);
        let peers = self.whose();
        let from = self.from.map(|from| format!(" sent from {from}")).unwrap_or_default();
        let devs = self.hidden_names(host).join(", ");
        let hidden = match self.more.len() {
            0 => format!("the route into {devs}"),
            more => format!("{} routes into {devs}", more + 1),
        };
        if let Outcome::Unseen(blind) = self.by.outcome {
            let why = host.fib.why(blind).reason;
            return format!("{taken}{peers}{from}: whether {hidden} takes it was not seen: {why}");
        }
        if self.how(host) == "leg" {
            let outside = self.outside(host);
            return format!(
                "{taken}{peers}{from}: a part of the packets leaves by {outside}, {}",
                self.reason(host)
            );
        }
        format!("{taken}{peers}{from}: {} instead of {hidden}, {}", self.winner(host), self.reason(host))
    }

    /// Names the row where it stands for many: by what wins over what, and why.
    fn key_of_many(&self, host: &Host<'_>) -> String {
        let hidden = host
            .route(self.hidden)
            .map(|route| format!("{} routes of table {}", route.family(), route.table));
        let (hidden, devs) = (hidden.unwrap_or_default(), self.hidden_names(host).join(" "));
        format!("{} > {hidden} into {devs}, {}", self.culprit(host), self.reason(host))
    }

    /// Whose packets are taken, in brackets.
    fn whose(&self) -> String {
        match self.peers.len() {
            0 => String::new(),
            1..=3 => format!(" ({})", self.peers.iter().cloned().collect::<Vec<_>>().join(", ")),
            many => format!(" ({many} peers)"),
        }
    }

    /// What happens to the packets, as the subject of a sentence.
    fn winner(&self, host: &Host<'_>) -> String {
        let proto =
            self.route(host).known().map(|route| format!(" by proto {}", route.protocol)).unwrap_or_default();
        match self.kind() {
            "unicast" => {
                let by = self.exit_names(host).join(" and ");
                let proto = self.route(host).known().map(|route| format!(" ({})", route.protocol));
                format!("leaves by {by}{}", proto.unwrap_or_default())
            }
            "throw" => format!("a throw route{proto} ends the look-up"),
            "none" => "no route takes it".to_owned(),
            kind => format!("{kind}{proto}"),
        }
    }

    /// Why it wins.
    fn reason(&self, host: &Host<'_>) -> String {
        let metrics = match (self.route(host), host.route(self.hidden)) {
            (Seen::Known(by), Some(hidden)) => (by.metric, hidden.metric),
            _ => (0, 0),
        };
        match self.how(host) {
            "policy" => match (self.goto(host), self.rule_priority(host)) {
                (Some((from, to)), _) => {
                    format!("because policy rule {from} goes on at {to}, past the rule that looks there")
                }
                (None, Seen::Known(priority)) => format!("because policy rule {priority} comes first"),
                (None, Seen::Absent | Seen::Unseen(_)) => "because no policy rule leads to it".to_owned(),
            },
            "longer-prefix" => "because its prefix is longer".to_owned(),
            "metric" => format!("because metric {} beats {}", metrics.0, metrics.1),
            "leg" => "another leg of the same multipath route".to_owned(),
            _ => format!("because it comes first at the same metric {}", metrics.0),
        }
    }
}

pub(super) fn tell(row: &Shadow, host: &Host<'_>) -> Story {
    let winning = row.route(host).known().copied();
    let rule = row.by.rule.and_then(|at| host.snapshot.policy.get(at as usize));
    let goto = row.blamed_rule(host).filter(|_| row.skipped_by.is_some());
    let by_policy = row.how(host) == "policy";
    let hidden = host.route(row.hidden);
    let mut evidence: Vec<Evidence> = winning.map(|route| host.route_evidence(route)).into_iter().collect();
    evidence
        .extend(goto.into_iter().chain(rule).filter(|_| by_policy).map(|rule| host.policy_evidence(rule)));
    evidence
        .extend(hidden.filter(|_| row.by.route != Some(row.hidden)).map(|route| host.route_evidence(route)));
    evidence.push(Evidence {
        origin: Origin::Wireguard,
        place: format!("wg show {} allowed-ips", row.hidden_tunnels(host).join(" ")),
        text: format!(
            "{} → {}",
            list(&host.whole(&row.prefixes), 3),
            row.peers.iter().cloned().collect::<Vec<_>>().join(", ")
        ),
    });
    let hidden_words = hidden.map(|route| host.route_line(route)).unwrap_or_default();
    let by_words = winning.map_or_else(
        || rule.map_or_else(|| row.by.outcome.to_string(), crate::host::policy_line),
        |route| host.route_line(route),
    );
    Story {
        key: if row.more.is_empty() { format!("{by_words} > {hidden_words}") } else { row.key_of_many(host) },
        culprit: row.culprit(host),
        subject: format!("{}{}", list(&host.whole(&row.prefixes), 2), row.whose()),
        sentence: row.sentence(host),
        evidence,
        now: row.remedy(host),
        for_good: row.for_good(host),
        undo: row.undo(host),
        more: row.more.len(),
        ..Story::default()
    }
}

impl Shadow {
    fn remedy(&self, host: &Host<'_>) -> Vec<String> {
        match (self.route(host), self.blamed_rule(host)) {
            (_, Some(rule)) if self.is_made_by_rule(host) => {
                let to = rule.to.map(|to| format!(" to {to}")).unwrap_or_default();
                vec![format!("ip {} rule del priority {}{to}", rule.family.ip_option(), rule.priority)]
            }
            (Seen::Known(route), _) if self.how(host) == "leg" => {
                host.without_legs(route, &|dev| host.tunnel_of(dev).is_none())
            }
            (Seen::Known(route), _) if !self.more.is_empty() => vec![host.flush_command(route)],
            (Seen::Known(route), _) => vec![host.delete_command(route)],
            _ => Vec::new(),
        }
    }

    /// Where the winner comes from, and so where it has to go; BIRD's part is the rule's own advice.
    fn for_good(&self, host: &Host<'_>) -> Option<String> {
        if self.is_made_by_rule(host) {
            return Some(
                "take the policy rule out of what adds it (a `PostUp` line, `[RoutingPolicyRule]` of systemd-networkd, \
                 another overlay), or give its table the mesh's routes"
                    .to_owned(),
            );
        }
        let route = self.route(host).known().copied()?;
        let what = if self.how(host) == "leg" { "that leg" } else { "the route" };
        let maker = match route.protocol.to_string().as_str() {
            "bird" => return None,
            "kernel" => return Some("give that link a network outside the planes".to_owned()),
            "boot" => "`ip route add`: a `PostUp` line, a script, `/etc/network/interfaces`, or a hand",
            "static" => "a network manager's file, such as `[Route]` of systemd-networkd",
            "dhcp" => "the DHCP server of that link",
            "ra" => "a router's advertisement on that link",
            other => return Some(format!("have `proto {other}` make {what} no more")),
        };
        Some(format!("take {what} out of what makes it; `proto {}` is {maker}", route.protocol))
    }

    /// Whether the policy rule is what should go. The rules that lead to the kernel's own tables are there by
    /// right, also `lookup main suppress_prefixlength 0` before a full tunnel: there it is the route.
    fn is_made_by_rule(&self, host: &Host<'_>) -> bool {
        let rule = self.by.rule.and_then(|at| host.snapshot.policy.get(at as usize));
        let own = [TableId::LOCAL, TableId::MAIN, TableId::DEFAULT];
        let leads_home = |rule: &PolicyRule| rule.action == PolicyAction::Lookup && own.contains(&rule.table);
        self.how(host) == "policy" && rule.is_some_and(|rule| self.by.route.is_none() || !leads_home(rule))
    }

    /// What would have to go for the tunnel's route to win.
    fn undo(&self, host: &Host<'_>) -> Vec<Change> {
        match (self.winning(), self.skipped_by.or(self.by.rule)) {
            (_, Some(rule)) if self.is_made_by_rule(host) => vec![Change::DropPolicy(rule as usize)],
            (Some(route), _) if route != self.hidden => {
                self.winners().into_iter().map(Change::Withdraw).collect()
            }
            _ => Vec::new(),
        }
    }
}
