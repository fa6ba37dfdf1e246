//! The prover: what it says of filters by hand.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod oracle;

use std::collections::BTreeMap;

use routelint::bird::eval::Route;
use routelint::bird::prove::{After, Answer, Family, Prover};
use routelint::bird::tree::{CommandKind, Expr, Policy, RoutineId};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net;

const VERSION: Version = Version::new(2, 0, 12);

fn configuration(text: &str) -> Configuration {
    let text = format!("{text}\nprotocol device {{}}\n");
    let files = Files::Given(BTreeMap::from([("bird.conf".to_owned(), text.as_str().into())]));
    let configuration = read(&files, "bird.conf", VERSION).unwrap();
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
    configuration
}

/// The term of `return …;` in a function.
fn returned(configuration: &Configuration, name: &str) -> Expr {
    let id = configuration.tree.routine_named(name).unwrap();
    match &configuration.tree.routine(id).body[0].kind {
        CommandKind::Return(Some(term)) => term.clone(),
        other => panic!("{other:?}"),
    }
}

fn filter(configuration: &Configuration, name: &str) -> (RoutineId, Policy) {
    let id = configuration.tree.routine_named(name).unwrap();
    (id, Policy::Filter(id))
}

/// The answer to "does `filter f` leave only routes for which the claim holds?"
fn ask(code: &str, claim: &str) -> Answer {
    let configuration = configuration(&format!("{code}\nfunction claim() {{ return {claim}; }}\n"));
    let prover = Prover::new(&configuration.tree, VERSION);
    let claim = returned(&configuration, "claim");
    prover.leaves_only(&filter(&configuration, "f").1, &Family::all(net::Family::V6), &claim)
}

fn proved(code: &str, claim: &str) {
    let answer = ask(code, claim);
    assert!(matches!(answer, Answer::Proved), "{answer:?}\n{code}");
}

fn refuted(code: &str, claim: &str) -> Route {
    match ask(code, claim) {
        Answer::Refuted(witness) => witness.route,
        other => panic!("{code}\n{other:?}"),
    }
}

const OWN: &str = "source = RTS_STATIC && net ~ [ 2001:db8::/32+ ]";

#[test]
fn plain_filters() {
    proved("filter f { if source = RTS_STATIC && net ~ [ 2001:db8:1::/48 ] then accept; reject; }", OWN);
    proved(
        "filter f { if source != RTS_STATIC then reject; if net !~ 2001:db8::/32 then reject; accept; }",
        OWN,
    );
    proved("filter f { reject; }", OWN);
    proved("filter f { }", OWN);
    proved("filter f { if net ~ [ 10.0.0.0/8+ ] then accept; }", "false");
    let witness = refuted("filter f { if source = RTS_STATIC then accept; reject; }", OWN);
    assert_eq!(witness.net().unwrap().to_string(), "::/0");
    refuted("filter f { if net ~ [ 2001:db8::/32+ ] then accept; reject; }", OWN);
}

#[test]
fn functions_that_decide() {
    let code = "function own() { return net ~ [ 2001:db8::/32+ ]; }
        function mine() { if source != RTS_STATIC then reject; return own(); }
        filter f { if mine() then accept; else reject; }";
    proved(code, OWN);
    proved(
        "function decide() { if source = RTS_STATIC && net ~ [2001:db8::/48+] then accept; reject; } filter f { decide(); }",
        OWN,
    );
    refuted("function leak() { if bgp_med = 7 then accept; } filter f { leak(); reject; }", OWN);
}

#[test]
fn left_associative_operators() {
    // `a || b && c` is `(a || b) && c`.
    proved(
        "filter f { if source = RTS_STATIC || source = RTS_BGP && net ~ [ 2001:db8::/32+ ] then accept; reject; }",
        "net ~ [ 2001:db8::/32+ ]",
    );
    refuted(
        "filter f { if net ~ [ 2001:db8::/32+ ] && source = RTS_STATIC || source = RTS_BGP then accept; reject; }",
        OWN,
    );
}

