//! `ip -j -d rule`, of either family.

use serde_json::{Map, Value};

use super::super::folder::FolderError;
use super::super::{PolicyAction, PolicyRule, PortRange, Source, UidRange};
use super::Reader;
use super::names::{Names, prefix, tos};
use super::outputs::Output;
use crate::net::{Family, TableId};

const RULES4: Output = Output::new(Source::Policy, "ip-4-rule.json", "ip -j -d -4 rule");
const RULES6: Output = Output::new(Source::Policy, "ip-6-rule.json", "ip -j -d -6 rule");

/// The number under which a selector is noted that `ip` names and this program does not know.
const UNKNOWN: u16 = 0;
/// `FRA_IP_PROTO`, for a protocol whose name is not known here.
const FRA_IP_PROTO: u16 = 22;
/// `FRA_DSCP`, for a name that is not known here.
const FRA_DSCP: u16 = 25;

impl Reader<'_> {
    pub(super) fn policy(&mut self) -> Result<(), FolderError> {
        for (family, output) in [(Family::V4, &RULES4), (Family::V6, &RULES6)] {
            let rows: Vec<Map<String, Value>> = self.outputs.json(output, &mut self.snapshot.sources)?;
            for (at, row) in rows.iter().enumerate() {
                let rule = rule(row, family, &self.names);
                let place = format!(", rule {}", at + 1);
                self.snapshot
                    .policy
                    .push(rule.map_err(|problem| self.outputs.broken(output, &place, problem))?);
            }
        }
        Ok(())
    }
}

fn rule(row: &Map<String, Value>, family: Family, names: &Names) -> Result<PolicyRule, String> {
    let mut rule = PolicyRule::lookup(family, 0, TableId::default());
    for (key, value) in row {
        selector(&mut rule, key, value, row, names).map_err(|problem| format!("`{key}`: {problem}"))?;
    }
    if rule.fwmask == 0 && row.contains_key("fwmark") && !row.contains_key("fwmask") {
        rule.fwmask = u32::MAX;
    }
    Ok(rule)
}

/// Takes one key of a rule. Keys that belong together are taken at the first of them.
fn selector(
    rule: &mut PolicyRule,
    key: &str,
    value: &Value,
    row: &Map<String, Value>,
    names: &Names,
) -> Result<(), String> {
    match key {
        "priority" => rule.priority = number(value)?,
        "not" => rule.invert = true,
        "src" => rule.from = selected(value, row.get("srclen"), rule.family)?,
        "dst" => rule.to = selected(value, row.get("dstlen"), rule.family)?,
        "iif" => rule.iif = Some(word(value)?.to_owned()),
        "oif" => rule.oif = Some(word(value)?.to_owned()),
        "iif_detached" => rule.iif_detached = true,
        "oif_detached" => rule.oif_detached = true,
        "fwmark" => rule.fwmark = number(value)?,
        "fwmask" => rule.fwmask = number(value)?,
        "tos" => rule.tos = tos(word(value)?)?,
        "dscp" => match number(value).ok().or_else(|| dscp(word(value).ok()?).map(u32::from)) {
            Some(number) => rule.dscp = Some(number as u8),
            None => rule.unknown.push(FRA_DSCP),
        },
        "uid_start" => rule.uid = Some(UidRange { start: number(value)?, end: number(&row["uid_end"])? }),
        "ipproto" => match ip_protocol(word(value)?) {
            Some(number) => rule.ip_proto = Some(number),
            None => rule.unknown.push(FRA_IP_PROTO),
        },
        "sport" | "sport_start" => rule.sport = Some(ports(row, "sport", value)?),
        "dport" | "dport_start" => rule.dport = Some(ports(row, "dport", value)?),
        "tun_id" => rule.tun_id = value.as_u64().ok_or("no number")?,
        "l3mdev" => rule.l3mdev = true,
        "table" => rule.table = names.table(word(value)?)?,
        "goto" => rule.action = PolicyAction::Goto(number(value)?),
        "nop" => rule.action = PolicyAction::Nop,
        "action" => rule.action = action(word(value)?),
        "suppress_prefixlen" => rule.suppress_prefixlength = Some(number(value)?),
        "suppress_ifgroup" => rule.suppress_ifgroup = Some(names.group(word(value)?)?),
        "protocol" => rule.protocol = names.protocol(word(value)?)?,
        "srclen" | "dstlen" | "uid_end" | "sport_end" | "dport_end" | "sport_mask" | "dport_mask" => {}
        // A target that is missing is seen from the rules; realms do not choose routes.
        "unresolved" | "flow_from" | "flow_to" => {}
        _ => rule.unknown.push(UNKNOWN),
    }
    Ok(())
}

