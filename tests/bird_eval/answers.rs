//! What real daemons answered, version by version: the interpreter answers alike, and so do the daemons that are here.

use super::configuration;
use crate::oracle::{Daemon, birds, may_run};
use routelint::bird::Version;
use routelint::bird::eval::{Ending, Interpreter, Route, Tables};

/// What stands before a filter, the filter's commands (`@` is the number of the case in both), and who answered what: the
/// last line printed, or why the filter failed. Versions that are not named refuse to read it.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const ALL: &str = "2.0.12 2.17.6 2.20.0 3.1.8 3.3.2 3.4.0";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("", "print \"a\"; accept;", &[(ALL, "accepted: a")]),
    ("", "printn \"a\"; accept;", &[(ALL, "accepted: ")]),
    ("", "printn \"a\"; accept \"b\";", &[(ALL, "accepted: ab")]),
    ("", "print [= 1 + + =] = [= 1 + =]; accept;", &[(ALL, "accepted: FALSE")]),
    ("", "print [= 1 + + =]; accept;", &[(ALL, "accepted: [= 1 + =]")]),
    ("", "prefix set a = []; print a = []; accept;", &[(ALL, "accepted: TRUE")]),
    ("", "prefix set a = []; print [] != a; accept;", &[(ALL, "accepted: FALSE")]),
    ("", "prefix set a = []; print a = [10.0.0.0/8]; accept;", &[(ALL, "accepted: FALSE")]),
    ("", "print [] = [10.0.0.0/8]; accept;", &[(ALL, "accepted: FALSE")]),
    ("", "print (unknown 0xffff, 70000, 2); accept;", &[(ALL, "accepted: (unknown 0x1, 4464, 2)")]),
    ("", "print (unknown 0xffff, 1.2.3.4, 2) = (generic, 0x01020304, 2); accept;", &[(ALL, "accepted: TRUE")]),
    ("", "print RA_PREF_LOW; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: (enum 37)24"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 15)24")]),
    ("", "print RA_PREF_HIGH; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: (enum 37)8"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 15)8")]),
    ("", "print NET_MPLS; accept;", &[("2.17.6", "accepted: (enum 36)10"), ("2.20.0", "accepted: (enum 36)11"), ("3.1.8", "accepted: (enum 3b)10"), ("3.3.2 3.4.0", "accepted: (enum 3b)11")]),
    ("", "print NET_ASPA; accept;", &[("2.17.6", "accepted: (enum 36)11"), ("2.20.0", "accepted: (enum 36)12"), ("3.1.8", "accepted: (enum 3b)11"), ("3.3.2 3.4.0", "accepted: (enum 3b)12")]),
    ("", "print NET_ETH = NET_MPLS; accept;", &[("2.20.0 3.3.2 3.4.0", "accepted: FALSE")]),
    ("", "prefix p = aspa 5; print p.type; accept;", &[("2.17.6", "accepted: (enum 36)11"), ("2.20.0", "accepted: (enum 36)12"), ("3.1.8", "accepted: (enum 3b)11"), ("3.3.2 3.4.0", "accepted: (enum 3b)12")]),
    ("", "prefix p = aspa 5; print p.type = NET_ASPA; accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "accepted: TRUE")]),
    ("", "prefix p = aspa 5; print p.len; accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "accepted: 32")]),
    ("", "print ::ffff:1.2.3.0/120 ~ ::/0; accept;", &[(ALL, "accepted: FALSE")]),
    ("", "print ::ffff:1.2.3.0/120 ~ [::/0+]; accept;", &[(ALL, "accepted: TRUE")]),
    ("", "print 2001:db8::/32 ~ ::/0; accept;", &[(ALL, "accepted: TRUE")]),
    ("define A@ = prepend(prepend(+empty+,1),2);", "print A@ ~ [= 2 1 =]; accept;", &[("2.0.12 2.17.6 2.20.0 3.4.0", "accepted: TRUE"), ("3.1.8 3.3.2", "accepted: FALSE")]),
    ("define A@ = prepend(prepend(+empty+,1),2);", "print A@.last; accept;", &[("2.0.12 2.17.6 2.20.0 3.4.0", "accepted: 1"), ("3.1.8 3.3.2", "accepted: 0")]),
    ("define A@ = add(add(-empty-,(1,2)),(3,4));", "print A@; accept;", &[("2.0.12 2.17.6 2.20.0 3.4.0", "accepted: (clist (1,2) (3,4))"), ("3.1.8 3.3.2", "accepted: (clist (1,2) (0,0))")]),
    ("define A@ = add(--empty--,(rt,1,2));", "print A@; accept;", &[("2.0.12 2.17.6 2.20.0 3.4.0", "accepted: (eclist (rt, 1, 2))"), ("3.1.8 3.3.2", "accepted: (eclist (rt, 1, 0))")]),
    ("define A@ = add(---empty---,(1,2,3));", "print A@; accept;", &[("2.0.12 2.17.6 2.20.0 3.4.0", "accepted: (lclist (1, 2, 3))"), ("3.1.8 3.3.2", "accepted: (lclist (1, 2, 0))")]),
    ("attribute lc x@;", "x@ = (1,1,2); print x@; accept;", &[("3.1.8 3.3.2", "accepted: (1, 1, 0)"), ("3.4.0", "accepted: (1, 1, 2)")]),
    ("", "route r; print r.net; accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "rejected: Argument 1 of RTA_GET must be of type route, got type void")]),
    ("", "print bgp_next_hop.mask(8); accept;", &[(ALL, "rejected: Argument 1 of IP_MASK must be of type ip, got type void")]),
    ("", "print net.asn; accept;", &[("2.0.12 2.17.6 3.1.8", "rejected: ROA expected"), ("2.20.0 3.3.2 3.4.0", "rejected: ROA or ASPA expected")]),
    ("", "print net.rd; accept;", &[("2.0.12 2.17.6 3.1.8", "rejected: VPN address expected"), ("2.20.0 3.3.2 3.4.0", "rejected: VPN or EVPN address expected")]),
    ("", "print net.maxlen; accept;", &[(ALL, "rejected: ROA expected")]),
    ("", "print bgp_med.len; accept;", &[("2.0.12", "rejected: Prefix, path, clist or eclist expected")]),
    ("", "onlink = true; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: "), ("3.3.2 3.4.0", "rejected: Set iface first to make the nexthop onlink")]),
    ("", "ifname = \"lo\"; weight = 9; ifname = \"lo\"; print weight; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: 9"), ("3.1.8 3.3.2 3.4.0", "accepted: 1")]),
    ("", "ifname = \"lo\"; weight = 9; dest = RTD_PROHIBIT; print weight; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: 9"), ("3.1.8 3.3.2 3.4.0", "accepted: 1")]),
    ("", "ifname = \"lo\"; onlink = true; ifname = \"lo\"; print onlink; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: TRUE"), ("3.3.2 3.4.0", "accepted: FALSE")]),
    ("", "weight = 9; accept;", &[(ALL, "rejected: Setting weight needs regular nexthop")]),
    ("", "print krt_lock, krt_features, defined(krt_lock); accept;", &[("3.1.8 3.3.2 3.4.0", "accepted: 00TRUE")]),
    ("", "krt_lock = 5; unset(krt_lock); print krt_lock; accept;", &[("3.1.8 3.3.2 3.4.0", "accepted: 0")]),
    ("", "radv_preference = RA_PREF_HIGH; print radv_preference; accept;", &[("3.1.8 3.3.2 3.4.0", "accepted: (enum 15)8")]),
    ("", "radv_lifetime = 5; print radv_lifetime; accept;", &[("3.1.8 3.3.2 3.4.0", "accepted: 5")]),
    ("", "ra_preference = RA_PREF_HIGH; print ra_preference; accept;", &[("2.0.12 2.17.6 2.20.0", "accepted: (enum 37)8")]),
    ("roa4 table r@;", "print roa_check(r@); accept;", &[("2.0.12 2.17.6 2.20.0", "rejected: Missing AS_PATH attribute"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)0")]),
    ("roa4 table r@; protocol static { roa4 { table r@; }; route 10.0.0.0/8 max 16 as 5; }", "print roa_check(r@); accept;", &[("2.0.12 2.17.6 2.20.0", "rejected: Missing AS_PATH attribute"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)2")]),
    ("roa4 table r@; protocol static { roa4 { table r@; }; route 10.0.0.0/8 max 16 as 5; }", "bgp_path.prepend(5); print roa_check(r@); accept;", &[("2.0.12", "accepted: (enum 35)1"), ("2.17.6 2.20.0", "accepted: (enum 34)1"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)1")]),
    ("roa4 table r@; protocol static { roa4 { table r@; }; route 10.0.0.0/8 max 16 as 0; }", "print roa_check(r@, net, 0); accept;", &[("2.0.12", "accepted: (enum 35)2"), ("2.17.6 2.20.0", "accepted: (enum 34)2"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)1")]),
    ("roa4 table r@; protocol static { roa4 { table r@; }; route 10.0.0.0/8 max 16 as 0; }", "print roa_check(r@, net, 5); accept;", &[("2.0.12", "accepted: (enum 35)2"), ("2.17.6 2.20.0", "accepted: (enum 34)2"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)2")]),
    ("roa4 table r@;", "print roa_check(r@, 2001:db8::/32, 5); accept;", &[("2.0.12", "accepted: (enum 35)0"), ("2.17.6 2.20.0", "accepted: (enum 34)0"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 39)0")]),
    ("", "print roa_check(master6, net, 5); accept;", &[(ALL, "rejected: Table type must be either ROA4 or ROA6")]),
    ("aspa table a@;", "print roa_check(a@, net, 5); accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "rejected: Table type must be either ROA4 or ROA6")]),
    ("aspa table a@;", "print aspa_check_upstream(a@), aspa_check_downstream(a@); accept;", &[("2.17.6 2.20.0", "accepted: (enum 35)2(enum 35)2"), ("3.1.8 3.3.2 3.4.0", "accepted: (enum 2f)2(enum 2f)2")]),
    ("", "print aspa_check(master4, bgp_path, true); accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "rejected: Table type must be ASPA")]),
    ("roa4 table r@;", "print aspa_check(r@, bgp_path, true); accept;", &[("2.17.6 2.20.0 3.1.8 3.3.2 3.4.0", "rejected: Table type must be ASPA")]),
    ("", "prefix p = eth 01:02:03:04:05:06 vlan 5; print p, \" \", p.len, \" \", p.mac, \" \", p.vlan_id, \" \", p.type, \" \", p.ip; accept;", &[("2.20.0", "accepted: 01:02:03:04:05:06 vlan 5 48 01:02:03:04:05:06 5 (enum 36)10 ::"), ("3.3.2 3.4.0", "accepted: 01:02:03:04:05:06 vlan 5 48 01:02:03:04:05:06 5 (enum 3b)10 ::")]),
    ("", "prefix p = eth 01:02:03:04:05:06; print p, \" \", p.vlan_id; accept;", &[("2.20.0 3.3.2 3.4.0", "accepted: 01:02:03:04:05:06 0")]),
    ("", "prefix p = eth 01:02:03:04:05:06; print p.asn; accept;", &[("2.20.0 3.3.2 3.4.0", "rejected: ROA or ASPA expected")]),
    ("", "prefix p = mpls 100; print p.len, \" \", p.ip; accept;", &[(ALL, "accepted: 20 ::")]),
    ("", "prefix p = 10.0.0.0/8; print p.mac; accept;", &[("2.20.0 3.3.2 3.4.0", "rejected: Ethernet or EVPN MAC expected")]),
    ("", "prefix p = 10.0.0.0/8; print p.vlan_id; accept;", &[("2.20.0 3.3.2 3.4.0", "rejected: Ethernet address expected")]),
    ("", "prefix p = 10.0.0.0/8; print p.evpn_tag; accept;", &[("2.20.0 3.3.2 3.4.0", "rejected: EVPN address expected")]),
    ("", "gw_mpls = 77; print gw_mpls; accept;", &[(ALL, "accepted: 77")]),
    ("", "gw_mpls = 77; print gw_mpls_stack; accept;", &[("2.17.6 2.20.0", "accepted: (clist (0,77))")]),
    ("", "print gw_mpls_stack, defined(gw_mpls_stack); accept;", &[("2.17.6 2.20.0", "accepted: (clist )TRUE")]),
    ("", "prefix p = flow4 { dst 10.0.0.0/8; dst 11.0.0.0/8; }; print p, \" \", p.dst, \" \", p.ip; accept;", &[(ALL, "accepted: flow4 { dst 10.0.0.0/8; } 10.0.0.0/8 10.0.0.0")]),
    ("", "prefix p = flow6 { dst 2001:db8::/32 offset 16; }; print p, \" \", p.dst, \" \", p.ip, \" \", p.len; accept;", &[(ALL, "accepted: flow6 { dst 0:db8::/32 offset 16; } 0:db8::/32 0:db8:: 32")]),
    ("", "prefix p = flow6 { dst 2001:db8::/32 offset 16; }; print 2001:db8::1 ~ p, 0:db8::1 ~ p; accept;", &[(ALL, "accepted: FALSETRUE")]),
    ("", "prefix p = flow6 { src 2001:db8::/32 offset 16; }; print p.src, \" \", p.ip, \" \", p.len; accept;", &[(ALL, "accepted: 0:db8::/32 :: 0")]),
    ("", "prefix p = flow6 { dst 2001:db8::/32 offset 16; }; print p ~ flow6 { dst ::/0; }, p ~ flow6 { dst 0:db8::/32; }, p = flow6 { dst 0:db8::/32; }; accept;", &[(ALL, "accepted: TRUETRUEFALSE")]),
    ("", "prefix p = flow4 { proto = 6; }; prefix q = flow4 { }; print p = q, q.len, q.dst, p ~ q; accept;", &[(ALL, "accepted: FALSE00.0.0.0/0TRUE")]),
];

const BEFORE: &str = "log stderr all;\nrouter id 1.2.3.4;\nprotocol device {}\nipv4 table h4;\n\
    protocol static hs4 { ipv4 { table h4; }; route 10.0.0.0/8 blackhole; }\n";

fn case(at: usize) -> String {
    let (before, commands, _) = CASES[at];
    format!("{before}\nfilter f@ {{ {commands} }}\n").replace('@', &at.to_string())
}

/// The cases that a version reads, with its answers.
fn answers(version: Version) -> impl Iterator<Item = (usize, &'static str)> {
    let is_named = move |versions: &str| versions.split(' ').any(|one| one.parse() == Ok(version));
    CASES.iter().enumerate().filter_map(move |(at, (_, _, answers))| {
        answers.iter().find(|(versions, _)| is_named(versions)).map(|(_, answer)| (at, *answer))
    })
}

fn ours(at: usize, version: Version) -> String {
    let read = configuration(&format!("{BEFORE}{}", case(at)), version);
    if let Some(error) = read.errors.first() {
        return format!("refused: {error:?}");
    }
    let interpreter = Interpreter::with_tables(&read.tree, version, Tables::of_statics(&read.tree, version));
    let words = ["net=10.0.0.0/8", "dest=RTD_BLACKHOLE", "proto=hs4"];
    let route = Route::from_words(words, &read.tree).unwrap();
    let filter = read.tree.routine_named(&format!("f{at}")).unwrap();
    let run = interpreter.filter(filter, route);
    match run.ending {
        Ending::Accepted => format!("accepted: {}", run.printed.last().map_or("", String::as_str)),
        Ending::Failed(failure) => format!("rejected: {}", failure.message),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_interpreter_answers_as_daemons_did() {
    let mut wrong = Vec::new();
    for version in ALL.split(' ').map(|version| version.parse().unwrap()) {
        for (at, answer) in answers(version) {
            let ours = ours(at, version);
            if ours != answer {
                wrong.push(format!("{version}: {}    BIRD {answer}\n    we   {ours}", case(at)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn daemons_still_answer_so() {
    if !may_run() {
        return;
    }
    for (version, program) in birds() {
        let all: String = answers(version).map(|(at, _)| case(at)).collect();
        let mut daemon = Daemon::start(&program, &format!("{BEFORE}{all}")).unwrap();
        for (at, answer) in answers(version) {
            let before = daemon.log().len();
            let reply = daemon.ask(&format!("show route table h4 filter f{at}")).unwrap();
            let passed = reply.contains("10.0.0.0/8");
            assert_eq!(passed, answer.starts_with("accepted"), "{version}: {}", case(at));
            let log = daemon.log()[before..].to_owned();
            let printed = log.lines().filter_map(|line| line.split_once("<INFO> ")).next_back();
            let printed = printed.map_or("", |(_, text)| text);
            let wanted = answer.strip_prefix("accepted: ").filter(|text| !text.is_empty());
            // BIRD logs no more than a few lines a second.
            if let (true, Some(wanted), false) = (passed, wanted, printed.is_empty()) {
                assert_eq!(printed, wanted, "{version}: {}", case(at));
            }
        }
    }
}
