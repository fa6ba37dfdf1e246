//! A family of routes: the ones that a question is about.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;

use super::region::Region;
use crate::bird::eval::value::{Address, Pattern, PrefixSet, Value};
use crate::bird::eval::{Attribute, Route};
use crate::bird::tree::{BuiltIn, Enumerator, Net};

/// The routes that a question is about: networks, and what some attributes may be. Nothing said means anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The address family of the networks.
    pub(crate) family: crate::net::Family,
    region: Region,
    /// Whether only such routes are meant as tables take.
    tabled: bool,
    choices: BTreeMap<&'static str, Vec<Value>>,
    /// Shared: what a kind of protocol makes is asked about once for each session.
    held: Arc<BTreeMap<Attribute, Held>>,
}

/// What is known of an attribute of every route of a family.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// This value.
    Is(Value),
    /// None.
    Nothing,
    /// Some value, such as this one.
    Something(Value),
    /// What it is shows only when BIRD runs; in words.
    Unseen(&'static str),
}

impl Family {
    /// Every route of an address family.
    pub fn all(family: crate::net::Family) -> Family {
        Family {
            family,
            region: Region::all(family),
            tabled: false,
            choices: BTreeMap::new(),
            held: Arc::default(),
        }
    }

    /// Only routes that BIRD's tables take: to no multicast, link-local or loopback address, broadcast neither
    /// (nest/rt-table.c, `rte_validate`: "Ignoring bogus route").
    pub fn in_tables(self) -> Family {
        Family { tabled: true, ..self }
    }

    /// One route, none of whose attributes is open; `None` where its network is no plain one.
    pub fn of_route(route: &Route) -> Option<Family> {
        let Some(Net::Ip(net)) = route.net() else { return None };
        let family = Family::all(crate::net::Family::of_prefix(*net)).among([*net]);
        let held =
            BuiltIn::all().map(Attribute::BuiltIn).chain(route.attributes().map(|(name, _)| name.clone()));
        let held = held.map(|name| match route.get(&name) {
            Some(value) => (name, Held::Is(value.clone())),
            None => (name, Held::Nothing),
        });
        Some(Family { held: Arc::new(held.collect()), ..family })
    }

    /// Only routes made by these: `RTS_BGP`. A misspelt name is no route at all.
    pub fn of_sources(self, sources: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.choosing("source", sources.into_iter().filter_map(|name| enumerator(&name.into())))
    }

    /// Only routes that these protocols made.
    pub fn of_protocols(self, names: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.choosing("proto", names.into_iter().map(|name| Value::string(name.into())))
    }

    /// Only routes that do this with packets: `RTD_UNREACHABLE`.
    pub fn of_destinations(self, destinations: impl IntoIterator<Item = impl Into<String>>) -> Family {
        self.choosing("dest", destinations.into_iter().filter_map(|name| enumerator(&name.into())))
    }

    /// Only routes that neighbours with these addresses told.
    pub fn of_neighbours(self, addresses: impl IntoIterator<Item = std::net::IpAddr>) -> Family {
        self.choosing("from", addresses.into_iter().map(|address| Value::Ip(Address::from(address))))
    }

    fn choosing(mut self, name: &'static str, values: impl Iterator<Item = Value>) -> Family {
        self.choices.insert(name, values.collect());
        self
    }

    /// Only routes whose attribute is this.
    pub(crate) fn holding(self, name: &'static str, value: Value) -> Family {
        self.knowing([(Attribute::known(name), Held::Is(value))])
    }

    /// Only routes of whose attributes this is known.
    pub(crate) fn knowing(mut self, held: impl IntoIterator<Item = (Attribute, Held)>) -> Family {
        Arc::make_mut(&mut self.held).extend(held);
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

    /// Only networks that these patterns match.
    pub(crate) fn matching(mut self, patterns: impl IntoIterator<Item = Pattern>) -> Family {
        self.region = self.region.and(&self.set(patterns.into_iter()));
        self
    }

    fn set(&self, patterns: impl Iterator<Item = Pattern>) -> Region {
        let own = patterns.filter(|pattern| crate::net::Family::of_prefix(pattern.prefix) == self.family);
        Region::of_set(self.family, &PrefixSet::new(own))
    }

    pub(crate) fn region(&self) -> Region {
        self.region.clone()
    }

    /// What of a region the family means.
    pub(crate) fn taken(&self, region: &Region) -> Region {
        if !self.tabled {
            return region.clone();
        }
        region.without(match self.family {
            crate::net::Family::V4 => &BOGUS4,
            crate::net::Family::V6 => &BOGUS6,
        })
    }

    /// Only routes of whose attribute it is known that it is one of these values, or not there.
    pub(crate) fn choosing_or_none(self, name: &'static str, value: Value) -> Family {
        self.choosing(name, [value, Value::Void].into_iter())
    }

    /// The attributes that are one of some values, or not there where one of these is void.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (&'static str, &[Value])> {
        self.choices.iter().map(|(name, values)| (*name, values.as_slice()))
    }

    /// The attributes of which something is known.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&Attribute, &Held)> {
        self.held.iter()
    }

    /// The plainest route of the family to a network.
    pub(crate) fn route(&self, prefix: IpNet) -> Route {
        let mut route = Route::new(Net::Ip(prefix));
        for (name, values) in self.choices() {
            route.set(Attribute::known(name), values.first().cloned().unwrap_or(Value::Void));
        }
        for (name, held) in self.held() {
            match held {
                Held::Is(value) | Held::Something(value) => route.set(name.clone(), value.clone()),
                Held::Nothing => route.set(name.clone(), Value::Void),
                Held::Unseen(_) => {}
            }
        }
        route
    }
}

/// The networks that no table takes, by their addresses.
static BOGUS4: LazyLock<Region> =
    LazyLock::new(|| of_addresses(&["127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32"]));
static BOGUS6: LazyLock<Region> = LazyLock::new(|| of_addresses(&["fe80::/10", "ff00::/8", "::1/128"]));

fn of_addresses(nets: &[&str]) -> Region {
    let regions = nets.iter().filter_map(|net| net.parse().ok()).map(Region::of_address);
    regions
        .reduce(|joined, region| joined.or(&region))
        .unwrap_or_else(|| Region::none(crate::net::Family::V4))
}

fn below(prefix: IpNet) -> Pattern {
    let high = crate::net::Family::of_prefix(prefix).bits();
    Pattern { prefix, low: prefix.prefix_len(), high }
}

fn enumerator(text: &str) -> Option<Value> {
    Enumerator::named(text).map(|(enumerator, _)| Value::Enum(enumerator))
}
