//! What BIRD refuses of options that must fit each other, within interfaces, areas and blocks.

use super::Check;
use crate::bird::effective::Effective;
use crate::bird::plain;
use crate::bird::tree::{Argument, Bound, Community, EcKind, ExprKind, Item, ProtocolKind, SetItem};
use crate::bird::version::Versions;

impl<'t> Check<'t> {
    /// Options within the blocks of a protocol.
    pub(super) fn options(&mut self, one: &Effective<'t>) {
        let kind = one.protocol.kind;
        for item in &one.options {
            match (kind, item.name) {
                (ProtocolKind::Ospf2 | ProtocolKind::Ospf3, "area") => self.ospf_interfaces(kind, item),
                (ProtocolKind::Ospf2, "rfc5838") => self.refuse(item.span, "`rfc5838` is for OSPF version 3"),
                (ProtocolKind::Babel, "interface") => self.babel_interface(item),
                (ProtocolKind::Radv, "interface") => self.radv_interface(item),
                (ProtocolKind::Radv, _) => self.radv_option(item),
                (ProtocolKind::Bfd, "neighbor") => self.bfd_neighbor(item),
                (ProtocolKind::Bfd, "interface" | "multihop") | (ProtocolKind::Bgp, "bfd") => {
                    self.passwords(kind, item.block().unwrap_or(&[]))
                }
                (ProtocolKind::Rip | ProtocolKind::RipNg, "interface") => self.rip_interface(kind, item),
                (ProtocolKind::Bgp, "hold time") => self.hold_time(item),
                (ProtocolKind::Bgp, "dynamic name") => self.dynamic_name(item),
                (ProtocolKind::Bgp, "keys") => self.ao_keys(item),
                (ProtocolKind::Bmp, "system description" | "system name") => self.system_text(item),
                (ProtocolKind::Bmp, "station address") => self.station(item),
                (ProtocolKind::L3vpn | ProtocolKind::Evpn, name) if name.ends_with("target") => {
                    self.route_targets(item)
                }
                _ => {}
            }
        }
    }

    fn hold_time(&mut self, item: &Item) {
        if self.number(item).is_some_and(|hold| hold > 65535 || (1..3).contains(&hold)) {
            self.refuse(item.span, "the hold time is neither 0 nor 3 to 65535");
        }
    }

    fn dynamic_name(&mut self, item: &Item) {
        let text = item.value().and_then(|value| plain::text(self.tree, value));
        if text.as_ref().is_some_and(|text| text.contains('%') || text.len() > 48) {
            self.refuse(item.span, "the name has 48 characters at most, none of them `%`");
        }
    }

    fn system_text(&mut self, item: &Item) {
        let text = item.value().and_then(|value| plain::text(self.tree, value));
        if text.is_some_and(|text| !(1..=255).contains(&text.len())) {
            self.refuse(item.span, "the text has 1 to 255 characters");
        }
    }

    fn station(&mut self, item: &Item) {
        let is_zero = |pair: &[Argument]| match pair {
            [Argument::Word("ip", _), Argument::Value(value)] => {
                self.address(value).is_some_and(|address| address.is_ipv6() && address.is_unspecified())
            }
            _ => false,
        };
        if item.arguments.windows(2).any(is_zero) {
            self.refuse(item.span, "`::` is no address of a station");
        }
    }

    /// Only extended communities of the kind `rt` are targets.
    fn route_targets(&mut self, item: &Item) {
        let Some(ExprKind::Set(members)) = item.value().map(|value| &value.kind) else { return };
        for member in members {
            match member {
                SetItem::Community(Community::Ec(kind, key, _), _) if is_target(*kind, Some(*key)) => {}
                SetItem::Ec(kind, bounds) if is_target(*kind, self.key(&bounds[0])) => {}
                SetItem::Opaque(_) => {}
                _ => self.refuse(item.span, "a route target is an extended community of the kind `rt`"),
            }
        }
    }

    /// The key of an extended community, where it is one number.
    fn key(&self, bound: &Bound) -> Option<u32> {
        match bound {
            Bound::One(value) => self.int(value),
            Bound::Any | Bound::Range(_) => None,
        }
    }

