//! `bird`: reads, runs, tests and proves BIRD's configurations.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{Bird, BirdCheck, BirdRun, Format};
use super::{CliError, Exit, print, prove, terminal_width};
use crate::bird::eval::value::Value;
use crate::bird::eval::{self, Ending, Interpreter, Route, Tables, TestReport};
use crate::bird::tree::{RoutineId, Span};
use crate::bird::{Configuration, Diagnostic, ErrorKind, Files, Version, read};

/// Does what the arguments ask for.
pub(super) fn bird(bird: &Bird) -> Result<Exit, CliError> {
    match bird {
        Bird::Check(arguments) => check(arguments),
        Bird::Run(arguments) => run(arguments),
        Bird::Test(arguments) => test(arguments),
        Bird::Prove(arguments) => prove::prove(arguments),
    }
}

fn open(path: &Path, version: Version) -> Result<Configuration, CliError> {
    read(&Files::Disk, &path.to_string_lossy(), version).map_err(|why| CliError::NoBirdFile(why.0))
}

fn check(arguments: &BirdCheck) -> Result<Exit, CliError> {
    let mut exit = Exit::Holds;
    let (mut last, mut missing) = (None, None);
    for path in &arguments.files {
        let configuration = match open(path, arguments.bird_version) {
            Ok(configuration) => configuration,
            // The others are judged all the same.
            Err(why) => {
                missing.get_or_insert(why);
                continue;
            }
        };
        let diagnostics = configuration.diagnostics();
        if !diagnostics.is_empty() {
            exit = Exit::Violated;
        }
        print(&match arguments.format {
            Format::Table => diagnostics.iter().map(told).collect::<String>(),
            Format::Json => diagnostics.iter().map(|wrong| format!("{}\n", object(wrong))).collect(),
        })?;
        last = Some(configuration);
    }
    // The process ends here: the system takes a large tree back faster than it could be taken apart.
    std::mem::forget(last);
    missing.map_or(Ok(exit), Err)
}

/// A diagnostic for programs: one object a line.
fn object(Diagnostic { place, message, .. }: &Diagnostic) -> serde_json::Value {
    let (path, line, column) = (&*place.path, place.line, place.column);
    serde_json::json!({ "path": path, "line": line, "column": column, "message": message })
}

/// A diagnostic with its line and what is meant of it underlined.
fn told(diagnostic: &Diagnostic) -> String {
    let Diagnostic { place, width, message, .. } = diagnostic;
    let (path, number, column) = (&place.path, place.line, place.column);
    let (shown, before) = diagnostic.excerpt();
    let width = (*width as usize).min(Diagnostic::WIDEST);
    // A tab stays a tab, so that the mark stands under its place however wide the terminal makes it.
    let indent: String = shown.chars().take(before).map(|c| if c == '\t' { c } else { ' ' }).collect();
    format!("{path}:{number}:{column}: {message}\n  {shown}\n  {indent:before$}{:^<width$}\n", "")
}

/// The routine of a name in a configuration that is valid.
pub(super) fn routine(configuration: &Configuration, path: &Path, name: &str) -> Result<RoutineId, CliError> {
    be_well(configuration, path)?;
    let (tree, path) = (&configuration.tree, path.display().to_string());
    let id = tree.routine_named(name).ok_or_else(|| CliError::NoRoutine {
        path: path.clone(),
        name: name.to_owned(),
        near: nearest(tree.routines.iter().filter_map(|routine| Some(&*routine.name.as_ref()?.text)), name),
    })?;
    match tree.routine(id).parameters.len() {
        0 => Ok(id),
        number => Err(CliError::TakesArguments { path, name: name.to_owned(), number }),
    }
}

/// The name that takes the fewest changes, where it takes few.
fn nearest<'n>(names: impl Iterator<Item = &'n str>, asked: &str) -> Option<String> {
    let near = names.map(|name| (strsim::damerau_levenshtein(name, asked), name)).min()?;
    let letters = asked.chars().count();
    (near.0 < letters && near.0 <= 1 + letters / 4).then(|| near.1.to_owned())
}

/// Refuses where something is wrong that filters could depend on; a file of filters alone is well.
fn be_well(configuration: &Configuration, path: &Path) -> Result<(), CliError> {
    let diagnostics = configuration.diagnostics();
    let Some(first) = diagnostics.iter().find(|wrong| wrong.kind != ErrorKind::Incomplete) else {
        return Ok(());
    };
    let Diagnostic { place, message, .. } = first;
    let first = format!("{}:{}:{}: {message}", place.path, place.line, place.column);
    Err(CliError::BrokenBird { path: path.display().to_string(), first })
}

fn run(arguments: &BirdRun) -> Result<Exit, CliError> {
    let configuration = open(&arguments.file, arguments.bird_version)?;
    let id = routine(&configuration, &arguments.file, &arguments.name)?;
    let route = route(&arguments.route, &configuration)?;
    let tables = Tables::settled(&configuration.tree, arguments.bird_version);
    let interpreter = Interpreter::with_tables(&configuration.tree, arguments.bird_version, tables);
    let run = interpreter.filter(id, route.clone());
    let mut text = String::new();
    let (word, exit) = match &run.ending {
        Ending::Accepted => ("accepted".to_owned(), Exit::Holds),
        Ending::Rejected => ("rejected".to_owned(), Exit::Violated),
        Ending::Returned => ("came to its end without accept or reject".to_owned(), Exit::Violated),
        Ending::Failed(failure) => (
            format!("rejected by an error at {}: {}", place(&configuration, failure.span), failure.message),
            Exit::Violated,
        ),
        Ending::Unseen(why, span) => (
            format!("not decided at {}: {}; {}", place(&configuration, *span), why.reason, why.remedy),
            Exit::Unproven,
        ),
    };
    let _ = writeln!(text, "{}: {}", arguments.name, configuration.sources.without_secrets(&word));
    if !says_source(&arguments.route) {
        text.push_str("  supposing source = RTS_STATIC, since the route does not say\n");
    }
    for line in run.printed.iter().map(|line| configuration.sources.without_secrets(line)) {
        let _ = writeln!(text, "  printed  {line}");
    }
    for (attribute, before, after) in run.route.as_ref().map(|after| route.changes(after)).unwrap_or_default()
    {
        let show = |value: Option<&Value>| {
            let shown = |value| configuration.sources.without_secrets(&show(value, arguments.bird_version));
            value.map_or_else(|| "nothing".to_owned(), shown)
        };
        let _ = writeln!(text, "  changed  {attribute}: {} → {}", show(before), show(after));
    }
    path_taken(&mut text, &configuration, &run.trace);
    print(&text)?;
    Ok(exit)
}

