//! Changes to a node that can be thought through: what would the rules say then?

use ipnet::IpNet;

use crate::net::PublicKey;
use crate::snapshot::{Route, RouteId, Snapshot};

/// One change to a snapshot. The node itself is never changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Withdraw a route.
    Withdraw(RouteId),
    /// Add a route.
    Add(Box<Route>),
    /// Delete the policy rule with this place in the dump.
    DropPolicy(usize),
    /// Give a prefix to a peer of a device, and take it from every other peer there.
    Allow(Box<Allowance>),
}

/// A prefix that a peer gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowance {
    /// The device.
    pub device: String,
    /// The peer that gets it.
    pub peer: PublicKey,
    /// The prefix.
    pub prefix: IpNet,
}

/// The snapshot as it would be with the changes made.
pub fn with<'c>(snapshot: &Snapshot, changes: impl IntoIterator<Item = &'c Change>) -> Snapshot {
    let mut changed = snapshot.clone();
    let mut dropped: Vec<usize> = Vec::new();
    for change in changes {
        match change {
            Change::Withdraw(route) => changed.routes.withdraw(*route),
            Change::Add(route) => {
                changed.routes.add((**route).clone());
            }
            Change::DropPolicy(at) => dropped.push(*at),
            Change::Allow(allowance) => allow(&mut changed, allowance),
        }
    }
    dropped.sort_unstable();
    dropped.dedup();
    for at in dropped.into_iter().rev().filter(|at| *at < snapshot.policy.len()) {
        changed.policy.remove(at);
    }
    changed
}

/// Moves a prefix to a peer, as `wg set … allowed-ips` does.
fn allow(snapshot: &mut Snapshot, Allowance { device, peer, prefix }: &Allowance) {
    for known in snapshot.wireguard.iter_mut().filter(|known| known.name == *device) {
        for member in &mut known.peers {
            member.allowed_ips.retain(|allowed| allowed != prefix);
            if member.public_key == *peer {
                member.allowed_ips.push(*prefix);
            }
        }
    }
}
