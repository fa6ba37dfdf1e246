//! Links, addresses, policy rules, next-hop objects and settings against what `ip` and `/proc` say.

use std::fs;

use routelint::snapshot::{
    AddressFlag, Link, Nexthop, OperState, PolicyAction, PolicyRule, PortRange, Source,
};
use serde_json::{Value, json};

use crate::lab::{assert_complete, on_node};

/// Removes what iproute2 does not print: nulls and empty lists.
fn pruned(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, field| !field.is_null() && *field != json!([]) && *field != json!(false));
    }
    value
}

/// Keeps some keys of an object.
fn only(value: &Value, keys: &[&str]) -> Value {
    let kept = keys.iter().filter_map(|key| Some(((*key).to_owned(), value.get(*key)?.clone())));
    Value::Object(kept.collect())
}

#[test]
fn links_are_as_ip_prints_them() {
    on_node(&["ip"], |node| {
        node.ip("link add va type veth peer name vb
             link set va up group 7 mtu 1400
             link add br0 type bridge
             link set vb master br0
             tuntap add mode tun t0
             link add v.7 type veth peer name vd
             link set v.7 up
             link set vd up");
        let (snapshot, printed) = node.collect_beside("link");
        assert_complete(&snapshot, Source::Links);
        let keys = ["ifindex", "ifname", "mtu", "master", "operstate", "group"];
        let printed = printed.into_iter().map(|link| {
            let flags = link["flags"].to_string();
            let has = |word: &str| flags.contains(&format!("\"{word}\""));
            let mut kept = only(&link, &keys);
            kept["kind"] = link["linkinfo"]["info_kind"].clone();
            kept["flags"] = json!([has("UP"), has("LOWER_UP"), has("LOOPBACK")]);
            pruned(kept)
        });
        let seen = snapshot.links.iter().map(|link| described_link(link, |index| snapshot.link_name(index)));
        assert_eq!(seen.collect::<Vec<_>>(), printed.collect::<Vec<_>>());
    });
}

fn described_link(link: &Link, name: impl Fn(u32) -> String) -> Value {
    let state = match link.state {
        OperState::Unknown => "UNKNOWN",
        OperState::NotPresent => "NOTPRESENT",
        OperState::Down => "DOWN",
        OperState::LowerLayerDown => "LOWERLAYERDOWN",
        OperState::Testing => "TESTING",
        OperState::Dormant => "DORMANT",
        OperState::Up => "UP",
    };
    let group = if link.group == 0 { "default".to_owned() } else { link.group.to_string() };
    pruned(json!({
        "ifindex": link.index, "ifname": link.name, "mtu": link.mtu, "master": link.master.map(name),
        "operstate": state, "group": group, "kind": link.kind, "flags": [link.up, link.carrier, link.loopback],
    }))
}

#[test]
fn addresses_are_as_ip_prints_them() {
    on_node(&["ip"], |node| {
        node.ip("link add va type veth peer name vb
             link set va up
             addr add 10.9.0.1 peer 10.9.0.2/24 dev va
             addr add 10.9.1.1/24 dev va
             addr add 10.9.1.2/24 dev va
             addr add fd01::1/64 dev va nodad preferred_lft 0
             addr add fd01::3/64 dev va noprefixroute valid_lft 5000 preferred_lft 400
             addr add fd02::1 peer fd02::2/128 dev va");
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::Addresses);
        let printed = node.ip_json("addr").into_iter().flat_map(|link| {
            let index = link["ifindex"].clone();
            let addresses = link["addr_info"].as_array().cloned().unwrap_or_default().into_iter();
            addresses.map(move |address| printed_address(&index, &address)).collect::<Vec<_>>()
        });
        let mut printed: Vec<String> = printed.collect();
        let mut seen: Vec<String> = snapshot.addresses.iter().map(described_address).collect();
        printed.sort();
        seen.sort();
        assert!(seen.len() >= 8);
        assert_eq!(seen, printed);
    });
}

const ADDRESS_FLAGS: [(AddressFlag, &str); 7] = [
    (AddressFlag::Secondary, "secondary"),
    (AddressFlag::NoDad, "nodad"),
    (AddressFlag::DadFailed, "dadfailed"),
    (AddressFlag::Deprecated, "deprecated"),
    (AddressFlag::Tentative, "tentative"),
    (AddressFlag::NoPrefixRoute, "noprefixroute"),
    (AddressFlag::ManageTempAddress, "mngtmpaddr"),
];

fn printed_address(index: &Value, address: &Value) -> String {
    let flags = ADDRESS_FLAGS.iter().filter(|(_, word)| address[*word] == json!(true)).map(|(_, word)| *word);
    let life = |key: &str| address[key].as_u64().filter(|seconds| *seconds != u64::from(u32::MAX)).is_some();
    format!(
        "{index} {} peer {:?} /{} {} {:?} {} {}",
        address["local"].as_str().unwrap(),
        address["address"].as_str(),
        address["prefixlen"],
        address["scope"].as_str().unwrap(),
        flags.collect::<Vec<_>>(),
        life("preferred_life_time"),
        life("valid_life_time"),
    )
}

fn described_address(address: &routelint::snapshot::Address) -> String {
    let flags = ADDRESS_FLAGS.iter().filter(|(flag, _)| address.has(*flag)).map(|(_, word)| *word);
    let peer = address.peer.map(|peer| peer.to_string());
    format!(
        "{} {} peer {:?} /{} {} {:?} {} {}",
        address.link,
        address.address,
        peer.as_deref(),
        address.length,
        address.scope,
        flags.collect::<Vec<_>>(),
        address.preferred.is_some(),
        address.valid.is_some(),
    )
}

#[test]
fn policy_rules_are_as_ip_prints_them() {
    on_node(&["ip"], |node| {
        node.ip(
            "link add va type veth peer name vb
             rule add from 10.1.0.0/16 to 10.2.0.0/16 iif va oif nope fwmark 0x5/0xff tos 0x10 lookup 100 prio 100
             rule add not from all fwmark 0xca6c lookup 51820 prio 101
             rule add lookup main suppress_prefixlength 0 prio 102
             rule add uidrange 1000-2000 ipproto udp sport 100-200 dport 53 blackhole prio 103
             rule add prio 104 goto 32766
             -6 rule add from fd00::/8 unreachable prio 105
             -6 rule add prio 106 prohibit
             rule add prio 107 nop
             rule add prio 108 l3mdev
             rule add prio 109 lookup 70000 suppress_ifgroup 7 proto bird
             rule add prio 111 tun_id 77 lookup 100",
        );
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::Policy);
        let printed = node.ip_json("-4 rule").into_iter().chain(node.ip_json("-6 rule"));
        let printed: Vec<Value> = printed.collect();
        let seen: Vec<Value> = snapshot.policy.iter().map(described_rule).collect();
        assert_eq!(seen, printed);
        assert!(snapshot.policy.iter().all(|rule| rule.unknown.is_empty()));
    });
}

