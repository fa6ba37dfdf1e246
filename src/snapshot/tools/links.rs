//! `ip -j -d link` and `ip -j -d address`.

use std::net::IpAddr;

use serde::Deserialize;

use super::super::folder::FolderError;
use super::super::{Address, AddressFlag, Link, OperState, Source};
use super::Reader;
use super::names::{Names, scope};
use super::outputs::Output;

const LINKS: Output = Output::new(Source::Links, "ip-link.json", "ip -j -d link");
const LINKS_OF_ADDRESSES: Output = Output::new(Source::Links, "ip-addr.json", "ip -j -d address");
const ADDRESSES: Output = Output::new(Source::Addresses, "ip-addr.json", "ip -j -d address");

/// `forever` as `ip` prints it among numbers.
const FOREVER: u32 = u32::MAX;

#[derive(Deserialize)]
struct IpLink {
    ifindex: u32,
    ifname: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    mtu: u32,
    #[serde(default)]
    operstate: String,
    master: Option<String>,
    group: Option<String>,
    linkinfo: Option<IpLinkInfo>,
    #[serde(default)]
    addr_info: Vec<IpAddress>,
}

#[derive(Deserialize)]
struct IpLinkInfo {
    info_kind: Option<String>,
    info_data: Option<IpLinkData>,
}

#[derive(Deserialize)]
struct IpLinkData {
    /// The table of a VRF; other kinds use the word for other things.
    table: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct IpAddress {
    local: Option<IpAddr>,
    address: Option<IpAddr>,
    prefixlen: u8,
    scope: String,
    valid_life_time: Option<u32>,
    preferred_life_time: Option<u32>,
    #[serde(default)]
    secondary: bool,
    #[serde(default)]
    temporary: bool,
    #[serde(default)]
    nodad: bool,
    #[serde(default)]
    optimistic: bool,
    #[serde(default)]
    dadfailed: bool,
    #[serde(default)]
    home: bool,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    tentative: bool,
    #[serde(default)]
    dynamic: bool,
    #[serde(default)]
    mngtmpaddr: bool,
    #[serde(default)]
    noprefixroute: bool,
    #[serde(default)]
    autojoin: bool,
    #[serde(default, rename = "stable-privacy")]
    stable_privacy: bool,
}

impl Reader<'_> {
    /// The links, from their own file or else from the addresses' file, which repeats them.
    pub(super) fn links(&mut self) -> Result<(), FolderError> {
        let repeated = !self.outputs.has(LINKS.file) && self.outputs.has(LINKS_OF_ADDRESSES.file);
        let output = if repeated { &LINKS_OF_ADDRESSES } else { &LINKS };
        let rows: Vec<IpLink> = self.outputs.json(output, &mut self.snapshot.sources)?;
        let by_name: Vec<(String, u32)> = rows.iter().map(|row| (row.ifname.clone(), row.ifindex)).collect();
        for row in rows {
            let master = row.master.as_ref().and_then(|name| by_name.iter().find(|(n, _)| n == name));
            let link = link(&row, master.map(|(_, index)| *index), &self.names);
            let link = link.map_err(|problem| {
                self.outputs.broken(output, &format!(", link `{}`", row.ifname), problem)
            })?;
            self.snapshot.links.push(link);
        }
        self.names.learn(&self.snapshot.links);
        Ok(())
    }

    pub(super) fn addresses(&mut self) -> Result<(), FolderError> {
        let rows: Vec<IpLink> = self.outputs.json(&ADDRESSES, &mut self.snapshot.sources)?;
        for row in rows {
            for address in &row.addr_info {
                let address = self::address(row.ifindex, address);
                let row = format!(", link `{}`", row.ifname);
                let address = address.map_err(|problem| self.outputs.broken(&ADDRESSES, &row, problem))?;
                self.snapshot.addresses.push(address);
            }
        }
        Ok(())
    }
}

fn link(row: &IpLink, master: Option<u32>, names: &Names) -> Result<Link, String> {
    let has = |flag: &str| row.flags.iter().any(|word| word == flag);
    let kind = row.linkinfo.as_ref().and_then(|info| info.info_kind.clone());
    let data = row.linkinfo.as_ref().and_then(|info| info.info_data.as_ref());
    let vrf_table = data.filter(|_| kind.as_deref() == Some("vrf")).and_then(|data| data.table.as_ref());
    Ok(Link {
        index: row.ifindex,
        name: row.ifname.clone(),
        kind,
        up: has("UP"),
        carrier: has("LOWER_UP"),
        loopback: has("LOOPBACK"),
        state: oper_state(&row.operstate),
        mtu: row.mtu,
        master,
        group: row.group.as_deref().map_or(Ok(0), |group| names.group(group))?,
        vrf_table: vrf_table.and_then(|table| match table {
            serde_json::Value::String(word) => names.table(word).ok().map(|table| table.0),
            number => number.as_u64().map(|number| number as u32),
        }),
    })
}

fn oper_state(word: &str) -> OperState {
    match word {
        "NOTPRESENT" => OperState::NotPresent,
        "DOWN" => OperState::Down,
        "LOWERLAYERDOWN" => OperState::LowerLayerDown,
        "TESTING" => OperState::Testing,
        "DORMANT" => OperState::Dormant,
        "UP" => OperState::Up,
        _ => OperState::Unknown,
    }
}

fn address(link: u32, row: &IpAddress) -> Result<Address, String> {
    let address = row.local.or(row.address).ok_or("an address without `local`")?;
    let finite = |seconds: Option<u32>| seconds.filter(|seconds| *seconds != FOREVER);
    Ok(Address {
        link,
        address,
        length: row.prefixlen,
        peer: row.address.filter(|peer| *peer != address),
        scope: scope(&row.scope)?,
        flags: flags(row),
        preferred: finite(row.preferred_life_time),
        valid: finite(row.valid_life_time),
    })
}

/// The flags in their order; `permanent` is what `ip` leaves out and says as `dynamic` when it is not so.
fn flags(row: &IpAddress) -> Vec<AddressFlag> {
    let all = [
        (row.secondary || row.temporary, AddressFlag::Secondary),
        (row.nodad, AddressFlag::NoDad),
        (row.optimistic, AddressFlag::Optimistic),
        (row.dadfailed, AddressFlag::DadFailed),
        (row.home, AddressFlag::HomeAddress),
        (row.deprecated, AddressFlag::Deprecated),
        (row.tentative, AddressFlag::Tentative),
        (!row.dynamic, AddressFlag::Permanent),
        (row.mngtmpaddr, AddressFlag::ManageTempAddress),
        (row.noprefixroute, AddressFlag::NoPrefixRoute),
        (row.autojoin, AddressFlag::AutoJoin),
        (row.stable_privacy, AddressFlag::StablePrivacy),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect()
}
