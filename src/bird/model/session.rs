//! BGP sessions.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::bird::Configuration;
use crate::bird::effective::Effective;
use crate::bird::files::Span;
use crate::bird::plain;
use crate::bird::tree::{Argument, Expr, Item, Net};
use crate::seen::{Seen, Unseen};

/// A BGP session as it is configured.
#[derive(Clone, Debug)]
pub struct Session {
    /// The own AS number.
    pub local_as: Seen<u32>,
    /// The own address, where one is given.
    pub local: Seen<IpAddr>,
    /// The neighbour's AS number; absent where only `internal` or `external` is said.
    pub remote_as: Seen<u32>,
    /// The neighbour's address; absent for a range.
    pub remote: Seen<IpAddr>,
    /// `neighbor range`: whoever calls from there.
    pub range: Option<IpNet>,
    /// Whether the neighbour is of the same AS.
    pub peer: Seen<Peer>,
    /// The interface that the session is bound to.
    pub interface: Option<Arc<str>>,
    /// How many hops away the neighbour may be; 0 where it must be on a link.
    pub multihop: Seen<u32>,
    /// The own port, 179 by default.
    pub local_port: Seen<u32>,
    /// The neighbour's port, 179 by default.
    pub remote_port: Seen<u32>,
    /// Whether a password is set; never which.
    pub password: Password,
    /// `passive`
    pub passive: Seen<bool>,
    /// `bfd`
    pub bfd: Seen<bool>,
    /// `rr client`
    pub rr_client: Seen<bool>,
    /// `rs client`
    pub rs_client: Seen<bool>,
    /// `confederation member`
    pub confederation_member: Seen<bool>,
    /// Seconds, 240 by default; 0 for never.
    pub hold_time: Seen<u32>,
    /// Seconds; absent for a third of the hold time.
    pub keepalive_time: Seen<u32>,
    /// `interpret communities`: routes marked as not to be exported are not; on by default.
    pub interpret_communities: Seen<bool>,
    /// `allow bgp_local_pref`: a neighbour of another AS may set it.
    pub allow_local_pref: Seen<bool>,
    /// What the names of sessions begin with that a range makes; `dynbgp` by default.
    pub dynamic_name: Arc<str>,
    /// How many digits the numbers of these names have at least, 0 by default.
    pub dynamic_digits: Seen<u32>,
    /// `default bgp_local_pref`, 100 by default.
    pub default_local_pref: Seen<u32>,
    /// Where `neighbor` is written.
    pub neighbor_span: Option<Span>,
    /// Where `local` is written.
    pub local_span: Option<Span>,
}

/// Whether a neighbour is of the same AS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// iBGP
    Internal,
    /// eBGP
    External,
}

/// Whether a session has a password; the password itself is never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Password {
    /// None.
    Absent,
    /// There is one.
    Given,
}

impl Configuration {
    pub(super) fn session(&self, one: &Effective<'_>) -> Session {
        let value = |name: &str| one.option(name).and_then(Item::value);
        let (local_as, remote_as) = (last_behind(one, "local", "as"), last_behind(one, "neighbor", "as"));
        let (local_as, remote_as) = (self.number(local_as, None), self.number(remote_as, None));
        let peer = peer(one, &local_as, &remote_as);
        let neighbor =
            all(one, "neighbor").find(|item| first_address(item).is_some() || item.has_word("range"));
        Session {
            local: self.address(self.local_address(one)),
            remote: self.address(neighbor.and_then(first_address)),
            range: neighbor.and_then(range),
            interface: interface(one),
            multihop: self.multihop(one, &peer),
            local_port: self.number(last_behind(one, "local", "port"), Some(179)),
            remote_port: self.number(last_behind(one, "neighbor", "port"), Some(179)),
            password: password(one),
            passive: self.switch(one.option("passive"), Some(false)),
            bfd: self.switch(one.option("bfd"), Some(false)),
            rr_client: self.switch(one.option("rr client"), Some(false)),
            rs_client: self.switch(one.option("rs client"), Some(false)),
            confederation_member: self.switch(one.option("confederation member"), Some(false)),
            interpret_communities: self.switch(one.option("interpret communities"), Some(true)),
            allow_local_pref: self.switch(one.option("allow bgp_local_pref"), Some(false)),
            dynamic_name: one
                .option("dynamic name")
                .and_then(Item::value)
                .and_then(|name| plain::text(&self.tree, name))
                .unwrap_or_else(|| "dynbgp".into()),
            dynamic_digits: self.number(value("dynamic name digits"), Some(0)),
            hold_time: self.number(value("hold time"), Some(240)),
            keepalive_time: self.number(value("keepalive time"), None),
            default_local_pref: self.number(value("default bgp_local_pref"), Some(100)),
            neighbor_span: neighbor.or_else(|| all(one, "neighbor").next()).map(|item| item.span),
            local_span: all(one, "local").next().map(|item| item.span),
            local_as,
            remote_as,
            peer,
        }
    }

