//! WireGuard at run time: the kernel's devices by generic netlink, userspace ones by their sockets.
//!
//! Private and preshared keys come with every answer. They stay in the receive buffer, which is wiped: of a preshared
//! key only whether it is set is kept, of a private key only the public one that belongs to it.

pub mod kernel;
pub mod userspace;

use std::thread;
use std::time::Duration;

use super::{Gaps, gap};
use crate::snapshot::{Device, Gap, Link, Source};

/// The kind of the kernel's own devices.
const KERNEL: &str = "wireguard";
/// The kind of the devices behind which a daemon may stand.
const USERSPACE: &str = "tun";

/// Reads every WireGuard device among the links.
pub(super) fn collect(links: &[Link], deadline: Duration) -> (Vec<Device>, Gaps) {
    let names = |kind: &'static str| {
        links.iter().filter(move |link| link.kind.as_deref() == Some(kind)).map(|link| link.name.as_str())
    };
    let (kernel, userspace): (Vec<&str>, Vec<&str>) = (names(KERNEL).collect(), names(USERSPACE).collect());
    let roots = if userspace.is_empty() { Vec::new() } else { userspace::roots() };
    let mut devices = Vec::new();
    let mut gaps = Gaps::new();
    thread::scope(|scope| {
        // One daemon that hangs must not use up the others' time.
        let ask = |name| userspace::ask(name, &roots, deadline);
        let asking: Vec<_> = userspace.iter().map(|name| scope.spawn(move || ask(name))).collect();
        take(kernel::ask(&kernel, deadline), &mut devices, &mut gaps);
        for one in asking {
            let outcome = one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            take(outcome.into_iter().collect(), &mut devices, &mut gaps);
        }
    });
    devices.sort_by(|one, other| one.name.cmp(&other.name));
    (devices, gaps)
}

fn take(outcomes: Vec<Result<Device, Gap>>, devices: &mut Vec<Device>, gaps: &mut Gaps) {
    for outcome in outcomes {
        match outcome {
            Ok(device) => devices.push(device),
            Err(missing) => gaps.push((Source::Wireguard, missing)),
        }
    }
}
