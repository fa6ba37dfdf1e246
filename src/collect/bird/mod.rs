//! BIRD: which daemons belong to this network namespace, their files, and what their control sockets say.
//!
//! Files are read as they stand, through the daemon's own root, and their passwords blanked before anything else sees
//! them. Must not know what a configuration means.

mod control;
mod include;
mod pattern;
mod process;

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use self::process::Process;
use super::root::Root;
use super::stream::Stream;
use super::{Gaps, gap};
use crate::snapshot::{BirdDaemon, ConfigFile, Source};
use crate::text::Blanked;

/// Where distributions and BIRD's own build put the configuration.
const CONFIGS: [&str; 3] = ["/etc/bird/bird.conf", "/etc/bird.conf", "/usr/local/etc/bird.conf"];
/// Where they put the control socket.
const SOCKETS: [&str; 3] = ["/run/bird/bird.ctl", "/var/run/bird.ctl", "/usr/local/var/run/bird.ctl"];

const FILES_REMEDY: &str = "run as root, or as a member of the group that may read it (usually `bird`)";

/// Reads every daemon of this thread's network namespace, or the configuration that none runs with.
pub(super) fn collect(netns: Option<&str>, deadline: Duration) -> (Vec<BirdDaemon>, Gaps) {
    let found = process::find();
    let mut gaps = found.gaps;
    let mut daemons: Vec<BirdDaemon> = thread::scope(|scope| {
        let asking: Vec<_> = found.ours.iter().map(|one| scope.spawn(|| running(one, deadline))).collect();
        let asked = asking.into_iter().map(|one| one.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        asked.map(|(daemon, missing)| (gaps.extend(missing), daemon).1).collect()
    });
    if daemons.is_empty() && netns.is_none() {
        daemons.extend(configured(&found.others, found.all_seen, &mut gaps));
    }
    name(&mut daemons);
    (daemons, gaps)
}

/// The only daemon is `bird`; of several, those after the first carry a number, in the order of their files.
fn name(daemons: &mut [BirdDaemon]) {
    daemons.sort_by(|one, other| (&one.config, &one.socket).cmp(&(&other.config, &other.socket)));
    for (at, daemon) in daemons.iter_mut().enumerate() {
        daemon.name = if at == 0 { "bird".to_owned() } else { format!("bird-{}", at + 1) };
    }
}

/// One running daemon with its files and its answers.
fn running(process: &Process, deadline: Duration) -> (BirdDaemon, Gaps) {
    let mut daemon = BirdDaemon { running: Some(true), ..BirdDaemon::default() };
    let mut gaps = Gaps::new();
    match root_of(process, deadline) {
        Ok(root) => {
            let config = process.config.clone().or_else(|| usual(&root, &CONFIGS));
            match config {
                Some(config) => read_files(&root, &config, &mut daemon, &mut gaps),
                None => gaps.push((Source::BirdConfig, no_config(process))),
            }
            ask_socket(&root, process, deadline, &mut daemon, &mut gaps);
        }
        Err(error) => {
            let part = format!("process {}", process.pid);
            let reason =
                format!("BIRD runs (process {}), but its files cannot be seen: {error}", process.pid);
            let remedy =
                "run as root, or as a member of the group of BIRD's files and socket (usually `bird`)";
            for source in [Source::BirdConfig, Source::BirdSocket] {
                gaps.push((source, gap(part.clone(), reason.clone(), remedy)));
            }
        }
    }
    (daemon, gaps)
}

/// The daemon's root; without the right to follow it, our own, if the daemon itself answers at its socket there.
fn root_of(process: &Process, deadline: Duration) -> io::Result<Root> {
    Root::of_process(process.pid).or_else(|refused| {
        let own = Root::own()?;
        let socket = process.socket.clone().or_else(|| usual(&own, &SOCKETS)).ok_or(refused)?;
        let peer = Stream::connect(&socket, deadline)?.peer();
        if peer == Some(process.pid) { Ok(own) } else { Err(io::Error::other("it has another root")) }
    })
}

fn usual(root: &Root, places: &[&str]) -> Option<PathBuf> {
    places.iter().map(PathBuf::from).find(|place| root.identity(place).is_ok())
}

fn no_config(process: &Process) -> crate::snapshot::Gap {
    gap(
        format!("process {}", process.pid),
        "BIRD runs without `-c`, and there is no file in the usual places",
        format!("start BIRD with `-c FILE`; looked at {}", CONFIGS.join(", ")),
    )
}

fn read_files(root: &Root, config: &Path, daemon: &mut BirdDaemon, gaps: &mut Gaps) {
    daemon.config = Some(config.display().to_string());
    let read = include::read(root, config);
    // A constant that is used as a password may stand in another file: all files are blanked together.
    let texts: Vec<&str> = read.files.iter().map(|(_, file)| file.text.as_str()).collect();
    let blanked = Blanked::bird(&texts);
    let files = read.files.iter().zip(blanked).map(|((path, file), text)| ConfigFile {
        path: path.display().to_string(),
        modified: Some(file.modified),
        text,
    });
    daemon.files = files.collect();
    gaps.extend(read.missing.into_iter().map(|missing| {
        let reason = format!("`{}` ({}) cannot be read: {}", missing.path, missing.place, missing.why);
        (Source::BirdConfig, gap(missing.path, reason, FILES_REMEDY))
    }));
}

fn ask_socket(root: &Root, process: &Process, deadline: Duration, daemon: &mut BirdDaemon, gaps: &mut Gaps) {
    let Some(socket) = process.socket.clone().or_else(|| usual(root, &SOCKETS)) else {
        let reason = "BIRD runs without `-s`, and there is no socket in the usual places";
        let remedy = format!("start BIRD with `-s FILE`; looked at {}", SOCKETS.join(", "));
        gaps.push((Source::BirdSocket, gap(format!("process {}", process.pid), reason, remedy)));
        return;
    };
    let path = socket.display().to_string();
    daemon.socket = Some(path.clone());
    let said = root.hold(&socket).and_then(|held| Stream::connect(&held.path(), deadline)).map(control::ask);
    match said {
        Ok(said) => {
            daemon.version = said.version;
            daemon.answers = said.answers;
            let missing = said.missing.into_iter();
            gaps.extend(missing.map(|missing| (Source::BirdSocket, missing.gap(&path))));
        }
        Err(error) => gaps.push((Source::BirdSocket, control::unreachable(&path, &error))),
    }
}

/// The configuration in a usual place when no daemon of this namespace runs with it.
fn configured(others: &[Process], all_seen: bool, gaps: &mut Gaps) -> Option<BirdDaemon> {
    let root = Root::own().ok()?;
    let config = usual(&root, &CONFIGS)?;
    let identity = root.identity(&config).ok()?;
    if others.iter().any(|other| other.reads(identity)) {
        return None;
    }
    let mut daemon = BirdDaemon { running: all_seen.then_some(false), ..BirdDaemon::default() };
    read_files(&root, &config, &mut daemon, gaps);
    Some(daemon)
}
