//! Reads what may stand as one argument of an option, class by class.

use super::value::TERMS;
use super::{Kind, Parser, Read, Skip};
use crate::bird::grammar::{self, CEASE, Class};
use crate::bird::symbols::Symbol;
use crate::bird::tree::{Argument, Name, Net, Policy, Routine, RoutineKind, Type, VariableId};
use crate::bird::version::Versions;

impl Parser<'_> {
    /// Whether an argument of the class may begin here.
    pub(super) fn value_begins(&self, class: Class) -> bool {
        let kind = self.kind();
        match class {
            Class::Int { .. } | Class::Time => {
                matches!(kind, Kind::Number | Kind::Hex) || self.constant_follows()
            }
            Class::Bool => {
                let word = self.word_at(0);
                matches!(word, "on" | "off" | "yes" | "no" | "true" | "false") && self.at_word(word)
                    || matches!(kind, Kind::Number | Kind::Hex)
                    || self.constant_follows()
            }
            Class::Text | Class::Secret | Class::SecretText => {
                kind == Kind::Text || matches!(kind, Kind::Bytes | Kind::HexBytes) || self.constant_follows()
            }
            Class::Literal | Class::Date => kind == Kind::Text,
            Class::Number { .. } => matches!(kind, Kind::Number | Kind::Hex),
            Class::Address => matches!(kind, Kind::Ip4 | Kind::Ip6) || self.constant_follows(),
            Class::Host => matches!(kind, Kind::Text | Kind::Ip4 | Kind::Ip6) || self.constant_follows(),
            Class::IpNet | Class::Ip6Net | Class::Net => {
                matches!(kind, Kind::Ip4 | Kind::Ip6 | Kind::Rd)
                    || self.constant_follows()
                    || self.net_follows()
            }
            Class::Id => matches!(kind, Kind::Number | Kind::Hex | Kind::Ip4) || self.constant_follows(),
            Class::Symbol
            | Class::NewDomain
            | Class::Domain
            | Class::NewRange
            | Class::Range
            | Class::NewGroup
            | Class::Group
            | Class::Table => {
                matches!(kind, Kind::Word | Kind::QuotedWord)
            }
            Class::Flags(_) => kind == Kind::BraceOpen || self.at_word("all") || self.at_word("off"),
            Class::Interfaces | Class::Names => {
                matches!(kind, Kind::Text | Kind::Minus | Kind::Ip4 | Kind::Ip6)
            }
            Class::Preferred => matches!(kind, Kind::Text | Kind::Ip4 | Kind::Ip6),
            Class::Bytes => matches!(kind, Kind::Bytes | Kind::HexBytes) || self.constant_follows(),
            Class::Rd => kind == Kind::Rd,
            Class::Targets => matches!(kind, Kind::ParenOpen | Kind::BracketOpen),
            Class::Policy
            | Class::Filter
            | Class::Where
            | Class::AggregateOn
            | Class::Body
            | Class::Cease
            | Class::TimeFormat => true,
        }
    }

    /// An argument of the class.
    pub(super) fn value(&mut self, class: Class, arguments: &mut Vec<Argument>) -> Read<()> {
        let start = self.span();
        let argument = match class {
            Class::Int { least, most } => Argument::Value(self.bounded_int(least, most)?),
            Class::Number { least, most } => self.written_number(least, most)?,
            Class::Bool => self.switch()?,
            Class::Time => self.time()?,
            Class::Text => Argument::Value(self.text_value()?),
            Class::Literal => {
                let (text, span) = self.literal_text()?;
                Argument::Text(text, span)
            }
            Class::Address => Argument::Value(self.address_value()?),
            Class::Host => self.host()?,
            Class::IpNet => self.plain_net()?,
            Class::Ip6Net => self.ip6_net()?,
            Class::Net => {
                let (net, span) = self.net_value()?;
                Argument::Net(net, span)
            }
            Class::Id => Argument::Value(self.id_value()?),
            Class::Symbol => {
                let (text, span) = self.interface_name()?;
                Argument::Name(Name { text: text.into(), span })
            }
            Class::NewDomain => Argument::Name(self.option_name(Symbol::MplsDomain, &[])?),
            Class::Domain => Argument::Name(self.named("a domain of labels", Symbol::MplsDomain, &[])?),
            Class::NewRange => Argument::Name(self.option_name(Symbol::MplsRange, &["static", "dynamic"])?),
            Class::Range => {
                Argument::Name(self.named("a label range", Symbol::MplsRange, &["static", "dynamic"])?)
            }
            Class::NewGroup => Argument::Name(self.new_group()?),
            Class::Group => Argument::Name(self.group()?),
            Class::Table => Argument::Name(self.table_name()?),
            Class::Policy => Argument::Policy(self.policy()?),
            Class::Filter => Argument::Policy(self.filter_policy()?),
            Class::Where => Argument::Policy(self.where_policy()?),
            Class::Interfaces => Argument::Interfaces(self.interfaces()?),
            Class::Names => Argument::Interfaces(self.interface_names()?),
            Class::Preferred => self.preferred()?,
            Class::SecretText => self.secret_text()?,
            Class::Secret => self.secret()?,
            Class::Bytes => Argument::Value(self.bytes_value()?),
            Class::Rd => {
                self.rd()?;
                Argument::Text(self.sources.text(start).into(), start)
            }
            Class::Targets => self.targets()?,
            Class::Date => self.date()?,
            Class::Flags(words) => return self.flags(words, arguments),
            Class::Cease => return self.cease(arguments),
            Class::TimeFormat => return self.time_format(arguments),
            Class::AggregateOn => return self.aggregate_on(arguments),
            Class::Body => Argument::Policy(self.merge_by()?),
        };
        arguments.push(argument);
        Ok(())
    }

    /// A number as it is written, no constant.
    fn written_number(&mut self, least: u32, most: u32) -> Read<Argument> {
        if !matches!(self.kind(), Kind::Number | Kind::Hex) {
            return Err(self.expected("a number"));
        }
        Ok(Argument::Value(self.bounded_int(least, most)?))
    }

    /// An address or a prefix, kept as it is written.
    fn preferred(&mut self) -> Read<Argument> {
        let start = self.span();
        self.net_or_address()?;
        Ok(Argument::Text(self.sources.text(self.since(start)).into(), self.since(start)))
    }

    /// `"name"`, `192.0.2.1`, or a constant of either type.
    fn host(&mut self) -> Read<Argument> {
        if self.is(Kind::Text) {
            let (text, span) = self.literal_text()?;
            return Ok(Argument::Text(text, span));
        }
        Ok(Argument::Value(self.host_value()?))
    }

    fn plain_net(&mut self) -> Read<Argument> {
        let start = self.span();
        let prefix = self.ip_net_value()?;
        let span = self.since(start);
        Ok(Argument::Net(prefix.map_or_else(|| Net::Other(self.sources.text(span).into()), Net::Ip), span))
    }

    fn ip6_net(&mut self) -> Read<Argument> {
        let argument = self.plain_net()?;
        if let Argument::Net(Net::Ip(ipnet::IpNet::V4(_)), span) = &argument {
            self.refuse(*span, "expected an IPv6 prefix");
        }
        Ok(argument)
    }

    /// A new name for a domain of labels, a label range or a thread group, or one of those that are built in.
    fn option_name(&mut self, symbol: Symbol, built_in: &[&str]) -> Read<Name> {
        self.groups_settled |= symbol == Symbol::ThreadGroup;
        let word = self.word_at(0);
        if built_in.contains(&word) && self.symbols.find(word).is_none() {
            let name = self.name("a name")?;
            if symbol == Symbol::ThreadGroup {
                self.define(&name, symbol);
            }
            return Ok(name);
        }
        let name = self.new_name("a name")?;
        self.define(&name, symbol);
        Ok(name)
    }

    /// A name that stands for a thing of one kind, or one of those that are built in.
    fn named(&mut self, what: &str, symbol: Symbol, built_in: &[&str]) -> Read<Name> {
        let name = self.name(&format!("the name of {what}"))?;
        let found = self.symbols.find(&name.text);
        if found != Some(symbol) && !(found.is_none() && built_in.contains(&&*name.text)) {
            self.refuse(name.span, format!("`{}` is not the name of {what}", name.text));
        }
        Ok(name)
    }

    /// In 3.0 and 3.1 `express` is a keyword that no group can be called by.
    fn new_group(&mut self) -> Read<Name> {
        if self.word_at(0) == "express" {
            self.require(TERMS, self.span(), "the name `express`");
        }
        self.option_name(Symbol::ThreadGroup, &["worker", "express"])
    }

    fn group(&mut self) -> Read<Name> {
        self.named("a thread group", Symbol::ThreadGroup, &["worker", "express"])
    }

    /// `all`, `none`, `filter F`, `filter { … }`, `where term`
    pub(super) fn policy(&mut self) -> Read<Policy> {
        match self.word_at(0) {
            "all" if self.eat_word("all") => Ok(Policy::All),
            "none" if self.eat_word("none") => Ok(Policy::None),
            "filter" if self.eat_word("filter") => self.filter_policy(),
            "where" if self.eat_word("where") => self.where_policy(),
            _ => Err(self.expected("`all`, `none`, `filter` or `where`")),
        }
    }

    /// The text is read and not kept.
    fn secret(&mut self) -> Read<Argument> {
        let start = self.span();
        let text = self.text();
        let length = match self.kind() {
            kind @ (Kind::Bytes | Kind::HexBytes) => {
                let length = crate::bird::literal::bytes(text).len();
                let span = self.bump().span;
                self.judge_bytes(kind, length, span);
                Some(length)
            }
            Kind::Text => {
                self.bump();
                Some(text.len() - 2)
            }
            _ => {
                self.computed_secret(start)?;
                None
            }
        };
        Ok(Argument::Secret(self.since(start), length))
    }

    /// A secret that is no byte string.
    fn secret_text(&mut self) -> Read<Argument> {
        let start = self.span();
        if self.is(Kind::Text) {
            return self.secret();
        }
        self.text_value()?;
        Ok(Argument::Secret(self.since(start), None))
    }

    /// A term in parentheses, a constant, or `from_hex(…)`, of which 3.x dies.
    fn computed_secret(&mut self, start: super::Span) -> Read<()> {
        if self.at_word("from_hex") {
            self.term()?;
            let versions = Versions::two_since((14, 0));
            self.require(versions, self.since(start), "`from_hex` here, and dies of it");
            return Ok(());
        }
        if self.is(Kind::ParenOpen) {
            self.require(Versions::since((14, 0), (0, 0)), start, "a term in parentheses here");
        }
        let late = Versions::since((14, 0), (0, 0)).accept(self.version);
        let types = [Type::String, Type::Bytes];
        let value = self.constant(if late { &types } else { &types[..1] }, "a text in quotes")?;
        if crate::bird::types::of(&self.tree, None, &value) == Some(Type::Bytes) {
            self.require(Versions::TWO, value.span, "a computed byte string here, and dies of it");
        }
        Ok(())
    }

    /// `(rt, 65000, 1)`, `[ (rt, 65000, *) ]`
    fn targets(&mut self) -> Read<Argument> {
        let start = self.span();
        let kind = if self.is(Kind::BracketOpen) {
            if self.kind_at(1) == Kind::BracketClose {
                self.require(TERMS, start, "an empty set here");
            }
            self.set()?
        } else {
            let item = self.set_item()?;
            crate::bird::tree::ExprKind::Set([item].into())
        };
        Ok(Argument::Value(crate::bird::tree::Expr { kind, span: self.since(start) }))
    }

    /// `"2026-01-31"`, `"2026-01-31 12:00:00"`
    fn date(&mut self) -> Read<Argument> {
        let value = self.late_text_value()?;
        let text = crate::bird::plain::text(&self.tree, &value);
        if text.is_some_and(|text| !is_date(&text)) {
            self.refuse(value.span, "expected a date such as `2026-01-31` or `2026-01-31 12:00:00`");
        }
        Ok(Argument::Value(value))
    }

    /// `all`, `off`, `{ states, routes }`
    fn flags(&mut self, words: &'static [&'static str], arguments: &mut Vec<Argument>) -> Read<()> {
        for word in ["all", "off"] {
            let span = self.span();
            if (word == "all" || words != grammar::LOG) && self.eat_word(word) {
                arguments.push(Argument::Word(word, span));
                return Ok(());
            }
        }
        self.expect(Kind::BraceOpen, "`all`, `off` or `{`")?;
        loop {
            let span = self.span();
            let Some(word) = words.iter().find(|word| self.at_word(word)) else {
                return Err(self.expected(&format!("one of {}", words.join(", "))));
            };
            self.bump();
            arguments.push(Argument::Word(word, span));
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::BraceClose, "`,` or `}`")?;
        Ok(())
    }

    /// `{ cease, prefix limit hit }`, or a switch.
    fn cease(&mut self, arguments: &mut Vec<Argument>) -> Read<()> {
        if !self.is(Kind::BraceOpen) {
            arguments.push(self.switch()?);
            return Ok(());
        }
        self.bump();
        loop {
            let start = self.span();
            let fits = |phrase: &&&str| {
                phrase.split(' ').enumerate().all(|(ahead, word)| self.at_word_ahead(ahead, word))
            };
            let Some(phrase) = CEASE.iter().find(fits) else {
                return Err(self.expected("a reason for a cease"));
            };
            for _ in phrase.split(' ') {
                self.bump();
            }
            arguments.push(Argument::Word(phrase, self.since(start)));
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::BraceClose, "`,` or `}`")?;
        Ok(())
    }

    /// `iso long ms`, `"%T"`, `"%T" 86400 "%F"`
    fn time_format(&mut self, arguments: &mut Vec<Argument>) -> Read<()> {
        if self.eat_word("iso") {
            if !self.eat_word("short") && !self.eat_word("long") {
                return Err(self.expected("`short` or `long`"));
            }
            let _ = self.eat_word("ms") || self.eat_word("us");
            return Ok(());
        }
        arguments.push(Argument::Value(self.late_text_value()?));
        if self.value_begins(Class::Int { least: 0, most: 0 }) {
            arguments.push(Argument::Value(self.int_value("a number")?));
            arguments.push(Argument::Value(self.late_text_value()?));
        }
        Ok(())
    }

    /// `net, bgp_path, (bgp_med + 1)`
    fn aggregate_on(&mut self, arguments: &mut Vec<Argument>) -> Read<()> {
        let routine = Routine::empty(RoutineKind::Term, None, self.span());
        let outer = self.routine.replace(routine);
        let mut read = Ok(());
        loop {
            match self.term() {
                Ok(term) => arguments.push(Argument::Value(term)),
                Err(Skip) => read = Err(Skip),
            }
            if read.is_err() || !self.eat(Kind::Comma) {
                break;
            }
        }
        self.routine = outer;
        read
    }

    /// `{ for route r in routes do … }`
    fn merge_by(&mut self) -> Read<Policy> {
        let start = self.span();
        let id = self.routine_of(RoutineKind::Function, None, start, |p, _| {
            let routes = Name { text: "routes".into(), span: start };
            let _: VariableId = p.declare(routes, None);
            p.body()
        })?;
        Ok(Policy::Filter(id))
    }
}

