//! What forwarding decisions cost: the partition from ten thousand routes to a million, and single look-ups.
//!
//! `cargo bench --bench forwarding` prints one line for each size; the column that is divided by n log n should stay
//! about the same.

use std::hint::black_box;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use ipnet::{IpNet, Ipv6Net};
use routelint::fib::{Fib, Flow};
use routelint::net::{AddressRange, Family, Protocol, RouteScope, RouteType, TableId};
use routelint::snapshot::{Link, PolicyRule, Route, Routes, Snapshot, Source};

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    println!(
        "{:>9} {:>9} {:>9} {:>9} {:>8} {:>10} {:>10} {:>5}",
        "routes", "build ms", "sweep ms", "segments", "ns/nlogn", "fates/s", "answers/s", "MiB"
    );
    for routes in [10_000, 31_623, 100_000, 316_228, 1_000_000] {
        measure(routes);
    }
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn measure(count: usize) {
    let snapshot = node(count);
    let before = resident();
    let (fib, build) = timed(|| Fib::new(&snapshot));
    let (segments, sweep) = timed(|| {
        let mut segments = 0;
        fib.sweep(&Flow::local(), AddressRange::all(Family::V6), &mut |segment| {
            black_box(segment);
            segments += 1;
        });
        segments
    });
    let grown = resident().saturating_sub(before) >> 10;
    let spent = (build + sweep).as_nanos() as f64 / (count as f64 * (count as f64).log2());
    println!(
        "{count:>9} {:>9.1} {:>9.1} {segments:>9} {spent:>8.2} {:>10} {:>10} {grown:>5}",
        millis(build),
        millis(sweep),
        per_second(count, |dst| _ = black_box(fib.fate(&Flow::local(), dst))),
        per_second(count, |dst| _ = black_box(fib.look_up(&Flow::local(), dst))),
    );
}

/// How many destinations are asked about in a second, each another one.
fn per_second(count: usize, ask: impl Fn(IpAddr)) -> u64 {
    const DESTINATIONS: u64 = 300_000;
    let mut random = Random(7);
    let destinations: Vec<IpAddr> = (0..DESTINATIONS)
        .map(|_| {
            let within = u128::from(random.next()) % (count as u128 * 2);
            IpAddr::V6(Ipv6Addr::from((0xfd53 << 112) | (within << 64) | 9))
        })
        .collect();
    let ((), spent) = timed(|| destinations.iter().for_each(|dst| ask(*dst)));
    (DESTINATIONS as f64 / spent.as_secs_f64()) as u64
}

/// A mesh node with many planes: nested prefixes, some discards, two metrics.
fn node(count: usize) -> Snapshot {
    let link = |index, name: &str| Link { index, name: name.to_owned(), up: true, ..Link::default() };
    let mut snapshot = Snapshot { links: vec![link(1, "lo"), link(2, "wg0")], ..Snapshot::default() };
    snapshot.policy = vec![
        PolicyRule::lookup(Family::V6, 0, TableId::LOCAL),
        PolicyRule::lookup(Family::V6, 32766, TableId::MAIN),
    ];
    for source in [Source::Links, Source::Policy, Source::Routes4, Source::Routes6] {
        snapshot.sources.ask(source);
    }
    let mut random = Random(1);
    // A dump walks the tree, so that most of it is in order.
    snapshot.routes = Routes::new((0..count).map(|at| route(at, &mut random)).collect());
    snapshot
}

fn route(at: usize, random: &mut Random) -> Route {
    let length = [48, 56, 60, 64, 64, 64, 64, 128][random.next() as usize % 8];
    let number = (0xfd53 << 112) | ((at as u128 * 2) << 64) | u128::from(random.next() % 4);
    let discard = random.next().is_multiple_of(5);
    Route {
        dst: IpNet::V6(Ipv6Net::new(Ipv6Addr::from(number), length).expect("a prefix").trunc()),
        via: None,
        dev: Some(if discard { 1 } else { 2 }),
        table: TableId::MAIN,
        metric: if discard { 32 } else { 1024 },
        flags: 0,
        kind: if discard { RouteType::Unreachable } else { RouteType::Unicast },
        protocol: Protocol::BIRD,
        scope: RouteScope(0),
        rare: None,
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let outcome = run();
    (outcome, begun.elapsed())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The greatest resident size so far, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A small generator, so that every run is the same (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
