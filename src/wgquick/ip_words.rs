//! The arguments of `ip` as a stream of words, and the values among them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ip::TableName;
use crate::net::Family;

/// Words that are read one after the other.
pub(super) struct Words<'w> {
    rest: &'w [&'w str],
}

impl<'w> Words<'w> {
    pub(super) fn new(words: &'w [&'w str]) -> Words<'w> {
        Words { rest: words }
    }

    pub(super) fn rest(&self) -> &'w [&'w str] {
        self.rest
    }

    pub(super) fn next(&mut self) -> Option<&'w str> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(super) fn next_if(&mut self, is: impl Fn(&str) -> bool) -> Option<&'w str> {
        if is(self.rest.first()?) { self.next() } else { None }
    }

    /// The next word if it can be read as something.
    pub(super) fn next_as<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = read(self.rest.first()?)?;
        self.next();
        Some(value)
    }

    /// `[inet|inet6] ADDRESS`
    pub(super) fn gateway(&mut self) -> Option<IpAddr> {
        self.next_if(|word| matches!(word, "inet" | "inet6"));
        self.next()?.parse().ok()
    }

    pub(super) fn table(&mut self) -> Option<TableName> {
        let word = self.next()?;
        Some(word.parse().map_or_else(|_| TableName::Name(word.to_owned()), TableName::Id))
    }

    /// A rule's prefix; `all` and its like select everything, which is written as none.
    pub(super) fn selected(&mut self, family: Family) -> Option<Option<IpNet>> {
        match self.next()? {
            "all" | "any" | "default" => Some(None),
            word => prefix(word, family).filter(|prefix| Family::of_prefix(*prefix) == family).map(Some),
        }
    }
}

/// A number in decimal or with `0x`.
pub(super) fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

/// A prefix, a bare address of full length, or `default`.
pub(super) fn prefix(word: &str, family: Family) -> Option<IpNet> {
    if matches!(word, "default" | "all" | "any") {
        return Some(family.default_prefix());
    }
    let whole = || word.parse::<IpAddr>().ok().map(IpNet::from);
    word.parse::<IpNet>().ok().or_else(whole).map(|prefix| prefix.trunc())
}
