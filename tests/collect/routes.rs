//! Routes against what `ip` prints and what rtnetlink decodes.

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use routelint::collect::netlink::message::Messages;
use routelint::collect::netlink::{route, routes};
use routelint::net::{Family, RouteType};
use routelint::snapshot::{Leg, Link, Route, RouteFlag, RouterPreference, Snapshot, Source};
use rtnetlink::packet_core::Parseable as _;
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteMessage};
use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use serde_json::Value;

use crate::lab::{Node, assert_complete, on_node};

/// One of everything that a route can have on a kernel without modules.
pub(crate) const RICH: &str = "
    link add va type veth peer name vb
    link add vc type veth peer name vd
    link set va up
    link set vb up
    link set vc up
    addr add 10.1.0.1/24 dev va
    addr add 10.2.0.1/24 dev vc
    addr add 10.9.0.1 peer 10.9.0.2/32 dev vc
    -6 addr add fd01::1/64 dev va nodad
    -6 addr add fd02::1/64 dev vc nodad
    link set vd up
    route add 10.10.0.0/16 via 10.1.0.2 metric 50 proto bird src 10.1.0.1 mtu 1300
    route add 10.11.0.0/16 nexthop via 10.1.0.2 weight 3 nexthop via 10.2.0.2 weight 256
    route add 10.12.0.0/16 via inet6 fd01::2 dev va
    route add unreachable 10.13.0.0/16 metric 4294967295
    route add blackhole 10.14.0.0/16 proto static
    route add prohibit 10.15.0.0/16
    route add throw 10.16.0.0/16 table 100
    route add 10.17.0.0/16 dev va scope link tos 0x10
    route add default via 10.1.0.2 table 4000
    route add 10.18.0.0/16 via 192.0.2.1 dev va onlink
    route add 10.21.0.0/16 nexthop via inet6 fd01::2 dev va nexthop via 10.2.0.2 dev vc onlink
    nexthop add id 1 via 10.1.0.2 dev va
    nexthop add id 2 via 10.2.0.2 dev vc proto bird
    nexthop add id 3 group 1,2/2,9
    nexthop add id 4 blackhole
    nexthop add id 5 via fd01::2 dev va
    nexthop add id 6 via fd02::2 dev vc
    nexthop add id 7 group 5/6,200
    nexthop add id 8 dev va
    nexthop add id 9 group 5,6 type resilient buckets 32
    nexthop add id 11 via fd01::9 dev va onlink encap seg6 mode encap segs fd01::5
    nexthop add id 12 via fd01::2 fdb
    route add 10.30.0.0/16 nhid 1
    route add 10.31.0.0/16 nhid 3
    route add 10.32.0.0/16 nhid 4
    route add 10.33.0.0/16 nhid 5
    -6 route add fd10::/48 via fd01::2 metric 50 proto bird src fd01::1 mtu 1400
    -6 route add fd11::/48 nexthop via fd01::2 weight 3 nexthop via fd02::2 weight 7
    -6 route add unreachable fd12::/48 metric 32 proto bird
    -6 route add blackhole fd13::/48
    -6 route add prohibit fd14::/48
    -6 route add throw fd15::/48 table 100
    -6 route add fd16::/48 from fd00:aa::/32 dev va
    -6 route add fd16::/48 dev va pref high
    -6 route add fd17::/48 dev va pref low expires 600
    -6 route add default via fd01::2 table 70000
    -6 route add fd19::/48 nhid 7
    -6 route add fd1a::/48 nhid 5
    -6 route add fd1c::/48 encap seg6 mode encap segs fd01::5,fd01::6 dev va
    -6 route add fd1d::/48 via fd01::2 dev va onlink
    -6 route append fd1e::/48 dev va
    -6 route append fd1e::/48 dev vc
    -6 route add local fd1f::/48 dev lo
    -6 route add anycast fd20::1 dev va
    link set vd down
";

#[test]
fn every_route_is_as_ip_prints_it() {
    on_node(&["ip"], |node| {
        node.ip(RICH);
        // The kernel marks the routes of a link without carrier a moment after the link.
        let deadline = Instant::now() + Duration::from_secs(5);
        while !format!("{:?}", node.ip_json("-4 route show table all")).contains("linkdown") {
            assert!(Instant::now() < deadline, "no route ever was marked `linkdown`");
            sleep(Duration::from_millis(20));
        }
        let snapshot = node.collect();
        for (family, source) in [(Family::V4, Source::Routes4), (Family::V6, Source::Routes6)] {
            assert_complete(&snapshot, source);
            let printed = node.ip_json(&format!("{} route show table all", family.ip_option()));
            let expected: Vec<String> = printed.iter().map(|value| expected(family, value)).collect();
            let seen = snapshot.routes.iter().filter(|(_, route)| route.family() == family);
            let seen: Vec<String> = seen.map(|(_, route)| described(&snapshot, route)).collect();
            assert!(expected.len() > 25);
            assert_eq!(sorted(&seen), sorted(&expected));
        }
    });
}

