//! The lines of the record files: records whose links have names instead of indexes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::super::{
    Address, AddressFlag, Device, Leg, Link, Member, Nexthop, Peer, Rare, Route, RouteFlag, RouterPreference,
};
use super::name::Name;
use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};

/// The names of the links, both ways.
pub(super) struct LinkNames<'l> {
    names: BTreeMap<u32, &'l str>,
    indexes: BTreeMap<&'l str, u32>,
}

impl<'l> LinkNames<'l> {
    pub(super) fn of(links: &'l [Link]) -> LinkNames<'l> {
        LinkNames {
            names: links.iter().map(|link| (link.index, link.name.as_str())).collect(),
            indexes: links.iter().map(|link| (link.name.as_str(), link.index)).collect(),
        }
    }

    /// The name that leads back to the index: the link's, else `if7`, else `#7` where a link is called so.
    fn name(&self, index: u32) -> Name<'_> {
        if let Some(name) = self.names.get(&index)
            && self.index(name) == Ok(index)
        {
            return Name(Cow::Borrowed(name));
        }
        let numbered = format!("if{index}");
        let plain = self.index(&numbered) == Ok(index);
        Name(Cow::Owned(if plain { numbered } else { format!("#{index}") }))
    }

    fn index(&self, name: &str) -> Result<u32, String> {
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|digits| digits.parse().ok());
        let found = number("#").or_else(|| self.indexes.get(name).copied()).or_else(|| number("if"));
        found.ok_or_else(|| format!("no link is called `{name}` in links.jsonl"))
    }

    fn known(&self, name: Option<&Name<'_>>) -> Result<Option<u32>, String> {
        name.map(|name| self.index(&name.0)).transpose()
    }
}

/// A line of `routes.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RouteRow<'r> {
    #[serde(rename = "type", default = "unicast", skip_serializing_if = "is_unicast")]
    kind: RouteType,
    dst: IpNet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<IpNet>,
    #[serde(default, skip_serializing_if = "is_default")]
    tos: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    dev: Option<Name<'r>>,
    table: TableId,
    metric: u32,
    protocol: Protocol,
    #[serde(default, skip_serializing_if = "is_default")]
    scope: RouteScope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    src: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nhid: Option<u32>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    nexthops: Vec<LegRow<'r>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pref: RouterPreference,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encap: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mtu: Option<u32>,
}

/// A leg of a multipath route.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct LegRow<'r> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    dev: Option<Name<'r>>,
    weight: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encap: Option<String>,
}

/// A line of `addresses.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AddressRow<'r> {
    #[serde(borrow)]
    dev: Name<'r>,
    address: IpAddr,
    length: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer: Option<IpAddr>,
    scope: RouteScope,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<AddressFlag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preferred: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid: Option<u32>,
}

/// A line of `nexthops.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct NexthopRow<'r> {
    id: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    family: Option<Family>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    dev: Option<Name<'r>>,
    #[serde(default, skip_serializing_if = "is_default")]
    blackhole: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    group: Vec<Member>,
    #[serde(default, skip_serializing_if = "is_default")]
    resilient: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    fdb: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "is_default")]
    scope: RouteScope,
    #[serde(default, skip_serializing_if = "is_default")]
    protocol: Protocol,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encap: Option<String>,
}

/// A line of `wireguard.jsonl`: a device, then its peers, each with the device's name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WireguardRow {
    Device(Device),
    Peer(String, Peer),
}

/// A line of `sysctls.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SysctlRow {
    pub(super) name: String,
    pub(super) value: String,
}

fn unicast() -> RouteType {
    RouteType::Unicast
}

