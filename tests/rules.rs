//! Every rule against the nodes under `fixtures/`, at the boundary that a person sees.
//!
//! Fixtures are walked, never listed. `ROUTELINT_BLESS=1 cargo test --test rules` writes each `expected.txt`
//! anew; a person then reads the difference.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fixture::{Fixture, Wanted};
use serde_json::Value;

/// Why a report is not what its fixture's name promises; `None` when it is.
fn complaint(fixture: &Fixture, report: &Value) -> Option<String> {
    let outcome = fixture::outcome(report, &fixture.rule).unwrap_or("not judged");
    let wanted = match fixture.wanted {
        Wanted::Pass => "holds",
        Wanted::Fail => "violated",
        Wanted::Unproven => "unproven",
    };
    if outcome != wanted {
        return Some(format!("{}: the rule is {outcome}, not {wanted}", fixture.label()));
    }
    let others = others(&fixture.rule, report);
    let alone = fixture.wanted != Wanted::Fail || others.is_empty();
    (!alone).then(|| format!("{}: other rules speak as well: {}", fixture.label(), others.join(", ")))
}

/// The rules at warning level or above that speak without following from `rule`.
fn others(rule: &str, report: &Value) -> Vec<String> {
    let loud = fixture::findings(report).iter().filter(|finding| is_loud(finding));
    let strangers = loud.filter(|finding| root(finding, report)["rule"] != rule);
    let names: BTreeSet<&str> = strangers.filter_map(|finding| finding["rule"].as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn is_loud(finding: &Value) -> bool {
    finding["verdict"] == "violated" && finding["severity"] != "note"
}

/// The finding at the end of the chain of causes.
fn root<'r>(finding: &'r Value, report: &'r Value) -> &'r Value {
    let (mut at, mut steps) = (finding, 0);
    while !at["because"].is_null() {
        let cause = &at["because"];
        let same = |known: &&Value| known["rule"] == cause["rule"] && known["row"] == cause["row"];
        at = fixture::findings(report).iter().find(same).expect("a cause is a finding of the same report");
        steps += 1;
        assert!(steps < 100, "causes in a circle: {finding}");
    }
    at
}

fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_fixture_makes_its_rule_say_what_its_name_says() {
    let fixtures = fixture::of_rules();
    let complain = |fixture: &Fixture| complaint(fixture, &fixture::report(&[], &fixture.dir));
    assert_none(fixtures.iter().filter_map(complain).collect());
}

#[test]
fn healthy_nodes_are_silent() {
    let healthy = fixture::healthy();
    assert!(healthy.len() >= 3);
    for dir in healthy {
        let report = fixture::report(&[], &dir);
        let loud: Vec<&Value> =
            fixture::findings(&report).iter().filter(|finding| finding["severity"] != "note").collect();
        assert!(loud.is_empty(), "{}: {loud:#?}", dir.display());
    }
}

#[test]
fn every_rule_has_its_folder_and_every_folder_its_rule() {
    let folders: Vec<String> =
        fixture::folders(&fixture::under("fixtures/rules")).iter().map(|dir| fixture::name(dir)).collect();
    assert_eq!(folders, fixture::shipped_rules());
    let fixtures = fixture::of_rules();
    for rule in folders {
        let has = |wanted| fixtures.iter().any(|fixture| fixture.rule == rule && fixture.wanted == wanted);
        assert!(has(Wanted::Fail) && has(Wanted::Pass), "{rule} lacks a fail- or a pass-");
        assert!(has(Wanted::Unproven) || is_always_decided(&rule), "{rule} lacks an unproven-");
    }
}

/// Whether a rule asks no source for anything, so that it can never be unproven.
fn is_always_decided(rule: &str) -> bool {
    let catalogue = routelint::rule::Catalogue::shipped(&[]).unwrap();
    let asks = &catalogue.rule(rule).unwrap().asks;
    asks.iter().all(|ask| ask.relation.needs().is_empty() && ask.relation.reads().is_empty())
}

/// How many lines only one of two folders has, `expected.txt` aside.
fn distance(a: &Path, b: &Path) -> usize {
    let (a, b) = (lines(a), lines(b));
    let only = |here: &[String], there: &[String]| {
        let mut rest = there.to_vec();
        here.iter()
            .filter(|line| rest.iter().position(|r| r == *line).map(|at| rest.remove(at)).is_none())
            .count()
    };
    only(&a, &b).max(only(&b, &a))
}

fn lines(dir: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for path in fixture::entries(dir) {
        if path.is_dir() {
            lines.extend(self::lines(&path));
        } else if fixture::name(&path) != "expected.txt" {
            lines.extend(fs::read_to_string(&path).unwrap().lines().map(str::to_owned));
        }
    }
    lines
}

#[test]
fn some_failing_node_has_a_passing_neighbour_a_line_or_two_away() {
    let fixtures = fixture::of_rules();
    let of = |rule: &str, wanted| {
        fixtures.iter().filter(|f| f.rule == rule && f.wanted == wanted).collect::<Vec<_>>()
    };
    for rule in fixture::shipped_rules() {
        let (failing, passing) = (of(&rule, Wanted::Fail), of(&rule, Wanted::Pass));
        let pairs = failing.iter().flat_map(|f| passing.iter().map(|p| distance(&f.dir, &p.dir)));
        let nearest = pairs.min().unwrap();
        assert!(nearest <= 2, "{rule}: the nearest pair differs by {nearest} lines");
    }
}

#[test]
fn the_text_is_the_expected_one() {
    let bless = std::env::var_os("ROUTELINT_BLESS").is_some();
    let rules = fixture::of_rules().into_iter().map(|fixture| fixture.dir);
    let mut different = Vec::new();
    for dir in rules.chain(fixture::healthy()) {
        let text = fixture::stdout(&fixture::run(&["check"], &dir));
        let path = dir.join("expected.txt");
        if bless {
            fs::write(&path, &text).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if text != expected {
            different.push(format!("{}\n--- expected\n{expected}--- printed\n{text}", dir.display()));
        }
    }
    assert!(
        different.is_empty(),
        "\n{}\nread the differences, then bless them with ROUTELINT_BLESS=1",
        different.join("\n")
    );
}

/// The walker itself: with its rule taken away, every failing and every unproven fixture is complained of.
#[test]
fn without_its_rule_no_failing_fixture_passes() {
    let shipped = fixture::shipped_rules();
    for fixture in fixture::of_rules().iter().filter(|fixture| fixture.wanted != Wanted::Pass) {
        let rest = shipped.iter().filter(|rule| **rule != fixture.rule);
        let arguments: Vec<&str> = rest.flat_map(|rule| ["--rule", rule]).collect();
        let report = fixture::report(&arguments, &fixture.dir);
        assert!(complaint(fixture, &report).is_some(), "{} passes without its rule", fixture.label());
    }
}

/// Each pattern of a rule with several is what catches some failing fixture.
#[test]
fn without_any_one_of_its_patterns_a_rule_misses_a_failing_fixture() {
    let fixtures = fixture::of_rules();
    for rule in fixture::shipped_rules() {
        let failing: Vec<&Fixture> =
            fixtures.iter().filter(|f| f.rule == rule && f.wanted == Wanted::Fail).collect();
        for (number, mutant) in mutants(&rule).into_iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("mutant.md"), mutant).unwrap();
            let folder = dir.path().to_str().unwrap();
            let misses = |fixture: &&Fixture| {
                let report = fixture::report(&["--rules", folder, "--rule", "mutant"], &fixture.dir);
                fixture::outcome(&report, "mutant") != Some("violated")
            };
            assert!(failing.iter().any(misses), "{rule}: no fixture needs its pattern {}", number + 1);
        }
    }
}

/// The text of a rule with one pattern left out, for each of its patterns; none for a rule with a single one.
fn mutants(rule: &str) -> Vec<String> {
    let text = fs::read_to_string(fixture::under(&format!("rules/{rule}.md"))).unwrap();
    let (front, page) = text.split_once("\n+++\n").unwrap();
    let parts: Vec<&str> = front.split("\n[[").collect();
    let (head, patterns) = (parts[0], &parts[1..]);
    if patterns.len() < 2 {
        return Vec::new();
    }
    let without = |left_out: usize| {
        let kept = patterns.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept: String = kept.map(|(_, pattern)| format!("\n[[{pattern}")).collect();
        format!("{head}{kept}\n+++\n{page}")
    };
    (0..patterns.len()).map(without).collect()
}
