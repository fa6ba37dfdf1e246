//! Configuration files as a person would copy them: `bird.conf`, `wg0.conf`, or a part of `/etc`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use zeroize::Zeroizing;

use super::super::folder::FolderError;
use super::super::{ConfigFile, Source, WgQuickFile};
use super::Reader;
use super::outputs::{Outputs, names_in};
use crate::text::Blanked;

/// Where wg-quick files are looked for, in this order.
const WG_QUICK_DIRS: [&str; 3] = ["", "wireguard", "etc/wireguard"];
/// Where the main file of BIRD is looked for, in this order.
const BIRD_MAINS: [&str; 4] = ["bird.conf", "bird/bird.conf", "etc/bird/bird.conf", "etc/bird.conf"];
/// How deep folders of included files may nest; a loop of symbolic links ends here.
const DEPTH: usize = 8;

/// Whether a folder holds a configuration.
pub(super) fn any_in(dir: &Path) -> bool {
    main_of(dir).is_some() || !wg_quick_paths(dir).is_empty()
}

fn main_of(dir: &Path) -> Option<&'static str> {
    BIRD_MAINS.into_iter().find(|main| dir.join(main).is_file())
}

/// The wg-quick files of a folder, as paths within it: `NAME.conf` with a section `[Interface]`.
fn wg_quick_paths(dir: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for place in WG_QUICK_DIRS {
        let confs = names_in(&dir.join(place)).into_iter().filter(|name| name.ends_with(".conf"));
        let within = confs.map(|name| if place.is_empty() { name } else { format!("{place}/{name}") });
        paths.extend(within.filter(|path| is_wg_quick(&dir.join(path))));
    }
    paths
}

fn is_wg_quick(path: &Path) -> bool {
    let text = Zeroizing::new(fs::read(path).unwrap_or_default());
    text.split(|byte| *byte == b'\n').any(|line| {
        line.trim_ascii_start().get(..11).is_some_and(|head| head.eq_ignore_ascii_case(b"[Interface]"))
    })
}

/// A text file, in a buffer that is wiped. Bytes that are not UTF-8 are replaced, which only comments and
/// strings can hold.
fn text_of(outputs: &Outputs<'_>, path: &str) -> Result<Zeroizing<String>, FolderError> {
    let bytes = outputs.bytes(path)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The main file of BIRD and all that it may include.
pub(super) struct BirdFiles {
    pub(super) config: Option<String>,
    pub(super) files: Vec<ConfigFile>,
}

/// BIRD's files: the main file, then all others in its place that could be included.
pub(super) fn bird_files(outputs: &Outputs<'_>) -> Result<BirdFiles, FolderError> {
    let dir = outputs.dir;
    let Some(main) = main_of(dir) else { return Ok(BirdFiles { config: None, files: Vec::new() }) };
    let mut paths = vec![main.to_owned()];
    let beside = names_in(dir).into_iter().filter(|name| name.ends_with(".conf"));
    paths.extend(beside.filter(|name| !is_wg_quick(&dir.join(name))));
    for place in ["bird", "etc/bird"] {
        paths.extend(files_under(dir, place, DEPTH));
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()) && dir.join(path).is_file());
    let texts = paths.iter().map(|path| text_of(outputs, path)).collect::<Result<Vec<_>, _>>()?;
    let blanked = Blanked::bird(&texts.iter().map(|text| text.as_str()).collect::<Vec<_>>());
    let files = paths.iter().zip(blanked).map(|(path, text)| ConfigFile {
        path: on_node(path),
        modified: modified(&dir.join(path)),
        text,
    });
    Ok(BirdFiles { config: Some(on_node(main)), files: files.collect() })
}

/// The path on the node: `bird/root/etc/x` and `etc/x` stand for `/etc/x`; others are as they are.
fn on_node(path: &str) -> String {
    match path.strip_prefix("bird/root/") {
        Some(rest) => format!("/{rest}"),
        None if path.starts_with("etc/") => format!("/{path}"),
        None => path.to_owned(),
    }
}

/// All files under a place in the folder, sorted.
fn files_under(dir: &Path, place: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for name in names_in(&dir.join(place)) {
        let path = format!("{place}/{name}");
        match dir.join(&path).is_dir() {
            true if depth > 0 => found.extend(files_under(dir, &path, depth - 1)),
            true => {}
            false => found.push(path),
        }
    }
    found
}

fn modified(path: &PathBuf) -> Option<i64> {
    let time = fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs() as i64)
}

impl Reader<'_> {
    /// The wg-quick files; a folder without any was not asked for them.
    pub(super) fn wg_quick(&mut self) -> Result<(), FolderError> {
        for path in wg_quick_paths(self.outputs.dir) {
            self.snapshot.sources.ask(Source::WgQuick);
            let name = path.rsplit('/').next().unwrap_or(&path);
            self.snapshot.wg_quick.push(WgQuickFile {
                interface: name.trim_end_matches(".conf").to_owned(),
                text: Blanked::wg_quick(&text_of(&self.outputs, &path)?),
                path: on_node(&path),
            });
        }
        Ok(())
    }
}
