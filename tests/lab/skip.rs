//! What the lab needs of the machine, and how a test says that it was skipped for want of it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names, parted by spaces, what must not be skipped because the machine was made ready for it.
const VARIABLE: &str = "ROUTELINT_REQUIRE";

/// How many tests of this binary were skipped.
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Says on standard error that a test of `what` is skipped and counts it; fails the test where `what` is required.
///
/// The test harness keeps what a passing test prints to itself, so this writes to the descriptor.
pub fn skip(what: &str, why: &str) {
    let required = std::env::var(VARIABLE).unwrap_or_default();
    assert!(!required.split(' ').any(|word| word == what), "`{VARIABLE}` says `{what}`, but {why}");
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped ({count} in this binary): {test}: {why}");
}

/// What the lab lacks on this machine, as the end of a sentence; nothing where it can run.
pub fn missing() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("the lab needs root".to_owned());
    }
    let absent: Vec<&str> = ["ip", "wg", "bird", "birdc", "unshare", "mount", "setpriv"]
        .into_iter()
        .filter(|program| !installed(program))
        .collect();
    if !absent.is_empty() {
        return Some(format!("the lab needs the programs {}", absent.join(", ")));
    }
    if !succeeds("unshare", &["--net", "--mount", "--uts", "true"]) {
        return Some("the lab needs namespaces, which are refused here".to_owned());
    }
    let userspace_wireguard = installed("wireguard-go") && Path::new("/dev/net/tun").exists();
    if !userspace_wireguard && !kernel_wireguard() {
        return Some("the lab needs WireGuard in the kernel, or wireguard-go and /dev/net/tun".to_owned());
    }
    None
}

/// Whether the kernel itself makes WireGuard devices.
pub fn kernel_wireguard() -> bool {
    kernel_makes("wireguard")
}

/// Whether the kernel makes devices of a kind.
pub fn kernel_makes(kind: &str) -> bool {
    let table: &[&str] = if kind == "vrf" { &["table", "100"] } else { &[] };
    succeeds("unshare", &[&["--net", "ip", "link", "add", "lab0", "type", kind], table].concat())
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
