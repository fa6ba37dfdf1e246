//! What judging a node costs, causes included, from ten thousand routes into a tunnel to a million.
//!
//! `cargo bench --bench judge -- [SHAPE]` prints for each shape of node and each size the CPU time and the peak memory,
//! and how the time grows: the exponent between two sizes, 1.0 where it is linear. Each measurement is a process of
//! its own, so that one peak is not another's.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::net::Ipv6Addr;
use std::process::Command;
use std::time::Duration;

use ipnet::{IpNet, Ipv6Net};
use nix::time::{ClockId, clock_gettime};
use routelint::cause;
use routelint::finding::{Judgement, judge};
use routelint::host::Host;
use routelint::net::{Family, Protocol, PublicKey, RouteScope, RouteType, TableId};
use routelint::rule::{Catalogue, Rule};
use routelint::snapshot::{
    BirdDaemon, ConfigFile, Device, Link, Peer, PolicyAction, PolicyRule, Route, Routes, Snapshot, Source,
};
use routelint::text::Blanked;

/// A node with a number of routes.
type Make = fn(usize) -> Result<Snapshot, Box<dyn Error>>;

/// The shapes of node, each with what is to be seen there.
const SHAPES: [(&str, Make); 8] = [
    ("carried", carried),
    ("refused", refused),
    ("by-rule", by_rule),
    ("peers", peers),
    ("uncovered", uncovered),
    ("allowed", allowed),
    ("overlapping", overlapping),
    ("export-all", export_all),
];

/// The number of the first prefix beyond `fd53::/16`.
const PLANES: usize = 1 << 32;

/// When the nodes were seen, in seconds since 1970.
const NOW: i64 = 1_790_000_000;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let [shape, size] = words.as_slice() {
        return measure(shape, size.parse()?);
    }
    println!(
        "{:12} {:>8} {:>9} {:>9} {:>9} {:>8} {:>9}",
        "shape", "routes", "host ms", "judge ms", "cause ms", "MiB", "findings"
    );
    for (shape, _) in SHAPES.iter().filter(|(shape, _)| words.is_empty() || words[0] == *shape) {
        let mut times = Vec::new();
        for size in SIZES {
            let output = Command::new(std::env::current_exe()?).args([*shape, &size.to_string()]).output()?;
            let line = String::from_utf8(output.stdout)?;
            let total: f64 =
                line.split_whitespace().skip(2).take(3).filter_map(|ms| ms.parse::<f64>().ok()).sum();
            print!("{line}");
            times.push(total);
        }
        let exponents: Vec<String> =
            times.windows(2).map(|pair| format!("{:.2}", (pair[1] / pair[0]).log10())).collect();
        println!("{shape:12} grows with exponent {}", exponents.join(", then "));
    }
    Ok(())
}

/// Judges one node and prints what it cost.
fn measure(shape: &str, size: usize) -> Result<(), Box<dyn Error>> {
    let (_, make) = SHAPES.iter().find(|(name, _)| *name == shape).ok_or("no such shape")?;
    let snapshot = make(size)?.canonical();
    let catalogue = Catalogue::shipped(&Host::set_names(None))?;
    let rules: Vec<&Rule> = catalogue.rules().collect();
    let (host, joined) = timed(|| Host::new(&snapshot, None))?;
    let (mut judgement, judged) = timed(|| judge(&host, rules.iter().copied()))?;
    let ((), folded) = timed(|| cause::fold(&host, &rules, &mut judgement))?;
    println!(
        "{shape:12} {size:>8} {:>9.1} {:>9.1} {:>9.1} {:>8} {:>9} {}",
        millis(joined),
        millis(judged),
        millis(folded),
        peak_memory()?,
        judgement.findings.len(),
        spoken(&judgement),
    );
    Ok(())
}

/// The rules that speak.
fn spoken(judgement: &Judgement) -> String {
    let mut rules: Vec<&str> = judgement.findings.iter().map(|finding| finding.key.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.join(" ")
}

fn timed<T>(work: impl FnOnce() -> T) -> Result<(T, Duration), Box<dyn Error>> {
    let cpu = || clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from);
    let begun = cpu()?;
    let done = work();
    Ok((done, cpu()? - begun))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The greatest resident size so far, in MiB.
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? >> 10)
}

/// Every route leads into the tunnel, and eight peers' allowed IPs hold them all.
fn carried(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    Ok(node((0..size).map(into_tunnel).collect(), evenly(size, 8)))
}

/// A thousand of them are shadowed by discards of a daemon.
fn refused(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    let discards = (0..1_000).map(|at| discard(at * size / 1_000));
    Ok(node((0..size).map(into_tunnel).chain(discards).collect(), evenly(size, 8)))
}

/// A policy rule refuses them all.
fn by_rule(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    let mut snapshot = carried(size)?;
    let refuse = PolicyRule::lookup(Family::V6, 100, TableId::MAIN);
    snapshot.policy.push(PolicyRule { action: PolicyAction::Unreachable, ..refuse });
    Ok(snapshot)
}

/// Three hundred peers.
fn peers(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    Ok(node((0..size).map(into_tunnel).collect(), evenly(size, 300)))
}

/// No peer's allowed IPs hold the upper half of the routes.
fn uncovered(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    Ok(node((0..size).map(into_tunnel).collect(), evenly(size / 2, 8)))
}

/// Each route has an allowed IP of its own, at one of three hundred peers.
fn allowed(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    let prefixes = |peer: usize| (peer..size).step_by(300).map(prefix).collect();
    Ok(node((0..size).map(into_tunnel).collect(), (0..300).map(prefixes).collect()))
}

