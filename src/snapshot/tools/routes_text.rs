//! `ip route show` without `-j`: for nodes whose `ip` has no JSON.

use super::names::route_type;
use super::routes::{IpLeg, IpMetrics, IpRoute, IpVia};

/// The routes of a text; the error names the line.
pub(super) fn routes(text: &str) -> Result<Vec<IpRoute>, (usize, String)> {
    let mut found: Vec<IpRoute> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let read = match (line.trim_start().starts_with("nexthop"), found.last_mut()) {
            // Details of a next-hop object, which has a file of its own.
            _ if line.trim().is_empty() || line.trim_start().starts_with("nh_info") => Ok(()),
            (true, Some(route)) => leg(&mut words).map(|leg| route.nexthops.push(leg)),
            (true, None) => Err("a next hop without its route".to_owned()),
            (false, _) => route(line).map(|route| found.push(route)),
        };
        read.map_err(|problem| (at + 1, problem))?;
    }
    Ok(found)
}

/// One line: `[TYPE] DST word value word value …`.
fn route(line: &str) -> Result<IpRoute, String> {
    let mut words = line.split_whitespace().peekable();
    let kind = words.next_if(|word| route_type(word).is_ok()).map(str::to_owned);
    let dst = words.next().unwrap_or_default().to_owned();
    let mut route = IpRoute { kind, dst, ..IpRoute::default() };
    while let Some(word) = words.next() {
        item(&mut route, word, &mut words)?;
    }
    Ok(route)
}

fn item<'w>(
    route: &mut IpRoute,
    word: &'w str,
    words: &mut std::iter::Peekable<impl Iterator<Item = &'w str>>,
) -> Result<(), String> {
    let mut value = || words.next().map(str::to_owned).ok_or_else(|| format!("`{word}` without a value"));
    match word {
        "from" => route.from = Some(value()?),
        "tos" => route.tos = Some(value()?),
        "via" => match value()?.as_str() {
            "inet" | "inet6" => route.via = Some(IpVia { host: value()? }),
            gateway => route.gateway = Some(gateway.to_owned()),
        },
        "dev" => route.dev = Some(value()?),
        "table" => route.table = Some(value()?),
        "proto" => route.protocol = Some(value()?),
        "scope" => route.scope = Some(value()?),
        "src" => route.prefsrc = Some(value()?),
        "metric" => route.metric = Some(number(&value()?)?),
        "nhid" => route.nhid = Some(number(&value()?)?),
        "pref" => route.pref = Some(value()?),
        "expires" => route.expires = value()?.trim_end_matches("sec").parse().ok(),
        // The first names the kind; `seg6 mode encap` repeats the word.
        "encap" if route.encap.is_none() => route.encap = Some(value()?),
        "mtu" => {
            let first = value()?;
            let mtu = if first == "lock" { value()? } else { first };
            route.metrics = vec![IpMetrics { mtu: Some(number(&mtu)?) }];
        }
        // Flags, and words that say nothing about forwarding together with their values.
        other => route.flags.push(other.to_owned()),
    }
    Ok(())
}

/// A leg: `nexthop [via GATEWAY] dev LINK weight N flags…`.
fn leg<'w>(words: &mut impl Iterator<Item = &'w str>) -> Result<IpLeg, String> {
    let mut leg = IpLeg::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().map(str::to_owned).ok_or_else(|| format!("`{word}` without a value"));
        match word {
            "nexthop" => {}
            "via" => match value()?.as_str() {
                "inet" | "inet6" => leg.via = Some(IpVia { host: value()? }),
                gateway => leg.gateway = Some(gateway.to_owned()),
            },
            "dev" => leg.dev = Some(value()?),
            "weight" => leg.weight = Some(number(&value()?)?),
            "encap" => leg.encap = Some(value()?),
            other => leg.flags.push(other.to_owned()),
        }
    }
    Ok(leg)
}

fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("`{word}` is no number"))
}
