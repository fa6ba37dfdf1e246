//! Blanking leaves public BIRD configurations as acceptable to BIRD as they were.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::fs;
use std::process::Command;

use routelint::text::Blanked;

/// Whether `bird -p` accepts a text; nothing where there is no BIRD.
fn accepts(text: &str) -> Option<bool> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bird.conf");
    fs::write(&path, text).unwrap();
    let output = Command::new("bird").arg("-p").arg("-c").arg(&path).current_dir(dir.path()).output().ok()?;
    Some(output.status.success())
}

#[test]
fn bird_accepts_a_blanked_file_where_it_accepts_the_file() {
    let Ok(entries) = fs::read_dir("../shared/corpus/bird") else {
        eprintln!("skipped: ../shared/corpus is not here");
        return;
    };
    let mut accepted = 0;
    for path in entries.map(|entry| entry.unwrap().path()) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let blanked = Blanked::bird(&[&text]).remove(0);
        assert_eq!(text.lines().count(), blanked.as_str().lines().count(), "{}", path.display());
        let Some(before) = accepts(&text) else {
            eprintln!("skipped: bird is not here");
            return;
        };
        assert!(!before || accepts(blanked.as_str()).unwrap(), "{}:\n{}", path.display(), blanked.as_str());
        accepted += usize::from(before);
    }
    assert!(accepted > 30, "only {accepted} files are accepted at all");
}
