//! What goes over the sockets, and what never comes out.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use routelint::collect::{Options, collect};

use crate::lab::on_node;

/// What may be said to BIRD after `restrict`.
const ALLOWED: [&str; 5] = ["show ", "timeformat iso long ms\n", "configure status\n", "eval ", "restrict\n"];

#[test]
fn only_questions_are_sent() {
    on_node(&["ip", "wg", "wireguard-go", "bird", "birdc", "strace"], |node| {
        crate::wireguard::device(node, "wgs");
        crate::bird::daemon(node);
        let own = std::env::current_exe().unwrap();
        let traced = Command::new("strace")
            .args(["-f", "-q", "-s", "4096", "-o", "/run/trace", "-e", "trace=network,write,writev"])
            .arg(own)
            .args(["--exact", "secrets::the_half_that_is_traced"])
            .env("ROUTELINT_TEST_CHILD", "1")
            .output()
            .unwrap();
        assert!(traced.status.success(), "{}", String::from_utf8_lossy(&traced.stdout));
        let trace = fs::read_to_string("/run/trace").unwrap();
        let requests: BTreeSet<&str> =
            values(&trace, "nlmsg_type=").filter(|kind| *kind != "NLMSG_DONE").collect();
        let sent = trace.lines().filter(|line| line.contains("send") && line.contains("nlmsg_type="));
        let asked: BTreeSet<&str> = sent.flat_map(|line| values(line, "nlmsg_type=")).collect();
        let expected = ["RTM_GETADDR", "RTM_GETLINK", "RTM_GETNEXTHOP", "RTM_GETROUTE", "RTM_GETRULE"];
        assert_eq!(asked, BTreeSet::from(expected), "of {requests:?}");
        said_to_daemons(&trace);
    });
}

/// The words after a mark, up to the next sign.
fn values<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark)
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next())
}

/// Every text that was sent: to WireGuard `get=1`, to BIRD `restrict` and then what shows.
fn said_to_daemons(trace: &str) {
    let sent = trace.lines().filter(|line| line.contains(" sendto(") || line.contains(" write("));
    let texts = sent.filter_map(|line| line.split('"').nth(1)).map(|text| text.replace("\\n", "\n"));
    // The test harness itself prints, in lines that begin otherwise.
    let said: Vec<String> = texts.filter(|text| !text.starts_with('\n') && !text.contains("test ")).collect();
    assert!(said.contains(&"get=1\n\n".to_owned()), "{said:?}");
    let to_bird: Vec<&String> = said.iter().filter(|text| *text != "get=1\n\n").collect();
    let to_bird: Vec<&String> = to_bird.into_iter().filter(|text| text.ends_with('\n')).collect();
    assert_eq!(to_bird.first().map(|text| text.as_str()), Some("restrict\n"), "{said:?}");
    assert!(to_bird.len() > 8, "{to_bird:?}");
    for text in to_bird {
        assert!(ALLOWED.iter().any(|allowed| text.starts_with(allowed)), "{text:?}");
    }
}

/// Started by the test above in a process of its own.
#[test]
fn the_half_that_is_traced() {
    if std::env::var_os("ROUTELINT_TEST_CHILD").is_none() {
        return println!("not by itself: another test starts it");
    }
    collect(&Options::default()).unwrap();
}

#[test]
fn no_key_and_no_password_is_in_what_can_be_printed() {
    on_node(&["ip", "wg", "wireguard-go", "bird", "birdc"], |node| {
        crate::wireguard::device(node, "wgp");
        crate::bird::daemon(node);
        let wg_quick = node.empty("/etc/wireguard");
        let key = |name: &str| fs::read_to_string(format!("/run/keys/{name}")).unwrap().trim().to_owned();
        if wg_quick {
            let text = format!(
                "[Interface]\nPrivateKey = {}\n[Peer]\nPresharedKey={}\nAllowedIPs = ::/0\n",
                key("private"),
                key("shared")
            );
            fs::write("/etc/wireguard/wgp.conf", text).unwrap();
        }
        let snapshot = node.collect();
        assert_eq!((snapshot.wireguard.len(), snapshot.wg_quick.len()), (1, usize::from(wg_quick)));
        let mut printed = format!("{snapshot:?}");
        snapshot.wg_quick.iter().for_each(|file| printed += file.text.as_str());
        snapshot.bird.iter().flat_map(|bird| &bird.files).for_each(|file| printed += file.text.as_str());
        assert!(printed.contains("AllowedIPs = ::/0") || !wg_quick);
        for secret in [key("private"), key("shared"), "hush-hush-hush".to_owned()] {
            assert!(!printed.contains(&secret), "a secret shows");
        }
    });
}
