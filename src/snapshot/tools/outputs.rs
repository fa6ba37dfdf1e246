//! The files of a folder, asked for by the command that prints them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::super::folder::{FolderError, problem};
use super::super::{Gap, Source, Sources};
use crate::seen::Unseen;

/// A file and the command whose output it holds.
pub(super) struct Output {
    pub(super) source: Source,
    pub(super) file: &'static str,
    pub(super) command: &'static str,
}

impl Output {
    pub(super) const fn new(source: Source, file: &'static str, command: &'static str) -> Output {
        Output { source, file, command }
    }

    /// The gap that its absence leaves.
    pub(super) fn gap(&self, part: &str, trouble: &str) -> Gap {
        let reason = format!("`{}` {trouble}", self.file);
        let remedy = format!("write it with `{} > {}`", self.command, self.file);
        Gap { part: part.to_owned(), torn: false, why: Unseen::new(reason, remedy) }
    }
}

/// What the names of files with output of tools begin with.
const PREFIXES: [&str; 6] = ["ip-4-", "ip-6-", "ip-link", "ip-addr", "ip-nexthop", "wg-show-all-"];

/// Whether a file of this name holds what the node did at some moment, as opposed to its configuration.
fn is_dynamic(name: &str) -> bool {
    let tool = PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || name.starts_with("birdc-show-");
    name == "sysctl.txt" || tool && (name.ends_with(".json") || name.ends_with(".txt"))
}

/// Whether a folder holds output of a tool.
pub(super) fn any_in(dir: &Path) -> bool {
    names_in(dir).iter().any(|name| is_dynamic(name))
}

/// The names in a folder, sorted; none where it cannot be listed, which reading a file will then tell.
pub(super) fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The folder as a shelf of outputs.
pub(super) struct Outputs<'d> {
    pub(super) dir: &'d Path,
    names: Vec<String>,
    /// Whether any output is there; if so, one that is not there was forgotten.
    pub(super) dynamic: bool,
}

impl<'d> Outputs<'d> {
    pub(super) fn of(dir: &'d Path) -> Outputs<'d> {
        let names = names_in(dir);
        let dynamic = names.iter().any(|name| is_dynamic(name));
        Outputs { dir, names, dynamic }
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.names.iter().any(|name| name == file)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// The bytes of a file, in a buffer that is wiped: it may hold keys.
    pub(super) fn bytes(&self, file: &str) -> Result<Zeroizing<Vec<u8>>, FolderError> {
        let path = self.path(file);
        let mut opened = fs::File::open(&path).map_err(FolderError::io("open", &path))?;
        let size = opened.metadata().map_or(0, |metadata| metadata.len());
        // One buffer from the start, because a growing one would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(size as usize + 1));
        opened.read_to_end(&mut bytes).map_err(FolderError::io("read", &path))?;
        Ok(bytes)
    }

    /// The first line of a file that holds one fact.
    pub(super) fn line(&self, file: &str) -> Result<Option<String>, FolderError> {
        if !self.has(file) {
            return Ok(None);
        }
        let bytes = self.bytes(file)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned))
    }

    /// The output of a command, if it is there; notes that its source was asked, and a gap if it is not.
    pub(super) fn ask(
        &self,
        output: &Output,
        sources: &mut Sources,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, FolderError> {
        if !self.dynamic {
            return Ok(None);
        }
        sources.ask(output.source);
        if !self.has(output.file) {
            sources.miss(output.source, output.gap("", "is not in the folder"));
            return Ok(None);
        }
        let bytes = self.bytes(output.file)?;
        if bytes.trim_ascii().is_empty() && output.file.ends_with(".json") {
            sources.miss(output.source, output.gap("", "is empty, as after a command that failed"));
            return Ok(None);
        }
        Ok(Some(bytes))
    }

    /// The output of `ip -j`, decoded.
    pub(super) fn json<T: for<'b> serde::Deserialize<'b>>(
        &self,
        output: &Output,
        sources: &mut Sources,
    ) -> Result<Vec<T>, FolderError> {
        let Some(bytes) = self.ask(output, sources)? else { return Ok(Vec::new()) };
        serde_json::from_slice(&bytes).map_err(|error| FolderError::Broken {
            place: format!("{}:{}:{}", self.path(output.file).display(), error.line(), error.column()),
            problem: problem(&error),
            remedy: format!("write it again with `{} > {}`", output.command, output.file),
        })
    }

    /// The error for what stands in a row or line of an output.
    pub(super) fn broken(&self, output: &Output, row: &str, problem: String) -> FolderError {
        FolderError::Broken {
            place: format!("{}{row}", self.path(output.file).display()),
            problem,
            remedy: format!("write it again with `{} > {}`", output.command, output.file),
        }
    }
}
