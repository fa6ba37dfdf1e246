//! The house is tidy: the layers' arrows and the absences that DESIGN promises hold in the source as it stands.
//!
//! A check looks at one file at a time and carries its own examples: one that it must catch, one that it must let pass.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

#[path = "tidy/checks.rs"]
mod checks;
#[path = "tidy/source.rs"]
mod source;

use checks::{CHECKS, Check};
use source::{House, Source};

#[test]
fn the_house_is_tidy() {
    let house = House::read();
    let faults: Vec<String> = CHECKS
        .iter()
        .flat_map(|check| house.sources.iter().flat_map(|source| faults(check, source, &house)))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_code_map_lists_every_layer_in_use() {
    let house = House::read();
    for source in &house.sources {
        if let Some(layer) = source.layer() {
            assert!(
                house.layers.contains(&layer.to_owned()),
                "{}: `{layer}` is not on the code map",
                source.path
            );
        }
    }
    let mapped_twice = house.layers.iter().find(|name| house.layers.iter().filter(|n| n == name).count() > 1);
    assert_eq!(mapped_twice, None);
}

#[test]
fn every_check_can_fail() {
    let house = House {
        layers: ["net", "bird", "collect", "relation", "cli"].map(str::to_owned).to_vec(),
        sources: Vec::new(),
    };
    for check in CHECKS {
        for (path, text) in check.caught {
            let source = Source::new(path, &text.replace("RUB", ""));
            assert!(!faults(check, &source, &house).is_empty(), "`{}` lets pass:\n{text}", check.name);
        }
        for (path, text) in check.passed {
            let found = faults(check, &Source::new(path, text), &house);
            assert!(found.is_empty(), "`{}` catches:\n{text}\n{found:?}", check.name);
        }
    }
}

#[test]
fn a_long_file_and_a_long_function_are_caught() {
    let house = House { layers: Vec::new(), sources: Vec::new() };
    let long_function = format!("fn long() {{\n{}}}\n", "    step();\n".repeat(60));
    let caught = |path: &str, text: &str| {
        let source = Source::new(path, text);
        CHECKS
            .iter()
            .filter(|check| !faults(check, &source, &house).is_empty())
            .map(|check| check.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(caught("src/net/a.rs", &format!("//! Owns.\n{long_function}")), ["functions are short"]);
    assert_eq!(
        caught("src/net/a.rs", &format!("//! Owns.\n{}", "const A: u8 = 1;\n".repeat(500))),
        ["files are short"]
    );
    let tested = format!("//! Owns.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "const A: u8 = 1;\n".repeat(500));
    assert_eq!(caught("src/net/a.rs", &tested), Vec::<&str>::new());
}

fn faults(check: &Check, source: &Source, house: &House) -> Vec<String> {
    if !(check.concerns)(source) {
        return Vec::new();
    }
    let fault = |(line, what): (usize, String)| format!("{}:{line}: {}: {what}", source.path, check.name);
    (check.run)(source, house).into_iter().map(fault).collect()
}
