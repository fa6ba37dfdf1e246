//! The interpreter against real daemons: what `birdc eval` prints, and which routes filters let through.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]
#![allow(clippy::print_stdout, reason = "what is left out is said")]

mod answers;
mod aspa;
mod deep;
#[path = "../oracle/mod.rs"]
mod oracle;
mod programs;
mod suites;
mod table;
mod writer;

use std::collections::BTreeMap;

use oracle::{Daemon, birds, may_run};
use routelint::bird::eval::{Ending, Interpreter, Route};
use routelint::bird::tree::RoutineId;
use routelint::bird::{Configuration, Files, Version, read};

/// What every expression may use.
const FUNCTIONS: &str = include_str!("../oracle/functions.conf");
/// Expressions by hand, one a line.
const EXPRESSIONS: &str = include_str!("../oracle/expressions.txt");
/// Static routes with attributes, and filters over them.
const FILTERS: &str = include_str!("../oracle/filters.conf");

fn configuration(text: &str, version: Version) -> Configuration {
    let files = Files::Given(BTreeMap::from([("bird.conf".to_owned(), text.into())]));
    read(&files, "bird.conf", version).unwrap()
}

/// What the interpreter makes of an expression: its text, or `None` for an error of whatever kind.
fn ours(expression: &str, version: Version) -> Option<String> {
    let text = format!("{FUNCTIONS}\nfunction probe__() {{ return {expression}; }}\n");
    let configuration = configuration(&text, version);
    if !configuration.errors.is_empty() {
        return None;
    }
    let interpreter = Interpreter::new(&configuration.tree, version);
    let probe = configuration.tree.routine_named("probe__")?;
    let (run, value) = interpreter.call(probe, Vec::new(), None);
    assert!(!matches!(run.ending, Ending::Unseen(..)), "{expression}: {:?}", run.ending);
    value.map(|value| value.text(version))
}

