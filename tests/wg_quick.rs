//! wg-quick's files: the reader against wg-quick itself, and its notion of an inverse against the kernel.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::process::Command;

use routelint::snapshot::{Snapshot, WgQuickFile, folder};
use routelint::text::Blanked;
use routelint::wgquick::{self, Effect, Host, Table, WgQuick, When};

fn read(text: &str) -> WgQuick {
    let text = Blanked::wg_quick(text);
    wgquick::read(&WgQuickFile { interface: "wg0".into(), path: "wg0.conf".into(), text })
}

const KEYS: [&str; 3] = [
    "jpZSc/QqDEeBT/lYMbm9RW4XK13iWDJ/Q6cy9b2A4B4=",
    "1etuv9o+ySImlXXL7gApLUQ2uv9lfcFwC2rULqFOLCE=",
    "0nvq4fMdFuGs4CR2Cn6f6O5l/mpu2tO2skPFT+ZiU0w=",
];

#[test]
fn every_key_is_read_with_its_place() {
    let file = read(&format!(
        "[interface]\n  address = 10.0.0.1/24, fd00::1 # both\nADDRESS=fd00::2/64\nListenPort = 51820\nFwMark = 0xca6c\n\
         Table = 300\nMTU=1380\nDNS = 9.9.9.9, mesh.example\nSaveConfig = True\nPrivateKey = abc\n\n\
         # us-02\n[Peer]\nPublicKey = {}\nAllowed IPs = 10.1.0.0/16,fd01::1\nAllowedIPs = 10.2.0.9/16\n\
         Endpoint = [2001:db8::1]:51820\nPersistentKeepalive = 25\nPresharedKey = abc\n\
         [Peer]\n# Name = us-03\nPublicKey = {}\nEndpoint = vpn.example.net:1\nPersistentKeepalive = off\n",
        KEYS[0], KEYS[1]
    ));
    assert_eq!(file.mistakes, []);
    let interface = &file.interface;
    let addresses: Vec<_> =
        interface.addresses.iter().map(|at| (at.value.to_string(), file.place(at.span))).collect();
    let expected = [("10.0.0.1/24", 2), ("fd00::1/128", 2), ("fd00::2/64", 3)];
    assert_eq!(addresses, expected.map(|(address, line)| (address.to_owned(), format!("wg0.conf:{line}"))));
    assert_eq!(&file.source.text[interface.addresses[1].span.range()], "fd00::1");
    assert_eq!(interface.listen_port.as_ref().unwrap().value, 51820);
    assert_eq!(interface.fwmark.as_ref().unwrap().value, 51820);
    assert_eq!(interface.mtu.as_ref().unwrap().value, 1380);
    assert!(interface.save_config.as_ref().unwrap().value);
    assert_eq!(interface.dns.len(), 2);
    assert_eq!(file.table(), Table::Id(routelint::net::TableId(300)));
    let [first, second] = &file.peers[..] else { panic!("{:?}", file.peers) };
    assert_eq!(first.name.as_ref().unwrap().value, "us-02");
    assert_eq!(second.name.as_ref().unwrap().value, "us-03");
    let allowed: Vec<_> = first.allowed_ips.iter().map(|at| at.value.to_string()).collect();
    assert_eq!(allowed, ["10.1.0.0/16", "fd01::1/128", "10.2.0.0/16"]);
    assert!(first.preshared && !second.preshared);
    assert_eq!(first.endpoint.as_ref().unwrap().value.host, Host::Address("2001:db8::1".parse().unwrap()));
    assert_eq!(second.endpoint.as_ref().unwrap().value.host, Host::Name("vpn.example.net".into()));
    assert_eq!(first.keepalive.as_ref().unwrap().value, 25);
    assert_eq!(second.keepalive.as_ref().unwrap().value, 0);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let file = read(
        "MTU = 1\n[Interface]\nAdress = 10.0.0.1\nListenPort = 70000\nhello\n[Peers]\n[Peer]\nEndpoint = 10.0.0.1\n\
         AllowedIPs = 10.0.0.0/33, 10.0.0.0/8\nAddress = 10.0.0.1\n",
    );
    let told: Vec<String> =
        file.mistakes.iter().map(|m| format!("{}: {}", file.source.line(m.span.start), m.message)).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(file.peers[0].allowed_ips.len(), 1);
}

