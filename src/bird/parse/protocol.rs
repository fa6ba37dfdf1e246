//! Protocols, templates and channels.

use super::{Kind, Name, Parser, Read, Skip, Span};
use crate::bird::error::ErrorKind;
use crate::bird::grammar::{self, Options};
use crate::bird::symbols::Symbol;
use crate::bird::tree::{
    Channel, ChannelKind, Item, Protocol, ProtocolId, ProtocolItem, ProtocolKind, Role, StaticRoutes,
};
use crate::bird::version::Versions;

/// How many templates may be made of each other: everybody who asks for an option walks them.
const MAX_ANCESTORS: usize = 500;

impl Parser<'_> {
    /// `protocol bgp NAME from TEMPLATE { … }`
    pub(super) fn protocol(&mut self, role: Role) -> Read<ProtocolId> {
        let start = self.bump().span;
        self.settle_groups();
        let kind = self.protocol_kind()?;
        let id = ProtocolId(self.tree.protocols.len() as u32);
        let (name, from) = self.protocol_name(kind, role, id)?;
        let parent = from.as_ref().and_then(|from| self.parent(kind, from));
        let (items, routes) = (Vec::new(), StaticRoutes::default());
        let protocol = Protocol { kind, role, name, from, parent, items, routes, span: start };
        self.tree.protocols.push(protocol);
        let known = self.errors.len();
        let read = self.protocol_body(kind, id);
        let span = self.since(start);
        // What is missing may be what could not be read: where a `}` closes too much, a channel is elsewhere.
        let broken = self.errors[known..].iter().any(|error| error.kind == ErrorKind::Syntax);
        let protocol = &mut self.tree.protocols[id.0 as usize];
        protocol.span = span;
        if read.is_err() || broken {
            protocol.items.push(ProtocolItem::Opaque(span));
        }
        if role == Role::Instance {
            self.use_implied_tables(kind, id);
        }
        read.map(|()| id)
    }

    /// A static protocol resolves next hops in the default tables; some protocols have a channel without saying so.
    fn use_implied_tables(&mut self, kind: ProtocolKind, id: ProtocolId) {
        let has_channel = |item: &ProtocolItem| matches!(item, ProtocolItem::Channel(_));
        let (four, six) = match kind {
            ProtocolKind::Static => (true, true),
            _ if self.tree.protocol(id).items.iter().any(has_channel) => (false, false),
            ProtocolKind::Rip | ProtocolKind::Ospf2 => (true, false),
            ProtocolKind::RipNg | ProtocolKind::Ospf3 | ProtocolKind::Radv => (false, true),
            _ => (false, false),
        };
        self.default_tables_used[0] |= four;
        self.default_tables_used[1] |= six;
    }

    fn protocol_kind(&mut self) -> Read<ProtocolKind> {
        let word = self.word_at(0);
        let Some(kind) = kind_named(word).filter(|_| self.symbols.find(word).is_none()) else {
            return Err(self.expected("the kind of a protocol"));
        };
        let span = self.bump().span;
        self.require(kind_versions(kind), span, format_args!("the protocol `{word}`"));
        Ok(match kind {
            ProtocolKind::Ospf2 if self.eat_word("v3") => ProtocolKind::Ospf3,
            ProtocolKind::Ospf2 => {
                self.eat_word("v2");
                ProtocolKind::Ospf2
            }
            ProtocolKind::Rip if self.eat_word("ng") => ProtocolKind::RipNg,
            kind => kind,
        })
    }

    /// `NAME`, `NAME from OTHER`, `from OTHER`, or nothing, for which a name is made up.
    fn protocol_name(
        &mut self,
        kind: ProtocolKind,
        role: Role,
        id: ProtocolId,
    ) -> Read<(Name, Option<Name>)> {
        let symbol = match role {
            Role::Instance => Symbol::Protocol(id),
            Role::Template => Symbol::Template(id),
        };
        let is_from = self.at_word("from")
            && matches!(self.kind_at(1), Kind::Word | Kind::QuotedWord)
            && self.kind_at(2) == Kind::BraceOpen;
        let name = match self.kind() {
            Kind::Word | Kind::QuotedWord if !is_from => self.new_name("a name")?,
            _ => self.made_up_name(kind),
        };
        self.define(&name, symbol);
        if !self.eat_word("from") {
            return Ok((name, None));
        }
        let from = self.name("the name of a template or a protocol")?;
        Ok((name, Some(from)))
    }

    /// What stands behind `from`; a protocol that names itself inherits nothing.
    fn parent(&mut self, kind: ProtocolKind, from: &Name) -> Option<ProtocolId> {
        match self.symbols.find(&from.text) {
            Some(Symbol::Protocol(id) | Symbol::Template(id)) => {
                let other = self.tree.protocols.get(id.0 as usize)?.kind;
                if family(other) != family(kind) {
                    self.refuse(from.span, format!("`{}` is a protocol of another kind", from.text));
                }
                let older = |id: &ProtocolId| self.tree.protocol(*id).parent;
                if std::iter::successors(Some(id), older).nth(MAX_ANCESTORS).is_none() {
                    return Some(id);
                }
                self.refuse(from.span, format!("more than {MAX_ANCESTORS} templates made of each other"));
            }
            Some(_) => self.refuse(from.span, format!("`{}` is no template or protocol", from.text)),
            None => {
                self.refuse(from.span, format!("no template or protocol `{}` is defined here", from.text))
            }
        }
        None
    }

    /// `bgp1`, `bgp2`, …: the first that is free, as BIRD counts.
    fn made_up_name(&mut self, kind: ProtocolKind) -> Name {
        let stem = grammar::of_protocol(kind);
        let span = Span { start: self.span().start, end: self.span().start };
        loop {
            let number = self.made_up.entry(stem).or_default();
            *number += 1;
            let text = format!("{stem}{number}");
            if self.symbols.find_global(&text).is_none() {
                return Name { text: text.into(), span };
            }
        }
    }

    fn protocol_body(&mut self, kind: ProtocolKind, id: ProtocolId) -> Read<()> {
        let options = grammar::table(grammar::of_protocol(kind));
        let index = id.0 as usize;
        let read = self.nested(|p| {
            p.block_of_some(
                |p| {
                    if kind == ProtocolKind::Static && p.at_word("route") {
                        let route = p.static_route()?;
                        p.expect(Kind::Semicolon, "`;`")?;
                        p.tree.protocols[index].routes.push(route);
                    } else if let Some(item) = p.statement(kind, options)? {
                        p.tree.protocols[index].items.push(item);
                    }
                    Ok(None)
                },
                ProtocolItem::Opaque,
            )
        })?;
        self.tree.protocols[index].items.extend(read);
        Ok(())
    }

    fn statement(&mut self, kind: ProtocolKind, options: &'static Options) -> Read<Option<ProtocolItem>> {
        if self.eat(Kind::Semicolon) {
            return Ok(None);
        }
        let item = if let Some(channel) = self.channel_follows(kind) {
            ProtocolItem::Channel(self.channel(kind, channel)?)
        } else {
            ProtocolItem::Option(self.protocol_option(kind, options)?)
        };
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(Some(item))
    }

    fn protocol_option(&mut self, kind: ProtocolKind, options: &'static Options) -> Read<Item> {
        if self.find_option(options).is_none()
            && matches!(self.word_at(0), "import" | "export" | "table" | "preference")
        {
            self.old.push(self.span());
            self.refuse(
                self.span(),
                format!("`{}` stands within a channel (`ipv4 {{ … }}`) since BIRD 2", self.word_at(0)),
            );
            return Err(Skip);
        }
        self.option(options, &format!("an option of `{}`", grammar::of_protocol(kind)))
    }

    /// Whether a channel begins here, and how many words name it.
    fn channel_follows(&self, kind: ProtocolKind) -> Option<(ChannelKind, usize)> {
        if matches!(
            kind,
            ProtocolKind::Pipe | ProtocolKind::Aggregator | ProtocolKind::Device | ProtocolKind::Bfd
        ) {
            return None;
        }
        let word = self.word_at(0);
        if self.symbols.find(word).is_some() || !channel_begins(word) {
            return None;
        }
        if word == "neighbors" {
            return Some((ChannelKind::Neighbor, 1));
        }
        let second = self.keyword_at(1);
        channel_named(word, second)
    }

    /// `ipv4 { import all; export none; }`
    fn channel(&mut self, protocol: ProtocolKind, (kind, words): (ChannelKind, usize)) -> Read<Channel> {
        let start = self.span();
        for _ in 0..words {
            self.bump();
        }
        self.judge_channel(protocol, kind, start);
        self.use_default_table(kind);
        let table = match (protocol, kind) {
            (_, ChannelKind::Mpls) => "mpls channel",
            (ProtocolKind::Bgp, _) => "bgp channel",
            _ => "channel",
        };
        self.channels += 1;
        let mut items = Vec::new();
        if self.is(Kind::BraceOpen) {
            let options = grammar::table(table);
            let opaque = |span| Item { name: "", arguments: Vec::new(), span };
            items = self.nested(|p| p.block(|p| p.channel_option(options), opaque))?;
        }
        Ok(Channel { kind, items, span: self.since(start) })
    }

    fn channel_option(&mut self, options: &'static Options) -> Read<Item> {
        if self.is(Kind::Semicolon) {
            return Err(self.expected("an option of a channel"));
        }
        let item = self.option(options, "an option of a channel")?;
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(item)
    }

    fn judge_channel(&mut self, protocol: ProtocolKind, kind: ChannelKind, start: Span) {
        let versions = match kind {
            ChannelKind::Aspa => Versions::since((16, 0), (0, 0)),
            ChannelKind::Eth | ChannelKind::Evpn | ChannelKind::Neighbor => Versions::since((19, 0), (3, 0)),
            _ => Versions::ALL,
        };
        self.require(versions, start, "a channel of this kind");
        if kind == ChannelKind::Mpls && !matches!(protocol, ProtocolKind::Static | ProtocolKind::Kernel) {
            self.require(Versions::since((14, 0), (0, 0)), start, "a channel of labels here");
        }
        if protocol == ProtocolKind::Bgp
            && matches!(
                kind,
                ChannelKind::Roa4
                    | ChannelKind::Roa6
                    | ChannelKind::Ipv6Sadr
                    | ChannelKind::Vpn4
                    | ChannelKind::Vpn6
            )
        {
            self.refuse(start, "BGP has no channel of this kind");
        }
    }
}