    /// What authenticates a BGP session, since 2.17; a password alone means MD5.
    pub(super) fn bgp_authentication(&mut self, one: &Effective<'t>) {
        let has_keys = one
            .options
            .iter()
            .any(|item| item.name == "keys" && item.block().is_some_and(|keys| !keys.is_empty()));
        let password = one.option("password").is_some();
        let scheme = one.option("authentication");
        let is = |word: &str| scheme.is_some_and(|item| item.has_word(word));
        let assumed = !is("md5") && !is("ao") && password && !has_keys;
        if (is("md5") || assumed) != password {
            self.refuse(one.protocol.span, "`authentication md5` and `password` go together");
        }
        if is("ao") != has_keys {
            self.refuse(one.protocol.span, "`authentication ao` and `keys` go together");
        }
        if is("ao") && one.options.iter().any(|item| item.name == "neighbor" && item.has_word("range")) {
            self.refuse(one.protocol.span, "`authentication ao` wants one neighbor, not a range");
        }
    }

    fn ao_keys(&mut self, item: &Item) {
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for key in item.block().unwrap_or(&[]) {
            self.ao_key(key);
            for (name, known) in [("send id", &mut sent), ("recv id", &mut received)] {
                let options = key.block().unwrap_or(&[]);
                let id = options.iter().rfind(|option| option.name == name || option.name == "id");
                let Some(id) = id.and_then(|id| self.number(id)) else { continue };
                if known.contains(&id) {
                    self.refuse(key.span, format!("a second key with the `{name}` {id}"));
                }
                known.push(id);
            }
        }
    }

    fn ao_key(&mut self, key: &Item) {
        let options = key.block().unwrap_or(&[]);
        let has = |name: &str| options.iter().any(|item| item.name == name);
        let secrets = options.iter().rfind(|item| item.name == "secret").map(Item::secret_length);
        match secrets {
            None | Some(Some(0)) => self.refuse(key.span, "`secret` is missing"),
            Some(Some(length)) if length > 80 => self.refuse(key.span, "a secret has 80 bytes at most"),
            Some(_) => {}
        }
        if !(has("id") || has("send id") && has("recv id")) {
            self.refuse(key.span, "`id` is missing");
        }
        if has("preferred") && has("deprecated") {
            self.refuse(key.span, "a key is preferred or deprecated, not both");
        }
    }

    /// A transport that is authenticated has a password, and the other way round.
    pub(super) fn rpki_transport(&mut self, item: &Item) {
        let Some(options) = item.block().filter(|_| item.has_word("tcp")) else { return };
        let scheme = options.iter().rfind(|option| option.name == "authentication");
        let md5 = scheme.is_some_and(|option| option.has_word("md5"));
        if md5 != options.iter().any(|option| option.name == "password") {
            self.refuse(item.span, "`authentication md5` and `password` go together");
        }
    }

    /// A dump has one table or one pattern of tables; 2.x lets the last count.
    pub(super) fn mrt_tables(&mut self, one: &Effective<'t>) {
        let tables: Vec<_> = one.options.iter().filter(|item| item.name == "table").collect();
        let is_name = |item: &&&Item| item.name_argument().is_some();
        if tables.iter().any(is_name) && !tables.iter().all(is_name) {
            self.refuse_in(Versions::THREE, tables[1].span, "`table` by name and by pattern");
        }
    }

    /// An interface range finds neighbours by their advertisements.
    pub(super) fn interface_range(&mut self, one: &Effective<'t>) {
        let Some(item) = one.option("interface range") else { return };
        if one.switch("strict bind") != Some(true) {
            self.refuse(item.span, "`interface range` wants `strict bind`");
        }
        if one.option("interface").is_some() {
            self.refuse(item.span, "`interface` and `interface range` exclude each other");
        }
    }
}

/// Whether an extended community is a route target, by its kind or by the numbers that say it (RFC 4360, section 4).
fn is_target(kind: EcKind, key: Option<u32>) -> bool {
    let says_so = |kind: u32| kind & 0xff == 2 && kind >> 8 <= 2;
    match kind {
        EcKind::Rt => true,
        EcKind::Ro => false,
        EcKind::Generic => key.is_none_or(|key| says_so(key >> 16)),
        EcKind::Unknown(kind) => says_so(kind),
    }
}
