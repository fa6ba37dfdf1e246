//! Kernel settings on which decisions depend.

use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::Family;

use super::link::LINKS;

/// A setting as `/proc/sys/net` has it, and its value.
pub(crate) type Setting = (String, &'static str);

/// Settings for all links together and for one of them.
pub(super) fn settings(family: Family) -> impl Strategy<Value = Vec<Setting>> {
    match family {
        Family::V4 => {
            let each = [
                of("ipv4", "forwarding", &["1", "1", "1", "0"]),
                of("ipv4", "rp_filter", &["0", "0", "1", "2"]),
                of("ipv4", "ignore_routes_with_linkdown", &["0", "1"]),
                of("ipv4", "send_redirects", &["1", "0"]),
                of("ipv4", "accept_local", &["0", "0", "1"]),
                of("ipv4", "route_localnet", &["0", "0", "1"]),
                of("ipv4", "src_valid_mark", &["0", "1"]),
                of("ipv4", "bc_forwarding", &["0", "0", "1"]),
            ];
            let node = [
                node("ipv4/nexthop_compat_mode", &["1", "1", "0"]),
                node("ipv4/fib_multipath_use_neigh", &["0", "1"]),
                node("ipv4/fib_multipath_hash_policy", &["0", "1"]),
            ];
            joined(each.into_iter().chain(node).collect())
        }
        Family::V6 => {
            let each = [
                of("ipv6", "forwarding", &["1", "1", "0"]),
                of("ipv6", "ignore_routes_with_linkdown", &["0", "1"]),
                of("ipv6", "use_tempaddr", &["0", "0", "2"]),
            ];
            let node = [
                node("ipv4/nexthop_compat_mode", &["1", "1", "0"]),
                node("ipv6/fib_multipath_hash_policy", &["0", "1"]),
            ];
            joined(each.into_iter().chain(node).collect())
        }
    }
}

fn of(
    family: &'static str,
    name: &'static str,
    values: &'static [&'static str],
) -> BoxedStrategy<Vec<Setting>> {
    let set = move |(value, link)| {
        vec![(format!("{family}/conf/all/{name}"), value), (format!("{family}/conf/{link}/{name}"), value)]
    };
    (select(values), select(&LINKS[..])).prop_map(set).boxed()
}

fn node(name: &'static str, values: &'static [&'static str]) -> BoxedStrategy<Vec<Setting>> {
    select(values).prop_map(move |value| vec![(name.to_owned(), value)]).boxed()
}

fn joined(parts: Vec<BoxedStrategy<Vec<Setting>>>) -> BoxedStrategy<Vec<Setting>> {
    parts.prop_map(|parts| parts.concat()).boxed()
}
