//! Whatever stands in the files, reading ends, soon, without a panic.

use std::collections::BTreeMap;
use std::time::Instant;

use routelint::bird::{Files, Version, read};

fn given(text: &str) -> Files {
    Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]))
}

#[test]
fn nesting_ends_with_an_error() {
    for (open, close) in [("(", ")"), ("{", "}"), ("! ", ""), ("if true then ", "accept;")] {
        let text =
            format!("protocol device {{}}\nfilter f {{ {}{} }}", open.repeat(20_000), close.repeat(20_000));
        assert!(!read(&given(&text), "/b.conf", Version::DEFAULT).unwrap().errors.is_empty());
    }
    let chain = format!("define A = 1{};", " + 1".repeat(100_000));
    assert!(!read(&given(&chain), "/b.conf", Version::DEFAULT).unwrap().errors.is_empty());
}

#[test]
fn an_include_of_itself_ends() {
    let read =
        read(&given("protocol device {}\ninclude \"b.conf\";\n"), "/b.conf", Version::DEFAULT).unwrap();
    assert!(read.errors.iter().any(|error| error.message.contains("8 files")), "{:?}", read.errors);
}

/// A place is found without counting from the file's start, on a line of its own or on the same long line.
#[test]
fn time_grows_with_the_errors() {
    for between in ["\n", " "] {
        let time = |count: usize| {
            let files =
                given(&format!("protocol static s4 {{\n{}}}\n", format!("nonsense;{between}").repeat(count)));
            let start = Instant::now();
            let read = read(&files, "/b.conf", Version::DEFAULT).unwrap();
            assert!(read.diagnostics().len() >= count);
            start.elapsed().as_secs_f64()
        };
        let (small, large) = (time(2_000), time(16_000));
        assert!(large < small * 24.0 + 0.05, "8 times the errors took {:.1} times as long", large / small);
    }
}

/// Twice the text takes about twice the time; four times would be quadratic.
#[test]
fn time_grows_with_the_text() {
    let route = "  route 10.0.0.0/8 via 192.0.2.1;\n";
    let time = |count: usize| {
        let text = format!("protocol static s4 {{\n ipv4;\n{}}}\n", route.repeat(count));
        let files = given(&text);
        let runs = (0..3).map(|_| {
            let start = Instant::now();
            let _ = read(&files, "/b.conf", Version::DEFAULT);
            start.elapsed().as_secs_f64()
        });
        runs.fold(f64::INFINITY, f64::min)
    };
    let (small, large) = (time(4_000), time(32_000));
    assert!(large < small * 24.0 + 0.05, "8 times the text took {:.1} times as long", large / small);
}
