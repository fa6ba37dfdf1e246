//! Recorded meshes, each with what became of a real packet for every pair and plane: what we say must agree.
//!
//! The recordings are not in the repository. Where they are absent the tests say so and pass.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde_json::Value;

const SHELVES: [&str; 2] = ["../shared/captures", "../shared/captures-kernel-wireguard"];

const ALL: [&str; 4] = ["eu-01", "eu-02", "us-01", "us-02"];
const UNREACHABLE: &str = "unreachable-shadows-wireguard";
/// The line of BIRD's configuration that puts the refusing routes into the kernel: their cause.
const INSTALLS: &str = "kernel-export-installs-discard";
const UNRESOLVABLE: &str = "nexthop-unresolvable";
const FOREIGN: &str = "foreign-route-shadows-wireguard";

/// A rule that a fault violates, and on which nodes.
type Violation = (&'static [&'static str], &'static str);

/// What each recording's README breaks, and the rules that have it for their subject.
const FAULTS: &[(&str, &[Violation])] = &[
    ("a-overlapping-allowedips", &[(&["us-01"], "allowed-ips-overlap")]),
    // The other end of the loop sees no more than that its handshakes stay unanswered.
    ("b-endpoint-loop", &[(&["us-01"], "endpoint-through-own-tunnel"), (&["us-02"], "handshake-stale")]),
    ("c-missing-plane", &[(&["us-01"], "peer-missing-plane")]),
    ("d-more-specific-leak", &[(&["us-01"], FOREIGN)]),
    // Four rules refuse; the fifth leads to table 102, whose default leaves by the underlay.
    ("e-ip-rule", &[(&["us-01"], UNREACHABLE), (&["us-01"], FOREIGN)]),
    ("export-all", &[(&ALL, INSTALLS)]),
    ("export-all-harmless-direct", &[]),
    ("export-all-kernel-only", &[(&ALL, INSTALLS)]),
    ("f-route-without-allowedips", &[(&["us-01"], "route-outside-allowed-ips")]),
    ("g-postup-missing", &[(&["us-01"], "allowed-ips-without-route")]),
    ("h-duplicate-asn", &[]),
    ("healthy", &[]),
    ("i-bird-killed", &[]),
    ("j-wg-down-up", &[(&["us-01"], "allowed-ips-without-route")]),
    // The blackhole object stands in place of the route into the tunnel, so that it hides none.
    ("k-nexthop-objects", &[(&["us-01"], FOREIGN), (&["us-01"], "allowed-ips-without-route")]),
    ("l-route-types", &[(&["us-01"], UNREACHABLE)]),
    ("m-v4-v6-export-all", &[(&ALL, INSTALLS)]),
    ("n-peer-no-endpoint", &[(&["us-01", "us-02"], "handshake-stale")]),
    ("q-suppress-fwmark", &[]),
    ("static-lists-all-planes", &[(&["us-01"], INSTALLS)]),
    ("t-bgp-down-dataplane-ok", &[]),
    ("v-vrf", &[(&["us-01"], "allowed-ips-without-route")]),
    ("w0-own-plane-healthy", &[]),
];

/// What of BIRD each recording breaks, without a packet lost by it alone: the rules that warn.
const WARNED: &[(&str, &[Violation])] = &[
    ("export-all", &[(&ALL, UNRESOLVABLE)]),
    ("export-all-kernel-only", &[(&ALL, UNRESOLVABLE)]),
    // The two with one number, and those who see both of them.
    ("h-duplicate-asn", &[(&ALL, "as-number-reused")]),
    ("i-bird-killed", &[(&ALL, "session-down"), (&["us-01"], "stale-daemon-route")]),
    ("m-v4-v6-export-all", &[(&ALL, UNRESOLVABLE)]),
    ("static-lists-all-planes", &[(&["us-01"], "static-discards-peer-plane")]),
    ("t-bgp-down-dataplane-ok", &[(&ALL, "session-down")]),
    ("v-vrf", &[(&ALL, "session-down")]),
];

