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

/// Every way in which a secret may be written shows neither in lines nor in messages.
#[test]
fn no_way_of_writing_a_password_shows_it() {
    let ways = [
        "protocol bgp b { password\n\"s3cr3t\"; } oops;\n",
        "protocol bgp b { password /* x */ \"s3cr3t\"; oops; }\n",
        "protocol bgp b { password hex:53:63:73:33; oops; }\n",
        "protocol bgp b { password 0102030405060708090a53637333; oops; }\n",
        "define PW = \"s3cr3t\" oops;\nprotocol bgp b { password PW; }\n",
        "protocol bgp b { password \"a\" \"s3cr3t\"; }\n",
        "protocol bgp b { password \"a\"\n \"s3cr3t\"; }\n",
        "protocol bgp b { password \"a\" \"s3`cr3t\"; }\n",
    ];
    for text in ways {
        let files = Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]));
        let read = read(&files, "/b.conf", Version::DEFAULT).unwrap();
        let shown = format!("{:?} {:?}", read.diagnostics(), read.sources);
        assert!(!read.errors.is_empty(), "{text}");
        for secret in ["cr3t", "53:63", "5363"] {
            assert!(!shown.contains(secret), "{text}: {shown}");
        }
    }
}

#[test]
fn values_that_are_secrets_are_not_said() {
    let text = "define PW = \"s3cr3t2\";\nprotocol bgp b { password PW; }\n";
    let files = Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]));
    let sources = read(&files, "/b.conf", Version::DEFAULT).unwrap().sources;
    assert_eq!(sources.without_secrets("left is s3cr3t2, right is no"), "left is (blanked), right is no");
    assert_eq!(sources.without_secrets("xs3cr3t2y"), "x(blanked)y");
}
