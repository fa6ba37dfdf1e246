//! `bird run`, `bird check` and `bird test` as an operator and a program meet them.

use std::fs;
use std::process::Output;

use super::{Value, program, stderr, stdout};

const CODE: &str = "filter own { if source = RTS_STATIC then accept; reject; }
filter two_long { if bgp_path.len = 2 then accept; reject; }
function right() { bt_assert(1 = 1); }
function wrong() { print \"here\"; bt_assert(1 = 2); }
bt_test_suite(right, \"what holds\");
bt_test_suite(wrong, \"what does not\");
";

/// Runs `bird` with arguments beside the file.
fn bird(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bird.conf"), CODE).unwrap();
    program().arg("bird").args(arguments).current_dir(folder.path()).output().unwrap()
}

#[test]
fn a_path_needs_no_quotes_behind_those_of_the_shell() {
    let whole = ["run", "bird.conf", "two_long", "--route", "net=10.0.0.0/8", "bgp_path=64512 64513"];
    assert_eq!(bird(&whole).status.code(), Some(0), "{}", stderr(&bird(&whole)));
    let one =
        ["run", "bird.conf", "two_long", "--route", "net=10.0.0.0/8 bgp_path=\"64512 64513\" source=RTS_BGP"];
    assert_eq!(bird(&one).status.code(), Some(0), "{}", stderr(&bird(&one)));
}

#[test]
fn what_the_route_does_not_say_is_told() {
    let output = bird(&["run", "bird.conf", "own", "--route", "net=10.0.0.0/8"]);
    assert!(stdout(&output).contains("\n  supposing source = RTS_STATIC"), "{}", stdout(&output));
    let output = bird(&["run", "bird.conf", "own", "--route", "net=10.0.0.0/8", "source=RTS_BGP"]);
    assert!(!stdout(&output).contains("supposing"), "{}", stdout(&output));
}

#[test]
fn a_route_is_asked_about_alone() {
    let output = bird(&["run", "bird.conf", "own", "--route", "net=10.0.0.0/8", "--route", "net=11.0.0.0/8"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("`net` is given twice"), "{}", stderr(&output));
}

#[test]
fn versions_of_other_languages_are_refused() {
    for version in ["1.6.8", "4.0"] {
        let output = bird(&["check", "bird.conf", "--bird-version", version]);
        assert_eq!(output.status.code(), Some(3));
        assert!(stderr(&output).contains("2.0 to 3.4"), "{}", stderr(&output));
    }
}

#[test]
fn programs_get_an_object_a_line() {
    let lines = |arguments: &[&str]| {
        let output = bird(arguments);
        assert_eq!(output.status.code(), Some(1));
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let tests = lines(&["test", "bird.conf", "--format", "json"]);
    assert_eq!(tests.len(), 2);
    assert_eq!((&tests[0]["name"], &tests[0]["passed"]), (&"right".into(), &true.into()));
    assert_eq!((&tests[1]["passed"], &tests[1]["printed"][0]), (&false.into(), &"here".into()));
    assert_eq!(tests[1]["failures"][0]["line"], 4);
    // A configuration without any protocol is refused by BIRD.
    let errors = lines(&["check", "bird.conf", "--format", "json"]);
    assert!(errors.iter().any(|error| error["message"].as_str().is_some_and(|m| m.contains("protocol"))));
}
