//! A fault that hits more routes than anybody reads: one finding tells it, whole, and its cause is still found.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod fixture;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The outage's node with further routes into the tunnel, each of them beaten by a discard of BIRD.
fn outage_with(further: u32, dir: &Path) {
    copy(&fixture::under("fixtures/outages/export-all/us-01"), dir);
    let mut routes = fs::read_to_string(dir.join("routes.jsonl")).unwrap();
    for at in 0..further {
        let dst = format!("fd60:{:x}::/48", at + 1);
        let rest = "\"table\":\"main\"";
        let discard = "\"type\":\"unreachable\",\"dev\":\"lo\",\"metric\":32,\"protocol\":\"bird\"";
        let tunnel = "\"dev\":\"wg0\",\"metric\":1024,\"protocol\":\"boot\"";
        writeln!(routes, "{{\"dst\":\"{dst}\",{rest},{discard}}}\n{{\"dst\":\"{dst}\",{rest},{tunnel}}}")
            .unwrap();
    }
    fs::write(dir.join("routes.jsonl"), routes).unwrap();
    let peers = fs::read_to_string(dir.join("wireguard.jsonl")).unwrap();
    let peers = peers.replacen("\"allowed-ips\":[", "\"allowed-ips\":[\"fd60::/16\",", 1);
    fs::write(dir.join("wireguard.jsonl"), peers).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in fixture::entries(from) {
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

/// What a rule finds on such a node.
fn found(rule: &str, further: u32) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    outage_with(further, dir.path());
    let report = fixture::report(&[], dir.path());
    fixture::findings(&report).iter().filter(|finding| finding["rule"] == rule).cloned().collect()
}

fn shadows(further: u32) -> Vec<Value> {
    found("unreachable-shadows-wireguard", further)
}

#[test]
fn few_shadows_are_told_one_by_one_and_many_as_one() {
    let (plain, few, many) = (shadows(0), shadows(500), shadows(3000));
    assert_eq!((few.len(), many.len()), (plain.len() + 500, 1));
    let sentence = many[0]["sentence"].as_str().unwrap();
    assert!(sentence.contains(&format!("{} routes into wg0", plain.len() + 3000)), "{sentence}");
    for finding in plain.iter().chain(&few).chain(&many) {
        assert_eq!(finding["because"]["rule"], "kernel-export-installs-discard", "{finding}");
    }
}

#[test]
fn few_routes_that_bird_left_are_told_one_by_one_and_many_as_one() {
    let left = |further| found("rib-fib-divergence", further);
    let (plain, few, many) = (left(0), left(500), left(3000));
    assert_eq!((few.len(), many.len()), (plain.len() + 500, plain.len() + 1));
    let of_many =
        many.iter().find(|finding| finding["row"].as_str().unwrap().contains("routes like")).unwrap();
    let sentence = of_many["sentence"].as_str().unwrap();
    assert!(sentence.contains("and 2999 prefixes like it"), "{sentence}");
    let now = of_many["now"][0].as_str().unwrap();
    assert_eq!(now, "ip -6 route show table main type unreachable proto bird metric 32");
}

#[test]
fn the_report_on_many_shadows_is_as_long_as_on_few() {
    let lines = |further| {
        let dir = tempfile::tempdir().unwrap();
        outage_with(further, dir.path());
        fixture::stdout(&fixture::run(&["check"], dir.path())).lines().count()
    };
    let (few, many) = (lines(1), lines(3000));
    assert!(many <= few + 4, "{many} lines instead of {few}");
}

#[test]
fn a_line_with_thousands_of_errors_is_shown_around_each() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("protocol static {{ {} }}\n", "nonsense here; ".repeat(5000));
    fs::write(dir.path().join("bird.conf"), long).unwrap();
    let report = fixture::report(&[], dir.path());
    let findings = fixture::findings(&report);
    let evidence = findings.iter().flat_map(|finding| finding["evidence"].as_array().unwrap());
    let texts: Vec<&str> = evidence.map(|one| one["text"].as_str().unwrap()).collect();
    assert!(texts.iter().any(|text| text.contains("nonsense here;")), "{report}");
    assert!(texts.iter().all(|text| text.chars().count() <= 402), "{texts:?}");
}

/// A hundred tables around one: a session's own table gets others' routes only through its pipe, which is followed.
#[test]
fn many_tables_around_one_are_followed() {
    let through = |pipe: &str| {
        let mut text = String::from("router id 10.0.0.1;\nprotocol device {}\n");
        for at in 0..100 {
            writeln!(text, "ipv6 table t{at};").unwrap();
            let import = if at == 0 { pipe } else { "all" };
            writeln!(
                text,
                "protocol pipe p{at} {{ table master6; peer table t{at}; import all; export {import}; }}
                 protocol bgp s{at} {{ local as 65000; neighbor fd00::{at:x} as {}; ipv6 {{ table t{at};
                 import {}; export {}; }}; }}",
                65001 + at,
                if at == 0 { "none" } else { "all" },
                if at == 0 { "where source = RTS_BGP" } else { "none" },
            )
            .unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("bird.conf"), text).unwrap();
        let report = fixture::report(&["--rule", "export-beyond-own-static"], dir.path());
        (fixture::findings(&report).len(), report["summary"]["unproven"].as_u64().unwrap())
    };
    assert_eq!(through("all"), (1, 0));
    assert_eq!(through("where source = RTS_STATIC"), (0, 0));
}