fn is_unicast(kind: &RouteType) -> bool {
    *kind == RouteType::Unicast
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<'r> RouteRow<'r> {
    pub(super) fn of(route: &'r Route, links: &'r LinkNames<'_>) -> RouteRow<'r> {
        static NONE: Rare = Rare::NONE;
        let rare = route.rare.as_deref().unwrap_or(&NONE);
        RouteRow {
            kind: route.kind,
            dst: route.dst,
            from: rare.from,
            tos: rare.tos,
            via: route.via,
            dev: route.dev.map(|index| links.name(index)),
            table: route.table,
            metric: route.metric,
            protocol: route.protocol,
            scope: route.scope,
            src: rare.prefsrc,
            flags: flag_words(route.flags),
            nhid: rare.nhid,
            nexthops: rare.legs.iter().map(|leg| LegRow::of(leg, links)).collect(),
            pref: rare.preference,
            expires: rare.expires,
            encap: rare.encap.clone(),
            mtu: rare.mtu,
        }
    }

    pub(super) fn route(self, links: &LinkNames<'_>) -> Result<Route, String> {
        let rare = Rare {
            tos: self.tos,
            from: self.from.map(|prefix| prefix.trunc()),
            prefsrc: self.src,
            nhid: self.nhid,
            legs: self.nexthops.iter().map(|leg| leg.leg(links)).collect::<Result<_, _>>()?,
            preference: self.pref,
            expires: self.expires,
            encap: self.encap,
            mtu: self.mtu,
        };
        Ok(Route {
            dst: self.dst.trunc(),
            via: self.via,
            dev: links.known(self.dev.as_ref())?,
            table: self.table,
            metric: self.metric,
            flags: flag_bits(&self.flags)?,
            kind: self.kind,
            protocol: self.protocol,
            scope: self.scope,
            rare: (rare != Rare::NONE).then(|| Box::new(rare)),
        })
    }
}

impl<'r> LegRow<'r> {
    fn of(leg: &'r Leg, links: &'r LinkNames<'_>) -> LegRow<'r> {
        LegRow {
            via: leg.via,
            dev: leg.dev.map(|index| links.name(index)),
            weight: leg.weight,
            flags: flag_words(leg.flags),
            encap: leg.encap.clone(),
        }
    }

    fn leg(&self, links: &LinkNames<'_>) -> Result<Leg, String> {
        Ok(Leg {
            dev: links.known(self.dev.as_ref())?,
            via: self.via,
            weight: self.weight,
            flags: flag_bits(&self.flags)?,
            encap: self.encap.clone(),
        })
    }
}

impl<'r> AddressRow<'r> {
    pub(super) fn of(address: &Address, links: &'r LinkNames<'_>) -> AddressRow<'r> {
        AddressRow {
            dev: links.name(address.link),
            address: address.address,
            length: address.length,
            peer: address.peer,
            scope: address.scope,
            flags: address.flags.clone(),
            preferred: address.preferred,
            valid: address.valid,
        }
    }

    pub(super) fn address(self, links: &LinkNames<'_>) -> Result<Address, String> {
        Ok(Address {
            link: links.index(&self.dev.0)?,
            address: self.address,
            length: self.length,
            peer: self.peer,
            scope: self.scope,
            flags: self.flags,
            preferred: self.preferred,
            valid: self.valid,
        })
    }
}

impl<'r> NexthopRow<'r> {
    pub(super) fn of(nexthop: &Nexthop, links: &'r LinkNames<'_>) -> NexthopRow<'r> {
        NexthopRow {
            id: nexthop.id,
            family: nexthop.family,
            via: nexthop.via,
            dev: nexthop.dev.map(|index| links.name(index)),
            blackhole: nexthop.blackhole,
            group: nexthop.group.clone(),
            resilient: nexthop.resilient,
            fdb: nexthop.fdb,
            flags: flag_words(nexthop.flags),
            scope: nexthop.scope,
            protocol: nexthop.protocol,
            encap: nexthop.encap.clone(),
        }
    }

    pub(super) fn nexthop(self, links: &LinkNames<'_>) -> Result<Nexthop, String> {
        Ok(Nexthop {
            id: self.id,
            family: self.family,
            via: self.via,
            dev: links.known(self.dev.as_ref())?,
            blackhole: self.blackhole,
            group: self.group,
            resilient: self.resilient,
            fdb: self.fdb,
            flags: flag_bits(&self.flags)?,
            scope: self.scope,
            protocol: self.protocol,
            encap: self.encap,
        })
    }
}

/// The words of the flags; bits without a word stand together in hexadecimal.
fn flag_words(bits: u32) -> Vec<Cow<'static, str>> {
    let known = RouteFlag::WORDS.iter().filter(|(bit, _)| bits & bit != 0);
    let mut words: Vec<Cow<'static, str>> = known.map(|(_, word)| Cow::Borrowed(*word)).collect();
    let rest = RouteFlag::WORDS.iter().fold(bits, |rest, (bit, _)| rest & !bit);
    words.extend((rest != 0).then(|| Cow::Owned(format!("{rest:#x}"))));
    words
}

fn flag_bits(words: &[Cow<'static, str>]) -> Result<u32, String> {
    words.iter().try_fold(0, |bits, word| {
        let known = RouteFlag::WORDS.iter().find(|(_, known)| known == word).map(|(bit, _)| *bit);
        let hex = || word.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok());
        known.or_else(hex).map(|bit| bits | bit).ok_or_else(|| format!("`{word}` is no flag of a route"))
    })
}
