//! Whatever a snapshot holds, its folder gives it back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::{Family, Protocol, PublicKey, RouteScope, RouteType, TableId};
use routelint::seen::Unseen;
use routelint::snapshot::{
    Address, AddressFlag, BirdAnswer, BirdDaemon, ConfigFile, Device, Gap, Implementation, Leg, Link, Member,
    Nexthop, OperState, Peer, PolicyAction, PolicyRule, PortRange, Rare, Route, RouterPreference, Routes,
    Snapshot, Source, UidRange, WgQuickFile, folder,
};
use routelint::text::Blanked;

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|n| IpAddr::V4(Ipv4Addr::from(n))),
        any::<u128>().prop_map(|n| IpAddr::V6(Ipv6Addr::from(n))),
    ]
}

fn prefix() -> impl Strategy<Value = IpNet> {
    prop_oneof![
        (any::<u32>(), 0..=32u8).prop_map(|(n, l)| IpNet::V4(Ipv4Net::new(n.into(), l).unwrap()).trunc()),
        (any::<u128>(), 0..=128u8).prop_map(|(n, l)| IpNet::V6(Ipv6Net::new(n.into(), l).unwrap()).trunc()),
    ]
}

/// Names as the kernel allows them, those among them that mean an index elsewhere.
fn link_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}[0-9]", "if[0-9]", "#[0-9]", "[!-.0-9;-~]{1,15}", "wgé[\"\\\\]"]
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let link =
        (any::<[bool; 3]>(), option::of("[a-z]{3,9}"), 0..70_000u32, option::of(0..9u32), any::<u32>());
    btree_map(link_name(), link, 0..6).prop_map(|named| {
        let numbered = named.into_iter().enumerate();
        numbered
            .map(|(at, (name, ([up, carrier, loopback], kind, mtu, master, group)))| Link {
                index: 2 * at as u32 + 1,
                name,
                kind,
                up,
                carrier,
                loopback,
                state: OperState::LowerLayerDown,
                mtu,
                master,
                group,
                vrf_table: master,
            })
            .collect()
    })
}

fn leg() -> impl Strategy<Value = Leg> {
    let encap = option::of("[a-z0-9]{1,5}");
    (option::of(0..12u32), option::of(address()), 1..256u32, 0..1024u32, encap)
        .prop_map(|(dev, via, weight, flags, encap)| Leg { dev, via, weight, flags, encap })
}

fn rare() -> impl Strategy<Value = Option<Box<Rare>>> {
    let preference = select(vec![RouterPreference::Low, RouterPreference::Medium, RouterPreference::High]);
    let numbers = (any::<u8>(), option::of(any::<u32>()), option::of(any::<u32>()), option::of(any::<u32>()));
    let rare = (numbers, option::of(prefix()), option::of(address()), vec(leg(), 0..3), preference);
    let rare = rare.prop_map(|((tos, nhid, expires, mtu), from, prefsrc, legs, preference)| Rare {
        tos,
        from,
        prefsrc,
        nhid,
        legs,
        preference,
        expires,
        encap: None,
        mtu,
    });
    option::of(rare).prop_map(|rare| rare.filter(|rare| *rare != Rare::default()).map(Box::new))
}

fn route() -> impl Strategy<Value = Route> {
    let kind = (0..12u8).prop_map(RouteType::from_number);
    let numbers = (any::<u32>(), any::<u32>(), any::<u8>(), any::<u8>(), any::<u32>());
    (prefix(), option::of(address()), option::of(0..12u32), kind, numbers, rare()).prop_map(
        |(dst, via, dev, kind, (table, metric, protocol, scope, flags), rare)| Route {
            dst,
            via,
            dev,
            table: TableId(table % 3 * 127),
            metric: metric % 3,
            flags,
            kind,
            protocol: Protocol(protocol),
            scope: RouteScope(scope),
            rare,
        },
    )
}

fn own_address() -> impl Strategy<Value = Address> {
    let flags =
        select(vec![vec![], vec![AddressFlag::Permanent], vec![AddressFlag::NoDad, AddressFlag::Tentative]]);
    let times = (option::of(any::<u32>()), option::of(any::<u32>()));
    (0..12u32, address(), 0..=32u8, option::of(address()), any::<u8>(), flags, times).prop_map(
        |(link, address, length, peer, scope, flags, (preferred, valid))| Address {
            link,
            address,
            length,
            peer,
            scope: RouteScope(scope),
            flags,
            preferred,
            valid,
        },
    )
}

