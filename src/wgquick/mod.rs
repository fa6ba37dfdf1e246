//! wg-quick's files: what they set, with a place for every fact. Reading never fails; what is wrong is data.
//!
//! The language is wg-quick's (`wg-quick(8)`, its `linux.bash`) around that of `wg setconf`. Commands of
//! `PostUp` and its kin are read as far as they are `ip` commands on routes, rules and addresses; what
//! another command does is not seen.

mod automatic;
mod ip;
mod ip_words;
mod read;
mod shell;
mod undo;

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::net::{PublicKey, TableId};
use crate::snapshot::WgQuickFile;
use crate::text::{SourceText, Span};
pub use automatic::Automatic;
pub use ip::{AddressChange, Change, RouteChange, RouteLeg, RouteSpec, RuleChange, RuleSpec, TableName};
pub use shell::{Command, Effect, When};
pub use undo::{Addition, Undo};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place in [`WgQuick::source`].
    pub span: Span,
}

/// Something that wg-quick or `wg` refuses, or that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub span: Span,
    /// What is wrong, and what is expected.
    pub message: String,
}

/// One wg-quick file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WgQuick {
    /// The text, for places.
    pub source: SourceText,
    /// The interface's name, which is the file's.
    pub name: String,
    /// What `[Interface]` says.
    pub interface: Interface,
    /// The peers, in the file's order: of two that claim a prefix, the last one gets it.
    pub peers: Vec<Peer>,
    /// What is wrong, in the order of lines.
    pub mistakes: Vec<Mistake>,
}

/// What `[Interface]` says; of a key that holds one value the last line counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The addresses with the lengths of their prefixes; full length where none is written.
    pub addresses: Vec<At<IpNet>>,
    /// The UDP port; chosen at random where none is written.
    pub listen_port: Option<At<u16>>,
    /// The mark on what the device sends; 0 for `off`.
    pub fwmark: Option<At<u32>>,
    /// The packet size; computed by wg-quick where none is written.
    pub mtu: Option<At<u32>>,
    /// Whether and where wg-quick adds a route for each allowed IP.
    pub table: Option<At<Table>>,
    /// Name servers and search domains.
    pub dns: Vec<At<String>>,
    /// Whether the running state replaces this file on the way down.
    pub save_config: Option<At<bool>>,
    /// Commands before the link is there.
    pub pre_up: Vec<At<String>>,
    /// Commands when everything is up.
    pub post_up: Vec<At<String>>,
    /// Commands before the link goes.
    pub pre_down: Vec<At<String>>,
    /// Commands when the link is gone, and with it every route by it.
    pub post_down: Vec<At<String>>,
}

/// `Table`: what wg-quick does about routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// Adds them to table main, and a default route by policy rules; without the key as well.
    #[default]
    Auto,
    /// Adds none.
    Off,
    /// Adds them to a table.
    Id(TableId),
    /// Adds them to a table that only the node's `/etc/iproute2/rt_tables` can number.
    Name(String),
}

/// One `[Peer]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The section's header.
    pub span: Span,
    /// Its name in a comment: on the header's line, else on the line above it, else on the line below.
    ///
    /// `# us-02`, `# Name = us-02`, `# friendly_name: us-02` and `### Client us-02` all say `us-02`.
    pub name: Option<At<String>>,
    /// Its key; without one `wg` refuses the file.
    pub public_key: Option<At<PublicKey>>,
    /// Whether a preshared key is written.
    pub preshared: bool,
    /// Its prefixes, in the file's order.
    pub allowed_ips: Vec<At<IpNet>>,
    /// Where it is.
    pub endpoint: Option<At<Endpoint>>,
    /// Seconds between keepalives; 0 for `off`.
    pub keepalive: Option<At<u16>>,
}

/// `Endpoint = HOST:PORT`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The UDP port.
    pub port: u16,
}

/// The host of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A name, which `wg` resolves once, when the file is loaded.
    Name(String),
}

impl Endpoint {
    /// The address, where the host is no name.
    pub fn address(&self) -> Option<SocketAddr> {
        match self.host {
            Host::Address(address) => Some(SocketAddr::new(address, self.port)),
            Host::Name(_) => None,
        }
    }
}

/// Reads a file of a snapshot.
pub fn read(file: &WgQuickFile) -> WgQuick {
    let source = SourceText::new(&file.path, file.text.as_str());
    read::read(source, &file.interface)
}

impl WgQuick {
    /// `Table`, which is `auto` where nothing is written.
    pub fn table(&self) -> Table {
        self.interface.table.as_ref().map_or_else(Table::default, |table| table.value.clone())
    }

    /// The commands of `PostUp` and `PreUp` in the order in which they run.
    pub fn up_commands(&self) -> Vec<Command> {
        self.commands(self.interface.pre_up.iter().chain(&self.interface.post_up))
    }

    /// The commands of `PreDown` and `PostDown` in the order in which they run.
    pub fn down_commands(&self) -> Vec<Command> {
        self.commands(self.interface.pre_down.iter().chain(&self.interface.post_down))
    }

    fn commands<'c>(&self, hooks: impl Iterator<Item = &'c At<String>>) -> Vec<Command> {
        hooks.flat_map(|hook| shell::commands(hook, &self.name)).collect()
    }

    /// What the commands add on the way up, each with what takes it away on the way down.
    pub fn additions(&self) -> Vec<Addition> {
        undo::additions(&self.up_commands(), &self.down_commands(), &self.name)
    }

    /// The routes and rules that wg-quick adds by itself.
    pub fn automatic(&self) -> Automatic {
        automatic::of(self)
    }

    /// `path:line` of a place.
    pub fn place(&self, span: Span) -> String {
        self.source.place(span)
    }
}
