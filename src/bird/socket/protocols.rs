//! `show protocols` and `show protocols all`.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{field, lines, split_time};

/// A protocol as it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolState {
    /// Its name.
    pub name: String,
    /// Its kind as BIRD prints it: `BGP`, `Kernel`, `Static`.
    pub proto: String,
    /// Its table, where it has one only.
    pub table: Option<String>,
    /// `up`, `start`, `down`, `stop`, `flush`
    pub state: String,
    /// Since when, in the daemon's format.
    pub since: String,
    /// What stands last: `Established`, an error.
    pub info: String,
    /// `description`
    pub description: Option<String>,
    /// What only a BGP session has.
    pub bgp: Option<BgpState>,
    /// Its channels.
    pub channels: Vec<ChannelState>,
    /// Lines that are not known.
    pub other: Vec<String>,
}

/// A BGP session as it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BgpState {
    /// `Established`, `Active`, `Idle`, …
    pub state: String,
    /// The neighbour's address, without its link.
    pub neighbor_address: Option<IpAddr>,
    /// The range from which neighbours may call.
    pub neighbor_range: Option<IpNet>,
    /// The neighbour's AS number.
    pub neighbor_as: Option<u32>,
    /// The own AS number.
    pub local_as: Option<u32>,
    /// The neighbour's router id.
    pub neighbor_id: Option<Ipv4Addr>,
    /// The own address of the session.
    pub source_address: Option<IpAddr>,
    /// `external multihop AS4`
    pub session: Option<String>,
    /// Why the session last ended.
    pub last_error: Option<String>,
    /// Other fields by their name, in order: capabilities, timers.
    pub fields: Vec<(String, String)>,
}

/// A channel as it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelState {
    /// `ipv6`, `main` for a pipe's only one.
    pub name: String,
    /// `UP`, `DOWN`, …
    pub state: Option<String>,
    /// Its table.
    pub table: Option<String>,
    /// The other table of a pipe.
    pub peer_table: Option<String>,
    /// The preference that imported routes get.
    pub preference: Option<u32>,
    /// The filter's name, `ACCEPT`, `REJECT` or `(unnamed)`.
    pub input_filter: Option<String>,
    /// The filter's name, `ACCEPT`, `REJECT` or `(unnamed)`.
    pub output_filter: Option<String>,
    /// How many routes there are.
    pub routes: Option<RouteCounts>,
    /// The limits.
    pub limits: Vec<LimitState>,
    /// The next hops that a BGP channel announces.
    pub next_hops: Vec<IpAddr>,
    /// Other fields by their name, and lines that are not known.
    pub fields: Vec<(String, String)>,
}

/// How many routes a channel has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteCounts {
    /// Imported into the table.
    pub imported: u64,
    /// Rejected by the import filter and kept; none where they are not kept.
    pub filtered: Option<u64>,
    /// Exported from the table.
    pub exported: u64,
    /// Imported and the best of their prefix.
    pub preferred: Option<u64>,
}

/// A limit of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// `Import`, `Export`, `Receive`
    pub which: String,
    /// The most that pass.
    pub most: Option<u64>,
    /// Whether more came.
    pub hit: bool,
    /// `warn`, `block`, `restart`, `disable`
    pub action: Option<String>,
}

/// Reads the answer to `show protocols` or `show protocols all`.
pub fn read_protocols(answer: &str) -> Vec<ProtocolState> {
    let mut protocols: Vec<ProtocolState> = Vec::new();
    for line in lines(answer).filter(|line| !line.trim().is_empty()) {
        match protocols.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.detail(line),
            _ => protocols.extend(head(line)),
        }
    }
    protocols
}

/// `us_02      BGP        ---        up     05:47:49.308  Established`
fn head(line: &str) -> Option<ProtocolState> {
    let mut rest = line;
    let mut word = || {
        let (first, behind) = rest.trim_start().split_once(char::is_whitespace)?;
        rest = behind;
        Some(first.to_owned())
    };
    let (name, proto, table, state) = (word()?, word()?, word()?, word()?);
    if (name.as_str(), proto.as_str(), table.as_str()) == ("Name", "Proto", "Table") {
        return None;
    }
    // What is no protocol says that the daemon was not there to be asked.
    if !matches!(state.as_str(), "up" | "start" | "down" | "stop" | "flush") {
        return None;
    }
    let (since, info) = split_time(rest.trim());
    let table = (table != "---").then_some(table);
    Some(ProtocolState {
        name,
        proto,
        table,
        state,
        since: since.to_owned(),
        info: info.to_owned(),
        ..ProtocolState::default()
    })
}

