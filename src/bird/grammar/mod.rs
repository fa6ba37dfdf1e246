//! The grammar of options as data: one line per option, in the notation of BIRD's manual.
//!
//! | notation | stands for |
//! |---|---|
//! | `word` | that keyword |
//! | `[ x ]`, `( x \| y )`, `( x )*` | optional, one of, any number of |
//! | `{name}` | a block of the options of a table in [`blocks`] |
//! | `INT`, `INT<1-255>`, `NUM`, `BOOL`, `TIME`, `TEXT`, … | a value; see [`Class`] |
//! | a line of nothing | a semicolon may stand alone |
//! | `@14 x` | `x` since 2.14 and 3.0; `@2`, `@3` for one series only |
//!
//! In `( … )` the first alternative that can begin at the next token is taken; one that may be empty stands last.

mod bgp;
mod blocks;
mod channel;
mod notation;
mod ospf;
mod other;
mod radv;
mod routing;
mod top;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tree::ProtocolKind;
use super::version::Versions;

pub(super) use blocks::ends_itself;
pub(super) use notation::{CEASE, Class, LOG, Node};
pub(super) use top::unterminated;

/// One option.
#[derive(Debug)]
pub(super) struct Row {
    /// Its leading words, by which it is found and called; the whole line where it begins with a value.
    pub(super) name: &'static str,
    /// The leading words, one by one.
    pub(super) words: Vec<&'static str>,
    /// What follows them.
    pub(super) rest: Node,
    /// The versions that have it.
    pub(super) versions: Versions,
}

/// The options that may stand in one place, by their first word.
#[derive(Debug, Default)]
pub(super) struct Options {
    rows: HashMap<&'static str, Vec<Row>>,
    /// Rows that begin with a value: `10.0.0.0/8 hidden` in a list of networks.
    pub(super) bare: Vec<Row>,
    /// Whether there may be nothing before a semicolon.
    pub(super) empty: bool,
}

impl Options {
    /// Compiles lines; those of later lists stand behind those of earlier ones.
    fn of(lists: &[&[&'static str]]) -> Options {
        let mut options = Options::default();
        for line in lists.iter().flat_map(|list| list.iter()) {
            if line.is_empty() {
                options.empty = true;
                continue;
            }
            let row = notation::row(line);
            match row.words.first() {
                Some(first) => options.rows.entry(first).or_default().push(row),
                None => options.bare.push(row),
            }
        }
        for rows in options.rows.values_mut() {
            rows.sort_by_key(|row| std::cmp::Reverse(row.words.len()));
        }
        options
    }

    /// The options that begin with a word, those with the most words first.
    pub(super) fn beginning(&self, word: &str) -> &[Row] {
        self.rows.get(word).map_or(&[], Vec::as_slice)
    }
}

/// The options of a table by its name; tables are compiled at their first use.
pub(super) fn table(name: &str) -> &'static Options {
    static TABLES: LazyLock<HashMap<&'static str, Options>> = LazyLock::new(|| {
        let mut tables: HashMap<&'static str, Options> =
            blocks::BLOCKS.iter().map(|(name, lists)| (*name, Options::of(lists))).collect();
        tables.insert("top", Options::of(&[top::TOP]));
        tables.insert("channel", Options::of(&[channel::CHANNEL]));
        tables.insert("mpls channel", Options::of(&[channel::MPLS, channel::CHANNEL]));
        tables.insert("bgp channel", Options::of(&[bgp::CHANNEL, channel::CHANNEL]));
        for (kind, lists) in protocols() {
            tables.insert(kind, Options::of(lists));
        }
        tables
    });
    static EMPTY: LazyLock<Options> = LazyLock::new(Options::default);
    TABLES.get(name).unwrap_or(&EMPTY)
}

type Lists = &'static [&'static [&'static str]];

/// The options of each protocol, the common ones behind its own.
fn protocols() -> [(&'static str, Lists); 20] {
    [
        ("aggregator", &[other::AGGREGATOR, channel::CHANNEL, other::COMMON]),
        ("babel", &[routing::BABEL, other::COMMON]),
        ("bfd", &[routing::BFD, other::COMMON]),
        ("bgp", &[bgp::BGP, other::COMMON]),
        ("bmp", &[other::BMP, other::COMMON]),
        ("bridge", &[other::BRIDGE, other::COMMON]),
        ("device", &[other::DEVICE, other::COMMON]),
        ("direct", &[other::DIRECT, other::COMMON]),
        ("evpn", &[other::EVPN, other::COMMON]),
        ("kernel", &[other::KERNEL, other::COMMON]),
        ("l3vpn", &[other::L3VPN, other::COMMON]),
        ("mrt", &[other::MRT, other::COMMON]),
        ("ospf", &[ospf::OSPF, other::COMMON]),
        ("perf", &[other::PERF, other::COMMON]),
        ("pipe", &[other::PIPE, channel::CHANNEL, other::COMMON]),
        ("radv", &[radv::RADV, other::COMMON]),
        ("rip", &[routing::RIP, other::COMMON]),
        ("rpki", &[other::RPKI, other::COMMON]),
        ("static", &[other::STATIC, other::COMMON]),
        ("unknown", &[other::COMMON]),
    ]
}

/// The name of the table with a protocol's options.
pub(super) fn of_protocol(kind: ProtocolKind) -> &'static str {
    match kind {
        ProtocolKind::Aggregator => "aggregator",
        ProtocolKind::Babel => "babel",
        ProtocolKind::Bfd => "bfd",
        ProtocolKind::Bgp => "bgp",
        ProtocolKind::Bmp => "bmp",
        ProtocolKind::Bridge => "bridge",
        ProtocolKind::Device => "device",
        ProtocolKind::Direct => "direct",
        ProtocolKind::Evpn => "evpn",
        ProtocolKind::Kernel => "kernel",
        ProtocolKind::L3vpn => "l3vpn",
        ProtocolKind::Mrt => "mrt",
        ProtocolKind::Ospf2 | ProtocolKind::Ospf3 => "ospf",
        ProtocolKind::Perf => "perf",
        ProtocolKind::Pipe => "pipe",
        ProtocolKind::Radv => "radv",
        ProtocolKind::Rip | ProtocolKind::RipNg => "rip",
        ProtocolKind::Rpki => "rpki",
        ProtocolKind::Static => "static",
        ProtocolKind::Unknown => "unknown",
    }
}