#[test]
fn shell_lines_are_split_and_read_as_far_as_they_go() {
    let file = read(
        "[Interface]\nPostUp = ip -6 route add fd01::/48 dev %i; /sbin/ip ro a 10.0.0.0/8 dev wg0 metric 5 2>/dev/null || true\n\
         PostUp = sudo ip rule add not fwmark 51820 table 51820 && sysctl -w net.ipv4.ip_forward=1\n\
         PostUp = if true; then ip route add 10.9.0.0/16 dev wg0; fi; ip link set mtu 1400 dev wg0\n\
         PostUp = ip route add $NET dev wg0 | tee 'a; b'; ip -n other route add 10.0.0.0/8 dev x; ip route show > /tmp/x\n\
         PostUp = /usr/local/bin/routes up %i\nPostUp = ip a a 10.0.0.1/24 dev %i\n",
    );
    let told: Vec<String> = file
        .up_commands()
        .iter()
        .map(|command| {
            let effect = match &command.effect {
                Effect::Route(_) => "route",
                Effect::Rule(_) => "rule",
                Effect::Address(_) => "address",
                Effect::None => "none",
                Effect::Unseen => "unseen",
            };
            let when = if command.when == When::Otherwise { " (otherwise)" } else { "" };
            format!("{effect}{when}: {} | {}", command.text, &file.source.text[command.span.range()])
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// Runs a script in namespaces of its own, where root, `unshare` and wg-quick are there.
fn in_namespace(script: &str) -> Option<String> {
    let run = |script: &str| {
        let namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
        Command::new("unshare").args(namespaces).args(["bash", "-ec", script]).output()
    };
    let needed = "ip link set lo up; type wg-quick wireguard-go mount";
    let able = run(needed).is_ok_and(|output| output.status.success());
    if !able {
        eprintln!("skipped: needs root, unshare, ip, wg-quick and wireguard-go");
        return None;
    }
    let output = run(script).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Pairs of an addition and a deletion: the kernel tells which deletion deletes.
const PAIRS: [(&str, &str); 24] = [
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48 dev wg0"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48 metric 1024"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48 metric 5"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48 dev lo"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/49 dev wg0"),
    ("ip -6 route add fd01::/48 dev wg0", "ip route del fd01::/48 dev wg0"),
    ("ip -6 route add fd01::/48 dev wg0 table 7", "ip -6 route del fd01::/48 dev wg0"),
    ("ip -6 route add fd01::/48 dev wg0 table 7", "ip -6 route del fd01::/48 dev wg0 table 7"),
    ("ip -6 route add fd01::/48 dev wg0 proto 77", "ip -6 route del fd01::/48 dev wg0 proto 77"),
    ("ip -6 route add fd01::/48 dev wg0", "ip -6 route del fd01::/48 proto static"),
    ("ip -6 route add unreachable fd01::/48", "ip -6 route del fd01::/48"),
    ("ip -6 route add unreachable fd01::/48", "ip -6 route del blackhole fd01::/48"),
    ("ip -6 route add default dev wg0", "ip -6 route del ::/0 dev wg0"),
    ("ip route add default dev wg0", "ip route del default"),
    ("ip route add 10.1.0.0/16 dev wg0", "ip route del 10.1.0.0/16 metric 0"),
    ("ip route add 10.1.0.0/16 dev wg0 metric 5", "ip route del 10.1.0.0/16"),
    ("ip route add 10.1.0.0/16 dev wg0 metric 5", "ip route del 10.1.0.0/16 metric 6"),
    ("ip route add unreachable 10.1.0.0/16", "ip route del blackhole 10.1.0.0/16"),
    ("ip route add local 10.1.0.0/16 dev lo", "ip route del local 10.1.0.0/16 dev lo"),
    ("ip route add local 10.1.0.0/16 dev lo", "ip route del 10.1.0.0/16"),
    ("ip rule add fwmark 5 table 9", "ip rule del fwmark 5 table 9"),
    ("ip rule add not fwmark 5 table 9 pref 50", "ip rule del fwmark 5"),
    ("ip rule add to 10.0.0.0/8 table 9", "ip rule del to 10.0.0.0/8 table 10"),
];

#[test]
fn an_inverse_is_what_the_kernel_takes_for_one() {
    let mut script =
        "count() { for f in -4 -6; do ip $f route show table all; ip $f rule; done | wc -l; }; export -f count\n".to_owned();
    for (add, delete) in PAIRS {
        script += &format!(
            "unshare --net bash -ec 'ip link set lo up; ip link add wg0 type veth peer name other; \
             ip link set wg0 up addrgenmode none; before=$(count); {add}; [ $(count) != $before ]; \
             {delete} 2>/dev/null || true; [ $(count) = $before ] && echo inverse || echo not'\n",
        );
    }
    let Some(told) = in_namespace(&script) else { return };
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told.len(), PAIRS.len());
    for ((add, delete), told) in PAIRS.into_iter().zip(told) {
        let file = read(&format!("[Interface]\nPostUp = {add}\nPostDown = {delete}\n"));
        let [addition] = &file.additions()[..] else { panic!("{add}") };
        assert_eq!(
            addition.undo.inverse.is_some(),
            told == "inverse",
            "{add} / {delete}: the kernel says {told}"
        );
    }
}

/// Files whose own routes and rules wg-quick itself adds in a namespace.
fn confs() -> Vec<String> {
    let interface = |rest: &str| format!("[Interface]\nPrivateKey = {}\n{rest}\n", KEYS[0]);
    let peer =
        |key: usize, allowed: &str| format!("[Peer]\nPublicKey = {}\nAllowedIPs = {allowed}\n", KEYS[key]);
    vec![
        interface("Address = 10.5.0.1/24, fd05::1/64")
            + &peer(1, "10.5.0.2/32, 10.6.0.0/16, fd05::2/128, fd06::/48"),
        interface("Address = 10.5.0.1/32\nTable = off") + &peer(1, "10.6.0.0/16"),
        interface("Address = 10.5.0.1/32\nTable = 300") + &peer(1, "10.6.0.0/16, fd06::/48, ::/0"),
        interface("Address = fd05::1/128")
            + &peer(1, "fd06::/48")
            + &peer(2, "fd06::/48, fd05::1/128, fd06:0:0:1::/64"),
    ]
}

#[test]
fn wg_quick_adds_by_itself_what_is_told() {
    for conf in confs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wg0.conf");
        fs::write(&path, &conf).unwrap();
        let script = format!(
            "mount -t tmpfs tmpfs /run; mkdir -p /run/wireguard; ip link set lo up; \
             wg-quick up {} >/dev/null 2>&1; \
             for f in -4 -6; do ip $f -d route show table all | grep 'dev wg0' | grep 'proto boot' || true; done",
            path.display()
        );
        let Some(told) = in_namespace(&script) else { return };
        let mut told: Vec<String> = told
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let table = words.iter().position(|word| *word == "table").map(|at| words[at + 1]);
                format!("{} {}", words[1], table.unwrap())
            })
            .collect();
        told.sort();
        let mut ours: Vec<String> = read(&conf)
            .automatic()
            .routes
            .iter()
            .map(|route| {
                let dst = route.value.dst;
                let whole = dst.prefix_len() == dst.max_prefix_len();
                let dst = match dst.prefix_len() {
                    0 => "default".to_owned(),
                    _ if whole => dst.addr().to_string(),
                    _ => dst.to_string(),
                };
                let wgquick::TableName::Id(table) = &route.value.table else { panic!() };
                format!("{dst} {table}")
            })
            .collect();
        ours.sort();
        assert_eq!(ours, told, "{conf}");
    }
}

