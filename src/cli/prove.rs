//! `bird prove`: what every route that a filter accepts must be, told with the route that refutes it.

use std::fmt::Write as _;

use super::args::{BirdProve, FamilyChoice, Format};
use super::bird::{path_taken, place, routine, show};
use super::{CliError, Exit, print};
use crate::bird::Files;
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Interpreter, Route};
use crate::bird::prove::{Answer, Claim, Claimed, Family, Prover, Witness};
use crate::bird::tree::{Net, Policy, Span};
use crate::net;

/// Proves or refutes a claim on the routes that a filter accepts.
pub(super) fn prove(arguments: &BirdProve) -> Result<Exit, CliError> {
    let (file, version) = (arguments.file.to_string_lossy(), arguments.bird_version);
    let claimed = Claimed::read(&Files::Disk, &file, &arguments.accepts_only, version)
        .map_err(|why| CliError::NoBirdFile(why.0))?;
    let id = routine(&claimed.configuration, &arguments.file, &arguments.name)?;
    let sources = &claimed.configuration.sources;
    let no_term = |why: String| {
        let why = sources.without_secrets(&why);
        CliError::NoRoute(format!("`{}` is no term: {why}", arguments.accepts_only))
    };
    let claim = claimed.claim.map_err(no_term)?;
    be_truth(&claim, arguments)?;
    let family = Family::all(match arguments.family {
        FamilyChoice::Ipv4 => net::Family::V4,
        FamilyChoice::Ipv6 => net::Family::V6,
    })
    .in_tables();
    let prover = Prover::new(&claim.configuration.tree, version);
    let answer = prover.accepts_only(&Policy::Filter(id), &family, &claim.term);
    let exit = match answer {
        Answer::Proved => Exit::Holds,
        Answer::Refuted(_) => Exit::Violated,
        Answer::Undecided { .. } => Exit::Unproven,
    };
    print(&match arguments.format {
        Format::Table => text(&claim, arguments, &answer),
        Format::Json => format!("{:#}\n", json(&claim, arguments, &answer)),
    })?;
    Ok(exit)
}

fn text(claim: &Claim, arguments: &BirdProve, answer: &Answer) -> String {
    let (name, claimed) = (&arguments.name, &arguments.accepts_only);
    match answer {
        Answer::Proved => format!("proved: {name} accepts only `{claimed}`\n"),
        Answer::Refuted(witness) => refuted(claim, arguments, witness),
        Answer::Undecided { construct, span } => {
            let construct = claim.configuration.sources.without_secrets(construct);
            let mut text =
                format!("undecided: whether {name} accepts only `{claimed}` depends on {construct}\n");
            if claim.is_before(*span) {
                path_taken(&mut text, &claim.configuration, &[*span]);
            }
            text + "`routelint bird run` says of single routes whether they are accepted\n"
        }
    }
}

/// The route, less what every route of its kind has, and the lines that it takes.
fn refuted(claim: &Claim, arguments: &BirdProve, witness: &Witness) -> String {
    let mut text = format!("refuted: {} accepts this route\n", arguments.name);
    for (name, value) in telling(&witness.route, &claim.attributes()) {
        let value = value.map_or_else(|| "nothing".to_owned(), |value| show(value, arguments.bird_version));
        let shown = claim.configuration.sources.without_secrets(&value);
        let _ = writeln!(text, "  {name} = {shown}");
    }
    if let Some(supposing) = &witness.supposing {
        let supposing = claim.configuration.sources.without_secrets(supposing);
        let _ = writeln!(text, "  supposing that {supposing}");
    }
    let _ = writeln!(text, "by these lines");
    path_taken(&mut text, &claim.configuration, &witness.trace);
    text
}

/// The network, the source, what the claim names, and what else is not as in any static route.
fn telling<'r>(route: &'r Route, claimed: &'r [Attribute]) -> Vec<(&'r Attribute, Option<&'r Value>)> {
    let plain = route.net().map(|net| Route::new(net.clone()));
    let always = |name: &Attribute| matches!(name.name(), "net" | "source") || claimed.contains(name);
    let usual = |name: &Attribute, value: &Value| {
        !always(name) && plain.as_ref().is_some_and(|plain| plain.get(name) == Some(value))
    };
    let held = route.attributes().filter(|(name, value)| !usual(name, value));
    let mut told: Vec<_> = held.map(|(name, value)| (name, Some(value))).collect();
    for name in claimed {
        if !told.iter().any(|(held, _)| *held == name) {
            told.push((name, None));
        }
    }
    told.sort_by_key(|(name, _)| !matches!(name.name(), "net" | "source"));
    told
}

fn json(claim: &Claim, arguments: &BirdProve, answer: &Answer) -> serde_json::Value {
    let mut told = serde_json::json!({ "name": arguments.name, "accepts-only": arguments.accepts_only });
    let place_of = |span: &Span| place(&claim.configuration, *span);
    match answer {
        Answer::Proved => told["verdict"] = "proved".into(),
        Answer::Refuted(witness) => {
            let text = |value: &Value| {
                claim.configuration.sources.without_secrets(&show(value, arguments.bird_version))
            };
            let route =
                witness.route.attributes().map(|(name, value)| (name.to_string(), text(value).into()));
            told["verdict"] = "refuted".into();
            told["route"] = serde_json::Value::Object(route.collect());
            let shown = |words: &String| claim.configuration.sources.without_secrets(words);
            told["supposing"] = witness.supposing.as_ref().map(shown).into();
            told["lines"] = witness.trace.iter().map(place_of).collect();
        }
        Answer::Undecided { construct, span } => {
            told["verdict"] = "undecided".into();
            told["because"] = claim.configuration.sources.without_secrets(construct).into();
            told["place"] = claim.is_before(*span).then(|| place_of(span)).into();
        }
    }
    told
}

/// Refuses a claim that is something else than true or false, or that compares what is never equal.
fn be_truth(claim: &Claim, arguments: &BirdProve) -> Result<(), CliError> {
    if let Some((part, [left, right])) = claim.never_equal() {
        let why = format!("`{part}` compares values of types {left} and {right}, which are never equal");
        return Err(CliError::NoRoute(why));
    }
    let any = Route::new(Net::Ip(net::Family::V6.default_prefix()));
    match Interpreter::new(&claim.configuration.tree, arguments.bird_version).term(&claim.term, Some(any)) {
        Ok(value) if !matches!(value, Value::Bool(_) | Value::Void) => {
            let (claim, ty) = (&arguments.accepts_only, value.ty());
            Err(CliError::NoRoute(format!("`{claim}` is of type {ty}, and a claim is true or false")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}
