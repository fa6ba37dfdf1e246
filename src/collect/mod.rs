//! Fills a snapshot from the live node: the only code that touches the machine.
//!
//! Everything here reads. Netlink is sent `RTM_GET*`, `CTRL_CMD_GETFAMILY` and `WG_CMD_GET_DEVICE`; WireGuard's userspace
//! sockets `get=1`; BIRD's control socket `restrict` and then only what shows. Keys pass through buffers that are wiped,
//! and have no type. Watching joins notification groups and asks nothing. Each source has a deadline: what hangs or refuses is a gap with a remedy, and the rest goes on.
//! Must not judge, print, or start a process.

pub mod bird;
mod namespace;
pub mod netlink;
mod privilege;
mod root;
mod stream;
mod sysctl;
pub mod watch;
mod wg_quick;
pub mod wireguard;

use std::io;
use std::thread;
use std::time::Duration;

pub use self::privilege::drop_privileges;
use crate::snapshot::{Gap, Snapshot, Source};

/// What to collect, and how patiently.
#[derive(Clone, Debug)]
pub struct Options {
    /// The network namespace below `/run/netns`; the current one otherwise.
    pub netns: Option<String>,
    /// How long one source may take to answer.
    pub deadline: Duration,
    /// The node's name; the host name otherwise.
    pub node: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { netns: None, deadline: Duration::from_secs(5), node: None }
    }
}

/// Why nothing could be collected at all.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The network namespace does not exist or may not be entered.
    #[error("cannot enter the network namespace `{path}`: {source}; {remedy}")]
    Namespace {
        /// The file that stands for the namespace.
        path: String,
        /// What the kernel said.
        source: io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// The machine could not start a thread or tell what it is.
    #[error("cannot collect: {0}")]
    Machine(#[from] io::Error),
    /// The kernel kept a capability.
    #[error("cannot drop capabilities: {0}")]
    Privileges(String),
}

/// What is missing, by source, as the collectors hand it in.
type Gaps = Vec<(Source, Gap)>;

/// Reads the node as it is now.
///
/// A thread of its own does it, so that entering a namespace leaves the caller where it is.
pub fn collect(options: &Options) -> Result<Snapshot, CollectError> {
    let collector = thread::Builder::new().name("collect".to_owned());
    thread::scope(|scope| {
        let collecting = collector.spawn_scoped(scope, || collect_here(options))?;
        collecting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Collects on this thread, which enters the namespace; the threads that it starts inherit it.
fn collect_here(options: &Options) -> Result<Snapshot, CollectError> {
    if let Some(name) = &options.netns {
        namespace::enter(name)?;
    }
    let mut snapshot = named(options)?;
    let (netns, deadline) = (options.netns.as_deref(), options.deadline);
    thread::scope(|scope| {
        let bird = scope.spawn(|| bird::collect(netns, deadline));
        netlink::collect(&mut snapshot, deadline);
        let wireguard = wireguard::collect(&snapshot.links, deadline);
        snapshot.wireguard = settle(&mut snapshot, &[Source::Wireguard], wireguard);
        let files = wg_quick::collect(netns, &snapshot.links);
        snapshot.wg_quick = settle(&mut snapshot, &[Source::WgQuick], files);
        let settings = sysctl::collect();
        snapshot.sysctls = settle(&mut snapshot, &[Source::Sysctls], settings);
        let daemons = bird.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        snapshot.bird = settle(&mut snapshot, &[Source::BirdConfig, Source::BirdSocket], daemons);
    });
    Ok(snapshot)
}

/// An empty snapshot with its moment, its node and its kernel.
fn named(options: &Options) -> Result<Snapshot, CollectError> {
    let machine = nix::sys::utsname::uname().map_err(io::Error::from)?;
    let now = jiff::Timestamp::now().as_millisecond();
    let host = || machine.nodename().to_string_lossy().into_owned();
    Ok(Snapshot {
        node: options.node.clone().unwrap_or_else(host),
        taken: jiff::Timestamp::from_millisecond(now).ok(),
        kernel: Some(machine.release().to_string_lossy().into_owned()),
        ..Snapshot::default()
    })
}

/// Notes that sources were asked and what is missing from them, and gives what is there.
fn settle<T>(snapshot: &mut Snapshot, asked: &[Source], outcome: (T, Gaps)) -> T {
    let (rows, gaps) = outcome;
    asked.iter().for_each(|source| snapshot.sources.ask(*source));
    gaps.into_iter().for_each(|(source, gap)| snapshot.sources.miss(source, gap));
    rows
}

/// A gap in a part of a source.
fn gap(part: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) -> Gap {
    Gap { part: part.into(), torn: false, why: crate::seen::Unseen::new(reason, remedy) }
}
