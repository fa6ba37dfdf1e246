//! What stands outside of protocols and code.

use super::{Kind, Name, Parser, Read, Skip, Span, unquoted};
use crate::bird::error::ErrorKind;
use crate::bird::symbols::Symbol;
use crate::bird::tree::{
    AttributeId, ChannelKind, Constant, ConstantId, CustomAttribute, EnumType, Item, Role, RoutineId,
    Statement, Table, TableId, Test, TestKind, Type,
};
use crate::bird::version::{Version, Versions};
use crate::bird::{grammar, plain, types};

impl Parser<'_> {
    /// `master4` and `master6` are there from the start.
    pub(super) fn default_tables(&mut self) {
        for (text, kind) in [("master4", ChannelKind::Ipv4), ("master6", ChannelKind::Ipv6)] {
            let name = Name { text: text.into(), span: Span::default() };
            self.define(&name, Symbol::Table(TableId(self.tree.tables.len() as u32)));
            self.tree.tables.push(Table { name, kind, options: Vec::new() });
        }
    }

    /// The whole configuration.
    pub(super) fn configuration(&mut self) {
        while !self.is(Kind::End) {
            let start = self.span();
            if self.eat(Kind::Semicolon) {
                continue;
            }
            match self.statement_at_top() {
                Ok(statement) => self.tree.statements.push(statement),
                Err(Skip) => {
                    self.depth = 0;
                    self.routine = None;
                    self.symbols.truncate(1);
                    self.recover_at_top();
                    let span = self.since(start);
                    self.tree.statements.push(Statement::Opaque(span));
                }
            }
        }
    }

    /// Skips to the next statement: behind a `;` or a `}` with nothing open.
    fn recover_at_top(&mut self) {
        loop {
            let kind = self.kind();
            if kind == Kind::End {
                return;
            }
            self.bump();
            if self.open == 0 && matches!(kind, Kind::BraceClose | Kind::Semicolon) {
                return;
            }
        }
    }

    fn statement_at_top(&mut self) -> Read<Statement> {
        let word = self.word_at(0);
        let keyword = if self.symbols.find(word).is_none() { word } else { "" };
        match keyword {
            "define" => self.definition(),
            "function" => self.function().map(Statement::Routine),
            "filter" if self.word_at(1) != "stacks" || self.kind_at(2) == Kind::BraceOpen => {
                self.filter_definition().map(Statement::Routine)
            }
            "protocol" => self.protocol(Role::Instance).map(Statement::Protocol),
            "template" => self.protocol(Role::Template).map(Statement::Protocol),
            "attribute" => self.attribute_definition(),
            "eval" => self.eval(),
            "bt_test_suite" => self.test_suite(),
            "bt_test_same" => self.test_same(),
            "listen" | "roa" | "table" if self.kind_at(1) == Kind::Word => Err(self.bird1(keyword)),
            _ if self.table_follows() => self.table(),
            _ => self.top_option(),
        }
    }

    /// What only BIRD 1 has outside of protocols.
    fn bird1(&mut self, word: &str) -> Skip {
        self.old.push(self.span());
        self.error(self.span(), ErrorKind::Syntax, format!("`{word}` is BIRD 1.x and gone since 2.0"));
        Skip
    }

    fn top_option(&mut self) -> Read<Statement> {
        let options = grammar::table("top");
        let first = self.word_at(0);
        if options.beginning(first).is_empty() && super::protocol::channel_named(first, "").is_some() {
            self.bump();
            return Err(self.expected("`table`"));
        }
        let item = self.option(options, "a statement such as `protocol`, `filter`, `define` or `include`")?;
        if !grammar::unterminated(first, self.version) {
            self.expect(Kind::Semicolon, "`;`")?;
        }
        Ok(Statement::Option(item))
    }

    /// `define NAME = term;`
    fn definition(&mut self) -> Read<Statement> {
        self.bump();
        let name = self.new_name("the name of a constant")?;
        let defined = self.definition_value();
        let span = name.span;
        let kind = crate::bird::tree::ExprKind::Opaque;
        let (value, read) = match defined {
            Ok(value) => (value, Ok(())),
            Err(Skip) => (crate::bird::tree::Expr { kind, span }, Err(Skip)),
        };
        // A broken constant is still known by its name, or every use of it would be told too.
        let id = ConstantId(self.tree.constants.len() as u32);
        self.define(&name, Symbol::Constant(id));
        let (ty, plain) = (types::of(&self.tree, None, &value), plain::value(&self.tree, &value));
        self.tree.constants.push(Constant { name, value, ty, plain });
        read.map(|()| Statement::Define(id))
    }

    fn definition_value(&mut self) -> Read<crate::bird::tree::Expr> {
        self.expect(Kind::Equal, "`=`")?;
        let value = self.term()?;
        self.expect(Kind::Semicolon, "`;`")?;
        Ok(value)
    }

    /// `attribute int NAME;`, `attribute bgp 99 bytestring NAME;`
    fn attribute_definition(&mut self) -> Read<Statement> {
        self.bump();
        let mut bgp = None;
        if self.at_word("bgp") {
            let span = self.bump().span;
            self.require(Versions::since((14, 0), (0, 0)), span, "attributes with a BGP number");
            bgp = Some(self.bgp_number()?);
        }
        let ty = self.ty()?;
        let name = self.new_name("the name of an attribute")?;
        self.expect(Kind::Semicolon, "`;`")?;
        if let Some(number) = bgp {
            self.judge_bgp_attribute(number, ty, name.span);
        }
        self.require(attribute_versions(ty), name.span, "attributes of this type");
        let id = AttributeId(self.tree.attributes.len() as u32);
        self.define(&name, Symbol::Attribute(id));
        self.tree.attributes.push(CustomAttribute { name, ty, bgp });
        Ok(Statement::Attribute(id))
    }

    /// The number of a BGP attribute; 2.x takes a constant or a term too.
    fn bgp_number(&mut self) -> Read<u32> {
        let start = self.span();
        let number = if self.version.major > 2 {
            self.number()?
        } else {
            let value = self.int_value("a number")?;
            plain::int(&self.tree, &value).unwrap_or(1 << 7)
        };
        if !(1..=255).contains(&number) {
            self.refuse(start, format!("a BGP attribute has a number in 1 to 255, and this is {number}"));
        }
        Ok(number)
    }

    /// To 2.x the attributes that it knows itself cannot be named anew; 3.x wants their own type.
    fn judge_bgp_attribute(&mut self, number: u32, ty: Type, span: Span) {
        let known = bgp_attribute(number, self.version);
        if known.is_some() && self.version.major < 3 {
            return self
                .refuse(span, format!("BIRD {} knows the BGP attribute {number} itself", self.version));
        }
        match known.unwrap_or(Type::Bytes) {
            Type::Void => self.refuse(span, format!("no type of filters fits the BGP attribute {number}")),
            wanted if wanted != ty => {
                self.refuse(span, format!("the BGP attribute {number} is of type {wanted}, not {ty}"));
            }
            _ => {}
        }
    }

    fn eval(&mut self) -> Read<Statement> {
        self.bump();
        self.term().map(Statement::Eval)
    }

    /// `bt_test_suite(f, "text")`
    fn test_suite(&mut self) -> Read<Statement> {
        let start = self.bump().span;
        self.expect(Kind::ParenOpen, "`(`")?;
        let function = self.function_name()?;
        self.expect(Kind::Comma, "`,`")?;
        let title = self.text_value()?;
        self.expect(Kind::ParenClose, "`)`")?;
        let title = crate::bird::plain::text(&self.tree, &title)
            .unwrap_or_else(|| unquoted(self.sources.text(title.span)));
        Ok(self.test(TestKind::Suite { function, title: title.to_string() }, start))
    }

    /// `bt_test_same(f, g, 1)`
    fn test_same(&mut self) -> Read<Statement> {
        let start = self.bump().span;
        self.expect(Kind::ParenOpen, "`(`")?;
        let first = self.function_name()?;
        self.expect(Kind::Comma, "`,`")?;
        let second = self.function_name()?;
        self.expect(Kind::Comma, "`,`")?;
        let result = self.number()?;
        self.expect(Kind::ParenClose, "`)`")?;
        Ok(self.test(TestKind::Same { functions: [first, second], result }, start))
    }

    fn test(&mut self, kind: TestKind, start: Span) -> Statement {
        let index = self.tree.tests.len() as u32;
        let span = self.since(start);
        self.tree.tests.push(Test { kind, span });
        Statement::Test(index)
    }

    fn function_name(&mut self) -> Read<RoutineId> {
        let name = self.name("the name of a function")?;
        match self.symbols.find(&name.text) {
            Some(Symbol::Function(id)) => Ok(id),
            _ => {
                self.refuse(name.span, format!("no function `{}` is defined here", name.text));
                Err(Skip)
            }
        }
    }

    fn table_follows(&self) -> bool {
        let (word, second) = (self.keyword_at(0), self.keyword_at(1));
        super::protocol::channel_named(word, second)
            .is_some_and(|(_, words)| self.keyword_at(words) == "table")
    }

    /// `ipv4 table NAME sorted { … }`
    fn table(&mut self) -> Read<Statement> {
        let start = self.span();
        let Some((kind, words)) = super::protocol::channel_named(self.word_at(0), self.word_at(1)) else {
            return Err(self.expected("a table"));
        };
        for _ in 0..=words {
            self.bump();
        }
        self.settle_groups();
        self.judge_table(kind, start);
        let name = self.table_new_name(kind)?;
        let mut options = Vec::new();
        let sorted = self.span();
        if self.eat_word("sorted") {
            options.push(Item { name: "sorted", arguments: Vec::new(), span: sorted });
        }
        if self.is(Kind::BraceOpen) {
            self.require(Versions::since((0, 9), (0, 0)), start, "options of a table");
            options.extend(self.table_options()?);
        }
        let id = TableId(self.tree.tables.len() as u32);
        self.define(&name, Symbol::Table(id));
        self.use_table(kind, &name.text);
        self.tree.tables.push(Table { name, kind, options });
        Ok(Statement::Table(id))
    }

    /// Whether it is `master4` or `master6`, given again or not, and of a kind.
    fn is_default_table(&self, id: TableId, kind: ChannelKind) -> bool {
        let table = self.tree.table(id);
        table.kind == kind
            && matches!(
                (kind, &*table.name.text),
                (ChannelKind::Ipv4, "master4") | (ChannelKind::Ipv6, "master6")
            )
    }

    /// Notes that a table is used, of which the default tables are made.
    pub(super) fn use_table(&mut self, kind: ChannelKind, name: &str) {
        match (kind, name) {
            (ChannelKind::Ipv4, "master4") => self.default_tables_used[0] = true,
            (ChannelKind::Ipv6, "master6") => self.default_tables_used[1] = true,
            _ => {}
        }
    }

    /// Notes that a channel was opened, which takes the default table of its kind.
    pub(super) fn use_default_table(&mut self, kind: ChannelKind) {
        use ChannelKind as C;
        match kind {
            C::Ipv4 | C::Ipv4Multicast | C::Ipv4Mpls => self.default_tables_used[0] = true,
            C::Ipv6 | C::Ipv6Multicast | C::Ipv6Mpls => self.default_tables_used[1] = true,
            _ => {}
        }
    }

    /// The two tables that are there from the start may be given again.
    fn table_new_name(&mut self, kind: ChannelKind) -> Read<Name> {
        match self.symbols.find_global(self.word_at(0)) {
            Some(Symbol::Table(id)) if self.is_default_table(id, kind) => {
                let name = self.name("the name of a table")?;
                let used = self.default_tables_used[usize::from(kind == ChannelKind::Ipv6)];
                if self.version.major > 2 && used {
                    self.refuse(name.span, format!("`{}` was used or defined before", name.text));
                }
                Ok(name)
            }
            _ => {
                let name = self.new_name("the name of a table")?;
                if !super::super::keyword::table_nameable(&name.text, self.version) {
                    self.refuse(name.span, "a keyword as the name of a table");
                }
                Ok(name)
            }
        }
    }

    /// The first table or protocol of 3.x makes the thread groups `worker` and `express`, where none was made.
    pub(super) fn settle_groups(&mut self) {
        if self.version.major > 2 && !std::mem::replace(&mut self.groups_settled, true) {
            for text in ["worker", "express"] {
                if self.symbols.find_global(text).is_none() {
                    let name = Name { text: text.into(), span: Span::default() };
                    self.define(&name, Symbol::ThreadGroup);
                }
            }
        }
    }

    fn judge_table(&mut self, kind: ChannelKind, start: Span) {
        let versions = match kind {
            ChannelKind::Aspa => Versions::since((16, 0), (0, 0)),
            ChannelKind::Eth | ChannelKind::Evpn | ChannelKind::Neighbor => Versions::since((19, 0), (3, 0)),
            ChannelKind::Ipv4Mpls | ChannelKind::Ipv6Mpls | ChannelKind::Vpn4Mpls | ChannelKind::Vpn6Mpls => {
                Versions::NONE
            }
            ChannelKind::Ipv4Multicast | ChannelKind::Ipv6Multicast => Versions::NONE,
            ChannelKind::Vpn4Multicast | ChannelKind::Vpn6Multicast => Versions::NONE,
            _ => Versions::ALL,
        };
        self.require(versions, start, "a table of this kind");
    }

    fn table_options(&mut self) -> Read<Vec<Item>> {
        let options = grammar::table("table");
        let opaque = |span| Item { name: "", arguments: Vec::new(), span };
        self.nested(|p| {
            p.block(
                |p| {
                    let item = p.option(options, "an option of a table")?;
                    p.expect(Kind::Semicolon, "`;`")?;
                    Ok(item)
                },
                opaque,
            )
        })
    }
}

/// The versions that store a type with a route; 3.x stores all.
fn attribute_versions(ty: Type) -> Versions {
    match ty {
        Type::Int | Type::Ip | Type::Quad | Type::Path | Type::CList | Type::EcList | Type::LcList => {
            Versions::ALL
        }
        Type::String | Type::Bytes | Type::Mac => Versions::since((14, 0), (0, 0)),
        _ => Versions::THREE,
    }
}

/// The type of a BGP attribute that BIRD knows itself, `Void` where no filter can use its value (proto/bgp/attrs.c).
fn bgp_attribute(number: u32, version: Version) -> Option<Type> {
    Some(match number {
        1 => Type::Enum(EnumType::Origin),
        2 | 17 => Type::Path,
        3 => Type::Ip,
        4 | 5 | 35 => Type::Int,
        8 | 10 => Type::CList,
        9 => Type::Quad,
        16 => Type::EcList,
        32 => Type::LcList,
        6 | 7 | 14 | 15 | 18 | 26 => Type::Void,
        22 if version.reaches((19, 0), (3, 0)) => Type::Void,
        254 if version.major < 3 => Type::CList,
        _ => return None,
    })
}
