//! `key`: each WireGuard public key and the places in which it stands.

use std::collections::BTreeMap;

use super::{Field, Kind, Relation, Story, Value};
use crate::evidence::{Evidence, Origin};
use crate::host::Host;
use crate::net::PublicKey;
use crate::seen::Seen;
use crate::snapshot::Source;

/// One public key.
pub(super) struct KeyRow {
    key: PublicKey,
    places: Vec<Evidence>,
}

/// The relation.
pub(super) static KEY: Relation<KeyRow> = Relation {
    name: "key",
    about: "a WireGuard public key, and for whom it stands on this node",
    needs: &[],
    reads: &[Source::Wireguard, Source::WgQuick],
    main: &[],
    fields: &[
        Field {
            name: "key",
            about: "the key",
            kind: Kind::Text,
            get: |row, _| Seen::Known(Value::Text(row.key.to_string())),
        },
        Field {
            name: "uses",
            about: "how many devices of this node have it as their own, plus the peers of one device or file that \
                    have it, where more than one does or a device of this node does",
            kind: Kind::Number("places"),
            get: |row, _| Seen::Known(Value::Number(row.places.len() as u64)),
        },
    ],
    rows,
    tell,
};

fn rows(host: &Host<'_>, give: &mut dyn FnMut(KeyRow)) {
    let mut places: BTreeMap<PublicKey, Vec<Evidence>> = BTreeMap::new();
    for tunnel in &host.tunnels {
        if let Some(key) = tunnel.public_key {
            places.entry(key).or_default().push(at(format!("wg show {} public-key", tunnel.name), key));
        }
    }
    let own = places.clone();
    for tunnel in &host.tunnels {
        for peer in &tunnel.peers {
            let filed = super::filed::key_lines(host, tunnel, &peer.key);
            let uses = places.entry(peer.key).or_default();
            match (filed.len() > 1, uses.is_empty() || own.contains_key(&peer.key)) {
                // A key that stands twice in the file is two peers there, and each has both lines.
                (true, _) => {
                    uses.extend(filed.into_iter().filter(|line| !uses.contains(line)).collect::<Vec<_>>())
                }
                (false, true) => uses.push(at(format!("wg show {} peers", tunnel.name), peer.key)),
                // The same far end by two tunnels is one identity in one place.
                (false, false) => {}
            }
        }
    }
    places.into_iter().for_each(|(key, places)| give(KeyRow { key, places }));
}

fn at(place: String, key: PublicKey) -> Evidence {
    Evidence { origin: Origin::Wireguard, place, text: key.to_string() }
}

fn tell(row: &KeyRow, _: &Host<'_>) -> Story {
    let places: Vec<&str> = row.places.iter().map(|place| place.place.as_str()).collect();
    Story {
        key: row.key.to_string(),
        culprit: row.key.to_string(),
        subject: row.key.short(),
        sentence: format!(
            "the key {} stands in {} places: {}",
            row.key.short(),
            places.len(),
            places.join(", ")
        ),
        evidence: row.places.clone(),
        now: Vec::new(),
        for_good: None,
        undo: Vec::new(),
        ..Story::default()
    }
}