/// A value as BIRD prints it; members of enumerations by the names that filters use.
pub(super) fn show(value: &Value, version: Version) -> String {
    match value {
        Value::Enum(member) => member.name().map_or_else(|| value.text(version), str::to_owned),
        value => value.text(version),
    }
}

/// A route from words or from a JSON object.
fn route(words: &[String], configuration: &Configuration) -> Result<Route, CliError> {
    let tree = &configuration.tree;
    let made = match words {
        [json] if json.trim_start().starts_with('{') => serde_json::from_str(json)
            .map_err(|error| error.to_string())
            .and_then(|json| Route::from_json(&json, tree)),
        words => Route::from_words(words.iter().flat_map(|words| split(words)), tree),
    };
    made.map_err(CliError::NoRoute)
}

/// Whether a route of words or JSON says who made it.
fn says_source(words: &[String]) -> bool {
    words.iter().any(|words| {
        words.contains("\"source\"") || split(words).iter().any(|word| word.starts_with("source="))
    })
}

/// Splits words before each `name=` outside of double quotes: the shell takes the quotes of `bgp_path="64512 64513"`.
fn split(words: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = words.split(|letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    });
    let begins = |part: &str| {
        let name = part.split_once('=').map_or("", |(name, _)| name);
        name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let mut split: Vec<String> = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        match split.last_mut() {
            Some(last) if !begins(part) => *last = format!("{last} {part}"),
            _ => split.push(part.to_owned()),
        }
    }
    split
}

pub(super) fn place(configuration: &Configuration, span: Span) -> String {
    let place = configuration.sources.place(span);
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(&*place.path);
    format!("{}:{}", path.strip_prefix(here).unwrap_or(path).display(), place.line)
}

/// The commands that were done, each line once in a row.
pub(super) fn path_taken(text: &mut String, configuration: &Configuration, trace: &[Span]) {
    let mut last = String::new();
    for span in trace {
        let here = place(configuration, *span);
        if here != last {
            let line = format!("{here}: {}", configuration.sources.line_of(*span).trim());
            let _ = writeln!(text, "  {}", cut(&line));
            last = here;
        }
    }
}

/// A line that fits into the terminal behind two spaces, what is left out marked; whole in a pipe.
fn cut(line: &str) -> String {
    match terminal_width().map(|width| width.saturating_sub(2)) {
        Some(width) if line.chars().count() > width => {
            line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
        _ => line.to_owned(),
    }
}

fn test(arguments: &BirdCheck) -> Result<Exit, CliError> {
    let (mut passed, mut failed, mut exit) = (0, 0, Exit::Holds);
    for path in &arguments.files {
        let configuration = open(path, arguments.bird_version)?;
        be_well(&configuration, path)?;
        let reports = eval::test(&configuration.tree, arguments.bird_version);
        if reports.is_empty() {
            exit = Exit::Unproven;
            if arguments.format == Format::Table {
                print(&format!("{}: there is no `bt_test_suite` in it\n", path.display()))?;
            }
        }
        for report in reports {
            *if report.passed() { &mut passed } else { &mut failed } += 1;
            print(&match arguments.format {
                Format::Table => tested(&configuration, &report),
                Format::Json => format!("{}\n", outcome(&configuration, &report)),
            })?;
        }
    }
    if arguments.format == Format::Table {
        print(&format!("{passed} passed, {failed} failed\n"))?;
    }
    Ok(if failed == 0 { exit } else { Exit::Violated })
}

/// What became of a test, for programs: one object a line.
fn outcome(configuration: &Configuration, report: &TestReport) -> serde_json::Value {
    let sources = &configuration.sources;
    let failures = report.failures.iter().map(|failure| {
        object(&configuration.remark(failure.span, sources.without_secrets(&failure.message)))
    });
    let printed = report.printed.iter().map(|line| sources.without_secrets(line));
    serde_json::json!({
        "name": report.name.to_string(),
        "title": report.title.to_string(),
        "passed": report.passed(),
        "failures": failures.collect::<Vec<_>>(),
        "printed": printed.collect::<Vec<_>>(),
    })
}

/// What became of a test; what a failed one printed comes with it.
fn tested(configuration: &Configuration, report: &TestReport) -> String {
    let TestReport { name, title, failures, printed, .. } = report;
    if report.passed() {
        return format!("ok     {name}: {title}\n");
    }
    let mut text = format!("FAILED {name}: {title}\n");
    for failure in failures {
        let message = configuration.sources.without_secrets(&failure.message);
        text.push_str(&told(&configuration.remark(failure.span, message)));
    }
    for line in printed.iter().map(|line| configuration.sources.without_secrets(line)) {
        let _ = writeln!(text, "  printed  {line}");
    }
    text
}
