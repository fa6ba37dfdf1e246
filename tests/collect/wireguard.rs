//! WireGuard devices against what `wg` says, and daemons that do not answer.

use std::fs;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use routelint::collect::netlink::message::Messages;
use routelint::collect::wireguard::kernel;
use routelint::net::PublicKey;
use routelint::snapshot::{Device, Implementation, Source};

use crate::lab::{Node, assert_complete, on_node, only_gap, wait_until};

/// Makes a userspace device with two peers, one of which has a preshared key.
pub(crate) fn device(node: &mut Node, name: &str) -> u32 {
    fs::create_dir_all("/run/keys").unwrap();
    let daemon = node.start(Command::new("wireguard-go").args(["-f", name]));
    wait_until("wireguard-go's socket", || fs::exists(format!("/run/wireguard/{name}.sock")).unwrap());
    for key in ["private", "one", "two"] {
        fs::write(format!("/run/keys/{key}"), node.run("wg genkey")).unwrap();
    }
    fs::write("/run/keys/shared", node.run("wg genpsk")).unwrap();
    let public = |key: &str| {
        let output =
            Command::new("sh").args(["-c", &format!("wg pubkey < /run/keys/{key}")]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    node.run(&format!("wg set {name} private-key /run/keys/private fwmark 0xca6c"));
    node.run(&format!(
        "wg set {name} peer {} preshared-key /run/keys/shared endpoint [fd53::1]:4242 persistent-keepalive 25 \
         allowed-ips fd53:102:1000::/48,10.1.0.0/16,0.0.0.0/0",
        public("one")
    ));
    node.run(&format!(
        "wg set {name} peer {} endpoint 192.0.2.9:51820 allowed-ips fd53:103::/32",
        public("two")
    ));
    daemon
}

#[test]
fn a_userspace_device_is_as_wg_prints_it() {
    on_node(&["ip", "wg", "wireguard-go"], |node| {
        device(node, "wgu");
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::Wireguard);
        let [seen] = snapshot.wireguard.as_slice() else { panic!("{:?}", snapshot.wireguard) };
        assert_eq!(seen.implementation, Some(Implementation::Userspace));
        // The daemon's own order is another each time.
        let mut printed: Vec<String> = node.run("wg show wgu dump").lines().map(public_part).collect();
        printed[1..].sort_by_key(|line| line.split(' ').next().unwrap().parse::<PublicKey>().unwrap());
        assert_eq!(dump(seen), printed.join("\n"));
    });
}

/// A line of `wg show dump` without its keys: of a preshared key only whether there is one.
fn public_part(line: &str) -> String {
    let fields: Vec<&str> = line.split('\t').collect();
    match fields.as_slice() {
        [_private, rest @ ..] if rest.len() == 3 => rest.join(" "),
        [public, shared, rest @ ..] => format!("{public} {} {}", *shared != "(none)", rest.join(" ")),
        short => panic!("{short:?}"),
    }
}

/// A device in the words of `wg show dump`, without its keys.
fn dump(device: &Device) -> String {
    let mark = if device.fwmark == 0 { "off".to_owned() } else { format!("{:#x}", device.fwmark) };
    let public = device.public_key.map_or("(none)".to_owned(), |key| key.to_string());
    let mut lines = vec![format!("{public} {} {mark}", device.listen_port.unwrap_or(0))];
    lines.extend(device.peers.iter().map(|peer| {
        let prefixes: Vec<String> = peer.allowed_ips.iter().map(ToString::to_string).collect();
        format!(
            "{} {} {} {} {} {} {} {}",
            peer.public_key,
            peer.preshared,
            peer.endpoint.map_or("(none)".to_owned(), |endpoint| endpoint.to_string()),
            if prefixes.is_empty() { "(none)".to_owned() } else { prefixes.join(",") },
            peer.latest_handshake.unwrap_or(0),
            peer.received,
            peer.sent,
            peer.keepalive.map_or("off".to_owned(), |seconds| seconds.to_string()),
        )
    }));
    lines.join("\n")
}

#[test]
fn recorded_answers_of_the_kernel_are_as_wg_printed_them() {
    for name in ["plain", "many-allowed-ips", "no-key"] {
        let folder = format!("{}/fixtures/netlink/wireguard", env!("CARGO_MANIFEST_DIR"));
        let recorded = fs::read(format!("{folder}/{name}.nl")).unwrap();
        let printed = fs::read_to_string(format!("{folder}/{name}.dump")).unwrap();
        let mut device = kernel::empty("wg0");
        for message in Messages(&recorded).map(Result::unwrap).filter(|message| message.kind > 16) {
            kernel::read(&mut device, &message).unwrap();
        }
        // Of a link-local endpoint's link only the number is known here: that of `lo`.
        let printed: Vec<String> =
            printed.lines().map(|line| public_part(line).replace("%lo]", "%1]")).collect();
        assert_eq!(dump(&device), printed.join("\n"), "{name}");
    }
}

#[test]
fn recorded_answers_that_are_bent_are_malformed_and_never_a_panic() {
    let path = format!("{}/fixtures/netlink/wireguard/plain.nl", env!("CARGO_MANIFEST_DIR"));
    let recorded = fs::read(path).unwrap();
    for at in 0..recorded.len() {
        for (bent, length) in [(0xff, recorded.len()), (0x01, recorded.len()), (0, at)] {
            let mut bytes = recorded[..length].to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bent;
            }
            let mut device = kernel::empty("wg0");
            Messages(&bytes).flatten().for_each(|message| {
                let _ = kernel::read(&mut device, &message);
            });
        }
    }
}

