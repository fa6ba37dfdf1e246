//! `refusal`: each thing in BIRD's files for which the daemon would refuse them.

use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::Evidence;
use crate::host::{Host, Refusal};
use crate::seen::Seen;
use crate::snapshot::Source;

/// One refusal.
pub(super) struct RefusalRow {
    daemon: String,
    refusal: Refusal,
}

/// The relation.
pub(super) static REFUSAL: Relation<RefusalRow> = Relation {
    name: "refusal",
    about: "something in BIRD's configuration for which BIRD would refuse all of it",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &[],
    fields: &[
        Field {
            name: "daemon",
            about: "the BIRD daemon",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.daemon.clone())),
        },
        Field {
            name: "place",
            about: "the file and line",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.refusal.line.place.clone())),
        },
        Field {
            name: "message",
            about: "what is wrong and what was expected",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.refusal.message.clone())),
        },
        Field {
            name: "certain",
            about: "whether BIRD refuses it; unseen where an included file or the version that runs was not seen",
            kind: Kind::Flag,
            get: |row, _| match &row.refusal.doubt {
                None => Seen::Known(Value::Flag(true)),
                Some(why) => Seen::Unseen(why.clone()),
            },
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(RefusalRow)) {
    for daemon in host.bird.iter() {
        for refusal in daemon.refusals() {
            give(RefusalRow { daemon: daemon.name.clone(), refusal });
        }
    }
}

fn tell(row: &RefusalRow, _: &Host<'_>) -> Story {
    let Evidence { place, .. } = &row.refusal.line;
    Story {
        key: format!("{} {place} {}", row.daemon, row.refusal.message),
        culprit: format!("configuration of {}", row.daemon),
        subject: place.clone(),
        sentence: format!("{place}: {}", row.refusal.message),
        evidence: vec![row.refusal.line.clone()],
        ..Story::default()
    }
}
