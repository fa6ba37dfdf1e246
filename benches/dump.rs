//! How fast a node with a large IPv6 table is captured and judged, beside a bare receive loop of the same dump and
//! `ip -6 route`.
//!
//! `cargo bench --bench dump -- [ROUTES]` (a million by default) as root; the routes live in a network namespace of this
//! process and vanish with it. The four take turns, and the medians and ratios are printed.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use routelint::collect::netlink;
use routelint::finding::judge;
use routelint::host::Host;
use routelint::rule::Catalogue;
use routelint::snapshot::{Snapshot, Source};
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let size = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    if unshare(CloneFlags::CLONE_NEWNET).is_err() {
        println!("skipped: a network namespace of its own takes root");
        return Ok(());
    }
    fill(size)?;
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(timed(|| receive_only().map(drop))?);
        times[1].push(timed(|| walk(size).map(drop))?);
        times[2].push(timed(|| judged(size))?);
        times[3].push(timed(show)?);
    }
    report(size, times)
}

fn fill(size: u32) -> Result<(), Box<dyn Error>> {
    ip(&["link", "set", "lo", "up"], "")?;
    let begun = Instant::now();
    let lines = (0..size).map(|n| {
        format!("route add fd00:{:x}:{:x}::/48 dev lo metric {}\n", n >> 16, n & 0xffff, 100 + n % 7)
    });
    ip(&["-6", "-batch", "-"], &lines.collect::<String>())?;
    println!("{size} routes inserted in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn ip(arguments: &[&str], input: &str) -> Result<(), Box<dyn Error>> {
    let mut child = Command::new("ip").args(arguments).stdin(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no pipe")?.write_all(input.as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err("`ip` failed".into()) }
}

/// Receives the dump and looks at nothing but its end.
fn receive_only() -> Result<usize, Box<dyn Error>> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    let mut request = [0u8; 28];
    request[0] = 28;
    request[4..8].copy_from_slice(&[26, 0, 1, 3]);
    request[16] = 10;
    socket.send_to(&request, &SocketAddr::new(0, 0), 0)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        let length = socket.recv(&mut &mut buffer[..], 0)?;
        total += length;
        // `NLMSG_DONE` closes the last datagram: a header and a code of 20 bytes.
        if length >= 20 && buffer[length - 16..length - 14] == [3, 0] {
            return Ok(total);
        }
    }
}

/// Everything that rtnetlink tells, as a capture takes it.
fn walk(size: u32) -> Result<Snapshot, Box<dyn Error>> {
    let mut snapshot = Snapshot::default();
    netlink::collect(&mut snapshot, Duration::from_secs(30));
    let whole = snapshot.sources.gaps(Source::Routes6).is_empty() && snapshot.routes.len() >= size as usize;
    if whole { Ok(snapshot) } else { Err(format!("incomplete: {} routes", snapshot.routes.len()).into()) }
}

/// The same, judged by every shipped rule: WireGuard and BIRD were asked and there are none.
fn judged(size: u32) -> Result<(), Box<dyn Error>> {
    let mut snapshot = walk(size)?.canonical();
    Source::ALL.into_iter().for_each(|source| snapshot.sources.ask(source));
    let catalogue = Catalogue::shipped(&Host::set_names(None))?;
    let judgement = judge(&Host::new(&snapshot, None), catalogue.rules());
    let rules = judgement.rules.len();
    if rules > 0 { Ok(()) } else { Err("no rule was judged".into()) }
}

fn show() -> Result<(), Box<dyn Error>> {
    let shown =
        Command::new("ip").args(["-6", "route", "show", "table", "all"]).stdout(Stdio::null()).status()?;
    if shown.success() { Ok(()) } else { Err("`ip -6 route` failed".into()) }
}

fn timed(work: impl Fn() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed())
}

fn report(size: u32, times: [Vec<Duration>; 4]) -> Result<(), Box<dyn Error>> {
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    println!("{size} IPv6 routes, medians of {ROUNDS} interleaved rounds:");
    for (name, median) in
        ["bare receive loop", "capture", "capture and judgement", "ip -6 route show table all"]
            .iter()
            .zip(medians)
    {
        println!("{name:28} {median:8.3} s  {:5.2}", median / medians[0]);
    }
    println!("peak memory of the capture: {}", peak_memory()?);
    Ok(())
}

fn peak_memory() -> Result<String, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim_start_matches("VmHWM:").trim().to_owned())
}
