//! What BIRD refuses of a BGP session once it is closed (proto/bgp/bgp.c, `bgp_postconfig`).

use std::net::IpAddr;

use super::Check;
use crate::bird::effective::{Effective, EffectiveChannel};
use crate::bird::plain;
use crate::bird::tree::{Argument, ChannelKind, Expr, Item};
use crate::bird::version::Versions;

/// What is known of a session; `None` for what was not given or is not plain.
struct Session<'t> {
    local_as: Option<&'t Expr>,
    remote_as: Option<&'t Expr>,
    local: Option<IpAddr>,
    remote: Option<IpAddr>,
    internal: Option<bool>,
    interface: bool,
    multihop: bool,
}

impl<'t> Check<'t> {
    pub(super) fn bgp(&mut self, one: &Effective<'t>) {
        let session = self.session(one);
        self.bgp_ends(one, &session);
        self.bgp_roles(one, &session);
        self.bgp_hops(one, &session);
        self.bgp_times(one);
        self.bgp_authentication(one);
        self.interface_range(one);
        for channel in &one.channels {
            self.bgp_channel(one, channel, &session);
        }
    }

    fn session(&self, one: &Effective<'t>) -> Session<'t> {
        let all =
            |name: &'static str| one.options.iter().rev().filter(move |item| item.name == name).copied();
        let tree = self.tree;
        let word = |word: &'static str| move |item: &'t Item| item.value_behind(word);
        let address = |item: &'t Item| match item.arguments.first() {
            Some(Argument::Value(value)) => plain::address(tree, value),
            _ => None,
        };
        let local_as = all("local").find_map(word("as"));
        let remote_as = all("neighbor").find_map(word("as"));
        let number = |expr: Option<&Expr>| expr.and_then(|expr| plain::int(tree, expr));
        let kind =
            all("neighbor").find_map(|item| match (item.has_word("internal"), item.has_word("external")) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            });
        let same = number(local_as).zip(number(remote_as)).map(|(local, remote)| local == remote);
        let named = |item: &Item| item.name_argument().is_some();
        let hops = one.options.iter().rfind(|item| matches!(item.name, "multihop" | "direct"));
        let internal = kind.or(same);
        Session {
            local_as,
            remote_as,
            local: all("source address").chain(all("local")).find_map(address),
            remote: all("neighbor").find_map(address),
            internal,
            interface: one.option("interface").is_some()
                || all("neighbor").any(named)
                || all("local").any(named),
            multihop: hops.map_or(internal == Some(true), |item| item.name == "multihop"),
        }
    }

    fn bgp_ends(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let span = one.protocol.span;
        let neighbors: Vec<_> = one.options.iter().filter(|item| item.name == "neighbor").collect();
        let with_address = neighbors.iter().filter(|item| names_neighbor(item));
        if let Some(second) = with_address.clone().nth(1) {
            self.refuse(second.span, "a second neighbor; a session has one");
        }
        if session.local_as.is_none() {
            self.refuse(span, "the local AS number is missing: `local as N`");
        }
        if with_address.count() == 0 && one.option("interface range").is_none() {
            self.refuse(span, "the neighbor is missing: `neighbor ADDRESS as N`");
        }
        let kind_given = neighbors.iter().any(|item| item.has_word("internal") || item.has_word("external"));
        if session.remote_as.is_none() && !kind_given {
            self.refuse(span, "the neighbor's AS number is missing: `neighbor ADDRESS as N`");
        }
        self.bgp_numbers(one, session);
        let link_local = [session.local, session.remote].into_iter().flatten().any(is_link_local);
        if link_local && !session.interface {
            self.refuse(
                span,
                "a link-local address wants its interface: `neighbor fe80::1 % NAME` or `interface \"NAME\"`",
            );
        }
    }

    fn bgp_numbers(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let number = |expr: Option<&Expr>| expr.and_then(|expr| plain::int(self.tree, expr));
        let (Some(local), Some(remote)) = (number(session.local_as), number(session.remote_as)) else {
            return;
        };
        match session.internal {
            Some(true) if local != remote => {
                self.refuse(one.protocol.span, "an internal neighbor has the same AS number")
            }
            Some(false) if local == remote => {
                self.refuse(one.protocol.span, "an external neighbor has another AS number")
            }
            _ => {}
        }
    }

    fn bgp_roles(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let on = |name: &str| one.option(name).filter(|item| item.switch() != Some(false));
        if let Some(item) = on("rr client").filter(|_| session.internal == Some(false)) {
            self.refuse(item.span, "only an internal neighbor can be a client of a route reflector");
        }
        if let Some(item) = on("rs client").filter(|_| session.internal == Some(true)) {
            self.refuse(item.span, "only an external neighbor can be a client of a route server");
        }
        if let Some(item) = on("confederation member").filter(|_| one.option("confederation").is_none()) {
            self.refuse(item.span, "a member of a confederation wants its number: `confederation N`");
        }
        if let Some(item) = one.option("local role").filter(|_| session.internal == Some(true)) {
            self.refuse(item.span, "a session within one AS has no role");
        }
        if let Some(item) = on("require roles").filter(|_| one.option("local role").is_none()) {
            self.refuse(item.span, "`require roles` wants a `local role`");
        }
        if let Some(item) = on("enforce first as").filter(|_| session.internal == Some(true)) {
            self.refuse_in(
                Versions::since((0, 8), (0, 0)),
                item.span,
                "`enforce first as` is for external neighbors",
            );
        }
        if let Some(item) =
            one.option("long lived graceful restart").filter(|item| item.switch() == Some(true))
            && one
                .option("graceful restart")
                .is_some_and(|item| item.switch() == Some(false) && !item.has_word("aware"))
        {
            self.refuse(item.span, "`long lived graceful restart` wants `graceful restart`");
        }
    }

    fn bgp_hops(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let on = |name: &str| one.option(name).filter(|item| item.switch() != Some(false));
        let span = one.protocol.span;
        if let Some(item) = on("strict bind").filter(|_| session.local.is_none()) {
            let versions = if session.interface { Versions::before((8, 0), (0, 0)) } else { Versions::ALL };
            self.refuse_in(versions, item.span, "`strict bind` wants a local address");
        }
        if !session.multihop {
            return;
        }
        let link_local = [session.local, session.remote].into_iter().flatten().any(is_link_local);
        if link_local {
            self.refuse(span, "a multihop session cannot use link-local addresses");
        }
        if session.interface {
            self.refuse(span, "a multihop session cannot be bound to an interface");
        }
        if let Some(item) = one.option("check link").filter(|item| item.switch() == Some(true)) {
            self.refuse(item.span, "a multihop session cannot depend on a link");
        }
        if let Some(item) = on("bfd").filter(|_| session.local.is_none()) {
            self.refuse(item.span, "BFD on a multihop session wants a local address");
        }
    }

    /// The times that must fit each other, since 2.13.
    fn bgp_times(&mut self, one: &Effective<'t>) {
        let tree = self.tree;
        let time =
            |name: &str| one.option(name).and_then(Item::value).and_then(|value| plain::int(tree, value));
        let hold = time("hold time").unwrap_or(240);
        let (keepalive, send) = (time("keepalive time"), time("send hold time"));
        let versions = Versions::since((14, 0), (0, 0));
        if keepalive.is_some_and(|keepalive| keepalive > hold) {
            self.refuse_in(
                Versions::since((0, 8), (0, 0)),
                one.protocol.span,
                "the keepalive time exceeds the hold time",
            );
        }
        if send.is_some_and(|send| send > 0 && send < hold) {
            self.refuse_in(versions, one.protocol.span, "the send hold time is below the hold time");
        }
        if time("hold time").is_some_and(|hold| hold > 65535 || (1..3).contains(&hold)) {
            self.refuse_in(versions, one.protocol.span, "the hold time is neither 0 nor 3 to 65535");
        }
    }

    fn bgp_channel(&mut self, one: &Effective<'t>, channel: &EffectiveChannel<'t>, session: &Session<'t>) {
        let member = one.option("confederation member").is_some_and(|item| item.switch() != Some(false));
        if session.internal == Some(false) && !member && channel.kind != ChannelKind::Mpls {
            for (name, other) in [("import", "import"), ("export", "export in")] {
                if channel.policy(name).or(channel.policy(other)).is_none() {
                    self.refuse(
                        channel.span,
                        format!("a session with another AS wants an explicit `{name}` policy"),
                    );
                }
            }
        }
        if let Some(item) = channel
            .option("gateway direct")
            .filter(|_| session.multihop && last_gateway(channel) == Some("gateway direct"))
        {
            self.refuse(item.span, "a multihop session cannot use `gateway direct`");
        }
        if let Some(item) = channel.option("secondary").filter(|item| item.switch() != Some(false)) {
            let sorted = self.table_of(channel).is_some_and(|table| {
                table.options.iter().any(|o| o.name == "sorted" && o.switch() != Some(false))
            });
            if !sorted {
                self.refuse(item.span, "`secondary` wants a `sorted` table");
            }
        }
        self.igp_table(channel);
        self.flow_options(channel);
    }

    /// Next hops are looked up in a table of addresses.
    fn igp_table(&mut self, channel: &EffectiveChannel<'t>) {
        let Some(item) = channel.option("igp table") else { return };
        let table = item.name_argument().and_then(|name| self.table_named(&name.text));
        if table.is_some_and(|table| !matches!(table.kind, ChannelKind::Ipv4 | ChannelKind::Ipv6)) {
            self.refuse(item.span, "an IGP table holds IPv4 or IPv6 networks");
        }
    }
}

/// Whether `neighbor` says which, and not only what is known of it.
fn names_neighbor(item: &Item) -> bool {
    matches!(item.arguments.first(), Some(Argument::Value(_) | Argument::Word("range", _)))
}

fn last_gateway(channel: &EffectiveChannel<'_>) -> Option<&'static str> {
    channel.options.iter().rev().map(|item| item.name).find(|name| name.starts_with("gateway "))
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfe80)
}
