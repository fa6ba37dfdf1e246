//! Readers of what BIRD's control socket answers, 2.x and 3.x, in the form in which `birdc` prints it.
//!
//! A line that is not known is kept with what it belongs to and breaks nothing. Times are kept as text: their
//! format is the daemon's to choose.

mod interfaces;
mod protocols;
mod routes;
mod status;
mod symbols;

pub use interfaces::{Interface, read_interfaces};
pub use protocols::{BgpState, ChannelState, LimitState, ProtocolState, RouteCounts, read_protocols};
pub use routes::{Hop, RouteEntry, RouteKind, RouteTable, read_routes};
pub use status::{ConfigureStatus, Status, read_configure_status, read_status};
pub use symbols::{Symbol, read_symbols};

/// The lines of an answer without the greeting.
fn lines(answer: &str) -> impl Iterator<Item = &str> {
    answer.lines().filter(|line| !(line.starts_with("BIRD ") && line.ends_with(" ready.")))
}

/// `Name:   value` with its blanks taken off.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), value.trim()))
}

/// Cuts a time off the front: `13:53:05.046`, `2026-11-23`, or `2026-11-23 13:53:05.046`.
fn split_time(text: &str) -> (&str, &str) {
    let end = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
    let first = end(text);
    let rest = text[first..].trim_start();
    let second = &rest[..end(rest)];
    let is_date = text[..first].split('-').count() == 3;
    if is_date && second.starts_with(|c: char| c.is_ascii_digit()) && second.contains(':') {
        let taken = text.len() - rest.len() + second.len();
        return (&text[..taken], text[taken..].trim());
    }
    (&text[..first], rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_with_and_without_a_date() {
        assert_eq!(split_time("13:53:05.046  Established   "), ("13:53:05.046", "Established"));
        assert_eq!(split_time("2026-11-23 13:53:05  Active  x"), ("2026-11-23 13:53:05", "Active  x"));
        assert_eq!(split_time("2026-11-23  Established"), ("2026-11-23", "Established"));
        assert_eq!(split_time("up"), ("up", ""));
    }
}
