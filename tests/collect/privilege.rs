//! What an ordinary user sees, and what is left of root when collecting is over.

use std::fs;
use std::process::Command;

use routelint::collect::{Options, collect, drop_privileges};
use routelint::snapshot::{Snapshot, Source};

use crate::lab::{assert_complete, on_node, only_gap};

/// Does a part of a test in a process of its own, as the user nobody.
fn as_nobody(test: &str) {
    let own = std::env::current_exe().unwrap();
    let words =
        ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
    // The build directory may be closed to others.
    fs::copy(own, "/run/collect-test").unwrap();
    let output = Command::new("setpriv")
        .args(words)
        .args(["/run/collect-test", "--exact", test, "--nocapture", "--include-ignored"])
        .env("ROUTELINT_TEST_CHILD", test)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{error}");
}

#[test]
fn an_ordinary_user_sees_routes_and_is_told_what_else_to_do() {
    on_node(&["ip", "setpriv"], |node| {
        node.ip("route add 10.1.0.0/16 dev lo\nnexthop add id 3 blackhole\nrule add prio 7 lookup 9");
        let hidden = node.empty("/etc/wireguard") && node.empty("/etc/bird");
        if hidden {
            fs::write("/etc/bird/bird.conf", "protocol device {}\n").unwrap();
            node.run("chmod 700 /etc/wireguard");
            node.run("chmod 600 /etc/bird/bird.conf");
        } else {
            println!("skipped in part: there is no /etc/wireguard or no /etc/bird to hide");
        }
        as_nobody("privilege::child_sees_what_anybody_may");
    });
}

#[test]
#[ignore = "the half of another test that runs as nobody"]
fn child_sees_what_anybody_may() {
    if std::env::var_os("ROUTELINT_TEST_CHILD").is_none() {
        return;
    }
    let snapshot = collect(&Options::default()).unwrap();
    let open = [
        Source::Links,
        Source::Addresses,
        Source::Routes4,
        Source::Routes6,
        Source::Policy,
        Source::Nexthops,
        Source::Sysctls,
    ];
    open.iter().for_each(|source| assert_complete(&snapshot, *source));
    assert!(snapshot.routes.iter().any(|(_, route)| route.dst.to_string() == "10.1.0.0/16"));
    assert_eq!((snapshot.nexthops.len(), snapshot.policy.iter().filter(|r| r.priority == 7).count()), (1, 1));
    if std::path::Path::new("/etc/bird").exists() && std::path::Path::new("/etc/wireguard").exists() {
        closed(&snapshot);
    }
}

fn closed(snapshot: &Snapshot) {
    let gap = only_gap(snapshot, Source::WgQuick);
    assert!(gap.part == "/etc/wireguard" && gap.why.remedy.contains("root"), "{gap:?}");
    let gap = only_gap(snapshot, Source::BirdConfig);
    assert!(gap.part == "/etc/bird/bird.conf" && gap.why.remedy.contains("group"), "{gap:?}");
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