/// Sorted lines, so that a difference reads as one.
fn sorted(lines: &[String]) -> String {
    lines.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("\n")
}

fn described(snapshot: &Snapshot, route: &Route) -> String {
    let rare = route.rare.clone().unwrap_or_default();
    let gateway = |via: Option<IpAddr>| via.map_or(String::new(), |via| format!(" via {via}"));
    let dev = |dev: Option<u32>| dev.map_or(String::new(), |dev| format!(" dev {}", snapshot.link_name(dev)));
    let leg = |leg: &Leg| {
        let words = flags(leg.flags);
        format!(" nexthop{}{} weight {} {words}", gateway(leg.via), dev(leg.dev), leg.weight)
    };
    let preference = match (route.family(), rare.preference) {
        (Family::V4, _) => "",
        (Family::V6, RouterPreference::Low) => "low",
        (Family::V6, RouterPreference::Medium) => "medium",
        (Family::V6, RouterPreference::High) => "high",
    };
    format!(
        "{} {} from {:?} tos {}{}{} table {} proto {} scope {} metric {} src {:?} nhid {:?} mtu {:?} encap {:?} pref \
         {preference} expires {} {}{}",
        route.kind,
        route.dst,
        rare.from,
        rare.tos,
        gateway(route.via),
        dev(route.dev),
        route.table,
        route.protocol,
        route.scope,
        route.metric,
        rare.prefsrc,
        rare.nhid,
        rare.mtu,
        rare.encap,
        rare.expires.is_some(),
        flags(route.flags),
        rare.legs.iter().map(leg).collect::<String>(),
    )
}

fn flags(bits: u32) -> String {
    let words = [
        (RouteFlag::DEAD, "dead"),
        (RouteFlag::ONLINK, "onlink"),
        (RouteFlag::PERVASIVE, "pervasive"),
        (RouteFlag::LINKDOWN, "linkdown"),
    ];
    let set = words.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| *word);
    format!("[{}]", set.collect::<Vec<_>>().join(","))
}

/// The same line from iproute2's JSON.
fn expected(family: Family, value: &Value) -> String {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let number = |key: &str| value[key].as_u64();
    let prefix = |word: String| match word.as_str() {
        "default" => family.default_prefix(),
        word => word.parse().unwrap_or_else(|_| word.parse::<IpAddr>().unwrap().into()),
    };
    let tos = text("tos").map_or(0, |tos| u8::from_str_radix(tos.trim_start_matches("0x"), 16).unwrap());
    let legs = value["nexthops"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|leg| format!(" nexthop{} weight {} {}", towards(leg), leg["weight"], words(&leg["flags"])));
    format!(
        "{} {} from {:?} tos {tos}{} table {} proto {} scope {} metric {} src {:?} nhid {:?} mtu {:?} encap {:?} pref \
         {} expires {} {}{}",
        text("type").unwrap(),
        prefix(text("dst").unwrap()),
        text("from").map(prefix),
        towards(value),
        text("table").unwrap(),
        text("protocol").unwrap(),
        text("scope").unwrap(),
        number("metric").unwrap_or(0),
        text("prefsrc").map(|word| word.parse::<IpAddr>().unwrap()),
        number("nhid"),
        value["metrics"][0]["mtu"].as_u64(),
        text("encap"),
        text("pref").unwrap_or_default(),
        number("expires").is_some(),
        words(&value["flags"]),
        legs.collect::<String>(),
    )
}

fn towards(value: &Value) -> String {
    let via = value["gateway"].as_str().or(value["via"]["host"].as_str());
    let via = via.map_or(String::new(), |via| format!(" via {via}"));
    let dev = value["dev"].as_str().map_or(String::new(), |dev| format!(" dev {dev}"));
    via + &dev
}

fn words(flags: &Value) -> String {
    let set = flags.as_array().into_iter().flatten().filter_map(Value::as_str);
    format!("[{}]", set.collect::<Vec<_>>().join(","))
}

#[test]
fn every_route_is_as_rtnetlink_decodes_it() {
    on_node(&["ip"], |node| {
        node.ip(RICH);
        let mut compared = 0;
        for datagram in raw_dumps() {
            for message in Messages(&datagram).map(Result::unwrap).filter(|message| message.kind == 24) {
                let decoded = RouteMessage::parse(message.body).unwrap();
                let row = route::parse(&message).unwrap().unwrap();
                assert_same(&row, &decoded);
                compared += 1;
            }
        }
        assert!(compared > 50, "only {compared} routes compared");
    });
}

/// The datagrams of the kernel's dumps of both families.
fn raw_dumps() -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    for family in [2, 10] {
        let mut socket = Socket::new(NETLINK_ROUTE).unwrap();
        socket.bind_auto().unwrap();
        let mut request = vec![28, 0, 0, 0, 26, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, family];
        request.resize(28, 0);
        socket.send_to(&request, &SocketAddr::new(0, 0), 0).unwrap();
        loop {
            let (datagram, _) = socket.recv_from_full().unwrap();
            let ended = Messages(&datagram).any(|message| message.unwrap().kind == 3);
            datagrams.push(datagram);
            if ended {
                break;
            }
        }
    }
    datagrams
}

