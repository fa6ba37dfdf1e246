//! A file system as one process sees it.
//!
//! A daemon in a container names its files from its own root; links inside are followed inside. Texts are read into
//! buffers that are wiped, because configuration holds keys and passwords.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;
use zeroize::Zeroizing;

/// More than any configuration: reading stops here with an error.
const LARGEST: u64 = 64 << 20;

/// One process's view of the file system.
pub(super) struct Root {
    directory: OwnedFd,
    path: PathBuf,
}

/// A text file with what identifies it.
pub(super) struct TextFile {
    /// The content; bytes that are no UTF-8 are replaced.
    pub(super) text: Zeroizing<String>,
    /// When it was last written, in seconds since 1970.
    pub(super) modified: i64,
}

impl Root {
    /// The file system as this process sees it.
    pub(super) fn own() -> io::Result<Root> {
        Root::at(PathBuf::from("/"))
    }

    /// The file system as another process sees it; takes the right to trace that process.
    pub(super) fn of_process(pid: i32) -> io::Result<Root> {
        Root::at(PathBuf::from(format!("/proc/{pid}/root")))
    }

    fn at(path: PathBuf) -> io::Result<Root> {
        let directory = open(&path, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        Ok(Root { directory, path })
    }

    /// Reads a regular file.
    pub(super) fn read(&self, path: &Path) -> io::Result<TextFile> {
        // A pipe or device in a file's place must not block.
        let mut file = File::from(self.open(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?);
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let text = read_text(&mut file, facts.len())?;
        Ok(TextFile { text, modified: facts.mtime() })
    }

    /// The names in a directory, sorted.
    pub(super) fn names(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let directory = self.open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        let entries = std::fs::read_dir(descriptor(&directory))?;
        let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    /// Whether something is there, and what tells it from every other file.
    pub(super) fn identity(&self, path: &Path) -> io::Result<(u64, u64)> {
        let facts = File::from(self.open(path, OFlag::O_PATH)?).metadata()?;
        Ok((facts.dev(), facts.ino()))
    }

    /// Whether a directory is there.
    pub(super) fn is_directory(&self, path: &Path) -> bool {
        self.open(path, OFlag::O_PATH | OFlag::O_DIRECTORY).is_ok()
    }

    /// Holds a file so that it can be connected to by a path that this process sees.
    pub(super) fn hold(&self, path: &Path) -> io::Result<Held> {
        self.open(path, OFlag::O_PATH).map(Held)
    }

    fn open(&self, path: &Path, flags: OFlag) -> io::Result<OwnedFd> {
        let how = OpenHow::new().flags(flags | OFlag::O_CLOEXEC).resolve(ResolveFlag::RESOLVE_IN_ROOT);
        match openat2(self.directory.as_fd(), path, how) {
            // Before Linux 5.6 links that leave the root cannot be told.
            Err(Errno::ENOSYS) => {
                let joined = self.path.join(path.strip_prefix("/").unwrap_or(path));
                Ok(open(&joined, flags | OFlag::O_CLOEXEC, Mode::empty())?)
            }
            opened => Ok(opened?),
        }
    }
}

/// A file that is held open.
pub(super) struct Held(OwnedFd);

impl Held {
    /// A path to it for as long as it is held.
    pub(super) fn path(&self) -> PathBuf {
        descriptor(&self.0)
    }
}

fn descriptor(file: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Reads into one buffer that never moves, so that no copy stays behind.
fn read_text(file: &mut File, length: u64) -> io::Result<Zeroizing<String>> {
    if length > LARGEST {
        return Err(io::Error::other(format!("larger than {LARGEST} bytes")));
    }
    let mut bytes = Zeroizing::new(vec![0; length as usize]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..])? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes[..filled]).into_owned()))
}