/// A rule in iproute2's JSON.
fn described_rule(rule: &PolicyRule) -> Value {
    let mut value = json!({ "priority": rule.priority, "protocol": rule.protocol.to_string() });
    let mut set = |key: &str, field: Value| value[key] = field;
    prefix(&mut set, "src", "srclen", rule.from, Some("all"));
    prefix(&mut set, "dst", "dstlen", rule.to, None);
    let marks = [
        ("not", rule.invert),
        ("iif_detached", rule.iif_detached),
        ("oif_detached", rule.oif_detached),
        ("l3mdev", rule.l3mdev),
        ("nop", rule.action == PolicyAction::Nop),
    ];
    marks.iter().filter(|(_, on)| *on).for_each(|(key, _)| set(key, Value::Null));
    rule.iif.iter().for_each(|name| set("iif", json!(name)));
    rule.oif.iter().for_each(|name| set("oif", json!(name)));
    if rule.tos != 0 {
        set("tos", json!(format!("{:#x}", rule.tos)));
    }
    if rule.fwmask != 0 {
        set("fwmark", json!(format!("{:#x}", rule.fwmark)));
    }
    if rule.fwmask != 0 && rule.fwmask != u32::MAX {
        set("fwmask", json!(format!("{:#x}", rule.fwmask)));
    }
    if rule.tun_id != 0 {
        set("tun_id", json!(rule.tun_id));
    }
    rule.uid.iter().for_each(|uids| (set("uid_start", json!(uids.start)), set("uid_end", json!(uids.end))).0);
    rule.ip_proto
        .iter()
        .for_each(|protocol| set("ipproto", json!(if *protocol == 17 { "udp" } else { "?" })));
    ports(&mut set, "sport", rule.sport);
    ports(&mut set, "dport", rule.dport);
    rule.suppress_prefixlength.iter().for_each(|length| set("suppress_prefixlen", json!(length)));
    rule.suppress_ifgroup.iter().for_each(|group| set("suppress_ifgroup", json!(group.to_string())));
    match rule.action {
        PolicyAction::Lookup if rule.l3mdev => {}
        PolicyAction::Lookup => set("table", json!(rule.table.to_string())),
        PolicyAction::Goto(target) => set("goto", json!(target)),
        PolicyAction::Nop => {}
        PolicyAction::Blackhole => set("action", json!("blackhole")),
        PolicyAction::Unreachable => set("action", json!("unreachable")),
        PolicyAction::Prohibit => set("action", json!("prohibit")),
        PolicyAction::Other(number) => set("action", json!(number)),
    }
    value
}