impl ProtocolState {
    /// The fields of a channel stand deeper than those of the protocol.
    fn detail(&mut self, line: &str) {
        let depth = line.len() - line.trim_start().len();
        let text = line.trim();
        if let Some(name) = text.strip_prefix("Channel ").filter(|_| depth == 2) {
            self.channels.push(ChannelState { name: name.to_owned(), ..ChannelState::default() });
            return;
        }
        match (self.channels.last_mut(), field(text)) {
            (Some(channel), Some((name, value))) => channel.field(name, value),
            (Some(channel), None) => channel.fields.push((text.to_owned(), String::new())),
            (None, Some((name, value))) => self.field(name, value),
            (None, None) if self.bgp.is_some() => self.bgp_field(text, ""),
            (None, None) => self.other.push(text.to_owned()),
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "Description" => self.description = Some(value.to_owned()),
            "BGP state" => self.bgp = Some(BgpState { state: value.to_owned(), ..BgpState::default() }),
            _ if self.bgp.is_some() => self.bgp_field(name, value),
            _ => self.other.push(format!("{name}: {value}")),
        }
    }

    fn bgp_field(&mut self, name: &str, value: &str) {
        let Some(bgp) = &mut self.bgp else { return };
        match name {
            "Neighbor address" => bgp.neighbor_address = address(value),
            "Neighbor range" => bgp.neighbor_range = value.parse().ok(),
            "Neighbor AS" => bgp.neighbor_as = value.parse().ok(),
            "Local AS" => bgp.local_as = value.parse().ok(),
            "Neighbor ID" => bgp.neighbor_id = value.parse().ok(),
            "Source address" => bgp.source_address = address(value),
            "Session" => bgp.session = Some(value.to_owned()),
            "Last error" => bgp.last_error = Some(value.to_owned()),
            _ => bgp.fields.push((name.to_owned(), value.to_owned())),
        }
    }
}

impl ChannelState {
    fn field(&mut self, name: &str, value: &str) {
        match name {
            "State" => self.state = Some(value.to_owned()),
            "Table" => self.table = Some(value.to_owned()),
            "Peer table" => self.peer_table = Some(value.to_owned()),
            "Preference" => self.preference = value.parse().ok(),
            "Input filter" | "Import filter" => self.input_filter = Some(value.to_owned()),
            "Output filter" | "Export filter" => self.output_filter = Some(value.to_owned()),
            "Routes" => self.routes = counts(value),
            "BGP Next hop" => self.next_hops = value.split_whitespace().filter_map(address).collect(),
            "Action" => {
                if let Some(limit) = self.limits.last_mut() {
                    limit.action = Some(value.to_owned());
                }
            }
            _ => match name.strip_suffix(" limit") {
                Some(which) => self.limits.push(limit(which, value)),
                None => self.fields.push((name.to_owned(), value.to_owned())),
            },
        }
    }
}

/// `100`, `100 [HIT]`
fn limit(which: &str, value: &str) -> LimitState {
    let most = value.split_whitespace().next().and_then(|number| number.parse().ok());
    LimitState { which: which.to_owned(), most, hit: value.contains("[HIT]"), action: None }
}

/// `2 imported, 1 filtered, 8 exported, 2 preferred`
fn counts(value: &str) -> Option<RouteCounts> {
    let count = |name: &str| {
        let part = value.split(',').map(str::trim).find(|part| part.ends_with(name))?;
        part.split_whitespace().next()?.parse::<u64>().ok()
    };
    let (imported, exported) = (count(" imported")?, count(" exported")?);
    Some(RouteCounts { imported, exported, filtered: count(" filtered"), preferred: count(" preferred") })
}

/// An address, without the link behind `%`.
fn address(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.trim().parse().ok()
}
