//! What goes between BIRD's tables and the kernel, the links, and other tables.

use std::sync::Arc;

use crate::bird::Configuration;
use crate::bird::effective::Effective;
use crate::bird::tree::{InterfacePattern, Item};
use crate::net::TableId;
use crate::seen::Seen;

/// A kernel protocol.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The kernel's table, main by default.
    pub table: Seen<TableId>,
    /// The metric of installed routes, 32 by default; with 0 the route's own `krt_metric` counts.
    pub metric: Seen<u32>,
    /// Whether foreign routes are learned.
    pub learn: Seen<Learn>,
    /// `persist`: routes stay when BIRD stops.
    pub persist: Seen<bool>,
    /// Seconds between looks at the kernel's table, 60 by default.
    pub scan_time: Seen<u32>,
    /// `merge paths`: several next hops of one prefix are installed.
    pub merge_paths: Seen<bool>,
    /// `graceful restart`
    pub graceful_restart: Seen<bool>,
}

/// Whether routes that others put into the kernel are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Learn {
    /// No; the default.
    Off,
    /// Those of other programs.
    Foreign,
    /// Those of the kernel too (2.14 on).
    All,
}

/// A direct protocol: routes for the networks of the node's links.
#[derive(Clone, Debug)]
pub struct Direct<'t> {
    /// The pattern lists; all links where there is none.
    pub interfaces: Vec<&'t [InterfacePattern]>,
}

/// A pipe; what it imports comes from the peer table into the table of its channel.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// `peer table`
    pub peer_table: Option<Arc<str>>,
}

impl Configuration {
    pub(super) fn kernel(&self, one: &Effective<'_>) -> Kernel {
        let value = |name: &str| one.option(name).and_then(Item::value);
        Kernel {
            table: self.number(value("kernel table"), Some(TableId::MAIN.0)).map(TableId),
            metric: self.number(value("metric"), Some(32)),
            learn: self.learn(one),
            persist: self.switch(one.option("persist"), Some(false)),
            scan_time: self.number(value("scan time"), Some(60)),
            merge_paths: self.switch(one.option("merge paths"), Some(false)),
            graceful_restart: self.switch(one.option("graceful restart"), Some(false)),
        }
    }

    /// The last of `learn` and `learn all`.
    fn learn(&self, one: &Effective<'_>) -> Seen<Learn> {
        match one.options.iter().rfind(|item| matches!(item.name, "learn" | "learn all")) {
            None => Seen::Known(Learn::Off),
            Some(item) if item.name == "learn all" => Seen::Known(Learn::All),
            Some(item) => {
                self.switch(Some(item), None).map(|on| if on { Learn::Foreign } else { Learn::Off })
            }
        }
    }

    pub(super) fn pipe(&self, one: &Effective<'_>) -> Pipe {
        let peer = one.option("peer table").and_then(Item::name_argument);
        Pipe { peer_table: peer.map(|name| name.text.clone()) }
    }
}