fn policy_rule() -> impl Strategy<Value = PolicyRule> {
    let action = select(vec![
        PolicyAction::Lookup,
        PolicyAction::Goto(7),
        PolicyAction::Nop,
        PolicyAction::Prohibit,
        PolicyAction::Other(9),
    ]);
    let names = (option::of(link_name()), option::of(prefix()), any::<[bool; 2]>());
    let numbers = (any::<u32>(), any::<u32>(), option::of(any::<u16>()), option::of(0..64u8));
    (select(Family::ALL.to_vec()), 0..5u32, action, names, numbers).prop_map(
        |(family, priority, action, (iif, from, [invert, detached]), (mark, mask, port, dscp))| PolicyRule {
            action,
            iif,
            from,
            invert,
            iif_detached: detached,
            fwmark: mark,
            fwmask: mask,
            dscp,
            sport: port.map(|port| PortRange { start: port, end: u16::MAX, mask: port }),
            uid: dscp.map(|_| UidRange { start: mark, end: mask }),
            tun_id: u64::from(mark),
            suppress_prefixlength: dscp.map(u32::from),
            unknown: port.into_iter().collect(),
            ..PolicyRule::lookup(family, priority, TableId(mark))
        },
    )
}

fn nexthop() -> impl Strategy<Value = Nexthop> {
    let group = vec((any::<u32>(), 1..70_000u32).prop_map(|(id, weight)| Member { id, weight }), 0..3);
    (1..99u32, option::of(address()), option::of(0..12u32), any::<[bool; 3]>(), group, any::<u32>()).prop_map(
        |(id, via, dev, [blackhole, resilient, fdb], group, flags)| Nexthop {
            id,
            family: via.map(Family::of),
            via,
            dev,
            blackhole,
            group,
            resilient,
            fdb,
            flags,
            scope: RouteScope(253),
            protocol: Protocol(12),
            encap: None,
        },
    )
}

fn key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(PublicKey)
}

fn peer() -> impl Strategy<Value = Peer> {
    let endpoint =
        option::of((address(), any::<u16>()).prop_map(|(address, port)| SocketAddr::new(address, port)));
    let numbers = (option::of(any::<i64>()), any::<u64>(), any::<u64>(), option::of(any::<u16>()));
    (key(), any::<bool>(), endpoint, vec(prefix(), 0..4), numbers).prop_map(
        |(public_key, preshared, endpoint, allowed_ips, (latest_handshake, received, sent, keepalive))| {
            Peer { public_key, preshared, endpoint, allowed_ips, latest_handshake, received, sent, keepalive }
        },
    )
}

fn devices() -> impl Strategy<Value = Vec<Device>> {
    let device = (option::of(key()), option::of(any::<u16>()), any::<u32>(), vec(peer(), 0..4));
    btree_map(link_name(), device, 0..3).prop_map(|named| {
        let device = |(name, (public_key, listen_port, fwmark, peers))| Device {
            name,
            implementation: Some(Implementation::Userspace),
            public_key,
            listen_port,
            fwmark,
            peers,
        };
        named.into_iter().map(device).collect()
    })
}

/// Paths on the node: beside the main file, elsewhere, alike but for what a folder cannot hold.
fn path() -> impl Strategy<Value = String> {
    select(vec![
        "/etc/bird/bird.conf",
        "/etc/bird/root/a",
        "/opt/x.conf",
        "/etc/bird/../x.conf",
        "x.conf",
        "/etc/bird/status.txt",
        "/etc/bird/x.conf/y",
    ])
    .prop_map(str::to_owned)
}

