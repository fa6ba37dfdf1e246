//! Compiles the notation of the grammar tables. A line that cannot be compiled is a defect that the tests find.

use super::Row;
use crate::bird::version::Versions;

/// A part of an option.
#[derive(Clone, Debug)]
pub(in crate::bird) enum Node {
    /// A keyword.
    Word(&'static str),
    /// `,`, `%`, `[`, `]`
    Sign(char),
    /// A value.
    Value(Class),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of them.
    Choice(Vec<Node>),
    /// It or nothing.
    Optional(Box<Node>),
    /// It any number of times.
    Repeated(Box<Node>),
    /// It, in some versions.
    Since(Versions, Box<Node>),
    /// Options in braces.
    Block(&'static str),
}

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bird) enum Class {
    /// A number, a constant or a term in parentheses, within bounds.
    Int { least: u32, most: u32 },
    /// A number as it is written, within bounds.
    Number { least: u32, most: u32 },
    /// A yes or no; nothing means yes.
    Bool,
    /// A number with `s`, `ms` or `us`.
    Time,
    /// A text or a constant.
    Text,
    /// A text as it is written.
    Literal,
    /// An address or a constant.
    Address,
    /// A text or an address.
    Host,
    /// A prefix of addresses or a constant.
    IpNet,
    /// An IPv6 prefix or a constant.
    Ip6Net,
    /// Any network.
    Net,
    /// A number or an IPv4 address.
    Id,
    /// Any name.
    Symbol,
    /// The name of a table.
    Table,
    /// `all`, `none`, `filter …`, `where …`
    Policy,
    /// `NAME` or `{ … }` behind `filter`.
    Filter,
    /// A term behind `where`.
    Where,
    /// Interface patterns, which may be prefixes.
    Interfaces,
    /// Interface patterns by name only.
    Names,
    /// A name pattern with or without a prefix, or an address.
    Preferred,
    /// A text or a byte string that is kept from everybody.
    Secret,
    /// A text that is kept from everybody.
    SecretText,
    /// A byte string.
    Bytes,
    /// A route distinguisher.
    Rd,
    /// Extended communities of route targets.
    Targets,
    /// A text that is a date.
    Date,
    /// What routes are aggregated on.
    AggregateOn,
    /// The body of a function.
    Body,
    /// `all`, `off` or words in braces.
    Flags(&'static [&'static str]),
    /// A yes or no, or phrases in braces.
    Cease,
    /// `iso long ms`, or a format with a second one behind a number of seconds.
    TimeFormat,
    /// A name for a thread group.
    NewGroup,
    /// The name of a thread group.
    Group,
    /// A name for a domain of labels.
    NewDomain,
    /// The name of a domain of labels.
    Domain,
    /// A name for a label range: `static`, `dynamic` or a new one.
    NewRange,
    /// The name of a label range, `static` or `dynamic`.
    Range,
}

const DEBUG: [&str; 6] = ["states", "routes", "filters", "interfaces", "events", "packets"];
const LATENCY: [&str; 7] = ["ping", "wakeup", "sockets", "scheduling", "allocator", "events", "timers"];
const MRT: [&str; 2] = ["states", "messages"];
/// What a log may be told; it has no `off`.
pub(in crate::bird) const LOG: [&str; 9] =
    ["debug", "trace", "info", "remote", "warning", "error", "auth", "fatal", "bug"];

/// The phrases behind `disable after cease`.
pub(in crate::bird) const CEASE: [&str; 9] = [
    "cease",
    "prefix limit hit",
    "administrative shutdown",
    "peer deconfigured",
    "administrative reset",
    "connection rejected",
    "configuration change",
    "connection collision",
    "out of resources",
];

/// Compiles one line.
pub(super) fn row(line: &'static str) -> Row {
    let (versions, text) = leading_version(line);
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, behind)) = leading_word(rest) {
        words.push(word);
        rest = behind;
    }
    // A row that begins with a value is called by all its words; no name at all means what could not be read.
    let name = if words.is_empty() { text } else { text[..text.len() - rest.len()].trim_end() };
    let mut reader = Reader { rest };
    Row { name, words, rest: reader.sequence(), versions }
}

fn leading_version(line: &'static str) -> (Versions, &'static str) {
    match line.strip_prefix('@') {
        Some(tagged) => {
            let (tag, rest) = tagged.split_once(' ').unwrap_or((tagged, ""));
            (since(tag), rest)
        }
        None => (Versions::ALL, line),
    }
}

/// A keyword at the front that nothing behind makes optional.
fn leading_word(text: &'static str) -> Option<(&'static str, &'static str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty() && word.starts_with(|c: char| c.is_ascii_lowercase()))
        .then_some((word, rest.trim_start()))
}

