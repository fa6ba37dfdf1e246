//! `wg show all dump`, or the commands of `wg` that print no secret.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::super::folder::FolderError;
use super::super::{Device, Implementation, Peer, Snapshot, Source};
use super::Reader;
use super::outputs::Output;
use crate::net::PublicKey;

const DUMP: Output = Output::new(Source::Wireguard, "wg-show-all-dump.txt", "wg show all dump");
const ALLOWED_IPS: Output =
    Output::new(Source::Wireguard, "wg-show-all-allowed-ips.txt", "wg show all allowed-ips");

/// A file of `wg show all WORD`: what its columns after the link's name say.
struct Column {
    output: Output,
    /// What is missing where the file is.
    part: &'static str,
    take: fn(&mut Vec<Device>, &[&str]) -> Result<(), String>,
}

/// The commands that print no secret, beside `allowed-ips`, which must come first.
const COLUMNS: [Column; 8] = [
    column("wg-show-all-peers.txt", "wg show all peers", "peers", |devices, row| match row {
        [name, key] => peer(devices, name, key).map(|_| ()),
        _ => Err(columns(2)),
    }),
    column("wg-show-all-public-key.txt", "wg show all public-key", "public keys", |devices, row| match row {
        [name, key] => {
            device(devices, name).public_key = optional(key, key_of)?;
            Ok(())
        }
        _ => Err(columns(2)),
    }),
    column(
        "wg-show-all-listen-port.txt",
        "wg show all listen-port",
        "listen ports",
        |devices, row| match row {
            [name, port] => {
                device(devices, name).listen_port = listen_port(port)?;
                Ok(())
            }
            _ => Err(columns(2)),
        },
    ),
    column("wg-show-all-fwmark.txt", "wg show all fwmark", "marks", |devices, row| match row {
        [name, mark] => {
            device(devices, name).fwmark = fwmark(mark)?;
            Ok(())
        }
        _ => Err(columns(2)),
    }),
    column("wg-show-all-endpoints.txt", "wg show all endpoints", "endpoints", |devices, row| match row {
        [name, key, endpoint] => {
            peer(devices, name, key)?.endpoint = optional(endpoint, endpoint_of)?;
            Ok(())
        }
        _ => Err(columns(3)),
    }),
    column(
        "wg-show-all-latest-handshakes.txt",
        "wg show all latest-handshakes",
        "handshakes",
        |devices, row| match row {
            [name, key, seconds] => {
                peer(devices, name, key)?.latest_handshake = handshake(seconds)?;
                Ok(())
            }
            _ => Err(columns(3)),
        },
    ),
    column("wg-show-all-transfer.txt", "wg show all transfer", "traffic", |devices, row| match row {
        [name, key, received, sent] => {
            let peer = peer(devices, name, key)?;
            (peer.received, peer.sent) = (number(received)?, number(sent)?);
            Ok(())
        }
        _ => Err(columns(4)),
    }),
    column(
        "wg-show-all-persistent-keepalive.txt",
        "wg show all persistent-keepalive",
        "keepalives",
        |devices, row| match row {
            [name, key, seconds] => {
                peer(devices, name, key)?.keepalive = keepalive(seconds)?;
                Ok(())
            }
            _ => Err(columns(3)),
        },
    ),
];

const fn column(
    file: &'static str,
    command: &'static str,
    part: &'static str,
    take: fn(&mut Vec<Device>, &[&str]) -> Result<(), String>,
) -> Column {
    Column { output: Output::new(Source::Wireguard, file, command), part, take }
}

impl Reader<'_> {
    /// WireGuard at run time: from the dump if it is there, whose columns with keys are skipped, else from
    /// the files without secrets.
    pub(super) fn wireguard(&mut self) -> Result<(), FolderError> {
        match self.outputs.has(DUMP.file) {
            true => self.rows(&DUMP, dump_row)?,
            false => self.columns()?,
        }
        note_implementations(&mut self.snapshot);
        Ok(())
    }

    fn columns(&mut self) -> Result<(), FolderError> {
        self.rows(&ALLOWED_IPS, allowed_row)?;
        if !self.outputs.has(ALLOWED_IPS.file) {
            return Ok(());
        }
        for column in &COLUMNS {
            let optional = column.part == "peers";
            match self.outputs.has(column.output.file) {
                true => self.rows(&column.output, column.take)?,
                false if optional => {}
                false => {
                    let gap = column.output.gap(column.part, "is not in the folder");
                    self.snapshot.sources.miss(Source::Wireguard, gap);
                }
            }
        }
        Ok(())
    }

    /// Hands each line's columns to a function. A line is never repeated in an error: it may hold a key.
    fn rows(
        &mut self,
        output: &Output,
        take: fn(&mut Vec<Device>, &[&str]) -> Result<(), String>,
    ) -> Result<(), FolderError> {
        let Some(bytes) = self.outputs.ask(output, &mut self.snapshot.sources)? else { return Ok(()) };
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = std::str::from_utf8(line).unwrap_or("\u{fffd}").trim_end_matches('\r');
            if line.is_empty() {
                continue;
            }
            let row: Vec<&str> = line.split('\t').collect();
            let place = format!(":{}", at + 1);
            take(&mut self.snapshot.wireguard, &row)
                .map_err(|problem| self.outputs.broken(output, &place, problem))?;
        }
        Ok(())
    }
}

