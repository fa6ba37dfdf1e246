//! `routelint capture` sees what the standard tools see, on a kernel that has WireGuard, dummy and VRF devices.
//!
//! Few machines for tests have such a kernel; `.ci/run` runs this in an emulated machine that does.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod lab;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lab::node::Node;
use lab::skip;
use routelint::snapshot::{self, Device, Implementation, Nexthop, Peer, Snapshot};

/// Peers of wg0, and prefixes of each: some fifty netlink messages.
const PEERS: u16 = 300;
const PREFIXES: u16 = 24;
/// Prefixes of the one peer that fills many messages by itself.
const MANY: u16 = 4000;

#[test]
fn capture_sees_what_the_tools_see() {
    let Some(node) = node() else { return };
    let secrets = make_devices(&node);
    make_routes(&node);
    let folders = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folders.path().join("ours"), folders.path().join("theirs"));
    node.must(&[env!("CARGO_BIN_EXE_routelint"), "capture", ours.to_str().unwrap()]);
    write_tool_outputs(&node, &theirs);
    let (ours, theirs) = (read(&ours, &secrets), read(&theirs, &[]));
    assert_eq!(ours.links, theirs.links);
    assert_eq!(ours.addresses, theirs.addresses);
    assert_eq!(ours.policy, theirs.policy);
    assert_eq!(nexthops(&ours), nexthops(&theirs));
    assert_eq!(routes(&ours), routes(&theirs));
    assert_eq!(rows(&ours.wireguard), dump(&node));
    assert!(ours.wireguard.iter().all(|device| device.implementation == Some(Implementation::Kernel)));
}

/// A host with what the test needs, or none where the kernel cannot give it.
fn node() -> Option<Node> {
    let lacking = skip::missing().or_else(|| {
        let devices = ["wireguard", "dummy", "vrf"].into_iter().find(|kind| !skip::kernel_makes(kind));
        devices.map(|kind| format!("this kernel has no {kind} devices"))
    });
    if let Some(why) = lacking {
        skip::skip("kernel-wireguard", &why);
        return None;
    }
    Some(Node::new("us-01"))
}

/// Makes a device with many peers and one with a preshared key, and returns all secrets.
fn make_devices(node: &Node) -> Vec<String> {
    let [first, second, preshared] = [1, 2, 3].map(|seed| key(seed, 0xfe));
    let mut many = format!("[Interface]\nPrivateKey = {first}\nListenPort = 51820\nFwMark = 0x53\n");
    for peer in 0..PEERS {
        let _ = write!(many, "[Peer]\nPublicKey = {}\n", key(peer, 1));
        for prefix in 0..PREFIXES {
            let _ = writeln!(many, "AllowedIPs = fd53:{:x}:{prefix:x}::/48", peer + 1);
        }
    }
    let _ = write!(many, "[Peer]\nPublicKey = {}\nEndpoint = [2001:db8::2]:51820\n", key(PEERS, 1));
    for prefix in 0..MANY {
        let _ = writeln!(many, "AllowedIPs = 10.{}.{}.0/24", prefix / 256, prefix % 256);
    }
    let few = format!(
        "[Interface]\nPrivateKey = {second}\nListenPort = 51821\n[Peer]\nPublicKey = {}\nPresharedKey = {preshared}\n\
         AllowedIPs = fd54::/16\nEndpoint = 10.53.2.2:51820\nPersistentKeepalive = 25\n",
        key(0, 2)
    );
    for (name, file) in [("wg0", many), ("wg1", few)] {
        node.must(&["ip", "link", "add", name, "type", "wireguard"]);
        node.must_with(&["wg", "setconf", name, "/dev/stdin"], &file);
    }
    vec![first, second, preshared]
}

/// Makes a VRF, a dummy in it, routes of many kinds, policy rules and next-hop objects.
fn make_routes(node: &Node) {
    node.ip(&[
        "link set lo up",
        "link add blue type vrf table 100",
        "link add d0 type dummy",
        "link add d1 type dummy",
        "link set d0 master blue",
        "link set blue up",
        "link set d0 up mtu 9000",
        "link set d1 up",
        "link set wg0 up mtu 1420",
        "link set wg1 up mtu 1380",
        "address add fd53:101:4001::1/128 dev wg0",
        "address add 10.53.1.2/24 dev d1",
        "address add fd53:101:1000::10/64 dev d0",
        "route add fd53:1::/32 dev wg0",
        "route add fd54::/16 dev wg1 metric 32 proto bird",
        "route add unreachable fd53:101:1000::/48 metric 4294967295",
        "route add blackhole 10.9.0.0/16",
        "route add prohibit 10.10.0.0/16 table 100",
        "route add unreachable default metric 4278198272 table 100",
        "route add fd55::/16 from fd53:101::/32 dev wg0",
        "route add 10.0.0.0/16 dev wg0 src 10.53.1.2 mtu 1400",
        "route add 10.11.0.0/16 nexthop via 10.53.1.7 dev d1 weight 2 nexthop via 10.53.1.8 dev d1",
        "nexthop add id 54 via 10.53.1.9 dev d1",
        "nexthop add id 55 group 54",
        "nexthop add id 56 blackhole",
        "route add 10.12.0.0/16 nhid 55",
        "rule add fwmark 0x53/0xff lookup 100 priority 900",
    ]
    .map(str::to_owned));
    node.must(&["ip", "-6", "nexthop", "add", "id", "53", "dev", "wg0"]);
    node.must(&["ip", "route", "add", "fd56::/16", "nhid", "53"]);
    node.must(&[
        "ip",
        "-6",
        "rule",
        "add",
        "to",
        "fd53:101::/32",
        "iif",
        "lo",
        "prohibit",
        "priority",
        "901",
    ]);
}