/// The wg-quick files of the recorded meshes.
fn recorded() -> Option<Vec<(String, WgQuick)>> {
    let Ok(entries) = fs::read_dir("../shared/captures") else {
        eprintln!("skipped: ../shared/captures is not here");
        return None;
    };
    let captures = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let nodes = captures.flat_map(|capture| folder::nodes(&capture).unwrap());
    let files = nodes.map(|node| {
        let snapshot: Snapshot = folder::read(&node).unwrap();
        (node.display().to_string(), wgquick::read(&snapshot.wg_quick[0]))
    });
    Some(files.collect())
}

#[test]
fn recorded_files_are_read_whole() {
    let Some(files) = recorded() else { return };
    for (node, file) in &files {
        assert_eq!(file.mistakes, [], "{node}");
        assert!(file.peers.iter().all(|peer| peer.name.is_some()), "{node}");
        // The files are made by a script: its deletion repeats the addition with another verb.
        for addition in file.additions() {
            let deletion = addition.command.text.replace(" add ", " del ").replace("wg0", "%i");
            let stands = file.interface.post_down.iter().any(|hook| hook.value.starts_with(&deletion));
            assert_eq!(addition.undo.inverse.is_some(), stands, "{node}: {}", addition.command.text);
            assert!(addition.undo.unseen.is_none(), "{node}");
        }
        assert!(!file.additions().is_empty(), "{node}");
    }
}
