//! Where a fact comes from, in words that a person can go and look at.

use serde::Serialize;

/// What kind of witness a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Observed in the kernel.
    Kernel,
    /// Observed at a WireGuard device.
    Wireguard,
    /// Read from a file.
    File,
    /// Said by BIRD over its control socket.
    Bird,
    /// Said by the user's intent, or inferred for want of it.
    Intent,
    /// Computed from files, not observed.
    Predicted,
}

/// One piece of evidence: who says it, where to look, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Evidence {
    /// The kind of witness.
    pub origin: Origin,
    /// Where to look: `wg0.conf:41`, or the command that shows it (`ip -6 route show table main`).
    pub place: String,
    /// What stands there, verbatim, secrets blanked.
    pub text: String,
}
