//! Folders of nodes: recorded ones are read whole, and none of their keys gets in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::path::{Path, PathBuf};

use routelint::snapshot::{Route, Snapshot, Source, folder};

/// The recorded meshes beside the repository, or a message that they are not there.
fn captures() -> Option<Vec<PathBuf>> {
    let mut nodes = Vec::new();
    for shelf in ["../shared/captures", "../shared/captures-kernel-wireguard"] {
        let Ok(entries) = fs::read_dir(shelf) else {
            eprintln!("skipped: {shelf} is not here");
            return None;
        };
        let mut captures: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        captures.sort();
        for capture in captures.iter().filter(|path| path.is_dir()) {
            nodes.extend(folder::nodes(capture).unwrap());
        }
    }
    Some(nodes)
}

/// The private and preshared keys of a recorded node.
fn secrets(node: &Path) -> Vec<String> {
    let conf = fs::read_to_string(node.join("wg0.conf")).unwrap();
    let keys = conf.lines().filter(|line| line.starts_with("PrivateKey") || line.starts_with("PresharedKey"));
    keys.map(|line| line.split_once('=').unwrap().1.trim().to_owned()).collect()
}

fn kinds(snapshot: &Snapshot) -> (usize, usize, usize, usize) {
    (snapshot.links.len(), snapshot.addresses.len(), snapshot.routes.len(), snapshot.policy.len())
}

#[test]
fn every_capture_reads() {
    let Some(nodes) = captures() else { return };
    for node in &nodes {
        let snapshot = folder::read(node).unwrap();
        let gaps: Vec<_> = Source::ALL.iter().flat_map(|source| snapshot.sources.gaps(*source)).collect();
        println!("{} {:?} {:?} {gaps:?}", node.display(), kinds(&snapshot), snapshot.taken);
        let killed = node.ends_with("i-bird-killed/us-01");
        assert_eq!(gaps.is_empty(), !killed, "{}: {gaps:?}", node.display());
        assert!(Source::ALL.iter().all(|source| snapshot.sources.asked(*source)));
        assert_eq!(snapshot.bird[0].running, Some(!killed));
        assert!(snapshot.taken.is_some() || killed);
        assert_eq!(snapshot.wireguard.len(), 1);
        assert!(!secrets(node).is_empty());
        let printed = format!("{snapshot:?}");
        for secret in secrets(node) {
            assert!(!printed.contains(&secret), "{}", node.display());
            assert!(!snapshot.wg_quick[0].text.as_str().contains(&secret), "{}", node.display());
        }
    }
    assert_eq!(nodes.len(), 112);
}

