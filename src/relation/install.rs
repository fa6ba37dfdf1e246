//! `install`: what each kernel protocol of BIRD may put into the kernel.

use super::column::{OfGate, family_of, policy, protocol};
use super::passed::{evidence, flag, key};
use super::{Field, Kind, Relation, Story, Value};
use crate::host::{Change, Discard, DiscardOrigin, Gate, Host, InstallChannel};
use crate::seen::Seen;
use crate::snapshot::Source;

impl OfGate for InstallChannel {
    fn gate(&self) -> &Gate {
        &self.gate
    }
}

/// The relation.
pub(super) static INSTALL: Relation<InstallChannel> = Relation {
    name: "install",
    about: "a channel of a kernel protocol, and which of BIRD's routes its export filter lets into the kernel",
    needs: &[Source::BirdConfig],
    reads: &[],
    main: &["protocol", "table", "metric", "policy", "discard", "learned"],
    fields: &[
        protocol("protocol"),
        family_of(),
        Field {
            name: "table",
            about: "the kernel's table",
            kind: Kind::Text,
            get: |row, _| row.table.clone().map(|table| Value::Text(table.to_string())),
        },
        Field {
            name: "metric",
            about: "the metric of what is installed, 32 unless the protocol says otherwise",
            kind: Kind::Number("metric"),
            get: |row, _| row.metric.clone().map(|metric| Value::Number(metric.into())),
        },
        policy("the export statement"),
        Field {
            name: "discard",
            about: "what kind of discard can get into the kernel and win over a route into a tunnel there: a \
                    `static` one, a learned route whose next hop BIRD's table leaves `unresolved`, or one that is `made` \
                    to discard by a filter",
            kind: Kind::Word(&["none", "static", "unresolved", "made"]),
            get: |row, _| discard(row),
        },
        Field {
            name: "learned",
            about: "a route that a BGP neighbour announced can get into the kernel and win over a tunnel's own there",
            kind: Kind::Flag,
            get: |row, _| flag(&row.learned),
        },
        Field {
            name: "attributes",
            about: "the `krt_` attributes that the filter sets",
            kind: Kind::Texts,
            get: |row, _| row.attributes.clone().map(Value::Texts),
        },
        Field {
            name: "attribute-count",
            about: "how many they are",
            kind: Kind::Number("attributes"),
            get: |row, _| row.attributes.clone().map(|set| Value::Number(set.len() as u64)),
        },
        Field {
            name: "installed-discards",
            about: "how many discards of BIRD the kernel's table holds now",
            kind: Kind::Number("routes"),
            get: |row, _| Seen::Known(Value::Number(row.installed.len() as u64)),
        },
    ],
    rows: |host, give| host.install_channels().into_iter().for_each(give),
    tell,
};

fn discard(row: &InstallChannel) -> Seen<Value> {
    let word = |discard: &Discard| match discard.origin {
        DiscardOrigin::Static => "static",
        DiscardOrigin::Unresolved(_) => "unresolved",
        DiscardOrigin::Filter(_) => "made",
    };
    match &row.discard {
        Seen::Known(discard) => Seen::Known(Value::Word(word(discard))),
        Seen::Absent => Seen::Known(Value::Word("none")),
        Seen::Unseen(why) => Seen::Unseen(why.clone()),
    }
}

fn tell(row: &InstallChannel, host: &Host<'_>) -> Story {
    let discard = row.discard.known();
    let passed = discard.map(|discard| &discard.passed).or(row.learned.known());
    let mut pieces = evidence(&row.gate, &[passed]);
    if let Some(discard) = discard {
        // The one that is told first, then those that take peers' planes; own ones do no harm.
        let mut installed: Vec<_> = row.installed.iter().filter_map(|id| host.route(*id)).collect();
        let own = |dst: &ipnet::IpNet| host.plan.own.iter().any(|own| own.prefix.contains(dst));
        installed.sort_by_key(|route| (route.dst != discard.passed.net, own(&route.dst)));
        pieces.extend(installed.iter().take(3).map(|route| host.route_evidence(route)));
    }
    Story {
        key: key(&row.gate),
        culprit: key(&row.gate),
        subject: row.gate.protocol.clone(),
        sentence: sentence(row),
        evidence: pieces,
        now: discard.map(|_| format!("birdc disable {}", row.gate.protocol)).into_iter().collect(),
        for_good: for_good(row),
        undo: match discard {
            Some(_) => row.installed.iter().map(|id| Change::Withdraw(*id)).collect(),
            None => Vec::new(),
        },
        ..Story::default()
    }
}

fn sentence(row: &InstallChannel) -> String {
    let gate = &row.gate;
    let table = row.table.known().map_or_else(|| "?".to_owned(), ToString::to_string);
    let metric = row.metric.known().copied().unwrap_or_default();
    let start = format!("`protocol kernel {} … {}`", gate.protocol, gate.policy);
    if let Some(Discard { passed, origin }) = row.discard.known() {
        let net = passed.net;
        return match origin {
            DiscardOrigin::Unresolved(session) => format!(
                "{start} lets into the kernel's table {table} what {session} announces, and BIRD's own table has no \
                 route to that neighbour: {net} becomes `unreachable … metric {metric}` and wins over the route into \
                 the tunnel",
            ),
            DiscardOrigin::Filter(session) => format!(
                "{start} lets into the kernel's table {table} what {session} announces and a filter makes discard: \
                 {net} gets metric {metric} and wins over the route into the tunnel",
            ),
            DiscardOrigin::Static => format!(
                "{start} lets the static discard {net} into the kernel's table {table}, where its metric {metric} \
                 wins over the route into the tunnel",
            ),
        };
    }
    let unseen = row.discard.unseen().or(row.learned.unseen());
    if let Some(why) = unseen.filter(|_| row.learned.known().is_none()) {
        return format!("what {start} lets into table {table} is not known: {}", why.reason);
    }
    match (row.learned.known(), row.attributes.known().filter(|set| !set.is_empty())) {
        (Some(passed), _) => format!(
            "{start} installs what neighbours announce, such as {}, with metric {metric} in table {table}",
            passed.route
        ),
        (None, Some(set)) => format!("{start} sets {}", set.join(", ")),
        (None, None) => format!("{start} installs no discard that wins over a tunnel and nothing learned"),
    }
}

fn for_good(row: &InstallChannel) -> Option<String> {
    let place = &row.gate.line.place;
    let word = row.gate.channel;
    if row.discard.known().is_some() || row.learned.known().is_some() {
        return Some(format!("{place}: `{word} {{ import none; export none; }};`, then `birdc configure`"));
    }
    None
}