fn word(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("`{value}` is no word"))
}

/// A number, which `ip` prints as such, as decimal digits or in hexadecimal.
fn number(value: &Value) -> Result<u32, String> {
    let text = match value {
        Value::String(text) => text.as_str(),
        _ => return value.as_u64().and_then(|n| n.try_into().ok()).ok_or(format!("`{value}` is no number")),
    };
    let hex = text.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok());
    hex.or_else(|| text.parse().ok()).ok_or_else(|| format!("`{text}` is no number"))
}

/// The prefix of `src` and `srclen`; none for `all`.
fn selected(value: &Value, length: Option<&Value>, family: Family) -> Result<Option<ipnet::IpNet>, String> {
    let address = word(value)?;
    let text = match length {
        _ if address == "all" && length.is_none() => return Ok(None),
        Some(length) => format!("{}/{length}", address.replace("all", "::")),
        None => address.to_owned(),
    };
    prefix(&text, family).map(Some)
}

fn ports(row: &Map<String, Value>, name: &str, first: &Value) -> Result<PortRange, String> {
    let port = |value: &Value| number(value)?.try_into().map_err(|_| format!("`{value}` is no port"));
    let start = port(first)?;
    let end = row.get(&format!("{name}_end")).map_or(Ok(start), port)?;
    let mask = row.get(&format!("{name}_mask")).map_or(Ok(u16::MAX), port)?;
    Ok(PortRange { start, end, mask })
}

fn action(word: &str) -> PolicyAction {
    match word {
        "blackhole" => PolicyAction::Blackhole,
        "unreachable" => PolicyAction::Unreachable,
        "prohibit" => PolicyAction::Prohibit,
        "nop" => PolicyAction::Nop,
        _ => PolicyAction::Other(u8::MAX),
    }
}

/// The number of an IP protocol, by the names of `/etc/protocols` that rules are likely to use.
fn ip_protocol(word: &str) -> Option<u8> {
    Some(match word.to_ascii_lowercase().as_str() {
        "icmp" => 1,
        "igmp" => 2,
        "ipencap" | "ipip" => 4,
        "tcp" => 6,
        "udp" => 17,
        "dccp" => 33,
        "ipv6" => 41,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "ipv6-icmp" | "icmpv6" => 58,
        "ospf" => 89,
        "vrrp" => 112,
        "sctp" => 132,
        "udplite" => 136,
        other => other.strip_prefix("ipproto-").unwrap_or(other).parse().ok()?,
    })
}

/// The number of a DSCP by the names of `/etc/iproute2/rt_dsfield`.
pub(super) fn dscp(word: &str) -> Option<u8> {
    if word.eq_ignore_ascii_case("ef") {
        return Some(46);
    }
    let class = |digits: &str| digits.parse::<u8>().ok();
    match word.get(..2)?.to_ascii_lowercase().as_str() {
        "cs" => class(&word[2..]).filter(|class| *class < 8).map(|class| class << 3),
        "af" => {
            let (class, drop) = (class(word.get(2..3)?)?, class(word.get(3..)?)?);
            ((1..=4).contains(&class) && (1..=3).contains(&drop)).then_some(class << 3 | drop << 1)
        }
        _ => None,
    }
}
