//! `show status` and `configure status`.

use std::net::Ipv4Addr;

use super::lines;

/// What `show status` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `2.0.12`
    pub version: Option<String>,
    /// The router id in use.
    pub router_id: Option<Ipv4Addr>,
    /// The host name that BIRD uses.
    pub hostname: Option<String>,
    /// The daemon's clock when it answered.
    pub server_time: Option<String>,
    /// When the daemon was started.
    pub last_reboot: Option<String>,
    /// When it last took a configuration; one that failed changes nothing.
    pub last_reconfiguration: Option<String>,
    /// Lines that are not known, and what the daemon says of itself.
    pub other: Vec<String>,
}

/// Reads the answer to `show status`.
pub fn read_status(answer: &str) -> Status {
    let mut status = Status::default();
    for line in lines(answer).map(str::trim).filter(|line| !line.is_empty()) {
        let after = |prefix: &str| line.strip_prefix(prefix).map(|rest| rest.trim().to_owned());
        if let Some(version) = after("BIRD ") {
            status.version = Some(version);
        } else if let Some(id) = after("Router ID is ") {
            status.router_id = id.parse().ok();
        } else if let Some(name) = after("Hostname is ") {
            status.hostname = Some(name);
        } else if let Some(time) = after("Current server time is ") {
            status.server_time = Some(time);
        } else if let Some(time) = after("Last reboot on ") {
            status.last_reboot = Some(time);
        } else if let Some(time) = after("Last reconfiguration on ") {
            status.last_reconfiguration = Some(time);
        } else {
            status.other.push(line.to_owned());
        }
    }
    status
}

/// What `configure status` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigureStatus {
    /// Nothing is pending.
    Settled,
    /// A reconfiguration, an undo or a shutdown is under way or waits; what BIRD says of it.
    Pending(Vec<String>),
}

/// Reads the answer to `configure status`.
pub fn read_configure_status(answer: &str) -> ConfigureStatus {
    let said: Vec<String> =
        lines(answer).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    match said.as_slice() {
        [] => ConfigureStatus::Settled,
        [only] if only == "Daemon is up and running" => ConfigureStatus::Settled,
        _ => ConfigureStatus::Pending(said),
    }
}
