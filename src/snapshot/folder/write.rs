//! Writes a capture, and touches no file but a capture's own.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Serialize;

use super::super::{Snapshot, Source};
use super::host_toml::HostToml;
use super::read;
use super::rows::{AddressRow, LinkNames, NexthopRow, RouteRow, SysctlRow, WireguardRow};
use super::stored::{RECORDS, stays_inside};
use super::{FolderError, HOST, UNFINISHED};

/// Who may read a file. Configuration may hold what blanking does not know, so that only its owner may.
#[derive(Clone, Copy)]
enum Readers {
    All,
    Owner,
}

/// Writes the capture of one node; `host.toml` comes last, so that an interrupted one is never read.
pub(super) fn write(snapshot: &Snapshot, dir: &Path) -> Result<(), FolderError> {
    let snapshot = snapshot.clone().canonical();
    let host = HostToml::of(&snapshot);
    clear(dir, &host)?;
    let toml = toml::to_string(&host).map_err(|error| FolderError::Broken {
        place: dir.join(HOST).display().to_string(),
        problem: error.to_string(),
        remedy: "this is a fault of routelint: please report it".to_owned(),
    })?;
    create(dir, UNFINISHED, Readers::All, toml.as_bytes())?;
    Records { dir, snapshot: &snapshot }.write()?;
    texts(dir, &snapshot, &host)?;
    let path = dir.join(UNFINISHED);
    fs::rename(&path, dir.join(HOST)).map_err(FolderError::io("rename", &path))
}

/// Makes room: a new folder, an empty one, or one from which an earlier capture's files are removed.
fn clear(dir: &Path, host: &HostToml) -> Result<(), FolderError> {
    fs::create_dir_all(dir).map_err(FolderError::io("create", dir))?;
    let old = earlier_files(dir)?;
    let wanted = RECORDS.into_iter().chain(host.stored());
    for name in wanted.filter(|name| !old.contains(*name)) {
        if fs::symlink_metadata(dir.join(name)).is_ok() {
            return Err(FolderError::Foreign { dir: dir.to_path_buf(), found: name.to_owned() });
        }
    }
    for name in &old {
        remove(&dir.join(name))?;
    }
    for name in old.iter().rev() {
        let parents = Path::new(name).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty());
        // Only an empty folder goes; any other holds what is not ours.
        parents.for_each(|parent| drop(fs::remove_dir(dir.join(parent))));
    }
    Ok(())
}

/// The files of an earlier capture. A folder that holds none must be empty.
fn earlier_files(dir: &Path) -> Result<BTreeSet<String>, FolderError> {
    let present = [HOST, UNFINISHED].into_iter().find(|name| dir.join(name).is_file());
    let Some(present) = present else {
        let mut entries = fs::read_dir(dir).map_err(FolderError::io("list", dir))?;
        return match entries.next() {
            None => Ok(BTreeSet::new()),
            Some(entry) => {
                let entry = entry.map_err(FolderError::io("list", dir))?;
                let found = entry.file_name().to_string_lossy().into_owned();
                Err(FolderError::Foreign { dir: dir.to_path_buf(), found })
            }
        };
    };
    let host = read::host(&dir.join(present))?;
    let stored = host.stored().filter(|stored| stays_inside(stored));
    let records = RECORDS.into_iter().chain([UNFINISHED]);
    Ok(records.chain(stored).map(str::to_owned).collect())
}

fn remove(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(FolderError::io("remove", path)),
    }
}

/// The texts: configuration files and answers.
fn texts(dir: &Path, snapshot: &Snapshot, host: &HostToml) -> Result<(), FolderError> {
    for (file, toml) in snapshot.wg_quick.iter().zip(&host.wg_quick) {
        create(dir, &toml.stored, Readers::Owner, file.text.as_str().as_bytes())?;
    }
    for (daemon, toml) in snapshot.bird.iter().zip(&host.bird) {
        for (file, toml) in daemon.files.iter().zip(&toml.file) {
            create(dir, &toml.stored, Readers::Owner, file.text.as_str().as_bytes())?;
        }
        for (answer, toml) in daemon.answers.iter().zip(&toml.answer) {
            create(dir, &toml.stored, Readers::All, answer.text.as_bytes())?;
        }
    }
    Ok(())
}

fn create(dir: &Path, name: &str, readers: Readers, bytes: &[u8]) -> Result<(), FolderError> {
    let path = dir.join(name);
    open(&path, readers)?.write_all(bytes).map_err(FolderError::io("write", &path))
}

/// Opens a file that must not exist, so that no link and no foreign file is followed or overwritten.
fn open(path: &Path, readers: Readers) -> Result<File, FolderError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(FolderError::io("create", parent))?;
    }
    let mode = match readers {
        Readers::All => 0o644,
        Readers::Owner => 0o600,
    };
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    opened.map_err(FolderError::io("create", path))
}

/// The files of records.
struct Records<'d> {
    dir: &'d Path,
    snapshot: &'d Snapshot,
}

impl Records<'_> {
    fn write(&self) -> Result<(), FolderError> {
        let snapshot = self.snapshot;
        let names = LinkNames::of(&snapshot.links);
        let routes = snapshot.routes.iter().map(|(_, route)| RouteRow::of(route, &names));
        let wireguard = snapshot.wireguard.iter().flat_map(|device| {
            let alone = super::super::Device { peers: Vec::new(), ..device.clone() };
            let peers = device.peers.iter().map(|peer| WireguardRow::Peer(device.name.clone(), peer.clone()));
            std::iter::once(WireguardRow::Device(alone)).chain(peers)
        });
        let sysctls = snapshot.sysctls.iter();
        let sysctls = sysctls.map(|(name, value)| SysctlRow { name: name.clone(), value: value.clone() });
        self.file("links.jsonl", &[Source::Links], snapshot.links.iter())?;
        let addresses = snapshot.addresses.iter().map(|address| AddressRow::of(address, &names));
        self.file("addresses.jsonl", &[Source::Addresses], addresses)?;
        self.file("routes.jsonl", &[Source::Routes4, Source::Routes6], routes)?;
        self.file("policy.jsonl", &[Source::Policy], snapshot.policy.iter())?;
        let nexthops = snapshot.nexthops.iter().map(|nexthop| NexthopRow::of(nexthop, &names));
        self.file("nexthops.jsonl", &[Source::Nexthops], nexthops)?;
        self.file("sysctls.jsonl", &[Source::Sysctls], sysctls)?;
        self.file("wireguard.jsonl", &[Source::Wireguard], wireguard)
    }

    /// Writes one record per line. A source that was not asked and has no records has no file.
    fn file<T: Serialize>(
        &self,
        name: &str,
        sources: &[Source],
        rows: impl Iterator<Item = T>,
    ) -> Result<(), FolderError> {
        let mut rows = rows.peekable();
        if rows.peek().is_none() && !sources.iter().any(|source| self.snapshot.sources.asked(*source)) {
            return Ok(());
        }
        let path = self.dir.join(name);
        let mut writer = BufWriter::with_capacity(1 << 16, open(&path, Readers::All)?);
        for row in rows {
            let written = serde_json::to_writer(&mut writer, &row).map_err(std::io::Error::from);
            written.and_then(|()| writer.write_all(b"\n")).map_err(FolderError::io("write", &path))?;
        }
        writer.flush().map_err(FolderError::io("write", &path))
    }
}
