//! The kernel settings that rules ask for, under the names that `sysctl -a` prints.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::{Gaps, gap};
use crate::snapshot::Source;

/// Settings of the whole namespace, below `/proc/sys/net`.
const GLOBAL: [&str; 15] = [
    "ipv4/ip_forward",
    "ipv4/fib_multipath_hash_policy",
    "ipv4/fib_multipath_use_neigh",
    "ipv4/nexthop_compat_mode",
    "ipv4/neigh/default/gc_thresh1",
    "ipv4/neigh/default/gc_thresh2",
    "ipv4/neigh/default/gc_thresh3",
    "ipv6/fib_multipath_hash_policy",
    "ipv6/neigh/default/gc_thresh1",
    "ipv6/neigh/default/gc_thresh2",
    "ipv6/neigh/default/gc_thresh3",
    "ipv6/route/gc_thresh",
    "ipv6/route/max_size",
    "ipv6/route/skip_notify_on_dev_down",
    "vrf/strict_mode",
];

/// Settings of each interface, and of `all` and `default`.
const PER_INTERFACE: [(&str, &[&str]); 2] = [
    (
        "ipv4",
        &[
            "accept_local",
            "bc_forwarding",
            "disable_policy",
            "forwarding",
            "ignore_routes_with_linkdown",
            "route_localnet",
            "rp_filter",
            "send_redirects",
            "src_valid_mark",
        ],
    ),
    (
        "ipv6",
        &[
            "accept_ra",
            "disable_ipv6",
            "disable_policy",
            "forwarding",
            "ignore_routes_with_linkdown",
            "use_tempaddr",
        ],
    ),
];

/// Reads the settings of this thread's network namespace.
pub(super) fn collect() -> (BTreeMap<String, String>, Gaps) {
    let root = Path::new("/proc/sys/net");
    let mut settings = BTreeMap::new();
    let mut gaps = Gaps::new();
    GLOBAL.iter().for_each(|name| read(root, name, &mut settings, &mut gaps));
    for (family, names) in PER_INTERFACE {
        match interfaces(&root.join(family).join("conf")) {
            Ok(interfaces) => interfaces.iter().for_each(|interface| {
                let each = names.iter().map(|name| format!("{family}/conf/{interface}/{name}"));
                each.for_each(|name| read(root, &name, &mut settings, &mut gaps));
            }),
            Err(error) => note(&format!("{family}/conf"), &error, &mut gaps),
        }
    }
    (settings, gaps)
}

fn interfaces(directory: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(directory)?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn read(root: &Path, name: &str, settings: &mut BTreeMap<String, String>, gaps: &mut Gaps) {
    match fs::read_to_string(root.join(name)) {
        Ok(value) => drop(settings.insert(dotted(name), value.trim_end().replace('\t', " "))),
        Err(error) => note(name, &error, gaps),
    }
}

/// A setting that is not there is none that the kernel has, or went with its interface.
fn note(name: &str, error: &io::Error, gaps: &mut Gaps) {
    if error.kind() != io::ErrorKind::NotFound {
        let reason = format!("`/proc/sys/net/{name}` cannot be read: {error}");
        gaps.push((Source::Sysctls, gap(dotted(name), reason, "run where `/proc/sys` may be read")));
    }
}

/// Swaps the two separators, as `sysctl` does: `ipv4/conf/eth0.7/forwarding` is `net.ipv4.conf.eth0/7.forwarding`.
fn dotted(name: &str) -> String {
    let swapped = name.chars().map(|c| match c {
        '/' => '.',
        '.' => '/',
        other => other,
    });
    "net.".chars().chain(swapped).collect()
}
