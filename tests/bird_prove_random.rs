//! The prover against the interpreter and real daemons, on random filters: no accepted route outside of what was
//! proved, and every witness is accepted.
//!
//! `ROUTELINT_SEED` and `ROUTELINT_PROGRAMS` ask for other and for more programs.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod dice;
mod oracle;

use std::collections::BTreeMap;

use dice::Dice;
use routelint::bird::eval::{Interpreter, Route};
use routelint::bird::prove::{Answer, Family, Prover, Step};
use routelint::bird::tree::{CommandKind, Expr, Policy, RoutineId};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net;

const VERSION: Version = Version::new(2, 0, 12);

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn configuration(text: &str) -> Configuration {
    let text = format!("{text}\nprotocol device {{}}\n");
    let files = Files::Given(BTreeMap::from([("bird.conf".to_owned(), text.as_str().into())]));
    let configuration = read(&files, "bird.conf", VERSION).unwrap();
    assert!(configuration.errors.is_empty(), "{:?}\n{text}", configuration.errors);
    configuration
}

/// The claim's term and the filter.
fn parts(configuration: &Configuration, number: &str) -> (Expr, RoutineId) {
    let named = |name: &str| configuration.tree.routine_named(&format!("{name}{number}")).unwrap();
    match &configuration.tree.routine(named("claim")).body[0].kind {
        CommandKind::Return(Some(term)) => (term.clone(), named("f")),
        other => panic!("{other:?}"),
    }
}

/// Whether the claim holds of a route.
fn holds(interpreter: &Interpreter<'_>, claim: &Expr, route: Option<Route>) -> bool {
    interpreter.term(claim, route).is_ok_and(|value| value.text(VERSION) == "TRUE")
}

#[test]
fn the_interpreter_never_contradicts() {
    let mut dice = Dice::new(asked("ROUTELINT_SEED", 42));
    let programs = asked("ROUTELINT_PROGRAMS", 300);
    let (mut yes, mut no, mut open) = (0, 0, BTreeMap::new());
    for round in 0..programs {
        let text = dice.program("");
        let configuration = configuration(&text);
        let prover = Prover::new(&configuration.tree, VERSION);
        let (claim, id) = parts(&configuration, "");
        let (policy, all) = (Policy::Filter(id), Family::all(net::Family::V4));
        let before = round % 2 == 0;
        let answer = match before {
            true => prover.accepts_only(&policy, &all, &claim),
            false => prover.leaves_only(&policy, &all, &claim),
        };
        let interpreter = Interpreter::new(&configuration.tree, VERSION);
        match answer {
            Answer::Undecided { construct, .. } => *open.entry(construct).or_insert(0) += 1,
            Answer::Refuted(witness) => {
                no += 1;
                let run = interpreter.filter(id, witness.route.clone());
                assert!(run.is_accepted(), "{text}\n{witness:?}");
                let of = if before { Some(witness.route.clone()) } else { run.route };
                assert!(!holds(&interpreter, &claim, of), "{text}\n{witness:?}");
            }
            Answer::Proved => {
                yes += 1;
                for _ in 0..100 {
                    let words = dice.route();
                    let words = words.iter().map(String::as_str);
                    let route = Route::from_words(words.clone(), &configuration.tree).unwrap();
                    let run = interpreter.filter(id, route.clone());
                    let of = if before { Some(route) } else { run.route.clone() };
                    let fine = !run.is_accepted() || holds(&interpreter, &claim, of);
                    assert!(fine, "{text}\n{:?}", words.collect::<Vec<_>>());
                }
            }
        }
    }
    let undecided: u64 = open.values().sum();
    println!("proved {yes}, refuted {no}, undecided {undecided}: {open:?}");
    assert!(yes > programs / 20 && no > programs / 8, "proved {yes}, refuted {no}");
    assert!(undecided * 20 < programs, "undecided {undecided} of {programs}: {open:?}");
}

/// The attributes that commands of a static route can give it.
const STAGED: [&str; 8] = [
    "bgp_med",
    "bgp_local_pref",
    "preference",
    "from",
    "bgp_community",
    "bgp_large_community",
    "bgp_ext_community",
    "bgp_path",
];

/// The commands that give a static route what the witness has.
fn commands(route: &Route) -> String {
    let set = |name: &str| {
        let text = route.get_named(name)?.text(VERSION);
        let members = |text: &str, start: &str| -> Vec<String> {
            text.trim_start_matches(start).trim_end_matches(')').split(' ').map(str::to_owned).collect()
        };
        Some(match name {
            "bgp_community" | "bgp_large_community" | "bgp_ext_community" => {
                let inner = text.split_once(' ')?.1.strip_suffix(')')?.replace(") (", ")|(").replace(' ', "");
                let members = inner.split('|').filter(|member| !member.is_empty());
                members.map(|member| format!("{name}.add({member}); ")).collect()
            }
            "bgp_path" => members(&text, "(path ")
                .iter()
                .rev()
                .filter(|asn| !asn.is_empty())
                .map(|asn| format!("bgp_path.prepend({asn}); "))
                .collect(),
            _ => format!("{name} = {text}; "),
        })
    };
    STAGED.iter().filter_map(|name| set(name)).collect()
}

/// Witnesses that can be staged as static routes are accepted by a real daemon.
#[test]
fn daemons_accept_the_witnesses() {
    let birds = oracle::birds();
    let Some((version, program)) = birds.first().filter(|_| oracle::may_run()) else { return };
    let mut dice = Dice::new(asked("ROUTELINT_SEED", 7));
    let mut text = String::from("log stderr all;\nrouter id 192.0.2.1;\nprotocol device {}\n");
    let mut staged = Vec::new();
    for number in 0..200 {
        let code = dice.program(&number.to_string());
        let read = configuration(&code);
        let prover = Prover::new(&read.tree, VERSION);
        let family = Family::all(net::Family::V4)
            .of_sources(["RTS_STATIC"])
            .of_protocols([format!("a{number}")])
            .of_destinations(["RTD_BLACKHOLE"]);
        let policy = Policy::Filter(parts(&read, &number.to_string()).1);
        let Answer::Refuted(witness) = prover.accepts_none(&[Step::Policy(&policy)], &family) else {
            continue;
        };
        let route = &witness.route;
        let plain = Route::new(route.net().unwrap().clone());
        let staged_as_is = |name: &str| STAGED.contains(&name) || matches!(name, "source" | "proto" | "dest");
        if !plain.changes(route).iter().all(|(name, _, _)| staged_as_is(name.name())) {
            continue;
        }
        let (net, set) = (route.net().unwrap(), commands(route));
        text += &format!("{code}\nipv4 table t{number};\n");
        text += &format!(
            "protocol static a{number} {{ ipv4 {{ table t{number}; }}; route {net} blackhole {{ {set} }}; }}\n"
        );
        staged.push(number);
    }
    assert!(staged.len() > 40, "{}", staged.len());
    let mut daemon = oracle::Daemon::start(program, &text).unwrap();
    for number in &staged {
        let reply = daemon.ask(&format!("show route table t{number} filter f{number}"));
        assert!(reply.as_ref().is_ok_and(|reply| reply.contains('/')), "f{number}: {reply:?}\n{text}");
    }
    println!("{} witnesses accepted by {version}", staged.len());
}