/// The protocol of a keyword.
fn kind_named(word: &str) -> Option<ProtocolKind> {
    Some(match word {
        "aggregator" => ProtocolKind::Aggregator,
        "babel" => ProtocolKind::Babel,
        "bfd" => ProtocolKind::Bfd,
        "bgp" => ProtocolKind::Bgp,
        "bmp" => ProtocolKind::Bmp,
        "bridge" => ProtocolKind::Bridge,
        "device" => ProtocolKind::Device,
        "direct" => ProtocolKind::Direct,
        "evpn" => ProtocolKind::Evpn,
        "kernel" => ProtocolKind::Kernel,
        "l3vpn" => ProtocolKind::L3vpn,
        "mrt" => ProtocolKind::Mrt,
        "ospf" => ProtocolKind::Ospf2,
        "perf" => ProtocolKind::Perf,
        "pipe" => ProtocolKind::Pipe,
        "radv" => ProtocolKind::Radv,
        "rip" => ProtocolKind::Rip,
        "rpki" => ProtocolKind::Rpki,
        "static" => ProtocolKind::Static,
        _ => return None,
    })
}

fn kind_versions(kind: ProtocolKind) -> Versions {
    match kind {
        ProtocolKind::Aggregator | ProtocolKind::L3vpn => Versions::since((14, 0), (0, 0)),
        // Debian builds it since 2.18 only.
        ProtocolKind::Bmp => Versions::since((18, 0), (1, 0)),
        ProtocolKind::Bridge | ProtocolKind::Evpn => Versions::since((19, 0), (3, 0)),
        ProtocolKind::Perf => Versions::TWO,
        _ => Versions::ALL,
    }
}

