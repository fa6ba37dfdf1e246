//! Answers of real daemons: the same two routers under four versions, and the recorded meshes.

use std::path::{Path, PathBuf};

use routelint::bird::socket::{
    ConfigureStatus, RouteKind, read_configure_status, read_interfaces, read_protocols, read_routes,
    read_status, read_symbols,
};

const VERSIONS: [&str; 4] = ["2.0.12", "2.20.0", "3.1.8", "3.4.0"];

fn answer(version: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bird/socket").join(version).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"))
}

#[test]
fn the_status_tells_version_and_times() {
    for version in VERSIONS {
        let status = read_status(&answer(version, "show-status.txt"));
        assert_eq!(status.version.as_deref(), Some(version));
        assert_eq!(status.router_id, Some("192.0.2.1".parse().unwrap()));
        assert!(status.last_reconfiguration.unwrap().starts_with("2026-11-23 "));
        assert_eq!(status.other, ["Daemon is up and running"]);
        assert_eq!(read_configure_status(&answer(version, "configure-status.txt")), ConfigureStatus::Settled);
    }
    let pending = read_configure_status("BIRD 2.0.12 ready.\nConfiguration unconfirmed, undo in 12 s\n");
    assert!(matches!(pending, ConfigureStatus::Pending(_)));
}

#[test]
fn sessions_read_alike_in_every_version() {
    for version in VERSIONS {
        let protocols = read_protocols(&answer(version, "show-protocols-all.txt"));
        let named = |name: &str| protocols.iter().find(|protocol| protocol.name == name).unwrap();
        assert_eq!(protocols.len(), 11, "{version}");
        let up = named("peer2");
        assert_eq!((up.proto.as_str(), up.state.as_str(), up.info.as_str()), ("BGP", "up", "Established"));
        assert_eq!(up.description.as_deref(), Some("peer two"));
        let bgp = up.bgp.as_ref().unwrap();
        assert_eq!(
            (bgp.state.as_str(), bgp.neighbor_as, bgp.local_as),
            ("Established", Some(65002), Some(65001))
        );
        assert_eq!(bgp.neighbor_address, Some("10.0.0.2".parse().unwrap()));
        assert_eq!(bgp.neighbor_id, Some("192.0.2.2".parse().unwrap()));
        let channel = &up.channels[0];
        assert_eq!(
            (channel.name.as_str(), channel.state.as_deref(), channel.preference),
            ("ipv4", Some("UP"), Some(100))
        );
        assert_eq!(
            (channel.input_filter.as_deref(), channel.output_filter.as_deref()),
            (Some("(unnamed)"), Some("to_peer"))
        );
        let routes = channel.routes.unwrap();
        assert_eq!((routes.imported, routes.filtered, routes.preferred), (2, Some(1), Some(2)), "{version}");
        let limits: Vec<_> =
            channel.limits.iter().map(|l| (l.which.as_str(), l.most, l.action.as_deref())).collect();
        let expected = [
            ("Receive", Some(200), Some("disable")),
            ("Import", Some(100), Some("block")),
            ("Export", Some(50), Some("disable")),
        ];
        assert_eq!(limits, expected);
        assert_eq!(
            named("callers").bgp.as_ref().unwrap().neighbor_range,
            Some("10.7.0.0/24".parse().unwrap())
        );
        assert_eq!(named("parked").bgp.as_ref().unwrap().state, "Down");
        let down = named("down_one");
        assert_eq!((down.state.as_str(), down.channels[0].state.as_deref()), ("start", Some("DOWN")));
        let pipe = &named("pp").channels[0];
        assert_eq!((pipe.table.as_deref(), pipe.peer_table.as_deref()), (Some("master4"), Some("side")));
        assert_eq!(named("k6").channels[0].output_filter.as_deref(), Some("REJECT"));
    }
}

#[test]
fn the_short_form_reads_too() {
    for version in VERSIONS {
        let protocols = read_protocols(&answer(version, "show-protocols.txt"));
        assert_eq!(protocols.len(), 11);
        assert!(protocols.iter().all(|protocol| !protocol.since.is_empty() && protocol.other.is_empty()));
    }
}

