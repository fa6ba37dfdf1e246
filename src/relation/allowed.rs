//! `allowed`: each prefix that a peer has, at run time or in a wg-quick file.

mod claims;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ipnet::IpNet;

use super::alike::{Lots, MOST};
use super::column::{OfMany, OfTunnel, device, more};
use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::fib::{Fate, Outcome};
use crate::host::{Allowance, Change, Coverage, Host, TunnelPeer};
use crate::net::{Family, Protocol, PublicKey, RouteScope, RouteType, TableId};
use crate::seen::{Seen, Unseen};
use crate::snapshot::{Route, Source};
use claims::Claims;

/// One prefix of one peer.
pub(super) struct Allowed {
    /// The tunnel's place in the host's list.
    tunnel: usize,
    key: PublicKey,
    prefix: IpNet,
    /// The peer has it: at run time, or, where only the file was seen, as the last one in it.
    holder: bool,
    /// Its place among the claims.
    at: u32,
    claims: Rc<Claims>,
    /// Other prefixes like it, where they are too many to be rows of their own.
    more: Vec<IpNet>,
    coverage: OnceCell<Coverage>,
}

impl OfMany for Allowed {
    fn others(&self) -> usize {
        self.more.len()
    }
}

impl OfTunnel for Allowed {
    fn tunnel_at(&self) -> usize {
        self.tunnel
    }
}

/// The relation.
pub(super) static ALLOWED: Relation<Allowed> = Relation {
    name: "allowed",
    about: "a prefix that a peer has in its allowed IPs, at run time or in the wg-quick file",
    needs: &[],
    reads: &[Source::Wireguard, Source::WgQuick],
    main: &["device", "peer", "prefix", "holder", "rivals", "routed"],
    fields: &[
        device(),
        Field {
            name: "peer",
            about: "the peer",
            kind: Kind::Text,
            get: |row, host| Seen::Known(Value::Text(row.name(host, &row.key))),
        },
        Field {
            name: "prefix",
            about: "the prefix",
            kind: Kind::Prefix,
            get: |row, _| Seen::Known(Value::Prefix(row.prefix)),
        },
        Field {
            name: "default",
            about: "the prefix is a default, or one of the halves that stand in for one",
            kind: Kind::Flag,
            get: |row, _| Seen::Known(Value::Flag(row.prefix.prefix_len() <= 1)),
        },
        Field {
            name: "holder",
            about: "WireGuard gives the prefix to this peer; false where only the file says so",
            kind: Kind::Flag,
            get: |row, _| Seen::Known(Value::Flag(row.holder)),
        },
        Field {
            name: "rivals",
            about: "other peers of the interface that have exactly this prefix, at run time or in the file",
            kind: Kind::Texts,
            get: |row, host| Seen::Known(Value::Texts(row.names(host, &row.rivals()))),
        },
        Field {
            name: "rival-count",
            about: "how many they are",
            kind: Kind::Number("peers"),
            get: |row, _| Seen::Known(Value::Number(row.rivals().len() as u64)),
        },
        Field {
            name: "victims",
            about: "other peers that have, or whose node has, a plane of which this prefix takes a part",
            kind: Kind::Texts,
            get: |row, host| Seen::Known(Value::Texts(row.names(host, &row.victims(host)))),
        },
        Field {
            name: "victim-count",
            about: "how many they are",
            kind: Kind::Number("peers"),
            get: |row, host| Seen::Known(Value::Number(row.victims(host).len() as u64)),
        },
        Field {
            name: "routed",
            about: "how much of the prefix some route leads into the tunnel; a route that another one beats counts, \
                    and this node's own planes and addresses need none",
            kind: Kind::Word(&["all", "part", "none"]),
            get: |row, host| row.routed(host).map(Value::Word),
        },
        more("prefixes"),
    ],
    rows,
    tell,
};

