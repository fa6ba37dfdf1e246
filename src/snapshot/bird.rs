//! A BIRD daemon: its configuration files and what its control socket said.

use crate::text::Blanked;

/// One file of a configuration, with its passwords blanked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// The path on the node, as the including file or the command line led to it.
    pub path: String,
    /// When it was last written, in seconds since 1970.
    pub modified: Option<i64>,
    /// The text.
    pub text: Blanked,
}

/// What the control socket answered to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BirdAnswer {
    /// The command as it was sent: `show protocols all`.
    pub command: String,
    /// The lines of the answer without their codes, as `birdc` prints them.
    pub text: String,
}

/// One BIRD daemon of the node, running or only configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BirdDaemon {
    /// A name for it, `bird` for the only one.
    pub name: String,
    /// Whether a process was seen; none in a folder that does not say.
    pub running: Option<bool>,
    /// The version, as the greeting of the socket or the folder tells it: `2.0.12`.
    pub version: Option<String>,
    /// The path of its main configuration file.
    pub config: Option<String>,
    /// The path of its control socket.
    pub socket: Option<String>,
    /// The main file first, then what it includes, in the order of reading.
    pub files: Vec<ConfigFile>,
    /// What the socket said, in the order of asking.
    pub answers: Vec<BirdAnswer>,
}
