//! Names for the files of a capture: readable, within the folder, no two alike.

use std::collections::BTreeSet;
use std::path::{Component, Path};

/// The files with one record per line, which every capture may have.
pub(super) const RECORDS: [&str; 8] = [
    "links.jsonl",
    "addresses.jsonl",
    "routes.jsonl",
    "policy.jsonl",
    "nexthops.jsonl",
    "sysctls.jsonl",
    "wireguard.jsonl",
    "host.toml",
];

/// The names that are taken.
#[derive(Default)]
pub(super) struct Shelf {
    taken: BTreeSet<String>,
}

impl Shelf {
    /// The wanted name, or the next one that is free: `bird/a.conf`, `bird/a.conf-2`.
    pub(super) fn place(&mut self, wanted: String) -> String {
        let wanted = safe(&wanted);
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let free = |name: &String| {
            let inside = format!("{name}/");
            let parents = name.match_indices('/').any(|(at, _)| self.taken.contains(&name[..at]));
            !parents && !self.taken.iter().any(|taken| taken == name || taken.starts_with(&inside))
        };
        let name = std::iter::once(wanted.clone()).chain(numbered).find(free).unwrap_or(wanted);
        self.taken.insert(name.clone());
        name
    }

    /// A file of a configuration: as it lies beside the main file, else under `root/` by its whole path.
    pub(super) fn place_config(&mut self, place: &str, main: &str, path: &str) -> String {
        let beside = Path::new(main).parent().and_then(|dir| Path::new(path).strip_prefix(dir).ok());
        let plain = beside.filter(|rest| !rest.starts_with("root"));
        self.place(match plain {
            Some(rest) => format!("{place}/{}", rest.display()),
            None => format!("{place}/root/{path}"),
        })
    }

    /// The answer to a command: `show protocols all` in `protocols.txt`.
    pub(super) fn place_answer(&mut self, place: &str, command: &str) -> String {
        let command = command.strip_prefix("show ").unwrap_or(command);
        let command = command.strip_suffix(" all").unwrap_or(command);
        let letters = command.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' });
        self.place(format!("{place}/{}.txt", letters.collect::<String>()))
    }
}

/// A path made of plain names only, so that it cannot lead out of the folder.
fn safe(path: &str) -> String {
    let names = Path::new(path).components().filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        Component::ParentDir => Some("up"),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    });
    names.collect::<Vec<_>>().join("/")
}

/// Whether a stored path stays within the folder.
pub(super) fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}
