//! The command line as a person and a script meet it: exit status, switches, errors, pages.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

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

const PAGE: &str = "+++\n# A title\n\nA sentence.\n\n## Why\n\nReasons.\n\n## Fix\n\nA remedy.\n";

/// Writes one rule of the user's and judges by it.
fn with_rule(front_matter: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.md"), format!("+++\n{front_matter}\n{PAGE}")).unwrap();
    run(&["check", "--rule", "mine", "--rules", dir.path().to_str().unwrap()], &violated())
}

#[test]
fn a_rule_of_the_users_is_judged_like_ours() {
    let output = with_rule("severity = \"warning\"\n[[forbid.route]]\ntype = \"unreachable\"");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("warning mine on us-01\n"), "{}", stdout(&output));
}

#[test]
fn a_misspelt_word_of_a_rule_is_pointed_at_with_the_valid_ones() {
    let kinds = [
        (
            "severity = \"errors\"\n[[forbid.route]]\ntype = \"local\"",
            "\"errors\"",
            "valid: \"error\", \"warning\", \"note\"",
        ),
        ("severty = \"error\"", "severty", "valid: severity, forbid, require"),
        (
            "severity = \"error\"\n[[forbid.rout]]\ntype = \"local\"",
            "rout",
            "valid: source, refusal, file, key, plane",
        ),
        ("severity = \"error\"\n[[forbid.route]]\nkind = \"local\"", "kind", "valid: family, type, dst"),
        ("severity = \"error\"\n[[forbid.shadow]]\nby.kin = \"throw\"", "kin", "by.kind"),
        ("severity = \"error\"\n[[forbid.route]]\ntype = \"unicst\"", "\"unicst\"", "valid: unicast, local"),
        ("severity = \"error\"\n[[forbid.route]]\nmetric.mim = 3", "mim", "valid: not, min, max"),
        (
            "severity = \"error\"\n[[forbid.route]]\ndst.inside = \"own\"",
            "inside",
            "valid: not, within, outside, covers",
        ),
        (
            "severity = \"error\"\n[[forbid.route]]\ndst.within = \"onw\"",
            "\"onw\"",
            "the name of a set: planes, own, peers",
        ),
        ("severity = \"error\"\n[[forbid.route]]\nmetric.min = -1", "-1", "a whole number, not negative"),
        ("severity = \"error\"\n[[forbid.route]]\nwins = \"yes\"", "\"yes\"", "`true` or `false`"),
    ];
    for (front_matter, word, help) in kinds {
        let error = failure(&with_rule(front_matter));
        let line = 2 + front_matter.lines().position(|line| line.contains(word)).unwrap();
        assert!(error.contains(&format!("mine.md:{line}:")), "{error}");
        assert!(error.contains(&format!("{} ", "^".repeat(word.chars().count()))), "{error}");
        assert!(error.contains(help), "`{help}` is missing:\n{error}");
    }
}

