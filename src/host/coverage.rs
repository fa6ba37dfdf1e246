//! How much of a prefix the routes of a node lead into a tunnel.

use ipnet::IpNet;

use super::{Host, Tunnel};
use crate::fib::{Flow, Outcome};
use crate::net::{AddressRange, Family};

/// How much of a prefix is led into a tunnel by routes, by those that others beat as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Some destination is.
    pub some: bool,
    /// The first stretch that is not.
    pub missing: Option<AddressRange>,
    /// Something that was not seen would decide for some destination.
    pub open: bool,
}

impl Coverage {
    /// Whether every destination is, for certain.
    pub fn is_whole(&self) -> bool {
        self.missing.is_none() && !self.open
    }
}

impl Host<'_> {
    /// How much of a prefix is led into a tunnel, for the kind of packet for which it is most; this node's
    /// own planes and addresses need no route.
    pub fn coverage(&self, tunnel: &Tunnel, prefix: IpNet) -> Coverage {
        let family = Family::of_prefix(prefix);
        let mut wanted = vec![AddressRange::of(prefix)];
        let planes = self.plan.own.iter().map(|own| own.prefix);
        let own = planes.chain(self.own_addresses.iter().map(|address| IpNet::from(*address)));
        for own in own.filter(|own| Family::of_prefix(*own) == family) {
            wanted = wanted.iter().flat_map(|range| range.without(&AddressRange::of(own))).collect();
        }
        let coverages = self.flows(family).into_iter().map(|flow| self.covered(tunnel, &wanted, &flow));
        coverages.min_by_key(|coverage| (coverage.missing.is_some(), !coverage.some)).unwrap_or_default()
    }

    fn covered(&self, tunnel: &Tunnel, wanted: &[AddressRange], flow: &Flow) -> Coverage {
        let mut coverage = Coverage::default();
        for range in wanted {
            self.tunnel_fib.sweep(flow, *range, &mut |segment| {
                let exits = self.tunnel_fib.exits(&segment.fate);
                let into = exits.iter().any(|exit| exit.dev.is_some() && exit.dev == tunnel.link);
                match segment.fate.outcome {
                    Outcome::Unseen(_) => coverage.open = true,
                    _ if into => coverage.some = true,
                    _ => coverage.missing = coverage.missing.or(Some(segment.range)),
                }
            });
        }
        coverage
    }
}
