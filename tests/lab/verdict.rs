//! Holds what routelint says on every node against what became of the packets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use routelint::net::Family;
use serde_json::Value;

use super::lab::story::{Member, NODES, member};
use super::lab::{Mesh, Outcome, Probe};

/// An error that routelint says is there.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) node: String,
    /// Whether it names another finding as its cause.
    pub(crate) follows: bool,
    sentence: String,
    /// The whole finding, to look for what it is about.
    text: String,
}

/// Judges every node live, asserts that the errors are where the packets are lost and nowhere else, and returns them.
pub(crate) fn agree(mesh: &Mesh, probes: &[Probe]) -> Vec<Finding> {
    let findings: Vec<Finding> = NODES.iter().flat_map(|node| errors(mesh, node.name)).collect();
    let by_node = |name: &str| findings.iter().filter(|f| f.node == name).collect::<Vec<_>>();
    let by_node: BTreeMap<&str, Vec<&Finding>> =
        NODES.iter().map(|node| (node.name, by_node(node.name))).collect();
    for probe in probes {
        let accused = |accuser: &str, other: &str| {
            by_node[accuser].iter().any(|finding| finding.concerns(mesh, member(other), probe))
        };
        let here = accused(probe.from, probe.to);
        let there = accused(probe.to, probe.from);
        match &probe.outcome {
            Outcome::Delivered => {
                let destination = destination(probe);
                let slander = by_node[probe.from].iter().find(|finding| finding.names_plane_of(destination));
                assert!(slander.is_none(), "delivered, but accused: {probe:?}\n{slander:#?}");
            }
            // Whoever is refused by its own kernel must look at itself.
            Outcome::Refused(_) => assert!(here, "nothing found for {probe:?}\n{findings:#?}"),
            Outcome::Silence | Outcome::Astray(_) => {
                assert!(here || there, "nothing found for {probe:?}\n{findings:#?}");
            }
        }
    }
    findings
}

/// The nodes on which a rule speaks, in the order of the story.
pub(crate) fn culprits(findings: &[Finding], rule: &str) -> Vec<String> {
    let speaking: BTreeSet<&str> =
        findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.node.as_str()).collect();
    NODES.iter().map(|node| node.name).filter(|name| speaking.contains(name)).map(str::to_owned).collect()
}

/// The violated findings at error level on one node; both formats are searched for secrets on the way.
fn errors(mesh: &Mesh, name: &str) -> Vec<Finding> {
    keeps_secrets(mesh, &mesh.routelint(name, &[]));
    let output = mesh.routelint(name, &["--format", "json", "--fail-on", "error"]);
    keeps_secrets(mesh, &output);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}: {:?}: {complaint}", output.status));
    let findings = report["findings"].as_array().unwrap();
    let violated = |finding: &&Value| finding["verdict"] == "violated" && finding["severity"] == "error";
    let errors: Vec<Finding> =
        findings.iter().filter(violated).map(|finding| Finding::new(name, finding)).collect();
    assert_eq!(
        output.status.code() == Some(1),
        !errors.is_empty(),
        "{name}: {:?}: {complaint}",
        output.status
    );
    errors
}

fn keeps_secrets(mesh: &Mesh, output: &std::process::Output) {
    for text in [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)) {
        assert!(
            !mesh.private_keys.iter().any(|key| text.contains(key.as_str())),
            "a private key was printed"
        );
    }
}

impl Finding {
    fn new(name: &str, finding: &Value) -> Finding {
        Finding {
            rule: finding["rule"].as_str().unwrap().to_owned(),
            node: name.to_owned(),
            follows: !finding["because"].is_null(),
            sentence: finding["sentence"].as_str().unwrap().to_owned(),
            text: finding.to_string(),
        }
    }

    /// Whether the finding is about packets to the plane of a peer: it names a prefix that covers the plane's service,
    /// or the peer itself by key or endpoint.
    fn concerns(&self, mesh: &Mesh, peer: &Member, probe: &Probe) -> bool {
        let service = service(peer, probe);
        let endpoint = peer.underlay4().to_string();
        let covers = |prefix: IpNet| prefix.prefix_len() > 0 && prefix.contains(&service);
        prefixes(&self.text).any(covers)
            || self.text.contains(mesh.public_key(peer.name))
            || words(&self.text).any(|word| word.split(':').next() == Some(&endpoint))
    }

    /// Whether the sentence names the very plane of that service.
    fn names_plane_of(&self, service: IpAddr) -> bool {
        let length = if service.is_ipv6() { 48 } else { 24 };
        prefixes(&self.sentence).any(|prefix| prefix.prefix_len() == length && prefix.contains(&service))
    }
}

fn destination(probe: &Probe) -> IpAddr {
    service(member(probe.to), probe)
}

fn service(node: &Member, probe: &Probe) -> IpAddr {
    match probe.family {
        Family::V4 => node.host4(probe.plane).into(),
        Family::V6 => node.host6(probe.plane).into(),
    }
}

/// The prefixes and addresses in a text.
fn prefixes(text: &str) -> impl Iterator<Item = IpNet> {
    words(text)
        .filter_map(|word| word.parse().ok().or_else(|| word.parse().ok().map(|host: IpAddr| host.into())))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let part_of_address = |c: char| c.is_ascii_hexdigit() || ":./".contains(c);
    text.split(move |c| !part_of_address(c))
        .map(|word| word.trim_end_matches(['.', ':', '/']))
        .filter(|w| !w.is_empty())
}
