//! Every option's edges as `bird -p` judges them: values at their bounds, options twice, in the wrong place, in templates.

use std::io::Write as _;

use routelint::bird::{Files, check};

use crate::oracle::{self, Bird};

/// The configurations of `options.txt`.
fn configurations() -> Vec<String> {
    let mut context = "";
    let mut all = Vec::new();
    for line in include_str!("options.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix("= ") {
            Some(found) => context = found,
            None => all.push(format!("{}\n", context.replace('@', line))),
        }
    }
    all
}

/// What the reader says, where a real BIRD says otherwise.
fn disagreement(bird: &Bird, text: &str) -> Option<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let real = bird.accepts(file.path())?;
    let said = check(&Files::Disk, file.path().to_str().unwrap(), bird.version).unwrap();
    let first = said.first().map_or("nothing", |first| first.message.as_str());
    (said.is_empty() != real)
        .then(|| format!("bird {} accepts: {real}; the reader says: {first}\n    {text}", bird.version))
}

#[test]
fn options_are_judged_as_bird_judges_them() {
    let configurations = configurations();
    let birds = oracle::birds();
    let wrong: Vec<String> = birds
        .iter()
        .flat_map(|bird| configurations.iter().filter_map(|text| disagreement(bird, text)))
        .collect();
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
}
