//! Reading and writing the route's attributes (`FI_RTA_*` and `FI_EA_*` in `filter/f-inst.c`).

use std::sync::Arc;

use crate::bird::tree::{AttributeClass, AttributeId, BuiltIn, EnumType, Enumerator, Span, Type};

use super::command::typed;
use super::machine::{Machine, Stop};
use super::route::{Attribute, Route};
use super::value::{Address, Large, Value};
use crate::bird::version::Version;
use crate::seen::Unseen;

/// The destinations that a filter may set: blackhole, unreachable, prohibit.
const DISCARDS: std::ops::RangeInclusive<u16> = 2..=4;

impl Machine<'_> {
    /// What an attribute that BIRD defines holds.
    pub(super) fn get_built_in(&mut self, attribute: BuiltIn, span: Span) -> Result<Value, Stop> {
        let three = self.version().major >= 3;
        if self.told_by_host.contains(&attribute.name()) {
            let reason = format!("the next hop was set, and its `{}` is the host's", attribute.name());
            return Err(Stop::Unseen(Unseen::new(reason, "run the filter in the daemon"), span));
        }
        let route = self.route(span)?;
        let held = route.get(&Attribute::BuiltIn(attribute));
        // A route that no neighbour told has the address of nobody in 2.x, and none in 3.x.
        let nobody =
            |value: &Value| three && attribute.name() == "from" && *value == Value::Ip(Address::NONE);
        let held = held.filter(|value| !nobody(value)).cloned();
        Ok(match attribute.class() {
            AttributeClass::Bit => held.unwrap_or_else(|| unset_bit(route, attribute, three)),
            AttributeClass::Static if attribute.name() == "gw_mpls_stack" => {
                held.unwrap_or_else(|| stack(route))
            }
            _ if three && attribute.is_word() => held.unwrap_or(Value::Int(0)),
            _ => held.unwrap_or_else(|| Value::empty(attribute.ty())),
        })
    }

    /// What an attribute of the configuration holds.
    pub(super) fn get_custom(&mut self, id: AttributeId, span: Span) -> Result<Value, Stop> {
        let custom = self.program.tree().attribute(id);
        let held = self.route(span)?.get(&Attribute::Custom(custom.name.text.clone())).cloned();
        Ok(held.unwrap_or_else(|| Value::empty(custom.ty)))
    }

    /// Writes an attribute that BIRD defines.
    pub(super) fn set_built_in(&mut self, attribute: BuiltIn, value: Value, span: Span) -> Result<(), Stop> {
        if !attribute.written().accept(self.version()) {
            return Err(Stop::failed("This static attribute is read-only.", span));
        }
        match attribute.class() {
            AttributeClass::Static => {
                let value = typed(value, Some(attribute.ty()), "RTA_SET", span)?;
                self.set_static(attribute, value, span)
            }
            AttributeClass::Dynamic | AttributeClass::Bit => {
                let opaque = attribute.ty() == Type::Void && matches!(value, Value::Bytes(_));
                let wanted = (!opaque).then_some(attribute.ty());
                let value = typed(value, wanted, "EA_SET", span)?;
                self.set_dynamic(Attribute::BuiltIn(attribute), value, span)
            }
        }
    }

    /// Writes an attribute as it comes; void makes it undefined.
    pub(super) fn set_dynamic(&mut self, attribute: Attribute, value: Value, span: Span) -> Result<(), Stop> {
        let value = stored(value, self.version());
        self.route(span)?.set(attribute, value);
        Ok(())
    }

    fn set_static(&mut self, attribute: BuiltIn, value: Value, span: Span) -> Result<(), Stop> {
        let version = self.version();
        let anew = version.major >= 3;
        let route = self.route(span)?;
        match (attribute.name(), &value) {
            ("dest", Value::Enum(dest)) if !DISCARDS.contains(&dest.value) => {
                let message = "Destination can be changed only to blackhole, unreachable or prohibit";
                return Err(Stop::failed(message, span));
            }
            ("dest", _) => leave_next_hop(route, anew),
            ("onlink", _) if anew && route.get_named("dest") != Some(&unicast()) => {
                return Err(Stop::failed("Set iface first to make the nexthop onlink", span));
            }
            ("gw" | "ifname", _) => {
                leave_next_hop(route, anew);
                route.set_known("dest", unicast());
            }
            ("gw_mpls", Value::Int(label)) if *label >= 0x10_0000 => {
                return Err(Stop::failed("Invalid MPLS label", span));
            }
            ("gw_mpls", _) => route.set_known("gw_mpls_stack", Value::Void),
            ("gw_mpls_stack", Value::CList(labels)) => {
                let first = labels.first().map_or(NO_LABEL, |label| *label);
                route.set_known("gw_mpls", Value::Int(first));
            }
            ("weight", Value::Int(weight)) if !(1..=256).contains(weight) => {
                return Err(Stop::failed("Setting weight value out of bounds", span));
            }
            ("weight", _) if route.get_named("dest") != Some(&unicast()) => {
                return Err(Stop::failed("Setting weight needs regular nexthop", span));
            }
            // 2.x keeps a preference in 16 bits.
            ("preference", Value::Int(preference)) if version.major < 3 => {
                route.set_known("preference", Value::Int(preference & 0xffff));
                return Ok(());
            }
            _ => {}
        }
        route.set(Attribute::BuiltIn(attribute), value);
        self.told_by_host = match attribute.name() {
            "gw" => &["ifname", "ifindex"],
            "ifname" => &["ifindex"],
            "dest" => &[],
            _ => self.told_by_host,
        };
        Ok(())
    }

    fn route(&mut self, span: Span) -> Result<&mut Route, Stop> {
        self.route.as_mut().ok_or_else(|| Stop::failed("No route to access", span))
    }
}

