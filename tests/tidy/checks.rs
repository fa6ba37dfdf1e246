//! The checks, each with what it must catch and what it must let pass.
//!
//! In an example, `RUB` is rubbed out before use, so that this file does not hold what it forbids.

use super::source::{House, Source, is_name};

/// A fault's line and what is wrong there.
type Fault = (usize, String);

/// Something that must hold for every file that it concerns.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) concerns: fn(&Source) -> bool,
    pub(crate) run: fn(&Source, &House) -> Vec<Fault>,
    pub(crate) caught: &'static [(&'static str, &'static str)],
    pub(crate) passed: &'static [(&'static str, &'static str)],
}

/// Every check.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "a layer uses only those before it",
        concerns: |source| source.layer().is_some(),
        run: arrows,
        caught: &[
            ("src/net/a.rs", "use crate::cli::main;"),
            ("src/net/a.rs", "use crate::{\n    net::Family,\n    bird::{Tree, Token},\n};"),
            ("src/bird/tree/expr.rs", "use super::super::super::relation::Row;"),
            ("src/net/a.rs", "fn f() { crate::collect::all() }"),
            ("src/collect.rs", "use crate::relation;"),
        ],
        passed: &[
            ("src/cli/a.rs", "use crate::{net::Family, bird::{cli, Tree}};"),
            ("src/bird/tree/expr.rs", "use super::super::cli::Row;"),
            (
                "src/net/a.rs",
                "/// Like [`crate::cli`].\nuse crate::net::Family;\nconst A: &str = \"crate::cli\";",
            ),
        ],
    },
    Check {
        name: "only `collect` opens sockets and starts programs",
        concerns: |source| source.layer().is_some_and(|layer| layer != "collect"),
        run: |source, _| {
            let code = source.code_without_tests();
            [words(code, &OPENERS), phrases(code, &STARTERS)].concat()
        },
        caught: &[
            ("src/host/a.rs", "use std::os::unix::net::UnixStream;"),
            ("src/cli/a.rs", "use rtnetlink::sys::Socket;"),
            ("src/cli/a.rs", "fn f() { std::process::Command::new(X); }"),
        ],
        passed: &[
            ("src/collect/a.rs", "use std::os::unix::net::UnixStream;"),
            ("src/cli/a.rs", "enum Command { Check }"),
            ("src/host/a.rs", "/// A UnixStream.\nstruct Websocket { socket: u8 }"),
        ],
    },
    Check {
        name: "only `cli` prints or exits",
        concerns: |source| source.layer().is_some_and(|layer| layer != "cli"),
        run: |source, _| {
            let code = source.code_without_tests();
            [macros(code, &SPEAKERS), words(code, &STREAMS), phrases(code, &EXITS)].concat()
        },
        caught: &[
            ("src/report/a.rs", "fn f() { println!(\"x\"); }"),
            ("src/report/a.rs", "fn f() { std::eprint ! (\"x\") }"),
            ("src/report/a.rs", "use std::io::stdout;"),
            ("src/collect/a.rs", "fn f() { std::process::exit(1) }"),
        ],
        passed: &[
            ("src/cli/a.rs", "fn f() { println!(\"x\"); }"),
            ("src/report/a.rs", "fn f(exit: Leg) { leave(exit) }"),
            ("src/bird/a.rs", "fn print(&mut self) { if word != X { self.print(newline) } }"),
            ("src/report/a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn f() { println!(\"x\"); }\n}"),
        ],
    },
    Check {
        name: "`relation` sees neither netlink nor BIRD's syntax",
        concerns: |source| source.layer() == Some("relation"),
        run: |source, _| [words(&source.code, &["rtnetlink"]), paths(source, &["collect", "bird"])].concat(),
        caught: &[
            ("src/relation/route.rs", "use crate::bird::tree::Expr;"),
            ("src/relation/route.rs", "use rtnetlink::packet_route::RouteMessage;"),
        ],
        passed: &[
            ("src/relation/route.rs", "use crate::host::Node;"),
            ("src/host/a.rs", "use crate::bird::tree::Expr;"),
        ],
    },
    Check {
        name: "nothing asks the kernel for a change",
        concerns: |source| source.layer().is_some(),
        run: |source, _| [words(&source.code, &CHANGES), changing_calls(source)].concat(),
        caught: &[
            ("src/collect/a.rs", "use rtnetlink::packet_core::{NLM_F_ACK, NLM_F_CREATE};"),
            ("src/collect/a.rs", "handle\n    .route()\n    .add(message)\n    .execute()"),
            ("src/collect/a.rs", "handle.link().set(1).up()"),
            ("src/collect/a.rs", "const WG_CMD_SET_DEVICE: u8 = 1;"),
        ],
        passed: &[
            ("src/collect/a.rs", "handle.route().get(message).execute()"),
            ("src/host/a.rs", "routes.add(route); self.set.del(1);"),
        ],
    },
    Check {
        name: "files are short",
        concerns: |source| source.path.starts_with("src/"),
        run: |source, _| {
            let lines = source.code_without_tests().lines().count();
            if lines > 500 { vec![(lines, format!("{lines} lines, 500 at most"))] } else { Vec::new() }
        },
        caught: &[],
        passed: &[("src/net/a.rs", "//! Owns.")],
    },
    Check {
        name: "functions are short",
        concerns: |source| source.path.ends_with(".rs"),
        run: long_functions,
        caught: &[],
        passed: &[("src/net/a.rs", "fn short() {\n    step();\n}")],
    },
    Check {
        name: "a module says what it owns",
        concerns: |source| source.path.ends_with(".rs"),
        run: |source, _| {
            if source.text.starts_with("//! ") {
                Vec::new()
            } else {
                vec![(1, "no `//!` sentence".to_owned())]
            }
        },
        caught: &[("src/net/a.rs", "use std::fmt;")],
        passed: &[("src/net/a.rs", "//! The two families.")],
    },
    Check {
        name: "a module is named for what it owns",
        concerns: |source| source.path.ends_with(".rs"),
        run: |source, _| {
            let name = source.path.trim_end_matches(".rs").split('/').find(|part| VAGUE.contains(part));
            name.map(|name| vec![(1, format!("`{name}` says nothing"))]).unwrap_or_default()
        },
        caught: &[("src/net/utils.rs", ""), ("src/manager/mod.rs", "")],
        passed: &[("src/net/family.rs", "")],
    },
    Check {
        name: "nothing is left for another day",
        concerns: |_| true,
        run: |source, _| phrases(&source.text, &UNFINISHED),
        caught: &[
            ("src/net/a.rs", "// TORUBDO: the rest"),
            ("tests/a.rs", "#[igRUBnore]\nfn f() {}"),
            ("src/net/a.rs", "fn f() { toRUBdo!() }"),
        ],
        passed: &[("src/net/a.rs", "// Everything to do is done.")],
    },
    Check {
        name: "no file names the place where it was written",
        concerns: |_| true,
        run: |source, _| phrases(&source.text, &WORKPLACE),
        caught: &[("README.md", "See /woRUBrk/main."), ("tests/a.rs", "const A: &str = \"/tRUBmp/briefs\";")],
        passed: &[("README.md", "See `../shared`; the work/life of a mesh.")],
    },
];

