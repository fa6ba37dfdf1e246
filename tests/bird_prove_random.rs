//! The prover against the interpreter and real daemons, on random filters: no accepted route outside of what was
//! proved, and every witness is accepted.
//!
//! `ROUTELINT_SEED` and `ROUTELINT_PROGRAMS` ask for other and for more programs.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod dice;
mod oracle;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use dice::{Borders, Dice};
use routelint::bird::eval::value::Value;
use routelint::bird::eval::{Attribute, Interpreter, Route};
use routelint::bird::prove::{After, Answer, Family, Prover, Step};
use routelint::bird::tree::{BuiltIn, CommandKind, Expr, Policy, RoutineId, Span};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net;

/// The versions whose meaning is looked at, in turn.
const VERSIONS: [Version; 3] = [Version::new(2, 0, 12), Version::new(2, 20, 0), Version::new(3, 4, 0)];

/// How many routes are tried against what is said of a program.
const ROUTES: usize = 40;

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The configuration of a program; what the version refuses of it, such as terms whose types do not fit.
fn configuration(text: &str, version: Version) -> Result<Configuration, String> {
    let text = format!("{text}\nprotocol device {{}}\n");
    let files = Files::Given(BTreeMap::from([("bird.conf".to_owned(), text.as_str().into())]));
    let configuration = read(&files, "bird.conf", version).unwrap();
    match configuration.errors.first() {
        Some(error) => Err(error.message.clone()),
        None => Ok(configuration),
    }
}

/// The claim's term and the filter.
fn parts(configuration: &Configuration, number: &str) -> (Expr, RoutineId) {
    let named = |name: &str| configuration.tree.routine_named(&format!("{name}{number}")).unwrap();
    match &configuration.tree.routine(named("claim")).body[0].kind {
        CommandKind::Return(Some(term)) => (term.clone(), named("f")),
        other => panic!("{other:?}"),
    }
}

/// What the prover says of one program.
struct Said {
    before: bool,
    answer: Answer,
    after: Option<Vec<After>>,
    dead: Vec<Span>,
}

/// One program.
struct Trial<'c> {
    configuration: &'c Configuration,
    prover: Prover<'c>,
    claim: Expr,
    filter: RoutineId,
}

impl<'c> Trial<'c> {
    fn new(configuration: &'c Configuration) -> Trial<'c> {
        let (claim, filter) = parts(configuration, "");
        let prover = Prover::new(&configuration.tree, configuration.version);
        Trial { configuration, prover, claim, filter }
    }

    fn ask(&self, before: bool) -> Said {
        let (policy, all) = (Policy::Filter(self.filter), Family::all(net::Family::V4));
        let answer = match before {
            true => self.prover.accepts_only(&policy, &all, &self.claim),
            false => self.prover.leaves_only(&policy, &all, &self.claim),
        };
        let after = self.prover.after(&policy, &all, "bgp_local_pref").ok();
        let dead = self.prover.dead_commands(self.filter, &[all]).unwrap_or_default();
        Said { before, answer, after, dead }
    }

    /// What one route shows to be wrong.
    fn contradicts(&self, said: &Said, route: &Route) -> Option<&'static str> {
        let interpreter = self.prover.interpreter();
        let run = interpreter.filter(self.filter, route.clone());
        if run.trace.iter().any(|span| said.dead.contains(span)) {
            return Some("a dead command is done");
        }
        let Some(left) = run.route.as_ref().filter(|_| run.is_accepted()) else {
            let witness = matches!(&said.answer, Answer::Refuted(witness) if witness.route == *route);
            return witness.then_some("the witness is rejected");
        };
        let preference = Attribute::BuiltIn(BuiltIn::named("bgp_local_pref").unwrap());
        let (came, went) = (route.get(&preference), left.get(&preference));
        let told = |after: &After| match after {
            After::Is(value) => went == Some(value),
            After::AsBefore => went == came,
            After::Undefined => went.is_none(),
            After::Computed => true,
        };
        if said.after.as_ref().is_some_and(|after| !after.iter().any(told)) {
            return Some("the local preference after is another");
        }
        let of = if said.before { route } else { left };
        let holds = interpreter.term(&self.claim, Some(of.clone())) == Ok(Value::Bool(true));
        match (&said.answer, holds) {
            (Answer::Proved, false) => Some("a route refutes what is proved"),
            (Answer::Refuted(witness), true) if witness.route == *route => Some("the witness fits the claim"),
            (Answer::Proved | Answer::Refuted(_) | Answer::Undecided { .. }, _) => None,
        }
    }

