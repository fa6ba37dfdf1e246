//! Recursion as deep as a file asks for: it is followed to a bound, and beyond it nothing is claimed.

use std::fmt::Write;

use super::configuration;
use routelint::bird::Version;
use routelint::bird::eval::value::Value;
use routelint::bird::eval::{Ending, Interpreter, TestReport, test};

/// How the function `deep` of a text ends for a number, on a BIRD whose stacks the text bounds.
fn ending(text: &str, number: u32) -> Ending {
    let version = "3.1.8".parse().unwrap();
    let configuration = configuration(&format!("protocol device {{}}\n{text}"), version);
    assert!(configuration.errors.is_empty(), "{text}: {:?}", configuration.errors);
    let id = configuration.tree.routine_named("deep").unwrap();
    Interpreter::new(&configuration.tree, version).call(id, vec![Value::Int(number)], None).0.ending
}

const SUM: &str = "function deep(int n) -> int { if n = 0 then return 0; return 1 + deep(n - 1); }";

/// Each call takes three of the 30,000 levels (the command, the sum and the call), and so does the last one.
#[test]
fn beyond_the_last_level_nothing_is_claimed() {
    let text = format!("filter stacks 1000000 1000000;\n{SUM}");
    assert_eq!(ending(&text, 9999), Ending::Returned);
    let Ending::Unseen(why, _) = ending(&text, 10_000) else { panic!("30,003 levels were followed") };
    assert_eq!(why.reason, "it nests deeper than routelint follows");
}

/// Whatever it is that nests, the levels fit the stack of this build.
#[test]
fn no_way_to_nest_exhausts_the_stack() {
    let nots = "!".repeat(150);
    let blocks = ["{".repeat(60), "}".repeat(60)].concat();
    let (open, close) = blocks.split_at(60);
    let sums = " + 1".repeat(1400);
    for body in [
        "return 1 + deep(n);",
        "return deep(deep(n));",
        "if n > 0 then return deep(n); return 0;",
        "case n { 0: return 0; else: return deep(n); }",
        "for int i in +empty+.prepend(n) do return deep(n); return 0;",
        "bgppath p = +empty+.prepend(deep(n)); return 0;",
        "bgppath p = +empty+; p = filter(prepend(p, deep(n)), [1]); return 0;",
        "if true && deep(n) = 1 then return 0; return 1;",
        "print 1, deep(n); return 0;",
        "clist c = add(-empty-, (1, deep(n))); return 0;",
        "lclist c = add(---empty---, (1, 2, deep(n))); return 0;",
        "eclist c = add(--empty--, (rt, 1, deep(n))); return 0;",
        "bool b = [= * (deep(n)) * =] = [= 1 =]; return 0;",
        "bt_assert(deep(n) = 1); return 0;",
        &format!("if {nots}(deep(n) = 1) then return 0; return 1;"),
        &format!("{open} return deep(n); {close}"),
        &format!("return deep(n){sums};"),
    ] {
        let text = format!("filter stacks 9000000 9000000;\nfunction deep(int n) -> int {{ {body} }}");
        let end = ending(&text, 7);
        assert!(matches!(end, Ending::Unseen(..)), "{body}: {end:?}");
    }
}

/// `filter stacks` takes constants; 3.4.0 recurses 26 deep with 30 lines.
#[test]
fn stacks_may_be_constants() {
    let text = format!("define N = 15;\ndefine M = N * 20;\ndefine L = N + N;\nfilter stacks M L;\n{SUM}");
    assert_eq!(ending(&text, 26), Ending::Returned);
    assert!(matches!(ending(&text, 27), Ending::Failed(_)));
}

/// What a function gives is not known before it runs, so only the least that BIRD takes is sure to be there.
#[test]
fn stacks_that_are_not_known_decide_nothing() {
    let text =
        format!("function few() -> int {{ return 50; }}\ndefine N = few();\nfilter stacks N N;\n{SUM}");
    assert_eq!(ending(&text, 1), Ending::Returned);
    let Ending::Unseen(why, _) = ending(&text, 100) else { panic!("the stacks were known") };
    assert_eq!(why.reason, "how much `filter stacks` allows was not read");
}

/// On 2.x a call is known to be the same only where the function that is called does nothing: of a long chain of
/// calls that is asked once for each link, however often it calls the one before.
#[test]
fn a_long_chain_of_calls_is_compared() {
    let mut text = "protocol device {}\nfunction f0() {}\n".to_owned();
    for at in 1..30_000 {
        let before = at - 1;
        writeln!(text, "function f{at}() {{ if false then {{ f{before}(); f{before}(); }} }}").unwrap();
    }
    text.push_str("function calls() { f29999(); }\nfunction chain() { calls(); }\n");
    text.push_str("bt_test_same(f29999, f29998, 1);\nbt_test_same(calls, calls, 1);\n");
    text.push_str("bt_test_same(chain, chain, 0);\n");
    let configuration = configuration(&text, Version::DEFAULT);
    assert!(configuration.errors.is_empty(), "{:?}", configuration.errors.first());
    let reports = test(&configuration.tree, Version::DEFAULT);
    assert!(reports.iter().all(TestReport::passed), "{reports:?}");
}
