//! How long a folder with a large IPv6 table takes to write and to read.
//!
//! `cargo bench --bench folder -- [ROUTES]`, a million by default; the medians are printed.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::time::{Duration, Instant};

use routelint::net::{Protocol, RouteScope, RouteType, TableId};
use routelint::snapshot::{Link, Route, Routes, Snapshot, folder};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let size = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    let snapshot = node(size)?;
    let (mut written, mut read) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir()?;
        let begun = Instant::now();
        folder::write(&snapshot, dir.path())?;
        written.push(begun.elapsed());
        let begun = Instant::now();
        let same = folder::read(dir.path())? == snapshot;
        read.push(begun.elapsed());
        if !same {
            return Err("what was read is not what was written".into());
        }
    }
    println!("{size} IPv6 routes, medians of {ROUNDS} rounds:");
    println!("written in {:6.3} s", median(written));
    println!("read in    {:6.3} s, compared", median(read));
    Ok(())
}

/// A node whose every second route has a gateway.
fn node(size: u32) -> Result<Snapshot, Box<dyn Error>> {
    let wg0 = Link { index: 7, name: "wg0".into(), mtu: 1420, ..Link::default() };
    let routes = (0..size).map(route).collect::<Result<_, _>>()?;
    let routes = Routes::new(routes);
    Ok(Snapshot { node: "big".into(), links: vec![wg0], routes, ..Snapshot::default() })
}

fn route(at: u32) -> Result<Route, Box<dyn Error>> {
    let gateway = at.is_multiple_of(2).then(|| "fe80::1".parse()).transpose()?;
    Ok(Route {
        dst: format!("fd00:{:x}:{:x}::/48", at >> 16, at & 0xffff).parse()?,
        via: gateway,
        dev: Some(7),
        table: TableId::MAIN,
        metric: 1024,
        flags: 0,
        kind: RouteType::Unicast,
        protocol: Protocol::BIRD,
        scope: RouteScope::default(),
        rare: None,
    })
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
