//! `ip -j -d route show table all`, of either family.

use std::net::IpAddr;

use serde::Deserialize;

use super::super::folder::FolderError;
use super::super::{Leg, Rare, Route, RouterPreference, Routes, Source};
use super::names::{Names, address, prefix, route_flag, route_type, scope, tos};
use super::outputs::Output;
use super::{Reader, routes_text};
use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};

pub(super) const ROUTES4: Output =
    Output::new(Source::Routes4, "ip-4-route-table-all.json", "ip -j -d -4 route show table all");
pub(super) const ROUTES6: Output =
    Output::new(Source::Routes6, "ip-6-route-table-all.json", "ip -j -d -6 route show table all");
const TEXT4: Output =
    Output::new(Source::Routes4, "ip-4-route-table-all.txt", "ip -d -4 route show table all");
const TEXT6: Output =
    Output::new(Source::Routes6, "ip-6-route-table-all.txt", "ip -d -6 route show table all");

/// A route in the words of `ip`, whether from JSON or from text. What is left out has `ip`'s default.
#[derive(Default, Deserialize)]
pub(super) struct IpRoute {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) dst: String,
    pub(super) from: Option<String>,
    pub(super) tos: Option<String>,
    pub(super) gateway: Option<String>,
    pub(super) via: Option<IpVia>,
    pub(super) dev: Option<String>,
    pub(super) table: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) prefsrc: Option<String>,
    pub(super) metric: Option<u32>,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    pub(super) nhid: Option<u32>,
    #[serde(default)]
    pub(super) nexthops: Vec<IpLeg>,
    pub(super) pref: Option<String>,
    pub(super) expires: Option<i64>,
    pub(super) encap: Option<String>,
    #[serde(default)]
    pub(super) metrics: Vec<IpMetrics>,
}

/// A gateway of the other family.
#[derive(Deserialize)]
pub(super) struct IpVia {
    pub(super) host: String,
}

/// A leg of a multipath route.
#[derive(Default, Deserialize)]
pub(super) struct IpLeg {
    pub(super) gateway: Option<String>,
    pub(super) via: Option<IpVia>,
    pub(super) dev: Option<String>,
    pub(super) weight: Option<u32>,
    pub(super) encap: Option<String>,
    #[serde(default)]
    pub(super) flags: Vec<String>,
}

/// The metrics of which `ip` makes a list of one.
#[derive(Default, Deserialize)]
pub(super) struct IpMetrics {
    pub(super) mtu: Option<u32>,
}

impl Reader<'_> {
    /// The routes of a family, from JSON or else from text.
    pub(super) fn routes(&mut self, family: Family) -> Result<(), FolderError> {
        let (json, text) = match family {
            Family::V4 => (&ROUTES4, &TEXT4),
            Family::V6 => (&ROUTES6, &TEXT6),
        };
        let as_text = !self.outputs.has(json.file) && self.outputs.has(text.file);
        let (output, rows) = match as_text {
            true => (text, self.text_routes(text)?),
            false => (json, self.outputs.json::<IpRoute>(json, &mut self.snapshot.sources)?),
        };
        let mut routes: Vec<Route> = Vec::with_capacity(rows.len());
        for row in rows {
            let route = route(&row, family, &mut self.names);
            let place = format!(", route `{}`", row.dst);
            routes.push(route.map_err(|problem| self.outputs.broken(output, &place, problem))?);
        }
        let before = std::mem::take(&mut self.snapshot.routes);
        let all = before.iter().map(|(_, route)| route.clone()).chain(routes).collect();
        self.snapshot.routes = Routes::new(all);
        Ok(())
    }

    fn text_routes(&mut self, output: &Output) -> Result<Vec<IpRoute>, FolderError> {
        let Some(bytes) = self.outputs.ask(output, &mut self.snapshot.sources)? else {
            return Ok(Vec::new());
        };
        routes_text::routes(&String::from_utf8_lossy(&bytes))
            .map_err(|(line, problem)| self.outputs.broken(output, &format!(":{line}"), problem))
    }
}

fn route(row: &IpRoute, family: Family, names: &mut Names) -> Result<Route, String> {
    let kind = row.kind.as_deref().map_or(Ok(RouteType::Unicast), route_type)?;
    let protocol = row.protocol.as_deref().map_or(Ok(BOOT), |word| names.protocol(word))?;
    let rare = rare(row, family, names)?;
    Ok(Route {
        dst: prefix(&row.dst, family)?,
        via: gateway(row.gateway.as_deref(), row.via.as_ref())?,
        dev: row.dev.as_deref().map(|name| names.link(name)),
        table: row.table.as_deref().map_or(Ok(TableId::MAIN), |word| names.table(word))?,
        metric: row.metric.unwrap_or(0),
        flags: bits(&row.flags),
        kind,
        protocol,
        scope: row.scope.as_deref().map_or(Ok(RouteScope::default()), scope)?,
        rare: (rare != Rare::default()).then(|| Box::new(rare)),
    })
}

/// `boot`, which `ip` leaves out without `-d`.
const BOOT: Protocol = Protocol(3);

fn rare(row: &IpRoute, family: Family, names: &mut Names) -> Result<Rare, String> {
    Ok(Rare {
        tos: row.tos.as_deref().map_or(Ok(0), tos)?,
        from: row.from.as_deref().map(|word| prefix(word, family)).transpose()?,
        prefsrc: row.prefsrc.as_deref().map(address).transpose()?,
        nhid: row.nhid,
        legs: row.nexthops.iter().map(|row| leg(row, names)).collect::<Result<_, _>>()?,
        preference: row.pref.as_deref().map_or(Ok(RouterPreference::Medium), preference)?,
        expires: row.expires.and_then(|seconds| u32::try_from(seconds).ok()),
        encap: row.encap.clone(),
        mtu: row.metrics.iter().find_map(|metrics| metrics.mtu),
    })
}

fn leg(row: &IpLeg, names: &mut Names) -> Result<Leg, String> {
    Ok(Leg {
        dev: row.dev.as_deref().map(|name| names.link(name)),
        via: gateway(row.gateway.as_deref(), row.via.as_ref())?,
        weight: row.weight.unwrap_or(1),
        flags: bits(&row.flags),
        encap: row.encap.clone(),
    })
}

/// The gateway of either family.
pub(super) fn gateway(same: Option<&str>, other: Option<&IpVia>) -> Result<Option<IpAddr>, String> {
    same.or(other.map(|via| via.host.as_str())).map(address).transpose()
}

/// The flags' bits together.
pub(super) fn bits(flags: &[String]) -> u32 {
    flags.iter().fold(0, |bits, word| bits | route_flag(word))
}

fn preference(word: &str) -> Result<RouterPreference, String> {
    match word {
        "low" => Ok(RouterPreference::Low),
        "medium" => Ok(RouterPreference::Medium),
        "high" => Ok(RouterPreference::High),
        _ => Err(format!("`{word}` is no router preference")),
    }
}