#[test]
fn routes_read_alike_in_every_version() {
    for version in VERSIONS {
        let tables = read_routes(&answer(version, "show-route-all.txt"));
        assert_eq!(tables.iter().map(|table| table.table.as_str()).collect::<Vec<_>>(), ["master4", "r4"]);
        let route = |net: &str| tables[0].routes.iter().find(|route| route.net == net).unwrap();
        assert_eq!(tables[0].routes.len(), 12, "{version}");
        assert_eq!(route("10.1.0.0/16").kind, Some(RouteKind::Unreachable));
        assert_eq!(route("10.1.4.0/24").kind, Some(RouteKind::Prohibit));
        assert_eq!(route("10.1.7.0/24").preference, Some(150));
        assert_eq!(route("10.1.7.0/24").attribute("my_tag"), Some("5"));
        let several = route("10.1.6.0/24");
        assert_eq!((several.hops[0].weight, several.hops[1].dev.as_deref()), (3, Some("va")));
        let learned = route("10.2.1.0/24");
        assert!(learned.primary && !learned.refused);
        assert_eq!((learned.protocol.as_str(), learned.source.as_deref()), ("peer2", Some("BGP")));
        assert_eq!(
            (learned.attribute("bgp_path"), learned.attribute("bgp_local_pref")),
            (Some("65002"), Some("100"))
        );
        assert_eq!(
            (learned.origin.as_deref(), learned.prefix),
            (Some("AS65002i"), Some("10.2.1.0/24".parse().unwrap()))
        );
        assert_eq!(route("10.99.0.0/16").attribute("krt_source"), Some("3"));
        assert_eq!(
            (tables[1].routes[0].net.as_str(), tables[1].routes[0].kind),
            ("10.1.0.0/16-24 AS65001", None)
        );
    }
}

#[test]
fn exported_routes_carry_what_the_filter_set() {
    for version in VERSIONS {
        let tables = read_routes(&answer(version, "show-route-export-peer2-all.txt"));
        let routes: Vec<_> = tables.iter().flat_map(|table| &table.routes).collect();
        assert!(routes.len() >= 8, "{version}");
        assert!(routes.iter().all(|route| route.attribute("bgp_med") == Some("7")), "{version}");
        assert!(
            routes.iter().all(|route| route.attribute("bgp_large_community") == Some("(65001, 1, 2)")),
            "{version}"
        );
    }
}

#[test]
fn links_and_symbols_read() {
    for version in VERSIONS {
        let links = read_interfaces(&answer(version, "show-interfaces.txt"));
        let va = links.iter().find(|link| link.name == "va").unwrap();
        assert!(va.up && va.addresses.contains(&"10.0.0.1/24".parse().unwrap()), "{va:?}");
        assert_eq!(va.mtu, Some(1500));
        let symbols = read_symbols(&answer(version, "show-symbols.txt"));
        let class = |name: &str| {
            symbols.iter().find(|symbol| symbol.name == name).map(|symbol| symbol.class.as_str())
        };
        assert_eq!(
            (class("to_peer"), class("own"), class("OWN")),
            (Some("filter"), Some("function"), Some("constant"))
        );
        assert_eq!(class("peer2"), Some("protocol"));
    }
}

#[test]
fn unknown_lines_are_kept() {
    let protocols = read_protocols(
        "a BGP --- up 12:00:00.000 Established\n  Something new\n  Channel ipv9\n    Colour: red\n",
    );
    assert_eq!(protocols[0].other, ["Something new"]);
    assert_eq!(protocols[0].channels[0].fields, [("Colour".to_owned(), "red".to_owned())]);
    let tables = read_routes(
        "Table t:\n10.0.0.0/8 unicast [a 12:00:00] ! (5/20)\n\tvia 10.0.0.1 on x onlink\n\tnew words here\n",
    );
    let route = &tables[0].routes[0];
    assert!(route.refused && route.hops[0].onlink);
    assert_eq!(
        (route.preference, route.other.as_slice()),
        (Some(5), ["new words here".to_owned()].as_slice())
    );
}

#[test]
fn the_recorded_meshes_read() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    if !captures.is_dir() {
        return println!("skipped: no ../shared/captures");
    }
    let mut nodes: Vec<PathBuf> = directories(&captures).iter().flat_map(|mesh| directories(mesh)).collect();
    nodes.retain(|node| node.join("birdc-show-protocols-all.txt").is_file());
    assert!(nodes.len() >= 80);
    for node in nodes {
        let text = |name: &str| std::fs::read_to_string(node.join(name)).unwrap();
        let protocols = read_protocols(&text("birdc-show-protocols-all.txt"));
        let sessions: Vec<_> = protocols.iter().filter(|protocol| protocol.proto == "BGP").collect();
        assert!(
            sessions.iter().all(|session| session.bgp.as_ref().is_some_and(|bgp| bgp.neighbor_as.is_some())),
            "{node:?}"
        );
        let tables = read_routes(&text("birdc-show-route-all.txt"));
        assert!(
            tables
                .iter()
                .flat_map(|table| &table.routes)
                .all(|route| route.prefix.is_some() && route.kind.is_some())
        );
        assert!(protocols.is_empty() || !read_interfaces(&text("birdc-show-interfaces.txt")).is_empty());
        // In some of the meshes a daemon was killed, and its node says nothing.
        let version = read_status(&text("birdc-show-status.txt")).version;
        assert!(protocols.is_empty() || version.as_deref() == Some("2.0.12"), "{node:?}");
    }
}

fn directories(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}
