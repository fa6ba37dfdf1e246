//! Configurations of many operators, where they lie beside the repository.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use routelint::bird::{ErrorKind, Files, Version, read};

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !shared.is_dir() {
        println!("skipped: no ../shared/corpus");
        return None;
    }
    Some(shared)
}

/// The rows of the corpus's list: file, class, the versions that accept it.
fn rows(shared: &Path) -> Vec<(PathBuf, String, Vec<String>)> {
    let list = std::fs::read_to_string(shared.join("bird.tsv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let versions = cells[6].split(',').map(str::to_owned).collect();
        (shared.join("bird").join(cells[0]), cells[5].to_owned(), versions)
    };
    list.lines().skip(1).map(row).collect()
}

#[test]
fn every_file_is_accepted_by_the_versions_that_accept_it() {
    let Some(shared) = shared() else { return };
    let mut wrong = Vec::new();
    for (path, class, accepted) in rows(&shared) {
        for version in ["2.0.12", "2.17.5", "2.20.0", "3.1.7", "3.4.0"] {
            let read = read(&Files::Disk, path.to_str().unwrap(), version.parse().unwrap()).unwrap();
            // The list was made with the included files in their places.
            let missing = read.errors.iter().any(|error| error.kind == ErrorKind::Include);
            if !missing
                && !includes(&path)
                && read.errors.is_empty() != accepted.iter().any(|known| known == version)
            {
                wrong.push(format!("{version} {class} {}", path.file_name().unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}

fn includes(path: &Path) -> bool {
    let text = std::fs::read(path).unwrap();
    String::from_utf8_lossy(&text).lines().any(|line| line.trim_start().starts_with("include"))
}

#[test]
fn bird_1_is_recognised() {
    let Some(shared) = shared() else { return };
    let old: Vec<_> =
        rows(&shared).into_iter().filter(|(_, class, _)| class.starts_with("C-bird1")).collect();
    let known = old.iter().filter(|(path, ..)| {
        read(&Files::Disk, path.to_str().unwrap(), Version::DEFAULT).unwrap().bird1.is_some()
    });
    let known = known.count();
    assert!(known * 100 >= old.len() * 90, "{known} of {} are recognised", old.len());
}

#[test]
fn no_file_takes_long() {
    let Some(shared) = shared() else { return };
    for (path, ..) in rows(&shared) {
        let took = (0..3).map(|_| time(&path)).min().unwrap();
        // Ten times the promise, for a build without optimisation on a busy machine.
        assert!(took < Duration::from_millis(500), "{path:?} took {took:?}");
    }
}

fn time(path: &Path) -> Duration {
    let start = Instant::now();
    let _ = read(&Files::Disk, path.to_str().unwrap(), Version::DEFAULT);
    start.elapsed()
}