/// Types and crates that reach beyond the process.
const OPENERS: [&str; 10] = [
    "UnixStream",
    "UnixDatagram",
    "UnixListener",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "Socket",
    "rtnetlink",
    "netlink_sys",
    "socket2",
];

/// How a program is started.
const STARTERS: [&str; 3] = ["process::Command", "process::{Command", "Command::new"];

/// Macros that write to a terminal.
const SPEAKERS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// What is written to in their place.
const STREAMS: [&str; 2] = ["stdout", "stderr"];

/// How a program ends itself.
const EXITS: [&str; 2] = ["process::exit", "process::abort"];

/// Words that only a request for a change needs.
const CHANGES: [&str; 7] =
    ["NLM_F_CREATE", "NLM_F_EXCL", "NLM_F_APPEND", "WG_CMD_SET_DEVICE", "SetDevice", "set_device", "SetLink"];

/// Names that a module could have whatever it held.
const VAGUE: [&str; 9] = ["util", "utils", "helper", "helpers", "common", "manager", "data", "info", "misc"];

const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
];

const WORKPLACE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/tm", "p/briefs"), concat!("issues ", "show")];

fn arrows(source: &Source, house: &House) -> Vec<Fault> {
    let rank = |name: &str| house.layers.iter().position(|layer| layer == name);
    let Some(own) = source.layer().and_then(rank) else { return Vec::new() };
    let above = |fault: &(usize, String)| rank(&fault.1).is_some_and(|used| used > own);
    let upward = roots(source).into_iter().filter(above);
    upward.map(|(line, used)| (line, format!("`{used}` comes later on the code map"))).collect()
}

