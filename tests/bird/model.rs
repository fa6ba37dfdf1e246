//! What a configuration means: templates, merged channels, defaults.

use std::collections::BTreeMap;

use routelint::bird::model::{
    AddPaths, Detail, Gateway, Learn, LimitAction, Model, NextHopSelf, Password, Peer, Session,
};
use routelint::bird::tree::{ChannelKind, Policy, ProtocolKind, StaticTarget};
use routelint::bird::{Configuration, Files, Version, read};
use routelint::net::TableId;
use routelint::seen::Seen;

const TEXT: &str = r#"
define LOCAL = 65000;
filter to_peer { accept; }
router id 192.0.2.1;
ipv4 table side;
template bgp base {
    local 192.0.2.1 as LOCAL;
    password "x";
    hold time 30;
    ipv4 { import limit 10 action block; import none; export none; table side; };
}
template bgp edge from base { ipv4 { export filter to_peer; }; multihop 3; }
protocol bgp one from edge { neighbor 192.0.2.9 as 65001; description "first"; ipv4 { import all; }; }
protocol bgp two { local as LOCAL; neighbor 192.0.2.8 as (LOCAL); ipv4 { add paths tx; }; }
protocol bgp three { local as LOCAL; neighbor fe80::1 % 'wg-0' as LOCAL; direct; ipv6 { import none; next hop self; }; }
protocol kernel k { ipv4 { export where source = RTS_BGP; }; metric 0; kernel table 100; learn; }
protocol kernel k6 { ipv6; }
protocol static s4 { ipv4; route 10.0.0.0/8 unreachable; route 10.1.0.0/16 via 192.0.2.9 via "wg0" weight 2; }
protocol pipe p { table side; peer table master4; export none; }
protocol direct d { ipv4; interface "eth*", -"eth9"; disabled; }
protocol device { }
"#;

fn configuration() -> Configuration {
    let files = Files::Given(BTreeMap::from([("/b.conf".to_owned(), TEXT.into())]));
    let read = read(&files, "/b.conf", Version::new(2, 20, 0)).unwrap();
    assert_eq!(read.errors, []);
    read
}

fn session<'m>(model: &'m Model<'_>, name: &str) -> &'m Session {
    match &model.protocol(name).unwrap().detail {
        Detail::Bgp(session) => session,
        other => panic!("{other:?}"),
    }
}

#[test]
fn templates_are_applied_over_levels() {
    let configuration = configuration();
    let model = configuration.model();
    let one = model.protocol("one").unwrap();
    assert_eq!(one.description.as_deref(), Some("first"));
    let channel = &one.channels[0];
    assert_eq!((channel.kind, channel.table.as_deref()), (ChannelKind::Ipv4, Some("side")));
    assert_eq!(channel.import.what, Policy::All);
    assert_eq!(channel.export.what.routine(), configuration.tree.routine_named("to_peer"));
    let limit = channel.import_limit.as_ref().unwrap();
    assert_eq!((&limit.most, limit.action), (&Seen::Known(10), LimitAction::Block));
    assert_eq!(channel.gateway, Gateway::Recursive);
    let session = session(&model, "one");
    assert_eq!(session.local_as, Seen::Known(65000));
    assert_eq!(session.remote, Seen::Known("192.0.2.9".parse().unwrap()));
    assert_eq!((&session.multihop, &session.hold_time), (&Seen::Known(3), &Seen::Known(30)));
    assert_eq!((&session.peer, session.password), (&Seen::Known(Peer::External), Password::Given));
}

#[test]
fn templates_themselves_do_not_run() {
    let configuration = configuration();
    let names: Vec<_> =
        configuration.model().protocols.iter().map(|protocol| protocol.name.to_string()).collect();
    assert_eq!(names, ["one", "two", "three", "k", "k6", "s4", "p", "d", "device1"]);
}

#[test]
fn defaults_follow_the_kind() {
    let configuration = configuration();
    let model = configuration.model();
    let two = model.protocol("two").unwrap();
    assert_eq!((&two.channels[0].export.what, two.channels[0].export.span), (&Policy::None, None));
    assert_eq!((two.channels[0].gateway, two.channels[0].add_paths), (Gateway::Recursive, AddPaths::Tx));
    assert_eq!(
        (session(&model, "two").peer.known(), session(&model, "two").multihop.known()),
        (Some(&Peer::Internal), Some(&64))
    );
    let three = model.protocol("three").unwrap();
    assert_eq!(
        (three.channels[0].gateway, three.channels[0].next_hop_self),
        (Gateway::Direct, NextHopSelf::All)
    );
    let session = session(&model, "three");
    assert_eq!((session.multihop.known(), session.password), (Some(&0), Password::Absent));
    assert_eq!((session.interface.as_deref(), session.is_link_local()), (Some("wg-0"), true));
    let preferences = [("one", 100), ("k", 10), ("s4", 200), ("d", 240)];
    for (name, preference) in preferences {
        assert_eq!(model.protocol(name).unwrap().channels[0].preference, Seen::Known(preference), "{name}");
    }
    let pipe = &model.protocol("p").unwrap().channels[0];
    assert_eq!((&pipe.import.what, &pipe.export.what), (&Policy::All, &Policy::None));
}

#[test]
fn kernel_protocols_know_table_metric_and_learning() {
    let configuration = configuration();
    let model = configuration.model();
    let kernel = |name: &str| match &model.protocol(name).unwrap().detail {
        Detail::Kernel(kernel) => kernel.clone(),
        other => panic!("{other:?}"),
    };
    let (k, k6) = (kernel("k"), kernel("k6"));
    assert_eq!(
        (k.table, k.metric, k.learn),
        (Seen::Known(TableId(100)), Seen::Known(0), Seen::Known(Learn::Foreign))
    );
    assert_eq!(
        (k6.table, k6.metric, k6.learn),
        (Seen::Known(TableId::MAIN), Seen::Known(32), Seen::Known(Learn::Off))
    );
    assert!(matches!(model.protocol("k").unwrap().channels[0].export.what, Policy::Where(_)));
}

#[test]
fn static_routes_and_links_keep_their_places() {
    let configuration = configuration();
    let model = configuration.model();
    let Detail::Static(routes) = &model.protocol("s4").unwrap().detail else { panic!() };
    assert!(matches!(routes[0].target, StaticTarget::Unreachable));
    let hops = routes[1].target.next_hops();
    assert_eq!((hops.len(), hops[1].weight), (2, Some(2)));
    assert_eq!(configuration.sources.place(routes[1].span).line, 18);
    let direct = model.protocol("d").unwrap();
    assert_eq!((direct.kind, &direct.disabled), (ProtocolKind::Direct, &Seen::Known(true)));
    let Detail::Direct(direct) = &direct.detail else { panic!() };
    assert_eq!(direct.interfaces[0].iter().map(|pattern| pattern.negated).collect::<Vec<_>>(), [false, true]);
    assert_eq!(model.router_id, Seen::Known(0xc000_0201));
}

#[test]
fn what_only_bird_can_compute_is_unseen() {
    let text = "protocol device {}\nfunction f() { return 65000; }\ndefine A = f();\n\
                protocol bgp b { local as A; neighbor 192.0.2.1 as 5; ipv4 { import none; export none; }; }\n";
    let files = Files::Given(BTreeMap::from([("/b.conf".to_owned(), text.into())]));
    let read = read(&files, "/b.conf", Version::DEFAULT).unwrap();
    let model = read.model();
    let Seen::Unseen(why) = &session(&model, "b").local_as else { panic!() };
    assert!(why.reason.contains("`A` at /b.conf:4"), "{why:?}");
}