/// The rules that judge BIRD's sessions, static routes, tables and files, and what runs of them.
const OF_BIRD: [&str; 14] = [
    "as-number-reused",
    "config-not-loaded",
    "config-refused",
    "device-or-kernel-protocol-missing",
    "link-local-neighbor-unbound",
    "neighbor-duplicated",
    "neighbor-off-mesh",
    UNRESOLVABLE,
    "policy-missing",
    "rib-fib-divergence",
    "session-down",
    "stale-daemon-route",
    "static-discards-peer-plane",
    "static-plane-not-discard",
];

/// The recordings that are here; a message counts the shelves that are not.
fn captures() -> Vec<PathBuf> {
    let (here, absent): (Vec<&str>, Vec<&str>) =
        SHELVES.into_iter().partition(|shelf| fixture::under(shelf).is_dir());
    if !absent.is_empty() {
        eprintln!(
            "skipped {} of {} shelves of recordings: {} absent",
            absent.len(),
            SHELVES.len(),
            absent.join(", ")
        );
    }
    here.iter().flat_map(|shelf| fixture::folders(&fixture::under(shelf))).collect()
}

/// The violations at error level.
fn errors(report: &Value) -> Vec<&Value> {
    let errors = fixture::findings(report).iter();
    errors.filter(|finding| finding["verdict"] == "violated" && finding["severity"] == "error").collect()
}

/// Where which rule speaks without following from another.
fn causes(report: &Value) -> BTreeSet<(String, String)> {
    let word = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    let causes = errors(report).into_iter().filter(|finding| finding["because"].is_null());
    causes.map(|finding| (word(finding, "node"), word(finding, "rule"))).collect()
}

/// The nodes and rules of violations.
fn pairs(planted: &[Violation]) -> BTreeSet<(String, String)> {
    let of = |(nodes, rule): &Violation| {
        let rule = rule.to_string();
        nodes.iter().map(|node| (node.to_string(), rule.clone())).collect::<Vec<_>>()
    };
    planted.iter().flat_map(of).collect()
}

