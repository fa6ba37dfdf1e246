//! One dump over one netlink socket, with nothing lost in silence.
//!
//! Owns the words "complete" and "refused": a dump is complete when it ended with `NLMSG_DONE` and code 0,
//! no message was marked `NLM_F_DUMP_INTR`, none was undecodable and no datagram was cut off. rtnetlink's own
//! connection logs and drops what it cannot decode, so that it cannot tell; its socket and decoders are used here
//! without it. Must not know what the rows mean.

use std::io;
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::libc;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::TimeVal;
use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN,
};
use rtnetlink::sys::{Socket, SocketAddr};
use zeroize::Zeroizing;

use super::message::{Malformed, Message, Messages, request, u32_at};

/// Twice what the kernel puts into one datagram of a dump.
const DATAGRAM: usize = 64 * 1024;

/// How a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The kernel answered with an error number.
    #[error("the kernel refused: {0}")]
    Refused(io::Error),
    /// No answer within the deadline.
    #[error("the kernel did not answer within {0:?}")]
    Silent(Duration),
    /// The socket failed.
    #[error("netlink: {0}")]
    Socket(#[from] io::Error),
}

impl Fault {
    /// Whether the kernel lacks what was asked for, so that there is none of it.
    pub fn is_unsupported(&self) -> bool {
        let absent = [libc::EOPNOTSUPP, libc::EAFNOSUPPORT, libc::EPROTONOSUPPORT, libc::ENOENT];
        matches!(self, Fault::Refused(error) if error.raw_os_error().is_some_and(|n| absent.contains(&n)))
    }

    /// Whether it was refused for want of a privilege.
    pub fn is_denied(&self) -> bool {
        let error = match self {
            Fault::Refused(error) | Fault::Socket(error) => error,
            Fault::Silent(_) => return false,
        };
        error.kind() == io::ErrorKind::PermissionDenied
    }
}

/// What is wrong with a dump that came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// The kernel said that a change interrupted it (`NLM_F_DUMP_INTR`).
    pub interrupted: bool,
    /// Messages that could not be decoded, and datagrams that were cut off.
    pub undecodable: usize,
}

impl Flaws {
    /// Whether the dump is complete.
    pub fn is_none(self) -> bool {
        self == Flaws::default()
    }
}

/// A netlink socket that asks one thing at a time.
pub struct Asker {
    socket: Socket,
    deadline: Duration,
    strict: Strict,
    sequence: u32,
    // Keys may pass through here: it is wiped when it goes.
    buffer: Zeroizing<Vec<u8>>,
}

/// Whether the kernel checks requests strictly: then it sends no cached routes, but it may refuse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    On,
    Off,
}

impl Asker {
    /// Opens a socket of a netlink protocol; every answer is waited for at most `deadline`.
    pub fn open(protocol: isize, deadline: Duration) -> io::Result<Asker> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        set_receive_timeout(&socket, deadline)?;
        let strict = if socket.set_netlink_get_strict_chk(true).is_ok() { Strict::On } else { Strict::Off };
        let buffer = Zeroizing::new(vec![0; DATAGRAM]);
        Ok(Asker { socket, deadline, strict, sequence: 0, buffer })
    }

    /// Asks for everything of a kind and hands each message to `each`.
    ///
    /// A request that a strict kernel finds invalid is sent once more without strictness.
    pub fn dump(
        &mut self,
        kind: u16,
        body: &[u8],
        mut each: impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<Flaws, Fault> {
        let outcome = self.ask(kind, NLM_F_DUMP, body, &mut each);
        match outcome {
            Err(Fault::Refused(error)) if self.strict == Strict::On && is_invalid(&error) => {
                self.socket.set_netlink_get_strict_chk(false)?;
                self.strict = Strict::Off;
                self.ask(kind, NLM_F_DUMP, body, &mut each)
            }
            outcome => outcome,
        }
    }

    /// Asks for one thing, with an acknowledgement that ends the answer.
    pub fn get(
        &mut self,
        kind: u16,
        body: &[u8],
        mut each: impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<Flaws, Fault> {
        self.ask(kind, NLM_F_ACK, body, &mut each)
    }

    fn ask(
        &mut self,
        kind: u16,
        flags: u16,
        body: &[u8],
        each: &mut impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<Flaws, Fault> {
        self.sequence += 1;
        let bytes = request(kind, NLM_F_REQUEST | flags, self.sequence, body);
        self.socket.send_to(&bytes, &SocketAddr::new(0, 0), 0)?;
        let mut flaws = Flaws::default();
        loop {
            let received = self.receive()?;
            let datagram = &self.buffer[..received.min(DATAGRAM)];
            flaws.undecodable += usize::from(received > DATAGRAM);
            if read_datagram(datagram, self.sequence, &mut flaws, each)? == Progress::Ended {
                return Ok(flaws);
            }
        }
    }

    fn receive(&mut self) -> Result<usize, Fault> {
        loop {
            match self.socket.recv(&mut &mut self.buffer[..], libc::MSG_TRUNC) {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(Fault::Silent(self.deadline));
                }
                Err(error) => return Err(Fault::Socket(error)),
            }
        }
    }
}

/// Whether more datagrams of the answer will come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Goes,
    Ended,
}

fn read_datagram(
    datagram: &[u8],
    sequence: u32,
    flaws: &mut Flaws,
    each: &mut impl FnMut(&Message<'_>) -> Result<(), Malformed>,
) -> Result<Progress, Fault> {
    for message in Messages(datagram) {
        let Ok(message) = message else {
            flaws.undecodable += 1;
            continue;
        };
        if message.sequence != sequence {
            continue;
        }
        flaws.interrupted |= message.flags & NLM_F_DUMP_INTR != 0;
        match message.kind {
            NLMSG_DONE | NLMSG_ERROR => return end(&message),
            NLMSG_NOOP => {}
            NLMSG_OVERRUN => flaws.undecodable += 1,
            _ => flaws.undecodable += usize::from(each(&message).is_err()),
        }
    }
    Ok(Progress::Goes)
}

/// Reads the error number that ends an answer: 0, or negative.
fn end(message: &Message<'_>) -> Result<Progress, Fault> {
    let code = u32_at(message.body, 0).map_or(0, |code| code as i32);
    if code == 0 {
        return Ok(Progress::Ended);
    }
    Err(Fault::Refused(io::Error::from_raw_os_error(code.saturating_neg())))
}

fn is_invalid(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINVAL)
}

fn set_receive_timeout(socket: &Socket, deadline: Duration) -> io::Result<()> {
    let limit = TimeVal::new(deadline.as_secs() as i64, i64::from(deadline.subsec_micros()));
    Ok(setsockopt(&socket.as_fd(), sockopt::ReceiveTimeout, &limit)?)
}
