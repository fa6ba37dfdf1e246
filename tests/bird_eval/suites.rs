//! Unit tests in the dialect of BIRD's own: which of them pass.

use super::configuration;
use routelint::bird::Version;
use routelint::bird::eval::{Ending, Interpreter, TestReport, test};

/// Operators' own tests, in the dialect of BIRD's.
#[test]
fn unit_tests_are_run() {
    let text = "protocol device {}
        roa4 table r4;
        protocol static { roa4 { table r4; }; route 10.0.0.0/8 max 16 as 65001; }
        function right() { bt_assert(1 + 1 = 2); bt_assert(roa_check(r4, 10.1.0.0/16, 65001) = ROA_VALID); }
        bt_test_suite(right, \"sums\");
        function wrong() { bt_assert(1 + 1 = 3); bt_assert(true); }
        bt_test_suite(wrong, \"wrong sums\");
        function failing() { bt_assert(bgp_path ~ 5); }
        bt_test_suite(failing, \"fails\");
        function one() { return 1 + 2; }
        function second() { return 3; }
        function third() { return 4; }
        bt_test_same(one, second, 1);
        bt_test_same(one, third, 0);
        bt_test_same(one, third, 1);";
    let configuration = configuration(text, Version::DEFAULT);
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
    let reports = test(&configuration.tree, Version::DEFAULT);
    let passed: Vec<(&str, bool)> =
        reports.iter().map(|report| (report.name.as_str(), report.passed())).collect();
    let wanted =
        [("right", true), ("wrong", false), ("failing", false), ("one", true), ("one", true), ("one", false)];
    assert_eq!(passed, wanted, "{reports:?}");
    assert_eq!(&text[reports[1].failures[0].span.range()], "1 + 1 = 3");
    assert_eq!(reports[2].failures[0].message, "~ applied on unknown type pair");
}

/// What BIRD's own test program (filter/filter_test.c of 2.0.12 and 3.3.2) says of the same text.
#[test]
fn suites_end_as_they_do_in_bird() {
    let text = "protocol device {}
        roa4 table r4;
        protocol static { roa4 { table r4; }; route 10.0.0.0/8 max 16 as 65001; }
        eval 1 + 1
        function truth() { return true; }
        bt_test_suite(truth, \"true\");
        function falsehood() { return false; }
        bt_test_suite(falsehood, \"false\");
        function number() { return 5; }
        bt_test_suite(number, \"five\");
        function accepting() { bt_assert(true); accept; }
        bt_test_suite(accepting, \"accept\");
        function rejecting() { reject; }
        bt_test_suite(rejecting, \"reject\");
        function quads() quad q; { bt_check_assign(q, 1.2.3.4); }
        bt_test_suite(quads, \"an address stands for a quad\");
        function labelled() { bt_assert(roa_check(r4, 1:1 10.0.0.0/8, 65001) = ROA_UNKNOWN); }
        bt_test_suite(labelled, \"no prefix of addresses\");
        function sorted1(int a) { case a { 1..2: return 1; 3: return 2; else: return 3; } }
        function sorted2(int a) { case a { 3: return 2; 1..2: return 1; else: return 3; } }
        bt_test_same(sorted1, sorted2, 1);
        function deep1(int a) { if a = 0 then return 1; return deep1(a - 1); }
        function deep2(int a) { if a = 0 then return 1; return deep2(a - 1); }
        bt_test_same(deep1, deep1, 1);
        bt_test_same(deep1, deep2, 0);
        function calls1(int a) { return deep1(a); }
        function calls2(int a) { return deep1(a); }
        bt_test_same(calls1, calls2, 1);";
    let passed = |version: Version| -> Vec<bool> {
        let configuration = configuration(text, version);
        assert!(configuration.errors.is_empty(), "{version}: {:?}", configuration.errors);
        let reports = test(&configuration.tree, version);
        reports.iter().map(TestReport::passed).collect()
    };
    let mut wanted = [true, false, false, true, false, true, true, true, true, true, true];
    assert_eq!(passed("3.3.2".parse().unwrap()), wanted);
    // There calls are never known to be the same.
    wanted[10] = false;
    assert_eq!(passed("2.0.12".parse().unwrap()), wanted);
}

/// What six versions print alike: behind a `*` a pattern's next character is looked for as it is written.
#[test]
fn patterns_match_as_they_do_in_bird() {
    let text = r#"protocol device {}
        function patterns() {
            bt_assert("abc" ~ "a*" && "abc" ~ "*c" && "abc" ~ "a?c" && "aXbXc" ~ "a*b*c" && "" ~ "*");
            bt_assert("abc" !~ "**" && "abc" !~ "?*?" && "a*c" ~ "a**" && "a*c" ~ "a\*c" && "abc" !~ "a\*");
            bt_assert("abc" !~ "" && "" !~ "?" && "ab" !~ "*a" && "aab" ~ "*ab" && "a?b" ~ "*?b" && "ab" !~ "*?b");
        }
        bt_test_suite(patterns, "patterns");
        function digits() {
            bt_assert(from_hex("01:02 ff") = from_hex("01-02.FF") && from_hex("") = hex:);
        }
        bt_test_suite(digits, "pairs of digits");"#;
    let version = "2.20.0".parse().unwrap();
    let configuration = configuration(text, version);
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
    let reports = test(&configuration.tree, version);
    assert!(reports.len() == 2 && reports.iter().all(TestReport::passed), "{reports:?}");
}

/// What BIRD's own test program (2.0.12 and 3.3.2 alike) says of functions that are written in different words.
#[test]
fn functions_are_the_same_as_they_are_in_bird() {
    let text = "protocol device {}
        function a1() { print \"x\"; accept; } function a2() { accept \"x\"; }
        bt_test_same(a1, a2, 1);
        function b1(int a) { if a = 1 then a = 2; } function b2(int a) { if a = 1 then a = 2; else {} }
        bt_test_same(b1, b2, 1);
        function c1(int a) { if true then a = 2; } function c2(int a; int b) { a = 2; }
        bt_test_same(c1, c2, 1);
        function d1(int a) { bool b = true && (a = 2); } function d2(int a) { bool b = (2 < 3) && a = 2; }
        bt_test_same(d1, d2, 1);
        function e1() int x; { x = 1; } function e2() { int x; x = 1; }
        bt_test_same(e1, e2, 0);
        function nothing() { } function f1() { nothing(); } function f2() { nothing(); }
        bt_test_same(f1, f2, 1);
        function g1() { case 5 { 1: return 2; 5: return 3; } return 4; } function g2() { return 3; return 4; }
        bt_test_same(g1, g2, 1);
        function h1(int a) { return (unknown 0x0002, a, 2); } function h2(int a) { return (rt, a, 2); }
        bt_test_same(h1, h2, 1);
        function i1(int a) { return (unknown 0x0003, a, 2); } function i2(int a) { return (rt, a, 2); }
        bt_test_same(i1, i2, 0);
        function j1(int a; int b) { return a > b; } function j2(int a; int b) { return b < a; }
        bt_test_same(j1, j2, 1);";
    for version in ["2.0.12", "2.17.6", "3.3.2", "3.4.0"].map(|version| version.parse::<Version>().unwrap()) {
        let configuration = configuration(text, version);
        assert!(configuration.errors.is_empty(), "{version}: {:?}", configuration.errors);
        let reports = test(&configuration.tree, version);
        let wrong: Vec<_> = reports.iter().filter(|report| !report.passed()).collect();
        assert!(wrong.is_empty(), "{version}: {wrong:?}");
    }
}

/// The search in the tree of the labels, as 2.0.12's test program does it: it may miss the first that fits.
#[test]
fn labels_may_overlap_in_old_versions() {
    let text = "protocol device {}
        function thrice(int x) { case x { 1: return 1; 1: return 2; 1: return 3; else: return 4; } }
        function within(int x) { case x { 1..10: return 1; 5: return 2; } return 3; }
        function known() { case 5 { 1..10: return 1; 5: return 2; } return 3; }
        function labels() {
            bt_assert(thrice(1) = 2); bt_assert(within(5) = 2); bt_assert(within(7) = 3);
            bt_assert(within(3) = 1); bt_assert(known() = 1);
        }
        bt_test_suite(labels, \"labels\");";
    let configuration = configuration(text, Version::DEFAULT);
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
    let reports = test(&configuration.tree, Version::DEFAULT);
    assert_eq!(reports.len(), 1);
    assert!(reports.iter().all(TestReport::passed), "{reports:?}");
}

/// Real daemons die of the first four, 2.17.6 to 3.4.0 alike, and do the others.
#[test]
fn a_block_before_a_loop_may_kill_the_daemon() {
    let text = "protocol device {}
        function p() { return prepend(+empty+, 1); }
        function dies1() { bgppath a = p(); { int x = 5; } for int v in a do print v; }
        function dies2() { bgppath a = p(); case 5 { 5: { int x = 5; } } for int v in a do print v; }
        function dies3() { bgppath a = p(); if a.len = 1 then { { int y = 5; } if true then for int v in a do print v; } }
        function dies4() { bgppath a = p(); for int v in a do { { int y = v; } for int w in a do { print w; } } }
        function does1() { bgppath a = p(); { int x = 5; } int y = 1; for int v in a do print v; }
        function does2() { bgppath a = p(); if a.len = 1 then { int x = 5; } for int v in a do print v; }
        function does3() { bgppath a = p(); case a.len { 1: { int x = 5; } } for int v in a do print v; }
        function does4() { bgppath a = p(); { int x = 5; } for int v in delete(a, 1) do print v; }
        function does5() { bgppath a = p(); for int v in a do { { int y = v; } print v; } for int v in a do { int z = v; } }
        function does6() { if true then { int o = 5; } bgppath a = p(); for int v in a do print v; }";
    let version = "3.4.0".parse().unwrap();
    let configuration = configuration(text, version);
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
    let interpreter = Interpreter::new(&configuration.tree, version);
    let ends = |name: &str| {
        let id = configuration.tree.routine_named(name).unwrap();
        interpreter.call(id, Vec::new(), None).0.ending
    };
    for name in ["dies1", "dies2", "dies3", "dies4"] {
        assert!(matches!(ends(name), Ending::Unseen(..)), "{name}: {:?}", ends(name));
    }
    for name in ["does1", "does2", "does3", "does4", "does5", "does6"] {
        assert_eq!(ends(name), Ending::Returned, "{name}");
    }
}

/// How deep 3.4.0 recurses where `filter stacks` bounds the values, or the lines.
#[test]
fn stacks_are_as_large_as_the_file_says() {
    let version = "3.4.0".parse().unwrap();
    for (stacks, deepest) in [("40 60", 11), ("300 30", 26)] {
        let text = format!(
            "protocol device {{}}\nfilter stacks {stacks};
            function deep(int n) {{ if n = 0 then return 0; return 1 + deep(n - 1); }}
            function reached() {{ bt_assert(deep({deepest}) = {deepest}); }}
            bt_test_suite(reached, \"reached\");
            function beyond() {{ bt_assert(deep({deepest} + 1) > 0); }}
            bt_test_suite(beyond, \"beyond\");"
        );
        let configuration = configuration(&text, version);
        assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
        let passed: Vec<bool> = test(&configuration.tree, version).iter().map(TestReport::passed).collect();
        assert_eq!(passed, [true, false], "{stacks}");
    }
}