fn assert_same(row: &Route, decoded: &RouteMessage) {
    let header = &decoded.header;
    assert_eq!(row.kind, RouteType::from_number(header.kind.into()));
    assert_eq!((row.protocol.0, row.scope.0), (header.protocol.into(), header.scope.into()));
    assert_eq!(row.dst.prefix_len(), header.destination_prefix_length);
    let rare = row.rare.clone().unwrap_or_default();
    assert_eq!(rare.tos, header.tos);
    for attribute in &decoded.attributes {
        match attribute {
            RouteAttribute::Destination(address) => assert_eq!(Some(row.dst.network()), plain(address)),
            RouteAttribute::Source(address) => assert_eq!(rare.from.map(|net| net.network()), plain(address)),
            RouteAttribute::Gateway(address) => assert_eq!(row.via, plain(address)),
            RouteAttribute::PrefSource(address) => assert_eq!(rare.prefsrc, plain(address)),
            RouteAttribute::Oif(index) => assert_eq!(row.dev, Some(*index)),
            RouteAttribute::Priority(metric) => assert_eq!(row.metric, *metric),
            RouteAttribute::Table(table) => assert_eq!(row.table.0, *table),
            RouteAttribute::NhId(id) => assert_eq!(rare.nhid, Some(*id)),
            RouteAttribute::MultiPath(legs) => {
                let decoded: Vec<_> =
                    legs.iter().map(|leg| (leg.interface_index, u32::from(leg.hops) + 1)).collect();
                let read: Vec<_> = rare.legs.iter().map(|leg| (leg.dev.unwrap_or(0), leg.weight)).collect();
                assert_eq!(read, decoded);
            }
            _ => {}
        }
    }
}

fn plain(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

#[test]
fn a_row_that_is_cut_off_is_malformed_and_never_a_panic() {
    on_node(&["ip"], |node| {
        node.ip(RICH);
        for datagram in raw_dumps() {
            for length in 0..datagram.len().min(4096) {
                Messages(&datagram[..length]).flatten().for_each(|message| drop(route::parse(&message)));
            }
            for at in 0..datagram.len().min(4096) {
                let mut bent = datagram.clone();
                bent[at] ^= 0xff;
                Messages(&bent).flatten().for_each(|message| drop(route::parse(&message)));
            }
        }
    });
}

#[test]
fn twenty_thousand_routes_are_whole_when_nothing_changes() {
    on_node(&["ip"], |node: &mut Node| {
        let lines = (0..20_000).map(|n| format!("route add fd00:{n:x}::/32 dev lo\n"));
        node.ip6_batch(&lines.collect::<String>());
        let dumped = routes::dump(Family::V6, Duration::from_secs(5)).unwrap();
        assert!(!dumped.torn && dumped.undecodable == 0);
        let stable = dumped.routes.iter().filter(|route| route.dst.prefix_len() == 32).count();
        assert_eq!(stable, 20_000);
    });
}

/// A folder with what `ip route save`, `ip -j -d route` and `ip -j link` gave at one moment, as the lab records it.
fn assert_recorded(folder: &Path) -> usize {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let json = |name: &str| serde_json::from_slice::<Vec<Value>>(&read(name)).unwrap();
    let links = json("ip-link.json").into_iter().map(|link| Link {
        index: link["ifindex"].as_u64().unwrap() as u32,
        name: link["ifname"].as_str().unwrap().to_owned(),
        ..Link::default()
    });
    let snapshot = Snapshot { links: links.collect(), ..Snapshot::default() };
    let mut compared = 0;
    for (family, number) in [(Family::V4, 4), (Family::V6, 6)] {
        // Four bytes say that it is a dump of routes.
        let saved = read(&format!("ip-{number}-route.nlsave"));
        let rows = Messages(&saved[4..]).map(|message| route::parse(&message.unwrap()).unwrap().unwrap());
        let rows: Vec<String> = rows.map(|route| described(&snapshot, &route)).collect();
        let printed = json(&format!("ip-{number}-route-table-all.json"));
        let printed: Vec<String> = printed.iter().map(|value| expected(family, value)).collect();
        assert_eq!(sorted(&rows), sorted(&printed), "{}", folder.display());
        compared += rows.len();
    }
    compared
}

#[test]
fn recorded_tables_are_as_ip_printed_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(assert_recorded(&root.join("fixtures/netlink/routes")) > 50);
    let Ok(captures) = fs::read_dir(root.join("../shared/captures")) else {
        return println!("skipped in part: no captures beside the repository");
    };
    let states = captures.flatten().filter_map(|state| fs::read_dir(state.path()).ok());
    let nodes = states.flat_map(|nodes| nodes.flatten()).map(|node| node.path());
    let recorded = nodes.filter(|node| node.join("ip-6-route.nlsave").exists());
    let rows: Vec<usize> = recorded.map(|node| assert_recorded(&node)).collect();
    println!("{} routes of {} recorded nodes agree", rows.iter().sum::<usize>(), rows.len());
}
