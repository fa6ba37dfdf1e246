//! Collecting on a live machine.

use routelint::collect::{Options, collect};
use routelint::snapshot::Source;

#[test]
fn every_source_is_asked() {
    let snapshot = collect(&Options::default()).unwrap();
    for source in Source::ALL {
        assert!(snapshot.sources.asked(source), "{source} was not asked");
    }
    assert!(snapshot.links.iter().any(|link| link.loopback));
}
