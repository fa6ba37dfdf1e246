//! `bird prove` as an operator meets it.

use std::fs;
use std::process::Output;

use super::{Value, failure, program, stderr, stdout};

const CODE: &str = "function own() { return source = RTS_STATIC && net ~ [ 2001:db8::/32+ ]; }
function within(int longest) { return net.len <= longest; }
filter narrow_out { if own() then accept; reject; }
filter wide_out {
  if own() then accept;
  if (65000, 1) ~ bgp_community then { bgp_med = 5; accept; }
  reject;
}
filter loops_out { int n = 0; for int each in bgp_path do n = n * 3 + each; if n = 7000001 && bgp_path.len = 5 then accept; reject; }
";

/// Asks in the folder of the file, as an operator would.
fn prove(name: &str, claim: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bird.conf"), CODE).unwrap();
    let arguments = ["bird", "prove", "bird.conf", name, "--accepts-only", claim];
    let mut program = program();
    program.env("COLUMNS", "80").args(arguments).args(more);
    program.current_dir(folder.path()).output().unwrap()
}

#[test]
fn what_is_proved_is_said_in_a_line() {
    let output = prove("narrow_out", "source = RTS_STATIC", &[]);
    assert_eq!(stdout(&output), "proved: narrow_out accepts only `source = RTS_STATIC`\n");
    assert_eq!(output.status.code(), Some(0));
}

/// Asks about what the filter leaves.
fn leaves(code: &str, claim: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bird.conf"), code).unwrap();
    let arguments = ["bird", "prove", "bird.conf", "f", "--leaves-only", claim];
    program().args(arguments).current_dir(folder.path()).output().unwrap()
}

