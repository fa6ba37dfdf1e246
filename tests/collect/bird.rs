//! BIRD's files and control socket, with the real daemon.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use routelint::snapshot::{BirdDaemon, Snapshot, Source};

use crate::lab::{Node, assert_complete, on_node, only_gap, wait_until};

const MAIN: &str = "router id 192.0.2.1;
include \"parts/*.conf\";
include \"*/deeper/one-[!a-c].conf\";
/* a comment that goes on
include \"no-such-file-1.conf\";
*/
log \"/run/bird/log\" all; # /* no comment
protocol device {}
protocol kernel kernel4 { ipv4 { export all; }; }
protocol kernel 'kernel-6' { ipv6 { export all; }; }
protocol static own { ipv6; route fd53:101::/32 unreachable; }
protocol bgp far {
include \"deeper/session.conf\";
}
";
const SESSION: &str = "  local as 4200000001; neighbor fd53::2 as 4200000002; multihop;
  password SECRET;
  ipv6 { import none; export none; };
";

/// Starts the daemon with files of its own.
pub(crate) fn daemon(node: &mut Node) -> u32 {
    fs::create_dir_all("/run/bird/parts/deeper").unwrap();
    fs::create_dir_all("/run/bird/deeper").unwrap();
    fs::write("/run/bird/t.conf", MAIN).unwrap();
    fs::write("/run/bird/parts/b.conf", "define SECOND = 2;\ninclude \"deeper/*.none\";\n").unwrap();
    fs::write("/run/bird/parts/a.conf", "define SECRET = \"hush-hush-hush\";\n").unwrap();
    fs::write("/run/bird/parts/.hidden.conf", "broken").unwrap();
    fs::write("/run/bird/deeper/session.conf", SESSION).unwrap();
    for letter in ["a", "d"] {
        fs::write(format!("/run/bird/parts/deeper/one-{letter}.conf"), format!("define {letter} = 1;"))
            .unwrap();
    }
    let pid = node.start(Command::new("bird").args(["-f", "-c", "/run/bird/t.conf", "-s/run/bird/t.ctl"]));
    wait_until("BIRD's socket", || Path::new("/run/bird/t.ctl").exists());
    wait_until("BIRD's answer", || {
        Command::new("birdc")
            .args(["-s", "/run/bird/t.ctl", "show", "status"])
            .output()
            .is_ok_and(|o| o.status.success())
    });
    pid
}

fn only_daemon(snapshot: &Snapshot) -> &BirdDaemon {
    match snapshot.bird.as_slice() {
        [daemon] => daemon,
        daemons => panic!("not one daemon: {daemons:?}"),
    }
}

#[test]
fn the_files_are_read_with_everything_that_they_include() {
    on_node(&["ip", "bird", "birdc"], |node| {
        daemon(node);
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::BirdConfig);
        let daemon = only_daemon(&snapshot);
        assert_eq!((daemon.name.as_str(), daemon.running), ("bird", Some(true)));
        let files =
            ["t.conf", "parts/a.conf", "parts/b.conf", "parts/deeper/one-d.conf", "deeper/session.conf"];
        let paths: Vec<&str> = daemon.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, files.map(|file| format!("/run/bird/{file}")));
        for file in &daemon.files {
            let whole = fs::read_to_string(&file.path).unwrap();
            assert_eq!(
                file.text.as_str().replace("(blanked)", "hush-hush-hush").replace('"', ""),
                whole.replace('"', "")
            );
            assert!(!file.text.as_str().contains("hush"));
            assert!(file.modified.is_some());
        }
    });
}

#[test]
fn the_answers_are_as_birdc_prints_them() {
    on_node(&["ip", "bird", "birdc"], |node| {
        daemon(node);
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::BirdSocket);
        let daemon = only_daemon(&snapshot);
        let client = node.run("birdc -r -s /run/bird/t.ctl show interfaces");
        let version = client.lines().next().unwrap();
        assert_eq!(version, format!("BIRD {} ready.", daemon.version.as_deref().unwrap()));
        for command in
            ["show interfaces", "show route all", "show symbols table", "show route export 'kernel-6'"]
        {
            let printed = node.run(&format!("birdc -r -s /run/bird/t.ctl {command}"));
            // The client greets in two lines of its own.
            let printed = printed.lines().skip(2).collect::<Vec<_>>().join("\n");
            let answer = daemon.answers.iter().find(|answer| answer.command == command);
            let text = &answer.unwrap_or_else(|| panic!("no `{command}`")).text;
            assert_eq!(without_date(node, text).trim_end(), printed.trim_end());
        }
        let commands: Vec<&str> = daemon.answers.iter().map(|answer| answer.command.as_str()).collect();
        assert!(commands.contains(&"show route export kernel4"), "{commands:?}");
    });
}

/// Times as the client has them: the collector asks for the date as well, where the daemon can give it.
fn without_date(node: &Node, text: &str) -> String {
    text.replace(&format!("{} ", node.run("date +%F").trim()), "")
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    on_node(&["ip", "bird", "birdc"], |node| {
        daemon(node);
        let session = SESSION.to_owned()
            + "include \"../absent.conf\";\ninclude \"../nowhere/*.conf\";\ninclude \"session.conf\";\n";
        fs::write("/run/bird/deeper/session.conf", session).unwrap();
        let snapshot = node.collect();
        let gaps = snapshot.sources.gaps(Source::BirdConfig);
        let reasons: Vec<&str> = gaps.iter().map(|gap| gap.why.reason.as_str()).collect();
        assert_eq!(reasons.len(), 3, "{reasons:?}");
        let expected = [
            ("absent.conf", "session.conf:4"),
            ("nowhere/*.conf", "session.conf:5"),
            ("session.conf", "it includes itself"),
        ];
        for (what, place) in expected {
            assert!(
                reasons.iter().any(|reason| reason.contains(what) && reason.contains(place)),
                "{what}: {reasons:?}"
            );
        }
    });
}

#[test]
fn a_daemon_of_another_namespace_is_not_of_this_node() {
    on_node(&["ip", "bird", "birdc"], |node| {
        daemon(node);
        node.ip("netns add other");
        let options = routelint::collect::Options { netns: Some("other".to_owned()), ..Default::default() };
        assert_eq!(routelint::collect::collect(&options).unwrap().bird, []);
    });
}

#[test]
fn a_configuration_that_nobody_runs_is_said_not_to_run() {
    on_node(&["ip"], |node| {
        if !node.empty("/etc/bird") {
            return println!("skipped: there is no /etc/bird to hide");
        }
        assert_eq!(node.collect().bird, []);
        fs::write("/etc/bird/bird.conf", "protocol device {}\n").unwrap();
        let snapshot = node.collect();
        assert_eq!(only_daemon(&snapshot).running, Some(false));
        assert_complete(&snapshot, Source::BirdSocket);
    });
}

#[test]
fn a_daemon_that_hangs_is_a_gap_and_its_files_are_still_read() {
    on_node(&["ip", "bird", "birdc"], |node| {
        let pid = daemon(node);
        node.run(&format!("kill -STOP {pid}"));
        let begun = Instant::now();
        let snapshot = node.collect();
        assert!(begun.elapsed() < Duration::from_secs(4));
        let gap = only_gap(&snapshot, Source::BirdSocket);
        assert!(gap.why.reason.contains("time was up"), "{gap:?}");
        assert_eq!(only_daemon(&snapshot).files.len(), 5);
    });
}
