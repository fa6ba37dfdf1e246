//! A route as filters see it: a network and attributes by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::value::{Address, Value};
use crate::bird::tree::{BuiltIn, EnumType, Enumerator, Net};

/// An attribute of a route: BIRD's own, or one that the configuration made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// One that BIRD defines.
    BuiltIn(BuiltIn),
    /// One made by `attribute TYPE NAME;`.
    Custom(Arc<str>),
}

impl Attribute {
    /// The attribute that BIRD defines under a name.
    ///
    /// # Panics
    ///
    /// Where BIRD defines none: the name is a literal of this program.
    pub(crate) fn known(name: &'static str) -> Attribute {
        Attribute::BuiltIn(BuiltIn::named(name).unwrap_or_else(|| unreachable!("`{name}` is in the table")))
    }

    /// The name as filters write it.
    pub fn name(&self) -> &str {
        match self {
            Attribute::BuiltIn(attribute) => attribute.name(),
            Attribute::Custom(name) => name,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A route: what each attribute holds. An attribute that is not there is undefined.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    values: BTreeMap<Attribute, Value>,
}

impl Route {
    /// A route to a network with what every route has: static, unicast, preference 200, nothing else.
    pub fn new(net: Net) -> Route {
        let mut route = Route { values: BTreeMap::new() };
        let none = Value::Ip(Address::NONE);
        let fixed = [
            ("net", Value::Prefix(Arc::new(net))),
            ("proto", Value::string("static1")),
            ("source", Value::Enum(Enumerator { ty: EnumType::Source, value: 1 })),
            ("from", none.clone()),
            ("gw", none),
            ("scope", Value::Enum(Enumerator { ty: EnumType::Scope, value: 4 })),
            ("dest", Value::Enum(Enumerator { ty: EnumType::Destination, value: 1 })),
            ("ifname", Value::string("")),
            ("ifindex", Value::Int(0)),
            ("weight", Value::Int(1)),
            // MPLS_NULL, which BIRD shows where there is no label.
            ("gw_mpls", Value::Int(3)),
            ("onlink", Value::Bool(false)),
            ("preference", Value::Int(200)),
        ];
        for (name, value) in fixed {
            route.set(Attribute::known(name), value);
        }
        route
    }

    /// What an attribute holds, `None` where it is undefined.
    pub fn get(&self, attribute: &Attribute) -> Option<&Value> {
        self.values.get(attribute)
    }

    /// What the attribute that BIRD defines under a name holds.
    pub fn get_named(&self, name: &str) -> Option<&Value> {
        self.get(&Attribute::BuiltIn(BuiltIn::named(name)?))
    }

    /// Defines an attribute; [`Value::Void`] makes it undefined.
    pub fn set(&mut self, attribute: Attribute, value: Value) {
        match value {
            Value::Void => self.values.remove(&attribute),
            value => self.values.insert(attribute, value),
        };
    }

    /// Sets an attribute that BIRD defines, by its name.
    pub(crate) fn set_known(&mut self, name: &'static str, value: Value) {
        self.set(Attribute::known(name), value);
    }

    /// The network.
    pub fn net(&self) -> Option<&Net> {
        match self.get_named("net") {
            Some(Value::Prefix(net)) => Some(net),
            _ => None,
        }
    }

    /// Every attribute that is defined, in a fixed order.
    pub fn attributes(&self) -> impl Iterator<Item = (&Attribute, &Value)> {
        self.values.iter()
    }

    /// The attributes that differ in the other route: before and after, `None` for undefined.
    pub fn changes<'a>(
        &'a self,
        after: &'a Route,
    ) -> Vec<(&'a Attribute, Option<&'a Value>, Option<&'a Value>)> {
        let names: std::collections::BTreeSet<&Attribute> =
            self.values.keys().chain(after.values.keys()).collect();
        let both = names.into_iter().map(|name| (name, self.get(name), after.get(name)));
        both.filter(|(_, before, after)| before != after).collect()
    }
}
