//! How fast and in how much memory `routelint bird check` reads large configurations, beside `bird -p`.
//!
//! `cargo bench --bench reader -- [ROUNDS]` (seven by default). Every configuration has 100,000 static routes and 1,000
//! filters with sets of 100; they differ in what the sets hold and in how it is written. The programs take turns:
//! /usr/sbin/bird, those that `ROUTELINT_BIRDS` names, and routelint. Medians are printed, and routelint's part of them.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

const STATICS: u32 = 100_000;
const FILTERS: u32 = 1_000;
const MEMBERS: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, program @ ..] = arguments.as_slice()
        && first == MEASURE
    {
        return measure(program);
    }
    let rounds = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(7);
    let programs = programs();
    if programs.len() == 1 {
        println!("skipped the comparison: no bird is installed, and ROUTELINT_BIRDS is not set");
    }
    let folder = tempfile::tempdir()?;
    for shape in SHAPES {
        let path = folder.path().join(shape.name);
        std::fs::write(&path, shape.configuration())?;
        compare(shape.name, &path, &programs, rounds)?;
    }
    Ok(())
}

/// A program and how it is told to check a file.
struct Program {
    path: PathBuf,
    arguments: &'static [&'static str],
}

/// Every BIRD that is to be had, and routelint last.
fn programs() -> Vec<Program> {
    let named = std::env::var_os("ROUTELINT_BIRDS").map(PathBuf::from);
    let listed = named.iter().flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten().flatten());
    let is_bird = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("bird-"))
    };
    let mut birds: Vec<PathBuf> = listed.map(|entry| entry.path()).filter(is_bird).collect();
    birds.extend([PathBuf::from("/usr/sbin/bird")].into_iter().filter(|path| path.exists()));
    birds.sort();
    let mut programs: Vec<Program> =
        birds.into_iter().map(|path| Program { path, arguments: &["-p", "-c"] }).collect();
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_routelint"));
    programs.push(Program { path: ours, arguments: &["bird", "check"] });
    programs
}

fn compare(name: &str, path: &Path, programs: &[Program], rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut runs: Vec<Vec<Cost>> = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        for (runs, program) in runs.iter_mut().zip(programs) {
            runs.push(run(program, path)?);
        }
    }
    let medians: Vec<Cost> = runs.iter().map(|runs| median(runs)).collect();
    println!("{name}: {:.1} MB, {rounds} rounds", std::fs::metadata(path)?.len() as f64 / 1e6);
    let ours = medians[medians.len() - 1];
    for (program, [wall, cpu, peak]) in programs.iter().zip(medians) {
        println!(
            "  {:24} wall {:6.1} ms  CPU {:6.1} ms  peak {:5.1} MB  routelint's part {:.2} {:.2} {:.2}",
            program.path.file_name().unwrap_or_default().to_string_lossy(),
            wall * 1e3,
            cpu * 1e3,
            peak / 1e6,
            ours[0] / wall,
            ours[1] / cpu,
            ours[2] / peak
        );
    }
    Ok(())
}

/// Seconds on the wall, seconds of CPU time, the most memory in bytes.
type Cost = [f64; 3];

