//! Random input for everything that reads what others wrote: it ends, soon, without a panic, and no key survives.
//!
//! Each target runs for about a second. `BOLERO_RANDOM_TEST_TIME_MS` lets it run longer, `BOLERO_RANDOM_SEED`
//! repeats one input, and `cargo bolero` drives the same targets with a real fuzzer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use bolero::check;
use routelint::bird::eval::{Interpreter, Route};
use routelint::bird::tree::{Net, RoutineId};
use routelint::bird::{Files, Version, read, socket};
use routelint::collect::netlink::message::Messages;
use routelint::collect::netlink::{address, link, nexthop, policy, route};
use routelint::host::Intent;
use routelint::rule::Catalogue;
use routelint::snapshot::{Snapshot, WgQuickFile, folder};
use routelint::text::Blanked;

const VERSIONS: [Version; 3] = [Version::DEFAULT, Version::new(2, 20, 0), Version::new(3, 4, 0)];

/// Words of a list, chosen by bytes, with a blank or a line's end between them.
fn words(bytes: &[u8], list: &str) -> String {
    let list: Vec<&str> = list.split(' ').collect();
    let word = |byte: &u8| list[usize::from(*byte) % list.len()];
    bytes.iter().map(word).collect::<Vec<_>>().join(" ").replace("\\n", "\n")
}

fn given(text: &str) -> Files {
    Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]))
}

/// Reads a configuration and holds every diagnostic against the text.
fn reads(text: &str) {
    for version in VERSIONS {
        let start = Instant::now();
        let configuration = read(&given(text), "/b.conf", version).unwrap();
        let _ = configuration.model();
        let lines: Vec<&str> = text.split('\n').collect();
        let diagnostics = configuration.diagnostics();
        for one in &diagnostics {
            let line = lines.get(one.place.line as usize - 1).copied().unwrap_or_default();
            let characters = line.chars().count() as u32;
            assert!(one.place.column <= characters + 1, "{one:?} lies beyond its line `{line}`");
        }
        let starts: Vec<_> = configuration.errors.iter().map(|error| error.span.start).collect();
        assert!(starts.is_sorted(), "errors are told in the order of the text");
        assert!(configuration.errors.iter().all(|error| error.span.end as usize <= text.len().max(1)));
        assert!(start.elapsed() < Duration::from_secs(5), "{} bytes took {:?}", text.len(), start.elapsed());
    }
}

const BIRD: &str = "protocol bgp static kernel ospf pipe rpki babel rip radv bfd template table ipv4 ipv6 mpls { } ; \
    filter function if then else case else: define attribute = 5 70000 0x10 4294967296 10.0.0.0 / 8 \
    2001:db8::1 65000:1 [ ] ( ) [= =] , .. + - * ! ~ && || net bgp_path source RTS_BGP \"x\" 'a-b' hex:01 \
    import export where all none int x master4 include \\n # /* */ area interface password local neighbor \
    as route via unreachable true false accept reject return print for in do bgp_community .add .len";

#[test]
fn bird_reads_any_bytes() {
    check!().for_each(|bytes| reads(&String::from_utf8_lossy(bytes)));
}

#[test]
fn bird_reads_any_words() {
    check!().with_max_len(300).for_each(|bytes| reads(&words(bytes, BIRD)));
}

/// Commands and terms that nest in one another as the bytes say, so that most of what is made can run.
struct Program<'b> {
    bytes: std::slice::Iter<'b, u8>,
    depth: u8,
}

