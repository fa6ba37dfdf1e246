//! A capture is the node: judged elsewhere, it gives the findings of the live node; and the shipped captures are what
//! the lab still shows.
//!
//! `ROUTELINT_BLESS=1 cargo test --test capture` writes the shipped captures anew, as root.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod lab;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lab::story::NODES;
use lab::{Mesh, Options};
use serde_json::Value;

#[test]
fn the_shipped_outage_is_the_labs() {
    ships("fixtures/outages/export-all", &Options::export_all());
}

#[test]
fn the_shipped_healthy_mesh_is_the_labs() {
    ships("fixtures/healthy/mesh", &Options::default());
}

/// Captures a mesh of the lab, holds the capture against the live nodes, and the shipped capture against it.
fn ships(shipped: &str, options: &Options) {
    let Some(mesh) = Mesh::up(options) else { return };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join(shipped);
    let folder = tempfile::tempdir().unwrap();
    for node in &NODES {
        is_the_live_node(&mesh, node.name, &folder.path().join(node.name));
    }
    if std::env::var_os("ROUTELINT_BLESS").is_some() {
        replace(&shipped, folder.path());
    }
    assert_eq!(
        verdicts(&shipped),
        verdicts(folder.path()),
        "{} is not what the lab shows",
        shipped.display()
    );
}

/// Captures one node and judges the capture outside of the lab.
fn is_the_live_node(mesh: &Mesh, name: &str, folder: &Path) {
    let capture = mesh.routelint(name, &["capture", folder.to_str().unwrap()]);
    assert!(capture.status.success(), "{name}: {}", String::from_utf8_lossy(&capture.stderr));
    for file in files(folder) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!mesh.private_keys.iter().any(|key| text.contains(key)), "{} holds a key", file.display());
    }
    let live = findings(&mesh.routelint(name, &["--format", "json"]));
    assert_eq!(live, findings(&check(folder)), "{name}");
}

fn check(folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_routelint"));
    command.arg("check").arg(folder).args(["--format", "json"]).output().unwrap()
}

fn findings(output: &Output) -> Vec<Value> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {complaint}"));
    report["findings"].as_array().unwrap().clone()
}

/// What a mesh's folder comes to: keys and times differ from one mesh to the next, nodes and rules do not.
fn verdicts(folder: &Path) -> BTreeSet<String> {
    let verdict =
        |finding: &Value| ["node", "rule", "verdict", "severity"].map(|f| finding[f].to_string()).join(" ");
    findings(&check(folder)).iter().map(verdict).collect()
}

/// Puts one folder in the place of another.
fn replace(shipped: &Path, folder: &Path) {
    let _ = fs::remove_dir_all(shipped);
    for file in files(folder) {
        let target = shipped.join(file.strip_prefix(folder).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(&target, shippable(&fs::read_to_string(&file).unwrap())).unwrap();
    }
}

/// The file without the suffix that marks a kernel as this machine's own build.
fn shippable(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("kernel = ").and_then(|kernel| kernel.split_once('-')) {
        Some((release, _)) => format!("kernel = {release}\"\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
