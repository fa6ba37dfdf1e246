//! Random nodes: links in all states, next-hop objects, routes and rules out of few words, so that they meet; and
//! packets for them.

mod link;
mod object;
mod packet;
mod pool;
mod route;
mod rule;
mod setting;
mod vrf;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use routelint::net::Family;

use crate::kernel;
use packet::Packet;
use route::RouteSpec;
use setting::Setting;

/// A node to be.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) family: Family,
    settings: Vec<Setting>,
    vrfs: Vec<String>,
    addresses: Vec<String>,
    pub(crate) routes: Vec<RouteSpec>,
    rules: Vec<String>,
    /// Which routes are deleted in the end.
    deleted: Vec<Index>,
    /// Commands that change next-hop objects which are in use.
    changes: Vec<String>,
    /// Commands that take links down.
    falls: Vec<String>,
    pub(crate) packets: Vec<Packet>,
}

impl Scene {
    /// The same node with every discard led out by a link, so that prefix and metric can be seen.
    pub(crate) fn twin(&self) -> Scene {
        let mut twin = self.clone();
        twin.routes.iter_mut().for_each(RouteSpec::lead_out);
        twin
    }

    /// Makes the node in the namespace of this thread.
    pub(crate) fn build(&self) {
        for setting in ["ipv6/conf/default/accept_dad", "ipv6/conf/all/accept_dad"] {
            kernel::set(setting, "0");
        }
        kernel::ip(&[], &link::MADE.map(str::to_owned));
        kernel::ip(&[], &self.vrfs);
        kernel::ip(&[], &[link::KEPT.map(str::to_owned).to_vec(), self.addresses.clone()].concat());
        self.settings.iter().for_each(|(name, value)| kernel::set(name, value));
        kernel::ip(&[self.family.ip_option()], &self.routing());
        kernel::ip(&[], &self.falls);
    }

    /// Whether an address may have been the node's own at some time.
    pub(crate) fn may_own(&self, address: IpAddr) -> bool {
        let text = address.to_string();
        let lines = link::KEPT.iter().copied().chain(self.addresses.iter().map(String::as_str));
        let mut words = lines.flat_map(|line| line.split([' ', '/']));
        words.any(|word| word == text) || self.routes.iter().any(|route| route.makes_own(address))
    }

    /// How many routes to a destination were made.
    pub(crate) fn routes_to(&self, dst: IpNet) -> usize {
        self.routes.iter().filter(|route| route.dst == dst).count()
    }

    /// The commands that give the node its routing.
    fn routing(&self) -> Vec<String> {
        let routes = self.routes.iter().map(RouteSpec::command);
        let deletions = self.deleted.iter().filter(|_| !self.routes.is_empty());
        let deletions = deletions.map(|index| index.get(&self.routes).deletion());
        let made = object::made(self.family).chain(routes).chain(deletions);
        made.chain(self.changes.iter().cloned()).chain(self.rules.iter().cloned()).collect()
    }
}

/// The node as commands for `ip`.
impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.vrfs.iter().chain(&self.addresses).try_for_each(|line| writeln!(f, "ip {line}"))?;
        self.settings
            .iter()
            .try_for_each(|(name, value)| writeln!(f, "echo {value} > /proc/sys/net/{name}"))?;
        let option = self.family.ip_option();
        self.routing().iter().try_for_each(|line| writeln!(f, "ip {option} {line}"))?;
        self.falls.iter().flat_map(|lines| lines.lines()).try_for_each(|line| writeln!(f, "ip {line}"))
    }
}

/// How many packets a scene asks about.
pub(crate) const PACKETS: usize = 250;

/// A node and the packets to ask it about; with VRFs where this kernel has them.
pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    match kernel::has_vrf() {
        true => scene_of(&link::LINKS_AND_VRFS).boxed(),
        false => {
            let required = std::env::var("ROUTELINT_REQUIRE").unwrap_or_default();
            assert!(!required.split(' ').any(|word| word == "vrf"), "this kernel has no VRFs");
            eprintln!("without VRFs: this kernel cannot make them");
            scene_of(&link::LINKS).boxed()
        }
    }
}

/// The same, on a kernel that can make certain links.
fn scene_of(links: &'static [&'static str]) -> impl Strategy<Value = Scene> {
    select(&Family::ALL[..]).prop_flat_map(move |family| {
        (
            setting::settings(family),
            vrf::vrfs(links),
            link::addresses(family),
            prop::collection::vec(route::route(family), 1..32),
            rule::rules(family),
            prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(any::<Index>(), 1..4)],
            prop_oneof![3 => Just(Vec::new()), 1 => object::changes(family)],
            link::falls(family),
            prop::collection::vec(packet::packet(family, links), PACKETS),
        )
            .prop_map(
                move |(settings, vrfs, addresses, routes, rules, deleted, changes, falls, packets)| Scene {
                    family,
                    settings,
                    vrfs,
                    addresses,
                    routes,
                    rules,
                    deleted,
                    changes,
                    falls,
                    packets,
                },
            )
    })
}
