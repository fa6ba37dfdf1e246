//! `trace` as a program's partner: one answer for each line of standard input, in its order.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The node on which `export all` took every packet, as real packets showed.
const OUTAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/outages/export-all/us-01");

fn trace(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_routelint"));
    command.arg("trace").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What comes of these lines on standard input.
fn batch(lines: &str) -> Output {
    let mut child = trace(&["-", OUTAGE, "--format", "json"]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    std::str::from_utf8(&output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_line_that_is_no_lookup_is_answered_in_its_place_and_the_rest_goes_on() {
    let output = batch("fd53:102:1000::10\n\nfd53:102:1000::10 metric 7\nfd53:102:1000::10\n");
    let answers = objects(&output);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["errno"], &answers[0]), (&Value::from("EHOSTUNREACH"), &answers[2]));
    assert_eq!(answers[1]["line"], 3);
    assert_eq!(answers[1]["lookup"], "fd53:102:1000::10 metric 7");
    assert!(answers[1]["error"].as_str().unwrap().starts_with("column 19: `metric`: no word of a look-up"));
}

#[test]
fn an_answer_comes_before_the_next_question_is_waited_for() {
    let mut child = trace(&["-", OUTAGE, "--format", "json"]).spawn().unwrap();
    let (mut ask, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(answers).lines();
    for plane in ["1000", "1100", "1200"] {
        writeln!(ask, "fd53:102:{plane}::10").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["dst"], format!("fd53:102:{plane}::10"));
    }
    drop(ask);
    assert!(child.wait().unwrap().success());
}

#[test]
fn options_and_words_say_the_same() {
    let words =
        "fd53:102:1000::10 from fd53:101:1000::10 oif wg0 mark 0x10 tos 8 uid 7 ipproto tcp sport 1 dport 2";
    let mut arguments = vec!["fd53:102:1000::10", OUTAGE, "--format", "json"];
    let options =
        "--from fd53:101:1000::10 --oif wg0 --mark 0x10 --tos 8 --uid 7 --ipproto tcp --sport 1 --dport 2";
    arguments.extend(options.split(' '));
    let one = trace(&arguments).output().unwrap();
    assert_eq!(objects(&one), objects(&batch(words)));
    assert_eq!(objects(&one)[0]["src"], "fd53:101:1000::10");
}
