//! What BIRD refuses of a BGP session once it is closed (proto/bgp/bgp.c, `bgp_postconfig`).

use std::net::IpAddr;

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::tree::{Argument, Expr, Item};
use crate::bird::version::Versions;

/// What is known of a session; `None` for what was not given or is not plain.
pub(super) struct Session<'t> {
    local_as: Option<&'t Expr>,
    remote_as: Option<&'t Expr>,
    local: Option<IpAddr>,
    remote: Option<IpAddr>,
    pub(super) internal: Option<bool>,
    interface: bool,
    pub(super) multihop: bool,
}

impl<'t> Check<'t> {
    pub(super) fn bgp(&mut self, one: &Effective<'t>) {
        let session = self.session(one);
        self.bgp_ends(one, &session);
        self.bgp_roles(one, &session);
        self.bgp_hops(one, &session);
        self.bgp_onlink(one, &session);
        self.bgp_times(one);
        self.bgp_spans(one);
        self.bgp_authentication(one);
        self.interface_range(one);
        for channel in &one.channels {
            self.bgp_channel(one, channel, &session);
        }
    }

    fn session(&self, one: &Effective<'t>) -> Session<'t> {
        let all =
            |name: &'static str| one.options.iter().rev().filter(move |item| item.name == name).copied();
        let word = |word: &'static str| move |item: &'t Item| item.value_behind(word);
        let address = |item: &'t Item| match item.arguments.first() {
            Some(Argument::Value(value)) => self.address(value).filter(|a| !is_zero(*a)),
            _ => None,
        };
        let given = |expr: &&Expr| self.int(expr) != Some(0);
        let local_as = all("local").find_map(word("as")).filter(given);
        let remote_as = all("neighbor").find_map(word("as")).filter(given);
        let number = |expr: Option<&Expr>| expr.and_then(|expr| self.int(expr));
        let kind = all("neighbor").find_map(kind_of_neighbor);
        let same = number(local_as).zip(number(remote_as)).map(|(local, remote)| local == remote);
        let named = |item: &Item| item.name_argument().is_some();
        let hops = one.options.iter().rfind(|item| matches!(item.name, "multihop" | "direct"));
        let internal = kind.or(same);
        let ends = one.options.iter().rev().filter(|item| matches!(item.name, "local" | "source address"));
        Session {
            local_as,
            remote_as,
            local: ends.copied().find_map(address),
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
        if session.local_as.is_none() {
            self.refuse(span, "the local AS number is missing: `local as N`");
        }
        if !neighbors.iter().any(|item| self.names_neighbor(item)) {
            self.refuse(span, "the neighbor is missing: `neighbor ADDRESS as N`");
        }
        if session.remote_as.is_none() && !neighbors.iter().any(|item| kind_of_neighbor(item).is_some()) {
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

    /// A neighbor behind another is refused where it stands, in templates too.
    pub(super) fn bgp_neighbors(&mut self, one: &Effective<'t>) {
        let addressed = |item: &&&Item| {
            item.name == "neighbor"
                && matches!(item.arguments.first(), Some(Argument::Value(_) | Argument::Word("range", _)))
        };
        let mut neighbors = one.options.iter().filter(addressed);
        if neighbors.by_ref().any(|item| self.names_neighbor(item))
            && let Some(second) = neighbors.next()
        {
            self.refuse(second.span, "a second neighbor; a session has one");
        }
    }

    /// Whether `neighbor` says which, and not only what is known of it; `::` says none.
    fn names_neighbor(&self, item: &Item) -> bool {
        match item.arguments.first() {
            Some(Argument::Word("range", _)) => true,
            Some(Argument::Value(value)) => !self.address(value).is_some_and(is_zero),
            _ => false,
        }
    }

    fn bgp_numbers(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let [local, remote] =
            [session.local_as, session.remote_as].map(|number| number.and_then(|term| self.int(term)));
        let Some(remote) = remote else { return };
        let short = self.on(one, "capabilities", true) == Some(false)
            || self.on(one, "enable as4", true) == Some(false);
        if short && remote > 0xffff {
            self.refuse(
                one.protocol.span,
                "without AS numbers of four bytes the neighbor's is 65535 at most",
            );
        }
        let Some(local) = local else { return };
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

    /// Whether an option is on; `None` where that depends on a term.
    pub(super) fn on(&self, one: &Effective<'t>, name: &str, default: bool) -> Option<bool> {
        one.option(name).map_or(Some(default), Item::switch)
    }

    fn bgp_roles(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let on = |name: &str| one.option(name).filter(|item| item.switch() != Some(false));
        if let Some(item) = on("rr client").filter(|_| session.internal == Some(false)) {
            self.refuse(item.span, "only an internal neighbor can be a client of a route reflector");
        }
        if let Some(item) = on("rs client").filter(|_| session.internal == Some(true)) {
            self.refuse(item.span, "only an external neighbor can be a client of a route server");
        }
        let number = one.option("confederation").and_then(Item::value);
        let numbered = number.is_some_and(|number| self.int(number) != Some(0));
        if let Some(item) = on("confederation member").filter(|_| !numbered) {
            self.refuse(item.span, "a member of a confederation wants its number: `confederation N`");
        }
        if let Some(item) = one.option("local role").filter(|_| session.internal == Some(true)) {
            self.refuse(item.span, "a session within one AS has no role");
        }
        if let Some(item) = on("require roles").filter(|_| one.option("local role").is_none()) {
            self.refuse(item.span, "`require roles` wants a `local role`");
        }
        if let Some(item) = on("enforce first as").filter(|_| session.internal == Some(true)) {
            self.refuse(item.span, "`enforce first as` is for external neighbors");
        }
        let lived = one.option("long lived graceful restart");
        let kept = lived.filter(|item| item.has_word("aware") || item.switch() == Some(true));
        if kept.is_some()
            && one
                .option("graceful restart")
                .is_some_and(|item| item.switch() == Some(false) && !item.has_word("aware"))
        {
            self.refuse(one.protocol.span, "`long lived graceful restart` wants `graceful restart`");
        }
    }

    fn bgp_hops(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let on = |name: &str| one.option(name).filter(|item| item.switch() != Some(false));
        let span = one.protocol.span;
        if let Some(item) = on("strict bind").filter(|_| session.local.is_none()) {
            let bound = session.interface || one.option("interface range").is_some();
            let versions = if bound { Versions::before((13, 0), (0, 0)) } else { Versions::ALL };
            self.refuse_in(versions, item.span, "`strict bind` wants a local address");
        }
        if !session.multihop {
            return;
        }
        let link_local = [session.local, session.remote].into_iter().flatten().any(is_link_local);
        if link_local {
            self.refuse(span, "a multihop session cannot use link-local addresses");
        }
        if session.interface || one.option("interface range").is_some() {
            self.refuse(span, "a multihop session cannot be bound to an interface");
        }
        if let Some(item) = one.option("check link").filter(|item| item.switch() == Some(true)) {
            self.refuse(item.span, "a multihop session cannot depend on a link");
        }
        if let Some(item) = on("bfd").filter(|_| session.local.is_none()) {
            self.refuse(item.span, "BFD on a multihop session wants a local address");
        }
    }

    /// A session on a link whose addresses the host does not have, since 2.17.
    fn bgp_onlink(&mut self, one: &Effective<'t>, session: &Session<'t>) {
        let says =
            |item: &&&Item| item.name == "onlink" || item.name == "neighbor" && item.has_word("onlink");
        let Some(item) = one.options.iter().rfind(says).filter(|item| item.switch() != Some(false)) else {
            return;
        };
        if session.multihop {
            self.refuse(item.span, "a multihop session cannot be `onlink`");
        }
        let bound = session.interface || one.option("interface range").is_some();
        let active = self.on(one, "passive", false) == Some(false);
        if !bound && active && session.remote.is_some() {
            self.refuse(item.span, "`onlink` wants an interface where the session is not passive");
        }
    }

    /// The times that must fit each other.
    fn bgp_times(&mut self, one: &Effective<'t>) {
        let span = one.protocol.span;
        let Some(hold) = self.setting(one, "hold time", 240) else { return };
        let (keepalive, send) =
            (self.setting(one, "keepalive time", 0), self.setting(one, "send hold time", 0));
        if keepalive.is_some_and(|keepalive| keepalive > hold) {
            self.refuse(span, "the keepalive time exceeds the hold time");
        }
        // BIRD holds it as a signed number.
        if send.is_some_and(|send| (1..hold).contains(&send)) {
            self.refuse(span, "the send hold time is below the hold time");
        }
        if self.setting(one, "min hold time", 0).is_some_and(|least| least > hold) {
            self.refuse(span, "`min hold time` exceeds the hold time");
        }
        let interval = keepalive.map(|keepalive| if keepalive == 0 { hold / 3 } else { keepalive });
        let least = self.setting(one, "min keepalive time", 0);
        if least.zip(interval).is_some_and(|(least, interval)| least > interval) {
            self.refuse(span, "`min keepalive time` exceeds the keepalive time");
        }
    }

    /// Least and most of the times that a neighbor may ask for.
    fn bgp_spans(&mut self, one: &Effective<'t>) {
        let pairs = [
            ("min graceful restart time", "max graceful restart time"),
            ("min long lived stale time", "max long lived stale time"),
        ];
        for (least, most) in pairs {
            let ends = self.setting(one, least, 0).zip(self.setting(one, most, u32::MAX));
            if ends.is_some_and(|(least, most)| least > most) {
                self.refuse(one.protocol.span, format!("`{least}` exceeds `{most}`"));
            }
        }
    }

    /// The number that an option sets; `None` where that depends on a term.
    pub(super) fn setting(&self, one: &Effective<'t>, name: &str, default: u32) -> Option<u32> {
        match one.option(name).and_then(Item::value) {
            Some(value) => self.int(value),
            None => Some(default),
        }
    }
}

/// `internal` and `external` behind a neighbor, the last of which counts.
fn kind_of_neighbor(item: &Item) -> Option<bool> {
    item.arguments.iter().rev().find_map(|argument| match argument {
        Argument::Word("internal", _) => Some(true),
        Argument::Word("external", _) => Some(false),
        _ => None,
    })
}

/// `::`, which to BIRD is no address; `0.0.0.0` is one.
fn is_zero(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unspecified())
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfe80)
}
