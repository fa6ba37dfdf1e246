//! Running `bird` processes, and which of them share this thread's network namespace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::namespace::{self, Namespace};
use super::super::root::Root;
use super::super::{Gaps, gap};
use super::{CONFIGS, usual};
use crate::snapshot::Source;

/// BIRD's options that take a value (`bird --help`).
const WITH_VALUE: &str = "BcDsPug";

/// One BIRD daemon, as its command line tells it.
pub(super) struct Process {
    /// Its number.
    pub(super) pid: i32,
    /// The configuration of `-c`, absolute.
    pub(super) config: Option<PathBuf>,
    /// The control socket of `-s`, absolute.
    pub(super) socket: Option<PathBuf>,
}

/// The daemons of the machine.
pub(super) struct Found {
    /// Those of this namespace, by number.
    pub(super) ours: Vec<Process>,
    /// Those of other namespaces.
    pub(super) others: Vec<Process>,
    /// Whether no process is hidden from this user.
    pub(super) all_seen: bool,
    /// What could not be told.
    pub(super) gaps: Gaps,
}

/// Looks through `/proc`.
pub(super) fn find() -> Found {
    let mut found = Found { ours: Vec::new(), others: Vec::new(), all_seen: true, gaps: Gaps::new() };
    let ours = Namespace::current();
    // Where others' processes are hidden (`hidepid`), the first of all is.
    if fs::read("/proc/1/comm").is_err() {
        miss(&mut found, "", "processes of other users are hidden, BIRD's among them".to_owned());
    }
    for pid in namespace::processes().into_iter().filter(|pid| is_bird(*pid)) {
        match (&ours, &Namespace::of_process(pid)) {
            (Ok(ours), Ok(theirs)) if ours == theirs => found.ours.extend(Process::read(pid)),
            (Ok(_), Ok(_)) => found.others.extend(Process::read(pid)),
            (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => {}
            (Err(error), _) | (_, Err(error)) => {
                let reason = format!("the network namespace of BIRD's process {pid} cannot be told: {error}");
                miss(&mut found, &format!("process {pid}"), reason);
            }
        }
    }
    found
}

fn miss(found: &mut Found, part: &str, reason: String) {
    found.all_seen = false;
    for source in [Source::BirdConfig, Source::BirdSocket] {
        found.gaps.push((source, gap(part, reason.clone(), "run as root")));
    }
}

fn is_bird(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name == b"bird\n")
}

impl Process {
    /// Reads the command line; none for a process that is gone or a zombie.
    fn read(pid: i32) -> Option<Process> {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|bytes| !bytes.is_empty())?;
        let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let (config, socket) = files_of(words.skip(1));
        let absolute = |path: String| absolute(pid, Path::new(&path));
        Some(Process { pid, config: config.map(absolute), socket: socket.map(absolute) })
    }

    /// Whether the configuration of this daemon is the file with this identity.
    pub(super) fn reads(&self, identity: (u64, u64)) -> bool {
        let Ok(root) = Root::of_process(self.pid) else { return false };
        let config = self.config.clone().or_else(|| usual(&root, &CONFIGS));
        config.is_some_and(|config| root.identity(&config).is_ok_and(|theirs| theirs == identity))
    }
}

/// The values of `-c` and `-s` among a command line's words, read as getopt(3) does.
fn files_of(mut words: impl Iterator<Item = String>) -> (Option<String>, Option<String>) {
    let (mut config, mut socket) = (None, None);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
            continue;
        };
        let Some(at) = letters.find(|letter| WITH_VALUE.contains(letter)) else { continue };
        let attached = &letters[at + 1..];
        let value = if attached.is_empty() { words.next() } else { Some(attached.to_owned()) };
        match &letters[at..=at] {
            "c" => config = value,
            "s" => socket = value,
            _ => {}
        }
    }
    (config, socket)
}

/// A relative path starts where the process stands.
fn absolute(pid: i32, path: &Path) -> PathBuf {
    let standing = fs::read_link(format!("/proc/{pid}/cwd"));
    standing.map_or_else(|_| path.to_owned(), |directory| directory.join(path))
}

#[cfg(test)]
mod tests {
    use super::files_of;

    #[test]
    fn a_command_line_is_read_as_getopt_does() {
        let read = |line: &str| files_of(line.split(' ').map(str::to_owned));
        let both = (Some("a.conf".to_owned()), Some("b.ctl".to_owned()));
        assert_eq!(read("-f -c a.conf -s b.ctl"), both);
        assert_eq!(read("-fca.conf -sb.ctl -u bird -g bird"), both);
        assert_eq!(
            read("-P -c -dfc a.conf -sb.ctl"),
            both,
            "the value of -P is what follows, whatever it is"
        );
        assert_eq!(read("-u bird -g bird -R"), (None, None));
    }
}
