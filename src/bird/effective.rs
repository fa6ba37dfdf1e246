//! Protocols with what they inherit: the statements of their templates first, channels merged by kind.

use super::tree::{
    Argument, Channel, ChannelKind, Expr, Item, Policy, Protocol, ProtocolId, ProtocolItem, ProtocolKind,
    Role, Span, StaticRoute, Tree,
};

/// A protocol with what it inherits.
#[derive(Clone, Debug)]
pub struct Effective<'t> {
    /// The protocol itself.
    pub protocol: &'t Protocol,
    /// The options of its ancestors and its own; of those that set one thing the last counts.
    pub options: Vec<&'t Item>,
    /// The channels; for a pipe one of kind [`ChannelKind::Pipe`].
    pub channels: Vec<EffectiveChannel<'t>>,
    /// The static routes, inherited ones too.
    pub routes: Vec<&'t [StaticRoute]>,
    /// Whether something of it could not be read.
    pub opaque: Option<Span>,
}

/// A channel with what it inherits.
#[derive(Clone, Debug)]
pub struct EffectiveChannel<'t> {
    /// What it carries.
    pub kind: ChannelKind,
    /// The options of the templates' channel and its own, in order.
    pub options: Vec<&'t Item>,
    /// Where it stands, in the protocol or else in its template.
    pub span: Span,
}

/// A protocol with what it inherits. One that names itself or a later one inherits nothing.
pub fn effective(tree: &Tree, id: ProtocolId) -> Effective<'_> {
    let protocol = tree.protocol(id);
    let mut result =
        Effective { protocol, options: Vec::new(), channels: Vec::new(), routes: Vec::new(), opaque: None };
    let line = std::iter::successors(Some(protocol), |one| one.parent.map(|id| tree.protocol(id)));
    let line: Vec<&Protocol> = line.collect();
    line.into_iter().rev().for_each(|one| result.inherit(one));
    result
}

impl<'t> Effective<'t> {
    /// Adds what one of the line says, the oldest first.
    fn inherit(&mut self, from: &'t Protocol) {
        for item in &from.items {
            match item {
                ProtocolItem::Channel(channel) => self.merge(channel),
                ProtocolItem::Option(item) => {
                    if item.is_opaque() {
                        self.opaque = Some(item.span);
                    }
                    self.add(from, item);
                }
                ProtocolItem::Opaque(span) => self.opaque = Some(*span),
            }
        }
        self.routes.extend(from.routes.parts());
    }

    fn merge(&mut self, channel: &'t Channel) {
        if let Some(broken) = channel.items.iter().find(|item| item.is_opaque()) {
            self.opaque = Some(broken.span);
        }
        match self.channels.iter_mut().find(|known| known.kind == channel.kind) {
            Some(known) => {
                known.options.extend(&channel.items);
                known.span = channel.span;
            }
            None => {
                let options = channel.items.iter().collect();
                self.channels.push(EffectiveChannel { kind: channel.kind, options, span: channel.span });
            }
        }
    }

    /// A pipe's own options are those of its only channel.
    fn add(&mut self, from: &Protocol, item: &'t Item) {
        self.options.push(item);
        if !matches!(from.kind, ProtocolKind::Pipe | ProtocolKind::Aggregator) {
            return;
        }
        match self.channels.first_mut() {
            Some(channel) => channel.options.push(item),
            None => self.channels.push(EffectiveChannel {
                kind: ChannelKind::Pipe,
                options: vec![item],
                span: from.span,
            }),
        }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.protocol.role == Role::Instance
    }

    /// The last option of a name.
    pub fn option(&self, name: &str) -> Option<&'t Item> {
        self.options.iter().rev().find(|item| item.name == name).copied()
    }

    /// Whether an option is on; `None` where it was not given or depends on a term.
    pub fn switch(&self, name: &str) -> Option<bool> {
        self.option(name).and_then(Item::switch)
    }
}

impl<'t> EffectiveChannel<'t> {
    /// The last option of a name.
    pub fn option(&self, name: &str) -> Option<&'t Item> {
        self.options.iter().rev().find(|item| item.name == name).copied()
    }

    /// The policy of one way, if one was given.
    pub fn policy(&self, name: &str) -> Option<&'t Policy> {
        self.option(name).and_then(Item::policy)
    }
}

impl Item {
    /// Whether it, or something in its braces, could not be read.
    pub fn is_opaque(&self) -> bool {
        self.name.is_empty() || self.block().is_some_and(|items| items.iter().any(Item::is_opaque))
    }

    /// The first switch among the arguments.
    pub fn switch(&self) -> Option<bool> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Switch(on, _) => *on,
            _ => None,
        })
    }

    /// The first term among the arguments.
    pub fn value(&self) -> Option<&Expr> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Value(value) => Some(value),
            _ => None,
        })
    }

    /// The term behind a word: `65000` behind `as`.
    pub fn value_behind(&self, word: &str) -> Option<&Expr> {
        self.arguments.windows(2).rev().find_map(|pair| match pair {
            [Argument::Word(found, _), Argument::Value(value)] if *found == word => Some(value),
            _ => None,
        })
    }

    /// Whether a word stands among the arguments.
    pub fn has_word(&self, word: &str) -> bool {
        self.arguments.iter().any(|argument| matches!(argument, Argument::Word(found, _) if *found == word))
    }

    /// The policy among the arguments.
    pub fn policy(&self) -> Option<&Policy> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Policy(policy) => Some(policy),
            _ => None,
        })
    }

    /// The name among the arguments: a table, an interface.
    pub fn name_argument(&self) -> Option<&super::tree::Name> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Name(name) => Some(name),
            _ => None,
        })
    }

    /// The options in braces among the arguments.
    pub fn block(&self) -> Option<&[Item]> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Block(items) => Some(items.as_slice()),
            _ => None,
        })
    }
}
