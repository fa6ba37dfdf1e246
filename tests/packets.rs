//! routelint's verdict on every node of the lab agrees with what becomes of real packets.
//!
//! Each test breaks the mesh in one way, first holds the packets against what the fault must do to them, and only then
//! routelint against the packets.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod lab;
#[path = "lab/verdict.rs"]
mod verdict;

use lab::story::{NODES, PLANES, member};
use lab::{Families, Mesh, Options, Outcome, Probe, skip};
use nix::errno::Errno;
use routelint::net::Family;
use verdict::{agree, culprits};

/// One way to break us-01 of the healthy mesh.
struct Fault {
    apply: fn(&Mesh),
    undo: fn(&Mesh),
    /// What becomes of packets from us-01, where they are lost: the peer, the planes, and how.
    lost: &'static [(&'static str, &'static [u16], Loss)],
    /// What becomes of packets from those peers on those planes to us-01.
    back: Back,
    /// The rules that may speak without naming a cause; at least one of them does.
    rules: &'static [&'static str],
}

/// How the sender learns that a packet is lost.
#[derive(Clone, Copy)]
enum Loss {
    /// The kernel refuses.
    Refused(Errno),
    /// Nobody says anything.
    Silent,
    /// WireGuard has no peer for it: the kernel's refuses, wireguard-go is silent.
    NoPeer,
}

/// What becomes of a question that the broken node is asked.
#[derive(Clone, Copy)]
enum Back {
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// It is not admitted.
    NotAdmitted,
}

impl Fault {
    /// Breaks the shared mesh, holds packets and verdicts against each other, and mends it.
    fn is_judged_rightly(&self) {
        let Some(mesh) = Mesh::shared() else { return };
        all_delivered(&mesh.probe());
        let mended = MendedAtLast { mesh: &mesh, undo: self.undo };
        (self.apply)(&mesh);
        let probes = mesh.probe();
        self.does_to(&probes);
        let findings = agree(&mesh, &probes);
        assert!(!findings.is_empty(), "no error is found");
        for finding in findings.iter().filter(|finding| !finding.follows) {
            assert!(self.rules.contains(&finding.rule.as_str()), "beside the point: {finding:#?}");
        }
        drop(mended);
        all_delivered(&mesh.probe());
    }

    /// Asserts that the packets fare as the fault must make them fare.
    fn does_to(&self, probes: &[Probe]) {
        for probe in probes {
            let away = self.loss(probe.to, probe.plane).filter(|_| probe.from == "us-01");
            let back = self.loss(probe.from, probe.plane).filter(|_| probe.to == "us-01");
            let expected = match (away, back) {
                (Some(loss), _) => loss.outcome(),
                (None, Some(_)) => Outcome::Silence,
                (None, None) => Outcome::Delivered,
            };
            assert_eq!(probe.outcome, expected, "{probe:?}");
            if back.is_some() {
                assert_eq!(probe.heard, matches!(self.back, Back::AnswerLost), "{probe:?}");
            }
        }
    }

    fn loss(&self, peer: &str, plane: u16) -> Option<Loss> {
        let row = self.lost.iter().find(|(name, planes, _)| *name == peer && planes.contains(&plane));
        row.map(|(_, _, loss)| *loss)
    }
}

impl Loss {
    fn outcome(self) -> Outcome {
        match self {
            Loss::Refused(errno) => Outcome::Refused(errno),
            Loss::NoPeer if skip::kernel_wireguard() => Outcome::Refused(Errno::ENOKEY),
            Loss::NoPeer | Loss::Silent => Outcome::Silence,
        }
    }
}

/// Undoes a fault also when the test fails.
struct MendedAtLast<'a> {
    mesh: &'a Mesh,
    undo: fn(&Mesh),
}

impl Drop for MendedAtLast<'_> {
    fn drop(&mut self) {
        (self.undo)(self.mesh);
    }
}

