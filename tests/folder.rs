//! Folders of nodes: recorded ones are read whole, and none of their keys gets in.

use std::fs;
use std::path::{Path, PathBuf};

use routelint::snapshot::{Route, Snapshot, Source, folder};

/// The recorded meshes beside the repository, or a message that they are not there.
fn captures() -> Option<Vec<PathBuf>> {
    let mut nodes = Vec::new();
    for shelf in ["../shared/captures", "../shared/captures-kernel-wireguard"] {
        let Ok(entries) = fs::read_dir(shelf) else {
            eprintln!("skipped: {shelf} is not here");
            return None;
        };
        let mut captures: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        captures.sort();
        for capture in captures.iter().filter(|path| path.is_dir()) {
            nodes.extend(folder::nodes(capture).unwrap());
        }
    }
    Some(nodes)
}

/// The private and preshared keys of a recorded node.
fn secrets(node: &Path) -> Vec<String> {
    let conf = fs::read_to_string(node.join("wg0.conf")).unwrap();
    let keys = conf.lines().filter(|line| line.starts_with("PrivateKey") || line.starts_with("PresharedKey"));
    keys.map(|line| line.split_once('=').unwrap().1.trim().to_owned()).collect()
}

fn kinds(snapshot: &Snapshot) -> (usize, usize, usize, usize) {
    (snapshot.links.len(), snapshot.addresses.len(), snapshot.routes.len(), snapshot.policy.len())
}

#[test]
fn every_capture_reads() {
    let Some(nodes) = captures() else { return };
    for node in &nodes {
        let snapshot = folder::read(node).unwrap();
        let gaps: Vec<_> = Source::ALL.iter().flat_map(|source| snapshot.sources.gaps(*source)).collect();
        println!("{} {:?} {:?} {gaps:?}", node.display(), kinds(&snapshot), snapshot.taken);
        let killed = node.ends_with("i-bird-killed/us-01");
        assert_eq!(gaps.is_empty(), !killed, "{}: {gaps:?}", node.display());
        assert!(Source::ALL.iter().all(|source| snapshot.sources.asked(*source)));
        assert_eq!(snapshot.bird[0].running, Some(!killed));
        assert!(snapshot.taken.is_some() || killed);
        assert_eq!(snapshot.wireguard.len(), 1);
        assert!(!secrets(node).is_empty());
        let printed = format!("{snapshot:?}");
        for secret in secrets(node) {
            assert!(!printed.contains(&secret), "{}", node.display());
            assert!(!snapshot.wg_quick[0].text.as_str().contains(&secret), "{}", node.display());
        }
    }
    assert_eq!(nodes.len(), 112);
}

/// `ip` printed the same tables as JSON and, in a second run, as text: two ways that must meet.
#[test]
fn text_gives_the_routes_of_json() {
    let Some(nodes) = captures() else { return };
    for node in &nodes {
        let dir = tempfile::tempdir().unwrap();
        let files = ["ip-link.json", "ip-4-route-table-all.txt", "ip-6-route-table-all.txt"];
        for file in files {
            fs::copy(node.join(file), dir.path().join(file)).unwrap();
        }
        let routes_of = |snapshot: Snapshot| -> Vec<Route> {
            snapshot.routes.iter().map(|(_, route)| route.clone()).collect()
        };
        let text = routes_of(folder::read(dir.path()).unwrap());
        assert_eq!(text, routes_of(folder::read(node).unwrap()), "{}", node.display());
    }
}
