//! Names that `ip` prints instead of numbers: links, tables, protocols, groups.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::super::folder::FolderError;
use super::super::{Gap, Link, RouteFlag, Snapshot, Source};
use super::outputs::Outputs;
use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};
use crate::seen::Unseen;

/// The first index for links that no list of links mentions; the kernel's own are far below.
const UNLISTED: u32 = 1 << 31;

/// What each name stands for on the node.
pub(super) struct Names {
    links: BTreeMap<String, u32>,
    unlisted: Vec<String>,
    tables: BTreeMap<String, u32>,
    protocols: BTreeMap<String, u32>,
    groups: BTreeMap<String, u32>,
}

impl Names {
    /// Reads the node's own names, for nodes that extend `/etc/iproute2`.
    pub(super) fn read(outputs: &Outputs<'_>) -> Result<Names, FolderError> {
        let numbers = |file: &str| -> Result<BTreeMap<String, u32>, FolderError> {
            if !outputs.has(file) {
                return Ok(BTreeMap::new());
            }
            let bytes = outputs.bytes(file)?;
            Ok(String::from_utf8_lossy(&bytes).lines().filter_map(number_and_name).collect())
        };
        Ok(Names {
            links: BTreeMap::new(),
            unlisted: Vec::new(),
            tables: numbers("rt_tables.txt")?,
            protocols: numbers("rt_protos.txt")?,
            groups: numbers("group.txt")?,
        })
    }

    /// Learns the links of the node.
    pub(super) fn learn(&mut self, links: &[Link]) {
        self.links.extend(links.iter().map(|link| (link.name.clone(), link.index)));
    }

    /// The index of a link; `if7` is what `ip` prints for an index that it cannot name.
    pub(super) fn link(&mut self, name: &str) -> u32 {
        if let Some(index) = self.links.get(name) {
            return *index;
        }
        if let Some(index) = name.strip_prefix("if").and_then(|digits| digits.parse().ok()) {
            return index;
        }
        let index = UNLISTED + self.unlisted.len() as u32;
        self.unlisted.push(name.to_owned());
        self.links.insert(name.to_owned(), index);
        index
    }

    /// Adds a link for each name that no list mentioned, so that reports can name it, and says that its
    /// state was not seen.
    pub(super) fn note_unlisted(self, snapshot: &mut Snapshot) {
        for (at, name) in self.unlisted.into_iter().enumerate() {
            let reason = format!("`{name}` is used by a route or a peer, but is not in the list of links");
            let remedy = "write all files at the same moment, `ip -j -d link > ip-link.json` among them";
            let gap = Gap { part: name.clone(), torn: false, why: Unseen::new(reason, remedy) };
            snapshot.sources.miss(Source::Links, gap);
            let index = UNLISTED + at as u32;
            snapshot.links.push(Link { index, name, up: true, carrier: true, ..Link::default() });
        }
    }

    pub(super) fn table(&self, word: &str) -> Result<TableId, String> {
        named(word, &self.tables, "rt_tables", TableId)
    }

    pub(super) fn protocol(&self, word: &str) -> Result<Protocol, String> {
        named(word, &self.protocols, "rt_protos", |number| Protocol(number as u8))
    }

    /// A group of links; `default` is 0.
    pub(super) fn group(&self, word: &str) -> Result<u32, String> {
        match word {
            "default" => Ok(0),
            _ => word
                .parse()
                .ok()
                .or_else(|| self.groups.get(word).copied())
                .ok_or_else(|| unknown(word, "group")),
        }
    }
}

/// A number or a name that iproute2 ships, else one of the node's own names.
fn named<T: FromStr>(
    word: &str,
    own: &BTreeMap<String, u32>,
    file: &str,
    make: impl FnOnce(u32) -> T,
) -> Result<T, String> {
    word.parse().or_else(|_| own.get(word).map(|number| make(*number)).ok_or_else(|| unknown(word, file)))
}

fn unknown(word: &str, file: &str) -> String {
    format!(
        "`{word}` is a name of this node alone: copy its `/etc/iproute2/{file}` here as `{file}.txt`, or use `ip -N`"
    )
}

/// A line of `/etc/iproute2/rt_tables` and its like.
fn number_and_name(line: &str) -> Option<(String, u32)> {
    let mut words = line.split('#').next()?.split_whitespace();
    let number = words.next()?;
    let number = match number.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((words.next()?.to_owned(), number))
}

/// A prefix as `ip` prints it: `default`, a prefix, or a bare address of full length.
pub(super) fn prefix(word: &str, family: Family) -> Result<IpNet, String> {
    if matches!(word, "default" | "all" | "any") {
        return Ok(family.default_prefix());
    }
    let parsed = match word.contains('/') {
        true => word.parse::<IpNet>().ok(),
        false => word.parse::<IpAddr>().ok().map(IpNet::from),
    };
    parsed.map(|prefix| prefix.trunc()).ok_or_else(|| format!("`{word}` is no prefix"))
}

/// An address as `ip` prints it.
pub(super) fn address(word: &str) -> Result<IpAddr, String> {
    word.parse().map_err(|_| format!("`{word}` is no address"))
}

/// A route type by its word or number.
pub(super) fn route_type(word: &str) -> Result<RouteType, String> {
    word.parse::<u8>().map(RouteType::from_number).or_else(|_| word.parse())
}

/// A scope by its word or number.
pub(super) fn scope(word: &str) -> Result<RouteScope, String> {
    word.parse()
}

/// The bit of a flag's word; words that say nothing about forwarding have none.
pub(super) fn route_flag(word: &str) -> u32 {
    RouteFlag::WORDS.iter().find(|(_, known)| *known == word).map_or(0, |(bit, _)| *bit)
}

/// The number of a type of service: `0x10`, or one of the shipped names.
pub(super) fn tos(word: &str) -> Result<u8, String> {
    let hex = word.strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
    let dscp = super::rules::dscp(word).map(|dscp| dscp << 2);
    hex.or_else(|| word.parse().ok()).or(dscp).ok_or_else(|| format!("`{word}` is no type of service"))
}