/// Expressions at random: every operator and method over a few values of each type.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    fn int(&mut self, depth: usize) -> String {
        match if depth == 0 { 0 } else { self.roll(8) } {
            0 | 1 => self.one(&["0", "1", "2", "3", "5", "65535", "65536", "4294967295"]).to_owned(),
            2 => format!(
                "({} {} {})",
                self.int(depth - 1),
                self.one(&["+", "-", "*", "/"]),
                self.int(depth - 1)
            ),
            3 => format!(
                "{}.{}",
                self.path(depth - 1),
                self.one(&["len", "first", "last", "last_nonaggregated"])
            ),
            4 => format!("{}.len", self.clist(depth - 1)),
            5 => format!("{}.{}", self.pair(depth - 1), self.one(&["asn", "data"])),
            6 => format!("{}.len", self.prefix()),
            _ => format!("{}.{}", self.lc(depth - 1), self.one(&["asn", "data1", "data2"])),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        let next = depth.saturating_sub(1);
        match if depth == 0 { 0 } else { self.roll(14) } {
            0 => self.one(&["true", "false"]).to_owned(),
            1 => format!("({} {} {})", self.bool(next), self.one(&["&&", "||"]), self.bool(next)),
            2 => format!("(!{})", self.bool(next)),
            3 => format!("({} {} {})", self.int(next), self.order(), self.int(next)),
            4 => format!("({} {} {})", self.pair(next), self.order(), self.pair(next)),
            5 => format!("({} {} {})", self.ip(next), self.order(), self.ip(next)),
            6 => format!("({} {} {})", self.prefix(), self.order(), self.prefix()),
            7 => format!("({} {} {})", self.int(next), self.member(), self.int_set()),
            8 => format!("({} {} {})", self.prefix(), self.member(), self.prefix_set()),
            9 => format!("({} {} {})", self.path(next), self.member(), self.mask()),
            10 => format!("({} {} {})", self.clist(next), self.member(), self.pair_set()),
            11 => format!("({} {} {})", self.pair(next), self.member(), self.clist(next)),
            12 => format!("({} {} {})", self.path(next), self.member(), self.int_set()),
            _ => format!("({} {} {})", self.ip(next), self.member(), self.prefix()),
        }
    }

    fn order(&mut self) -> &'static str {
        self.one(&["=", "!=", "<", "<=", ">", ">="])
    }

    fn member(&mut self) -> &'static str {
        self.one(&["~", "!~"])
    }

    fn pair(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["(1,2)", "(1,3)", "(2,2)", "(65535,65535)"]).to_owned();
        }
        format!("({},{})", self.int(depth - 1), self.int(depth - 1))
    }

    fn lc(&mut self, depth: usize) -> String {
        format!("({},{},{})", self.int(depth.saturating_sub(1)), self.one(&["1", "2"]), self.one(&["3", "4"]))
    }

    fn ip(&mut self, depth: usize) -> String {
        let address = self.one(&["10.0.0.1", "192.168.1.200", "2001:db8::1", "::", "::1.2.3.4"]);
        if depth == 0 {
            return address.to_owned();
        }
        format!("({}).mask({})", address, self.one(&["0", "8", "24", "32", "33", "64", "128"]))
    }

    fn prefix(&mut self) -> String {
        let nets =
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.1.2.3/32"];
        self.one(&nets).to_owned()
    }

    fn path(&mut self, depth: usize) -> String {
        let mut path = "+empty+".to_owned();
        for _ in 0..self.roll(5) {
            path = format!("prepend({path}, {})", self.one(&["1", "2", "3", "4"]));
        }
        match if depth == 0 { 0 } else { self.roll(4) } {
            1 => format!("delete({path}, {})", self.int_set()),
            2 => format!("filter({path}, {})", self.int_set()),
            _ => path,
        }
    }

    fn clist(&mut self, depth: usize) -> String {
        let mut list = "-empty-".to_owned();
        for _ in 0..self.roll(4) {
            list = format!("add({list}, {})", self.one(&["(1,2)", "(1,3)", "(2,2)", "(3,4)", "0.1.0.2"]));
        }
        match if depth == 0 { 0 } else { self.roll(5) } {
            1 => format!("delete({list}, {})", self.pair_set()),
            2 => format!("filter({list}, {})", self.pair_set()),
            3 => format!("delete({list}, {})", self.pair(0)),
            _ => list,
        }
    }

    fn int_set(&mut self) -> String {
        let items = ["1", "2", "3..5", "0..1", "4", "65535..70000", "2..3"];
        let count = self.roll(4) + 1;
        let picked: Vec<&str> = (0..count).map(|_| self.one(&items)).collect();
        format!("[{}]", picked.join(", "))
    }

    fn pair_set(&mut self) -> String {
        let items = ["(1,2)", "(1,*)", "(1..2,2)", "(2,1..3)", "(1,3)..(2,1)", "(3,*)"];
        let count = self.roll(3) + 1;
        let picked: Vec<&str> = (0..count).map(|_| self.one(&items)).collect();
        format!("[{}]", picked.join(", "))
    }

    fn prefix_set(&mut self) -> String {
        let v4 = [
            "10.0.0.0/8",
            "10.0.0.0/8+",
            "10.1.0.0/16-",
            "10.1.0.0/17{8,24}",
            "0.0.0.0/0{9,20}",
            "10.0.0.0/7{24,32}",
        ];
        let v6 = ["2001:db8::/32+", "::/0", "2001:db8::/29{20,40}", "::/1{0,3}"];
        let family: &[&str] = if self.roll(3) == 0 { &v6 } else { &v4 };
        let count = self.roll(3) + 1;
        let picked: Vec<&str> = (0..count).map(|_| self.one(family)).collect();
        format!("[{}]", picked.join(", "))
    }

    fn mask(&mut self) -> String {
        let items = ["*", "?", "1", "2", "3", "1..2", "[2,3]", "2 +", "? +", "[1..3] +"];
        let count = self.roll(5);
        let picked: Vec<&str> = (0..count).map(|_| self.one(&items)).collect();
        format!("[= {} =]", picked.join(" "))
    }

    fn expression(&mut self) -> String {
        match self.roll(9) {
            0 => self.int(3),
            1 => self.path(1),
            2 => self.clist(1),
            3 => self.int_set(),
            4 => self.prefix_set(),
            5 => self.ip(1),
            _ => self.bool(3),
        }
    }
}

