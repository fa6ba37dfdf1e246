//! Columns that several relations have: the tunnel, its peer, the daemon, and what a channel's row begins with.

use super::passed::{FAMILIES, family};
use super::{Field, Kind, Value};
use crate::host::{Daemon, Gate, Host, Tunnel, TunnelPeer};
use crate::seen::Seen;

/// A row about one of the host's tunnels.
pub(super) trait OfTunnel {
    /// The tunnel's place in the host's list.
    fn tunnel_at(&self) -> usize;

    /// The tunnel.
    fn tunnel<'h>(&self, host: &'h Host<'_>) -> &'h Tunnel {
        &host.tunnels[self.tunnel_at()]
    }
}

/// A row about one of a tunnel's peers.
pub(super) trait OfPeer: OfTunnel {
    /// The peer's place in the tunnel's list.
    fn peer_at(&self) -> usize;

    /// The peer.
    fn peer<'h>(&self, host: &'h Host<'_>) -> &'h TunnelPeer {
        &self.tunnel(host).peers[self.peer_at()]
    }
}

/// A row about one of the host's BIRD daemons.
pub(super) trait OfDaemon {
    /// The daemon's place in the host's list.
    fn daemon_at(&self) -> usize;

    /// The daemon.
    fn daemon<'h>(&self, host: &'h Host<'_>) -> &'h Daemon {
        &host.bird[self.daemon_at()]
    }
}

/// A row about a channel of one of BIRD's protocols.
pub(super) trait OfGate {
    /// The channel.
    fn gate(&self) -> &Gate;
}

/// A row that may stand for others like it.
pub(super) trait OfMany {
    /// How many others.
    fn others(&self) -> usize;
}

/// `device`
pub(super) const fn device<R: OfTunnel>() -> Field<R> {
    Field {
        name: "device",
        about: "the tunnel",
        kind: Kind::Text,
        get: |row, host| Seen::Known(Value::Text(row.tunnel(host).name.clone())),
    }
}

/// `peer`
pub(super) const fn peer<R: OfPeer>() -> Field<R> {
    Field {
        name: "peer",
        about: "the peer",
        kind: Kind::Text,
        get: |row, host| Seen::Known(Value::Text(row.peer(host).name.clone())),
    }
}

/// `daemon`
pub(super) const fn daemon<R: OfDaemon>() -> Field<R> {
    Field {
        name: "daemon",
        about: "the BIRD daemon",
        kind: Kind::Text,
        get: |row, host| Seen::Known(Value::Text(row.daemon(host).name.clone())),
    }
}

/// The name of the channel's protocol, under the word that fits its kind.
pub(super) const fn protocol<R: OfGate>(name: &'static str) -> Field<R> {
    Field {
        name,
        about: "the protocol's name",
        kind: Kind::Text,
        get: |row, _| Seen::Known(Value::Text(row.gate().protocol.clone())),
    }
}

/// `family`
pub(super) const fn family_of<R: OfGate>() -> Field<R> {
    Field {
        name: "family",
        about: "the address family of the channel's routes, if they have one",
        kind: Kind::Word(FAMILIES),
        get: |row, _| row.gate().family.map(|of| Value::Word(family(of))).into(),
    }
}

/// `policy`
pub(super) const fn policy<R: OfGate>(about: &'static str) -> Field<R> {
    Field {
        name: "policy",
        about,
        kind: Kind::Text,
        get: |row, _| Seen::Known(Value::Text(row.gate().policy.clone())),
    }
}

/// `more`
pub(super) const fn more<R: OfMany>(unit: &'static str) -> Field<R> {
    Field {
        name: "more",
        about: "how many further ones like it the row stands for, where they are more than a thousand",
        kind: Kind::Number(unit),
        get: |row, _| Seen::Known(Value::Number(row.others() as u64)),
    }
}
