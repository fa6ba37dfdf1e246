//! The prover on filters as large networks have them: decided, and quickly.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod oracle;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use routelint::bird::prove::{Answer, Family, Prover};
use routelint::bird::tree::{CommandKind, Policy};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net;

/// More than any of them takes on a slow machine without optimisation.
const LONG: Duration = Duration::from_secs(10);

fn configuration(text: &str) -> Configuration {
    let text = format!("{text}\nprotocol device {{}}\n");
    let files = Files::Given(BTreeMap::from([("bird.conf".to_owned(), text.as_str().into())]));
    let configuration = read(&files, "bird.conf", Version::DEFAULT).unwrap();
    assert!(configuration.errors.is_empty(), "{:?}", &configuration.errors[..1]);
    configuration
}

/// Whether `filter f` accepts only what the claim says.
fn ask(name: &str, code: &str, claim: &str) -> Answer {
    let configuration = configuration(&format!("{code}\nfunction claim() {{ return {claim}; }}\n"));
    let prover = Prover::new(&configuration.tree, Version::DEFAULT);
    let id = configuration.tree.routine_named("claim").unwrap();
    let CommandKind::Return(Some(claim)) = &configuration.tree.routine(id).body[0].kind else { panic!() };
    let filter = Policy::Filter(configuration.tree.routine_named("f").unwrap());
    let started = oracle::processor_time();
    let answer = prover.accepts_only(&filter, &Family::all(net::Family::V4), claim);
    let took = oracle::processor_time() - started;
    assert!(took < LONG, "{name}: {took:?}");
    answer
}

fn proved(name: &str, code: &str, claim: &str) {
    let answer = ask(name, code, claim);
    assert!(matches!(answer, Answer::Proved), "{name}: {answer:?}");
}

fn refuted(name: &str, code: &str, claim: &str) {
    let answer = ask(name, code, claim);
    assert!(matches!(answer, Answer::Refuted(_)), "{name}: {answer:?}");
}

/// `[ P{a,b}, … ]` with so many prefixes as an origin's list has.
fn prefixes(count: u32) -> String {
    let one =
        |n: u32| format!("{}.{}.{}.0/24{{24,{}}}", 20 + n / 16384, n / 64 % 256, n % 64 * 4, 24 + n % 3);
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

fn numbers(count: u32) -> String {
    (0..count).map(|n| (64512 + n * 7).to_string()).collect::<Vec<_>>().join(", ")
}

#[test]
fn prefix_lists_of_ten_thousand() {
    let lists = format!("define LIST = [ {} ];", prefixes(10_000));
    let code = format!("{lists} filter f {{ if source = RTS_BGP && net ~ LIST then accept; reject; }}");
    proved("list", &code, "net ~ [ 20.0.0.0/8+, 16.0.0.0/4+ ]");
    proved("list against itself", &code, "net ~ LIST");
    refuted("list against less", &code, "net ~ [ 20.0.0.0/10+ ]");
    let code = format!("{lists} filter f {{ if net ~ LIST then reject; accept; }}");
    refuted("all but a list", &code, "source = RTS_STATIC");
    proved("all but a list against itself", &code, "net !~ LIST");
}

#[test]
fn as_sets_of_ten_thousand() {
    let sets = format!("define PEERS = [ {} ];", numbers(10_000));
    let code = format!("{sets} filter f {{ if bgp_path.last ~ PEERS then accept; reject; }}");
    refuted("origin set", &code, "source = RTS_STATIC");
    proved("origin set against itself", &code, "bgp_path.last ~ PEERS");
    let code = format!(
        "{sets} filter f {{ if bgp_path ~ PEERS then reject; if bgp_path.first !~ PEERS then reject; accept; }}"
    );
    proved(
        "no member and a member",
        &code,
        "source = RTS_STATIC && source = RTS_BGP || bgp_path.len > 0 || true",
    );
}

#[test]
fn a_route_server_with_hundreds_of_clients() {
    let mut code = String::new();
    for n in 0..300 {
        let _ = writeln!(
            code,
            "define AS{n} = [ {n_}.{}.0.0/16{{16,24}}, {n_}.{}.0.0/16 ];",
            n % 250,
            n % 250 + 1,
            n_ = 40 + n / 100
        );
    }
    code += "function origin_ok() { case bgp_path.last {\n";
    for n in 0..300 {
        let _ = writeln!(code, "  {}: return net ~ AS{n};", 65000 + n);
    }
    code += "  else: return false; } }\n";
    code += "function bogon() { return net ~ [ 0.0.0.0/8+, 10.0.0.0/8+, 127.0.0.0/8+, 192.168.0.0/16+, 224.0.0.0/3+ ]; }\n";
    code +=
        "filter f { if bogon() then reject; if net.len > 24 then reject; if bgp_path.len > 64 then reject;
        if source != RTS_BGP then reject; if !origin_ok() then reject; accept; }";
    proved("route server", &code, "net ~ [ 32.0.0.0/3+ ] && source = RTS_BGP");
    refuted("route server, too much said", &code, "net ~ [ 40.0.0.0/8+ ]");
}

