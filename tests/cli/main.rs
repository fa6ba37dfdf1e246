//! The command line as a person and a script meet it: exit status, switches, errors, pages.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod bad_input;
mod bird;
#[path = "../fixture/mod.rs"]
mod fixture;
mod pages;
mod prove;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use fixture::{program, run, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

const FORMATS: [&str; 2] = ["table", "json"];

fn rules(path: &str) -> PathBuf {
    fixture::under("fixtures/rules").join(path)
}

fn violated() -> PathBuf {
    rules("unreachable-shadows-wireguard/fail-bird-metric-32")
}

fn warned() -> PathBuf {
    rules("postup-without-postdown/fail-policy-rule-stays")
}

fn noted() -> PathBuf {
    rules("own-prefix-without-discard/fail-default-route-takes-the-rest")
}

fn unproven() -> PathBuf {
    rules("handshake-stale/unproven-idle-without-keepalive")
}

fn healthy() -> PathBuf {
    fixture::under("fixtures/healthy/plain")
}

fn status(arguments: &[&str], path: &Path) -> Option<i32> {
    run(arguments, path).status.code()
}

/// Copies the files of a fixture, so that a test may spoil them.
fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for path in fixture::entries(from).into_iter().filter(|path| path.is_file()) {
        fs::copy(&path, to.path().join(fixture::name(&path))).unwrap();
    }
    to
}

#[test]
fn the_exit_status_is_the_same_in_every_format() {
    let wanted = [
        (violated(), 1),
        (warned(), 1),
        (noted(), 0),
        (unproven(), 2),
        (healthy(), 0),
        ("/nowhere".into(), 3),
    ];
    for format in FORMATS {
        for (path, code) in &wanted {
            let found = status(&["check", "--format", format], path);
            assert_eq!(found, Some(*code), "{} as {format}", path.display());
        }
    }
}

#[test]
fn the_least_severity_that_fails_can_be_chosen() {
    let wanted = [(violated(), [1, 1, 1]), (warned(), [0, 1, 1]), (noted(), [0, 0, 1])];
    for (path, codes) in wanted {
        for (least, code) in ["error", "warning", "note"].into_iter().zip(codes) {
            assert_eq!(
                status(&["check", "--fail-on", least], &path),
                Some(code),
                "{} {least}",
                path.display()
            );
        }
    }
}

#[test]
fn what_is_unproven_can_be_let_pass_but_no_violation() {
    assert_eq!(status(&["check", "--allow-unproven"], &unproven()), Some(0));
    assert_eq!(status(&["check", "--allow-unproven"], &violated()), Some(1));
    assert!(stdout(&run(&["check", "--allow-unproven"], &unproven())).contains("unproven"));
}

#[test]
fn quiet_prints_nothing_only_when_all_holds() {
    for format in FORMATS {
        assert_eq!(stdout(&run(&["check", "--quiet", "--format", format], &healthy())), "");
        assert_ne!(stdout(&run(&["check", "--quiet", "--format", format], &violated())), "");
        assert_ne!(stdout(&run(&["check", "--quiet", "--format", format], &unproven())), "");
    }
}

#[test]
fn check_is_the_default_command() {
    assert_eq!(run(&[], &violated()), run(&["check"], &violated()));
}

#[test]
fn one_rule_can_be_judged_alone() {
    let report = fixture::report(&["--rule", "handshake-stale", "--rule", "snapshot-torn"], &violated());
    let judged = report["nodes"][0]["rules"].as_array().unwrap();
    let judged: Vec<&str> = judged.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(judged, ["handshake-stale", "snapshot-torn"]);
}

/// A run that could not work: status 3, nothing on standard output, and the error.
fn failure(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(3), "{}", stderr(output));
    assert_eq!(stdout(output), "");
    stderr(output)
}

#[test]
fn an_unknown_rule_is_an_error_that_names_the_nearest() {
    for command in ["check", "rules"] {
        let mut program = program();
        program.args([command, "--rule", "unreachable-shadow"]);
        let path = (command == "check").then(violated);
        let error = failure(&program.args(path).output().unwrap());
        assert!(error.contains("there is no rule `unreachable-shadow`"), "{error}");
        assert!(error.contains("did you mean `unreachable-shadows-wireguard`?"), "{error}");
    }
    let error = failure(&program().args(["explain", "handshake"]).output().unwrap());
    assert!(error.contains("did you mean `handshake-stale`?"), "{error}");
}

#[test]
fn wrong_usage_is_status_3_and_help_is_0() {
    for arguments in
        [vec!["check", "--no-such"], vec!["check", "--format", "yaml"], vec!["show", "--limit", "x"]]
    {
        failure(&program().args(arguments).output().unwrap());
    }
    for arguments in [["--help"], ["--version"]] {
        let output = program().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(!stdout(&output).is_empty());
    }
    let error = failure(&program().args(["show", "rout"]).output().unwrap());
    assert!(error.contains("there is no relation `rout`; valid: source, refusal, file, key,"), "{error}");
}

/// The findings by what names them and what they say of it.
fn verdicts(report: &Value) -> Vec<String> {
    let names = ["node", "rule", "row", "verdict"];
    let one = |finding: &Value| names.map(|name| finding[name].as_str().unwrap().to_owned()).join(" | ");
    fixture::findings(report).iter().map(one).collect()
}

