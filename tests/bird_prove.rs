//! The prover: what it says of filters, and that the interpreter never contradicts it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod oracle;

use std::collections::BTreeMap;

use routelint::bird::eval::{Interpreter, Route};
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

/// Three hundred conditions, every one with both outcomes, take no more than moments.
#[test]
fn hundreds_of_conditions_are_quick() {
    let mut code = String::from("function pass() {\n");
    for n in 0..300 {
        code += &format!("  if net ~ [ 2001:db8:{n:x}::/48+ ] then bgp_community.add((1,{n}));\n");
        code += &format!("  if (65000,{n}) ~ bgp_community then bgp_local_pref = {n};\n");
    }
    code += "  return source = RTS_STATIC;\n}\nfilter f { if pass() then accept; reject; }";
    let started = std::time::Instant::now();
    proved(&code, "source = RTS_STATIC");
    let took = started.elapsed();
    println!("600 conditions: {took:?}");
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

/// Random programs of conditions, assignments and functions.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.roll(3) == 0 {
            let operator = self.one(&["&&", "||"]);
            return format!("({} {operator} {})", self.condition(depth - 1), self.condition(depth - 1));
        }
        let plain = [
            "source = RTS_STATIC",
            "source = RTS_BGP",
            "source ~ [RTS_BGP, RTS_DEVICE]",
            "net ~ [ 10.0.0.0/8+ ]",
            "net ~ [ 10.1.0.0/16{8,24} ]",
            "net ~ [ 10.1.0.0/16 ]",
            "net.len > 16",
            "net.len = 24",
            "bgp_med > 5",
            "bgp_med = 7",
            "bgp_med < 3",
            "bgp_local_pref = 100",
            "defined(bgp_local_pref)",
            "(1,1) ~ bgp_community",
            "bgp_community ~ [(1,*)]",
            "bgp_community.len > 1",
            "bgp_path ~ [= * 5 =]",
            "bgp_path ~ [5..7]",
            "bgp_path.len > 2",
            "bgp_path.first = 5",
            "dest = RTD_UNREACHABLE",
            "proto = \"a\"",
            "proto ~ \"a*\"",
            "preference > 100",
            "bgp_med + bgp_local_pref > 50",
            "g(net.len)",
            "h()",
        ];
        let plain = self.one(&plain);
        if self.roll(4) == 0 { format!("!({plain})") } else { plain.to_owned() }
    }

    fn command(&mut self, depth: usize) -> String {
        match if depth == 0 { 3 + self.roll(7) } else { self.roll(10) } {
            0..=2 => {
                let otherwise = if self.roll(2) == 0 {
                    format!(" else {}", self.block(depth - 1))
                } else {
                    String::new()
                };
                format!("if {} then {}{otherwise}", self.condition(1), self.block(depth - 1))
            }
            3 => self
                .one(&["bgp_med = 7;", "bgp_local_pref = bgp_med;", "unset(bgp_med);", "preference = 50;"])
                .to_owned(),
            4 => self
                .one(&["bgp_community.add((1,1));", "bgp_community.delete([(1,*)]);", "bgp_path.prepend(5);"])
                .to_owned(),
            5 => self.one(&["dest = RTD_UNREACHABLE;", "bgp_community = -empty-;", "k();"]).to_owned(),
            6 => format!(
                "case net.len {{ 8: {} 16..24: {} else: {} }}",
                self.block(0),
                self.block(0),
                self.block(0)
            ),
            7 => "for pair c in bgp_community do { if c = (2,2) then bgp_med = 1; }".to_owned(),
            _ => self.one(&["accept;", "reject;", "accept;"]).to_owned(),
        }
    }

    fn block(&mut self, depth: usize) -> String {
        let count = 1 + self.roll(3);
        let commands: Vec<String> = (0..count).map(|_| self.command(depth)).collect();
        format!("{{ {} }}", commands.join(" "))
    }

    fn program(&mut self) -> String {
        let g = self.condition(0).replace("g(net.len)", "x = 16").replace("h()", "x > 20");
        let h = self.condition(0).replace("g(net.len)", "g(3)").replace("h()", "g(16)");
        format!(
            "function g(int x) {{ if x = 16 then return true; return {g}; }}
             function h() {{ if bgp_med = 3 then accept; return {h}; }}
             function k() {{ if {} then bgp_local_pref = 200; }}
             filter f {}
             function claim() {{ return {}; }}",
            self.condition(1),
            self.block(3),
            self.condition(1).replace("g(net.len)", "true").replace("h()", "false"),
        )
    }

    fn route(&mut self) -> Vec<String> {
        let mut words = vec![
            format!(
                "net={}",
                self.one(&["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "0.0.0.0/0"])
            ),
            format!("source={}", self.one(&["RTS_STATIC", "RTS_BGP", "RTS_DEVICE"])),
            format!("proto={}", self.one(&["a", "ab", "b"])),
            format!("dest={}", self.one(&["RTD_UNICAST", "RTD_UNREACHABLE"])),
            format!("preference={}", self.one(&["50", "100", "200"])),
        ];
        let optional = [
            ("bgp_med", ["1", "3", "7"]),
            ("bgp_local_pref", ["100", "50", "3"]),
            ("bgp_community", ["(1,1)", "(1,1) (1,2)", "(2,2)"]),
            ("bgp_path", ["5", "1 2 5", "5 6 7"]),
        ];
        for (name, values) in optional {
            if self.roll(3) > 0 {
                words.push(format!("{name}={}", self.one(&values)));
            }
        }
        words
    }
}

/// No accepted route outside of what was proved; and few programs are left undecided.
#[test]
fn the_interpreter_never_contradicts() {
    let mut dice = Dice(42);
    let (mut yes, mut no, mut open) = (0, 0, 0);
    for round in 0..400 {
        let text = dice.program();
        let configuration = configuration(&text);
        let prover = Prover::new(&configuration.tree, VERSION);
        let claim = returned(&configuration, "claim");
        let (id, policy) = filter(&configuration, "f");
        let all = Family::all(net::Family::V4);
        let before = round % 2 == 0;
        let answer = if before {
            prover.accepts_only(&policy, &all, &claim)
        } else {
            prover.leaves_only(&policy, &all, &claim)
        };
        match answer {
            Answer::Refuted(_) => no += 1,
            Answer::Undecided { .. } => open += 1,
            Answer::Proved => {
                yes += 1;
                let interpreter = Interpreter::new(&configuration.tree, VERSION);
                for _ in 0..200 {
                    let words = dice.route();
                    let route =
                        Route::from_words(words.iter().map(String::as_str), &configuration.tree).unwrap();
                    let run = interpreter.filter(id, route.clone());
                    if run.is_accepted() {
                        let of = if before { Some(route) } else { run.route };
                        let holds = interpreter.term(&claim, of).map(|value| value.text(VERSION));
                        assert_eq!(holds.as_deref(), Ok("TRUE"), "{text}\n{words:?}");
                    }
                }
            }
        }
    }
    println!("proved {yes}, refuted {no}, undecided {open}");
    assert!(yes > 20 && no > 50, "proved {yes}, refuted {no}, undecided {open}");
    assert!(open * 20 < yes + no, "undecided {open} of {}", yes + no + open);
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
    (true, "filter f { if net.ip.is_v4 then accept; reject; }"),
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

/// The commands that give a static route what the witness has.
fn commands(route: &Route) -> String {
    let set = |name: &str| {
        let text = route.get_named(name)?.text(VERSION);
        Some(match name {
            "bgp_community" => text
                .trim_start_matches("(clist ")
                .strip_suffix(')')?
                .split_whitespace()
                .map(|member| format!("bgp_community.add({member}); "))
                .collect(),
            "bgp_path" => text
                .trim_start_matches("(path ")
                .trim_end_matches(')')
                .split_whitespace()
                .rev()
                .map(|asn| format!("bgp_path.prepend({asn}); "))
                .collect(),
            _ => format!("{name} = {text}; "),
        })
    };
    ["bgp_med", "bgp_local_pref", "preference", "bgp_community", "bgp_path"]
        .iter()
        .filter_map(|name| set(name))
        .collect()
}

/// Witnesses that can be staged as static routes are accepted by a real daemon.
#[test]
fn daemons_accept_the_witnesses() {
    let birds = oracle::birds();
    let Some((version, program)) = birds.first().filter(|_| oracle::may_run()) else { return };
    let mut dice = Dice(7);
    let mut text = String::from("log stderr all;\nrouter id 192.0.2.1;\nprotocol device {}\n");
    let mut staged = 0;
    for number in 0..150 {
        let own = dice.program();
        let program = ["g(", "h()", "k()", "filter f ", "function claim"].iter().fold(own, |text, name| {
            let (word, rest) = name.split_at(name.find(['(', ' ']).unwrap_or(name.len()));
            match *name {
                "filter f " => text.replace(name, &format!("filter f{number} ")),
                "function claim" => text.replace(name, &format!("function claim{number}")),
                _ => text.replace(name, &format!("{word}{number}{rest}")),
            }
        });
        let read = configuration(&program);
        let prover = Prover::new(&read.tree, VERSION);
        let family = Family::all(net::Family::V4)
            .of_sources(["RTS_STATIC"])
            .of_protocols([format!("a{number}")])
            .of_destinations(["RTD_BLACKHOLE"]);
        let policy = filter(&read, &format!("f{number}")).1;
        if let Answer::Refuted(witness) = prover.accepts_none(&policy, &family) {
            let route = &witness.route;
            let (net, set) = (route.net().unwrap(), commands(route));
            text += &format!("{program}\nipv4 table t{number};\n");
            text += &format!(
                "protocol static a{number} {{ ipv4 {{ table t{number}; }}; route {net} blackhole {{ {set} }}; }}\n"
            );
            staged += 1;
        }
    }
    assert!(staged > 40, "{staged}");
    let mut daemon = oracle::Daemon::start(program, &text).unwrap();
    for number in 0..150 {
        if text.contains(&format!("ipv4 table t{number};")) {
            let reply = daemon.ask(&format!("show route table t{number} filter f{number}"));
            assert!(reply.as_ref().is_ok_and(|reply| reply.contains('/')), "f{number}: {reply:?}\n{text}");
        }
    }
    println!("{staged} witnesses accepted by {version}");
}
