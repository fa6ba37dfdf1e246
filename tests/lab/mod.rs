//! The laboratory: the four-node mesh of the story on this machine, with real routes, real WireGuard, real BIRD and
//! real packets.
//!
//! Each node is a thread with network, mount and host-name namespaces of its own; nothing outlives the test process,
//! not even when it is killed. The lab knows the story and the kernel; it must not know routelint's rules.
//!
//! A test binary uses it with `mod lab;` and starts a test with `let Some(mesh) = Mesh::shared() else { return };`, or
//! with [`Mesh::up`] for a mesh of its own: without root, packages or namespaces the test is skipped, and says so.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test binary uses its own part of the lab"
)]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

pub mod files;
pub mod mesh;
pub mod node;
pub mod packet;
pub mod skip;
pub mod story;

pub use files::{Families, Options, Session};
pub use mesh::{InTurn, Mesh};
pub use packet::{Outcome, Probe};
