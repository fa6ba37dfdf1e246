//! A family of routes: the ones that a question is about.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::region::Region;
use crate::bird::eval::value::{Pattern, PrefixSet, Value};
use crate::bird::eval::{Attribute, Route};
use crate::bird::tree::{EnumType, Enumerator, Net, Type};

/// The routes that a question is about: networks, and what some attributes may be. Nothing said means anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The address family of the networks.
    pub(crate) family: crate::net::Family,
    region: Region,
    fixed: BTreeMap<&'static str, Vec<String>>,
}

impl Family {
    /// Every route of an address family.
    pub fn all(family: crate::net::Family) -> Family {
        Family { family, region: Region::all(family), fixed: BTreeMap::new() }
    }

    /// Only routes made by these: `RTS_BGP`. A misspelt name is no route at all.
    pub fn of_sources(self, sources: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.with("source", sources)
    }

    /// Only routes that these protocols made.
    pub fn of_protocols(self, names: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.with("proto", names)
    }

    /// Only routes that do this with packets: `RTD_UNREACHABLE`.
    pub fn of_destinations(self, destinations: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.with("dest", destinations)
    }

    fn with(mut self, name: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.fixed.insert(name, values.into_iter().map(Into::into).collect());
        self
    }

    /// Only these networks.
    pub fn among(mut self, nets: impl IntoIterator<Item = IpNet>) -> Family {
        let exactly = |prefix: IpNet| Pattern { prefix, low: prefix.prefix_len(), high: prefix.prefix_len() };
        self.region = self.region.and(&self.set(nets.into_iter().map(exactly)));
        self
    }

    /// Only networks within these, themselves included.
    pub fn within(mut self, nets: impl IntoIterator<Item = IpNet>) -> Family {
        self.region = self.region.and(&self.set(nets.into_iter().map(below)));
        self
    }

    /// Only networks that lie within none of these.
    pub fn outside(mut self, nets: impl IntoIterator<Item = IpNet>) -> Family {
        self.region = self.region.without(&self.set(nets.into_iter().map(below)));
        self
    }

    fn set(&self, patterns: impl Iterator<Item = Pattern>) -> Region {
        let own = patterns.filter(|pattern| crate::net::Family::of_prefix(pattern.prefix) == self.family);
        Region::of_set(self.family, &PrefixSet::new(own))
    }

    pub(crate) fn region(&self) -> Region {
        self.region.clone()
    }

    /// The attributes that are bound to some values.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.fixed.iter().map(|(name, values)| (*name, values.as_slice()))
    }

    /// The plainest route of the family to a network.
    pub(crate) fn route(&self, prefix: IpNet) -> Route {
        let mut route = Route::new(Net::Ip(prefix));
        for (name, values) in self.fixed() {
            let Some(first) = values.first() else { continue };
            let value = match enumerator(first) {
                _ if name == "proto" => Value::string(first.as_str()),
                Some(value) => {
                    let ty = if name == "source" { EnumType::Source } else { EnumType::Destination };
                    Value::Enum(Enumerator { ty, value })
                }
                None => Value::empty(Type::Void),
            };
            route.set(Attribute::known(name), value);
        }
        route
    }
}

fn below(prefix: IpNet) -> Pattern {
    let high = crate::net::Family::of_prefix(prefix).bits();
    Pattern { prefix, low: prefix.prefix_len(), high }
}

/// The number of a named value.
pub(crate) fn enumerator(text: &str) -> Option<u16> {
    Enumerator::named(text).map(|(enumerator, _)| enumerator.value)
}