fn paths(source: &Source, forbidden: &[&str]) -> Vec<Fault> {
    let used = roots(source).into_iter().filter(|(_, name)| forbidden.contains(&name.as_str()));
    used.map(|(line, name)| (line, format!("`crate::{name}`"))).collect()
}

/// The first names of all paths from the crate's root, with their lines.
fn roots(source: &Source) -> Vec<Fault> {
    let supers = "super::".repeat(depth(&source.path));
    let mut found = Vec::new();
    for prefix in ["crate::", &supers] {
        for (at, _) in source.code.match_indices(prefix) {
            let line = line_of(&source.code, at);
            let names = first_names(&source.code[at + prefix.len()..]);
            found.extend(names.into_iter().map(|name| (line, name)));
        }
    }
    found
}

/// How many modules deep a file of `src/` lies: `src/net/mod.rs` one, `src/net/key.rs` two.
fn depth(path: &str) -> usize {
    let below = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    below.split('/').count()
}

/// The name that a path goes on with, or the names where it goes on with a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word_at(rest)];
    };
    let mut names = Vec::new();
    let mut nesting = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => nesting += 1,
            '}' | ',' if nesting == 0 => {
                names.push(word_at(group[start..at].trim_start()));
                start = at + 1;
            }
            '}' => nesting -= 1,
            _ => {}
        }
        if nesting == 0 && c == '}' && start == at + 1 {
            break;
        }
    }
    names.retain(|name| is_name(name));
    names
}

fn word_at(text: &str) -> String {
    text.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect()
}

/// Where the code holds one of the words as a word of its own.
fn words(code: &str, forbidden: &[&str]) -> Vec<Fault> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut tokens = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        found.extend(
            tokens.find(|word| forbidden.contains(word)).map(|word| (number + 1, format!("`{word}`"))),
        );
    }
    found
}

/// Where the code calls one of the macros.
fn macros(code: &str, forbidden: &[&str]) -> Vec<Fault> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('!').filter(|(at, _)| !code[at + 1..].starts_with('=')) {
        let before = code[..at].trim_end();
        let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        if forbidden.contains(&name) {
            found.push((line_of(code, at), format!("`{name}!`")));
        }
    }
    found
}

/// Where the text holds one of the phrases.
fn phrases(text: &str, forbidden: &[&str]) -> Vec<Fault> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let phrase = forbidden.iter().find(|phrase| line.contains(**phrase));
        found.extend(phrase.map(|phrase| (number + 1, format!("`{phrase}`"))));
    }
    found
}

/// Calls like rtnetlink's `handle.route().add(…)`.
fn changing_calls(source: &Source) -> Vec<Fault> {
    const NOUNS: [&str; 9] = [
        "route",
        "link",
        "address",
        "rule",
        "nexthop",
        "neighbours",
        "qdisc",
        "traffic_filter",
        "traffic_chain",
    ];
    const VERBS: [&str; 5] = ["add", "del", "set", "replace", "change"];
    let close: String = source.code.chars().filter(|c| !c.is_whitespace()).collect();
    let calls = NOUNS.iter().flat_map(|noun| VERBS.iter().map(move |verb| format!(".{noun}().{verb}(")));
    calls.filter(|call| close.contains(call)).map(|call| (1, format!("`{call}…)`"))).collect()
}

/// Functions of more than sixty lines, but for those that say that they are a table.
fn long_functions(source: &Source, _: &House) -> Vec<Fault> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("fn ") {
        let Some(length) = body_end(&source.code[at..]).map(|end| source.code[at..at + end].lines().count())
        else {
            continue;
        };
        let first = line_of(&source.code, at);
        let table = lines[first - 1..first - 1 + length].iter().any(|line| line.trim() == "// A table.");
        if length > 60 && !table {
            found.push((first, format!("{length} lines, 60 at most")));
        }
    }
    found
}

/// Where the body of the function at the beginning of the text ends; none where it has no body.
fn body_end(code: &str) -> Option<usize> {
    let mut nesting = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => nesting += 1,
            '}' | ')' | ']' => nesting -= 1,
            ';' if nesting == 0 => return None,
            _ => {}
        }
        if nesting < 0 {
            return None;
        }
        if c == '}' && nesting == 0 {
            return Some(at + 1);
        }
    }
    None
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}
