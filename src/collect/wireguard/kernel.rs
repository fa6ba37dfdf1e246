//! The kernel's WireGuard devices (`WG_CMD_GET_DEVICE`), read in place.
//!
//! Owns the attributes of `linux/wireguard.h`. The attribute of the private key is never looked at.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use ipnet::IpNet;
use rtnetlink::sys::protocols::NETLINK_GENERIC;

use super::gap;
use crate::collect::netlink::message::{
    Attribute, Attributes, Malformed, Message, address, push_attribute, u16_at, u32_at, u64_at,
};
use crate::collect::netlink::socket::{Asker, Fault};
use crate::net::PublicKey;
use crate::snapshot::{Device, Gap, Implementation, Peer};

/// The length of `struct genlmsghdr`.
const GENERIC_HEADER: usize = 4;
/// The family that knows the others' numbers, its command to ask and the attributes of question and answer.
const CONTROLLER: u16 = 16;
const GET_FAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
/// The only command of WireGuard's family that is ever sent.
const GET_DEVICE: u8 = 0;

const WGDEVICE_A_IFNAME: u16 = 2;
const WGDEVICE_A_PUBLIC_KEY: u16 = 4;
const WGDEVICE_A_LISTEN_PORT: u16 = 6;
const WGDEVICE_A_FWMARK: u16 = 7;
const WGDEVICE_A_PEERS: u16 = 8;

const WGPEER_A_PUBLIC_KEY: u16 = 1;
const WGPEER_A_PRESHARED_KEY: u16 = 2;
const WGPEER_A_ENDPOINT: u16 = 4;
const WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL: u16 = 5;
const WGPEER_A_LAST_HANDSHAKE_TIME: u16 = 6;
const WGPEER_A_RX_BYTES: u16 = 7;
const WGPEER_A_TX_BYTES: u16 = 8;
const WGPEER_A_ALLOWEDIPS: u16 = 9;

const WGALLOWEDIP_A_IPADDR: u16 = 2;
const WGALLOWEDIP_A_CIDR_MASK: u16 = 3;

/// Asks for each device by name; a gap names the device.
pub(super) fn ask(names: &[&str], deadline: Duration) -> Vec<Result<Device, Gap>> {
    // Without a device the family is not asked for: the question alone would make the kernel load the module.
    if names.is_empty() {
        return Vec::new();
    }
    let opened = Asker::open(NETLINK_GENERIC, deadline).map_err(Fault::Socket);
    let asked = opened.and_then(|mut asker| family(&mut asker).map(|family| (asker, family)));
    match asked {
        Ok((mut asker, family)) => {
            names.iter().map(|name| device(&mut asker, family, name).map_err(|f| gap_of(name, &f))).collect()
        }
        Err(fault) => names.iter().map(|name| Err(gap_of(name, &fault))).collect(),
    }
}

/// The number that generic netlink gave to WireGuard's family.
fn family(asker: &mut Asker) -> Result<u16, Fault> {
    let mut body = vec![GET_FAMILY, 1, 0, 0];
    push_attribute(&mut body, CTRL_ATTR_FAMILY_NAME, b"wireguard\0");
    let mut number = None;
    asker.get(CONTROLLER, &body, |message| {
        for attribute in Attributes::after(message.body, GENERIC_HEADER)? {
            let attribute = attribute?;
            if attribute.kind == CTRL_ATTR_FAMILY_ID {
                number = Some(attribute.u16()?);
            }
        }
        Ok(())
    })?;
    number.ok_or_else(|| std::io::Error::other("no number for WireGuard's family").into())
}

fn device(asker: &mut Asker, family: u16, name: &str) -> Result<Device, Fault> {
    let mut body = vec![GET_DEVICE, 1, 0, 0];
    push_attribute(&mut body, WGDEVICE_A_IFNAME, &[name.as_bytes(), b"\0"].concat());
    // A device that changes during the dump is asked again; what it says then is as true as before.
    for _ in 0..4 {
        let mut device = empty(name);
        let flaws = asker.dump(family, &body, |message| read(&mut device, message))?;
        if flaws.is_none() {
            return Ok(device);
        }
    }
    Err(std::io::Error::other("the device changed each time it was read, or its answer cannot be decoded")
        .into())
}

/// A device of which nothing is known yet.
pub fn empty(name: &str) -> Device {
    Device {
        name: name.to_owned(),
        implementation: Some(Implementation::Kernel),
        public_key: None,
        listen_port: None,
        fwmark: 0,
        peers: Vec::new(),
    }
}