    /// The first contradiction among random routes and the witness.
    fn judge(&self, said: &Said, dice: &mut Dice, borders: &Borders) -> Option<String> {
        let random = (0..ROUTES).map(|_| {
            let words = borders.route(dice, "");
            Route::from_words(words.iter().map(String::as_str), &self.configuration.tree).unwrap()
        });
        let witness = match &said.answer {
            Answer::Refuted(witness) => Some(witness.route.clone()),
            Answer::Proved | Answer::Undecided { .. } => None,
        };
        random.chain(witness).find_map(|route| {
            let what = self.contradicts(said, &route)?;
            Some(format!(
                "{what}: {:?}\n{:?}",
                route.attributes().map(|(n, v)| format!("{n}={}", v.text(VERSIONS[0]))).collect::<Vec<_>>(),
                said.answer
            ))
        })
    }
}

#[test]
fn the_interpreter_never_contradicts() {
    let mut dice = Dice::new(asked("ROUTELINT_SEED", 42));
    let programs = asked("ROUTELINT_PROGRAMS", 150);
    let (mut proved, mut refuted, mut open, mut refused) = (0, 0, BTreeMap::new(), BTreeMap::new());
    let (mut wrong, mut slowest) = (Vec::new(), Duration::ZERO);
    for round in 0..programs {
        let text = dice.program("");
        let version = VERSIONS[round as usize % VERSIONS.len()];
        let configuration = match configuration(&text, version) {
            Ok(configuration) => configuration,
            Err(why) => {
                *refused.entry(why).or_insert(0) += 1;
                continue;
            }
        };
        let trial = Trial::new(&configuration);
        let started = oracle::processor_time();
        let said = trial.ask(round % 2 == 0);
        slowest = slowest.max(oracle::processor_time() - started);
        wrong.extend(
            trial.judge(&said, &mut dice, &Borders::of(&text)).map(|why| format!("{version}: {why}\n{text}")),
        );
        match said.answer {
            Answer::Undecided { construct, .. } => *open.entry(construct).or_insert(0) += 1,
            Answer::Refuted(_) => refuted += 1,
            Answer::Proved => proved += 1,
        }
    }
    let (undecided, decided): (u64, u64) = (open.values().sum(), proved + refuted);
    println!(
        "proved {proved}, refuted {refuted}, refused {refused:#?}, slowest {slowest:?}, undecided {undecided}: {open:#?}"
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    assert!(proved > programs / 20 && refuted > programs / 8, "proved {proved}, refuted {refuted}");
    assert!(undecided * 10 < decided, "undecided {undecided}: {open:?}");
}

/// The attributes that commands of a static route can give it.
const STAGED: [&str; 9] = [
    "bgp_med",
    "bgp_local_pref",
    "bgp_origin",
    "preference",
    "from",
    "bgp_community",
    "bgp_large_community",
    "bgp_ext_community",
    "bgp_path",
];

/// The commands that give a static route what this one has; `None` where no command can.
fn commands(route: &Route) -> Option<String> {
    let plain = Route::new(route.net()?.clone());
    let changes = plain.changes(route).into_iter();
    let mut made = changes.filter(|(name, _, _)| !matches!(name.name(), "source" | "proto" | "dest"));
    made.try_fold(String::new(), |text, (name, _, value)| {
        Some(text + &command(name.name(), value.filter(|_| STAGED.contains(&name.name()))?)?)
    })
}

fn command(name: &str, value: &Value) -> Option<String> {
    let text = value.text(VERSIONS[0]);
    Some(match value {
        // A community of a kind without a name has no notation, and a long list is not printed to its end.
        Value::EcList(_) if text.contains("unknown") => return None,
        _ if text.ends_with("...)") => return None,
        // A list that lost its last member is there, and empty.
        Value::CList(list) if list.is_empty() => format!("{name}.add((1,1)); {name}.delete((1,1)); "),
        Value::EcList(list) if list.is_empty() => format!("{name}.add((rt,1,1)); {name}.delete((rt,1,1)); "),
        Value::LcList(list) if list.is_empty() => format!("{name}.add((1,1,1)); {name}.delete((1,1,1)); "),
        Value::Path(path) if path.segments.is_empty() => {
            format!("{name}.prepend(1); {name}.delete(1); ")
        }
        Value::CList(_) | Value::EcList(_) | Value::LcList(_) => {
            let inner = text.split_once(' ')?.1.strip_suffix(')')?.replace(") (", ")|(").replace(' ', "");
            let members = inner.split('|').filter(|member| !member.is_empty());
            members.map(|member| format!("{name}.add({member}); ")).collect()
        }
        Value::Path(path) => {
            let asns: Vec<u32> = path.asns().collect();
            asns.iter().rev().map(|asn| format!("{name}.prepend({asn}); ")).collect()
        }
        Value::Enum(member) => format!("{name} = {}; ", member.name()?),
        _ => format!("{name} = {text}; "),
    })
}

/// Routes of a program that a daemon can be given: the prover's witness, where there is one, and random ones.
fn routes_of(number: &str, code: &str, configuration: &Configuration, dice: &mut Dice) -> (Vec<Route>, bool) {
    let family = Family::all(net::Family::V4)
        .of_sources(["RTS_STATIC"])
        .of_protocols([format!("a{number}")])
        .of_destinations(["RTD_BLACKHOLE"]);
    let policy = Policy::Filter(parts(configuration, number).1);
    let prover = Prover::new(&configuration.tree, configuration.version);
    let mut routes = Vec::new();
    if let Answer::Refuted(witness) = prover.accepts_none(&[Step::Policy(&policy)], &family) {
        routes.extend(commands(&witness.route).map(|_| witness.route));
    }
    let witnessed = !routes.is_empty();
    let borders = Borders::of(code);
    for _ in 0..8 {
        let words =
            [borders.net(dice), "source=RTS_STATIC".to_owned(), format!("proto=a{number}")].into_iter();
        let words: Vec<String> =
            words.chain(["dest=RTD_BLACKHOLE".to_owned()]).chain(borders.optional(dice)).collect();
        let route = Route::from_words(words.iter().map(String::as_str), &configuration.tree).unwrap();
        if routes.iter().all(|held| held.net() != route.net()) {
            routes.push(route);
        }
    }
    (routes, witnessed)
}

/// The line of a configuration that a daemon names when it refuses it.
fn at_fault<'t>(text: &'t str, why: &str) -> &'t str {
    let number = why.split(':').filter_map(|part| part.parse::<usize>().ok()).next();
    number.and_then(|number| text.lines().nth(number - 1)).unwrap_or_default()
}