fn all_delivered(probes: &[Probe]) {
    let lost: Vec<_> = probes.iter().filter(|probe| !probe.delivered()).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_healthy_mesh_has_no_error() {
    let Some(mesh) = Mesh::shared() else { return };
    let probes = mesh.probe();
    assert_eq!(probes.len(), 36);
    all_delivered(&probes);
    assert!(agree(&mesh, &probes).is_empty());
}

#[test]
fn export_all_takes_every_packet() {
    let Some(mesh) = Mesh::up(&Options::export_all()) else { return };
    let probes = mesh.probe();
    assert_eq!(probes.len(), 36);
    for probe in &probes {
        assert_eq!(probe.outcome, Outcome::Refused(Errno::EHOSTUNREACH), "{probe:?}");
    }
    let findings = agree(&mesh, &probes);
    assert_eq!(culprits(&findings, "unreachable-shadows-wireguard"), NODES.map(|node| node.name));
}

#[test]
fn export_all_spares_ipv4() {
    let options = Options { families: Families::Both, ..Options::export_all() };
    let Some(mesh) = Mesh::up(&options) else { return };
    let probes = mesh.probe();
    assert_eq!(probes.len(), 72);
    for probe in &probes {
        assert_eq!(probe.delivered(), probe.family == Family::V4, "{probe:?}");
    }
    let findings = agree(&mesh, &probes);
    assert_eq!(culprits(&findings, "unreachable-shadows-wireguard"), NODES.map(|node| node.name));
}

#[test]
fn a_template_that_lists_every_plane_takes_the_packets_of_its_node() {
    let options = Options {
        kernel_export: "where source = RTS_STATIC",
        static_all: vec!["us-01"],
        ..Options::default()
    };
    let Some(mesh) = Mesh::up(&options) else { return };
    let probes = mesh.probe();
    for probe in &probes {
        assert_eq!(probe.delivered(), ![probe.from, probe.to].contains(&"us-01"), "{probe:?}");
    }
    let findings = agree(&mesh, &probes);
    assert_eq!(culprits(&findings, "unreachable-shadows-wireguard"), ["us-01"]);
}

#[test]
fn a_direct_mesh_survives_export_all() {
    let options = Options {
        kernel_export: "none",
        session: lab::Session::Direct,
        bgp_export: vec![("us-01", "all")],
        ..Options::default()
    };
    let Some(mesh) = Mesh::up(&options) else { return };
    let probes = mesh.probe();
    all_delivered(&probes);
    assert!(agree(&mesh, &probes).is_empty());
}

#[test]
fn a_peer_that_lacks_a_plane() {
    Fault {
        apply: |mesh| allow(mesh, "us-02", &["1000", "1200"], ""),
        undo: |mesh| allow(mesh, "us-02", &["1000", "1100", "1200"], ""),
        lost: &[("us-02", &[0x1100], Loss::NoPeer)],
        back: Back::NotAdmitted,
        rules: &["route-outside-allowed-ips", "peer-missing-plane"],
    }
    .is_judged_rightly();
}

#[test]
fn a_plane_that_two_peers_claim() {
    Fault {
        apply: |mesh| allow(mesh, "eu-01", &["1000", "1100", "1200"], ",fd53:102:1000::/48"),
        undo: |mesh| {
            allow(mesh, "eu-01", &["1000", "1100", "1200"], "");
            allow(mesh, "us-02", &["1000", "1100", "1200"], "");
        },
        lost: &[("us-02", &[0x1000], Loss::Silent)],
        back: Back::NotAdmitted,
        rules: &["allowed-ips-overlap", "peer-missing-plane"],
    }
    .is_judged_rightly();
}

#[test]
fn a_longer_prefix_through_the_underlay() {
    Fault {
        apply: |mesh| {
            mesh.commands("us-01", &["ip route add fd53:102:1000::/64 via 2001:db8:1::1 dev eth0"]);
        },
        undo: |mesh| mesh.commands("us-01", &["ip route del fd53:102:1000::/64 via 2001:db8:1::1 dev eth0"]),
        lost: &[("us-02", &[0x1000], Loss::Silent)],
        back: Back::AnswerLost,
        rules: &["foreign-route-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn policy_rules_that_take_planes_away() {
    Fault {
        apply: |mesh| {
            mesh.commands(
                "us-01",
                &[
                    "ip -6 route add blackhole default table 100",
                    "ip route add default via 2001:db8:1::1 dev eth0 table 102",
                    "ip -6 rule add to fd53:102:1000::/48 lookup 100 priority 1000",
                    "ip -6 rule add to fd53:201:1000::/48 prohibit priority 1002",
                    "ip -6 rule add to fd53:201:1100::/48 unreachable priority 1003",
                    "ip -6 rule add to fd53:201:1200::/48 blackhole priority 1004",
                    "ip -6 rule add to fd53:202:1000::/48 iif lo lookup 102 priority 1005",
                    "ip -6 rule add fwmark 0x53 lookup 100 priority 1006",
                ],
            );
        },
        undo: |mesh| {
            mesh.commands("us-01", &["ip -6 route flush table 100", "ip -6 route flush table 102"]);
            for priority in ["1000", "1002", "1003", "1004", "1005", "1006"] {
                mesh.commands("us-01", &[&format!("ip -6 rule del priority {priority}")]);
            }
        },
        lost: &[
            ("us-02", &[0x1000], Loss::Refused(Errno::EINVAL)),
            ("eu-01", &[0x1000], Loss::Refused(Errno::EACCES)),
            ("eu-01", &[0x1100], Loss::Refused(Errno::ENETUNREACH)),
            ("eu-01", &[0x1200], Loss::Refused(Errno::EINVAL)),
            ("eu-02", &[0x1000], Loss::Silent),
        ],
        back: Back::AnswerLost,
        rules: &["unreachable-shadows-wireguard", "foreign-route-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn routes_that_refuse() {
    Fault {
        apply: |mesh| {
            mesh.commands(
                "us-01",
                &[
                    "ip route add blackhole fd53:102:1000::/48 metric 100",
                    "ip route add prohibit fd53:102:1100::/48 metric 100",
                    "ip route add unreachable fd53:102:1200::/48 metric 100",
                    // A throw goes on with the next policy rule, which leads to the tunnel's table all the same.
                    "ip route add throw fd53:201:1100::/48 table 100",
                    "ip -6 rule add to fd53:201:1100::/48 lookup 100 priority 900",
                ],
            );
        },
        undo: |mesh| {
            mesh.commands(
                "us-01",
                &[
                    "ip route del blackhole fd53:102:1000::/48 metric 100",
                    "ip route del prohibit fd53:102:1100::/48 metric 100",
                    "ip route del unreachable fd53:102:1200::/48 metric 100",
                    "ip route del throw fd53:201:1100::/48 table 100",
                    "ip -6 rule del priority 900",
                ],
            );
        },
        lost: &[
            ("us-02", &[0x1000], Loss::Refused(Errno::EINVAL)),
            ("us-02", &[0x1100], Loss::Refused(Errno::EACCES)),
            ("us-02", &[0x1200], Loss::Refused(Errno::EHOSTUNREACH)),
        ],
        back: Back::AnswerLost,
        rules: &["unreachable-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn a_throw_without_another_route() {
    Fault {
        apply: |mesh| mesh.commands("us-01", &["ip route add throw fd53:201:1000::/48 metric 100"]),
        undo: |mesh| mesh.commands("us-01", &["ip route del throw fd53:201:1000::/48 metric 100"]),
        lost: &[("eu-01", &[0x1000], Loss::Refused(Errno::ENETUNREACH))],
        back: Back::AnswerLost,
        rules: &["allowed-ips-without-route", "unreachable-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn post_up_that_did_not_run() {
    Fault {
        apply: |mesh| {
            mesh.commands("us-01", &["sed -i.before /^Post.*::\\/48/d /etc/wireguard/wg0.conf"]);
            each_plane(mesh, "del");
        },
        undo: |mesh| {
            mesh.commands("us-01", &["mv /etc/wireguard/wg0.conf.before /etc/wireguard/wg0.conf"]);
            each_plane(mesh, "add");
        },
        lost: EVERYTHING,
        back: Back::AnswerLost,
        rules: &["allowed-ips-without-route", "foreign-route-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn a_tunnel_that_went_down_and_up() {
    Fault {
        apply: |mesh| mesh.commands("us-01", &["ip link set wg0 down", "ip link set wg0 up"]),
        undo: |mesh| mesh.raise_tunnel("us-01"),
        lost: EVERYTHING,
        back: Back::AnswerLost,
        rules: &["allowed-ips-without-route", "foreign-route-shadows-wireguard"],
    }
    .is_judged_rightly();
}

#[test]
fn an_endpoint_inside_its_own_tunnel() {
    Fault {
        apply: |mesh| {
            mesh.commands("us-01", &["ip route add 10.53.2.0/24 dev wg0"]);
            meet_anew(mesh, "us-02", ",10.53.2.0/24");
        },
        undo: |mesh| {
            mesh.commands("us-01", &["ip route del 10.53.2.0/24 dev wg0"]);
            meet_anew(mesh, "us-02", "");
        },
        lost: &[("us-02", &PLANES, Loss::Silent)],
        back: Back::NotAdmitted,
        rules: &["endpoint-through-own-tunnel"],
    }
    .is_judged_rightly();
}

#[test]
fn a_route_into_the_tunnel_that_no_peer_serves() {
    let Some(mesh) = Mesh::shared() else { return };
    let undo = |mesh: &Mesh| mesh.commands("us-01", &["ip route del fd53:102:1300::/48 dev wg0"]);
    let mended = MendedAtLast { mesh: &mesh, undo };
    mesh.commands("us-01", &["ip route add fd53:102:1300::/48 dev wg0"]);
    let (us_01, us_02) = (member("us-01"), member("us-02"));
    let stray = lab::packet::Question {
        from: us_01,
        to: us_02,
        plane: 0x1300,
        source: us_01.host6(0x1000).into(),
        destination: us_02.host6(0x1300).into(),
    };
    let probes = mesh.ask(&[stray]);
    assert_eq!(probes[0].outcome, Loss::NoPeer.outcome());
    all_delivered(&mesh.probe());
    let findings = agree(&mesh, &probes);
    assert_eq!(culprits(&findings, "route-outside-allowed-ips"), ["us-01"]);
    assert!(findings.iter().all(|finding| finding.rule == "route-outside-allowed-ips" || finding.follows));
    drop(mended);
}

/// Every packet between us-01 and its peers.
const EVERYTHING: &[(&str, &[u16], Loss)] =
    &[("us-02", &PLANES, Loss::Silent), ("eu-01", &PLANES, Loss::Silent), ("eu-02", &PLANES, Loss::Silent)];

/// Sets what us-01 admits from a peer: these planes, its tunnel address, and what `beside` adds.
fn allow(mesh: &Mesh, peer: &str, planes: &[&str], beside: &str) {
    let group = format!("{:x}", member(peer).group);
    let planes: String = planes.iter().map(|plane| format!("fd53:{group}:{plane}::/48,")).collect();
    let allowed = format!("{planes}fd53:{group}:4001::1/128{beside}");
    let key = mesh.public_key(peer);
    mesh.commands("us-01", &[&format!("wg set wg0 peer {key} allowed-ips {allowed}")]);
}

/// Makes us-01 forget a peer and meet it again: wireguard-go goes on with the path that it used last, so that a wrong
/// route to the endpoint would show only at the next handshake.
fn meet_anew(mesh: &Mesh, peer: &str, beside: &str) {
    let (key, endpoint) = (mesh.public_key(peer), member(peer).underlay4());
    mesh.commands(
        "us-01",
        &[
            &format!("wg set wg0 peer {key} remove"),
            &format!("wg set wg0 peer {key} endpoint {endpoint}:51820 persistent-keepalive 25"),
        ],
    );
    allow(mesh, peer, &["1000", "1100", "1200"], beside);
}

/// Adds or deletes us-01's routes to all planes of its peers.
fn each_plane(mesh: &Mesh, verb: &str) {
    for (peer, plane) in member("us-01").peers().flat_map(|peer| PLANES.map(|plane| (peer, plane))) {
        mesh.commands("us-01", &[&format!("ip route {verb} {} dev wg0", peer.plane6(plane))]);
    }
}
