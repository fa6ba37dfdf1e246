//! What wg-quick's files say about a tunnel, for the relations of WireGuard.

use ipnet::IpNet;

use crate::evidence::{Evidence, Origin};
use crate::host::{Host, Tunnel};
use crate::net::PublicKey;
use crate::text::Span;
use crate::wgquick::{Peer, WgQuick};

/// The file of a tunnel.
pub(super) fn file<'h>(host: &'h Host<'_>, tunnel: &Tunnel) -> Option<&'h WgQuick> {
    tunnel.file.and_then(|at| host.wg_quick.get(at))
}

fn peers<'h>(host: &'h Host<'_>, tunnel: &Tunnel) -> impl Iterator<Item = (PublicKey, &'h Peer)> {
    let peers = file(host, tunnel).into_iter().flat_map(|file| &file.peers);
    peers.filter_map(|peer| Some((peer.public_key.as_ref()?.value, peer)))
}

/// The prefixes that the file gives to peers, in its order.
pub(super) fn allowed(host: &Host<'_>, tunnel: &Tunnel) -> Vec<(PublicKey, IpNet)> {
    peers(host, tunnel)
        .flat_map(|(key, peer)| peer.allowed_ips.iter().map(move |at| (key, at.value)))
        .collect()
}

/// A line of a file as evidence.
pub(super) fn line(file: &WgQuick, span: Span) -> Evidence {
    let source = &file.source;
    let text = source.line_text(source.line(span.start)).trim().to_owned();
    Evidence { origin: Origin::File, place: file.place(span), text }
}

/// The lines that name a peer's key, one for each `[Peer]` that has it.
pub(super) fn key_lines(host: &Host<'_>, tunnel: &Tunnel, key: &PublicKey) -> Vec<Evidence> {
    let Some(file) = file(host, tunnel) else { return Vec::new() };
    let keys = file.peers.iter().filter_map(|peer| peer.public_key.as_ref());
    keys.filter(|at| at.value == *key).map(|at| line(file, at.span)).collect()
}

/// The lines with a peer's allowed IPs.
pub(super) fn allowed_lines(host: &Host<'_>, tunnel: &Tunnel, key: &PublicKey) -> Vec<Evidence> {
    let Some(file) = file(host, tunnel) else { return Vec::new() };
    let of_peer = peers(host, tunnel).filter(|(known, _)| known == key);
    distinct(of_peer.flat_map(|(_, peer)| &peer.allowed_ips).map(|at| line(file, at.span)))
}

/// The lines that give a prefix to a peer.
pub(super) fn prefix_lines(host: &Host<'_>, tunnel: &Tunnel, prefix: IpNet) -> Vec<Evidence> {
    let Some(file) = file(host, tunnel) else { return Vec::new() };
    let given = file.peers.iter().flat_map(|peer| &peer.allowed_ips).filter(|at| at.value == prefix);
    distinct(given.map(|at| line(file, at.span)))
}

/// Each line once, in order.
fn distinct(lines: impl Iterator<Item = Evidence>) -> Vec<Evidence> {
    let mut seen: Vec<Evidence> = Vec::new();
    for line in lines {
        if !seen.contains(&line) {
            seen.push(line);
        }
    }
    seen
}
