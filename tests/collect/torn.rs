//! A dump that races changes is whole, or said to be torn; never incomplete in silence.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use routelint::collect::netlink::routes;
use routelint::net::Family;
use routelint::snapshot::Source;

use crate::lab::{Node, on_node, only_gap};

const STABLE: usize = 20_000;

/// Fills the tables, and lets a process delete and add other routes for as long as the node lives.
fn churned(node: &mut Node) {
    let stable = (0..STABLE).map(|n| format!("route add fd00:{n:x}::/32 dev lo\n"));
    node.ip6_batch(&stable.collect::<String>());
    let others: String = (0..500).map(|n| format!("route replace fc00:{n:x}::/32 dev lo\n")).collect();
    let gone = others.replace("replace", "del");
    std::fs::write("/run/churn", others + &gone).unwrap();
    node.start(Command::new("sh").args(["-c", "while :; do ip -6 -batch /run/churn; done"]));
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn under_churn_a_dump_is_whole_or_said_to_be_torn() {
    on_node(&["ip", "sh"], |node| {
        churned(node);
        for round in 0..4 {
            let dumped = routes::dump(Family::V6, Duration::from_secs(1)).unwrap();
            let stable: BTreeSet<_> = dumped
                .routes
                .iter()
                .map(|route| route.dst)
                .filter(|dst| dst.to_string().starts_with("fd00:"))
                .collect();
            println!("round {round}: torn {}, {} of {STABLE} stable routes seen", dumped.torn, stable.len());
            assert!(dumped.torn || stable.len() == STABLE, "round {round}: {} of {STABLE}", stable.len());
        }
    });
}

#[test]
fn a_torn_dump_is_a_gap_with_a_remedy() {
    on_node(&["ip", "sh"], |node| {
        churned(node);
        let snapshot = node.collect();
        let stable = snapshot.routes.iter().filter(|(_, r)| r.dst.to_string().starts_with("fd00:")).count();
        if snapshot.sources.gaps(Source::Routes6).is_empty() {
            assert_eq!(stable, STABLE);
        } else {
            let gap = only_gap(&snapshot, Source::Routes6);
            assert!(gap.torn && gap.why.remedy.contains("again"), "{gap:?}");
        }
    });
}