/// A bit that is not set: 3.x reads it as false, 2.x as undefined unless another bit of its word is there.
fn unset_bit(route: &Route, attribute: BuiltIn, three: bool) -> Value {
    let known = three || beside(attribute).any(|other| route.get(&Attribute::BuiltIn(other)).is_some());
    if known { Value::Bool(false) } else { Value::Void }
}

/// The other bits of a bit's word.
pub(crate) fn beside(attribute: BuiltIn) -> impl Iterator<Item = BuiltIn> {
    let word = |bit: BuiltIn| {
        let words = ["krt_lock_", "krt_feature_"];
        words.into_iter().find(|word| bit.class() == AttributeClass::Bit && bit.name().starts_with(word))
    };
    let own = word(attribute);
    BuiltIn::all().filter(move |other| own.is_some() && word(*other) == own && *other != attribute)
}

fn unicast() -> Value {
    Value::Enum(Enumerator { ty: EnumType::Destination, value: 1 })
}

/// A large community before 3.4 is kept without its last part, as constant lists are.
pub(crate) fn stored(value: Value, version: Version) -> Value {
    match value {
        Value::Lc(lc) if version.major >= 3 && !version.reaches((0, 0), (4, 0)) => {
            Value::Lc(Large { data2: 0, ..lc })
        }
        other => other,
    }
}

/// What setting a destination or a next hop takes away; 3.x makes the next hop anew.
fn leave_next_hop(route: &mut Route, anew: bool) {
    if anew {
        route.set_known("weight", Value::Int(1));
        route.set_known("onlink", Value::Bool(false));
    }
    route.set_known("gw", Value::Ip(Address::NONE));
    route.set_known("ifname", Value::string(""));
    route.set_known("ifindex", Value::Int(0));
    route.set_known("gw_mpls", Value::Int(NO_LABEL));
    route.set_known("gw_mpls_stack", Value::Void);
}

/// The label of a route that has none.
const NO_LABEL: u32 = 3;

/// The labels of a route on which no list of them was set: one or none, and in either case a list that is defined.
fn stack(route: &Route) -> Value {
    Value::CList(Arc::new(match route.get_named("gw_mpls") {
        Some(Value::Int(label)) if *label != NO_LABEL => vec![*label],
        _ => Vec::new(),
    }))
}
