//! Folders that hold what standard tools print, under the names that `docs/folder.md` lists.
//!
//! Such a folder lets a node be judged on which this program never ran. A file that is missing beside
//! others is a gap whose remedy is the command that would have written it.

mod birdc;
mod clock;
mod configs;
mod links;
mod names;
mod nexthops;
mod outputs;
mod routes;
mod routes_text;
mod rules;
mod wireguard;

use std::path::Path;

use super::folder::FolderError;
use super::{Snapshot, Source};
use crate::net::Family;
use names::Names;
use outputs::{Output, Outputs};

/// Whether a folder holds at least one file that is read here.
pub(crate) fn recognises(dir: &Path) -> bool {
    outputs::any_in(dir) || configs::any_in(dir)
}

/// Reads a folder of tool output.
pub(crate) fn read(dir: &Path) -> Result<Snapshot, FolderError> {
    let mut reader = Reader::open(dir)?;
    reader.kernel()?;
    reader.wireguard()?;
    reader.bird()?;
    reader.host()?;
    Ok(reader.finish())
}

/// A folder that is being read: what was found so far, and the names that later files use.
struct Reader<'d> {
    outputs: Outputs<'d>,
    names: Names,
    snapshot: Snapshot,
}

impl<'d> Reader<'d> {
    fn open(dir: &'d Path) -> Result<Reader<'d>, FolderError> {
        let outputs = Outputs::of(dir);
        let names = Names::read(&outputs)?;
        let node = dir.canonicalize().map_err(FolderError::io("find", dir))?;
        let node = node.file_name().map_or_else(|| "node".into(), |name| name.to_string_lossy().into_owned());
        Ok(Reader { outputs, names, snapshot: Snapshot { node, ..Snapshot::default() } })
    }

    fn kernel(&mut self) -> Result<(), FolderError> {
        self.links()?;
        self.addresses()?;
        self.routes(Family::V4)?;
        self.routes(Family::V6)?;
        self.policy()?;
        self.nexthops()?;
        self.sysctls()
    }

    /// Lines of `sysctl -a`; others are left out, because `sysctl` mixes its complaints among them.
    fn sysctls(&mut self) -> Result<(), FolderError> {
        const SYSCTLS: Output = Output::new(Source::Sysctls, "sysctl.txt", "sysctl -a");
        let Some(bytes) = self.outputs.ask(&SYSCTLS, &mut self.snapshot.sources)? else { return Ok(()) };
        let text = String::from_utf8_lossy(&bytes);
        let settings = text.lines().filter_map(|line| line.split_once('='));
        let settings = settings.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        self.snapshot.sysctls = settings.filter(|(name, _)| name.starts_with("net.")).collect();
        Ok(())
    }

    /// The facts about the host itself, each in a file of one line.
    fn host(&mut self) -> Result<(), FolderError> {
        if let Some(name) = self.outputs.line("hostname.txt")? {
            self.snapshot.node = name;
        }
        self.snapshot.kernel = self.outputs.line("uname-r.txt")?;
        self.snapshot.taken = self.clock()?;
        Ok(())
    }

    fn finish(mut self) -> Snapshot {
        self.names.note_unlisted(&mut self.snapshot);
        self.snapshot.canonical()
    }
}