#[test]
fn a_daemon_that_hangs_is_a_gap_and_the_rest_goes_on() {
    on_node(&["ip", "wg", "wireguard-go"], |node| {
        let daemon = device(node, "hung");
        device(node, "wgu");
        node.ip("tuntap add mode tun gone\ntuntap add mode tun plain");
        // One daemon stands still; of another only the socket is left.
        node.run(&format!("kill -STOP {daemon}"));
        drop(UnixListener::bind("/run/wireguard/gone.sock").unwrap());
        let begun = Instant::now();
        let snapshot = node.collect();
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        let gaps = snapshot.sources.gaps(Source::Wireguard);
        let parts: Vec<&str> = gaps.iter().map(|gap| gap.part.as_str()).collect();
        assert_eq!(parts, ["gone", "hung"]);
        assert!(gaps[1].why.reason.contains("does not answer"), "{gaps:?}");
        assert!(gaps[0].why.reason.contains("is gone"), "{gaps:?}");
        assert_eq!(snapshot.wireguard.len(), 1);
    });
}

#[test]
fn a_socket_of_another_namespace_is_not_believed() {
    on_node(&["ip", "wg", "wireguard-go"], |node| {
        device(node, "wgu");
        // The daemon's device stays here; a link of the same name stands elsewhere, and both share `/run`.
        node.ip("netns add other\n-n other tuntap add mode tun wgu");
        let options = routelint::collect::Options { netns: Some("other".to_owned()), ..Default::default() };
        let snapshot = routelint::collect::collect(&options).unwrap();
        let gap = only_gap(&snapshot, Source::Wireguard);
        assert!(gap.why.reason.contains("another network namespace"), "{gap:?}");
        assert!(snapshot.wireguard.is_empty());
    });
}

#[test]
fn a_socket_in_the_daemons_own_mount_namespace_is_found() {
    on_node(&["ip", "wireguard-go", "unshare"], |node| {
        let start = "mount -t tmpfs none /run && exec wireguard-go -f wgm";
        node.start(Command::new("unshare").args(["-m", "sh", "-c", start]));
        wait_until("the device", || node.ip_json("link").iter().any(|link| link["ifname"] == "wgm"));
        wait_until("the answer", || !node.collect().wireguard.is_empty());
        assert!(!fs::exists("/run/wireguard/wgm.sock").unwrap());
        assert_complete(&node.collect(), Source::Wireguard);
    });
}