/// Programs with routes in tables of their own, and what the interpreter says of each.
#[derive(Default)]
struct Staged {
    text: String,
    expected: Vec<(u64, String, Vec<String>)>,
    witnesses: usize,
}

impl Staged {
    fn of(version: Version, filters: u64) -> Staged {
        let mut dice = Dice::new(asked("ROUTELINT_SEED", 7));
        let mut staged = Staged::default();
        staged.text += "log stderr { info };\nrouter id 192.0.2.1;\nprotocol device {}\n";
        for number in 0..filters {
            let code = dice.program(&number.to_string());
            if let Ok(read) = configuration(&code, version) {
                staged.put(number, code, &read, &mut dice);
            }
        }
        staged
    }

    fn put(&mut self, number: u64, code: String, read: &Configuration, dice: &mut Dice) {
        let (routes, witnessed) = routes_of(&number.to_string(), &code, read, dice);
        let interpreter = Interpreter::new(&read.tree, read.version);
        let filter = parts(read, &number.to_string()).1;
        self.text += &format!(
            "{code}\nipv4 table t{number};\nprotocol static a{number} {{ ipv4 {{ table t{number}; }};\n"
        );
        let mut accepted = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let passes = interpreter.filter(filter, route.clone()).is_accepted();
            assert!(index > 0 || !witnessed || passes, "{code}\n{route:?}");
            let net = route.net().unwrap().to_string();
            self.text += &format!("  route {net} blackhole {{ {} }};\n", commands(route).unwrap());
            accepted.extend(passes.then_some(net));
        }
        self.text += "}\n";
        accepted.sort_unstable();
        self.witnesses += usize::from(witnessed);
        self.expected.push((number, code, accepted));
    }

    /// What a daemon says otherwise, and what it crashes on, as 3.x does on some methods: then it says nothing of what
    /// stands behind.
    fn settle(&self, version: Version, program: &Path) -> (Vec<String>, Option<String>) {
        let started = oracle::Daemon::start(program, &self.text);
        let mut daemon =
            started.unwrap_or_else(|why| panic!("{version}: {why}\n{}", at_fault(&self.text, &why)));
        let mut wrong = Vec::new();
        for (number, code, accepted) in &self.expected {
            match passing(&mut daemon, *number, accepted) {
                Ok(found) if found == *accepted => {}
                Ok(found) => wrong.push(format!("{version} f{number}: {found:?}, not {accepted:?}\n{code}")),
                Err(why) => return (wrong, Some(format!("{version} f{number}: {why}\n{code}"))),
            }
        }
        (wrong, None)
    }
}

/// What a filter lets pass; the daemon is given time to fill its tables.
fn passing(daemon: &mut oracle::Daemon, number: u64, accepted: &[String]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for _ in 0..40 {
        let reply = daemon.ask(&format!("show route table t{number} filter f{number}"))?;
        let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
        found = reply.lines().filter_map(first).filter(|net| net.contains('/')).collect();
        found.sort_unstable();
        if found == accepted {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(found)
}

/// What a real daemon lets pass is what the interpreter says, and every witness that can be staged is among it.
#[test]
fn daemons_accept_the_witnesses() {
    if !oracle::may_run() {
        return;
    }
    let filters = asked("ROUTELINT_STAGED", 30);
    for (version, program) in oracle::birds() {
        let staged = Staged::of(version, filters);
        let (wrong, crash) = staged.settle(version, &program);
        println!("{version}: {} filters, {} witnesses, {crash:?}", staged.expected.len(), staged.witnesses);
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
    }
}