#[test]
fn undefined_attributes_compare_low() {
    refuted("filter f { if bgp_local_pref < 5 then accept; reject; }", "defined(bgp_local_pref)");
    proved("filter f { if bgp_local_pref > 5 then accept; reject; }", "defined(bgp_local_pref)");
    // Arithmetic on an undefined attribute fails, and failing rejects.
    proved("filter f { if bgp_med + 1 > 0 then accept; accept; }", "defined(bgp_med)");
}

#[test]
fn communities_and_paths() {
    proved("filter f { if (65000,1) ~ bgp_community then accept; reject; }", "bgp_community ~ [(65000,*)]");
    refuted("filter f { if bgp_community ~ [(65000,*)] then accept; reject; }", "(65000,1) ~ bgp_community");
    refuted("filter f { if bgp_path ~ [= 65001 * =] && bgp_path.len > 2 then accept; reject; }", "false");
    proved("filter f { if bgp_path.len > 5 then reject; if bgp_path.len > 9 then accept; reject; }", "false");
    proved("filter f { bgp_community.add((1,2)); accept; }", "(1,2) ~ bgp_community");
    proved(
        "filter f { if bgp_large_community ~ [(1,1,1)] then { if (1,1,1) ~ bgp_large_community then reject; accept; } reject; }",
        "false",
    );
}

#[test]
fn loops_and_cases() {
    proved("filter f { case source { RTS_STATIC: if net ~ 2001:db8::/32 then accept; else: reject; } }", OWN);
    refuted("filter f { for int x in bgp_path do { if x = 65001 then accept; } reject; }", OWN);
    proved(
        "filter f { for pair c in bgp_community do { if c = (1,2) then reject; } if source = RTS_STATIC && net ~ 2001:db8::/32 then accept; }",
        OWN,
    );
}

#[test]
fn roa_tables_are_supposed() {
    let code = "roa6 table r6; filter f { if roa_check(r6, net, 65001) = ROA_INVALID then reject; accept; }";
    refuted(code, OWN);
    let code = "roa6 table r6; filter f { if source = RTS_BGP && roa_check(r6) != ROA_VALID then reject; if source = RTS_BGP then accept; reject; }";
    refuted(code, "source = RTS_STATIC");
}

#[test]
fn what_is_after() {
    let configuration = configuration(
        "filter f { bgp_local_pref = 100; if net ~ [ ::/0 ] then bgp_local_pref = 50; if source = RTS_BGP then accept; reject; }",
    );
    let prover = Prover::new(&configuration.tree, VERSION);
    let policy = filter(&configuration, "f").1;
    let after = |family: Family| {
        let mut texts: Vec<String> =
            prover.after(&policy, &family, "bgp_local_pref").unwrap().iter().map(After::to_string).collect();
        texts.sort();
        texts
    };
    let all = Family::all(net::Family::V6);
    assert_eq!(after(all.clone()), ["100", "50"]);
    assert_eq!(after(all.clone().outside(["::/128".parse().unwrap(), "::/0".parse().unwrap()])), [""; 0]);
    assert_eq!(after(all.among(["2001:db8::/32".parse().unwrap()])), ["100"]);
}

#[test]
fn dead_commands() {
    let text = "filter f { if net ~ [ ::/0 ] then reject; if net = ::/0 then accept; reject; }";
    let configuration = configuration(text);
    let prover = Prover::new(&configuration.tree, VERSION);
    let dead = prover.dead_commands(filter(&configuration, "f").0, &[Family::all(net::Family::V6)]).unwrap();
    let texts: Vec<&str> = dead.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(texts, ["accept;"]);
}

/// Of a loop that BIRD may die of nobody knows what it does.
#[test]
fn commands_of_misplaced_loops_are_not_dead() {
    let text = "filter f { { int a = 7; } for int i in bgp_path do { if i = 5 then reject; } accept; }";
    let configuration = configuration(text);
    let prover = Prover::new(&configuration.tree, VERSION);
    let dead = prover.dead_commands(filter(&configuration, "f").0, &[Family::all(net::Family::V6)]);
    assert!(dead.is_ok_and(|dead| dead.is_empty()));
}