#[test]
fn inferred_intent_reads_back_and_judges_the_same() {
    let folders = fixture::of_rules().into_iter().map(|fixture| fixture.dir).chain([healthy()]);
    for dir in folders.filter(|dir| !dir.join("routelint.toml").exists()) {
        let output = run(&["init"], &dir);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let intent = tempfile::NamedTempFile::new().unwrap();
        fs::write(intent.path(), &output.stdout).unwrap();
        let inferred = fixture::report(&[], &dir);
        let meant = fixture::report(&["--intent", intent.path().to_str().unwrap()], &dir);
        assert_eq!(verdicts(&meant), verdicts(&inferred), "{}\n{}", dir.display(), stdout(&output));
    }
}

/// Judges the violated fixture under an intent that accepts something.
fn allowing(allow: &str) -> (Option<i32>, Value) {
    let dir = copy(&violated());
    fs::write(dir.path().join("routelint.toml"), format!("format = 1\n\n[[allow]]\n{allow}\n")).unwrap();
    (status(&["check"], dir.path()), fixture::report(&[], dir.path()))
}

#[test]
fn an_accepted_finding_is_shown_and_does_not_count() {
    let accepted =
        "rule = \"unreachable-shadows-wireguard\"\nreason = \"drained for repair\"\nuntil = \"2026-03-14\"";
    let (status, report) = allowing(accepted);
    assert_eq!(status, Some(0));
    assert_eq!((&report["summary"]["errors"], &report["summary"]["allowed"]), (&0.into(), &6.into()));
    assert!(fixture::findings(&report).iter().all(|finding| finding["allowed"] == "drained for repair"));
}

#[test]
fn an_exception_that_is_over_or_of_another_node_or_row_accepts_nothing() {
    let rule = "rule = \"unreachable-shadows-wireguard\"\nreason = \"drained\"\n";
    for other in ["until = \"2026-03-13\"", "node = \"us-02\"", "row = \"another\""] {
        let (status, report) = allowing(&format!("{rule}{other}"));
        assert_eq!((status, &report["summary"]["allowed"]), (Some(1), &0.into()), "{other}");
    }
    let row = fixture::findings(&fixture::report(&[], &violated()))[0]["row"].clone();
    let (status, report) = allowing(&format!("{rule}node = \"us-01\"\nrow = {row}"));
    assert_eq!((status, &report["summary"]["allowed"]), (Some(1), &1.into()));
}

#[test]
fn two_runs_print_the_same() {
    let mesh = fixture::under("fixtures/outages/export-all");
    for arguments in [vec!["check"], vec!["check", "--format", "json"], vec!["show", "shadow"], vec!["init"]]
    {
        let first = run(&arguments, &mesh);
        assert!(!first.stdout.is_empty());
        assert_eq!(first, run(&arguments, &mesh), "{arguments:?}");
    }
}

#[test]
fn nodes_are_sorted_by_name_whatever_the_order_of_the_paths() {
    let mut nodes = fixture::folders(&fixture::under("fixtures/outages/export-all"));
    let judge = |nodes: &[PathBuf]| {
        stdout(&program().args(["check", "--format", "json"]).args(nodes).output().unwrap())
    };
    let forward = judge(&nodes);
    nodes.reverse();
    assert_eq!(judge(&nodes), forward);
    let report: Value = serde_json::from_str(&forward).unwrap();
    let names: Vec<&str> =
        report["nodes"].as_array().unwrap().iter().map(|n| n["node"].as_str().unwrap()).collect();
    assert!(names.len() > 1 && names.is_sorted(), "{names:?}");
}

#[test]
fn every_report_fits_the_committed_schema() {
    let text = fs::read_to_string(fixture::under("docs/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let nodes = fixture::of_rules().into_iter().map(|fixture| fixture.dir);
    let meshes = fixture::healthy().into_iter().chain(fixture::folders(&fixture::under("fixtures/outages")));
    for dir in nodes.chain(meshes) {
        let report = fixture::report(&[], &dir);
        let problems: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", dir.display());
    }
    assert!(!validator.is_valid(&serde_json::json!({ "format": 1 })), "the schema refuses something");
}

#[test]
fn every_property_of_the_schema_is_described() {
    let text = fs::read_to_string(fixture::under("docs/report.schema.json")).unwrap();
    let mut bare = Vec::new();
    undescribed(&serde_json::from_str(&text).unwrap(), "", &mut bare);
    // Conditions say more about properties that are described elsewhere.
    bare.retain(|place| !["/if/", "/then/", "/else/"].iter().any(|branch| place.contains(branch)));
    assert!(bare.is_empty(), "{bare:#?}");
}

fn undescribed(schema: &Value, place: &str, bare: &mut Vec<String>) {
    let Some(members) = schema.as_object() else { return };
    for (name, value) in members {
        let here = format!("{place}/{name}");
        if place.ends_with("/properties") && value.get("description").is_none() && value.get("$ref").is_none()
        {
            bare.push(here.clone());
        }
        undescribed(value, &here, bare);
    }
}
