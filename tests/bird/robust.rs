//! Whatever stands in the files, reading ends, without a panic.

use std::collections::BTreeMap;

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

/// On a line of its own each, or all on the same long line.
#[test]
fn every_one_of_thousands_of_errors_is_told() {
    for between in ["\n", " "] {
        let errors = format!("nonsense;{between}").repeat(16_000);
        let files = given(&format!("protocol static s4 {{\n{errors}}}\n"));
        assert!(read(&files, "/b.conf", Version::DEFAULT).unwrap().diagnostics().len() >= 16_000);
    }
}
