//! `routelint watch` beside the laboratory's healthy mesh: what is broken is said within seconds, what is mended too.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod lab;

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use lab::Mesh;
use lab::story::member;
use serde_json::Value;

/// A second of quiet, a look at a small node on a busy machine, and room.
const SOON: Duration = Duration::from_secs(20);

/// A `routelint watch` at us-01; it goes with the value, and with the node.
struct Watch {
    child: Child,
    /// What it prints, and in between what it complains of.
    lines: Receiver<String>,
}

impl Watch {
    /// Starts it, behind `wrapper` where that is not empty.
    fn start(mesh: &Mesh, wrapper: &[&str], arguments: &[&str]) -> Watch {
        let die_with_the_node = ["setpriv", "--pdeathsig", "KILL", "--"];
        let words =
            [wrapper, &die_with_the_node, &[env!("CARGO_BIN_EXE_routelint"), "watch"], arguments].concat();
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let mut child = mesh.node("us-01").inside(move || {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        });
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        forward(child.stderr.take().unwrap(), sender);
        Watch { child, lines }
    }

    /// The lines up to one that is wanted.
    fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let deadline = Instant::now() + SOON;
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| wanted(line)) {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(why) => panic!("no {what}: {why}; so far:\n{}", lines.join("\n")),
            }
        }
        lines
    }

    /// Asserts that nothing is said for a while.
    fn is_silent_for(&self, time: Duration) {
        assert_eq!(self.lines.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal and asserts that the end is a good one.
    fn ends_with(mut self, signal: &str) {
        self.signal(signal);
        let deadline = Instant::now() + SOON;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "{signal} does not end it");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands on the lines of a pipe until it or the other end closes.
fn forward(pipe: impl Read + Send + 'static, sender: Sender<String>) {
    let lines = BufReader::new(pipe).lines().map_while(Result::ok);
    std::thread::spawn(move || lines.map(|line| sender.send(line)).take_while(Result::is_ok).count());
}

/// Runs commands at us-01 also when the test fails.
struct AtLast<'a> {
    mesh: &'a Mesh,
    commands: Vec<String>,
}

impl AtLast<'_> {
    fn run(mesh: &Mesh, commands: &[String]) {
        mesh.commands("us-01", &commands.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

impl Drop for AtLast<'_> {
    fn drop(&mut self) {
        AtLast::run(self.mesh, &self.commands);
    }
}

#[test]
fn a_route_that_comes_and_goes_is_announced() {
    let Some(mesh) = Mesh::shared() else { return };
    let watch = Watch::start(&mesh, &[], &["--interval", "3600"]);
    let first = watch.until("first report", |line| line.contains(" unproven") && line.contains(" errors"));
    assert!(!first.iter().any(|line| line.contains("+ error")), "{first:#?}");
    assert!(first.iter().any(|line| line.starts_with("judged us-01 by ")), "{first:#?}");

    // What breaks no rule is not worth a word.
    mesh.commands("us-01", &["ip address add 192.0.2.77/32 dev lo"]);
    let harmless = AtLast { mesh: &mesh, commands: vec!["ip address del 192.0.2.77/32 dev lo".to_owned()] };
    watch.is_silent_for(Duration::from_secs(4));

    let destination = "unreachable fd53:102:1000::/48 metric 7";
    mesh.commands("us-01", &[&format!("ip route add {destination}")]);
    let mended = AtLast { mesh: &mesh, commands: vec![format!("ip route del {destination}")] };
    let came = " + error unreachable-shadows-wireguard on us-01: fd53:102:1000::/48";
    let broken = watch.until(came, |line| line.contains(came));
    assert!(broken.iter().all(|line| line.contains("Z + ")), "{broken:#?}");
    drop(mended);
    let went = " - error unreachable-shadows-wireguard on us-01: fd53:102:1000::/48";
    let mended = watch.until(went, |line| line.contains(went));
    assert!(mended.iter().all(|line| line.contains("Z - ") || line.contains("Z + unproven")), "{mended:#?}");
    drop(harmless);
    watch.ends_with("-TERM");
}

#[test]
fn what_wireguard_does_not_announce_is_seen_at_the_interval() {
    let Some(mesh) = Mesh::shared() else { return };
    // From another namespace, as whoever watches a container would.
    mesh.commands(
        "us-01",
        &["mkdir -p /run/netns", "touch /run/netns/self", "mount --bind /proc/self/ns/net /run/netns/self"],
    );
    let unnamed = AtLast { mesh: &mesh, commands: vec!["umount /run/netns/self".to_owned()] };
    let words = ["--netns", "self", "--interval", "1", "--format", "json"];
    let watch = Watch::start(&mesh, &["unshare", "--net"], &words);
    let first: Value = serde_json::from_str(&watch.until("first line", |_| true)[0]).unwrap();
    assert_eq!(first["went"], Value::Array(Vec::new()));
    assert!(first["time"].is_string() && first["node"] == "us-01", "{first}");

    let (peer, key) = (member("us-02"), mesh.public_key("us-02"));
    let all: Vec<String> = mesh.options.allowed_ips(member("us-01"), peer);
    let without: Vec<&String> = all.iter().filter(|prefix| !prefix.starts_with("fd53:102:1100:")).collect();
    assert_eq!(without.len() + 1, all.len());
    let without = without.into_iter().cloned().collect::<Vec<_>>().join(",");
    let mended = AtLast {
        mesh: &mesh,
        commands: vec![format!("wg set wg0 peer {key} allowed-ips {}", all.join(","))],
    };
    mesh.commands("us-01", &[&format!("wg set wg0 peer {key} allowed-ips {without}")]);
    let holds = |member: &str, line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let about = |finding: &Value| {
            finding["rule"] == "route-outside-allowed-ips"
                && finding["severity"] == "error"
                && finding["node"] == "us-01"
        };
        line[member].as_array().unwrap().iter().any(about)
    };
    watch.until("finding that came", |line| holds("came", line));
    drop(mended);
    watch.until("finding that went", |line| holds("went", line));
    watch.ends_with("-INT");
    drop(unnamed);
}

#[test]
fn what_only_a_next_hop_object_announces_is_heard() {
    let Some(mesh) = Mesh::shared() else { return };
    let run = |commands: &[&str]| mesh.commands("us-01", commands);
    // Without compatibility the kernel says nothing of the routes that a next-hop object takes along.
    run(&["sysctl -qw net.ipv4.nexthop_compat_mode=0", "ip -6 nexthop add id 53 dev wg0"]);
    let undo = ["ip -6 nexthop del id 53", "sysctl -qw net.ipv4.nexthop_compat_mode=1"];
    let mended = AtLast { mesh: &mesh, commands: undo.map(str::to_owned).to_vec() };
    run(&["ip -6 route add fd53:102:1000::/48 nhid 53 metric 7"]);
    let watch = Watch::start(&mesh, &[], &["--interval", "3600"]);
    watch.until("first report", |line| line.contains(" unproven") && line.contains(" errors"));
    run(&["ip -6 nexthop replace id 53 blackhole"]);
    watch.until("finding", |line| line.contains(" + error ") && line.contains("fd53:102:1000::/48"));
    drop(mended);
    watch.until("end of it", |line| line.contains(" - error ") && line.contains("fd53:102:1000::/48"));
}

#[test]
fn lost_announcements_are_said_and_looked_after() {
    let Some(mesh) = Mesh::shared() else { return };
    let watch = Watch::start(&mesh, &[], &["--interval", "3600"]);
    watch.until("first report", |line| line.contains(" unproven") && line.contains(" errors"));
    watch.signal("-STOP");
    let many = |verb: &str| {
        (0..3000).map(|n| format!("route {verb} 198.18.{}.{} dev lo", n / 250, n % 250)).collect()
    };
    let many: [Vec<String>; 2] = ["add", "del"].map(many);
    many.iter().for_each(|commands| mesh.node("us-01").ip(commands));
    mesh.commands("us-01", &["ip route add unreachable fd53:102:1000::/48 metric 7"]);
    let undo = "ip route del unreachable fd53:102:1000::/48 metric 7".to_owned();
    let mended = AtLast { mesh: &mesh, commands: vec![undo] };
    watch.signal("-CONT");
    watch.until("word of the loss", |line| line.starts_with("routelint: announcements were lost"));
    watch.until("finding", |line| line.contains(" + error unreachable-shadows-wireguard on us-01"));
    drop(mended);
    watch.ends_with("-TERM");
}