/// Eight peers have the same planes, each route leads to one of them, and a ninth peer takes a part of every one.
fn overlapping(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    let planes = |peer: usize| (0..size / 16).map(move |plane| (peer << 16) + plane);
    let mut allowed: Vec<Vec<IpNet>> = (0..8).map(|peer| planes(peer).map(prefix).collect()).collect();
    allowed.push((0..8).flat_map(planes).map(|at| longer(prefix(at))).collect());
    Ok(node((0..8).flat_map(planes).map(into_tunnel).collect(), allowed))
}

/// BIRD's kernel protocol exports all: each second route is its discard, which beats the other. The peers have planes
/// of one pattern, so that the fault in the file is seen and its symptoms follow from it.
fn export_all(size: usize) -> Result<Snapshot, Box<dyn Error>> {
    let half = size / 2;
    let planes = |peer: usize| [0x1000, 0x1100].map(|plane| PLANES + (peer << 16) + plane);
    let numbers = (0..half).chain((0..8).flat_map(planes));
    let routes = numbers.flat_map(|at| [into_tunnel(at), discard(at)]).collect();
    let mut allowed = evenly(half, 8);
    for (peer, prefixes) in allowed.iter_mut().enumerate() {
        prefixes.extend(planes(peer).map(prefix));
    }
    let mut snapshot = node(routes, allowed);
    snapshot.sources.ask(Source::BirdConfig);
    let config = "protocol device { }\nprotocol kernel { ipv6 { export all; }; }\n\
                protocol bgp far { local as 64512; neighbor fd54:0:1000::1 as 64513; multihop;\n\
                ipv6 { import all; export none; }; }\n";
    let file = |text| ConfigFile { path: "/etc/bird/bird.conf".into(), modified: None, text };
    snapshot.bird.push(BirdDaemon {
        name: "bird".into(),
        version: Some("2.0.12".into()),
        files: Blanked::bird(&[config]).into_iter().map(file).collect(),
        ..BirdDaemon::default()
    });
    Ok(snapshot)
}

fn node(routes: Vec<Route>, allowed: Vec<Vec<IpNet>>) -> Snapshot {
    let link = |index, name: &str, kind: Option<&str>| Link {
        index,
        name: name.to_owned(),
        kind: kind.map(str::to_owned),
        up: true,
        carrier: true,
        loopback: index == 1,
        ..Link::default()
    };
    let mut snapshot = Snapshot {
        links: vec![link(1, "lo", None), link(2, "wg0", Some("wireguard"))],
        policy: vec![
            PolicyRule::lookup(Family::V6, 0, TableId::LOCAL),
            PolicyRule::lookup(Family::V6, 32766, TableId::MAIN),
        ],
        routes: Routes::new(routes),
        taken: jiff::Timestamp::from_second(NOW).ok(),
        wireguard: vec![device(allowed)],
        ..Snapshot::default()
    };
    let asked = [
        Source::Links,
        Source::Addresses,
        Source::Policy,
        Source::Routes4,
        Source::Routes6,
        Source::Nexthops,
        Source::Wireguard,
    ];
    asked.into_iter().for_each(|source| snapshot.sources.ask(source));
    snapshot
}

fn device(allowed: Vec<Vec<IpNet>>) -> Device {
    let key = |number: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        PublicKey(bytes)
    };
    let peer = |(at, allowed_ips): (usize, Vec<IpNet>)| Peer {
        public_key: key(at + 1),
        preshared: false,
        endpoint: None,
        allowed_ips,
        latest_handshake: Some(NOW - 60),
        received: 0,
        sent: 0,
        keepalive: None,
    };
    Device {
        name: "wg0".into(),
        implementation: None,
        public_key: Some(key(0)),
        listen_port: None,
        fwmark: 0,
        peers: allowed.into_iter().enumerate().map(peer).collect(),
    }
}

/// The prefixes of a number of routes, dealt out to peers in stretches, each as the fewest prefixes.
fn evenly(size: usize, peers: usize) -> Vec<Vec<IpNet>> {
    let stretch = |peer: usize| {
        routelint::net::prefixes_of(&[routelint::net::AddressRange {
            family: Family::V6,
            first: number(peer * size / peers),
            last: number((peer + 1) * size / peers) - 1,
        }])
    };
    (0..peers).map(stretch).collect()
}

/// The lowest address of the prefix with a number, `fd53:H:L::/48`.
fn number(at: usize) -> u128 {
    (0xfd53 << 112) + ((at as u128) << 80)
}

fn prefix(at: usize) -> IpNet {
    IpNet::V6(Ipv6Net::new(Ipv6Addr::from(number(at)), 48).unwrap_or_default())
}

/// The first half of a prefix.
fn longer(prefix: IpNet) -> IpNet {
    IpNet::new(prefix.addr(), prefix.prefix_len() + 1).unwrap_or(prefix)
}

fn into_tunnel(at: usize) -> Route {
    route(at, RouteType::Unicast, 2, Protocol(3), 1024)
}

fn discard(at: usize) -> Route {
    route(at, RouteType::Unreachable, 1, Protocol::BIRD, 32)
}

fn route(at: usize, kind: RouteType, dev: u32, protocol: Protocol, metric: u32) -> Route {
    Route {
        dst: prefix(at),
        via: None,
        dev: Some(dev),
        table: TableId::MAIN,
        metric,
        flags: 0,
        kind,
        protocol,
        scope: RouteScope(0),
        rare: None,
    }
}