fn daemon() -> impl Strategy<Value = BirdDaemon> {
    let text = "([a-z \"#;{}\n]|password \"[a-z]+\"|define [A-C] = \"[a-z]+\";|password [A-C];){0,12}";
    let file = (path(), option::of(any::<i64>()), text);
    let answer = (select(vec!["show status", "show route all", "show route", "eval A-B"]), "[ -~é\n]{0,40}");
    (vec(file, 0..4), vec(answer, 0..4), option::of(any::<bool>())).prop_map(|(files, answers, running)| {
        let texts: Vec<&str> = files.iter().map(|(_, _, text)| text.as_str()).collect();
        let blanked = Blanked::bird(&texts);
        let file = |((path, modified, _), text): (&(String, _, String), _)| ConfigFile {
            path: path.clone(),
            modified: *modified,
            text,
        };
        let answer = |(command, text): (&str, String)| BirdAnswer { command: command.to_owned(), text };
        BirdDaemon {
            name: "bird".into(),
            running,
            version: running.map(|_| "2.0.12".into()),
            config: files.first().map(|(path, ..)| path.clone()),
            socket: None,
            files: files.iter().zip(blanked).map(file).collect(),
            answers: answers.into_iter().map(answer).collect(),
        }
    })
}

fn wg_quick() -> impl Strategy<Value = WgQuickFile> {
    let line = "(PrivateKey = [a-z]{3}|# [ -~]{0,9}|AllowedIPs = 10.0.0.0/8|\\[Peer\\]|[a-z =#]{0,9})\r?\n";
    (link_name().prop_map(|name| name.replace('/', "")), vec(line, 0..6)).prop_map(|(interface, lines)| {
        WgQuickFile {
            path: format!("/etc/wireguard/{interface}.conf"),
            text: Blanked::wg_quick(&lines.concat()),
            interface,
        }
    })
}

fn gap() -> impl Strategy<Value = (Source, Gap)> {
    let text = "[ -~é\n]{0,20}";
    (select(Source::ALL.to_vec()), text, any::<bool>(), text, text).prop_map(
        |(source, part, torn, reason, remedy)| (source, Gap { part, torn, why: Unseen::new(reason, remedy) }),
    )
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let kernel = (
        links(),
        vec(own_address(), 0..6),
        vec(route(), 0..30),
        vec(policy_rule(), 0..6),
        vec(nexthop(), 0..4),
        devices(),
        btree_map("net\\.[a-z.]{1,9}", "[ -~\t]{0,9}", 0..4),
    );
    let files = (vec(wg_quick(), 0..3), vec(daemon(), 0..3), vec(gap(), 0..5));
    ("[ -~é]{0,12}", option::of(0..4_000_000_000i64), kernel, files).prop_map(
        |(
            node,
            taken,
            (links, addresses, routes, policy, nexthops, wireguard, sysctls),
            (wg_quick, bird, gaps),
        )| {
            let mut snapshot = Snapshot {
                kernel: taken.map(|_| node.clone()),
                node,
                taken: taken.map(|seconds| jiff::Timestamp::from_second(seconds).unwrap()),
                links,
                addresses,
                routes: Routes::new(routes),
                policy,
                nexthops,
                wireguard,
                sysctls,
                wg_quick,
                bird,
                ..Snapshot::default()
            };
            gaps.into_iter().for_each(|(source, gap)| snapshot.sources.miss(source, gap));
            snapshot
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reading_gives_what_was_written(snapshot in snapshot()) {
        let dir = tempfile::tempdir().unwrap();
        folder::write(&snapshot, dir.path()).unwrap();
        let read = folder::read(dir.path()).unwrap();
        prop_assert_eq!(&read, &snapshot.clone().canonical());
        // Once more over itself: every file of a capture is known as such.
        folder::write(&read, dir.path()).unwrap();
        prop_assert_eq!(&folder::read(dir.path()).unwrap(), &read);
    }

    /// The kernel takes the first of equal routes, so that their order must last.
    #[test]
    fn equal_routes_keep_their_order(order in vec(0..4u32, 0..12)) {
        let route = |dev: &u32| Route {
            dst: "fd00::/8".parse().unwrap(),
            via: None,
            dev: Some(*dev),
            table: TableId::MAIN,
            metric: 1024,
            flags: 0,
            kind: RouteType::Unicast,
            protocol: Protocol(3),
            scope: RouteScope(0),
            rare: None,
        };
        let snapshot = Snapshot { routes: Routes::new(order.iter().map(route).collect()), ..Snapshot::default() };
        let dir = tempfile::tempdir().unwrap();
        folder::write(&snapshot, dir.path()).unwrap();
        let read = folder::read(dir.path()).unwrap();
        let devs: Vec<u32> = read.routes.iter().filter_map(|(_, route)| route.dev).collect();
        prop_assert_eq!(devs, order);
    }
}
