//! What is wrong in what the user wrote is told with its place and what would be right.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{copy, failure, fixture, program, run, stderr, stdout, violated};

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
fn the_place_of_an_error_is_marked_under_tabs_and_a_missing_semicolon_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bird.conf");
    fs::write(&path, "filter own {\n\tif source = RTS_STATIC then accept\n\treject;\n}\n").unwrap();
    let output = program().args(["bird", "check"]).arg(&path).output().unwrap();
    let told = stdout(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        lines[0].ends_with(":3:2: expected a term, found `reject`; is a `;` missing before it?"),
        "{told}"
    );
    assert_eq!(lines[1..3], ["  \treject;", "  \t^^^^^^"]);
}
