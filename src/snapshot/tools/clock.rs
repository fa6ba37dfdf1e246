//! When the folder was written, as far as its files tell.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::Snapshot;
use super::super::folder::FolderError;
use super::Reader;

/// How long after the freshest handshake BIRD's clock may stand to be taken for UTC, in seconds: time
/// zones differ from UTC by more.
const FRESH: i64 = 15 * 60;

impl Reader<'_> {
    /// The time in `date.txt`, else BIRD's own, where it is certain enough that it is in UTC.
    pub(super) fn clock(&self) -> Result<Option<Timestamp>, FolderError> {
        let Some(line) = self.outputs.line("date.txt")? else { return Ok(bird_clock(&self.snapshot)) };
        let parsed = line.parse().map(Some);
        parsed.map_err(|_| FolderError::Broken {
            place: format!("{}:1", self.outputs.path("date.txt").display()),
            problem: format!("`{line}` is no time with a zone"),
            remedy: "write it with `date -u +%FT%TZ > date.txt`".to_owned(),
        })
    }
}

/// `Current server time` of `show status`, which does not name its zone.
///
/// Read as UTC it must not precede any handshake, as it would west of Greenwich after the last hours'
/// handshakes, nor follow the freshest by more than a quarter of an hour, as it would east of it.
fn bird_clock(snapshot: &Snapshot) -> Option<Timestamp> {
    let answers = snapshot.bird.iter().flat_map(|daemon| &daemon.answers);
    let lines =
        answers.filter(|answer| answer.command == "show status").flat_map(|answer| answer.text.lines());
    let civil: DateTime =
        lines.filter_map(|line| line.strip_prefix("Current server time is ")).next()?.parse().ok()?;
    let time = TimeZone::UTC.to_timestamp(civil).ok()?;
    let peers = snapshot.wireguard.iter().flat_map(|device| &device.peers);
    let freshest = peers.filter_map(|peer| peer.latest_handshake).max()?;
    (0..FRESH).contains(&(time.as_second() - freshest)).then_some(time)
}
