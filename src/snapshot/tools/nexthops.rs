//! `ip -j -d nexthop`.

use serde::Deserialize;

use super::super::folder::FolderError;
use super::super::{Member, Nexthop, Source};
use super::Reader;
use super::names::{Names, scope};
use super::outputs::Output;
use super::routes::{IpVia, bits, gateway};
use crate::net::{Family, Protocol, RouteScope};

const NEXTHOPS: Output = Output::new(Source::Nexthops, "ip-nexthop.json", "ip -j -d nexthop");

#[derive(Deserialize)]
struct IpNexthop {
    id: u32,
    #[serde(default)]
    group: Vec<IpMember>,
    #[serde(rename = "type")]
    kind: Option<String>,
    gateway: Option<String>,
    via: Option<IpVia>,
    dev: Option<String>,
    scope: Option<String>,
    /// Present, with the value null, for what discards.
    #[serde(default, deserialize_with = "present")]
    blackhole: bool,
    /// Present, with the value null, for a bridge's entry.
    #[serde(default, deserialize_with = "present")]
    fdb: bool,
    protocol: Option<String>,
    #[serde(default)]
    flags: Vec<String>,
    encap: Option<String>,
}

#[derive(Deserialize)]
struct IpMember {
    id: u32,
    weight: Option<u32>,
}

fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(value).map(|_| true)
}

impl Reader<'_> {
    pub(super) fn nexthops(&mut self) -> Result<(), FolderError> {
        let rows: Vec<IpNexthop> = self.outputs.json(&NEXTHOPS, &mut self.snapshot.sources)?;
        for row in rows {
            let nexthop = nexthop(&row, &mut self.names);
            let place = format!(", id {}", row.id);
            let nexthop = nexthop.map_err(|problem| self.outputs.broken(&NEXTHOPS, &place, problem))?;
            self.snapshot.nexthops.push(nexthop);
        }
        Ok(())
    }
}

fn nexthop(row: &IpNexthop, names: &mut Names) -> Result<Nexthop, String> {
    let via = gateway(row.gateway.as_deref(), row.via.as_ref())?;
    let member = |row: &IpMember| Member { id: row.id, weight: row.weight.unwrap_or(1) };
    Ok(Nexthop {
        id: row.id,
        // `ip` does not print the family of an object without a gateway.
        family: via.map(Family::of),
        via,
        dev: row.dev.as_deref().map(|name| names.link(name)),
        blackhole: row.blackhole,
        group: row.group.iter().map(member).collect(),
        resilient: row.kind.as_deref() == Some("resilient"),
        fdb: row.fdb,
        flags: bits(&row.flags),
        scope: row.scope.as_deref().map_or(Ok(RouteScope::default()), scope)?,
        protocol: row.protocol.as_deref().map_or(Ok(Protocol(0)), |word| names.protocol(word))?,
        encap: row.encap.clone(),
    })
}