/// Every file under a folder with its text.
fn texts(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(texts(&path)),
            false => found.push((path.clone(), fs::read_to_string(&path).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn every_capture_survives_being_written() {
    let Some(nodes) = captures() else { return };
    for node in &nodes {
        let snapshot = folder::read(node).unwrap();
        let dir = tempfile::tempdir().unwrap();
        folder::write(&snapshot, dir.path()).unwrap();
        assert_eq!(folder::read(dir.path()).unwrap(), snapshot, "{}", node.display());
        let written = texts(dir.path());
        for (path, text) in &written {
            assert!(secrets(node).iter().all(|secret| !text.contains(secret)), "{}", path.display());
        }
        folder::write(&snapshot, dir.path()).unwrap();
        assert_eq!(texts(dir.path()), written);
    }
}

/// `ip` printed the same tables as JSON and, in a second run, as text: two ways that must meet.
#[test]
fn text_gives_the_routes_of_json() {
    let Some(nodes) = captures() else { return };
    for node in &nodes {
        let dir = tempfile::tempdir().unwrap();
        let files = ["ip-link.json", "ip-4-route-table-all.txt", "ip-6-route-table-all.txt"];
        for file in files {
            fs::copy(node.join(file), dir.path().join(file)).unwrap();
        }
        let routes_of = |snapshot: Snapshot| -> Vec<Route> {
            snapshot.routes.iter().map(|(_, route)| route.clone()).collect()
        };
        let text = routes_of(folder::read(dir.path()).unwrap());
        assert_eq!(text, routes_of(folder::read(node).unwrap()), "{}", node.display());
    }
}

#[test]
fn a_foreign_file_is_neither_overwritten_nor_mixed_in() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let error = folder::write(&Snapshot::default(), dir.path()).unwrap_err().to_string();
    assert!(error.contains("notes.txt") && error.contains("name a new folder"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn files_beside_an_earlier_capture_stay() {
    let dir = tempfile::tempdir().unwrap();
    folder::write(&Snapshot::default(), dir.path()).unwrap();
    fs::write(dir.path().join("routelint.toml"), "# mine").unwrap();
    let mut snapshot = Snapshot { node: "us-01".into(), ..Snapshot::default() };
    folder::write(&snapshot, dir.path()).unwrap();
    assert_eq!(folder::read(dir.path()).unwrap(), snapshot);
    assert_eq!(fs::read_to_string(dir.path().join("routelint.toml")).unwrap(), "# mine");
    // A link in the place of a record is not followed.
    std::os::unix::fs::symlink("routelint.toml", dir.path().join("links.jsonl")).unwrap();
    snapshot.sources.ask(Source::Links);
    folder::write(&snapshot, dir.path()).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("routelint.toml")).unwrap(), "# mine");
}

/// A capture of one node with one file replaced, and the error that reading it gives.
fn error_with(file: &str, text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut snapshot = Snapshot::default();
    Source::ALL.iter().for_each(|source| snapshot.sources.ask(*source));
    folder::write(&snapshot, dir.path()).unwrap();
    fs::write(dir.path().join(file), text).unwrap();
    let error = folder::read(dir.path()).unwrap_err().to_string();
    error.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn errors_name_the_place_and_the_remedy() {
    let row = r#"{"dst":"10.0.0.0/8","table":"main","metric":0,"protocol":"boot"}"#;
    insta::assert_snapshot!([
        error_with("host.toml", "format = 2\nshape = \"new\""),
        error_with("host.toml", "format = 1\nnode = \"a\"\ncolour = 3\n[sources]\nasked = []"),
        error_with("host.toml", "format = 1\nnode = \"a\"\n[sources]\nasked = [\"moon\"]"),
        error_with("routes.jsonl", &format!("{row}\n{}\n", row.replace("metric", "metrik"))),
        error_with("routes.jsonl", &format!("{row}\n{row}\n{}", &row[..30])),
        error_with("routes.jsonl", &row.replace("\"table\"", "\"dev\":\"wg7\",\"table\"")),
        error_with("wireguard.jsonl", r#"{"device":{"name":"wg0","private-key":"x"}}"#),
        error_with(
            "host.toml",
            "format = 1\nnode = \"a\"\n[sources]\nasked = []\n[[wg-quick]]\ninterface = \"a\"\npath = \"a\"\nstored = \"../a\"",
        ),
    ]
    .join("\n"));
}

/// A folder with these files, read.
fn read_files(files: &[(&str, &str)]) -> Result<Snapshot, String> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        fs::write(dir.path().join(name), text).unwrap();
    }
    folder::read(dir.path())
        .map_err(|error| error.to_string().replace(&format!("{}/", dir.path().display()), ""))
}

#[test]
fn a_folder_of_configuration_is_not_asked_about_run_time() {
    let wg0 = "[Interface]\nPrivateKey = abc\nTable = off\n";
    let bird = "include \"peers/*.conf\";\ninclude \"/opt/own.conf\";\n";
    let files = [
        ("wireguard/wg0.conf", wg0),
        ("bird/bird.conf", bird),
        ("bird/peers/a.conf", ""),
        ("bird/root/opt/own.conf", ""),
    ];
    let snapshot = read_files(&files).unwrap();
    let asked: Vec<Source> =
        Source::ALL.into_iter().filter(|source| snapshot.sources.asked(*source)).collect();
    assert_eq!(asked, [Source::WgQuick, Source::BirdConfig]);
    assert!(Source::ALL.iter().all(|source| snapshot.sources.gaps(*source).is_empty()));
    let paths: Vec<&str> = snapshot.bird[0].files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["bird/bird.conf", "bird/peers/a.conf", "/opt/own.conf"]);
    assert_eq!((snapshot.bird[0].running, snapshot.taken), (None, None));
}

#[test]
fn a_missing_output_is_a_gap_with_its_command() {
    let snapshot = read_files(&[("ip-link.json", "[]"), ("ip-addr.json", "")]).unwrap();
    let gaps =
        |source: Source| snapshot.sources.gaps(source).iter().map(|gap| gap.why.clone()).collect::<Vec<_>>();
    assert_eq!(gaps(Source::Links), []);
    assert_eq!(gaps(Source::Addresses)[0].reason, "`ip-addr.json` is empty, as after a command that failed");
    let missing = &gaps(Source::Routes6)[0];
    assert_eq!(missing.reason, "`ip-6-route-table-all.json` is not in the folder");
    assert_eq!(
        missing.remedy,
        "write it with `ip -j -d -6 route show table all > ip-6-route-table-all.json`"
    );
    assert!(!snapshot.sources.asked(Source::WgQuick) && !snapshot.sources.asked(Source::BirdConfig));
}

#[test]
fn broken_output_is_told_with_its_place_and_without_its_text() {
    let key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    let told = [
        read_files(&[("ip-link.json", "[{\"ifindex\":1,\n\"ifname\":2}]")]),
        read_files(&[("ip-4-route-table-all.json", "[{\"dst\":\"10.0.0.0/8\",\"table\":\"mesh\"}]")]),
        read_files(&[("ip-6-rule.json", "[{\"priority\":0,\"src\":\"nowhere\"}]")]),
        read_files(&[("wg-show-all-dump.txt", &format!("wg0\t{key}\t{key}\toff\n"))]),
        read_files(&[("date.txt", "yesterday"), ("sysctl.txt", "")]),
        read_files(&[("notes.txt", "")]),
    ]
    .map(|read| read.map(|_| ()).unwrap_err());
    assert!(told.iter().all(|error| !error.contains(key)));
    let told = told.map(|error| error.split_once("/.tmp").map_or(error.clone(), |_| "(no node)".to_owned()));
    insta::assert_snapshot!(told.join("\n"));
}

/// Everything odd that `ip` can be made to print here, written by `ip` itself in a namespace.
const ODD: &str = r"
ip link set lo up; ip link add v0 type veth peer name v1
ip link set v0 up addrgenmode none; ip link set v1 up addrgenmode none
ip addr add 10.1.0.1/24 dev v0; ip addr add 10.9.0.1 peer 10.9.0.2/32 dev v0
ip -6 addr add fd00::1/64 dev v0 nodad; ip -6 addr add fd05::1/64 dev v0 noprefixroute home mngtmpaddr preferred_lft 0 nodad
ip -6 rule add not from fd00::/16 to fd01::1 iif v0 oif v1 fwmark 0x10/0xff uidrange 0-99 ipproto tcp \
  sport 10-20 dport 80 tos 0x10 suppress_ifgroup 5 suppress_prefixlength 0 lookup 77 pref 100 protocol 99
ip rule add pref 50 goto 32766; ip rule add pref 60 nop; ip rule add pref 61 goto 99999
ip rule add pref 70 from 1.2.3.4 prohibit; ip rule add pref 71 iif nope fwmark 5 lookup default
ip rule add pref 72 l3mdev; ip rule add pref 73 sport 5 dport 6-7 ipproto 200 lookup 4000000000
ip rule add pref 74 tun_id 5 lookup main; ip rule add pref 75 lookup 5 realms 1/2
ip route add 10.2.0.0/16 via 10.1.0.9 dev v0 mtu lock 1400 advmss 1300
ip route add 10.3.0.0/16 nexthop via 10.1.0.9 dev v0 weight 3 nexthop via 10.1.0.8 dev v0 onlink
ip route add 10.4.0.0/16 via inet6 fd00::9 dev v0; ip route add 10.5.0.0/16 tos 0x10 dev v0 scope link metric 5
ip route add blackhole 10.6.0.0/16; ip route add throw 10.6.0.0/17 table 77
ip -6 route add fd02::/48 from fd00::/64 via fd00::7 dev v0 pref high metric 10 mtu 1300 proto 77
ip -6 route add default via fd00::8 dev v0 table 4000000000; ip -6 route add prohibit fd06::/48
ip nexthop add id 1 via 10.1.0.3 dev v0; ip nexthop add id 2 via fd00::3 dev v0 onlink
ip nexthop add id 6 via 10.1.0.4 dev v0; ip nexthop add id 7 group 1,3/6; ip nexthop add id 8 blackhole
ip nexthop add id 10 group 1/6 type resilient buckets 8
ip route add 10.7.0.0/16 nhid 7; ip -6 route add fd07::/48 nhid 2
for family in 4 6; do
  ip -j -d -$family route show table all > ip-$family-route-table-all.json
  ip -d -$family route show table all > ip-$family-route-table-all.txt
  ip -j -d -$family rule > ip-$family-rule.json
done
ip -j -d link > ip-link.json; ip -j -d addr > ip-addr.json; ip -j -d nexthop > ip-nexthop.json
";

/// Fills a folder from a namespace, where root and `unshare` are there.
fn fill(dir: &Path, script: &str) -> bool {
    let run = |script: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--net", "bash", "-ec", script]).current_dir(dir).output()
    };
    if !run("ip link set lo up").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: needs root, unshare and ip");
        return false;
    }
    let output = run(script).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn what_ip_prints_becomes_records() {
    let dir = tempfile::tempdir().unwrap();
    if !fill(dir.path(), ODD) {
        return;
    }
    let snapshot = folder::read(dir.path()).unwrap();
    let capture = tempfile::tempdir().unwrap();
    folder::write(&snapshot, capture.path()).unwrap();
    assert_eq!(folder::read(capture.path()).unwrap(), snapshot);
    for file in ["links", "addresses", "routes", "policy", "nexthops"] {
        let text = fs::read_to_string(capture.path().join(format!("{file}.jsonl"))).unwrap();
        insta::assert_snapshot!(format!("odd-{file}"), text);
    }
    let routes: Vec<Route> = snapshot.routes.iter().map(|(_, route)| route.clone()).collect();
    for family in [4, 6] {
        fs::remove_file(dir.path().join(format!("ip-{family}-route-table-all.json"))).unwrap();
    }
    let of_text = folder::read(dir.path()).unwrap();
    assert_eq!(of_text.routes.iter().map(|(_, route)| route.clone()).collect::<Vec<_>>(), routes);
}
