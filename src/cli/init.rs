//! `init`: prints the intent that a node suggests, for a person to correct.

use std::collections::BTreeMap;

use super::args::Init;
use super::{CliError, Exit, input, print};
use crate::host::{Host, Intent, NodeIntent, PlanePrefix};
use crate::net::PublicKey;

const HEADER: &str = "\
# What routelint inferred from allowed IPs and addresses. Correct it, name the planes, and keep it as
# routelint.toml beside the node folders, or as /etc/routelint/routelint.toml on each node.
";

/// Prints inferred intent, all given nodes joined.
pub(super) fn init(init: &Init) -> Result<Exit, CliError> {
    let mut intent = Intent { format: 1, ..Intent::default() };
    for node in input::nodes(&init.input)? {
        let host = Host::new(&node.snapshot, node.intent.as_ref());
        for (name, suggested) in suggest(&host) {
            merge(intent.nodes.entry(name).or_default(), suggested);
        }
    }
    let text = toml::to_string_pretty(&intent).unwrap_or_else(|error| format!("# {error}\n"));
    print(&format!("{HEADER}\n{text}"))?;
    Ok(Exit::Holds)
}

/// What one node suggests: itself, and each peer for which planes are known.
fn suggest(host: &Host<'_>) -> BTreeMap<String, NodeIntent> {
    let own_keys = host.tunnels.iter().filter_map(|tunnel| tunnel.public_key).collect();
    let mut nodes = BTreeMap::from([(host.snapshot.node.clone(), node(own_keys, &host.plan.own))]);
    for peer in host.tunnels.iter().flat_map(|tunnel| &tunnel.peers) {
        let planes = host.plan.peers.get(&peer.key).map(Vec::as_slice).unwrap_or_default();
        merge(nodes.entry(peer.name.clone()).or_default(), node(vec![peer.key], planes));
    }
    nodes
}

fn node(public_keys: Vec<PublicKey>, planes: &[PlanePrefix]) -> NodeIntent {
    let mut by_plane: BTreeMap<String, Vec<ipnet::IpNet>> = BTreeMap::new();
    for plane in planes {
        by_plane.entry(plane.plane.clone()).or_default().push(plane.prefix);
    }
    NodeIntent { public_keys, planes: by_plane, ..NodeIntent::default() }
}

/// Adds what another view of the same node suggests.
fn merge(known: &mut NodeIntent, more: NodeIntent) {
    known.public_keys.extend(more.public_keys);
    known.public_keys.sort();
    known.public_keys.dedup();
    for (plane, prefixes) in more.planes {
        let list = known.planes.entry(plane).or_default();
        list.extend(prefixes);
        list.sort();
        list.dedup();
    }
}
