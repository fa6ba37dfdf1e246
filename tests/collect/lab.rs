//! A node for one test: namespaces of its own, programs that end with it, and the tools to fill it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use routelint::collect::{Options, collect};
use routelint::snapshot::{Gap, Snapshot, Source};
use serde_json::Value;

/// A network and a mount namespace with an empty `/run`, and what was started in them.
pub(crate) struct Node {
    children: Vec<Child>,
}

/// Runs a test on a node of its own, or says why not.
///
/// A thread of its own enters the namespaces: they go with it and its children, whatever happens.
pub(crate) fn on_node(needed: &[&str], test: impl FnOnce(&mut Node) + Send + 'static) {
    if let Some(missing) = needed.iter().find(|program| !is_installed(program)) {
        return println!("skipped: `{missing}` is not installed");
    }
    let run = std::thread::spawn(move || {
        if unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).is_err() {
            return println!("skipped: namespaces take root");
        }
        let mut node = Node { children: Vec::new() };
        node.run("mount --make-rprivate /");
        node.run("mount -t tmpfs none /run");
        node.run("ip link set lo up");
        test(&mut node);
    });
    if let Err(panic) = run.join() {
        std::panic::resume_unwind(panic);
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).exists())
}

impl Node {
    /// Runs a command line of plain words and gives what it prints.
    pub(crate) fn run(&self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{line}`: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs lines of `ip`.
    pub(crate) fn ip(&self, lines: &str) {
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.for_each(|line| drop(self.run(&format!("ip {line}"))));
    }

    /// Runs many lines of `ip -6` in one process.
    pub(crate) fn ip6_batch(&self, lines: &str) {
        let mut child = Command::new("ip").args(["-6", "-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// What `ip -j -d` prints.
    pub(crate) fn ip_json(&self, arguments: &str) -> Vec<Value> {
        let text = self.run(&format!("ip -j -d {arguments}"));
        if text.trim().is_empty() { Vec::new() } else { serde_json::from_str(&text).unwrap() }
    }

    /// Starts a program that ends with the node.
    pub(crate) fn start(&mut self, command: &mut Command) -> u32 {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pid = child.id();
        self.children.push(child);
        pid
    }

    /// Hides a directory of the machine behind an empty one.
    pub(crate) fn empty(&self, directory: &str) -> bool {
        let there = Path::new(directory).is_dir();
        if there {
            self.run(&format!("mount -t tmpfs none {directory}"));
        }
        there
    }

    /// Collects with a short deadline.
    pub(crate) fn collect(&self) -> Snapshot {
        collect(&Options { deadline: Duration::from_secs(2), ..Options::default() }).unwrap()
    }

    /// What is collected and what `ip` prints (`ip_json`) of one state: links settle a moment after they are told to,
    /// and take next hops along.
    pub(crate) fn collect_beside(&self, arguments: &str) -> (Snapshot, Vec<Value>) {
        let begun = Instant::now();
        loop {
            let before = self.collect();
            let printed = self.ip_json(arguments);
            let after = self.collect();
            if before.links == after.links && before.nexthops == after.nexthops {
                return (before, printed);
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "links and next hops never settle");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The gaps of a source, which must be one.
pub(crate) fn only_gap(snapshot: &Snapshot, source: Source) -> &Gap {
    match snapshot.sources.gaps(source) {
        [gap] => gap,
        gaps => panic!("not one gap in {source}: {gaps:?}"),
    }
}

/// Fails when a source is not complete.
pub(crate) fn assert_complete(snapshot: &Snapshot, source: Source) {
    assert!(snapshot.sources.asked(source), "{source} was not asked");
    assert_eq!(snapshot.sources.gaps(source), &[], "{source}");
}
