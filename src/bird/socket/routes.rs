//! `show route` in all its forms.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{field, lines, split_time};

/// The routes of one table, in the order of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteTable {
    /// The table's name; empty where the answer does not say it.
    pub table: String,
    /// Its routes.
    pub routes: Vec<RouteEntry>,
}

/// A route of a table of BIRD's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteEntry {
    /// The network as it is printed: `10.1.0.0/16`, `10.1.0.0/16-24 AS65001`.
    pub net: String,
    /// The network, where it is a prefix of addresses.
    pub prefix: Option<IpNet>,
    /// What it does with packets; none for ROA and the like.
    pub kind: Option<RouteKind>,
    /// The protocol that made it.
    pub protocol: String,
    /// Since when, in the daemon's format.
    pub since: String,
    /// The neighbour that it came from, where it is not the next hop.
    pub from: Option<IpAddr>,
    /// `*`: the best of its network.
    pub primary: bool,
    /// `!`: the kernel refused it.
    pub refused: bool,
    /// The first number in parentheses.
    pub preference: Option<u32>,
    /// What stands in brackets at the end: `AS65002i`.
    pub origin: Option<String>,
    /// The next hops.
    pub hops: Vec<Hop>,
    /// What made the route: `static`, `BGP`, `device`, `inherit`.
    pub source: Option<String>,
    /// The attributes, by the name that filters give them in every version, in the order of the answer.
    pub attributes: Vec<(String, String)>,
    /// Lines that are not known.
    pub other: Vec<String>,
}

/// What a route does with packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// Forwards.
    Unicast,
    /// Discards in silence.
    Blackhole,
    /// Discards with an answer.
    Unreachable,
    /// Discards with another answer.
    Prohibit,
}

/// A next hop of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The link.
    pub dev: Option<String>,
    /// The weight, 1 where none is printed.
    pub weight: u32,
    /// `onlink`
    pub onlink: bool,
}

/// Reads the answer to `show route`, with or without `all`, `export`, `table`.
pub fn read_routes(answer: &str) -> Vec<RouteTable> {
    let mut tables: Vec<RouteTable> = Vec::new();
    for line in lines(answer).filter(|line| !line.trim().is_empty()) {
        if let Some(table) = line.strip_prefix("Table ").and_then(|rest| rest.strip_suffix(':')) {
            tables.push(RouteTable { table: table.to_owned(), routes: Vec::new() });
            continue;
        }
        if tables.is_empty() {
            tables.push(RouteTable::default());
        }
        if let Some(table) = tables.last_mut() {
            table.line(line);
        }
    }
    tables.retain(|table| !(table.table.is_empty() && table.routes.is_empty()));
    tables
}

impl RouteTable {
    /// A route, or something about the one before. A further route of the same network leaves the network out.
    fn line(&mut self, line: &str) {
        if line.starts_with('\t') {
            if let Some(route) = self.routes.last_mut() {
                route.detail(line.trim());
            }
            return;
        }
        let before = self.routes.last().map_or("", |route| route.net.as_str()).to_owned();
        self.routes.extend(head(line, &before));
    }
}

/// `10.2.0.0/16  unicast [up 13:53:10.063 from fe80::1] * (100/20) [AS65002i]`
fn head(line: &str, before: &str) -> Option<RouteEntry> {
    let (front, rest) = line.split_once('[')?;
    let (inside, behind) = rest.split_once(']')?;
    let (net, kind) = net_and_kind(front.trim(), before);
    let (protocol, times) = inside.trim().split_once(char::is_whitespace).unwrap_or((inside.trim(), ""));
    let (times, from) = times.split_once("from ").unwrap_or((times, ""));
    let marks = behind.split(['(', '[']).next().unwrap_or("");
    let preference = between(behind, '(', ')').and_then(|text| text.split('/').next()?.parse().ok());
    Some(RouteEntry {
        prefix: net.parse().ok(),
        net,
        kind,
        protocol: protocol.to_owned(),
        since: split_time(times.trim()).0.to_owned(),
        from: from.trim().parse().ok(),
        primary: marks.contains('*'),
        refused: marks.contains('!'),
        preference,
        origin: between(behind, '[', ']').map(str::to_owned),
        ..RouteEntry::default()
    })
}

fn net_and_kind(front: &str, before: &str) -> (String, Option<RouteKind>) {
    let last = front.split_whitespace().next_back().unwrap_or("");
    let kind = match last {
        "unicast" => Some(RouteKind::Unicast),
        "blackhole" => Some(RouteKind::Blackhole),
        "unreachable" => Some(RouteKind::Unreachable),
        "prohibited" | "prohibit" => Some(RouteKind::Prohibit),
        _ => None,
    };
    let net = if kind.is_some() { front[..front.len() - last.len()].trim() } else { front };
    (if net.is_empty() { before } else { net }.to_owned(), kind)
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    Some(rest.split_once(close)?.0)
}

impl RouteEntry {
    fn detail(&mut self, line: &str) {
        if line.starts_with("via ") || line.starts_with("dev ") {
            self.hops.push(hop(line));
            return;
        }
        match field(line) {
            // 2.x says source and scope in one line.
            Some(("Type", value)) => self.source = value.split_whitespace().next().map(str::to_owned),
            Some(("source", value)) => self.source = Some(value.to_owned()),
            Some(("from", value)) => self.from = self.from.or_else(|| value.parse().ok()),
            Some(("preference", _)) => {}
            Some((name, value)) if !name.contains(' ') => {
                self.attributes.push((attribute_name(name), value.to_owned()))
            }
            Some(_) | None => self.other.push(line.to_owned()),
        }
    }

    /// The attribute of a name, as filters write it: `bgp_local_pref`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// `via 10.0.0.2 on va weight 3`, `dev va onlink`
fn hop(line: &str) -> Hop {
    let words: Vec<&str> = line.split_whitespace().collect();
    let behind = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1)).copied();
    Hop {
        via: behind("via").and_then(|address| address.parse().ok()),
        dev: behind("on").or_else(|| behind("dev")).map(str::to_owned),
        weight: behind("weight").and_then(|number| number.parse().ok()).unwrap_or(1),
        onlink: words.contains(&"onlink"),
    }
}

/// 2.x prints `BGP.as_path` for what filters and 3.x call `bgp_path`.
fn attribute_name(printed: &str) -> String {
    let Some((protocol, name)) = printed.split_once('.') else { return printed.to_owned() };
    let prefix = match protocol {
        "Kernel" => "krt".to_owned(),
        protocol => protocol.to_ascii_lowercase(),
    };
    match (prefix.as_str(), name) {
        ("bgp", "as_path") => "bgp_path".to_owned(),
        (prefix, name) => format!("{prefix}_{name}"),
    }
}
