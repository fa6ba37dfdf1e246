//! How rows name prefixes in their sentences.

use ipnet::IpNet;

/// The first prefixes, and how many more.
pub(super) fn list(prefixes: &[IpNet], most: usize) -> String {
    let shown: Vec<String> = prefixes.iter().take(most).map(ToString::to_string).collect();
    match prefixes.len().checked_sub(most) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}