/// Gives every prefix of every peer.
fn rows(host: &Host<'_>, give: &mut dyn FnMut(Allowed)) {
    for (tunnel, known) in host.tunnels.iter().enumerate() {
        let claims = Rc::new(Claims::new(host, known));
        let row = |at: &u32| Allowed {
            tunnel,
            key: claims.key(*at),
            prefix: claims.prefix(*at),
            holder: claims.is_holder(*at),
            at: *at,
            claims: claims.clone(),
            more: Vec::new(),
            coverage: OnceCell::new(),
        };
        for of_peer in claims.by_peer().chunk_by(|one, two| claims.key(*one) == claims.key(*two)) {
            match of_peer.len() {
                few if few <= MOST => of_peer.iter().map(row).for_each(&mut *give),
                _ => join(host, of_peer.iter().map(row), give),
            }
        }
    }
}

/// Gives the rows of a peer: those that are as they should be, then the others, too many that are alike as one.
fn join(host: &Host<'_>, rows: impl Iterator<Item = Allowed>, give: &mut dyn FnMut(Allowed)) {
    let mut lots = Lots::new(|first: &mut Allowed, other| first.more.push(other.prefix));
    for row in rows {
        let routed = row.routed(host).known().copied();
        let (rivals, victims) = (row.rivals(), row.victims(host));
        match routed == Some("all") && rivals.is_empty() && victims.is_empty() {
            true => give(row),
            false => lots.add((row.holder, row.prefix.prefix_len() <= 1, routed, rivals, victims), row),
        }
    }
    let mut rows = lots.into_rows();
    rows.sort_by_key(|row| row.prefix);
    rows.into_iter().for_each(give);
}

impl Allowed {
    fn peer<'h>(&self, host: &'h Host<'_>, key: &PublicKey) -> Option<&'h TunnelPeer> {
        self.tunnel(host).peers.iter().find(|peer| peer.key == *key)
    }

    fn name(&self, host: &Host<'_>, key: &PublicKey) -> String {
        self.peer(host, key).map_or_else(|| key.short(), |peer| peer.name.clone())
    }

    fn names(&self, host: &Host<'_>, keys: &BTreeSet<PublicKey>) -> Vec<String> {
        let names: BTreeSet<String> = keys.iter().map(|key| self.name(host, key)).collect();
        names.into_iter().collect()
    }

    fn rivals(&self) -> BTreeSet<PublicKey> {
        self.claims.rivals(self.at).filter(|key| *key != self.key).collect()
    }

    /// The peers of the tunnel in whose planes this prefix lies although no plane of its own peer holds it.
    fn victims(&self, host: &Host<'_>) -> BTreeSet<PublicKey> {
        let mut owners = self.claims.owners(self.prefix);
        if owners.contains(&self.key) {
            return BTreeSet::new();
        }
        owners.retain(|key| self.peer(host, key).is_some());
        owners
    }

    fn coverage(&self, host: &Host<'_>) -> Coverage {
        *self.coverage.get_or_init(|| host.coverage(self.tunnel(host), self.prefix))
    }

