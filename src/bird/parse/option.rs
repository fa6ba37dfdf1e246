//! Reads options by the grammar tables.

use super::{Kind, Parser, Read, Skip};
use crate::bird::grammar::{self, Class, Node, Options, Row};
use crate::bird::tree::{Argument, Item};

impl Parser<'_> {
    /// The option that stands here, if the table has one.
    pub(super) fn find_option(&self, options: &'static Options) -> Option<&'static Row> {
        let fits =
            |row: &&Row| row.words.iter().enumerate().all(|(ahead, word)| self.at_word_ahead(ahead, word));
        let fitting = || options.beginning(self.word_at(0)).iter().filter(fits);
        let longest = fitting().map(|row| row.words.len()).max();
        // The bounds of some options came later: of rows alike that counts which the version has.
        let alike = || fitting().filter(|row| Some(row.words.len()) == longest);
        let by_word = alike().find(|row| row.versions.accept(self.version)).or_else(|| alike().next());
        by_word.or_else(|| options.bare.iter().find(|row| self.begins(&row.rest)))
    }

    /// One option without its semicolon.
    pub(super) fn option(&mut self, options: &'static Options, what: &str) -> Read<Item> {
        match self.find_option(options) {
            Some(row) => self.row(row),
            None => Err(self.no_option(options, what)),
        }
    }

    /// Tells where the words part from those of every option: `graceful` without `restart`.
    fn no_option(&mut self, options: &'static Options, what: &str) -> Skip {
        let begun = |row: &&Row| {
            row.words.iter().enumerate().take_while(|(ahead, word)| self.at_word_ahead(*ahead, word)).count()
        };
        let rows = options.beginning(self.word_at(0)).iter().filter(|row| row.versions.accept(self.version));
        let Some(most) = rows.clone().map(|row| begun(&row)).max().filter(|most| *most > 0) else {
            return self.expected(what);
        };
        let next = rows.filter(|row| begun(row) == most).filter_map(|row| row.words.get(most));
        let mut next: Vec<String> = next.map(|word| format!("`{word}`")).collect();
        next.sort();
        next.dedup();
        for _ in 0..most {
            self.bump();
        }
        self.expected(&next.join(", "))
    }

    /// The option of a row.
    pub(super) fn row(&mut self, row: &'static Row) -> Read<Item> {
        let start = self.span();
        for _ in &row.words {
            self.bump();
        }
        let named = self.since(start);
        self.require(row.versions, named, format_args!("`{}`", row.name));
        let mut arguments = Vec::new();
        self.node(&row.rest, &mut arguments)?;
        Ok(Item { name: row.name, arguments, span: self.since(start) })
    }

    /// `{ option; option; }`
    fn options_block(&mut self, name: &'static str) -> Read<Vec<Item>> {
        let options = grammar::table(name);
        let opaque = |span| Some(Item { name: "", arguments: Vec::new(), span });
        let read = self.nested(|p| p.block(|p| p.option_or_empty(options), opaque))?;
        Ok(read.into_iter().flatten().collect())
    }

    fn option_or_empty(&mut self, options: &'static Options) -> Read<Option<Item>> {
        if options.empty && self.eat(Kind::Semicolon) {
            return Ok(None);
        }
        if self.is(Kind::Semicolon) {
            return Err(self.expected("an option"));
        }
        let item = self.option(options, "an option")?;
        if !grammar::ends_itself(item.name, self.version) {
            self.expect(Kind::Semicolon, "`;`")?;
        }
        Ok(Some(item))
    }

    /// Whether a part of an option can begin at the next token.
    fn begins(&self, node: &Node) -> bool {
        match node {
            Node::Word(word) => self.at_word(word),
            Node::Sign(sign) => self.is(sign_kind(*sign)),
            Node::Value(class) => self.value_begins(*class),
            Node::Sequence(nodes) => self.sequence_begins(nodes),
            Node::Choice(nodes) => nodes.iter().any(|node| self.begins(node)),
            Node::Optional(node) | Node::Repeated(node) | Node::Since(_, node) => self.begins(node),
            Node::Block(_) => self.is(Kind::BraceOpen),
        }
    }

    fn sequence_begins(&self, nodes: &[Node]) -> bool {
        for node in nodes {
            if self.begins(node) {
                return true;
            }
            if !may_be_empty(node) {
                return false;
            }
        }
        false
    }

    fn node(&mut self, node: &'static Node, arguments: &mut Vec<Argument>) -> Read<()> {
        match node {
            Node::Word(word) => {
                let span = self.span();
                self.expect_word(word)?;
                arguments.push(Argument::Word(word, span));
            }
            Node::Sign(sign) => {
                self.expect(sign_kind(*sign), &format!("`{sign}`"))?;
            }
            Node::Value(class) => self.value(*class, arguments)?,
            Node::Sequence(nodes) => {
                for node in nodes {
                    self.node(node, arguments)?;
                }
            }
            Node::Choice(nodes) => self.choice(nodes, arguments)?,
            Node::Optional(inner) => {
                if self.begins(inner) {
                    self.node(inner, arguments)?;
                }
            }
            Node::Repeated(inner) => {
                while self.begins(inner) {
                    self.node(inner, arguments)?;
                }
            }
            Node::Since(versions, inner) => {
                let what = format!("`{}` here", self.text());
                self.require(*versions, self.span(), &what);
                self.node(inner, arguments)?;
            }
            Node::Block(name) => {
                let items = self.options_block(name)?;
                arguments.push(Argument::Block(items));
            }
        }
        Ok(())
    }

    /// The first alternative that can begin here; else one that may be empty.
    fn choice(&mut self, nodes: &'static [Node], arguments: &mut Vec<Argument>) -> Read<()> {
        let accepted =
            |node: &&Node| !matches!(node, Node::Since(versions, _) if !versions.accept(self.version));
        let begun = nodes.iter().filter(|node| self.begins(node));
        let chosen = begun.clone().find(accepted).or_else(|| begun.clone().next());
        match chosen.or_else(|| nodes.iter().find(|node| may_be_empty(node))) {
            Some(node) => self.node(node, arguments),
            None => Err(self.expected(&alternatives(nodes))),
        }
    }
}

fn sign_kind(sign: char) -> Kind {
    match sign {
        ',' => Kind::Comma,
        '-' => Kind::Minus,
        _ => Kind::Percent,
    }
}

/// Whether a part of an option may be nothing at all.
fn may_be_empty(node: &Node) -> bool {
    match node {
        Node::Word(_) | Node::Sign(_) | Node::Block(_) => false,
        Node::Value(class) => *class == Class::Bool,
        Node::Sequence(nodes) => nodes.iter().all(may_be_empty),
        Node::Choice(nodes) => nodes.iter().any(may_be_empty),
        Node::Optional(_) | Node::Repeated(_) => true,
        Node::Since(_, node) => may_be_empty(node),
    }
}

/// What a choice would take, for an error.
fn alternatives(nodes: &[Node]) -> String {
    let name = |node: &Node| match node {
        Node::Word(word) => Some(format!("`{word}`")),
        Node::Sequence(nodes) => match nodes.first() {
            Some(Node::Word(word)) => Some(format!("`{word}`")),
            _ => None,
        },
        _ => None,
    };
    let mut words: Vec<String> = nodes.iter().filter_map(name).collect();
    if words.len() < nodes.len() {
        words.push("a value".to_owned());
    }
    words.join(", ")
}
