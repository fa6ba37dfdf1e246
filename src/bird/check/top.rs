//! What BIRD refuses outside of protocols: tables, label ranges, and the threads of 3.x.

use super::Check;
use crate::bird::files::Span;
use crate::bird::tree::{ChannelKind, Item, ProtocolKind, Statement, Table};

/// What `threads` and `thread group` have settled so far (sysdep/unix/config.Y).
#[derive(Default)]
struct Threads {
    /// Whether the groups may no longer be said, and why.
    settled: Option<&'static str>,
    /// How many groups there are, the built-in ones among them.
    groups: usize,
    /// Whether one of them is the default.
    default: bool,
    /// Whether there is a group for what is urgent.
    express: bool,
}

impl<'t> Check<'t> {
    pub(super) fn top(&mut self) {
        let tree = self.tree;
        for table in &tree.tables {
            self.option_terms(&table.options);
            self.table(table);
        }
        let mut threads = Threads::default();
        for statement in &tree.statements {
            match statement {
                Statement::Option(item) => {
                    self.option_terms([item]);
                    self.top_option(&mut threads, item);
                }
                Statement::Table(id) => self.settle(&mut threads, tree.table(*id).name.span),
                Statement::Protocol(id) => {
                    let protocol = tree.protocol(*id);
                    self.settle(&mut threads, protocol.span);
                    if protocol.kind == ProtocolKind::Bfd && self.version.major > 2 {
                        self.express(&threads, *id);
                    }
                }
                Statement::Define(_)
                | Statement::Routine(_)
                | Statement::Attribute(_)
                | Statement::Test(_)
                | Statement::Eval(_)
                | Statement::Opaque(_) => {}
            }
        }
    }

    fn top_option(&mut self, threads: &mut Threads, item: &Item) {
        match item.name {
            "mpls domain" => item.block().unwrap_or(&[]).iter().for_each(|range| self.mpls_range(range)),
            "threads" if self.version.major > 2 => {
                if threads.groups > 0 && threads.settled.is_none() {
                    self.refuse(item.span, "`threads` and `thread group` exclude each other");
                }
                threads.settled = Some("`threads` and `thread group` exclude each other");
            }
            "thread group" => self.thread_group(threads, item),
            _ => {}
        }
    }

    fn thread_group(&mut self, threads: &mut Threads, item: &Item) {
        if let Some(why) = threads.settled {
            self.refuse(item.span, why);
        }
        threads.groups += 1;
        let options = item.block().unwrap_or(&[]);
        let name = item.name_argument().map_or("", |name| &name.text);
        let is_express = name == "express";
        threads.express |= is_express;
        if options.iter().any(|option| option.name == "default" && option.switch() == Some(true)) {
            if threads.default {
                self.refuse(item.span, "a second thread group that is the `default`");
            }
            threads.default = true;
        }
        let defaults = if is_express { [10_000, 1_000, 10_000] } else { [300_000, 10_000, 1_000_000] };
        self.group_times(item, options, defaults);
    }

    /// The longest and shortest time of a loop and what it may be late, in microseconds.
    fn group_times(&mut self, item: &Item, options: &[Item], [most, least, late]: [u64; 3]) {
        let time = |name: &str, default: u64| {
            options.iter().rfind(|option| option.name == name).map_or(Some(default), Item::time)
        };
        let (Some(most), Some(least), Some(late)) =
            (time("max time", most), time("min time", least), time("max latency", late))
        else {
            return;
        };
        if most > 60_000_000 || late < most || least > most {
            self.refuse(item.span, "wanted are `min time` <= `max time` <= `max latency`, and 60 s at most");
        }
        if time("wakeup time", 60_000_000).is_some_and(|time| time < 1_000_000) {
            self.refuse(item.span, "`wakeup time` is at least 1 s");
        }
    }

    /// The first table or protocol of 3.x settles which groups there are.
    fn settle(&mut self, threads: &mut Threads, span: Span) {
        if threads.groups == 0 {
            *threads = Threads {
                settled: threads.settled.or(Some("`thread group` stands before all protocols and tables")),
                groups: 2,
                default: true,
                express: true,
            };
        } else if !threads.default && self.version.major > 2 {
            self.refuse(span, "no thread group is the `default`");
        }
    }

    /// BFD wants a group for what is urgent.
    fn express(&mut self, threads: &Threads, id: crate::bird::tree::ProtocolId) {
        let one = crate::bird::effective::effective(self.tree, id);
        if !threads.express && one.option("express thread group").is_none() {
            self.refuse(one.protocol.span, "no thread group `express`, nor `express thread group NAME`");
        }
    }

    fn table(&mut self, table: &Table) {
        for item in &table.options {
            let times: Vec<u64> = item.times().collect();
            let numbers: Vec<u32> = self.numbers(item);
            let refused = match item.name {
                "trie" => (!searches_by_prefix(table.kind)).then_some("tables of this kind have no `trie`"),
                "gc period" => {
                    (times.first() > Some(&3_600_000_000)).then_some("the period is at most an hour")
                }
                "cork threshold" => (numbers.len() == 2 && numbers[0] > numbers[1])
                    .then_some("the lower threshold stands first"),
                name if name.ends_with("settle time") => {
                    (times.len() == 2 && times[0] > times[1]).then_some("the shorter time stands first")
                }
                _ => None,
            };
            if let Some(refused) = refused {
                self.refuse(item.span, refused);
            }
        }
    }

    /// The shorter time stands first.
    pub(super) fn settle_time(&mut self, item: &Item) {
        let times: Vec<u64> = item.times().collect();
        if times.len() == 2 && times[0] > times[1] {
            self.refuse(item.span, "the shorter time stands first");
        }
    }

    fn numbers(&self, item: &Item) -> Vec<u32> {
        use crate::bird::tree::Argument;
        let number = |argument: &Argument| match argument {
            Argument::Value(value) => self.int(value),
            _ => None,
        };
        item.arguments.iter().filter_map(number).collect()
    }

    fn mpls_range(&mut self, range: &Item) {
        let options = range.block().unwrap_or(&[]);
        let given = |name: &str| options.iter().rfind(|item| item.name == name);
        let built_in = match range.name_argument().map_or("", |name| &name.text) {
            "static" => Some((16, 984)),
            "dynamic" => Some((1000, 9000)),
            _ => None,
        };
        if built_in.is_none() && (given("start").is_none() || given("length").is_none()) {
            return self.refuse(range.span, "a label range wants its `start` and `length`");
        }
        let number = |name: &str, default: Option<u32>| match given(name) {
            Some(item) => self.number(item),
            None => default,
        };
        let start = number("start", built_in.map(|(start, _)| start));
        let length = number("length", built_in.map(|(_, length)| length));
        if start.zip(length).is_some_and(|(start, length)| start.saturating_add(length) > 1 << 20) {
            self.refuse(range.span, "the label range ends beyond 2^20");
        }
    }
}

/// Whether a table of a kind can be searched by prefix.
fn searches_by_prefix(kind: ChannelKind) -> bool {
    use ChannelKind as C;
    matches!(kind, C::Ipv4 | C::Ipv6 | C::Ipv6Sadr | C::Vpn4 | C::Vpn6 | C::Roa4 | C::Roa6)
}
