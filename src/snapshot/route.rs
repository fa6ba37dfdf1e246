//! Kernel routes: a row of 72 bytes each, because a node may hold a million.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::net::{Family, Protocol, RouteScope, RouteType, TableId};

/// A flag of a route or of one of its legs (`RTNH_F_*`, `RTM_F_*` in `linux/rtnetlink.h`).
pub struct RouteFlag;

impl RouteFlag {
    /// The next hop is dead: its link is down.
    pub const DEAD: u32 = 1;
    /// A recursive gateway (unused by the kernel's own look-up).
    pub const PERVASIVE: u32 = 2;
    /// The gateway is on the link whatever the tables say.
    pub const ONLINK: u32 = 4;
    /// Installed in hardware.
    pub const OFFLOAD: u32 = 8;
    /// The link has no carrier.
    pub const LINKDOWN: u32 = 16;
    /// Traps to the CPU.
    pub const TRAP: u32 = 64;
    /// A cached clone, not a table's entry (`RTM_F_CLONED`).
    pub const CLONED: u32 = 0x200;

    /// Each flag with the word that `ip route` prints for it; `cloned` is ours.
    pub const WORDS: [(u32, &str); 7] = [
        (RouteFlag::DEAD, "dead"),
        (RouteFlag::PERVASIVE, "pervasive"),
        (RouteFlag::ONLINK, "onlink"),
        (RouteFlag::OFFLOAD, "offload"),
        (RouteFlag::LINKDOWN, "linkdown"),
        (RouteFlag::TRAP, "trap"),
        (RouteFlag::CLONED, "cloned"),
    ];
}

/// The preference of an IPv6 router, RFC 4191 (`RTA_PREF`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouterPreference {
    /// Low.
    Low,
    /// Medium, the default.
    #[default]
    Medium,
    /// High.
    High,
}

/// One leg of a multipath route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Leg {
    /// The index of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<u32>,
    /// The gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<IpAddr>,
    /// The share, 1 to 256.
    pub weight: u32,
    /// [`RouteFlag`] bits.
    #[serde(default)]
    pub flags: u32,
    /// The encapsulation's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encap: Option<String>,
}

/// What few routes have, kept out of the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// The type of service that the packet must have; 0 is any.
    pub tos: u8,
    /// The source prefix that the packet must have (IPv6 `from`).
    pub from: Option<IpNet>,
    /// The preferred source (`src`).
    pub prefsrc: Option<IpAddr>,
    /// The next-hop object.
    pub nhid: Option<u32>,
    /// The legs of a multipath route; with `nhid`, what the kernel made of the object.
    pub legs: Vec<Leg>,
    /// The preference of the router.
    pub preference: RouterPreference,
    /// Seconds until it expires.
    pub expires: Option<u32>,
    /// The encapsulation's name (`mpls`, `ip6`, `seg6`…).
    pub encap: Option<String>,
    /// The locked or advised packet size, `mtu` metric.
    pub mtu: Option<u32>,
}

impl Rare {
    /// What most routes have: nothing of it.
    pub(super) const NONE: Rare = Rare {
        tos: 0,
        from: None,
        prefsrc: None,
        nhid: None,
        legs: Vec::new(),
        preference: RouterPreference::Medium,
        expires: None,
        encap: None,
        mtu: None,
    };
}

/// One route (`RTM_NEWROUTE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destination, host bits zero.
    pub dst: IpNet,
    /// The gateway, of either family.
    pub via: Option<IpAddr>,
    /// The index of the link.
    pub dev: Option<u32>,
    /// The table.
    pub table: TableId,
    /// The metric; lower wins.
    pub metric: u32,
    /// [`RouteFlag`] bits.
    pub flags: u32,
    /// What it does.
    pub kind: RouteType,
    /// Who installed it.
    pub protocol: Protocol,
    /// The scope; IPv6 has only `global`.
    pub scope: RouteScope,
    /// The rest, if it has any.
    pub rare: Option<Box<Rare>>,
}

impl Route {
    /// What decides between routes before the order of the dump does, family first.
    fn order(&self) -> ((Family, TableId, IpNet, Option<IpNet>, u8), u32) {
        (self.place(), self.metric)
    }

    /// What routes must share for the metric to decide between them.
    fn place(&self) -> (Family, TableId, IpNet, Option<IpNet>, u8) {
        let tos = self.rare.as_ref().map_or(0, |rare| rare.tos);
        (self.family(), self.table, self.dst, self.from(), tos)
    }

    /// The family of the destination.
    pub fn family(&self) -> Family {
        Family::of_prefix(self.dst)
    }

