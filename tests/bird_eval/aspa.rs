//! ASPA: what static protocols put into a table, and what the table says of paths, as daemons have it.

use std::fmt::Write as _;

use super::{Dice, configuration};
use crate::oracle::{Daemon, birds, may_run};
use routelint::bird::Version;
use routelint::bird::eval::value::Value;
use routelint::bird::eval::{Interpreter, Route, Tables};
use routelint::bird::tree::Tree;

/// 3.x copies a constant list without its last four bytes; what a function makes is no constant.
const HEAD: &str = "router id 1.2.3.4;\nprotocol device {}\naspa table at;\nipv4 table t4;\n\
    function nopath() { return +empty+; }\n";

/// Few numbers, so that paths meet the table; 0 is what `transit` means.
fn number(dice: &mut Dice) -> String {
    dice.one(&["0", "1", "1", "2", "2", "3", "3", "4", "5", "4200000000"]).to_owned()
}

fn path(dice: &mut Dice) -> String {
    let mut path = "nopath()".to_owned();
    for _ in 0..dice.roll(8) {
        let asn = number(dice);
        for _ in 0..=dice.roll(5) / 4 {
            path = format!("prepend({path},{asn})");
        }
    }
    path
}

/// A static protocol that may allow several providers, `transit`, or nothing; some routes stand there twice.
fn authorisations(dice: &mut Dice) -> String {
    let imports = ["", "import all;", "import filter { if net = aspa 3 then reject; accept; };"];
    let import = dice.one(&imports).to_owned();
    let mut text = format!("protocol static {{ aspa {{ table at; {import} }};\n");
    for _ in 0..dice.roll(7) {
        let customer = number(dice);
        let providers: Vec<String> = (0..=dice.roll(3)).map(|_| number(dice)).collect();
        let _ = match dice.roll(8) {
            0 => writeln!(text, "route aspa {customer} transit;"),
            _ => writeln!(text, "route aspa {customer} providers {};", providers.join(", ")),
        };
    }
    text + "}\n"
}

fn with_aspa() -> impl Iterator<Item = (Version, std::path::PathBuf)> {
    birds().into_iter().filter(|(version, _)| version.reaches((16, 0), (1, 0)))
}

