//! What an ordinary user sees, and what is left of root when collecting is over.

use std::fs;
use std::process::Command;

use routelint::collect::{Options, collect, drop_privileges};
use routelint::snapshot::{Snapshot, Source};

use crate::lab::{assert_complete, on_node, only_gap};

/// Collects in a process of its own, as the user nobody, and looks at what came of it there.
fn as_nobody(what: &str) {
    let own = std::env::current_exe().unwrap();
    let words =
        ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
    // The build directory may be closed to others.
    fs::copy(own, "/run/collect-test").unwrap();
    let output = Command::new("setpriv")
        .args(words)
        .args(["/run/collect-test", "--exact", "privilege::the_half_that_runs_as_nobody"])
        .env("ROUTELINT_TEST_CHILD", what)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{error}");
}

/// Started by the tests below in a process of its own.
#[test]
fn the_half_that_runs_as_nobody() {
    let Some(what) = std::env::var_os("ROUTELINT_TEST_CHILD") else {
        return println!("not by itself: the other tests start it");
    };
    let snapshot = collect(&Options::default()).unwrap();
    match what.to_str() {
        Some("open") => open(&snapshot),
        Some("files") => files(&snapshot),
        Some("daemons") => daemons(&snapshot),
        Some("group") => group(&snapshot),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ordinary_user_sees_what_rtnetlink_tells() {
    on_node(&["ip", "setpriv"], |node| {
        node.ip("route add 10.1.0.0/16 dev lo\nnexthop add id 3 blackhole\nrule add prio 7 lookup 9");
        as_nobody("open");
    });
}

fn open(snapshot: &Snapshot) {
    let open = [
        Source::Links,
        Source::Addresses,
        Source::Routes4,
        Source::Routes6,
        Source::Policy,
        Source::Nexthops,
        Source::Sysctls,
    ];
    open.iter().for_each(|source| assert_complete(snapshot, *source));
    assert!(snapshot.routes.iter().any(|(_, route)| route.dst.to_string() == "10.1.0.0/16"));
    assert_eq!((snapshot.nexthops.len(), snapshot.policy.iter().filter(|r| r.priority == 7).count()), (1, 1));
}

#[test]
fn files_that_an_ordinary_user_may_not_read_are_gaps() {
    on_node(&["ip", "setpriv"], |node| {
        if !(node.empty("/etc/wireguard") && node.empty("/etc/bird")) {
            return println!("skipped: there is no /etc/wireguard or no /etc/bird to hide");
        }
        fs::write("/etc/bird/bird.conf", "protocol device {}\n").unwrap();
        node.run("chmod 700 /etc/wireguard");
        node.run("chmod 600 /etc/bird/bird.conf");
        as_nobody("files");
    });
}

fn files(snapshot: &Snapshot) {
    let gap = only_gap(snapshot, Source::WgQuick);
    assert!(gap.part == "/etc/wireguard" && gap.why.remedy.contains("root"), "{gap:?}");
    let gap = only_gap(snapshot, Source::BirdConfig);
    assert!(gap.part == "/etc/bird/bird.conf" && gap.why.remedy.contains("group"), "{gap:?}");
}

#[test]
fn daemons_that_an_ordinary_user_may_not_ask_are_gaps() {
    on_node(&["ip", "setpriv", "wg", "wireguard-go", "bird", "birdc"], |node| {
        crate::wireguard::device(node, "wgn");
        crate::bird::daemon(node);
        as_nobody("daemons");
    });
}

fn daemons(snapshot: &Snapshot) {
    let gap = only_gap(snapshot, Source::Wireguard);
    assert!(gap.part == "wgn" && gap.why.remedy.contains("root"), "{gap:?}");
    for source in [Source::BirdConfig, Source::BirdSocket] {
        let gap = only_gap(snapshot, source);
        assert!(gap.part.starts_with("process") && gap.why.remedy.contains("group"), "{gap:?}");
    }
    assert_eq!(snapshot.bird.len(), 1);
}

#[test]
fn an_ordinary_user_in_birds_group_sees_bird() {
    on_node(&["ip", "setpriv", "bird", "birdc"], |node| {
        crate::bird::daemon(node);
        node.run("chown :65534 /run/bird/t.ctl");
        as_nobody("group");
    });
}

fn group(snapshot: &Snapshot) {
    assert_complete(snapshot, Source::BirdConfig);
    assert_complete(snapshot, Source::BirdSocket);
    assert_eq!(snapshot.bird.iter().map(|bird| bird.files.len()).collect::<Vec<_>>(), [5]);
}

#[test]
fn afterwards_the_kernel_refuses_any_change() {
    on_node(&["ip"], |node| {
        node.collect();
        drop_privileges().unwrap();
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            let line = status.lines().find(|line| line.starts_with(set)).unwrap();
            assert!(line.ends_with("0000000000000000"), "{line}");
        }
        // Not even a program that root starts gets anything back.
        let refused = Command::new("ip").args(["route", "add", "10.1.0.0/16", "dev", "lo"]).output().unwrap();
        let error = String::from_utf8_lossy(&refused.stderr);
        assert!(error.contains("Operation not permitted"), "{error}");
    });
}