fn prefix(
    set: &mut impl FnMut(&str, Value),
    key: &str,
    length: &str,
    prefix: Option<ipnet::IpNet>,
    any: Option<&str>,
) {
    match prefix {
        Some(net) => {
            set(key, json!(net.network()));
            set(length, json!(net.prefix_len()));
        }
        None => any.iter().for_each(|word| set(key, json!(word))),
    }
}

fn ports(set: &mut impl FnMut(&str, Value), key: &str, ports: Option<PortRange>) {
    match ports {
        Some(PortRange { start, end, .. }) if start == end => set(key, json!(start)),
        Some(PortRange { start, end, .. }) => {
            set(&format!("{key}_start"), json!(start));
            set(&format!("{key}_end"), json!(end));
        }
        None => {}
    }
}

#[test]
fn nexthops_are_as_ip_prints_them() {
    on_node(&["ip"], |node| {
        node.ip(crate::routes::RICH);
        let (snapshot, printed) = node.collect_beside("nexthop");
        assert_complete(&snapshot, Source::Nexthops);
        let keys = ["id", "gateway", "dev", "scope", "protocol", "group", "flags"];
        let printed = printed.into_iter().map(|one| {
            let mut kept = only(&one, &keys);
            kept["blackhole"] = json!(one.get("blackhole").is_some());
            kept["fdb"] = json!(one.get("fdb").is_some());
            kept["resilient"] = json!(one["type"] == json!("resilient"));
            kept["encap"] = one["encap"].clone();
            pruned(kept)
        });
        let seen =
            snapshot.nexthops.iter().map(|one| described_nexthop(one, |index| snapshot.link_name(index)));
        assert_eq!(seen.collect::<Vec<_>>(), printed.collect::<Vec<_>>());
        assert!(snapshot.nexthops.len() > 8);
    });
}

fn described_nexthop(one: &Nexthop, name: impl Fn(u32) -> String) -> Value {
    let member = |member: &routelint::snapshot::Member| match member.weight {
        1 => json!({ "id": member.id }),
        weight => json!({ "id": member.id, "weight": weight }),
    };
    let flags = [(1, "dead"), (4, "onlink"), (16, "linkdown")];
    let flags: Vec<&str> =
        flags.iter().filter(|(bit, _)| one.flags & bit != 0).map(|(_, word)| *word).collect();
    pruned(json!({
        "id": one.id, "gateway": one.via, "dev": one.dev.map(name), "scope": one.scope.to_string(),
        "protocol": one.protocol.to_string(), "group": one.group.iter().map(member).collect::<Vec<_>>(),
        "flags": flags, "blackhole": one.blackhole, "fdb": one.fdb, "resilient": one.resilient, "encap": one.encap,
    }))
}

#[test]
fn settings_have_the_names_and_values_of_this_namespace() {
    on_node(&["ip"], |node| {
        node.ip("link add v.7 type veth peer name vd");
        fs::write("/proc/sys/net/ipv4/conf/v.7/rp_filter", "2").unwrap();
        fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1").unwrap();
        let snapshot = node.collect();
        assert_complete(&snapshot, Source::Sysctls);
        let setting = |name: &str| snapshot.sysctls.get(name).map(String::as_str);
        // `sysctl -a` swaps the dot of an interface's name for a slash.
        assert_eq!(setting("net.ipv4.conf.v/7.rp_filter"), Some("2"));
        assert_eq!(setting("net.ipv6.conf.all.forwarding"), Some("1"));
        assert_eq!(setting("net.ipv6.conf.vd.accept_ra"), Some("1"));
        assert_eq!(setting("net.ipv6.conf.eth0.forwarding"), None, "that of another namespace");
    });
}

#[test]
fn a_named_namespace_is_entered_by_the_collector_alone() {
    on_node(&["ip"], |node| {
        node.ip("netns add inner\n-n inner link add only-here type veth peer name vb");
        let options = routelint::collect::Options { netns: Some("inner".to_owned()), ..Default::default() };
        let inner = routelint::collect::collect(&options).unwrap();
        assert!(inner.links.iter().any(|link| link.name == "only-here"));
        assert!(inner.sysctls.contains_key("net.ipv6.conf.only-here.forwarding"));
        assert!(node.collect().links.iter().all(|link| link.name != "only-here"));
        node.ip("netns del inner");
        let error = routelint::collect::collect(&options).unwrap_err().to_string();
        assert!(error.contains("/run/netns/inner") && error.contains("ip netns list"), "{error}");
    });
}