/// Adds what one message of the answer says; a long list of peers or prefixes goes on in the next.
pub fn read(device: &mut Device, message: &Message<'_>) -> Result<(), Malformed> {
    for attribute in Attributes::after(message.body, GENERIC_HEADER)? {
        let attribute = attribute?;
        match attribute.kind {
            WGDEVICE_A_PUBLIC_KEY => device.public_key = Some(public_key(&attribute)?),
            // A port is chosen when the device first goes up.
            WGDEVICE_A_LISTEN_PORT => device.listen_port = Some(attribute.u16()?).filter(|port| *port != 0),
            WGDEVICE_A_FWMARK => device.fwmark = attribute.u32()?,
            WGDEVICE_A_PEERS => attribute.nested().try_for_each(|one| merge(device, peer(&one?)?))?,
            _ => {}
        }
    }
    Ok(())
}

/// A peer that goes on has the key of the one before, and nothing but more prefixes.
fn merge(device: &mut Device, peer: Peer) -> Result<(), Malformed> {
    match device.peers.last_mut() {
        Some(last) if last.public_key == peer.public_key => last.allowed_ips.extend(peer.allowed_ips),
        _ => device.peers.push(peer),
    }
    Ok(())
}

fn peer(attribute: &Attribute<'_>) -> Result<Peer, Malformed> {
    let mut peer = None;
    for part in attribute.nested() {
        let part = part?;
        if part.kind == WGPEER_A_PUBLIC_KEY {
            peer = Some(Peer { public_key: public_key(&part)?, ..super::userspace::unknown_peer() });
        }
    }
    let mut peer = peer.ok_or(Malformed)?;
    attribute.nested().try_for_each(|part| read_peer(&mut peer, &part?))?;
    Ok(peer)
}

fn read_peer(peer: &mut Peer, part: &Attribute<'_>) -> Result<(), Malformed> {
    match part.kind {
        WGPEER_A_PRESHARED_KEY => peer.preshared = part.value.iter().any(|byte| *byte != 0),
        WGPEER_A_ENDPOINT => peer.endpoint = Some(endpoint(part.value)?),
        WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL => peer.keepalive = Some(part.u16()?).filter(|s| *s != 0),
        WGPEER_A_LAST_HANDSHAKE_TIME => {
            let seconds = u64_at(part.value, 0)? as i64;
            peer.latest_handshake = Some(seconds).filter(|seconds| *seconds != 0);
        }
        WGPEER_A_RX_BYTES => peer.received = part.u64()?,
        WGPEER_A_TX_BYTES => peer.sent = part.u64()?,
        WGPEER_A_ALLOWEDIPS => {
            let prefixes = part.nested().map(|one| allowed_ip(&one?));
            peer.allowed_ips = prefixes.collect::<Result<_, _>>()?;
        }
        _ => {}
    }
    Ok(())
}

fn public_key(attribute: &Attribute<'_>) -> Result<PublicKey, Malformed> {
    attribute.value.try_into().map(PublicKey).map_err(|_| Malformed)
}

fn allowed_ip(attribute: &Attribute<'_>) -> Result<IpNet, Malformed> {
    let (mut network, mut length) = (None, None);
    for part in attribute.nested() {
        let part = part?;
        match part.kind {
            WGALLOWEDIP_A_IPADDR => network = Some(part.address()?),
            WGALLOWEDIP_A_CIDR_MASK => length = Some(part.u8()?),
            _ => {}
        }
    }
    let (network, length) = (network.ok_or(Malformed)?, length.ok_or(Malformed)?);
    IpNet::new(network, length).map_err(|_| Malformed)
}

/// `struct sockaddr_in` or `struct sockaddr_in6`.
fn endpoint(value: &[u8]) -> Result<SocketAddr, Malformed> {
    let port = u16::from_be(u16_at(value, 2)?);
    match i32::from(u16_at(value, 0)?) {
        nix::libc::AF_INET => {
            let host = address(value.get(4..8).ok_or(Malformed)?)?;
            Ok(SocketAddr::new(host, port))
        }
        nix::libc::AF_INET6 => {
            let IpAddr::V6(host) = address(value.get(8..24).ok_or(Malformed)?)? else {
                return Err(Malformed);
            };
            Ok(SocketAddrV6::new(host, port, 0, u32_at(value, 24)?).into())
        }
        _ => Err(Malformed),
    }
}

fn gap_of(name: &str, fault: &Fault) -> Gap {
    if fault.is_denied() {
        return gap(
            name,
            format!("the kernel shows the peers of `{name}` only to CAP_NET_ADMIN"),
            "run as root, or grant cap_net_admin: `setcap cap_net_admin+ep $(command -v routelint)`",
        );
    }
    gap(name, format!("`{name}` cannot be read: {fault}"), "run routelint again; `wg show` should work, too")
}
