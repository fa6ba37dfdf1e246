//! Networking nouns whose rows an operator would want listed on a good day.
//!
//! All hard work is in computing rows. A rule only points at them with a [`Pattern`]. One definition per
//! relation serves rules, `routelint show`, and the reference that `show --fields` prints. Relations see
//! neither netlink nor BIRD's syntax: they read the [`Host`].

mod alike;
mod allowed;
mod column;
mod command;
mod cover;
mod endpoint;
mod export;
mod file;
mod filed;
mod filter;
mod import;
mod install;
mod key;
mod own;
mod passed;
mod pattern;
mod peer;
mod plane;
mod protocol;
mod refusal;
mod rib;
mod route;
mod session;
mod shadow;
mod source;
mod static_route;
mod table;
mod told;
mod value;

use std::net::IpAddr;

pub use pattern::{Pattern, Test};
pub use value::Value;

use crate::evidence::Evidence;
use crate::fib::Flow;
use crate::host::{Change, Host};
use crate::seen::{Seen, Truth};
use crate::snapshot::Source;

/// Every relation, in the order in which causes come before symptoms.
pub static RELATIONS: &[&dyn Relate] = &[
    &source::SOURCE,
    &refusal::REFUSAL,
    &file::FILE,
    &key::KEY,
    &plane::PLANE,
    &peer::PEER,
    &command::COMMAND,
    &allowed::ALLOWED,
    &endpoint::ENDPOINT,
    &install::INSTALL,
    &export::EXPORT,
    &import::IMPORT,
    &filter::FILTER,
    &route::ROUTE,
    &shadow::SHADOW,
    &cover::COVER,
    &own::OWN,
    &table::TABLE,
    &static_route::STATIC,
    &session::SESSION,
    &protocol::PROTOCOL,
    &rib::RIB,
];

/// What values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One word of the list.
    Word(&'static [&'static str]),
    /// Any of the words of the list.
    Words(&'static [&'static str]),
    /// Free text.
    Text,
    /// Several texts.
    Texts,
    /// A number; the text is its unit, or what it counts.
    Number(&'static str),
    /// `true` or `false`.
    Flag,
    /// A prefix.
    Prefix,
    /// Several prefixes.
    Prefixes,
    /// An address.
    Address,
}

/// One column of a relation.
pub struct Field<R> {
    /// Its name, dotted: `by.metric`.
    pub name: &'static str,
    /// What it says, one sentence: the reference for writers of rules.
    pub about: &'static str,
    /// What values it has.
    pub kind: Kind,
    /// Its value in a row.
    pub get: fn(&R, &Host<'_>) -> Seen<Value>,
}

/// A row told to a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Names the row among those of its relation and node, the same from run to run.
    pub key: String,
    /// Rows with the same culprit are one story: the same change undoes them.
    pub culprit: String,
    /// What tells the row apart from others of the same story, in a few words.
    pub subject: String,
    /// What is the case, one sentence, lower case, no full stop.
    pub sentence: String,
    /// Where to look; the first piece is the primary place.
    pub evidence: Vec<Evidence>,
    /// Commands that help at once, to copy.
    pub now: Vec<String>,
    /// What to change so that it stays.
    pub for_good: Option<String>,
    /// The change that, made alone, makes the row as it should be.
    pub undo: Vec<Change>,
    /// Look-ups on which the observation rests: with another fate of theirs it proves nothing any more.
    pub rests_on: Vec<(Flow, IpAddr)>,
    /// How many cases it tells beside the first: where they are too many to be rows of their own.
    pub more: usize,
}

/// A relation with its rows' type.
pub struct Relation<R: 'static> {
    /// The noun.
    pub name: &'static str,
    /// What a row is, one sentence.
    pub about: &'static str,
    /// The sources that must be within the scope of a snapshot; without them nothing is judged.
    pub needs: &'static [Source],
    /// Further sources that rows are made from where they are there; one of them must be within the scope.
    pub reads: &'static [Source],
    /// The columns of a table for people, where all would be too many; empty for all.
    pub main: &'static [&'static str],
    /// The columns, those that cost more later.
    pub fields: &'static [Field<R>],
    /// Gives every row, in the order of every output.
    pub rows: fn(&Host<'_>, &mut dyn FnMut(R)),
    /// Tells a row.
    pub tell: fn(&R, &Host<'_>) -> Story,
}

/// A field without its rows: for reference and for checking patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDoc {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
    /// What values it has.
    pub kind: Kind,
}

/// Gives a row's value by the field's number.
pub type Get<'r> = dyn Fn(usize) -> Seen<Value> + 'r;

/// Whether a row is wanted.
pub type Wanted<'w> = dyn Fn(&Get<'_>) -> Truth + 'w;

/// A relation whose rows' type is hidden.
pub trait Relate: Sync {
    /// The noun.
    fn name(&self) -> &'static str;
    /// What a row is.
    fn about(&self) -> &'static str;
    /// The sources that must be within the scope of a snapshot.
    fn needs(&self) -> &'static [Source];
    /// Further sources that rows are made from.
    fn reads(&self) -> &'static [Source];
    /// The columns.
    fn fields(&self) -> Vec<FieldDoc>;
    /// The names of the columns of a table for people; empty for all.
    fn main(&self) -> &'static [&'static str];
    /// Gives each row's values, in the order of the columns, to `show`.
    fn list(&self, host: &Host<'_>, show: &mut dyn FnMut(Vec<Seen<Value>>));
    /// Matches each row with each pattern and gives those that are not clearly outside, told, with the
    /// number of the pattern.
    fn find(&self, host: &Host<'_>, wanted: &[&Wanted<'_>], hit: &mut dyn FnMut(usize, Truth, Story));
}

impl<R: 'static> Relate for Relation<R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn needs(&self) -> &'static [Source] {
        self.needs
    }

    fn reads(&self) -> &'static [Source] {
        self.reads
    }

    fn fields(&self) -> Vec<FieldDoc> {
        let doc = |field: &Field<R>| FieldDoc { name: field.name, about: field.about, kind: field.kind };
        self.fields.iter().map(doc).collect()
    }

    fn main(&self) -> &'static [&'static str] {
        self.main
    }

    fn list(&self, host: &Host<'_>, show: &mut dyn FnMut(Vec<Seen<Value>>)) {
        (self.rows)(host, &mut |row| show(self.fields.iter().map(|field| (field.get)(&row, host)).collect()));
    }

    fn find(&self, host: &Host<'_>, wanted: &[&Wanted<'_>], hit: &mut dyn FnMut(usize, Truth, Story)) {
        (self.rows)(host, &mut |row| {
            for (number, wanted) in wanted.iter().enumerate() {
                match wanted(&|field| (self.fields[field].get)(&row, host)) {
                    Truth::False => {}
                    found @ (Truth::True | Truth::Unknown(_)) => hit(number, found, (self.tell)(&row, host)),
                }
            }
        });
    }
}
