//! What is printed can be read: widths, colours, pages and tables.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use super::{fixture, healthy, program, run, status, stderr, stdout, unproven, violated};

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = program()
        .args(["show", "route", "--format", "json"])
        .arg(fixture::under("fixtures/healthy/mesh"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn a_closed_pipe_does_not_hide_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bird.conf");
    std::fs::write(&path, "protocol nothing {}\n".repeat(20_000)).unwrap();
    let mut program = program();
    program.args(["bird", "check"]).arg(&path).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn colour_follows_the_environment() {
    let coloured = |variables: &[(&str, &str)]| {
        let output = program().envs(variables.iter().copied()).arg(violated()).output().unwrap();
        stdout(&output).contains('\u{1b}')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn no_line_of_prose_is_wider_than_the_terminal() {
    for width in ["60", "80", "120"] {
        for path in [violated(), unproven(), healthy()] {
            let output = program().env("COLUMNS", width).arg(&path).output().unwrap();
            let is_command = |line: &str| line.contains("ip -6 ") || line.contains("wg set");
            let text = stdout(&output);
            let wide = text
                .lines()
                .find(|line| line.chars().count() > width.parse::<usize>().unwrap() && !is_command(line));
            assert_eq!(wide, None, "{} columns, {}", width, path.display());
        }
    }
}

#[test]
fn every_rule_has_a_page() {
    let listed = stdout(&program().arg("rules").output().unwrap());
    for rule in fixture::shipped_rules() {
        assert!(listed.lines().any(|line| line.starts_with(&format!("{rule} "))), "{rule}");
        let page = stdout(&program().args(["explain", &rule]).output().unwrap());
        assert!(
            page.starts_with("# ") && page.contains("\n## Why\n") && page.contains("\n## Fix\n"),
            "{page}"
        );
        assert!(page.contains(&format!("\nrule {rule}, severity ")), "{page}");
    }
}

#[test]
fn every_relation_is_listed_in_both_formats_and_explained() {
    let mesh = fixture::under("fixtures/healthy/mesh");
    for relation in routelint::relation::RELATIONS {
        let name = relation.name();
        let fields: Vec<&str> = relation.fields().iter().map(|field| field.name).collect();
        let reference = stdout(&program().args(["show", "--fields", name]).output().unwrap());
        assert!(reference.starts_with(&format!("{name}: ")), "{reference}");
        assert!(fields.iter().all(|field| reference.contains(&format!("\n{field} ("))), "{reference}");
        assert_eq!(status(&["show", name], &mesh), Some(0));
        let lines = stdout(&run(&["show", "--format", "json", name], &mesh));
        for line in lines.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let mut members: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(members.remove("node"), "{line}");
            assert_eq!(members, fields.iter().copied().collect(), "{name}");
        }
    }
}

#[test]
fn a_table_has_whole_headings_at_80_columns_and_whole_rows_in_a_pipe() {
    let outage = fixture::under("fixtures/outages/export-all");
    for relation in routelint::relation::RELATIONS {
        let name = relation.name();
        let fields: Vec<&str> = relation.fields().iter().map(|field| field.name).collect();
        assert!(relation.main().iter().all(|column| fields.contains(column)), "{name}");
        let shown = if relation.main().is_empty() { &fields[..] } else { relation.main() };
        let narrow = program().env("COLUMNS", "80").args(["show", name]).arg(&outage).output().unwrap();
        let headings = |text: &str| text.lines().next().unwrap_or_default().split_whitespace().count();
        assert_eq!(headings(&stdout(&narrow)), shown.len() + 1, "{name}: {}", stdout(&narrow));
        let rows = stdout(&run(&["show", "--format", "json", name], &outage)).lines().count();
        let piped = program().env_remove("COLUMNS").args(["show", "--all", name]).arg(&outage).output();
        let piped = stdout(&piped.unwrap());
        assert_eq!(headings(&piped), fields.len() + 1, "{name}: {piped}");
        let nodes = fixture::folders(&outage).len().max(1);
        assert_eq!(piped.lines().count(), rows + nodes, "{name}: {piped}");
    }
}

#[test]
fn a_long_table_says_how_many_rows_it_left_out() {
    let text = stdout(&run(&["show", "route", "--limit", "2"], &healthy()));
    let rows = stdout(&run(&["show", "route", "--format", "json"], &healthy())).lines().count();
    assert!(text.ends_with(&format!("and {} more rows, with `--limit`\n", rows - 2)), "{text}");
}
