//! The real `bird -p`, where it is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use routelint::bird::Version;

/// A real BIRD and its version.
pub(crate) struct Bird {
    pub(crate) version: Version,
    program: PathBuf,
}

impl Bird {
    /// Whether it accepts a configuration. A crash of BIRD's own is no verdict.
    pub(crate) fn accepts(&self, path: &Path) -> Option<bool> {
        let status = Command::new(&self.program)
            .args(["-p", "-c"])
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        match status.code()? {
            0 => Some(true),
            1 => Some(false),
            _ => None,
        }
    }
}

/// Every BIRD that is to be had; says so where there is none.
pub(crate) fn birds() -> Vec<Bird> {
    let named = std::env::var_os("ROUTELINT_BIRDS").map(PathBuf::from);
    let listed = named.iter().flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten().flatten());
    let programs = listed.map(|entry| entry.path()).filter(|path| is_bird(path));
    let birds: Vec<Bird> = programs.chain([PathBuf::from("/usr/sbin/bird")]).filter_map(bird).collect();
    if birds.is_empty() {
        println!("skipped: no bird is installed, and ROUTELINT_BIRDS is not set");
    }
    birds
}

fn is_bird(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("bird-"))
}

fn bird(program: PathBuf) -> Option<Bird> {
    let output = Command::new(&program).arg("--version").output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let version = String::from_utf8_lossy(&text).split_whitespace().last()?.parse().ok()?;
    Some(Bird { version, program })
}