    /// The preferred source.
    pub fn prefsrc(&self) -> Option<IpAddr> {
        self.rare.as_ref().and_then(|rare| rare.prefsrc)
    }

    /// The next-hop object.
    pub fn nhid(&self) -> Option<u32> {
        self.rare.as_ref().and_then(|rare| rare.nhid)
    }

    /// The legs of a multipath route; empty for a route of one next hop.
    pub fn legs(&self) -> &[Leg] {
        self.rare.as_ref().map_or(&[], |rare| &rare.legs)
    }

    /// The source prefix that the packet must have.
    pub fn from(&self) -> Option<IpNet> {
        self.rare.as_ref().and_then(|rare| rare.from)
    }
}

/// The number of a route within one [`Routes`]; stays valid when others are withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(pub u32);

/// The routes of a snapshot in the kernel's dump order, cheap to copy with a few withdrawn or added.
///
/// The order matters: at equal prefix and metric the kernel takes the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routes {
    dumped: Arc<Vec<Route>>,
    withdrawn: BTreeSet<RouteId>,
    added: Vec<Route>,
}

impl Routes {
    /// The routes as they were dumped.
    pub fn new(dumped: Vec<Route>) -> Routes {
        Routes { dumped: Arc::new(dumped), withdrawn: BTreeSet::new(), added: Vec::new() }
    }

    /// The routes that are left, sorted by table, prefix and metric; equal ones stay in their order.
    pub(super) fn sorted(mut self) -> Routes {
        if !self.withdrawn.is_empty() || !self.added.is_empty() {
            self = Routes::new(self.iter().map(|(_, route)| route.clone()).collect());
        }
        if !self.dumped.is_sorted_by_key(Route::order) {
            Arc::make_mut(&mut self.dumped).sort_by_key(Route::order);
        }
        self
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.dumped.len() + self.added.len() - self.withdrawn.len()
    }

    /// One more than the highest number that a route has or had.
    pub fn numbers(&self) -> usize {
        self.dumped.len() + self.added.len()
    }

    /// Whether these are others with none added and perhaps some withdrawn, so that numbers mean the same.
    pub fn are_left_of(&self, others: &Routes) -> bool {
        let same = Arc::ptr_eq(&self.dumped, &others.dumped) && self.added == others.added;
        same && others.withdrawn.is_subset(&self.withdrawn)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The route with a number, also where it was withdrawn.
    pub fn get(&self, id: RouteId) -> Option<&Route> {
        let at = id.0 as usize;
        self.dumped.get(at).or_else(|| self.added.get(at.checked_sub(self.dumped.len())?))
    }

    /// The routes that are not withdrawn, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (RouteId, &Route)> {
        let all = self.dumped.iter().chain(&self.added);
        let numbered = all.enumerate().map(|(at, route)| (RouteId(at as u32), route));
        // Both ascend, and every number that was withdrawn comes up.
        let mut withdrawn = self.withdrawn.iter().peekable();
        numbered.filter(move |(id, _)| withdrawn.next_if(|next| *next == id).is_none())
    }

    /// The other routes of the same destination, source prefix, type of service and table.
    ///
    /// Those that were dumped are looked for beside it, where the kernel and a canonical snapshot have them.
    pub fn alike(&self, id: RouteId) -> impl Iterator<Item = &Route> {
        let wanted = self.get(id).map(Route::place);
        let at = (id.0 as usize).min(self.dumped.len());
        let same = move |route: &&Route| Some(route.place()) == wanted;
        let numbered = |at: usize| (RouteId(at as u32), &self.dumped[at]);
        let before = (0..at).rev().map(numbered).take_while(move |(_, route)| same(route));
        let after = (at + 1..self.dumped.len()).map(numbered).take_while(move |(_, route)| same(route));
        let added = self.added.iter().enumerate();
        let added = added.map(|(at, route)| (RouteId((self.dumped.len() + at) as u32), route));
        let added = added.filter(move |(_, route)| same(route));
        let all = before.chain(after).chain(added);
        all.filter(move |(other, _)| *other != id && !self.withdrawn.contains(other)).map(|(_, route)| route)
    }

    /// Takes a route out of what [`iter`](Routes::iter) gives.
    pub fn withdraw(&mut self, id: RouteId) {
        if self.get(id).is_some() {
            self.withdrawn.insert(id);
        }
    }

    /// Adds a route behind all others.
    pub fn add(&mut self, route: Route) -> RouteId {
        self.added.push(route);
        RouteId((self.dumped.len() + self.added.len() - 1) as u32)
    }
}
