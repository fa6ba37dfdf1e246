//! The routes and rules that wg-quick adds by itself, one route per allowed IP unless `Table = off`.

use ipnet::IpNet;

use super::ip::{RouteSpec, TableName};
use super::{At, Table, WgQuick};
use crate::net::{Family, TableId};
use crate::snapshot::PolicyRule;
use crate::text::Span;

/// The mark and table of a default route, where the file sets no mark and no other tunnel took it.
const DEFAULT_MARK: u32 = 51820;

/// What wg-quick adds by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Automatic {
    /// The routes, in the order in which they are added, each with the allowed IP that asks for it.
    pub routes: Vec<At<RouteSpec>>,
    /// The policy rules of a default route; the kernel chooses their priorities, each below those before.
    pub rules: Vec<PolicyRule>,
    /// The mark that a default route makes wg-quick set on the device.
    pub fwmark: Option<u32>,
}

pub(super) fn of(file: &WgQuick) -> Automatic {
    let mut found = Automatic::default();
    if file.table() == Table::Off {
        return found;
    }
    for (prefix, span) in allowed_ips(file) {
        match file.table() {
            Table::Auto if prefix.prefix_len() == 0 => add_default(&mut found, file, prefix, span),
            Table::Auto if is_covered(file, prefix) => {}
            Table::Auto | Table::Off => push(&mut found, file, prefix, span, TableName::Id(TableId::MAIN)),
            Table::Id(table) => push(&mut found, file, prefix, span, TableName::Id(table)),
            Table::Name(table) => push(&mut found, file, prefix, span, TableName::Name(table)),
        }
    }
    found
}

/// The prefixes as `wg show allowed-ips` gives them, each once, the longest first.
fn allowed_ips(file: &WgQuick) -> Vec<(IpNet, Span)> {
    let mut found: Vec<(IpNet, Span)> = Vec::new();
    for allowed in file.peers.iter().flat_map(|peer| &peer.allowed_ips) {
        match found.iter_mut().find(|(prefix, _)| *prefix == allowed.value) {
            Some((_, span)) => *span = allowed.span,
            None => found.push((allowed.value, allowed.span)),
        }
    }
    found.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.prefix_len()));
    found
}

/// Whether a route by the link is there already: that of an address. IPv4 makes none for a full length.
fn is_covered(file: &WgQuick, prefix: IpNet) -> bool {
    let connected = file.interface.addresses.iter().map(|address| address.value);
    connected
        .filter(|address| !matches!(address, IpNet::V4(v4) if v4.prefix_len() == 32))
        .any(|address| address.trunc().contains(&prefix))
}

fn push(found: &mut Automatic, file: &WgQuick, prefix: IpNet, span: Span, table: TableName) {
    let route = RouteSpec {
        family: Family::of_prefix(prefix),
        kind: None,
        dst: prefix,
        from: None,
        via: None,
        dev: Some(file.name.clone()),
        table,
        metric: None,
        protocol: None,
        scope: None,
        src: None,
        onlink: false,
        mtu: None,
        nhid: None,
        legs: Vec::new(),
    };
    found.routes.push(At { value: route, span });
}

/// A default route goes to a table of its own, which what the device itself sends does not use.
fn add_default(found: &mut Automatic, file: &WgQuick, prefix: IpNet, span: Span) {
    let own = file.interface.fwmark.as_ref().map(|mark| mark.value).filter(|mark| *mark != 0);
    let mark = own.unwrap_or(DEFAULT_MARK);
    found.fwmark = Some(mark);
    push(found, file, prefix, span, TableName::Id(TableId(mark)));
    let family = Family::of_prefix(prefix);
    let marked = PolicyRule::lookup(family, 0, TableId(mark));
    found.rules.push(PolicyRule { invert: true, fwmark: mark, fwmask: u32::MAX, ..marked });
    let main = PolicyRule::lookup(family, 0, TableId::MAIN);
    found.rules.push(PolicyRule { suppress_prefixlength: Some(0), ..main });
}
