//! No secret of a configuration shows in anything that can be printed.

use std::collections::BTreeMap;

use routelint::bird::{Files, Version, read};

#[test]
fn a_password_shows_nowhere() {
    let text = "protocol bgp b { local as 1; neighbor 10.0.0.1 as 2; password \"hunter2\" oops; }\n";
    let files = Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]));
    let read = read(&files, "/b.conf", Version::DEFAULT).unwrap();
    let shown = format!("{:?} {:?} {:?}", read.tree, read.diagnostics(), read.model());
    assert!(!read.errors.is_empty());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("(blanked)"), "{shown}");
}
