//! routelint's verdict on every node of the lab agrees with what becomes of real packets.

#[path = "lab/mod.rs"]
mod lab;

use lab::{Mesh, Options, Probe};

#[test]
fn healthy() {
    let start = std::time::Instant::now();
    let Some(mesh) = Mesh::up(&Options::default()) else { return };
    eprintln!("up {:?}", start.elapsed());
    let probes = mesh.probe();
    eprintln!("probed {:?}", start.elapsed());
    assert_eq!(probes.len(), 36);
    assert_eq!(probes.iter().filter(|p| !p.delivered()).collect::<Vec<&Probe>>(), Vec::<&Probe>::new());
    drop(mesh);
    eprintln!("down {:?}", start.elapsed());
}

#[test]
fn export_all() {
    let Some(mesh) = Mesh::up(&Options::export_all()) else { return };
    let probes = mesh.probe();
    assert!(probes.iter().all(|p| !p.delivered()), "{probes:#?}");
}