#[test]
fn expressions_agree() {
    if !may_run() {
        return;
    }
    let mut wrong = Vec::new();
    let mut count = 0;
    for (version, program) in birds() {
        let mut daemon = Daemon::start(&program, FUNCTIONS).unwrap();
        let mut dice = Dice(u64::from(version.minor) + 7);
        let random: Vec<String> = (0..600).map(|_| dice.expression()).collect();
        let by_hand = EXPRESSIONS.lines().filter(|line| !line.is_empty());
        for expression in by_hand.chain(random.iter().map(String::as_str)) {
            let theirs = match daemon.ask(&format!("eval {expression}")) {
                Ok(text) => Some(text),
                Err(why) if is_of_the_reader(&why, expression) => continue,
                Err(_) => None,
            };
            let ours = ours(expression, version);
            count += 1;
            // BIRD cuts long replies.
            let cut = theirs.as_ref().is_some_and(|text| text.starts_with('[') && !text.ends_with(']'));
            if ours != theirs && !cut {
                wrong.push(format!("{version}: {expression}\n    BIRD {theirs:?}\n    we   {ours:?}"));
            }
        }
    }
    println!("{count} expressions compared");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether BIRD refused to read the expression. Failing constants it refuses too, even where `&&` would skip them.
fn is_of_the_reader(why: &str, expression: &str) -> bool {
    let failed = why.contains("preevaluation") || why.contains("runtime error");
    !failed || expression.contains("&&") || expression.contains("||")
}

/// The routes of a static protocol as the interpreter sees them: made by running their command blocks.
fn static_routes(interpreter: &Interpreter<'_>) -> Vec<Route> {
    use routelint::bird::tree::{Gateway, NextHop, StaticTarget};
    let protocol = interpreter.tree().protocols.iter().find(|p| &*p.name.text == "st1").unwrap();
    let mut routes = Vec::new();
    for route in protocol.routes.parts().flatten() {
        let dest = match route.target {
            StaticTarget::Blackhole => "RTD_BLACKHOLE",
            StaticTarget::Unreachable => "RTD_UNREACHABLE",
            StaticTarget::Prohibit => "RTD_PROHIBIT",
            _ => "RTD_UNICAST",
        };
        let interface = match route.target.next_hops() {
            [NextHop { gateway: Gateway::Interface(id), .. }, ..] => interpreter.tree().interface(*id),
            _ => "",
        };
        let words = [
            format!("net={}", route.net),
            "proto=st1".to_owned(),
            format!("dest={dest}"),
            format!("ifname={interface}"),
        ];
        let mut made = Route::from_words(words.iter().map(String::as_str), interpreter.tree()).unwrap();
        if let Some(commands) = route.commands {
            made = interpreter.filter(commands, made).route.unwrap();
        }
        routes.push(made);
    }
    routes
}

fn accepted(interpreter: &Interpreter<'_>, filter: RoutineId) -> Vec<String> {
    let mut nets: Vec<String> = static_routes(interpreter)
        .into_iter()
        .filter(|route| interpreter.filter(filter, route.clone()).is_accepted())
        .map(|route| route.net().unwrap().to_string())
        .collect();
    nets.sort();
    nets
}

#[test]
fn filters_agree() {
    if !may_run() {
        return;
    }
    for (version, program) in birds() {
        let mut daemon = Daemon::start(&program, FILTERS).unwrap();
        let configuration = configuration(FILTERS, version);
        assert!(configuration.errors.is_empty(), "{version}: {:?}", configuration.errors);
        let interpreter = Interpreter::new(&configuration.tree, version);
        let tree = &configuration.tree;
        for routine in &tree.routines {
            let Some(name) = routine.name.as_ref().filter(|name| name.text.starts_with('f')) else {
                continue;
            };
            let reply = daemon.ask(&format!("show route table t4 filter {}", name.text)).unwrap();
            let mut theirs: Vec<String> = reply
                .lines()
                .filter_map(|line| line.split_whitespace().next())
                .filter(|word| word.contains('/'))
                .map(str::to_owned)
                .collect();
            theirs.sort();
            let ours = accepted(&interpreter, tree.routine_named(&name.text).unwrap());
            assert_eq!(ours, theirs, "{version}: filter {}", name.text);
        }
    }
}
