//! Small configurations with the verdict of each measured BIRD, which `bird -p` gave.

use std::io::Write as _;
use std::path::Path;

use routelint::bird::{Files, Version, check};

use crate::fixtures::MEASURED;
use crate::oracle;

/// A configuration, and the verdicts in the order of [`MEASURED`]: `+` accepted, `-` refused or died of.
struct Case {
    text: String,
    verdicts: &'static str,
}

impl Case {
    /// The verdict of a version; nothing for one that was not asked.
    fn accepted_by(&self, version: Version) -> Option<bool> {
        let at = MEASURED.iter().position(|text| text.parse::<Version>().unwrap() == version)?;
        Some(self.verdicts.as_bytes()[at] == b'+')
    }
}

/// The cases of `verdicts.txt`: a line with `=` is a context, each line below it stands at its `@`.
fn cases() -> Vec<Case> {
    let mut context = "@";
    let mut all = Vec::new();
    for line in include_str!("verdicts.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match (line.strip_prefix("= "), line.split_once(' ')) {
            (Some(found), _) => context = found,
            (None, Some((verdicts, text))) if verdicts.len() == MEASURED.len() => {
                all.push(Case { text: format!("{}\n", context.replace('@', text)), verdicts });
            }
            (None, _) => panic!("no verdicts: {line}"),
        }
    }
    all
}

fn ours(path: &Path, version: Version) -> bool {
    check(&Files::Disk, path.to_str().unwrap(), version).unwrap().is_empty()
}

/// Every case and version on which somebody disagrees with the verdicts.
fn disagreements(versions: &[Version], accepts: impl Fn(&Path, Version) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(case.text.as_bytes()).unwrap();
        for version in versions {
            let Some(expected) = case.accepted_by(*version) else { continue };
            if accepts(file.path(), *version) != expected {
                wrong.push(format!("{version} accepts: {expected}: {}", case.text.trim_end()));
            }
        }
    }
    wrong
}

#[test]
fn the_reader_judges_as_the_birds_did() {
    let versions = MEASURED.map(|text| text.parse().unwrap());
    let wrong = disagreements(&versions, ours);
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_birds_judge_so_still() {
    for bird in oracle::birds() {
        // A BIRD that dies accepts nothing.
        let wrong = disagreements(&[bird.version], |path, _| bird.accepts(path) == Some(true));
        assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// Files by their paths, what is asked of the versions, and whether they accept it.
type Folder = (&'static str, &'static [(&'static str, &'static str)], bool);

/// What is included goes on where a comment ends, and patterns match as in `glob(3)`; alike in all versions.
const FOLDERS: [Folder; 9] = [
    ("include \"g/*.conf\";\neval bb\n", &[("g/1.conf", "# c"), ("g/2.conf", "define bb = 5;\n")], false),
    ("include \"g/*.conf\";\neval bb\n", &[("g/1.conf", "# c\n"), ("g/2.conf", "define bb = 5;\n")], true),
    ("include \"g/*.conf\";\n", &[("g/1.conf", "# c"), ("g/2.conf", "5;\n")], true),
    ("include \"g/*.conf\";\n", &[("g/1.conf", "# c"), ("g/2.conf", "include \"/none.conf\";\n")], true),
    ("include \"a.conf\"; nonsense\n", &[("a.conf", "/* # */ # c")], true),
    ("include \"*/x.conf\";\neval xx\n", &[("a.conf", "5;"), ("s/x.conf", "define xx = 5;\n")], true),
    ("include \"*/c/x*.conf\";\neval xx\n", &[("t/y.conf", "5;"), ("s/c/x.conf", "define xx = 5;\n")], true),
    ("include \"s/*/\";\n", &[("s/x.conf", "5;")], true),
    ("include \"s/[[:alpha:]]\";\n", &[("s/b", "define b = ;\n")], false),
];

fn folder((main, files, _): &Folder) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let main = format!("{main}protocol device {{}}\n");
    for (name, text) in files.iter().chain([&("main.conf", main.as_str())]) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn includes_are_followed_as_bird_follows_them() {
    for case in &FOLDERS {
        let folder = folder(case);
        let main = folder.path().join("main.conf");
        assert_eq!(ours(&main, Version::DEFAULT), case.2, "{case:?}");
        for bird in oracle::birds() {
            assert_eq!(bird.accepts(&main), Some(case.2), "{case:?} by bird {}", bird.version);
        }
    }
}