#[test]
fn machines_of_large_communities() {
    let mut code = String::from("filter f {\n if source != RTS_BGP then reject;\n");
    for n in 0..400 {
        let _ = writeln!(
            code,
            " if (65000, 1, {n}) ~ bgp_large_community then bgp_path.prepend({});",
            65000 + n % 4
        );
        let _ = writeln!(
            code,
            " if (65000, 2, {n}) ~ bgp_large_community then {{ bgp_community.add((65000, {n})); bgp_large_community.delete([(65000, 2, {n})]); }}"
        );
        let _ = writeln!(
            code,
            " if (65000, 3, {n}) ~ bgp_large_community then bgp_local_pref = {};",
            100 + n % 50
        );
        let _ = writeln!(code, " if (65000, 4, {n}) ~ bgp_large_community then reject;");
    }
    code += " accept; }";
    proved("machine", &code, "source = RTS_BGP && (65000, 4, 7) !~ bgp_large_community");
    refuted("machine, too much said", &code, "source = RTS_BGP && (65000, 3, 7) !~ bgp_large_community");
}

#[test]
fn functions_in_functions_in_functions() {
    let mut code = String::new();
    for depth in 0..6 {
        for n in 0..20 {
            let inner = if depth == 0 {
                format!("net ~ [ {}.{n}.0.0/16+ ]", 50 + n)
            } else {
                format!("f{}_{n}(x + 1) || f{}_{}(x)", depth - 1, depth - 1, (n + 1) % 20)
            };
            let _ = writeln!(
                code,
                "function f{depth}_{n}(int x) {{ if x > {} then return false; return {inner}; }}",
                depth + 9
            );
        }
    }
    code += "filter f { if f5_0(0) || f5_7(1) then accept; reject; }";
    proved("functions", &code, "net ~ [ 32.0.0.0/3+, 64.0.0.0/3+ ]");
}

#[test]
fn loops_over_what_comes() {
    let code = format!(
        "define BAD = [ {} ];
         function clean() {{ for int a in bgp_path do {{ if a ~ BAD then return false; if a = 0 then reject; }} return true; }}
         function marked() {{ for lc c in bgp_large_community do {{ if c.asn = 65000 then {{ if c.data1 = 9 then reject; }} }}
           for pair c in bgp_community do {{ case c.data {{ 666: reject; 0..10: bgp_med = 5; else: bgp_med = 7; }} }} return true; }}
         filter f {{ if net !~ [ 10.0.0.0/8{{16,24}} ] then reject; if clean() && marked() && source = RTS_BGP then accept; reject; }}",
        numbers(2_000)
    );
    proved("loops", &code, "source = RTS_BGP && net ~ [ 10.0.0.0/8+ ]");
    refuted("loops, too much said", &code, "net ~ [ 10.0.0.0/9+ ]");
}
