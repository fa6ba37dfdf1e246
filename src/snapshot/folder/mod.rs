//! A node, or several, as a folder of files: what `capture` writes and `check DIR` reads.
//!
//! Two forms are read: our own (`host.toml` and a record per line), and what standard tools print. Both
//! give a [`Snapshot`]; nothing above this knows which it was.

mod error;
mod host_toml;
mod name;
mod read;
mod rows;
mod stored;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Snapshot, tools};
pub use error::FolderError;
pub(crate) use error::problem;

/// The file that makes a folder a capture.
const HOST: &str = "host.toml";

/// Its name while the capture is not complete.
const UNFINISHED: &str = "host.toml.unfinished";

/// The folders of the nodes that a folder holds: itself, or those right under it, sorted by name.
pub fn nodes(dir: &Path) -> Result<Vec<PathBuf>, FolderError> {
    if is_node(dir) {
        return Ok(vec![dir.to_path_buf()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(FolderError::io("list", dir))? {
        let path = entry.map_err(FolderError::io("list", dir))?.path();
        if path.is_dir() && is_node(&path) {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() { Err(FolderError::NoNode(dir.to_path_buf())) } else { Ok(found) }
}

fn is_node(dir: &Path) -> bool {
    [HOST, UNFINISHED].iter().any(|name| dir.join(name).is_file()) || tools::recognises(dir)
}

/// Reads the folder of one node, in its canonical order.
pub fn read(dir: &Path) -> Result<Snapshot, FolderError> {
    if dir.join(HOST).is_file() {
        read::read(dir)
    } else if tools::recognises(dir) {
        tools::read(dir)
    } else if dir.join(UNFINISHED).is_file() {
        Err(FolderError::Broken {
            place: dir.display().to_string(),
            problem: "the capture was interrupted".to_owned(),
            remedy: "capture the node again".to_owned(),
        })
    } else {
        Err(FolderError::NoNode(dir.to_path_buf()))
    }
}

/// Writes the capture of a node into a new or empty folder, or over an earlier capture.
///
/// Whatever else is in the folder stays; where a name is taken by a file that no capture wrote, nothing is
/// written.
pub fn write(snapshot: &Snapshot, dir: &Path) -> Result<(), FolderError> {
    write::write(snapshot, dir)
}