/// A device of the kernel's kind is the kernel's; one behind a tun is a daemon's.
fn note_implementations(snapshot: &mut Snapshot) {
    for device in &mut snapshot.wireguard {
        let link = snapshot.links.iter().find(|link| link.name == device.name);
        device.implementation = match link.and_then(|link| link.kind.as_deref()) {
            Some("wireguard") => Some(Implementation::Kernel),
            Some("tun") => Some(Implementation::Userspace),
            _ => None,
        };
    }
}

/// A line of the dump: a device with its private key, or a peer with its preshared key.
fn dump_row(devices: &mut Vec<Device>, row: &[&str]) -> Result<(), String> {
    match row {
        [name, _private, public, port, mark] => {
            let device = device(devices, name);
            device.public_key = optional(public, key_of)?;
            device.listen_port = listen_port(port)?;
            device.fwmark = fwmark(mark)?;
        }
        [name, key, preshared, endpoint, allowed, handshake, received, sent, keepalive] => {
            let peer = peer(devices, name, key)?;
            peer.preshared = *preshared != "(none)";
            peer.endpoint = optional(endpoint, endpoint_of)?;
            peer.allowed_ips = allowed_ips(allowed)?;
            peer.latest_handshake = self::handshake(handshake)?;
            (peer.received, peer.sent) = (number(received)?, number(sent)?);
            peer.keepalive = self::keepalive(keepalive)?;
        }
        _ => return Err("neither 5 columns (a device) nor 9 (a peer), separated by tabs".to_owned()),
    }
    Ok(())
}

fn allowed_row(devices: &mut Vec<Device>, row: &[&str]) -> Result<(), String> {
    match row {
        [name, key, allowed] => {
            peer(devices, name, key)?.allowed_ips = allowed_ips(allowed)?;
            Ok(())
        }
        _ => Err(columns(3)),
    }
}

fn columns(count: usize) -> String {
    format!("not {count} columns, separated by tabs")
}

fn device<'d>(devices: &'d mut Vec<Device>, name: &str) -> &'d mut Device {
    let at = devices.iter().position(|device| device.name == name).unwrap_or_else(|| {
        devices.push(Device {
            name: name.to_owned(),
            implementation: None,
            public_key: None,
            listen_port: None,
            fwmark: 0,
            peers: Vec::new(),
        });
        devices.len() - 1
    });
    &mut devices[at]
}

fn peer<'d>(devices: &'d mut Vec<Device>, name: &str, key: &str) -> Result<&'d mut Peer, String> {
    let public_key = key_of(key)?;
    let peers = &mut device(devices, name).peers;
    let at = peers.iter().position(|peer| peer.public_key == public_key).unwrap_or_else(|| {
        peers.push(Peer {
            public_key,
            preshared: false,
            endpoint: None,
            allowed_ips: Vec::new(),
            latest_handshake: None,
            received: 0,
            sent: 0,
            keepalive: None,
        });
        peers.len() - 1
    });
    Ok(&mut peers[at])
}

/// A value, or none for `(none)`.
fn optional<T>(word: &str, read: fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if word == "(none)" { Ok(None) } else { read(word).map(Some) }
}

fn key_of(word: &str) -> Result<PublicKey, String> {
    word.parse().map_err(|problem| format!("a public key is {problem}"))
}

/// An endpoint; the zone of a link-local one is left out.
fn endpoint_of(word: &str) -> Result<SocketAddr, String> {
    let without_zone = match (word.find('%'), word.find(']')) {
        (Some(zone), Some(end)) if zone < end => word[..zone].to_owned() + &word[end..],
        _ => word.to_owned(),
    };
    without_zone.parse().map_err(|_| "an endpoint is no address with a port".to_owned())
}

/// Prefixes between commas (the dump) or blanks (`allowed-ips`).
fn allowed_ips(word: &str) -> Result<Vec<IpNet>, String> {
    let words = word.split([',', ' ']).filter(|word| !word.is_empty() && *word != "(none)");
    words.map(|word| word.parse().map_err(|_| "an allowed IP is no prefix".to_owned())).collect()
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| "a column is no number where one is expected".to_owned())
}

fn listen_port(word: &str) -> Result<Option<u16>, String> {
    number(word).map(|port: u16| (port != 0).then_some(port))
}

fn fwmark(word: &str) -> Result<u32, String> {
    match word.strip_prefix("0x") {
        _ if word == "off" => Ok(0),
        Some(hex) => u32::from_str_radix(hex, 16).map_err(|_| "a mark is no number".to_owned()),
        None => number(word),
    }
}

fn handshake(word: &str) -> Result<Option<i64>, String> {
    number(word).map(|seconds: i64| (seconds != 0).then_some(seconds))
}

fn keepalive(word: &str) -> Result<Option<u16>, String> {
    if word == "off" { Ok(None) } else { number(word).map(Some) }
}
