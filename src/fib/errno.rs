//! What a local sender gets for a packet that goes nowhere.

use std::fmt;

use super::{Fate, Outcome};

/// An error number of the kernel, as `connect` or `sendto` returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errno {
    /// "Permission denied".
    Acces,
    /// "Invalid argument".
    Inval,
    /// "Invalid cross-device link": the way back is another. Kernels since 6.13 say "invalid argument" to a look-up.
    Xdev,
    /// "Network is unreachable".
    NetUnreach,
    /// "No route to host".
    HostUnreach,
}

impl Errno {
    /// The error that a sender gets; `None` where the packet goes on or the fate is open.
    ///
    /// A policy rule `unreachable` gives another error than a route of that type.
    pub fn of(fate: &Fate) -> Option<Errno> {
        match (fate.outcome, fate.route) {
            (Outcome::Blackhole | Outcome::Martian, _) => Some(Errno::Inval),
            (Outcome::ReversePath, _) => Some(Errno::Xdev),
            (Outcome::Prohibit, _) => Some(Errno::Acces),
            (Outcome::Unreachable, None) | (Outcome::NoRoute, _) => Some(Errno::NetUnreach),
            (Outcome::Unreachable, Some(_)) | (Outcome::NotForwarding, _) => Some(Errno::HostUnreach),
            (Outcome::Forward | Outcome::Local | Outcome::Broadcast, _)
            | (Outcome::Anycast | Outcome::Multicast | Outcome::Unseen(_), _) => None,
        }
    }

    /// Its number on Linux.
    pub fn number(self) -> i32 {
        match self {
            Errno::Acces => 13,
            Errno::Xdev => 18,
            Errno::Inval => 22,
            Errno::NetUnreach => 101,
            Errno::HostUnreach => 113,
        }
    }

    /// Its name in C.
    pub fn name(self) -> &'static str {
        match self {
            Errno::Acces => "EACCES",
            Errno::Inval => "EINVAL",
            Errno::Xdev => "EXDEV",
            Errno::NetUnreach => "ENETUNREACH",
            Errno::HostUnreach => "EHOSTUNREACH",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
