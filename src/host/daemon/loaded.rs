//! What a protocol runs by, beside what the files say now, as far as the control socket tells.
//!
//! `show protocols all` (`proto_cmd_show` and `channel_show_info` of nest/proto.c, `bgp_show_proto_info` of
//! proto/bgp/bgp.c) names a filter and never prints it: two filters of one name are taken for the same.

use std::collections::BTreeSet;

use super::{BirdProtocol, Channel, Detail, Policy, StaticLeads};
use crate::bird::socket::{ChannelState, ProtocolState};
use crate::net::Family;
use crate::seen::Seen;

/// What is not the same: what it is, in the files, in the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `neighbour`, `export of ipv6`.
    pub what: String,
    /// What the files say.
    pub filed: String,
    /// What the daemon runs by.
    pub running: String,
}

/// Everything in which a protocol that runs differs from the files.
pub fn differences(filed: &BirdProtocol, running: &ProtocolState) -> Vec<Difference> {
    let kind = filed.detail.kind().filter(|kind| *kind != running.proto.to_ascii_lowercase());
    if let Some(kind) = kind {
        return vec![difference("kind", kind, running.proto.to_ascii_lowercase())];
    }
    let mut found: Vec<Difference> = ends(filed, running);
    if filed.disabled == Seen::Known(true) && running.state == "up" {
        found.push(difference("state", "disabled", "up"));
    }
    found.extend(channels(filed, running));
    found.extend(static_routes(filed, running));
    found
}

fn difference(what: &str, filed: impl ToString, running: impl ToString) -> Difference {
    Difference { what: what.to_owned(), filed: filed.to_string(), running: running.to_string() }
}

/// The two ends of a BGP session.
fn ends(filed: &BirdProtocol, running: &ProtocolState) -> Vec<Difference> {
    let (Detail::Bgp(session, _), Some(state)) = (&filed.detail, &running.bgp) else { return Vec::new() };
    let mut found = Vec::new();
    let mut compare = |what: &str, filed: Option<String>, running: Option<String>| {
        if let (Some(filed), Some(running)) = (filed, running)
            && filed != running
        {
            found.push(difference(what, filed, running));
        }
    };
    let text = |number: Option<&u32>| number.map(ToString::to_string);
    compare(
        "neighbour",
        session.remote.known().map(ToString::to_string),
        state.neighbor_address.map(|address| address.to_string()),
    );
    compare("neighbour's AS number", text(session.remote_as.known()), text(state.neighbor_as.as_ref()));
    compare("own AS number", text(session.local_as.known()), text(state.local_as.as_ref()));
    found
}

/// The channels for plain routes and what passes them.
fn channels(filed: &BirdProtocol, running: &ProtocolState) -> Vec<Difference> {
    if !matches!(filed.detail, Detail::Bgp(..) | Detail::Static(_) | Detail::Kernel(_)) {
        return Vec::new();
    }
    let runs: BTreeSet<&str> = running.channels.iter().filter_map(|channel| plain(&channel.name)).collect();
    let says: BTreeSet<&str> =
        filed.channels.iter().filter_map(|channel| Some(word(channel.family?))).collect();
    let list = |set: &BTreeSet<&str>| {
        if set.is_empty() { "none".to_owned() } else { set.iter().copied().collect::<Vec<_>>().join(", ") }
    };
    if runs != says {
        return vec![difference("channels", list(&says), list(&runs))];
    }
    let pairs = filed.channels.iter().filter_map(|channel| {
        let family = word(channel.family?);
        Some((channel, running.channels.iter().find(|state| state.name == family)?))
    });
    pairs.flat_map(|(channel, state)| policies(channel, state)).collect()
}

fn policies(channel: &Channel, state: &ChannelState) -> Vec<Difference> {
    let directions = [
        ("import", &channel.import, &channel.import_filter, &state.input_filter),
        ("export", &channel.export, &channel.export_filter, &state.output_filter),
    ];
    let compare =
        |(what, (policy, said), name, running): (&str, &(Policy, bool), &Option<String>, &Option<String>)| {
            let filed = policy_word(*policy, name.as_deref()).filter(|_| *said)?;
            let running = running.as_deref()?;
            let what = format!("{what} of {}", state.name);
            (filed != running).then(|| difference(&what, plain_words(filed), plain_words(running)))
        };
    directions.into_iter().filter_map(compare).collect()
}

/// How BIRD names a policy (`filter_name` of filter/filter.c).
fn policy_word(policy: Policy, name: Option<&str>) -> Option<&str> {
    match policy {
        Policy::All => Some("ACCEPT"),
        Policy::None => Some("REJECT"),
        Policy::Filter => Some(name.unwrap_or("(unnamed)")),
        Policy::Unread => None,
    }
}

/// BIRD's name of a policy as configurations write it.
fn plain_words(name: &str) -> String {
    match name {
        "ACCEPT" => "all".to_owned(),
        "REJECT" => "none".to_owned(),
        "(unnamed)" => "a filter without a name".to_owned(),
        name => format!("filter {name}"),
    }
}

/// How many static routes there are: those that lead nowhere are always there, where none is filtered.
fn static_routes(filed: &BirdProtocol, running: &ProtocolState) -> Option<Difference> {
    let (Detail::Static(routes), [channel], [state]) =
        (&filed.detail, filed.channels.as_slice(), running.channels.as_slice())
    else {
        return None;
    };
    let leads_nowhere = |leads: StaticLeads| {
        matches!(leads, StaticLeads::Blackhole | StaticLeads::Unreachable | StaticLeads::Prohibit)
    };
    let certain = running.state == "up"
        && channel.import.0 == Policy::All
        && routes.iter().all(|route| leads_nowhere(route.leads));
    let imported = state.routes.filter(|_| certain)?.imported;
    let distinct: BTreeSet<_> = routes.iter().map(|route| route.prefix).collect();
    let filed = distinct.len() as u64;
    (filed != imported).then(|| difference("number of routes", filed, imported))
}

fn plain(name: &str) -> Option<&str> {
    matches!(name, "ipv4" | "ipv6").then_some(name)
}

fn word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}
