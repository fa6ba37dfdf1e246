//! `bird prove`: what every route that a filter accepts must be, told with the route that refutes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::args::{BirdProve, FamilyChoice, Format};
use super::bird::{path_taken, place, routine, show};
use super::{CliError, Exit, print};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Interpreter, Route};
use crate::bird::prove::{Answer, Family, Prover, Witness};
use crate::bird::tree::{CommandKind, Expr, Net, Policy, Span};
use crate::bird::{Configuration, ErrorKind, Files, read};
use crate::net;

/// The name of the function that holds the claim; no configuration has it.
const CLAIM: &str = "routelint_claim";

/// Proves or refutes a claim on the routes that a filter accepts.
pub(super) fn prove(arguments: &BirdProve) -> Result<Exit, CliError> {
    let (configuration, claim) = with_claim(arguments)?;
    let id = routine(&configuration, &arguments.file, &arguments.name)?;
    be_truth(&configuration, arguments, &claim)?;
    let family = Family::all(match arguments.family {
        FamilyChoice::Ipv4 => net::Family::V4,
        FamilyChoice::Ipv6 => net::Family::V6,
    });
    let prover = Prover::new(&configuration.tree, arguments.bird_version);
    let answer = prover.accepts_only(&Policy::Filter(id), &family, &claim);
    let exit = match answer {
        Answer::Proved => Exit::Holds,
        Answer::Refuted(_) => Exit::Violated,
        Answer::Undecided { .. } => Exit::Unproven,
    };
    print(&match arguments.format {
        Format::Table => text(&configuration, arguments, &answer),
        Format::Json => format!("{:#}\n", json(&configuration, arguments, &answer)),
    })?;
    Ok(exit)
}

fn text(configuration: &Configuration, arguments: &BirdProve, answer: &Answer) -> String {
    let (name, claim) = (&arguments.name, &arguments.accepts_only);
    match answer {
        Answer::Proved => format!("proved: {name} accepts only `{claim}`\n"),
        Answer::Refuted(witness) => refuted(configuration, arguments, witness),
        Answer::Undecided { construct, span } => {
            let mut text =
                format!("undecided: whether {name} accepts only `{claim}` depends on {construct}\n");
            if is_of_file(configuration, *span) {
                path_taken(&mut text, configuration, &[*span]);
            }
            text + "`routelint bird run` says of single routes whether they are accepted\n"
        }
    }
}

/// The route, less what every route of its kind has, and the lines that it takes.
fn refuted(configuration: &Configuration, arguments: &BirdProve, witness: &Witness) -> String {
    let mut text = format!("refuted: {} accepts this route\n", arguments.name);
    for (name, value) in telling(&witness.route) {
        let shown = configuration.sources.without_secrets(&show(value, arguments.bird_version));
        let _ = writeln!(text, "  {name} = {shown}");
    }
    if let Some(supposing) = &witness.supposing {
        let _ = writeln!(text, "  supposing that {supposing}");
    }
    let _ = writeln!(text, "by these lines");
    path_taken(&mut text, configuration, &witness.trace);
    text
}

/// The network, the source, and what else is not as in any static route.
fn telling(route: &Route) -> Vec<(&Attribute, &Value)> {
    let plain = route.net().map(|net| Route::new(net.clone()));
    let usual = |name: &Attribute, value: &Value| {
        !matches!(name.name(), "net" | "source")
            && plain.as_ref().is_some_and(|plain| plain.get(name) == Some(value))
    };
    let mut told: Vec<_> = route.attributes().filter(|(name, value)| !usual(name, value)).collect();
    told.sort_by_key(|(name, _)| !matches!(name.name(), "net" | "source"));
    told
}

fn json(configuration: &Configuration, arguments: &BirdProve, answer: &Answer) -> serde_json::Value {
    let mut told = serde_json::json!({ "name": arguments.name, "accepts-only": arguments.accepts_only });
    let place_of = |span: &Span| place(configuration, *span);
    match answer {
        Answer::Proved => told["verdict"] = "proved".into(),
        Answer::Refuted(witness) => {
            let text =
                |value: &Value| configuration.sources.without_secrets(&show(value, arguments.bird_version));
            let route =
                witness.route.attributes().map(|(name, value)| (name.to_string(), text(value).into()));
            told["verdict"] = "refuted".into();
            told["route"] = serde_json::Value::Object(route.collect());
            told["supposing"] = witness.supposing.clone().into();
            told["lines"] = witness.trace.iter().map(place_of).collect();
        }
        Answer::Undecided { construct, span } => {
            told["verdict"] = "undecided".into();
            told["because"] = construct.clone().into();
            told["place"] = is_of_file(configuration, *span).then(|| place_of(span)).into();
        }
    }
    told
}

/// Whether a span stands in what the user wrote, and not in the claim.
fn is_of_file(configuration: &Configuration, span: Span) -> bool {
    span != Span::default() && !configuration.sources.place(span).path.ends_with(&format!("{CLAIM}.conf"))
}

/// Refuses a claim that is something else than true or false.
fn be_truth(configuration: &Configuration, arguments: &BirdProve, claim: &Expr) -> Result<(), CliError> {
    let any = Route::new(Net::Ip(net::Family::V6.default_prefix()));
    match Interpreter::new(&configuration.tree, arguments.bird_version).term(claim, Some(any)) {
        Ok(value) if !matches!(value, Value::Bool(_) | Value::Void) => {
            let (claim, ty) = (&arguments.accepts_only, value.ty());
            Err(CliError::NoRoute(format!("`{claim}` is of type {ty}, and a claim is true or false")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The configuration with the claim as a function behind it, and the claim's term.
fn with_claim(arguments: &BirdProve) -> Result<(Configuration, Expr), CliError> {
    let file = arguments.file.canonicalize().map_err(|_| CliError::NoPath(arguments.file.clone()))?;
    let main = file.with_file_name(format!("{CLAIM}.conf")).to_string_lossy().into_owned();
    let text = format!(
        "include \"{}\";\nfunction {CLAIM}() {{ return {}; }}\n",
        file.display(),
        arguments.accepts_only
    );
    let files = Files::Beside(BTreeMap::from([(main.clone(), text.as_str().into())]));
    let configuration =
        read(&files, &main, arguments.bird_version).map_err(|why| CliError::NoBirdFile(why.0))?;
    if let Some(wrong) = configuration
        .diagnostics()
        .iter()
        .find(|wrong| wrong.kind != ErrorKind::Incomplete && *wrong.place.path == *main)
    {
        return Err(CliError::NoRoute(format!("`{}` is no term: {}", arguments.accepts_only, wrong.message)));
    }
    let id = configuration.tree.routine_named(CLAIM);
    let command = id.and_then(|id| configuration.tree.routine(id).body.first());
    let claim = command.and_then(|command| match &command.kind {
        CommandKind::Return(Some(term)) => Some(term.clone()),
        _ => None,
    });
    let claim = claim.ok_or_else(|| CliError::NoRoute(format!("`{}` is no term", arguments.accepts_only)))?;
    Ok((configuration, claim))
}
