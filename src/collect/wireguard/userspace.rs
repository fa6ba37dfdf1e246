//! Userspace WireGuard devices (wireguard-go, boringtun), asked over their configuration sockets.
//!
//! Owns the line protocol (`get=1`). The private key is turned into the public one on the spot and wiped.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use zeroize::Zeroizing;

use super::gap;
use crate::collect::namespace::{Namespace, processes};
use crate::collect::root::{Held, Root};
use crate::collect::stream::Stream;
use crate::net::PublicKey;
use crate::snapshot::{Device, Gap, Implementation, Peer};

/// Where the daemons put their sockets.
const DIRECTORY: &str = "/var/run/wireguard";
/// The longest line by far is an endpoint or a key.
const LINE: usize = 4 * 1024;
/// A million prefixes are less.
const LARGEST: usize = 64 << 20;

/// Why a device's answer could not be had.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("its socket is answered by a process of another network namespace")]
    Foreign,
    #[error("the daemon answered `errno={0}`")]
    Refused(String),
    #[error("the daemon's answer ends early or is no answer to `get=1`")]
    Garbled,
}

/// The file systems in which a daemon of this network namespace may have put its socket: our own first, then those of
/// processes that live in this network namespace but in another mount namespace.
pub(super) fn roots() -> Vec<Root> {
    let mut roots: Vec<Root> = Root::own().into_iter().collect();
    let mut seen: BTreeSet<PathBuf> = std::fs::read_link("/proc/thread-self/ns/mnt").into_iter().collect();
    let Ok(here) = Namespace::current() else { return roots };
    for pid in processes() {
        // Refused for the processes of others, whose sockets would be refused as well.
        let Ok(mounts) = std::fs::read_link(format!("/proc/{pid}/ns/mnt")) else { continue };
        if !seen.contains(&mounts) && Namespace::of_process(pid).is_ok_and(|there| there == here) {
            roots.extend(Root::of_process(pid));
            seen.insert(mounts);
        }
    }
    roots
}