/// The versions of a tag, by the lists of changes (NEWS): 3.0 holds what 2.16 has, 3.1 what 2.17 has, and so on to
/// 3.4 and 2.20. Below 2.13 a tag is the last part of 2.0.x.
fn since(tag: &str) -> Versions {
    match tag {
        "2" => Versions::TWO,
        "3" => Versions::THREE,
        "24" => Versions::two_since((13, 0)),
        "old" => Versions::before((14, 0), (0, 0)),
        "early" => Versions::before((18, 0), (2, 0)),
        "31" => Versions::three_since((1, 0)),
        "32" => Versions::three_since((2, 0)),
        "33" => Versions::three_since((3, 0)),
        "34" => Versions::three_since((4, 0)),
        "6" => Versions::since((0, 6), (0, 0)),
        "8" => Versions::since((0, 8), (0, 0)),
        "9" => Versions::since((0, 9), (0, 0)),
        "10" => Versions::since((0, 10), (0, 0)),
        "11" => Versions::since((0, 11), (0, 0)),
        "13" => Versions::since((13, 0), (0, 0)),
        "14" => Versions::since((13, 0), (0, 0)),
        "15" => Versions::since((15, 0), (0, 0)),
        "16" => Versions::since((16, 0), (0, 0)),
        "17" => Versions::since((17, 0), (1, 0)),
        "18" => Versions::since((18, 0), (2, 0)),
        "19" => Versions::since((19, 0), (3, 0)),
        "20" => Versions::since((20, 0), (4, 0)),
        _ => unreachable!("the tag `{tag}` in a grammar table"),
    }
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with([')', ']', '|']) {
                break;
            }
            nodes.push(self.one());
        }
        if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) }
    }

    fn choice(&mut self, close: char) -> Node {
        let mut nodes = vec![self.sequence()];
        while let Some(rest) = self.rest.strip_prefix('|') {
            self.rest = rest;
            nodes.push(self.sequence());
        }
        self.rest = self.rest.strip_prefix(close).unwrap_or(self.rest);
        if nodes.len() == 1 { nodes.remove(0) } else { Node::Choice(nodes) }
    }

    fn one(&mut self) -> Node {
        let first = self.rest.chars().next().unwrap_or(' ');
        match first {
            '[' => {
                self.rest = &self.rest[1..];
                Node::Optional(Box::new(self.choice(']')))
            }
            '(' => {
                self.rest = &self.rest[1..];
                self.repeated()
            }
            '{' => self.block(),
            '@' => self.versioned(),
            ',' | '%' | '-' => {
                self.rest = &self.rest[1..];
                Node::Sign(first)
            }
            _ => self.word_or_class(),
        }
    }

    fn repeated(&mut self) -> Node {
        let inner = self.choice(')');
        match self.rest.strip_prefix('*') {
            Some(rest) => {
                self.rest = rest;
                Node::Repeated(Box::new(inner))
            }
            None => inner,
        }
    }

    fn block(&mut self) -> Node {
        let end = self.rest.find('}').unwrap_or(self.rest.len() - 1);
        let name = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        Node::Block(name)
    }

    /// `@14 x`: the rest of the alternative.
    fn versioned(&mut self) -> Node {
        let end = self.rest.find(' ').unwrap_or(self.rest.len());
        let versions = since(&self.rest[1..end]);
        self.rest = &self.rest[end..];
        Node::Since(versions, Box::new(self.sequence()))
    }

    fn word_or_class(&mut self) -> Node {
        let end =
            self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word.starts_with(|c: char| c.is_ascii_uppercase()) {
            Node::Value(self.class(word))
        } else {
            Node::Word(word)
        }
    }

    fn class(&mut self, word: &str) -> Class {
        match word {
            "INT" => {
                let (least, most) = self.bounds();
                Class::Int { least, most }
            }
            "NUM" => {
                let (least, most) = self.bounds();
                Class::Number { least, most }
            }
            "BOOL" => Class::Bool,
            "TIME" => Class::Time,
            "TEXT" => Class::Text,
            "LITERAL" => Class::Literal,
            "ADDRESS" => Class::Address,
            "HOST" => Class::Host,
            "IPNET" => Class::IpNet,
            "IP6NET" => Class::Ip6Net,
            "NET" => Class::Net,
            "ID" => Class::Id,
            "SYMBOL" => Class::Symbol,
            "NEWDOMAIN" => Class::NewDomain,
            "DOMAIN" => Class::Domain,
            "NEWRANGE" => Class::NewRange,
            "RANGE" => Class::Range,
            "TABLE" => Class::Table,
            "POLICY" => Class::Policy,
            "FILTER" => Class::Filter,
            "WHERE" => Class::Where,
            "INTERFACES" => Class::Interfaces,
            "NAMES" => Class::Names,
            "PREFERRED" => Class::Preferred,
            "SECRET" => Class::Secret,
            "SECRETTEXT" => Class::SecretText,
            "BYTES" => Class::Bytes,
            "RD" => Class::Rd,
            "TARGETS" => Class::Targets,
            "DATE" => Class::Date,
            "AGGREGATE" => Class::AggregateOn,
            "NEWGROUP" => Class::NewGroup,
            "GROUP" => Class::Group,
            "BODY" => Class::Body,
            "DEBUGMASK" => Class::Flags(&DEBUG),
            "LATENCYMASK" => Class::Flags(&LATENCY),
            "MRTMASK" => Class::Flags(&MRT),
            "LOGMASK" => Class::Flags(&LOG),
            "CEASE" => Class::Cease,
            "TIMEFORMAT" => Class::TimeFormat,
            _ => unreachable!("the class `{word}` in a grammar table"),
        }
    }

    /// `<1-255>` behind `INT` or `NUM`.
    fn bounds(&mut self) -> (u32, u32) {
        let bounds = self.rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let Some((range, rest)) = bounds else {
            return (0, u32::MAX);
        };
        self.rest = rest;
        let (least, most) = range.split_once('-').unwrap_or((range, ""));
        (least.parse().unwrap_or(0), most.parse().unwrap_or(u32::MAX))
    }
}