impl Program<'_> {
    const COMMANDS: [&'static str; 14] = [
        "n = INT;",
        "if BOOL then { COMMAND COMMAND } else COMMAND",
        "if BOOL then accept;",
        "for int m in PATH do n = n + m;",
        "case INT { 1: { COMMAND } 2..9: { COMMAND } else: { COMMAND } }",
        "bgp_community.add(PAIR);",
        "bgp_community.delete([(*, 1..100)]);",
        "bgp_path.prepend(INT);",
        "bgp_med = INT;",
        "n = f(INT);",
        "print INT, PATH, net, BOOL;",
        "bgp_large_community.filter([(1, *, *)]);",
        "reject;",
        "unset(bgp_med);",
    ];
    const INTS: [&'static str; 10] = [
        "7",
        "4294967295",
        "n",
        "bgp_path.len",
        "bgp_path.last",
        "(INT - INT)",
        "(INT * INT)",
        "(INT / INT)",
        "net.len",
        "f(INT)",
    ];
    const BOOLS: [&'static str; 10] = [
        "true",
        "(INT < INT)",
        "(BOOL && BOOL)",
        "(BOOL || BOOL)",
        "(! BOOL)",
        "net ~ [10.0.0.0/8+, 192.0.2.0/24{24,32}]",
        "bgp_path ~ [= * 7 ? =]",
        "(PAIR ~ bgp_community)",
        "defined(bgp_med)",
        "(INT = INT)",
    ];

    /// The templates' places filled in; the bytes are at their end sooner or later, and then the first is taken.
    fn fill(&mut self, template: &str) -> String {
        let names = ["COMMAND", "INT", "BOOL", "PATH", "PAIR"];
        let Some((at, name)) =
            names.iter().filter_map(|name| Some((template.find(name)?, *name))).min_by_key(|found| found.0)
        else {
            return template.to_owned();
        };
        let filled = self.choose(name);
        let rest = self.fill(&template[at + name.len()..]);
        format!("{}{filled}{rest}", &template[..at])
    }

    fn choose(&mut self, name: &str) -> String {
        let choices: &[&str] = match name {
            "COMMAND" => &Self::COMMANDS,
            "INT" => &Self::INTS,
            "BOOL" => &Self::BOOLS,
            "PATH" => &["bgp_path", "+empty+", "bgp_path.delete(7)"],
            _ => &["(INT, 1)", "(1, 2)", "(65535, INT)"],
        };
        let byte = self.bytes.next().copied().filter(|_| self.depth < 6).unwrap_or(0);
        self.depth += 1;
        let filled = self.fill(choices[usize::from(byte) % choices.len()]);
        self.depth -= 1;
        filled
    }
}

#[test]
fn filters_run_and_end() {
    check!().with_max_len(200).for_each(|bytes| {
        let mut program = Program { bytes: bytes.iter(), depth: 0 };
        let commands: Vec<String> = (0..6).map(|_| program.choose("COMMAND")).collect();
        let text = format!(
            "protocol device {{}}\nfunction f(int n) {{ if n > 9 then return n / 2; return n + 1; }}\n\
             filter x {{ int n = 0; {} accept; }}\n",
            commands.join("\n")
        );
        for version in VERSIONS {
            let configuration = read(&given(&text), "/b.conf", version).unwrap();
            let filter = configuration.tree.routine_named("x").unwrap_or(RoutineId(0));
            let start = Instant::now();
            let net = Net::Ip("10.1.0.0/16".parse().unwrap());
            let _ = Interpreter::new(&configuration.tree, version).filter(filter, Route::new(net));
            assert!(start.elapsed() < Duration::from_secs(20), "{text}");
        }
    });
}

const SOCKET: &str = "0001 1002- 1007 1008- 1012- 2002- 0013 BIRD 2.0.12 ready. \\n Name Proto Table State Since Info \
    device1 --- up 10:00:00.000 BGP Established 10.0.0.0/8 unicast [s4 12:00:00] * (200) [AS65000i] via \
    192.0.2.1 on wg0 dev weight 5 Type: static univ BGP.as_path: 65000 {1 2} Routes: imported, exported, \
    Channel ipv4 Import limit: 10 [HIT] Table master4: unreachable + Last reconfiguration on 2026-01-01";

#[test]
fn answers_of_the_control_socket_are_read() {
    check!().with_max_len(400).for_each(|bytes| {
        for text in [words(bytes, SOCKET), String::from_utf8_lossy(bytes).into_owned()] {
            let _ = socket::read_protocols(&text);
            let _ = socket::read_routes(&text);
            let _ = socket::read_status(&text);
            let _ = socket::read_configure_status(&text);
            let _ = socket::read_symbols(&text);
            let _ = socket::read_interfaces(&text);
        }
    });
}

const WG_QUICK: &str = "[Interface] [Peer] \\n Address = 10.0.0.1/24 , fd00::1/64 Table off auto 51820 PostUp PostDown \
    PreUp ip -6 route add del replace 10.0.0.0/8 dev %i wg0 metric 5 via rule to table lookup main ; && || \
    | $( ) \" ' # AllowedIPs 0.0.0.0/0 ::/0 Endpoint host:51820 [fd00::2]:1 PublicKey MTU 1420 FwMark 0x1 off \
    addr link set up nexthop weight sysctl -w iptables -A";

#[test]
fn wg_quick_files_are_read() {
    check!().with_max_len(400).for_each(|bytes| {
        for text in [words(bytes, WG_QUICK), String::from_utf8_lossy(bytes).into_owned()] {
            let (interface, path) = ("wg0".to_owned(), "/etc/wireguard/wg0.conf".to_owned());
            let file = WgQuickFile { interface, path, text: Blanked::wg_quick(&text) };
            let read = routelint::wgquick::read(&file);
            let _ =
                (read.table(), read.up_commands(), read.down_commands(), read.additions(), read.automatic());
        }
    });
}