#[test]
fn what_a_filter_leaves_is_asked_of_the_route_behind_it() {
    let code = "filter f { bgp_local_pref = 180; if net.len > 48 then bgp_local_pref = 120; accept; }\n";
    let output = leaves(code, "bgp_local_pref ~ [120, 180]");
    assert_eq!(stdout(&output), "proved: f leaves only `bgp_local_pref ~ [120, 180]`\n");
    assert_eq!(output.status.code(), Some(0));
    let output = leaves(code, "bgp_local_pref = 180");
    assert!(stdout(&output).contains("\nand leaves bgp_local_pref = 120\n"), "{}", stdout(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_channels_that_use_a_filter_say_which_routes_are_meant() {
    let filter = "filter f { if net.type = NET_IP4 then accept; bgp_med = 5; accept; }\n";
    let session = |channel: &str| {
        format!(
            "{filter}protocol bgp b {{ local as 65001; neighbor 10.0.0.2 as 65002;
               {channel} {{ import filter f; export none; }}; }}\n"
        )
    };
    let claim = "bgp_med = 5";
    assert_eq!(leaves(filter, claim).status.code(), Some(1));
    let output = leaves(&session("ipv6"), claim);
    assert_eq!(stdout(&output), "proved: f leaves only `bgp_med = 5` (IPv6 routes)\n");
    assert_eq!(leaves(&session("ipv4"), claim).status.code(), Some(1));
}

#[test]
fn a_witness_shows_what_makes_it_pass() {
    let output = prove("wide_out", "source = RTS_STATIC", &[]);
    let expected = "refuted: wide_out accepts this route
  net = 2001:db8::/32
  source = RTS_BGP
  bgp_community = (clist (65000,1))
by these lines
  bird.conf:5: if own() then accept;
  bird.conf:1: function own() { return source = RTS_STATIC && net ~ [ 2001:db8:…
  bird.conf:6: if (65000, 1) ~ bgp_community then { bgp_med = 5; accept; }
";
    assert_eq!(stdout(&output), expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_is_undecided_names_the_line() {
    let output = prove("loops_out", "source = RTS_STATIC", &[]);
    let text = stdout(&output);
    assert!(
        text.starts_with("undecided: whether loops_out accepts only `source = RTS_STATIC` depends on"),
        "{text}"
    );
    assert!(text.contains("\n  bird.conf:9: filter loops_out"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("undecided")), "{text}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_json_form_says_the_same() {
    for (name, verdict, status) in
        [("narrow_out", "proved", 0), ("wide_out", "refuted", 1), ("loops_out", "undecided", 2)]
    {
        let output = prove(name, "source = RTS_STATIC", &["--format", "json"]);
        let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(told["verdict"], verdict, "{told}");
        assert_eq!(output.status.code(), Some(status));
    }
    let output = prove("loops_out", "source = RTS_STATIC", &["--format", "json"]);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["because"], "a loop over a list", "{told}");
    assert_eq!(told["place"], "bird.conf:9", "{told}");
    let output = prove("wide_out", "source = RTS_STATIC", &["--format", "json"]);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["route"]["source"], "RTS_BGP");
    assert_eq!(told["lines"][0], "bird.conf:5");
}

#[test]
fn what_cannot_be_asked_says_why() {
    let cases = [
        ("wide_ot", "true", "has no filter or function `wide_ot`, did you mean `wide_out`?"),
        ("within", "true", "`within` of `bird.conf` takes 1 argument; name a filter that calls it"),
        ("narrow_out", "net.len", "`net.len` is of type int, and a claim is true or false"),
        (
            "narrow_out",
            "source = RTS_BGP || (gw = 1)",
            "`gw = 1` compares values of types ip and int, which are never equal",
        ),
        ("narrow_out", "sorce = RTS_STATIC", "`sorce = RTS_STATIC` is no term: `sorce` is not defined"),
        ("narrow_out", "source = RTS_STATIC &&", "is no term: expected a term"),
        ("narrow_out", "true; return false", "is no term: it ends a command with `;`"),
        ("narrow_out", "true; } function zz() { return false", "is no term: it ends a command with `;`"),
        ("routelint_claim0", "true", "has no filter or function `routelint_claim0`"),
    ];
    for (name, claim, message) in cases {
        let output = prove(name, claim, &[]);
        assert!(failure(&output).contains(message), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(3));
    }
}

/// The file is read under its own name, whatever that is, and may have any name in it.
#[test]
fn any_file_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |file: &str, claim: &str| {
        let arguments = ["bird", "prove", file, "narrow_out", "--accepts-only", claim];
        program().args(arguments).current_dir(folder.path()).output().unwrap()
    };
    let own = "function routelint_claim0() { return true; }";
    for file in ["a[1].conf", "a\"b.conf", "routelint_claim.conf"] {
        fs::write(folder.path().join(file), format!("{CODE}{own} # no end of line")).unwrap();
        let output = ask(file, "source = RTS_STATIC # of us");
        assert_eq!(output.status.code(), Some(0), "{file}: {}", stderr(&output));
    }
    fs::write(folder.path().join("broken.conf"), format!("{CODE}\nfilter f {{")).unwrap();
    fs::write(folder.path().join("binary.conf"), [0u8, 255, 1, 2]).unwrap();
    for (file, message) in [
        ("broken.conf", "`broken.conf` is not valid: broken.conf:"),
        ("binary.conf", "`binary.conf` is not valid: binary.conf:1:1"),
        ("missing.conf", "`missing.conf` cannot be read: No such file"),
        (".", "`.` cannot be read: Is a directory"),
    ] {
        let output = ask(file, "true");
        assert!(failure(&output).contains(message), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn a_witness_shows_what_the_claim_names() {
    let output = stdout(&prove("wide_out", "gw != 0.0.0.0 && from != ::", &[]));
    assert!(output.contains("\n  gw = ") && output.contains("\n  from = "), "{output}");
    let output = stdout(&prove("narrow_out", "bgp_path.first = 5", &[]));
    assert!(output.contains("\n  bgp_path = nothing\n"), "{output}");
    let output = stdout(&prove("wide_out", "gw = ::", &["--family", "ipv6"]));
    assert!(output.contains("\n  gw = 2001:db8::1\n"), "{output}");
}
