//! The prover over the configurations of many operators: how much it leaves undecided, and how long it takes.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use routelint::bird::prove::{Answer, Family, Prover};
use routelint::bird::tree::{CommandKind, Expr, Policy};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net;

/// The most of the channels that may be left undecided.
const UNDECIDED: f64 = 0.02;

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/bird");
    folder.is_dir().then_some(folder)
}

fn claim(text: &str) -> (Configuration, Expr) {
    let code = format!("function claim() {{ return {text}; }}");
    let files = Files::Given(BTreeMap::from([("claim.conf".to_owned(), code.as_str().into())]));
    let configuration = read(&files, "claim.conf", Version::DEFAULT).unwrap();
    let id = configuration.tree.routine_named("claim").unwrap();
    let CommandKind::Return(Some(term)) = &configuration.tree.routine(id).body[0].kind else { panic!() };
    let term = term.clone();
    (configuration, term)
}

#[test]
fn few_channels_are_undecided() {
    let Some(folder) = corpus() else { return println!("skipped: no corpus beside the repository") };
    let (_keep, own) = claim("source = RTS_STATIC && net ~ [ 192.0.2.0/24+ ]");
    let (mut channels, mut undecided, mut slowest) = (0, Vec::new(), Duration::ZERO);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let readings = [Version::DEFAULT, Version::new(3, 4, 0)]
            .map(|version| read(&Files::Disk, &path.to_string_lossy(), version).unwrap());
        let Some(configuration) = readings.iter().find(|reading| reading.errors.is_empty()) else { continue };
        let prover = Prover::new(&configuration.tree, configuration.version);
        for protocol in &configuration.model().protocols {
            for channel in &protocol.channels {
                for (direction, policy) in
                    [("import", &channel.import.what), ("export", &channel.export.what)]
                {
                    if matches!(policy, Policy::All | Policy::None) {
                        continue;
                    }
                    channels += 1;
                    let started = Instant::now();
                    let answer = prover.accepts_only(policy, &Family::all(net::Family::V4), &own);
                    let took = started.elapsed();
                    if took > Duration::from_millis(500) {
                        println!("{name}: {direction} of {} took {took:?}", protocol.name);
                    }
                    slowest = slowest.max(took);
                    if let Answer::Undecided { construct, span } = answer {
                        let place = configuration.sources.place(span);
                        undecided.push(format!(
                            "{name}: {direction} of {}: {construct} at {place}",
                            protocol.name
                        ));
                    }
                }
            }
        }
    }
    println!("{channels} channels with filters, {} undecided, slowest {slowest:?}", undecided.len());
    let share = undecided.len() as f64 / f64::from(channels);
    assert!(channels > 100 && share <= UNDECIDED, "{share:.3} undecided:\n{}", undecided.join("\n"));
}
