//! What can go wrong with a folder, each with its place and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::text::said;

/// Why a folder could not be read or written.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The operating system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not say what its name promises.
    #[error("{place}: {problem}; {remedy}")]
    Broken {
        /// `file`, `file:line` or `file:line:column`.
        place: String,
        /// What is wrong there.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Nothing in the folder is known.
    #[error("`{}` holds no node: neither a capture (`host.toml`), nor output of `ip`, `wg` or `birdc`, nor `bird.conf` or a wg-quick file under the names that `docs/folder.md` lists", .0.display())]
    NoNode(PathBuf),
    /// Writing would mix a capture with other files.
    #[error("`{}` holds `{found}`, which no capture wrote; name a new folder", dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// One file that stands in the way.
        found: String,
    },
}

impl FolderError {
    /// Turns an error of the operating system into one that names what was tried.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
        let path = path.to_path_buf();
        move |source| FolderError::Io { action, path, source }
    }
}

/// What `serde_json` found wrong, without the line that it appends.
pub(crate) fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    said(text.rsplit_once(" at line ").map_or(&text, |(problem, _)| problem), "object")
}