fn median(runs: &[Cost]) -> Cost {
    [0, 1, 2].map(|of| {
        let mut values: Vec<f64> = runs.iter().map(|run| run[of]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}

/// The word that makes this program measure another one: its children's usage is then that of one run.
const MEASURE: &str = "--measure";

fn run(program: &Program, path: &Path) -> Result<Cost, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?)
        .arg(MEASURE)
        .arg(&program.path)
        .args(program.arguments)
        .arg(path)
        .stderr(Stdio::inherit())
        .output()?;
    let told = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    Cost::try_from(numbers)
        .map_err(|_| format!("{} refuses {}", program.path.display(), path.display()).into())
}

fn measure(program: &[String]) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let status =
        Command::new(&program[0]).args(&program[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let wall = begun.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("{} failed", program[0]).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let [user, system] = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
    println!("{wall} {} {}", user + system, usage.max_rss() * 1024);
    Ok(())
}

/// What a configuration holds: a filter of a number, and a route of a number.
struct Shape {
    name: &'static str,
    filter: fn(&mut String, u32),
    channel: &'static str,
    route: fn(&mut String, u32),
}

const SHAPES: [Shape; 5] = [
    Shape { name: "prefixes on one line", filter: prefixes, channel: "ipv4", route: gateway },
    Shape { name: "prefixes line by line", filter: ranges, channel: "ipv4", route: link },
    Shape { name: "IPv6", filter: prefixes6, channel: "ipv6", route: gateway6 },
    Shape { name: "communities and numbers", filter: communities, channel: "ipv4", route: attributes },
    Shape { name: "comments and long names", filter: commented, channel: "ipv4", route: commented_link },
];

impl Shape {
    fn configuration(&self) -> String {
        let mut text = String::from("router id 192.0.2.1;\nprotocol device {}\n");
        (0..FILTERS).for_each(|n| (self.filter)(&mut text, n));
        let _ = writeln!(text, "protocol static {{\n  {};", self.channel);
        (0..STATICS).for_each(|n| (self.route)(&mut text, n));
        text.push_str("}\n");
        text
    }
}

fn members(between: &str, member: impl Fn(u32) -> String) -> String {
    (0..MEMBERS).map(member).collect::<Vec<_>>().join(between)
}

fn prefixes(text: &mut String, n: u32) {
    let set = members(", ", |m| format!("10.{}.{m}.0/24+", n % 256));
    let _ = writeln!(text, "filter f{n} {{\n  if net ~ [ {set} ] then accept;\n  reject;\n}}");
}

fn ranges(text: &mut String, n: u32) {
    let set = members(",\n    ", |m| format!("10.{}.{m}.0/24{{24,32}}", n % 256));
    let _ = writeln!(text, "filter f{n} {{\n  if net ~ [\n    {set}\n  ] then accept;\n  reject;\n}}");
}

fn prefixes6(text: &mut String, n: u32) {
    let set = members(", ", |m| format!("2001:db8:{n:x}:{m:x}::/80{{80,128}}"));
    let _ = writeln!(text, "filter f{n} {{\n  if net ~ [ {set} ] then accept;\n  reject;\n}}");
}

fn communities(text: &mut String, n: u32) {
    let (name, set) = match n % 4 {
        0 => ("bgp_community", members(", ", |m| format!("({}, {m})", 64512 + n % 1000))),
        1 => ("bgp_ext_community", members(", ", |m| format!("(rt, {}, {m})", 64512 + n % 1000))),
        2 => ("bgp_large_community", members(", ", |m| format!("({}, {m}, {})", 4_200_000_000 + n, m * 7))),
        _ => ("bgp_path", members(", ", |m| format!("{}", 4_200_000_000 + n * MEMBERS + m))),
    };
    let _ = writeln!(text, "filter f{n} {{\n  if {name} ~ [ {set} ] then accept;\n  reject;\n}}");
}

fn commented(text: &mut String, n: u32) {
    let set = members(",\n  ", |m| format!("10.{}.{m}.0/24{{24,32}} /* {m} */", n % 256));
    let _ = writeln!(
        text,
        "# What customer {n} may announce.\ndefine prefixes_of_customer_with_number_{n} = [\n  {set}\n];\n\
         filter import_from_customer_with_number_{n}\nint the_local_preference;\n{{\n  the_local_preference = {n}; # agreed\n  \
         if net ~ prefixes_of_customer_with_number_{n} then {{\n    bgp_local_pref = the_local_preference;\n    accept;\n  }}\n  \
         reject;\n}}"
    );
}

fn address(n: u32) -> String {
    format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255)
}

fn gateway(text: &mut String, n: u32) {
    let _ = writeln!(text, "  route {}/32 via 192.0.2.1;", address(n));
}

fn link(text: &mut String, n: u32) {
    let _ = writeln!(text, "  route {}/32 via \"eth{}\";", address(n), n % 4);
}

fn gateway6(text: &mut String, n: u32) {
    let (high, low) = (n >> 16, n & 0xffff);
    let _ = match n % 2 {
        0 => writeln!(text, "  route fd00:{high:x}:{low:x}::/48 unreachable;"),
        _ => writeln!(text, "  route 2001:db8:{high:x}:{low:x}::/64 via fe80::{high:x}:{low:x}%eth0;"),
    };
}

fn attributes(text: &mut String, n: u32) {
    let _ = match n % 3 {
        0 => writeln!(text, "  route {}/32 via 192.0.2.1 {{ bgp_local_pref = {n}; }};", address(n)),
        _ => writeln!(text, "  route {}/32 blackhole;", address(n)),
    };
}

fn commented_link(text: &mut String, n: u32) {
    let _ = writeln!(text, "  route {}/32 via \"eth0\"; # the address of host {n}", address(n));
}