/// `2026-01-31` with or without a time (lib/timer.c, `tm_parse_time`), read as `sscanf` does, which skips blanks before
/// numbers; the thirteenth month is the next January.
fn is_date(text: &str) -> bool {
    let mut rest = text;
    let Some([year, month, day]) = numbers(&mut rest, "-") else { return false };
    if !(1970..=30_000).contains(&year) {
        return false;
    }
    // The second with which time begins is no time to BIRD.
    let begins = [year, month, day] == [1970, 1, 1];
    if rest.is_empty() {
        return !begins;
    }
    let Some(time) = numbers(&mut rest, ":").filter(|_| text.contains(' ')) else { return false };
    let fraction = rest.strip_prefix('.').unwrap_or("0");
    let ended = rest.is_empty() || rest.starts_with('.');
    let digits = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    ended && digits && !(begins && time == [0; 3])
}

/// Three numbers with a sign between them, from the head of a text.
fn numbers(rest: &mut &str, sign: &str) -> Option<[u32; 3]> {
    let mut read = [0; 3];
    for (index, number) in read.iter_mut().enumerate() {
        if index > 0 {
            *rest = rest.strip_prefix(sign)?;
        }
        let text = rest.trim_start();
        let text = text.strip_prefix('+').unwrap_or(text);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        *number = text[..digits].parse().ok()?;
        *rest = &text[digits..];
    }
    Some(read)
}