/// Three hundred conditions, every one with both outcomes, take no more than moments.
#[test]
fn hundreds_of_conditions_are_quick() {
    let mut code = String::from("function pass() {\n");
    for n in 0..300 {
        code += &format!("  if net ~ [ 2001:db8:{n:x}::/48+ ] then bgp_community.add((1,{n}));\n");
        code += &format!("  if (65000,{n}) ~ bgp_community then bgp_local_pref = {n};\n");
    }
    code += "  return source = RTS_STATIC;\n}\nfilter f { if pass() then accept; reject; }";
    let started = oracle::processor_time();
    proved(&code, "source = RTS_STATIC");
    let took = oracle::processor_time() - started;
    println!("600 conditions: {took:?}");
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

/// So many values that they are followed as one, which is sometimes none at all: an operation that fails without a
/// value fails for those routes alone.
#[test]
fn many_values_and_none() {
    let sets = |count: u32| -> String {
        (0..count).map(|n| format!("if (1,{n}) ~ bgp_community then bgp_med = {n}; ")).collect()
    };
    for count in 20..30 {
        for test in [
            "if bgp_med + 1 > 4 then accept;",
            "if bgp_med ~ [4..8] then accept;",
            "case bgp_med { 4..8: accept; }",
            "preference = bgp_med; if preference = 5 then accept;",
            "if (1,bgp_med) = (1,5) then accept;",
            "if 10 / bgp_med = 2 then accept;",
        ] {
            let first = "if source = RTS_BGP then bgp_local_pref = 3;";
            let last = "if source = RTS_BGP then unset(bgp_med);";
            refuted(&format!("filter f {{ {first} {} {last} {test} reject; }}", sets(count)), "false");
        }
    }
}

/// A claim that fails does not hold, and what a loop leaves behind may be what it fails on.
#[test]
fn claims_that_fail() {
    let code = "filter f { for int a in bgp_path do { unset(bgp_med); } accept; }";
    refuted(code, "(1,bgp_med) = (1,bgp_med)");
    refuted(code, "(rt,bgp_med,1) = (rt,bgp_med,1)");
    refuted(code, "bgp_med + 1 = bgp_med + 1");
    let code = "filter f { if defined(bgp_med) then accept; reject; }";
    refuted(code, "(rt,70000,bgp_med) = (rt,70000,bgp_med)");
    refuted(
        code,
        "(bgp_path.len, bgp_local_pref) ~ bgp_community || (bgp_path.len, bgp_local_pref) !~ bgp_community",
    );
    proved(code, "bgp_med + 1 = bgp_med + 1");
    proved(code, "(net.len, 1) = (net.len, 1)");
}

/// A loop finds its variable in another's place where a block before it declared some: then BIRD may do anything.
#[test]
fn loops_behind_blocks_with_variables() {
    let path = "bgp_path.empty; bgp_path.prepend(5);";
    let rounds = "for int i in bgp_path do { if i = 5 then reject; } accept;";
    let undecided = |code: &str| {
        let answer = ask(code, "false");
        let Answer::Undecided { construct, .. } = answer else { panic!("{answer:?}\n{code}") };
        assert_eq!(construct, "a loop behind a block that declared variables", "{code}");
    };
    undecided(&format!("filter f {{ {{ int a = 7; int b = 8; }} {path} {rounds} }}"));
    undecided(&format!("filter f {{ {path} if true then {{ int a = 7; }} {rounds} }}"));
    undecided(&format!("filter f {{ {path} case 1 {{ 1: int a = 7; }} {rounds} }}"));
    undecided(&format!("function g() {{ {{ int a = 7; }} {rounds} }} filter f {{ {path} g(); reject; }}"));
    proved(&format!("filter f {{ {path} {{ int a = 7; }} int c = 9; {rounds} }}"), "false");
    proved(&format!("filter f {{ {path} if net.len > 3 then {{ int a = 7; }} {rounds} }}"), "false");
    proved(&format!("filter f {{ {path} case net.len {{ 1: int a = 7; }} {rounds} }}"), "false");
    proved(&format!("function g() {{ {{ int a = 7; }} }} filter f {{ {path} g(); {rounds} }}"), "false");
    proved(&format!("filter f {{ {path} for int j in bgp_path do {{ int a = j; }} {rounds} }}"), "false");
    proved("filter f { { int a = 7; } bgp_path.empty; for int i in bgp_path do accept; reject; }", "false");
}

/// Where BIRD 2.0.12 does otherwise than one thinks, and a proof that thinks so too would be wrong.
#[test]
fn traps_of_old_versions() {
    // Its search misses members of sets whose intervals overlap.
    refuted(
        "filter f { if bgp_local_pref ~ [1..100, 2, 3] then reject; accept; }",
        "bgp_local_pref !~ [4..99]",
    );
    refuted(
        "filter f { bgp_community.delete([(1,1)..(1,9), (1,2), (1,3)]); accept; }",
        "(1,5) !~ bgp_community",
    );
    let code = "filter f { case bgp_local_pref { 1..100: reject; 2: reject; 3: reject; else: accept; } }";
    refuted(code, "bgp_local_pref !~ [4..99]");
    // No value is less than one of any type, and a value of another type fails.
    let code = "function x() { if false then return 1; return \"x\"; } filter f { if bgp_med < x() then accept; reject; }";
    refuted(code, "false");
    proved(code, "!defined(bgp_med)");
    // A preference has 16 bits.
    proved("filter f { if preference > 65535 then accept; reject; }", "false");
    // A bit is there once another one of its word was written.
    let bits = "filter f { if defined(krt_lock_mtu) then reject; krt_lock_window = true;";
    let answer = ask(&format!("{bits} if defined(krt_lock_mtu) then accept; reject; }}"), "false");
    assert!(!matches!(answer, Answer::Proved), "{answer:?}");
    // A list that lost its last member elsewhere is there.
    refuted("filter f { if defined(bgp_community) then accept; reject; }", "bgp_community ~ [(*,*)]");
    proved("filter f { if defined(bgp_community) then reject; accept; }", "bgp_community !~ [(*,*)]");
}

/// Filters written to deceive; `true` where only own static routes pass.
const DECEIVING: &[(bool, &str)] = &[
    (true, "filter f { if ! (source = RTS_STATIC) then reject; if net ~ 2001:db8::/32 then accept; }"),
    (
        false,
        "filter f { if source = RTS_STATIC then { if net ~ 2001:db8::/32 then accept; } if defined(bgp_path) then accept; reject; }",
    ),
    (false, "filter f { case source { RTS_STATIC: accept; else: reject; } }"),
    (true, "filter f { case source { RTS_STATIC: if net ~ 2001:db8::/32 then accept; else: reject; } }"),
    (false, "function t() { return true; } filter f { if t() then accept; reject; }"),
    (true, "function t() { return false; } filter f { if t() then accept; reject; }"),
    (true, "function t() { } filter f { if t() then accept; accept; }"),
    (false, "function t(int x) { if x = 1 then accept; } filter f { t(2); t(1); reject; }"),
    (true, "function t(int x) { if x = 1 then accept; } filter f { t(2); t(3); reject; }"),
    (false, "filter f { if source = RTS_STATIC || true && net ~ 2001:db8::/32 then accept; reject; }"),
    (true, "filter f { if false && source = RTS_BGP || false then accept; reject; }"),
    (false, "filter f { if true || true && false || source = RTS_BGP then accept; reject; }"),
    (false, "filter f { if net ~ [ 2001:db8::/32- ] && source = RTS_STATIC then accept; reject; }"),
    (false, "filter f { if net ~ [ 2001:db8::/32{16,48} ] && source = RTS_STATIC then accept; reject; }"),
    (true, "filter f { if net ~ [ 2001:db8::/32{33,48} ] && source = RTS_STATIC then accept; reject; }"),
    (true, "filter f { if net = 5 then accept; reject; }"),
    (true, "filter f { if net = [ ::/0 ] then accept; reject; }"),
    (false, "filter f { if net != 5 then accept; reject; }"),
    (true, "filter f { if bgp_path ~ 5 then accept; accept; }"),
    (false, "filter f { if bgp_local_pref < 5 then accept; reject; }"),
    (false, "filter f { if bgp_local_pref != 100 then accept; reject; }"),
    (true, "filter f { if (bgp_med + 1 > 0) && bgp_med < 0 then accept; reject; }"),
    (true, "filter f { bgp_med = bgp_local_pref; if defined(bgp_med) then reject; accept; }"),
    (false, "filter f { unset(bgp_med); if bgp_med = bgp_local_pref then accept; reject; }"),
    (false, "filter f { bgp_community.add((1,2)); if (1,2) ~ bgp_community then accept; reject; }"),
    (true, "filter f { bgp_community.add((1,2)); if (1,2) !~ bgp_community then accept; reject; }"),
    (true, "filter f { bgp_community.delete([(1,*)]); if bgp_community ~ [(1,1..9)] then accept; reject; }"),
    (
        false,
        "filter f { bgp_community.delete([(1,2..9)]); if bgp_community ~ [(1,1..9)] then accept; reject; }",
    ),
    (true, "filter f { bgp_path.empty; if bgp_path.len > 0 then accept; reject; }"),
    (false, "filter f { bgp_path.prepend(65001); if bgp_path.first = 65001 then accept; reject; }"),
    (true, "filter f { bgp_path.prepend(65001); if bgp_path.first != 65001 then accept; reject; }"),
    (true, "filter f { for int a in bgp_path do { if a = 1 then return false; } reject; }"),
    (false, "filter f { for int a in bgp_path do { if a = 1 then return true; } reject; }"),
    (false, "filter f { int n = 0; for int a in bgp_path do { n = n + 1; } if n = 0 then accept; reject; }"),
    (true, "filter f { int n = 3; if n * 2 = 7 then accept; reject; }"),
    (false, "filter f { int n = 2 - 3; if n > 5 then accept; reject; }"),
    (
        true,
        "function r(int n) { if n = 0 then return false; return r(n - 1); } filter f { if r(5) then accept; reject; }",
    ),
    (
        false,
        "function r(int n) { if n = 0 then return true; return r(n - 1); } filter f { if r(5) then accept; reject; }",
    ),
    (false, "filter f { if proto = \"static1\" then accept; reject; }"),
    (false, "filter f { if proto ~ \"static*\" && net ~ 2001:db8::/32 then accept; reject; }"),
    (true, "filter f { if net.len > 200 then accept; reject; }"),
    (false, "filter f { if net.len = 0 then accept; reject; }"),
    (false, "filter f { if net.ip = :: then accept; reject; }"),
    // BIRD takes `::ffff:1.2.3.0/120` for an IPv4 address.
    (false, "filter f { if net.ip.is_v4 then accept; reject; }"),
    (true, "filter f { if net.type = NET_IP4 then accept; reject; }"),
    (true, "filter f { dest = RTD_UNICAST; accept; }"),
    (false, "filter f { dest = RTD_BLACKHOLE; accept; }"),
    (true, "filter f { if dest = RTD_BLACKHOLE && dest = RTD_UNREACHABLE then accept; reject; }"),
    (true, "filter f { if 1 / (net.len - net.len) = 1 then accept; accept; }"),
    (false, "filter f { if format(source) = \"x\" then reject; accept; }"),
    (true, "filter f { print \"accept\"; reject; accept; }"),
    (
        true,
        "filter f { { { if source ~ [RTS_STATIC] && net ~ [2001:db8::/48+, 2001:db8:1::/48+] then accept; } } }",
    ),
    (false, "filter f { if source ~ [RTS_STATIC..RTS_DEVICE] && net ~ 2001:db8::/32 then accept; }"),
];

/// Every verdict right: none undecided here, none of the wrong kind.
#[test]
fn deceiving_filters() {
    let mut wrong = Vec::new();
    for (only_own, code) in DECEIVING {
        let configuration = configuration(&format!("{code}\nfunction claim() {{ return {OWN}; }}\n"));
        let prover = Prover::new(&configuration.tree, VERSION);
        let claim = returned(&configuration, "claim");
        let all = Family::all(net::Family::V6);
        let answer = prover.accepts_only(&filter(&configuration, "f").1, &all, &claim);
        let right = match answer {
            Answer::Proved => *only_own,
            Answer::Refuted(_) => !only_own,
            Answer::Undecided { .. } => false,
        };
        if !right {
            wrong.push(format!("{code}\n    {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), DECEIVING.len(), wrong.join("\n"));
}
