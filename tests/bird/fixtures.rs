//! Our own configurations: each says in its first line which versions accept it.

use std::path::{Path, PathBuf};

use routelint::bird::{Files, Version, check};

use crate::oracle;

/// The versions that the first lines speak of.
pub(crate) const MEASURED: [&str; 6] = ["2.0.12", "2.17.6", "2.20.0", "3.1.8", "3.3.2", "3.4.0"];

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bird");
    let files = |kind: &str| std::fs::read_dir(root.join(kind)).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = files("ok").chain(files("err")).collect();
    all.sort();
    all
}

/// The versions of the line `# accepted by: 2.0.12 3.4.0`.
fn accepted_by(path: &Path) -> Vec<Version> {
    let text = std::fs::read_to_string(path).unwrap();
    let line = text.lines().next().unwrap().trim_start_matches('\u{feff}').trim_end();
    let versions =
        line.strip_prefix("# accepted by: ").unwrap_or_else(|| panic!("{path:?} says no versions"));
    versions.split(' ').filter(|word| *word != "none").map(|word| word.parse().unwrap()).collect()
}

#[test]
fn each_is_accepted_by_the_versions_it_says() {
    for path in fixtures() {
        let accepted = accepted_by(&path);
        for version in MEASURED.map(|text| text.parse::<Version>().unwrap()) {
            let said = check(&Files::Disk, path.to_str().unwrap(), version).unwrap();
            assert_eq!(said.is_empty(), accepted.contains(&version), "{path:?} by {version}: {said:#?}");
        }
    }
}

#[test]
fn the_folders_keep_what_they_promise() {
    for path in fixtures() {
        let is_ok = path.parent().unwrap().ends_with("ok");
        assert_eq!(is_ok, !accepted_by(&path).is_empty(), "{path:?} lies in the wrong folder");
    }
}

#[test]
fn the_real_bird_agrees() {
    for bird in oracle::birds() {
        for path in fixtures() {
            let accepted = accepted_by(&path);
            // A version that the first lines do not speak of is held against the reader alone.
            let known = MEASURED.iter().any(|text| text.parse::<Version>().unwrap() == bird.version);
            let expected = if known {
                accepted.contains(&bird.version)
            } else {
                check(&Files::Disk, path.to_str().unwrap(), bird.version).unwrap().is_empty()
            };
            if let Some(real) = bird.accepts(&path) {
                assert_eq!(real, expected, "{path:?} by bird {}", bird.version);
            }
        }
    }
}

#[test]
fn an_error_tells_its_place_and_what_was_expected() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bird/err/trailing-comma.conf");
    let said = check(&Files::Disk, path.to_str().unwrap(), Version::DEFAULT).unwrap();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert_eq!((said[0].place.line, said[0].place.column, said[0].width), (3, 20, 1));
    assert_eq!(said[0].message, "expected a member of a set, found `]`");
    assert_eq!(&*said[0].line, "define S = [ 1, 2, ];");
}

#[test]
fn bird_1_is_said_once() {
    for name in ["bird1-import", "bird1-listen"] {
        let path = format!("{}/fixtures/bird/err/{name}.conf", env!("CARGO_MANIFEST_DIR"));
        let said = check(&Files::Disk, &path, Version::DEFAULT).unwrap();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(said[0].message.contains("BIRD 1.x"), "{}", said[0].message);
    }
}
