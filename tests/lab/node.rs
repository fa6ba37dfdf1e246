//! One node of the lab: a thread that has left the machine's network, mounts and host name for its own.
//!
//! Namespaces belong to threads, so a closure sent to the node's thread runs *inside* the node: a socket opened there
//! stays there, a file written there is the node's own, a process started there is the node's. When the thread ends,
//! however it ends, the kernel kills the node's daemons and takes its links away.

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, unshare};

/// The folders that a node has of its own; whatever the machine has there is out of sight.
const OWN_FOLDERS: [&str; 3] = ["/run", "/etc/wireguard", "/etc/bird"];

type Job = Box<dyn FnOnce() + Send>;

/// A host of the lab, alive as long as this value.
pub struct Node {
    pub name: &'static str,
    /// The thread's id, which `ip link … netns` takes for a process's.
    pub tid: i32,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    daemons: Vec<Child>,
}

impl Node {
    /// A host with nothing but a loopback device.
    pub fn new(name: &'static str) -> Node {
        let (jobs, inbox) = channel::<Job>();
        let thread = std::thread::spawn(move || inbox.into_iter().for_each(|job| job()));
        let mut node = Node { name, tid: 0, jobs: Some(jobs), thread: Some(thread), daemons: Vec::new() };
        node.tid = node.inside(leave_the_machine);
        node.must(&["mount", "--make-rprivate", "/"]);
        for folder in OWN_FOLDERS {
            node.must(&["mount", "-t", "tmpfs", "-o", "mode=0755", "lab", folder]);
        }
        node.must(&["mount", "-t", "sysfs", "lab", "/sys"]);
        node.must(&["mkdir", "/run/wireguard", "/run/bird"]);
        node.write("/proc/sys/kernel/hostname", name);
        node
    }

    /// Runs a closure on the node's thread and returns what it returned; a panic in it is the caller's.
    pub fn inside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, outcome) = channel::<Result<T, Box<dyn Any + Send>>>();
        let job: Job = Box::new(move || {
            // The caller waits for the answer below, so that nobody can have hung up.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(work)));
        });
        self.jobs.as_ref().unwrap().send(job).unwrap();
        outcome.recv().unwrap().unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Runs a program in the node to its end.
    pub fn run(&self, command: &[&str]) -> Output {
        self.run_with(command, "")
    }

    /// Runs a program in the node to its end, with a text on its standard input.
    pub fn run_with(&self, command: &[&str], input: &str) -> Output {
        let (words, input) = (owned(command), input.to_owned());
        self.inside(move || finish(&words, &input))
    }

    /// Runs a program that has to succeed and returns what it printed.
    pub fn must(&self, command: &[&str]) -> String {
        self.must_with(command, "")
    }

    /// Runs a program that has to succeed, with a text on its standard input.
    pub fn must_with(&self, command: &[&str], input: &str) -> String {
        let output = self.run_with(command, input);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: `{}`: {}", self.name, command.join(" "), complaint.trim());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Gives `ip` a list of its commands, one a line.
    pub fn ip(&self, commands: &[String]) {
        self.must_with(&["ip", "-batch", "-"], &commands.join("\n"));
    }

    /// Starts a program that stays in the foreground and dies with the node.
    pub fn start(&mut self, command: &[&str]) {
        let words = owned(&[&["setpriv", "--pdeathsig", "KILL", "--"], command].concat());
        let child = self.inside(move || quiet(&words).spawn().unwrap());
        self.daemons.push(child);
    }

    /// Writes a file of the node.
    pub fn write(&self, path: &str, text: &str) {
        let (path, text) = (path.to_owned(), text.to_owned());
        self.inside(move || std::fs::write(&path, text).unwrap_or_else(|error| panic!("{path}: {error}")));
    }

    /// Sets a sysctl, named by its path below `/proc/sys`.
    pub fn sysctl(&self, name: &str, value: &str) {
        self.write(&format!("/proc/sys/{name}"), value);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        drop(self.jobs.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Takes the calling thread out of the machine's namespaces and returns its id.
fn leave_the_machine() -> i32 {
    unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS).unwrap();
    nix::unistd::gettid().as_raw()
}

fn owned(command: &[&str]) -> Vec<String> {
    command.iter().map(|&word| word.to_owned()).collect()
}

fn quiet(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn finish(words: &[String], input: &str) -> Output {
    let mut command = quiet(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("`{}`: {error}", words[0]));
    // A program that does not read its input closes the pipe; what it printed tells whether that was right.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}