/// Writes what the tools print, under the names that a folder of tools' output has.
fn write_tool_outputs(node: &Node, folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    let outputs: [(&str, &[&str]); 7] = [
        ("ip-link.json", &["ip", "-j", "-d", "link"]),
        ("ip-addr.json", &["ip", "-j", "-d", "addr"]),
        ("ip-6-route-table-all.json", &["ip", "-j", "-d", "-6", "route", "show", "table", "all"]),
        ("ip-4-route-table-all.json", &["ip", "-j", "-d", "-4", "route", "show", "table", "all"]),
        ("ip-6-rule.json", &["ip", "-j", "-d", "-6", "rule"]),
        ("ip-4-rule.json", &["ip", "-j", "-d", "-4", "rule"]),
        ("ip-nexthop.json", &["ip", "-j", "-d", "nexthop"]),
    ];
    for (name, command) in outputs {
        std::fs::write(folder.join(name), node.must(command)).unwrap();
    }
}

/// Reads a folder, in which no file may hold a secret.
fn read(folder: &Path, secrets: &[String]) -> Snapshot {
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        for entry in std::fs::read_dir(path).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                assert!(
                    !secrets.iter().any(|secret| text.contains(secret)),
                    "{:?} holds a secret",
                    entry.path()
                );
            }
        }
    }
    snapshot::folder::read(folder).unwrap()
}

fn routes(snapshot: &Snapshot) -> Vec<String> {
    snapshot.routes.iter().map(|(_, route)| format!("{route:?}")).collect()
}

/// The next-hop objects, but for their family: `ip` does not print it where there is no gateway.
fn nexthops(snapshot: &Snapshot) -> Vec<Nexthop> {
    snapshot.nexthops.iter().map(|object| Nexthop { family: None, ..object.clone() }).collect()
}

/// The public columns of `wg show all dump`, from the tool.
fn dump(node: &Node) -> BTreeSet<String> {
    node.must(&["wg", "show", "all", "dump"])
        .lines()
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [device, _, public, port, mark] => format!("{device} {public} {port} {mark}"),
            [device, public, preshared, endpoint, allowed, handshake, received, sent, keepalive] => {
                let mut allowed: Vec<&str> = allowed.split(',').collect();
                allowed.sort_unstable();
                let preshared = if preshared == "(none)" { "open" } else { "preshared" };
                let allowed = allowed.join(",");
                format!("{device} {public} {preshared} {endpoint} {allowed} {handshake} {received} {sent} {keepalive}")
            }
            _ => panic!("`wg show all dump` has an unknown line"),
        })
        .collect()
}

/// The same columns, from a capture.
fn rows(devices: &[Device]) -> BTreeSet<String> {
    devices
        .iter()
        .flat_map(|device| {
            [head(device)].into_iter().chain(device.peers.iter().map(|peer| row(device, peer)))
        })
        .collect()
}

fn head(device: &Device) -> String {
    let mark = if device.fwmark == 0 { "off".to_owned() } else { format!("{:#x}", device.fwmark) };
    format!("{} {} {} {mark}", device.name, device.public_key.unwrap(), device.listen_port.unwrap())
}

fn row(device: &Device, peer: &Peer) -> String {
    let mut allowed: Vec<String> = peer.allowed_ips.iter().map(ToString::to_string).collect();
    allowed.sort_unstable();
    format!(
        "{} {} {} {} {} {} {} {} {}",
        device.name,
        peer.public_key,
        if peer.preshared { "preshared" } else { "open" },
        peer.endpoint.map_or("(none)".to_owned(), |endpoint| endpoint.to_string()),
        allowed.join(","),
        peer.latest_handshake.unwrap_or(0),
        peer.received,
        peer.sent,
        peer.keepalive.map_or("off".to_owned(), |seconds| seconds.to_string()),
    )
}

/// A key of WireGuard's shape, made from two numbers.
fn key(number: u16, kind: u8) -> String {
    let mut bytes = [kind; 32];
    bytes[..2].copy_from_slice(&number.to_le_bytes());
    BASE64_STANDARD.encode(bytes)
}
