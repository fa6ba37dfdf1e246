//! wg-quick's files, with their keys blanked before anything else sees them.

use std::io;
use std::path::{Path, PathBuf};

use super::root::Root;
use super::{Gaps, gap};
use crate::snapshot::{Link, Source, WgQuickFile};
use crate::text::Blanked;

const REMEDY: &str = "run as root, or let the user read the directory and its files";

/// Reads every `*.conf` of this node, or of a named namespace.
///
/// `ip netns exec NAME` shows `/etc/netns/NAME/wireguard` as `/etc/wireguard`. Where a namespace has no directory of its
/// own, the host's files count for those of its links that they name.
pub(super) fn collect(netns: Option<&str>, links: &[Link]) -> (Vec<WgQuickFile>, Gaps) {
    let host = PathBuf::from("/etc/wireguard");
    let Ok(root) = Root::own() else { return (Vec::new(), Gaps::new()) };
    match netns.map(|name| PathBuf::from(format!("/etc/netns/{name}/wireguard"))) {
        None => read_directory(&root, &host, |_| true),
        Some(own) if root.is_directory(&own) => read_directory(&root, &own, |_| true),
        Some(_) => read_directory(&root, &host, |name| links.iter().any(|link| link.name == name)),
    }
}

fn read_directory(root: &Root, directory: &Path, wanted: impl Fn(&str) -> bool) -> (Vec<WgQuickFile>, Gaps) {
    let mut files = Vec::new();
    let mut gaps = Gaps::new();
    match root.names(directory) {
        Ok(names) => {
            let names = names.iter().filter_map(|name| name.to_str());
            let interfaces = names.filter_map(|name| name.strip_suffix(".conf")).filter(|name| wanted(name));
            for interface in interfaces {
                match read_file(root, directory, interface) {
                    Ok(file) => files.push(file),
                    Err(error) => gaps.push(unread(&directory.join(format!("{interface}.conf")), &error)),
                }
            }
        }
        // No directory: the node does not use wg-quick.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => gaps.push(unread(directory, &error)),
    }
    (files, gaps)
}

fn read_file(root: &Root, directory: &Path, interface: &str) -> io::Result<WgQuickFile> {
    let path = directory.join(format!("{interface}.conf"));
    let file = root.read(&path)?;
    Ok(WgQuickFile {
        interface: interface.to_owned(),
        path: path.display().to_string(),
        text: Blanked::wg_quick(&file.text),
    })
}

fn unread(path: &Path, error: &io::Error) -> (Source, crate::snapshot::Gap) {
    let path = path.display();
    (Source::WgQuick, gap(path.to_string(), format!("`{path}` cannot be read: {error}"), REMEDY))
}
