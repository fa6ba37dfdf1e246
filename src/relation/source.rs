//! `source`: what was asked of the node, and what is missing.

use super::{Field, Kind, Relation, Story, Value};
use crate::host::Host;
use crate::seen::Seen;
use crate::snapshot::{Gap, Source, Status};

/// One source.
pub(super) struct SourceRow(Source);

/// The relation.
pub(super) static SOURCE: Relation<SourceRow> = Relation {
    name: "source",
    about: "a source of facts: whether it was asked and whether it answered whole",
    needs: &[],
    reads: &[],
    main: &[],
    fields: &[
        Field {
            name: "name",
            about: "the source",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.0.noun().to_owned())),
        },
        Field {
            name: "state",
            about: "`whole`; `torn` when changes interrupted a dump; `partial` when something is missing; `not-asked`",
            kind: Kind::Word(Status::WORDS),
            get: |row, host| Seen::Known(Value::Word(row.state(host))),
        },
        Field {
            name: "missing",
            about: "what is missing and why",
            kind: Kind::Texts,
            get: |row, host| Seen::Known(Value::Texts(row.gaps(host).iter().map(missing).collect())),
        },
    ],
    rows: |_, give| Source::ALL.into_iter().map(SourceRow).for_each(give),
    tell,
};

fn missing(gap: &Gap) -> String {
    if gap.part.is_empty() { gap.why.reason.clone() } else { format!("{}: {}", gap.part, gap.why.reason) }
}

impl SourceRow {
    fn gaps<'s>(&self, host: &Host<'s>) -> &'s [Gap] {
        host.snapshot.sources.gaps(self.0)
    }

    fn state(&self, host: &Host<'_>) -> &'static str {
        host.snapshot.sources.status(self.0).word()
    }
}

fn tell(row: &SourceRow, host: &Host<'_>) -> Story {
    let gaps = row.gaps(host);
    let reasons: Vec<String> = gaps.iter().map(missing).collect();
    Story {
        key: row.0.noun().to_owned(),
        culprit: row.0.noun().to_owned(),
        subject: row.0.noun().to_owned(),
        sentence: format!("the snapshot of {} is {}: {}", row.0, row.state(host), reasons.join("; ")),
        now: gaps.iter().map(|gap| gap.why.remedy.clone()).collect(),
        ..Story::default()
    }
}