/// Protocols of one kind may inherit from each other, whatever their variant.
fn family(kind: ProtocolKind) -> &'static str {
    grammar::of_protocol(kind)
}

fn channel_begins(word: &str) -> bool {
    matches!(
        word,
        "ipv4"
            | "ipv6"
            | "vpn4"
            | "vpn6"
            | "roa4"
            | "roa6"
            | "flow4"
            | "flow6"
            | "eth"
            | "mpls"
            | "aspa"
            | "evpn"
            | "neighbors"
    )
}

/// The channel of one or two words, and how many they are.
pub(super) fn channel_named(word: &str, second: &str) -> Option<(ChannelKind, usize)> {
    let kind = match (word, second) {
        ("ipv6", "sadr") => ChannelKind::Ipv6Sadr,
        ("ipv4", "multicast") => ChannelKind::Ipv4Multicast,
        ("ipv6", "multicast") => ChannelKind::Ipv6Multicast,
        ("ipv4", "mpls") => ChannelKind::Ipv4Mpls,
        ("ipv6", "mpls") => ChannelKind::Ipv6Mpls,
        ("vpn4", "multicast") => ChannelKind::Vpn4Multicast,
        ("vpn6", "multicast") => ChannelKind::Vpn6Multicast,
        ("vpn4", "mpls") => ChannelKind::Vpn4Mpls,
        ("vpn6", "mpls") => ChannelKind::Vpn6Mpls,
        _ => return Some((single(word)?, 1)),
    };
    Some((kind, 2))
}

fn single(word: &str) -> Option<ChannelKind> {
    Some(match word {
        "ipv4" => ChannelKind::Ipv4,
        "ipv6" => ChannelKind::Ipv6,
        "vpn4" => ChannelKind::Vpn4,
        "vpn6" => ChannelKind::Vpn6,
        "roa4" => ChannelKind::Roa4,
        "roa6" => ChannelKind::Roa6,
        "flow4" => ChannelKind::Flow4,
        "flow6" => ChannelKind::Flow6,
        "eth" => ChannelKind::Eth,
        "mpls" => ChannelKind::Mpls,
        "aspa" => ChannelKind::Aspa,
        "evpn" => ChannelKind::Evpn,
        "neighbor" => ChannelKind::Neighbor,
        _ => return None,
    })
}