#[test]
fn netlink_messages_are_decoded() {
    check!().for_each(|bytes: &[u8]| {
        // A header that fits makes the payload arrive at the decoders.
        let mut framed = ((bytes.len() + 16) as u32).to_le_bytes().to_vec();
        framed.extend([24, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        framed.extend(bytes);
        for datagram in [bytes, framed.as_slice()] {
            for message in Messages(datagram).flatten() {
                let _ = (route::parse(&message), link::parse(&message), address::parse(&message));
                let _ = (policy::parse(&message), nexthop::parse(&message));
            }
        }
    });
}

const LOOKUP: &str = "fd53::1 10.0.0.1 from to fibmatch iif oif dev vrf mark tos dsfield uid ipproto sport dport wg0 \
    0x10 5 4294967296 udp tcp 65536 -1 lo mark/0xff";

#[test]
fn look_ups_are_read() {
    check!().with_max_len(24).for_each(|bytes| {
        for line in [words(bytes, LOOKUP), String::from_utf8_lossy(bytes).into_owned()] {
            let _ = routelint::fib::parse_lookup(&line, &Snapshot::default());
        }
    });
}

const RULE: &str = "+++ \\n id = severity \"error\" forbid require when relation \"route\" { } [ ] match . type via \
    = != < > in and or not ( ) # Fix ## true 5 \"fd53::/16\" , ' node plane --- format 1 nodes sets allow";

#[test]
fn rules_and_intents_are_read() {
    let folder = tempfile::tempdir().unwrap();
    check!().with_max_len(120).with_iterations(150).for_each(|bytes| {
        for text in [words(bytes, RULE), String::from_utf8_lossy(bytes).into_owned()] {
            std::fs::write(folder.path().join("any.md"), format!("+++\n{text}\n+++\n# Title\n")).unwrap();
            std::fs::write(folder.path().join("routelint.toml"), &text).unwrap();
            let mut catalogue = Catalogue::shipped(&[]).unwrap();
            let _ = catalogue.add_folder(folder.path(), &[]);
            let _ = Intent::read(&folder.path().join("routelint.toml"));
        }
    });
}

const TOOLS: &str = "default 10.0.0.0/8 fd53::/16 via dev wg0 proto bird metric 32 scope link src \\n unreachable nexthop \
    weight 1 2: <UP,LOWER_UP> mtu 1420 inet6 inet link/none 0: from all lookup main { } [ ] \" : , dst \
    gateway null true 5 -1 ifindex format";

#[test]
fn folders_of_tools_are_read() {
    let names = [
        "ip-6-route-table-all.txt",
        "ip-4-route-table-all.json",
        "ip-link.json",
        "ip-addr.json",
        "ip-4-rule.json",
        "wg-show-all-dump.txt",
        "birdc-show-route-all.txt",
        "host.toml",
    ];
    let folder = tempfile::tempdir().unwrap();
    check!().with_max_len(200).with_iterations(200).for_each(|bytes| {
        for (at, name) in names.iter().enumerate() {
            let path = folder.path().join(name);
            match bytes.first().is_some_and(|first| first >> at & 1 == 1) {
                true => std::fs::write(path, words(bytes, TOOLS)).unwrap(),
                false => std::fs::remove_file(path).unwrap_or_default(),
            }
        }
        let _ = folder::read(folder.path());
    });
}

#[test]
fn no_key_survives_blanking() {
    check!().with_type::<([u8; 32], Vec<u8>, u8)>().for_each(|(key, around, place)| {
        let key = base64::engine::general_purpose::STANDARD.encode(key);
        let around = words(around, WG_QUICK).replace('\'', "");
        let text = match place % 3 {
            0 => format!("{around}\n[Interface]\nPrivateKey = {key}\n{around}\n"),
            1 => format!("[Peer]\nPresharedKey={key}\n{around}\n"),
            _ => format!("[Interface]\n# old: {key}\n{around}\n"),
        };
        let blanked = Blanked::wg_quick(&text);
        assert!(!blanked.as_str().contains(&key), "{}", blanked.as_str());
        let secret = format!("\"{}\"", &key[..20]);
        let text = format!("protocol bgp {{ password {secret}; }}\n{}", words(&[*place], BIRD));
        let blanked = Blanked::bird(&[&text]).remove(0);
        assert!(!blanked.as_str().contains(&secret), "{}", blanked.as_str());
    });
}
