//! A Unix stream that keeps a deadline from connecting to the last byte.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeVal;

/// A connection that fails with `TimedOut` when its time is up, whatever the other end does.
pub(super) struct Stream {
    stream: UnixStream,
    until: Instant,
}

impl Stream {
    /// Connects; a daemon that no longer accepts is waited for as long as one that does not answer.
    pub(super) fn connect(path: &Path, deadline: Duration) -> io::Result<Stream> {
        let until = Instant::now() + deadline;
        let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        // The time limit for sending is also the one for connecting (unix(7) does not say so; `unix_stream_connect` does it).
        let limit = TimeVal::new(deadline.as_secs() as i64, i64::from(deadline.subsec_micros()));
        setsockopt(&socket, sockopt::SendTimeout, &limit)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?).map_err(io::Error::from).map_err(late)?;
        Ok(Stream { stream: UnixStream::from(socket), until })
    }

    /// The process that listens at the other end.
    pub(super) fn peer(&self) -> Option<i32> {
        getsockopt(&self.stream, sockopt::PeerCredentials).ok().map(|peer| peer.pid())
    }

    /// Sends all of the bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write_all(bytes).map_err(late)
    }

    /// Receives some bytes; 0 at the end.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(late)
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// A socket's time limit shows as "would block".
fn late(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}