#[test]
fn a_rule_without_pattern_or_prose_is_refused() {
    let error = failure(&with_rule("severity = \"error\""));
    assert!(error.contains("[[forbid.RELATION]]"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.md"), "# No front matter\n").unwrap();
    let error = failure(&run(&["check", "--rules", dir.path().to_str().unwrap()], &violated()));
    assert!(error.contains("put TOML between two `+++` lines"), "{error}");
}

/// Spoils a file of a copied fixture and gives the error of judging it.
fn spoilt(file: &str, spoil: impl Fn(String) -> String) -> String {
    let dir = copy(&violated());
    let path = dir.path().join(file);
    fs::write(&path, spoil(fs::read_to_string(&path).unwrap())).unwrap();
    let error = failure(&run(&["check"], dir.path()));
    error.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_broken_line_is_named_with_its_file_and_line() {
    let routes = |spoil: fn(String) -> String| spoilt("routes.jsonl", spoil);
    let error = routes(|text| text.replacen("}\n{", "}\n", 1));
    assert!(error.starts_with("routelint: routes.jsonl:2: column "), "{error}");
    let error = routes(|text| text.replacen("\"metric\"", "\"metrik\"", 1));
    assert!(error.starts_with("routelint: routes.jsonl:1: "), "{error}");
    assert!(error.contains("unknown field `metrik`"), "{error}");
    let error = routes(|text| text.replacen("\"dev\":\"eth0\"", "\"dev\":\"eth9\"", 1));
    assert!(error.contains("routes.jsonl:1: no link is called `eth9`"), "{error}");
    let error = spoilt("wireguard.jsonl", |text| text.replacen("[\"wg0\"", "[\"wg9\"", 1));
    assert!(error.contains("wireguard.jsonl:2: no line before this one has the device `wg9`"), "{error}");
    let error = spoilt("host.toml", |text| text.replacen("format = 1", "format = 9", 1));
    assert!(error.contains("host.toml: format 9 is not known, only 1"), "{error}");
    let error = spoilt("host.toml", |text| text.replacen("\"routes4\"", "\"routes5\"", 1));
    assert!(error.starts_with("routelint: host.toml:7:"), "{error}");
}

#[test]
fn a_folder_without_a_node_and_wrong_intent_are_errors() {
    let empty = tempfile::tempdir().unwrap();
    let error = failure(&run(&["check"], empty.path()));
    assert!(error.contains("holds no node"), "{error}");
    fs::remove_file(copy(&violated()).path().join("links.jsonl")).unwrap();
    let dir = copy(&violated());
    fs::remove_file(dir.path().join("links.jsonl")).unwrap();
    assert!(failure(&run(&["check"], dir.path())).contains("links.jsonl"));
    let dir = copy(&violated());
    fs::write(dir.path().join("routelint.toml"), "format = 1\n[[allow]]\nrule = \"x\"\n").unwrap();
    let error = failure(&run(&["check"], dir.path()));
    assert!(error.contains("is not valid intent") && error.contains("missing field `reason`"), "{error}");
    assert!(error.contains("routelint.toml:2:1 "), "{error}");
    let file = violated().join("host.toml");
    assert!(failure(&run(&["check"], &file)).contains("is a file; name the folder"));
    assert!(failure(&run(&[], Path::new("shwo"))).contains("`routelint --help` lists the commands"));
}

/// What decoders say of wrong values, with no name of a type of ours.
#[test]
fn a_wrong_value_is_told_in_the_words_of_the_file() {
    let routes = |line: &str| spoilt("routes.jsonl", |text| format!("{line}\n{text}"));
    let number = routes("3");
    assert!(number.contains("`3` stands where an object is wanted"), "{number}");
    let metric = routes(r#"{"dst":"::/0","table":"main","metric":"low"}"#);
    assert!(metric.contains("\"low\" stands where a number from 0 to 4294967295 is wanted"), "{metric}");
    let open = routes(r#"{"dst":"::/0""#);
    assert!(open.contains("the text ends within an object"), "{open}");
    let intent = |text: &str| {
        let dir = copy(&violated());
        fs::write(dir.path().join("routelint.toml"), text).unwrap();
        failure(&run(&["check"], dir.path()))
    };
    let allow = intent("format = 1\nallow = 3\n");
    assert!(
        allow.contains("routelint.toml:2:9 ") && allow.contains("`3` stands where a list is wanted"),
        "{allow}"
    );
    let nodes = intent("format = 1\nnodes = [1]\n");
    assert!(nodes.contains("a list stands where a table is wanted"), "{nodes}");
    let key = intent("format = 1\n[nodes.a]\npublic-keys = [\"x\"]\n");
    assert!(key.contains("routelint.toml:3:"), "{key}");
    for error in [allow, nodes, key, metric, open] {
        assert!(!error.contains("struct ") && !error.contains("u32") && !error.contains("Row"), "{error}");
    }
}

/// The notes on exceptions that an intent gets at a folder.
fn stale(intent: &str, extra: &[&str]) -> Vec<String> {
    let dir = copy(&violated());
    let path = dir.path().join("routelint.toml");
    fs::write(&path, format!("format = 1\n{intent}")).unwrap();
    let report = fixture::report(extra, dir.path());
    let stale = report["stale_allows"].as_array().unwrap().iter();
    stale.map(|one| format!("{} {}", one["place"], one["sentence"])).collect()
}

#[test]
fn an_exception_that_accepts_nothing_is_told_with_its_place() {
    let allow = |rule: &str, more: &str| format!("[[allow]]\nrule = \"{rule}\"\nreason = \"x\"\n{more}");
    let stale = |intent: &str| stale(intent, &[]);
    let used = allow("unreachable-shadows-wireguard", "");
    assert_eq!(stale(&used), [""; 0]);
    let told = stale(&(used.clone() + &allow("handshake-stale", "node = \"us-01\"\n")));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("routelint.toml:5\"") && told[0].contains("nothing asks for it any more"),
        "{told:?}"
    );
    assert!(stale(&allow("handshake", ""))[0].contains("which is no rule"));
    let over = stale(&allow("unreachable-shadows-wireguard", "until = \"2020-01-01\"\n"));
    assert!(over[0].contains("until 2020-01-01, which is over"), "{over:?}");
    // Another node, or a rule that was not judged, may need it.
    assert_eq!(stale(&allow("handshake-stale", "node = \"eu-01\"\n")), [""; 0]);
    assert_eq!(self::stale(&allow("handshake-stale", ""), &["--rule", "snapshot-torn"]), [""; 0]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = program()
        .args(["show", "route", "--format", "json"])
        .arg(fixture::under("fixtures/healthy/mesh"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn colour_follows_the_environment() {
    let coloured = |variables: &[(&str, &str)]| {
        let output = program().envs(variables.iter().copied()).arg(violated()).output().unwrap();
        stdout(&output).contains('\u{1b}')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn no_line_of_prose_is_wider_than_the_terminal() {
    for width in ["60", "80", "120"] {
        for path in [violated(), unproven(), healthy()] {
            let output = program().env("COLUMNS", width).arg(&path).output().unwrap();
            let is_command = |line: &str| line.contains("ip -6 ") || line.contains("wg set");
            let text = stdout(&output);
            let wide = text
                .lines()
                .find(|line| line.chars().count() > width.parse::<usize>().unwrap() && !is_command(line));
            assert_eq!(wide, None, "{} columns, {}", width, path.display());
        }
    }
}

#[test]
fn every_rule_has_a_page() {
    let listed = stdout(&program().arg("rules").output().unwrap());
    for rule in fixture::shipped_rules() {
        assert!(listed.lines().any(|line| line.starts_with(&format!("{rule} "))), "{rule}");
        let page = stdout(&program().args(["explain", &rule]).output().unwrap());
        assert!(
            page.starts_with("# ") && page.contains("\n## Why\n") && page.contains("\n## Fix\n"),
            "{page}"
        );
        assert!(page.contains(&format!("\nrule {rule}, severity ")), "{page}");
    }
}

#[test]
fn every_relation_is_listed_in_both_formats_and_explained() {
    let mesh = fixture::under("fixtures/healthy/mesh");
    for relation in routelint::relation::RELATIONS {
        let name = relation.name();
        let fields: Vec<&str> = relation.fields().iter().map(|field| field.name).collect();
        let reference = stdout(&program().args(["show", "--fields", name]).output().unwrap());
        assert!(reference.starts_with(&format!("{name}: ")), "{reference}");
        assert!(fields.iter().all(|field| reference.contains(&format!("\n{field} ("))), "{reference}");
        assert_eq!(status(&["show", name], &mesh), Some(0));
        let lines = stdout(&run(&["show", "--format", "json", name], &mesh));
        for line in lines.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let mut members: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(members.remove("node"), "{line}");
            assert_eq!(members, fields.iter().copied().collect(), "{name}");
        }
    }
}

#[test]
fn a_table_has_whole_headings_at_80_columns_and_whole_rows_in_a_pipe() {
    let outage = fixture::under("fixtures/outages/export-all");
    for relation in routelint::relation::RELATIONS {
        let name = relation.name();
        let fields: Vec<&str> = relation.fields().iter().map(|field| field.name).collect();
        assert!(relation.main().iter().all(|column| fields.contains(column)), "{name}");
        let shown = if relation.main().is_empty() { &fields[..] } else { relation.main() };
        let narrow = program().env("COLUMNS", "80").args(["show", name]).arg(&outage).output().unwrap();
        let headings = |text: &str| text.lines().next().unwrap_or_default().split_whitespace().count();
        assert_eq!(headings(&stdout(&narrow)), shown.len() + 1, "{name}: {}", stdout(&narrow));
        let rows = stdout(&run(&["show", "--format", "json", name], &outage)).lines().count();
        let piped = program().env_remove("COLUMNS").args(["show", "--all", name]).arg(&outage).output();
        let piped = stdout(&piped.unwrap());
        assert_eq!(headings(&piped), fields.len() + 1, "{name}: {piped}");
        let nodes = fixture::folders(&outage).len().max(1);
        assert_eq!(piped.lines().count(), rows + nodes, "{name}: {piped}");
    }
}

#[test]
fn a_long_table_says_how_many_rows_it_left_out() {
    let text = stdout(&run(&["show", "route", "--limit", "2"], &healthy()));
    let rows = stdout(&run(&["show", "route", "--format", "json"], &healthy())).lines().count();
    assert!(text.ends_with(&format!("and {} more rows, with `--limit`\n", rows - 2)), "{text}");
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