/// Asks the daemon of a device; `None` when there is no socket of its name, so that it is no WireGuard device.
pub(super) fn ask(name: &str, roots: &[Root], deadline: Duration) -> Option<Result<Device, Gap>> {
    let mut foreign = None;
    for root in roots {
        let held = root.hold(&socket_path(name)).map_err(Fault::Socket);
        match held.and_then(|held| ask_socket(name, &held, deadline)) {
            Err(Fault::Socket(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(Fault::Foreign) => foreign = Some(Err(gap_of(name, &Fault::Foreign))),
            outcome => return Some(outcome.map_err(|fault| gap_of(name, &fault))),
        }
    }
    foreign
}

fn socket_path(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(format!("{name}.sock"))
}

fn ask_socket(name: &str, socket: &Held, deadline: Duration) -> Result<Device, Fault> {
    let mut stream = Stream::connect(&socket.path(), deadline)?;
    if is_foreign(&stream) {
        return Err(Fault::Foreign);
    }
    stream.send(b"get=1\n\n")?;
    let mut device = Device { implementation: Some(Implementation::Userspace), ..super::kernel::empty(name) };
    let mut buffer = Zeroizing::new(vec![0; LINE]);
    let (mut filled, mut total) = (0, 0);
    loop {
        match stream.receive(&mut buffer[filled..])? {
            0 => return Err(Fault::Garbled),
            more => (filled, total) = (filled + more, total + more),
        }
        while let Some(end) = buffer[..filled].iter().position(|byte| *byte == b'\n') {
            if let Progress::Ended = read_line(&mut device, &buffer[..end])? {
                // wireguard-go gives its peers in another order each time.
                device.peers.sort_by_key(|peer| peer.public_key);
                return Ok(device);
            }
            buffer.copy_within(end + 1..filled, 0);
            filled -= end + 1;
        }
        if filled == LINE || total > LARGEST {
            return Err(Fault::Garbled);
        }
    }
}

/// Namespaces that share `/run` collide: the socket may belong to a device of the same name elsewhere.
fn is_foreign(stream: &Stream) -> bool {
    let daemon = stream.peer().and_then(|pid| Namespace::of_process(pid).ok());
    daemon.is_some_and(|theirs| Namespace::current().is_ok_and(|ours| ours != theirs))
}

/// Whether more lines of the answer will come.
enum Progress {
    Goes,
    Ended,
}

/// Adds what one line says. `public_key` opens a peer; what follows is about that peer.
fn read_line(device: &mut Device, line: &[u8]) -> Result<Progress, Fault> {
    let line = std::str::from_utf8(line).map_err(|_| Fault::Garbled)?;
    let Some((key, value)) = line.split_once('=') else { return Err(Fault::Garbled) };
    match key {
        "errno" if value == "0" => return Ok(Progress::Ended),
        "errno" => return Err(Fault::Refused(value.to_owned())),
        "private_key" => device.public_key = belonging_to(value)?,
        "listen_port" => device.listen_port = Some(number(value)?).filter(|port| *port != 0),
        "fwmark" => device.fwmark = number(value)?,
        "public_key" => {
            let public_key = PublicKey::from_hex(value).ok_or(Fault::Garbled)?;
            device.peers.push(Peer { public_key, ..unknown_peer() });
        }
        _ => {
            let peer = device.peers.last_mut();
            peer.map_or(Ok(()), |peer| read_peer(peer, key, value))?;
        }
    }
    Ok(Progress::Goes)
}

fn read_peer(peer: &mut Peer, key: &str, value: &str) -> Result<(), Fault> {
    match key {
        "preshared_key" => peer.preshared = value.bytes().any(|digit| digit != b'0'),
        "endpoint" => peer.endpoint = Some(endpoint(value)?),
        "last_handshake_time_sec" => {
            peer.latest_handshake = Some(number(value)?).filter(|seconds| *seconds != 0);
        }
        "rx_bytes" => peer.received = number(value)?,
        "tx_bytes" => peer.sent = number(value)?,
        "persistent_keepalive_interval" => peer.keepalive = Some(number(value)?).filter(|s| *s != 0),
        "allowed_ip" => peer.allowed_ips.push(number(value)?),
        _ => {}
    }
    Ok(())
}

/// The text is not repeated in the error: what does not parse might be any line.
fn number<T: FromStr>(value: &str) -> Result<T, Fault> {
    value.parse().map_err(|_| Fault::Garbled)
}

/// A link-local endpoint may name its link, for which a socket address has no room.
fn endpoint(value: &str) -> Result<SocketAddr, Fault> {
    let without_zone = || {
        let (host, rest) = value.split_once('%')?;
        Some(format!("{host}{}", &rest[rest.find(']')?..]))
    };
    value.parse().or_else(|_| number(&without_zone().ok_or(Fault::Garbled)?))
}

/// The public key of a private one; none for the key of zeroes, which stands for no key.
fn belonging_to(private: &str) -> Result<Option<PublicKey>, Fault> {
    let mut secret = Zeroizing::new([0; 32]);
    if private.len() != 64 || !private.is_ascii() {
        return Err(Fault::Garbled);
    }
    for (byte, digits) in secret.iter_mut().zip(0..) {
        let pair = &private[2 * digits..2 * digits + 2];
        *byte = u8::from_str_radix(pair, 16).map_err(|_| Fault::Garbled)?;
    }
    let unset = secret.iter().all(|byte| *byte == 0);
    let public = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*secret));
    Ok((!unset).then(|| PublicKey(public.to_bytes())))
}

/// A peer of which nothing is known yet.
pub(super) fn unknown_peer() -> Peer {
    Peer {
        public_key: PublicKey([0; 32]),
        preshared: false,
        endpoint: None,
        allowed_ips: Vec::new(),
        latest_handshake: None,
        received: 0,
        sent: 0,
        keepalive: None,
    }
}

fn gap_of(name: &str, fault: &Fault) -> Gap {
    let path = socket_path(name);
    let path = path.display();
    let (reason, remedy) = match fault {
        Fault::Socket(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            (format!("the socket `{path}` is open to its daemon's user only"), "run as root".to_owned())
        }
        Fault::Socket(error) if error.kind() == io::ErrorKind::TimedOut => (
            format!("the daemon behind `{path}` does not answer"),
            "restart the daemon of the device".to_owned(),
        ),
        Fault::Socket(error) if error.kind() == io::ErrorKind::ConnectionRefused => (
            format!("nobody listens at `{path}`: the daemon that made it is gone"),
            format!("restart the daemon of the device, or remove `{path}`"),
        ),
        Fault::Foreign => (
            format!("`{name}` cannot be read: {fault}"),
            "run routelint where that daemon's mount namespace is (`nsenter -t PID -n -m`)".to_owned(),
        ),
        Fault::Socket(_) | Fault::Refused(_) | Fault::Garbled => (
            format!("`{name}` cannot be read: {fault}"),
            "restart the daemon of the device, and report its version".to_owned(),
        ),
    };
    gap(name, reason, remedy)
}
