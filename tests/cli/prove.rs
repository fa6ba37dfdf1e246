//! `bird prove` as an operator meets it.

use std::fs;
use std::process::Output;

use super::{Value, failure, program, stderr, stdout};

const CODE: &str = "function own() { return source = RTS_STATIC && net ~ [ 2001:db8::/32+ ]; }
function within(int length) { return net.len <= length; }
filter strict { if own() then accept; reject; }
filter loose {
  if own() then accept;
  if (65000, 1) ~ bgp_community then { bgp_med = 5; accept; }
  reject;
}
filter loops { int n = 0; for int asn in bgp_path do n = n * 3 + asn; if n = 7000001 then accept; reject; }
";

/// Asks in the folder of the file, as an operator would.
fn prove(name: &str, claim: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bird.conf"), CODE).unwrap();
    let arguments = ["bird", "prove", "bird.conf", name, "--accepts-only", claim];
    program().args(arguments).args(more).current_dir(folder.path()).output().unwrap()
}

#[test]
fn what_is_proved_is_said_in_a_line() {
    let output = prove("strict", "source = RTS_STATIC", &[]);
    assert_eq!(stdout(&output), "proved: strict accepts only `source = RTS_STATIC`\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_witness_shows_what_makes_it_pass() {
    let output = prove("loose", "source = RTS_STATIC", &[]);
    let expected = "refuted: loose accepts this route
  net = ::/0
  source = RTS_INHERIT
  bgp_community = (clist (65000,1))
by these lines
  bird.conf:5: if own() then accept;
  bird.conf:1: function own() { return source = RTS_STATIC && net ~ [ 2001:db8::/…
  bird.conf:6: if (65000, 1) ~ bgp_community then { bgp_med = 5; accept; }
";
    assert_eq!(stdout(&output), expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_is_undecided_names_the_line() {
    let output = prove("loops", "source = RTS_STATIC", &[]);
    let text = stdout(&output);
    assert!(
        text.starts_with("undecided: whether loops accepts only `source = RTS_STATIC` depends on"),
        "{text}"
    );
    assert!(text.contains("\n  bird.conf:9: filter loops"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("undecided")), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_json_form_says_the_same() {
    for (name, verdict, status) in
        [("strict", "proved", 0), ("loose", "refuted", 1), ("loops", "undecided", 2)]
    {
        let output = prove(name, "source = RTS_STATIC", &["--format", "json"]);
        let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(told["verdict"], verdict, "{told}");
        assert_eq!(output.status.code(), Some(status));
    }
    let output = prove("loose", "source = RTS_STATIC", &["--format", "json"]);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["route"]["source"], "RTS_INHERIT");
    assert_eq!(told["lines"][0], "bird.conf:5");
}

#[test]
fn what_cannot_be_asked_says_why() {
    let cases = [
        ("lose", "true", "has no filter or function `lose`, did you mean `loose`?"),
        ("within", "true", "`within` of `bird.conf` takes 1 argument; name a filter that calls it"),
        ("strict", "net.len", "`net.len` is of type int, and a claim is true or false"),
        ("strict", "sorce = RTS_STATIC", "`sorce = RTS_STATIC` is no term: `sorce` is not defined"),
        ("strict", "source = RTS_STATIC &&", "is no term: expected a term"),
    ];
    for (name, claim, message) in cases {
        let output = prove(name, claim, &[]);
        assert!(failure(&output).contains(message), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(3));
    }
}
