//! The sources of facts, and what is missing from each.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::seen::Unseen;

/// Where a class of facts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Network interfaces (`RTM_GETLINK`).
    Links,
    /// Addresses (`RTM_GETADDR`).
    Addresses,
    /// IPv4 routes of every table (`RTM_GETROUTE`).
    Routes4,
    /// IPv6 routes of every table (`RTM_GETROUTE`).
    Routes6,
    /// Policy rules of both families (`RTM_GETRULE`).
    Policy,
    /// Next-hop objects (`RTM_GETNEXTHOP`).
    Nexthops,
    /// Kernel settings (`/proc/sys/net`).
    Sysctls,
    /// WireGuard devices and peers at run time.
    Wireguard,
    /// wg-quick's files.
    WgQuick,
    /// BIRD's configuration files.
    BirdConfig,
    /// BIRD's control socket.
    BirdSocket,
}

impl Source {
    /// Every source, in the order of every output.
    pub const ALL: [Source; 11] = [
        Source::Links,
        Source::Addresses,
        Source::Routes4,
        Source::Routes6,
        Source::Policy,
        Source::Nexthops,
        Source::Sysctls,
        Source::Wireguard,
        Source::WgQuick,
        Source::BirdConfig,
        Source::BirdSocket,
    ];

    /// The source as a person would name it.
    pub fn noun(self) -> &'static str {
        match self {
            Source::Links => "links",
            Source::Addresses => "addresses",
            Source::Routes4 => "IPv4 routes",
            Source::Routes6 => "IPv6 routes",
            Source::Policy => "policy rules",
            Source::Nexthops => "next-hop objects",
            Source::Sysctls => "kernel settings",
            Source::Wireguard => "WireGuard peers",
            Source::WgQuick => "wg-quick files",
            Source::BirdConfig => "BIRD configuration",
            Source::BirdSocket => "BIRD control socket",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

/// A part of a source that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gap {
    /// What is missing: the name of a device, a file, a socket; empty when it is the whole source.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Whether records were seen but a change interrupted the dump, so that some may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub torn: bool,
    /// Why, and what to do.
    pub why: Unseen,
}

/// What is known of a source: whether it was asked, and what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Status {
    /// Outside the scope of this snapshot (a folder of configuration has no handshakes).
    #[default]
    NotAsked,
    /// Asked; complete when there are no gaps.
    Asked(Vec<Gap>),
}

impl Status {
    /// The words for it, in relations and reports.
    pub const WORDS: &'static [&'static str] = &["whole", "torn", "partial", "not-asked"];

    /// Its word: whether the source answered whole, or in which way it did not.
    pub fn word(&self) -> &'static str {
        match self {
            Status::NotAsked => "not-asked",
            Status::Asked(gaps) if gaps.is_empty() => "whole",
            Status::Asked(gaps) if gaps.iter().any(|gap| gap.torn) => "torn",
            Status::Asked(_) => "partial",
        }
    }
}

/// The status of every source; one that is not listed was not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(BTreeMap<Source, Status>);

impl Sources {
    /// The status of a source.
    pub fn status(&self, source: Source) -> &Status {
        self.0.get(&source).unwrap_or(&Status::NotAsked)
    }

    /// Whether the source is within the scope of the snapshot.
    pub fn asked(&self, source: Source) -> bool {
        matches!(self.status(source), Status::Asked(_))
    }

    /// What is missing from a source; nothing when it was not asked.
    pub fn gaps(&self, source: Source) -> &[Gap] {
        match self.status(source) {
            Status::NotAsked => &[],
            Status::Asked(gaps) => gaps,
        }
    }

    /// Notes that a source was asked.
    pub fn ask(&mut self, source: Source) {
        let status = self.0.entry(source).or_default();
        if *status == Status::NotAsked {
            *status = Status::Asked(Vec::new());
        }
    }

    /// Notes that a source was asked and what is missing from it.
    pub fn miss(&mut self, source: Source, gap: Gap) {
        self.ask(source);
        if let Some(Status::Asked(gaps)) = self.0.get_mut(&source) {
            gaps.push(gap);
            gaps.sort();
        }
    }
}