    /// The last of `local ADDRESS` and `source address ADDRESS`.
    fn local_address<'t>(&self, one: &Effective<'t>) -> Option<&'t Expr> {
        one.options.iter().rev().find_map(|item| match item.name {
            "local" => first_address(item),
            "source address" => item.value(),
            _ => None,
        })
    }

    /// The last of `multihop` and `direct`, else what the kind of neighbour has by default.
    fn multihop(&self, one: &Effective<'_>, peer: &Seen<Peer>) -> Seen<u32> {
        match one.options.iter().rfind(|item| matches!(item.name, "multihop" | "direct")) {
            Some(item) if item.name == "direct" => Seen::Known(0),
            Some(item) => self.number(item.value(), Some(64)),
            None => peer.clone().map(Peer::default_hops),
        }
    }
}

/// The options of a name, the last first.
fn all<'a, 't: 'a>(one: &'a Effective<'t>, name: &'static str) -> impl Iterator<Item = &'t Item> + 'a {
    one.options.iter().rev().filter(move |item| item.name == name).copied()
}

fn last_behind<'t>(one: &Effective<'t>, name: &'static str, word: &'static str) -> Option<&'t Expr> {
    all(one, name).find_map(|item| item.value_behind(word))
}

/// The address with which `local` or `neighbor` begins.
fn first_address(item: &Item) -> Option<&Expr> {
    match item.arguments.first() {
        Some(Argument::Value(value)) => Some(value),
        _ => None,
    }
}

fn range(item: &Item) -> Option<IpNet> {
    item.arguments.iter().find_map(|argument| match argument {
        Argument::Net(Net::Ip(prefix), _) => Some(*prefix),
        _ => None,
    })
}

/// Said by `internal` or `external`, else told by the AS numbers.
fn peer(one: &Effective<'_>, local_as: &Seen<u32>, remote_as: &Seen<u32>) -> Seen<Peer> {
    let said = all(one, "neighbor").find_map(|item| match () {
        () if item.has_word("internal") => Some(Peer::Internal),
        () if item.has_word("external") => Some(Peer::External),
        () => None,
    });
    if let Some(said) = said {
        return Seen::Known(said);
    }
    match (local_as, remote_as) {
        (Seen::Known(local), Seen::Known(remote)) if local == remote => Seen::Known(Peer::Internal),
        (Seen::Known(_), Seen::Known(_)) => Seen::Known(Peer::External),
        (Seen::Unseen(why), _) | (_, Seen::Unseen(why)) => Seen::Unseen(why.clone()),
        (Seen::Absent, _) | (_, Seen::Absent) => {
            let name = &one.protocol.name.text;
            Seen::Unseen(Unseen::new(
                format!("`{name}` lacks an AS number"),
                "say `local as N` and `neighbor ADDRESS as N`",
            ))
        }
    }
}

/// `interface "wg0"`, or the name behind `%`.
fn interface(one: &Effective<'_>) -> Option<Arc<str>> {
    one.options.iter().rev().find_map(|item| match (item.name, item.arguments.first()) {
        ("interface", Some(Argument::Text(text, _))) => Some(text.clone()),
        ("neighbor" | "local", _) => item.name_argument().map(|name| name.text.clone()),
        _ => None,
    })
}

fn password(one: &Effective<'_>) -> Password {
    match one.option("password").or_else(|| one.option("keys")) {
        Some(_) => Password::Given,
        None => Password::Absent,
    }
}

impl Session {
    /// Whether the neighbour is certainly of the same AS.
    pub fn is_internal(&self) -> bool {
        self.peer == Seen::Known(Peer::Internal)
    }

    /// Whether the neighbour's address is a link-local one.
    pub fn is_link_local(&self) -> bool {
        matches!(self.remote, Seen::Known(IpAddr::V6(address)) if address.segments()[0] & 0xffc0 == 0xfe80)
    }
}
