//! Network namespaces: entering one by name, and telling which processes live in this thread's.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;

use nix::sched::{CloneFlags, setns};

use super::CollectError;

/// Where `ip netns` keeps the names.
const NAMES: &str = "/run/netns";

/// Moves this thread into a named network namespace.
pub(super) fn enter(name: &str) -> Result<(), CollectError> {
    let path = format!("{NAMES}/{name}");
    let entered = open(name, &path).and_then(|file| Ok(setns(&file, CloneFlags::CLONE_NEWNET)?));
    entered.map_err(|source| {
        let remedy = remedy(&source);
        CollectError::Namespace { path, source, remedy }
    })
}

fn open(name: &str, path: &str) -> io::Result<File> {
    if name.is_empty() || name == ".." || name.contains('/') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain name"));
    }
    File::open(path)
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidInput => "`ip netns list` shows the names that exist",
        io::ErrorKind::PermissionDenied => "run as root: entering a namespace takes CAP_SYS_ADMIN",
        _ => "`ip netns add NAME` makes one; the file must be a network namespace",
    }
}

/// A network namespace, told by something that differs between any two and needs no privilege to see.
///
/// `/proc/PID/ns/net` may be followed only where the process may be traced. The files below `/proc/PID/net` are those
/// of the process's namespace, each namespace has its own, and anybody may look at their inode numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Namespace(u64);

impl Namespace {
    /// The namespace of this thread.
    pub(super) fn current() -> io::Result<Namespace> {
        fs::metadata("/proc/thread-self/net/dev").map(|file| Namespace(file.ino()))
    }

    /// The namespace of a process.
    pub(super) fn of_process(pid: i32) -> io::Result<Namespace> {
        fs::metadata(format!("/proc/{pid}/net/dev")).map(|file| Namespace(file.ino()))
    }
}

/// The numbers of the processes that this user can see, ascending.
pub(super) fn processes() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<i32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    pids
}
