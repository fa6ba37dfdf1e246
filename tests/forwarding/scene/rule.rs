//! Random policy rules: every selector and every action.

use proptest::prelude::*;
use proptest::sample::select;
use routelint::net::Family;

use super::pool::prefix;

/// Commands that add rules and, rarely, take some away, the kernel's own included.
pub(super) fn rules(family: Family) -> impl Strategy<Value = Vec<String>> {
    let deletions =
        ["rule del priority 0", "rule del priority 32766", "rule del priority 7"].map(str::to_owned);
    let one = prop_oneof![40 => rule(family).boxed(), 1 => select(deletions.to_vec()).boxed()];
    prop_oneof![1 => Just(Vec::new()), 3 => prop::collection::vec(one, 1..10)]
}

fn rule(family: Family) -> impl Strategy<Value = String> {
    let not = prop::bool::weighted(0.15).prop_map(|not| if not { "not" } else { "" });
    (not, selectors(family), priority(), action()).prop_map(|(not, selectors, priority, action)| {
        format!("rule add {not} {selectors} {priority} {action}")
    })
}

fn priority() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        12 => 1u32..24,
        1 => select(&[0, 32765, 32766, 32767, 32768, 40000][..]),
    ];
    let said = number.prop_map(|number| format!("priority {number}"));
    prop_oneof![12 => said, 1 => Just(String::new())]
}

fn action() -> impl Strategy<Value = String> {
    let owned = |text: &str| text.to_owned();
    let tables = ["100", "200", "300", "main", "local", "default", "9999"];
    let lookup = select(tables.to_vec()).prop_map(|table| format!("lookup {table}"));
    let suppressed = (select(&["100", "200", "main", "local"][..]), suppressors())
        .prop_map(|(table, suppress)| format!("lookup {table} {suppress}"));
    let target = prop_oneof![6 => 2u32..28, 2 => select(&[32766u32, 32767, 33000, 32768][..])];
    prop_oneof![
        8 => lookup,
        3 => suppressed,
        1 => select(&["blackhole", "unreachable", "prohibit"][..]).prop_map(owned),
        2 => target.prop_map(|to| format!("goto {to}")),
        1 => select(&["nop", "l3mdev"][..]).prop_map(owned),
    ]
}

fn suppressors() -> impl Strategy<Value = String> {
    let length = select(&[0, 8, 16, 23, 24, 31, 32, 48, 64, 127, 128][..])
        .prop_map(|length| format!("suppress_prefixlength {length}"));
    let group = select(&[7, 7, 0, 3][..]).prop_map(|group| format!("suppress_ifgroup {group}"));
    let both = (length.clone(), group.clone()).prop_map(|(length, group)| format!("{length} {group}"));
    prop_oneof![4 => length, 3 => group, 1 => both]
}

fn selectors(family: Family) -> impl Strategy<Value = String> {
    let from = prefix(family).prop_map(|from| format!("from {from}")).boxed();
    let to = prefix(family).prop_map(|to| format!("to {to}")).boxed();
    let link = || select(&["lo", "v0", "v1", "v3", "t0", "red", "gone0"][..]);
    let iif = link().prop_map(|link| format!("iif {link}")).boxed();
    let oif = link().prop_map(|link| format!("oif {link}")).boxed();
    let words = [
        one_of(&["fwmark 1", "fwmark 0x10/0xf0", "fwmark 0/0x1", "fwmark 0x11/0xffffffff"]),
        one_of(&["tos 0x10", "tos 0x04", "tos 0x08", "tos 0x1c", "tos 0x30"]),
        one_of(&["uidrange 0-0", "uidrange 1000-2000", "uidrange 1-4294967294"]),
        one_of(&[
            "ipproto tcp",
            "ipproto udp",
            "ipproto icmp",
            "ipproto 58",
            "sport 53",
            "dport 80-90",
            "ipproto tcp dport 80",
            "sport 1000-2000 dport 53",
        ]),
    ];
    let rare = one_of(&["tun_id 5", "from all", "to all", "protocol bird"]);
    let some = |part: BoxedStrategy<String>| prop::option::weighted(0.22, part);
    let parts: Vec<_> = [from, to, iif, oif].into_iter().chain(words).map(some).collect();
    (parts, prop::option::weighted(0.03, rare))
        .prop_map(|(parts, rare)| parts.into_iter().chain([rare]).flatten().collect::<Vec<_>>().join(" "))
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<String> {
    select(words).prop_map(str::to_owned).boxed()
}
