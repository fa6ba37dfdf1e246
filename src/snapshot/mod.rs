//! What was observed on one node, verbatim: the only thing that judging reads.
//!
//! A snapshot is filled by collecting (a live node), or by reading a folder. It owns plain records in the
//! order in which they were seen, and for each [`Source`] whether it was asked and what is missing from it.
//! It must not know how a record was obtained, nor what anybody thinks of it.

mod address;
mod bird;
mod canonical;
pub mod folder;
mod link;
mod nexthop;
mod policy;
mod route;
mod source;
mod tools;
mod wg_quick;
mod wireguard;

use std::collections::BTreeMap;

pub use address::{Address, AddressFlag};
pub use bird::{BirdAnswer, BirdDaemon, ConfigFile};
pub use link::{Link, OperState};
pub use nexthop::{Member, Nexthop};
pub use policy::{PolicyAction, PolicyRule, PortRange, UidRange};
pub use route::{Leg, Rare, Route, RouteFlag, RouteId, RouterPreference, Routes};
pub use source::{Gap, Source, Sources, Status};
pub use wg_quick::WgQuickFile;
pub use wireguard::{Device, Implementation, Peer};

/// One node as it was seen at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The node's name: the folder's, or the host name.
    pub node: String,
    /// When collecting began; what needs a clock is unseen without it.
    pub taken: Option<jiff::Timestamp>,
    /// The kernel's release, `uname -r`.
    pub kernel: Option<String>,
    /// What was asked of each source and what is missing.
    pub sources: Sources,
    /// Every link of the network namespace.
    pub links: Vec<Link>,
    /// Every address.
    pub addresses: Vec<Address>,
    /// Every route of every table, both families.
    pub routes: Routes,
    /// Whether IPv4 holds the tables `local` and `main` as one: it does until a policy rule is changed for the first
    /// time, and no dump shows it.
    pub merged_tables: Option<bool>,
    /// Every policy rule, both families, in the order of the kernel's dump.
    pub policy: Vec<PolicyRule>,
    /// Every next-hop object.
    pub nexthops: Vec<Nexthop>,
    /// Kernel settings by their dotted name (`net.ipv6.conf.all.forwarding`).
    pub sysctls: BTreeMap<String, String>,
    /// Every WireGuard device, kernel or userspace.
    pub wireguard: Vec<Device>,
    /// The wg-quick files of this node.
    pub wg_quick: Vec<WgQuickFile>,
    /// The BIRD daemons of this node.
    pub bird: Vec<BirdDaemon>,
}

impl Snapshot {
    /// The link with an index.
    pub fn link(&self, index: u32) -> Option<&Link> {
        self.links.iter().find(|link| link.index == index)
    }

    /// The name of the link with an index; `ifN`, as iproute2 prints it, where the link is not listed.
    pub fn link_name(&self, index: u32) -> String {
        self.link(index).map_or_else(|| format!("if{index}"), |link| link.name.clone())
    }
}