#[test]
fn the_planted_fault_is_found_and_nothing_else_at_error_level() {
    let mut wrong = Vec::new();
    for capture in captures() {
        let name = fixture::name(&capture);
        let (_, planted) = FAULTS.iter().find(|(known, _)| *known == name).expect("a known recording");
        let wanted = pairs(planted);
        let found = causes(&fixture::report(&[], &capture));
        if found != wanted {
            wrong.push(format!("{}: found {found:?}, planted {wanted:?}", capture.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_wrong_with_bird_is_warned_of_where_it_is_and_nowhere_else() {
    let arguments: Vec<&str> = OF_BIRD.iter().flat_map(|rule| ["--rule", rule]).collect();
    let mut wrong = Vec::new();
    for capture in captures() {
        let name = fixture::name(&capture);
        let planted = WARNED.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, planted)| planted);
        let report = fixture::report(&arguments, &capture);
        let violated = fixture::findings(&report).iter().filter(|finding| finding["verdict"] == "violated");
        let word = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
        let found: BTreeSet<(String, String)> =
            violated.map(|finding| (word(finding, "node"), word(finding, "rule"))).collect();
        let wanted = pairs(planted);
        if found != wanted {
            wrong.push(format!("{}: found {found:?}, planted {wanted:?}", capture.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// One packet that was really sent.
struct Probe {
    from: String,
    to: String,
    addresses: [IpAddr; 2],
    arrived: bool,
}

fn probes(capture: &Path) -> Vec<Probe> {
    let text = fs::read_to_string(capture.join("probes.json")).unwrap();
    let by_sender: Value = serde_json::from_str(&text).unwrap();
    let senders = by_sender.as_object().unwrap().iter();
    let of = |(from, sent): (&String, &Value)| {
        let sent = sent.as_array().unwrap().iter();
        sent.map(|probe| Probe {
            from: from.clone(),
            to: probe["dst"].as_str().unwrap().to_owned(),
            addresses: ["src", "addr"].map(|field| probe[field].as_str().unwrap().parse().unwrap()),
            arrived: probe["udp"].as_str().unwrap().starts_with("delivered"),
        })
        .collect::<Vec<_>>()
    };
    senders.flat_map(of).collect()
}

/// Whether a finding at either end names a prefix of the packet's addresses, or the key of the other end.
fn explains(finding: &Value, probe: &Probe, keys: &[(String, String)]) -> bool {
    let node = finding["node"].as_str().unwrap();
    let other = match node {
        node if node == probe.from => &probe.to,
        node if node == probe.to => &probe.from,
        _ => return false,
    };
    let text = format!("{} {} {}", finding["sentence"], finding["evidence"], finding["row"]);
    let names_prefix =
        prefixes(&text).iter().any(|prefix| probe.addresses.iter().any(|a| prefix.contains(a)));
    names_prefix || keys.iter().any(|(name, key)| name == other && text.contains(key))
}

/// The prefixes in a text that are longer than the whole mesh's.
fn prefixes(text: &str) -> Vec<IpNet> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !":./".contains(c));
    words.filter_map(|word| word.parse().ok()).filter(|prefix: &IpNet| prefix.prefix_len() > 16).collect()
}

/// The nodes' names and public keys, as the recorded files note them.
fn keys(capture: &Path) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for node in fixture::folders(capture) {
        let text = fs::read_to_string(node.join("wg0.conf")).unwrap();
        let peers = text.split("[Peer] # ").skip(1);
        let key = |peer: &str| peer.split("PublicKey = ").nth(1).unwrap().lines().next().unwrap().to_owned();
        keys.extend(peers.map(|peer| (peer.lines().next().unwrap().to_owned(), key(peer))));
    }
    keys
}

#[test]
fn every_lost_packet_is_explained_at_one_of_its_ends() {
    let (mut lost, mut wrong) = (0, Vec::new());
    for capture in captures() {
        let (report, keys) = (fixture::report(&[], &capture), keys(&capture));
        for probe in probes(&capture).iter().filter(|probe| !probe.arrived) {
            lost += 1;
            if !errors(&report).into_iter().any(|finding| explains(finding, probe, &keys)) {
                let [from, to] = probe.addresses;
                wrong.push(format!("{}: {} {from} -> {} {to}", capture.display(), probe.from, probe.to));
            }
        }
    }
    eprintln!("{lost} lost packets");
    assert!(wrong.is_empty(), "lost without an error:\n{}", wrong.join("\n"));
}

#[test]
fn where_every_packet_arrives_nothing_is_an_error() {
    for capture in captures() {
        if probes(&capture).iter().all(|probe| probe.arrived) {
            let report = fixture::report(&[], &capture);
            assert!(errors(&report).is_empty(), "{}: {:?}", capture.display(), causes(&report));
        }
    }
}

/// The private and preshared keys of a recorded node.
fn secrets(node: &Path) -> Vec<String> {
    let conf = fs::read_to_string(node.join("wg0.conf")).unwrap();
    let is_secret = |line: &&str| line.starts_with("PrivateKey") || line.starts_with("PresharedKey");
    let filed = conf.lines().filter(is_secret).map(|line| line.split_once('=').unwrap().1.trim());
    let dump = fs::read_to_string(node.join("wg-show-all-dump.txt")).unwrap();
    // A device's line has five columns with the private key second; a peer's has nine with the preshared third.
    let column = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        columns.get(if columns.len() == 5 { 1 } else { 2 }).map(|column| (*column).to_owned())
    };
    let running = dump.lines().filter_map(column).filter(|key| key.len() == 44);
    filed.map(str::to_owned).chain(running).collect()
}

/// Everything that the program prints about a recording.
fn everything(capture: &Path) -> String {
    let mut commands: Vec<Vec<&str>> = vec![vec!["check"], vec!["check", "--format", "json"], vec!["init"]];
    let relations = routelint::relation::RELATIONS.iter().map(|relation| relation.name());
    commands.extend(relations.map(|relation| vec!["show", "--format", "json", relation]));
    let outputs = commands.iter().map(|command| fixture::run(command, capture));
    outputs.map(|output| fixture::stdout(&output) + &fixture::stderr(&output)).collect()
}

#[test]
fn no_secret_of_a_recording_is_printed() {
    for capture in captures() {
        let printed = everything(&capture);
        for node in fixture::folders(&capture) {
            let secrets = secrets(&node);
            assert!(secrets.len() >= 2, "{} has its private key in two places", node.display());
            assert!(secrets.iter().all(|secret| !printed.contains(secret)), "{}", node.display());
        }
    }
}
