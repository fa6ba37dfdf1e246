//! Forwarding decisions against the kernel's own, on random nodes in network namespaces.
//!
//! `ROUTELINT_CASES` is how many look-ups are made. `ROUTELINT_SEED` chooses the nodes and packets: the same each time
//! where it is not set, others each time where it is `random`; the seed is printed. A disagreement is shrunk to few
//! routes and rules and printed as commands for `ip`.

#![allow(clippy::print_stderr, reason = "a run says its seed and what it asked")]

mod compare;
mod kernel;
mod scene;
mod tools;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use compare::Tally;
use scene::Scene;

#[test]
fn every_decision_is_the_kernels() {
    if !kernel::is_available() {
        eprintln!("skipped: needs root and `ip`");
        return;
    }
    let wanted = number("ROUTELINT_CASES").unwrap_or(20_000);
    let tally = on_random_scenes(wanted, compare::compare);
    assert!(tally.unseen * 100 < tally.asked, "too much is left open: {tally:?}");
}

#[test]
fn the_standard_tools_tell_what_the_kernel_tells() {
    if !kernel::is_available() {
        eprintln!("skipped: needs root and `ip`");
        return;
    }
    let wanted = number("ROUTELINT_CASES").unwrap_or(3_000);
    let tally = on_random_scenes(wanted, tools::compare);
    assert!(tally.unseen * 50 < tally.asked, "the folder leaves too much open: {tally:?}");
}

/// Compares on as many scenes, each with its twin, as it takes to make so many look-ups.
fn on_random_scenes(wanted: u64, compare: fn(&Scene) -> Result<Tally, String>) -> Tally {
    let seed = seed();
    eprintln!("ROUTELINT_SEED={seed} ROUTELINT_CASES={wanted}");
    let tally = Cell::new(Tally::default());
    let mut rng = [0; 32];
    rng[..8].copy_from_slice(&seed.to_le_bytes());
    // A scene asks about its packets, and its twin again.
    let cases = u32::try_from(wanted / (2 * scene::PACKETS as u64) + 1).expect("few enough");
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 250, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &rng));
    let outcome = runner.run(&scene::scene(), |scene| {
        for scene in [scene.twin(), scene] {
            let one = kernel::in_namespace(|| compare(&scene)).map_err(TestCaseError::fail)?;
            tally.set(tally.get() + one);
        }
        Ok(())
    });
    let tally = tally.get();
    eprintln!("{tally:?}");
    match outcome {
        Ok(()) => tally,
        Err(TestError::Fail(reason, scene)) => panic!("{reason}\n{scene}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// The seed that is asked for.
fn seed() -> u64 {
    match std::env::var("ROUTELINT_SEED").as_deref() {
        Ok("random") => random(),
        Ok(text) => text.parse().expect("ROUTELINT_SEED is a number or `random`"),
        Err(_) => 1,
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