    fn routed(&self, host: &Host<'_>) -> Seen<&'static str> {
        let family = Family::of_prefix(self.prefix);
        let routes = if family == Family::V4 { Source::Routes4 } else { Source::Routes6 };
        if !host.snapshot.sources.asked(routes) {
            return Seen::Absent;
        }
        if self.claims.is_routed(self.at) {
            return Seen::Known("all");
        }
        let coverage = self.coverage(host);
        let gap = [routes, Source::Policy, Source::Links].into_iter().find_map(|source| host.gap(source));
        match (coverage.missing, gap) {
            (None, Some(gap)) if coverage.open => Seen::Unseen(gap.why.clone()),
            (None, None) if coverage.open => Seen::Unseen(Unseen::new(
                format!("whether {} is routed depends on what was not seen", self.prefix),
                "run as root on the node, or capture the whole node",
            )),
            (None, _) => Seen::Known("all"),
            (Some(_), Some(gap)) => Seen::Unseen(gap.why.clone()),
            (Some(_), None) => Seen::Known(if coverage.some { "part" } else { "none" }),
        }
    }

    fn sentence(&self, host: &Host<'_>) -> String {
        let (prefix, tunnel, peer) = (self.what(), &self.tunnel(host).name, self.name(host, &self.key));
        let rivals = self.names(host, &self.rivals());
        let victims = self.names(host, &self.victims(host));
        if !rivals.is_empty() {
            return format!(
                "{prefix} stands at {peer} and at {}; {tunnel} gives it to {peer}",
                rivals.join(", ")
            );
        }
        if !victims.is_empty() {
            return format!(
                "{prefix}, which lies in a plane of {}, is given to {peer} by {tunnel}",
                victims.join(", ")
            );
        }
        if let Seen::Unseen(why) = self.routed(host) {
            return format!(
                "whether a route leads {prefix} ({peer}) into {tunnel} was not seen: {}",
                why.reason
            );
        }
        let lost = self.lost_address(host).map(|_| format!(", and {tunnel} lacks an address of its file"));
        let part = if self.routed(host) == Seen::Known("part") { "a part of " } else { "" };
        let elsewhere = self
            .elsewhere(host)
            .map(|route| format!(" that is looked up (one stands in table {})", route.table));
        let elsewhere = elsewhere.unwrap_or_default();
        format!(
            "no route{elsewhere} leads {part}{prefix} ({peer}) into {tunnel}: {}{}",
            self.where_instead(host),
            lost.unwrap_or_default()
        )
    }

    /// The prefix, and how many like it.
    fn what(&self) -> String {
        match self.more.len() {
            0 => self.prefix.to_string(),
            more => format!("{} and {more} prefixes like it", self.prefix),
        }
    }

    /// What becomes of the first address that should go into the tunnel.
    fn fate_instead(&self, host: &Host<'_>) -> Option<Fate> {
        let first = self.coverage(host).missing?.first_address();
        let flow = host.flows(Family::of(first)).into_iter().next()?;
        Some(host.fib.fate(&flow, first))
    }

    fn where_instead(&self, host: &Host<'_>) -> String {
        let Some(fate) = self.fate_instead(host) else { return "nothing is missing".to_owned() };
        let devs = host.fib.exits(&fate).into_iter().filter_map(|exit| exit.dev);
        let devs: Vec<String> = devs.map(|dev| host.link_name(dev)).collect();
        match fate.outcome {
            Outcome::Forward => format!("its packets leave by {}", devs.join(", ")),
            Outcome::NoRoute => "its packets have no route".to_owned(),
            outcome => format!("its packets end as {outcome}"),
        }
    }

    /// The route that takes the packets instead.
    fn instead<'s>(&self, host: &Host<'s>) -> Option<&'s Route> {
        host.route(self.fate_instead(host)?.route?)
    }

    /// The commands that lead packets into the tunnel: a rule to the table that has the route, wg-quick where more
    /// than the route is gone, else the route, in place of another one for the same destination.
    fn lead_in(&self, host: &Host<'_>, option: &str) -> Vec<String> {
        let device = &self.tunnel(host).name;
        match (self.elsewhere(host), self.lost_address(host)) {
            (Some(route), _) => {
                vec![format!("ip {option} rule add to {} lookup {}", self.prefix, route.table)]
            }
            (None, Some(_)) => vec![format!("wg-quick down {device}; wg-quick up {device}")],
            (None, None) => {
                let instead = self.instead(host).filter(|route| route.dst == self.prefix);
                let delete = instead.map(|route| host.delete_command(route));
                delete
                    .into_iter()
                    .chain([format!("ip {option} route add {} dev {device}", self.prefix)])
                    .collect()
            }
        }
    }

    /// An address that the tunnel's file gives it and that this node lacks: the link was taken down and up.
    fn lost_address(&self, host: &Host<'_>) -> Option<Evidence> {
        let seen = host.snapshot.sources.asked(Source::Addresses) && host.gap(Source::Addresses).is_none();
        let file = super::filed::file(host, self.tunnel(host)).filter(|_| seen)?;
        let lost = file.interface.addresses.iter().find(|at| !host.is_own_address(at.value.addr()))?;
        Some(super::filed::line(file, lost.span))
    }

    /// What keeps it from coming back, where that is not the rule's own advice.
    fn for_good(&self, host: &Host<'_>) -> Option<String> {
        let device = &self.tunnel(host).name;
        match (self.elsewhere(host), self.lost_address(host)) {
            (Some(route), _) if route.table == TableId::MAIN => Some(
                "give back the rule `32766: from all lookup main`, or whatever took its place".to_owned(),
            ),
            (Some(route), _) => Some(format!(
                "add that rule in `PostUp`, or make the route in table main; table {} is looked up by no rule that these \
                 packets meet",
                route.table
            )),
            (None, Some(_)) => Some(format!(
                "take {device} down and up with wg-quick only: `ip link set {device} down` takes its IPv6 addresses and \
                 routes away, and `up` does not bring them back"
            )),
            (None, None) => None,
        }
    }

    /// A route into the tunnel in a table in which nothing looks it up.
    fn elsewhere<'s>(&self, host: &Host<'s>) -> Option<&'s Route> {
        let link = self.tunnel(host).link?;
        let leads_in = |route: &&Route| crate::host::devs(route, host.snapshot).any(|dev| dev == link);
        host.fib.routes_to(self.prefix).into_iter().filter_map(|id| host.route(id)).find(leads_in)
    }

    /// The route that PostUp should have made.
    fn route(&self, host: &Host<'_>) -> Option<Route> {
        let metric = if Family::of_prefix(self.prefix) == Family::V4 { 0 } else { 1024 };
        Some(Route {
            dst: self.prefix.trunc(),
            via: None,
            dev: Some(self.tunnel(host).link?),
            table: TableId::MAIN,
            metric,
            flags: 0,
            kind: RouteType::Unicast,
            protocol: Protocol(3),
            scope: RouteScope(0),
            rare: None,
        })
    }
}

