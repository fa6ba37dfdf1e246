//! Reads a capture.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use serde::Deserialize;

use super::super::{
    BirdAnswer, BirdDaemon, ConfigFile, Device, Link, PolicyRule, Routes, Snapshot, Source, WgQuickFile,
};
use super::host_toml::{BirdToml, FORMAT, FormatOnly, HostToml};
use super::rows::{AddressRow, LinkNames, NexthopRow, RouteRow, SysctlRow, WireguardRow};
use super::stored::stays_inside;
use super::{FolderError, problem};
use crate::text::{Blanked, SourceText, said};

/// What to do about a capture that does not read.
const REMEDY: &str = "repair it, or capture the node again";

/// A record's line is about this long: a hint for how many there are.
const BYTES_PER_RECORD: u64 = 90;

/// Reads the capture of one node.
pub(super) fn read(dir: &Path) -> Result<Snapshot, FolderError> {
    let host = host(&dir.join(super::HOST))?;
    let mut snapshot = Snapshot {
        node: host.node,
        taken: host.taken,
        kernel: host.kernel,
        merged_tables: host.merged_tables,
        sources: host.sources.sources(),
        ..Snapshot::default()
    };
    let records = Records { dir, snapshot: &mut snapshot };
    records.read()?;
    for file in &host.wg_quick {
        let text = Blanked::wg_quick(&text(dir, &file.stored)?);
        let (interface, path) = (file.interface.clone(), file.path.clone());
        snapshot.wg_quick.push(WgQuickFile { interface, path, text });
    }
    for daemon in host.bird {
        snapshot.bird.push(bird(dir, daemon)?);
    }
    Ok(snapshot.canonical())
}

/// Reads `host.toml`: its version first, because another version has other fields.
pub(super) fn host(path: &Path) -> Result<HostToml, FolderError> {
    let text = fs::read_to_string(path).map_err(FolderError::io("read", path))?;
    let source = SourceText::new(path.display().to_string(), text);
    let format: FormatOnly = toml::from_str(&source.text).map_err(|error| broken_toml(&source, &error))?;
    if format.format != FORMAT {
        let problem = format!("format {} is not known, only {FORMAT}", format.format);
        let remedy = "use the routelint that wrote it, or a newer one".to_owned();
        return Err(FolderError::Broken { place: source.path, problem, remedy });
    }
    toml::from_str(&source.text).map_err(|error| broken_toml(&source, &error))
}

fn broken_toml(source: &SourceText, error: &toml::de::Error) -> FolderError {
    let start = error.span().map_or(0, |span| span.start as u32);
    FolderError::Broken {
        place: format!("{}:{}:{}", source.path, source.line(start), source.column(start)),
        problem: said(error.message(), "table"),
        remedy: REMEDY.to_owned(),
    }
}

/// A stored text; the path was written by whoever wrote `host.toml`, so that it is checked.
fn text(dir: &Path, stored: &str) -> Result<String, FolderError> {
    let path = dir.join(stored);
    if !stays_inside(stored) {
        return Err(FolderError::Broken {
            place: dir.join(super::HOST).display().to_string(),
            problem: format!("`{stored}` leads out of the folder"),
            remedy: REMEDY.to_owned(),
        });
    }
    fs::read_to_string(&path).map_err(FolderError::io("read", &path))
}

fn bird(dir: &Path, daemon: BirdToml) -> Result<BirdDaemon, FolderError> {
    let texts = daemon.file.iter().map(|file| text(dir, &file.stored)).collect::<Result<Vec<_>, _>>()?;
    let blanked = Blanked::bird(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let files = daemon.file.into_iter().zip(blanked);
    let answers = daemon.answer.into_iter().map(|answer| {
        let text = text(dir, &answer.stored)?;
        Ok(BirdAnswer { command: answer.command, text })
    });
    Ok(BirdDaemon {
        name: daemon.name,
        running: daemon.running,
        version: daemon.version,
        config: daemon.config,
        socket: daemon.socket,
        answers: answers.collect::<Result<_, FolderError>>()?,
        files: files
            .map(|(file, text)| ConfigFile { path: file.path, modified: file.modified, text })
            .collect(),
    })
}

/// The files of records, read into a snapshot whose sources are known.
struct Records<'d, 's> {
    dir: &'d Path,
    snapshot: &'s mut Snapshot,
}

impl Records<'_, '_> {
    fn read(self) -> Result<(), FolderError> {
        let links: Vec<Link> = self.list("links.jsonl", &[Source::Links], |line| decode(line))?;
        let names = LinkNames::of(&links);
        let addresses = self.list("addresses.jsonl", &[Source::Addresses], |line| {
            decode::<AddressRow<'_>>(line)?.address(&names)
        })?;
        let routes = self.list("routes.jsonl", &[Source::Routes4, Source::Routes6], |line| {
            decode::<RouteRow<'_>>(line)?.route(&names)
        })?;
        let nexthops = self.list("nexthops.jsonl", &[Source::Nexthops], |line| {
            decode::<NexthopRow<'_>>(line)?.nexthop(&names)
        })?;
        let sysctls: Vec<SysctlRow> = self.list("sysctls.jsonl", &[Source::Sysctls], |line| decode(line))?;
        let policy: Vec<PolicyRule> = self.list("policy.jsonl", &[Source::Policy], |line| decode(line))?;
        let wireguard = self.wireguard()?;
        let snapshot = self.snapshot;
        (snapshot.links, snapshot.addresses, snapshot.nexthops) = (links, addresses, nexthops);
        (snapshot.policy, snapshot.wireguard) = (policy, wireguard);
        snapshot.routes = Routes::new(routes);
        snapshot.sysctls = sysctls.into_iter().map(|row| (row.name, row.value)).collect();
        Ok(())
    }

    /// The devices, each with the peers that follow it.
    fn wireguard(&self) -> Result<Vec<Device>, FolderError> {
        let rows: Vec<WireguardRow> =
            self.list("wireguard.jsonl", &[Source::Wireguard], |line| decode(line))?;
        let mut devices: Vec<Device> = Vec::new();
        for (at, row) in rows.into_iter().enumerate() {
            match row {
                WireguardRow::Device(device) => devices.push(device),
                WireguardRow::Peer(name, peer) => {
                    let device = devices.iter_mut().find(|device| device.name == name);
                    let problem = || format!("no line before this one has the device `{name}`");
                    let path = self.dir.join("wireguard.jsonl");
                    device.ok_or_else(|| broken_line(&path, at + 1, problem()))?.peers.push(peer);
                }
            }
        }
        Ok(devices)
    }

    /// The records of a file, which may be missing when none of its sources was asked.
    fn list<T>(
        &self,
        name: &str,
        sources: &[Source],
        decode: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Vec<T>, FolderError> {
        let path = self.dir.join(name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.asked(sources) => {
                return Ok(Vec::new());
            }
            other => other.map_err(FolderError::io("open", &path))?,
        };
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let mut records = Vec::with_capacity((size / BYTES_PER_RECORD) as usize);
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(FolderError::io("read", &path))? > 0 {
            let number = records.len() + 1;
            records.push(decode(&line).map_err(|problem| broken_line(&path, number, problem))?);
            line.clear();
        }
        Ok(records)
    }

    fn asked(&self, sources: &[Source]) -> bool {
        sources.iter().any(|source| self.snapshot.sources.asked(*source))
    }
}

fn decode<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| format!("column {}: {}", error.column(), problem(&error)))
}

fn broken_line(path: &Path, number: usize, problem: String) -> FolderError {
    FolderError::Broken { place: format!("{}:{number}", path.display()), problem, remedy: REMEDY.to_owned() }
}
