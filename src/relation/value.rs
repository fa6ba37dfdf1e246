//! The values that a field of a row can have.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Serialize, Serializer};

use crate::net::AddressRange;

/// One value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word of a closed list.
    Word(&'static str),
    /// Several words of a closed list, sorted.
    Words(Vec<&'static str>),
    /// A name or a line.
    Text(String),
    /// Several names, sorted.
    Texts(Vec<String>),
    /// A count, a metric, seconds: the field says what.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// A prefix.
    Prefix(IpNet),
    /// Several prefixes, sorted.
    Prefixes(Vec<IpNet>),
    /// An address.
    Address(IpAddr),
}

impl Value {
    /// The addresses that the value spans, for the tests that compare with a set; empty for other values.
    pub fn ranges(&self) -> Vec<AddressRange> {
        match self {
            Value::Prefix(prefix) => vec![AddressRange::of(*prefix)],
            Value::Prefixes(prefixes) => prefixes.iter().map(|p| AddressRange::of(*p)).collect(),
            Value::Address(address) => vec![AddressRange::host(*address)],
            Value::Word(_)
            | Value::Words(_)
            | Value::Text(_)
            | Value::Texts(_)
            | Value::Number(_)
            | Value::Flag(_) => Vec::new(),
        }
    }

    /// Whether the value is the other, or a list that holds it.
    pub fn is_or_holds(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Words(words), Value::Word(word)) => words.contains(word),
            (Value::Texts(texts), Value::Text(text)) => texts.contains(text),
            (Value::Prefixes(prefixes), Value::Prefix(prefix)) => prefixes.contains(prefix),
            _ => self == other,
        }
    }
}

/// Joins what can be shown with a comma.
fn join<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Word(word) => f.write_str(word),
            Value::Words(words) => join(f, words),
            Value::Text(text) => f.write_str(text),
            Value::Texts(texts) => join(f, texts),
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Value::Prefix(prefix) => write!(f, "{prefix}"),
            Value::Prefixes(prefixes) => join(f, prefixes),
            Value::Address(address) => write!(f, "{address}"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Word(word) => serializer.serialize_str(word),
            Value::Words(words) => words.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Prefix(prefix) => prefix.serialize(serializer),
            Value::Prefixes(prefixes) => prefixes.serialize(serializer),
            Value::Address(address) => address.serialize(serializer),
        }
    }
}
