//! `bird prove`: what every route that a filter accepts must be, told with the route that refutes it.

use std::fmt::Write as _;

use super::args::{BirdProve, FamilyChoice, Format};
use super::bird::{path_taken, place, routine, show};
use super::{CliError, Exit, print};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Interpreter, Route};
use crate::bird::model::ChannelModel;
use crate::bird::prove::{Answer, Claim, Claimed, Family, Prover, Witness};
use crate::bird::tree::{Net, Policy, RoutineId, Span};
use crate::bird::{Configuration, Files};
use crate::net;

/// Proves or refutes a claim on the routes that a filter accepts.
pub(super) fn prove(arguments: &BirdProve) -> Result<Exit, CliError> {
    let (file, version) = (arguments.file.to_string_lossy(), arguments.bird_version);
    let claimed = Claimed::read(&Files::Disk, &file, arguments.claim(), version)
        .map_err(|why| CliError::NoBirdFile(why.0))?;
    let id = routine(&claimed.configuration, &arguments.file, &arguments.name)?;
    let sources = &claimed.configuration.sources;
    let no_term = |why: String| {
        let why = sources.without_secrets(&why);
        CliError::NoRoute(format!("`{}` is no term: {why}", arguments.claim()))
    };
    let claim = claimed.claim.map_err(no_term)?;
    be_truth(&claim, arguments)?;
    let families = families(arguments.family, &claim.configuration, id);
    let prover = Prover::new(&claim.configuration.tree, version);
    let answer = gravest(families.iter().map(|family| {
        let routes = Family::all(*family).in_tables();
        match arguments.leaves_only {
            Some(_) => prover.leaves_only(&Policy::Filter(id), &routes, &claim.term),
            None => prover.accepts_only(&Policy::Filter(id), &routes, &claim.term),
        }
    }));
    let asked = Asked { claim, arguments, families };
    let exit = match answer {
        Answer::Proved => Exit::Holds,
        Answer::Refuted(_) => Exit::Violated,
        Answer::Undecided { .. } => Exit::Unproven,
    };
    print(&match arguments.format {
        Format::Table => asked.text(&answer),
        Format::Json => format!("{:#}\n", asked.json(&answer)),
    })?;
    Ok(exit)
}

impl BirdProve {
    /// The claim; clap sees to it that there is one.
    fn claim(&self) -> &str {
        self.accepts_only.as_deref().or(self.leaves_only.as_deref()).unwrap_or_default()
    }
}

/// The families that are asked about: the chosen one, else those of the channels that use the filter, else both.
fn families(chosen: Option<FamilyChoice>, configuration: &Configuration, id: RoutineId) -> Vec<net::Family> {
    match chosen {
        Some(FamilyChoice::Ipv4) => return vec![net::Family::V4],
        Some(FamilyChoice::Ipv6) => return vec![net::Family::V6],
        None => {}
    }
    let model = configuration.model();
    let channels = model.protocols.iter().flat_map(|protocol| &protocol.channels);
    let uses = |channel: &&ChannelModel<'_>| {
        [&channel.import.what, &channel.export.what].iter().any(|policy| policy.routine() == Some(id))
    };
    let used: Vec<Option<net::Family>> = channels.filter(uses).map(|channel| channel.kind.family()).collect();
    let both = [net::Family::V6, net::Family::V4];
    let all = used.is_empty() || used.contains(&None);
    both.into_iter().filter(|family| all || used.contains(&Some(*family))).collect()
}

/// A refutation, else what is undecided, else the proof.
fn gravest(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut gravest = Answer::Proved;
    for answer in answers {
        match (&answer, &gravest) {
            (Answer::Refuted(_), _) => return answer,
            (Answer::Undecided { .. }, Answer::Proved) => gravest = answer,
            (Answer::Proved | Answer::Undecided { .. }, _) => {}
        }
    }
    gravest
}

/// A question that was asked.
struct Asked<'a> {
    claim: Claim,
    arguments: &'a BirdProve,
    families: Vec<net::Family>,
}

impl Asked<'_> {
    /// What it asks, in words behind "whether".
    fn words(&self) -> String {
        let (name, claim) = (&self.arguments.name, self.arguments.claim());
        let routes = match self.families[..] {
            [net::Family::V4] => " (IPv4 routes)",
            [net::Family::V6] => " (IPv6 routes)",
            _ => "",
        };
        match self.arguments.leaves_only {
            Some(_) => format!("{name} leaves only `{claim}`{routes}"),
            None => format!("{name} accepts only `{claim}`{routes}"),
        }
    }

    fn text(&self, answer: &Answer) -> String {
        let Asked { claim, arguments, .. } = self;
        match answer {
            Answer::Proved => format!("proved: {}\n", self.words()),
            Answer::Refuted(witness) => refuted(claim, arguments, witness),
            Answer::Undecided { construct, span } => {
                let construct = claim.configuration.sources.without_secrets(construct);
                let mut text = format!("undecided: whether {} depends on {construct}\n", self.words());
                if claim.is_before(*span) {
                    path_taken(&mut text, &claim.configuration, &[*span]);
                }
                text + "`routelint bird run` says of single routes whether they are accepted\n"
            }
        }
    }

    fn json(&self, answer: &Answer) -> serde_json::Value {
        let Asked { claim, arguments, families } = self;
        let kind = if arguments.leaves_only.is_some() { "leaves-only" } else { "accepts-only" };
        let families: Vec<String> = families.iter().map(ToString::to_string).collect();
        let mut told =
            serde_json::json!({ "name": arguments.name, kind: arguments.claim(), "families": families });
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
    if arguments.leaves_only.is_some() {
        for name in &claim.attributes() {
            let after = witness
                .after
                .get(name)
                .map_or_else(|| "nothing".to_owned(), |value| show(value, arguments.bird_version));
            let _ =
                writeln!(text, "and leaves {name} = {}", claim.configuration.sources.without_secrets(&after));
        }
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

/// Refuses a claim that is something else than true or false, or that compares what is never equal.
fn be_truth(claim: &Claim, arguments: &BirdProve) -> Result<(), CliError> {
    if let Some((part, [left, right])) = claim.never_equal() {
        let why = format!("`{part}` compares values of types {left} and {right}, which are never equal");
        return Err(CliError::NoRoute(why));
    }
    let any = Route::new(Net::Ip(net::Family::V6.default_prefix()));
    match Interpreter::new(&claim.configuration.tree, arguments.bird_version).term(&claim.term, Some(any)) {
        Ok(value) if !matches!(value, Value::Bool(_) | Value::Void) => {
            let (claim, ty) = (arguments.claim(), value.ty());
            Err(CliError::NoRoute(format!("`{claim}` is of type {ty}, and a claim is true or false")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}