fn tell(row: &Allowed, host: &Host<'_>) -> Story {
    let tunnel = row.tunnel(host);
    let claims = row.rivals().union(&row.victims(host)).copied().collect::<BTreeSet<_>>();
    let running = tunnel.running.map(|_| Evidence {
        origin: Origin::Wireguard,
        place: format!("wg show {} allowed-ips", tunnel.name),
        text: format!("{} {}", row.key, row.prefix),
    });
    let mut evidence: Vec<Evidence> = running.into_iter().collect();
    evidence.extend(super::filed::prefix_lines(host, tunnel, row.prefix));
    if claims.is_empty() {
        evidence.extend(row.lost_address(host));
        evidence.extend(row.elsewhere(host).map(|route| host.route_evidence(route)));
        evidence.extend(row.instead(host).map(|route| host.route_evidence(route)));
    }
    let (option, device) = (Family::of_prefix(row.prefix).ip_option(), &tunnel.name);
    let culprit = match claims.first() {
        Some(_) => format!("{} takes prefixes of others on {device}", row.name(host, &row.key)),
        None => format!("routes into {device}"),
    };
    let rightful = |key: &PublicKey| {
        Change::Allow(Box::new(Allowance { device: device.clone(), peer: *key, prefix: row.prefix }))
    };
    let route = row.route(host).map(|route| Change::Add(Box::new(route)));
    Story {
        key: match row.more.len() {
            0 => format!("{device} {} {}", row.key, row.prefix),
            _ => format!("{device} {} prefixes like {}", row.key, row.prefix),
        },
        culprit,
        subject: format!("{} of {}", row.what(), row.name(host, &row.key)),
        sentence: row.sentence(host),
        evidence,
        now: match claims.first() {
            Some(_) => vec![format!("wg syncconf {device} <(wg-quick strip {device})")],
            None => row.lead_in(host, option),
        },
        for_good: row.for_good(host).filter(|_| claims.is_empty()),
        undo: if row.more.is_empty() {
            claims.first().map(rightful).or(route).into_iter().collect()
        } else {
            Vec::new()
        },
        more: row.more.len(),
        ..Story::default()
    }
}