/// `ROUTELINT_CASES` is the number of tables for each version, `ROUTELINT_SEED` another run.
#[test]
fn checks_agree() {
    if !may_run() {
        return;
    }
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (tables, seed) = (setting("ROUTELINT_CASES").unwrap_or(6), setting("ROUTELINT_SEED").unwrap_or(1));
    let mut wrong = Vec::new();
    let mut tally = [0; 3];
    for (version, program) in with_aspa() {
        let mut dice = Dice(seed * 31 + u64::from(version.minor));
        for _ in 0..tables {
            compare(version, &program, &mut dice, &mut tally, &mut wrong);
        }
    }
    println!("{tally:?} unknown, valid, invalid");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(
    version: Version,
    program: &std::path::Path,
    dice: &mut Dice,
    tally: &mut [usize; 3],
    wrong: &mut Vec<String>,
) {
    let statics = authorisations(dice) + &authorisations(dice);
    let paths: Vec<String> = (0..40).map(|_| path(dice)).collect();
    let mut text = format!("{HEAD}{statics}protocol static {{ ipv4 {{ table t4; }};\n");
    for (at, path) in paths.iter().enumerate() {
        let _ = writeln!(text, "route 10.0.0.{at}/32 blackhole {{ bgp_path = {path}; }};");
    }
    text += "}\n";
    for word in ["upstream", "downstream"] {
        for state in ["UNKNOWN", "VALID", "INVALID"] {
            let test = format!("aspa_check_{word}(at) = ASPA_{state}");
            let _ = writeln!(text, "filter {word}_{state} {{ if {test} then accept; reject; }}");
        }
    }
    for (at, path) in paths.iter().enumerate() {
        for upstream in ["true", "false"] {
            let _ =
                writeln!(text, "function p{at}{upstream}() {{ return aspa_check(at, {path}, {upstream}); }}");
        }
    }
    let configuration = configuration(&text, version);
    assert!(configuration.errors.is_empty(), "{version}: {:?}\n{text}", configuration.errors);
    let tree = &configuration.tree;
    let interpreter = Interpreter::with_tables(tree, version, Tables::of_statics(tree, version));
    let mut daemon = Daemon::start(program, &text).expect("the daemon starts");
    for (at, path) in paths.iter().enumerate() {
        for upstream in ["true", "false"] {
            let name = format!("p{at}{upstream}");
            let theirs = daemon.ask(&format!("eval {name}()")).expect("an answer");
            let (_, value) = interpreter.call(tree.routine_named(&name).expect("there"), Vec::new(), None);
            let ours = value.map(|value| value.text(version)).unwrap_or_default();
            if let Some(place) = state(&interpreter, tree, &name) {
                tally[place] += 1;
            }
            if ours != theirs {
                wrong.push(format!("{version}: {path} {upstream}: BIRD {theirs}, we {ours}\n{statics}"));
            }
        }
    }
    wrong.extend(by_filters(version, &interpreter, &mut daemon, paths.len()));
}

/// The short forms of the check: the filters with a `_` in their name, which the daemon runs over its table.
fn by_filters(
    version: Version,
    interpreter: &Interpreter<'_>,
    daemon: &mut Daemon,
    paths: usize,
) -> Vec<String> {
    let tree = interpreter.tree();
    let mut wrong = Vec::new();
    for routine in tree.routines.iter().filter_map(|one| one.name.as_ref()) {
        if !routine.text.contains('_') {
            continue;
        }
        let reply = daemon.ask(&format!("show route table t4 filter {}", routine.text)).expect("a table");
        let theirs: Vec<usize> = (0..paths).filter(|at| reply.contains(&format!("10.0.0.{at}/32"))).collect();
        let filter = tree.routine_named(&routine.text).expect("there");
        let ours: Vec<usize> = (0..paths)
            .filter(|at| interpreter.filter(filter, route(interpreter, *at)).is_accepted())
            .collect();
        if ours != theirs {
            wrong.push(format!("{version}: {}: BIRD {theirs:?}, we {ours:?}", routine.text));
        }
    }
    wrong
}

fn state(interpreter: &Interpreter<'_>, tree: &Tree, name: &str) -> Option<usize> {
    match interpreter.call(tree.routine_named(name)?, Vec::new(), None).1 {
        Some(Value::Enum(enumerator)) => Some(usize::from(enumerator.value)),
        _ => None,
    }
}

/// The static route of a number, with the path that its commands give it.
fn route(interpreter: &Interpreter<'_>, at: usize) -> Route {
    let tree = interpreter.tree();
    let wanted = format!("10.0.0.{at}/32");
    let mut routes = tree.protocols.iter().flat_map(|protocol| protocol.routes.parts().flatten());
    let written = routes.find(|route| route.net.to_string() == wanted).expect("there");
    let blank = Route::new(written.net.clone());
    interpreter.filter(written.commands.expect("commands"), blank).route.expect("a route")
}

/// What 2.17.6, 2.20.0, 3.3.2 and 3.4.0 said of these.
#[test]
fn checks_are_what_daemons_said() {
    let text = "aspa table ct;\nprotocol device {}\n\
        protocol static { aspa { table ct; }; route aspa 2; route aspa 1 providers 7; }\n\
        function nopath() { return +empty+; }\n\
        function c() { return aspa_check(ct, prepend(prepend(nopath(), 2), 1), true) = ASPA_UNKNOWN; }\n\
        function d() { return aspa_check(ct, prepend(prepend(nopath(), 2), 1), false) = ASPA_VALID; }\n\
        function e() { return aspa_check(ct, prepend(prepend(prepend(nopath(), 2), 3), 1), false) = ASPA_UNKNOWN; }\n\
        function f() { return aspa_check(ct, nopath(), true) = ASPA_INVALID; }\n";
    let version: Version = "3.4.0".parse().expect("a version");
    let configuration = configuration(text, version);
    let tree = &configuration.tree;
    let interpreter = Interpreter::with_tables(tree, version, Tables::of_statics(tree, version));
    for name in ["c", "d", "e", "f"] {
        let (_, value) = interpreter.call(tree.routine_named(name).expect("there"), Vec::new(), None);
        assert_eq!(value, Some(Value::Bool(true)), "{name}: {:?}", configuration.errors);
    }
}
