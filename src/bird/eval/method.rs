//! Methods of values, `x.len`, `x.add(y)`, and the functions that BIRD brings along.

use std::sync::Arc;

use ipnet::IpNet;

use crate::bird::tree::{Expr, ExprKind, Name, Net, Span, Type};
use crate::seen::Unseen;

use super::machine::{Frame, Machine, Stop};
use super::operator::{self, concat, wrong_type};
use super::value::{Address, NetKind, Set, Value, community, flow, member_of, net};
use crate::bird::version::Version;

impl<'a> Machine<'a> {
    /// The value of a method; arguments are evaluated here, after the value that it stands on.
    pub(super) fn method(
        &mut self,
        on: Value,
        name: &Name,
        arguments: Option<&[Expr]>,
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        let mut values = Vec::new();
        for argument in arguments.unwrap_or_default() {
            values.push(self.term(argument, frame)?);
        }
        match values.as_slice() {
            [] => bare(&on, &name.text, self.version(), name.span),
            [argument] => with(&on, &name.text, argument, self.version(), name.span),
            _ => Err(no_method(&on, &name.text, name.span)),
        }
    }

    /// The value of a function that BIRD brings along.
    pub(super) fn built_in(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        match (&*name.text, arguments) {
            ("roa_check", _) => self.roa_check(name, arguments, frame),
            ("aspa_check" | "aspa_check_upstream" | "aspa_check_downstream", _) => {
                self.aspa_check(name, arguments, frame)
            }
            ("defined", [term]) => Ok(Value::Bool(self.term(term, frame)?.is_defined())),
            ("format", [term]) => {
                let value = self.term(term, frame)?;
                Ok(Value::string(value.text(self.version())))
            }
            ("from_hex", [term]) => from_hex(&self.term(term, frame)?, term.span),
            ("prepend" | "append" | "add" | "delete" | "filter", [on, argument]) => {
                let on = self.term(on, frame)?;
                self.hold(1, name.span)?;
                let argument = self.term(argument, frame)?;
                with(&on, &name.text, &argument, self.version(), name.span)
            }
            _ => {
                let why = Unseen::new(format!("`{}` is not known here", name.text), "check its spelling");
                Err(Stop::Unseen(why, name.span))
            }
        }
    }

    /// The name of a table that stands as an argument.
    pub(super) fn table_name(&self, argument: Option<&Expr>, span: Span) -> Result<Arc<str>, Stop> {
        match argument.map(|term| &term.kind) {
            Some(ExprKind::Table(name)) => Ok(name.text.clone()),
            _ => Err(super::command::unread(span)),
        }
    }
}

/// The value of a method without an argument.
pub(super) fn bare(on: &Value, name: &str, version: Version, span: Span) -> Result<Value, Stop> {
    let value = match (on, name) {
        (_, "empty" | "reset") => emptied(on),
        (Value::Prefix(net), _) => return of_net(net, name, version, span),
        (Value::Path(path), "len") => Some(Value::Int(path.length())),
        (Value::Path(path), "first") => Some(Value::Int(path.first())),
        (Value::Path(path), "last") => Some(Value::Int(path.last())),
        (Value::Path(path), "last_nonaggregated") => Some(Value::Int(path.last_nonaggregated())),
        (Value::CList(list), "len") => Some(Value::Int(list.len() as u32)),
        (Value::EcList(list), "len") => Some(Value::Int(list.len() as u32)),
        (Value::LcList(list), "len") => Some(Value::Int(list.len() as u32)),
        (Value::CList(list), "min") => Some(Value::Pair(list.iter().min().copied().unwrap_or_default())),
        (Value::CList(list), "max") => Some(Value::Pair(list.iter().max().copied().unwrap_or_default())),
        (Value::EcList(list), "min") => Some(Value::Ec(list.iter().min().copied().unwrap_or_default())),
        (Value::EcList(list), "max") => Some(Value::Ec(list.iter().max().copied().unwrap_or_default())),
        (Value::LcList(list), "min") => Some(Value::Lc(list.iter().min().copied().unwrap_or_default())),
        (Value::LcList(list), "max") => Some(Value::Lc(list.iter().max().copied().unwrap_or_default())),
        (Value::Pair(pair), "asn") => Some(Value::Int(pair >> 16)),
        (Value::Pair(pair), "data") => Some(Value::Int(pair & 0xffff)),
        (Value::Lc(lc), "asn") => Some(Value::Int(lc.asn)),
        (Value::Lc(lc), "data1") => Some(Value::Int(lc.data1)),
        (Value::Lc(lc), "data2") => Some(Value::Int(lc.data2)),
        (Value::Ip(address), "is_v4") => Some(Value::Bool(address.v4().is_some())),
        _ => None,
    };
    value.ok_or_else(|| match name {
        // Methods know of types only since then.
        "len" if !version.reaches((14, 0), (0, 0)) => {
            Stop::failed("Prefix, path, clist or eclist expected", span)
        }
        _ => no_method(on, name, span),
    })
}

fn emptied(on: &Value) -> Option<Value> {
    let empty = Value::empty(on.ty());
    (empty.ty() != Type::Void).then_some(empty)
}

fn of_net(net: &Net, name: &str, version: Version, span: Span) -> Result<Value, Stop> {
    let prefix = net::prefix(net);
    let found = match (name, net) {
        ("type", _) => Some(Value::Enum(net::kind(net).enumerator())),
        ("len", _) => net::length(net).map(Value::Int),
        ("mac", Net::Other(text)) => net::ethernet(text).map(|(mac, _)| Value::Mac(mac)),
        ("vlan_id", Net::Other(text)) => net::ethernet(text).map(|(_, vlan)| Value::Int(vlan)),
        ("ip", Net::Other(_)) if net::kind(net) != NetKind::Eth => None,
        ("ip", _) => Some(Value::Ip(prefix.map_or(Address::NONE, net::network))),
        ("src", _) => side(net, Side::Source),
        ("dst", _) => side(net, Side::Destination),
        ("maxlen", Net::Roa { max, .. }) => Some(Value::Int(u32::from(*max))),
        ("asn", Net::Roa { asn, .. } | Net::Aspa(asn)) => Some(Value::Int(*asn)),
        ("rd", Net::Vpn(vpn)) => Some(Value::Rd(vpn.rd.0)),
        _ => None,
    };
    if found.is_none() && is_unknown(net, name) {
        let why =
            Unseen::new("the parts of such a network are not known here", "run the filter in the daemon");
        return Err(Stop::Unseen(why, span));
    }
    let late = version.reaches((19, 0), (3, 0));
    found.ok_or_else(|| {
        let wanted = match name {
            "mac" => "Ethernet or EVPN MAC expected",
            "vlan_id" => "Ethernet address expected",
            "evpn_type" | "evpn_tag" | "evpn_esi" | "router_ip" => "EVPN address expected",
            "src" | "dst" => "Flow or SADR expected",
            "rd" if late => "VPN or EVPN address expected",
            "rd" => "VPN address expected",
            "asn" if late => "ROA or ASPA expected",
            _ => "ROA expected",
        };
        Stop::failed(wanted, span)
    })
}

/// Whether a network may have a part that is not known here: only the address and the VLAN of Ethernet are.
fn is_unknown(net: &Net, name: &str) -> bool {
    matches!(
        (net::kind(net), name),
        (NetKind::Eth, "mac" | "vlan_id") | (NetKind::Evpn | NetKind::Neighbor, _)
    )
}

/// The two prefixes of a flow or a source-specific network.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Source,
    Destination,
}

fn side(net: &Net, side: Side) -> Option<Value> {
    let of = |prefix: IpNet| Value::Prefix(Arc::new(Net::Ip(prefix)));
    match (net, side) {
        (Net::Sadr(sadr), Side::Source) => Some(of(IpNet::V6(sadr.src))),
        (Net::Sadr(sadr), Side::Destination) => Some(of(IpNet::V6(sadr.dst))),
        (Net::Flow(flow), _) => {
            let word = if side == Side::Source { "src" } else { "dst" };
            let given = flow::side(&flow.text, word);
            let all = if net::kind(net) == net::NetKind::Flow4 {
                crate::net::Family::V4
            } else {
                crate::net::Family::V6
            };
            Some(of(given.unwrap_or_else(|| all.default_prefix())))
        }
        _ => None,
    }
}

/// The value of a method with an argument.
pub(super) fn with(
    on: &Value,
    name: &str,
    argument: &Value,
    version: Version,
    span: Span,
) -> Result<Value, Stop> {
    let value = match (on, name) {
        (Value::Path(path), "prepend") => {
            Some(Value::path(path.prepended(operator::number(argument, "PATH_PREPEND", 2, span)?)))
        }
        (Value::Ip(address), "mask") => {
            Some(Value::Ip(address.masked(operator::number(argument, "IP_MASK", 2, span)?)))
        }
        (Value::String(_) | Value::Bytes(_), "append") => concat(on, argument),
        (
            Value::Path(_) | Value::CList(_) | Value::EcList(_) | Value::LcList(_),
            "add" | "delete" | "filter",
        ) => change(on, name, argument, version),
        (Value::Void, "mask") => return Err(wrong_type("IP_MASK", 1, "ip", on, span)),
        (Value::Void, _) => return Err(wrong_type(&name.to_uppercase(), 1, "list", on, span)),
        _ => None,
    };
    value.ok_or_else(|| refusal(on, name, argument, span))
}

/// `add`, `delete` and `filter` of the lists, `None` for an argument that they do not take. A list that stays as it
/// was stays the same list, so that an unset one stays unset.
fn change(on: &Value, name: &str, argument: &Value, version: Version) -> Option<Value> {
    match on {
        Value::Path(path) => {
            let wanted = asn_test(argument)?;
            let retained = match name {
                "delete" => path.retained(|asn| !wanted(asn)),
                "filter" if matches!(argument, Value::Set(_)) => path.retained(wanted),
                _ => return None,
            };
            Some(if retained == **path { on.clone() } else { Value::path(retained) })
        }
        Value::CList(list) => {
            let one = clist_member(argument, version);
            let more = if let Value::CList(more) = argument { Some(more.as_slice()) } else { None };
            let set = set_test(argument, |set| member_of(set, version));
            changed(list, name, one, more, set).map(Value::CList)
        }
        Value::EcList(list) => {
            let one = if let Value::Ec(ec) = argument { Some(*ec) } else { None };
            let more = if let Value::EcList(more) = argument { Some(more.as_slice()) } else { None };
            let set = set_test(argument, |set| fits(set, Type::Ec).then_some(Value::Ec as fn(u64) -> Value));
            changed(list, name, one, more, set).map(Value::EcList)
        }
        Value::LcList(list) => {
            let one = if let Value::Lc(lc) = argument { Some(*lc) } else { None };
            let more = if let Value::LcList(more) = argument { Some(more.as_slice()) } else { None };
            let wrap = Value::Lc as fn(community::Large) -> Value;
            let set = set_test(argument, |set| fits(set, Type::Lc).then_some(wrap));
            changed(list, name, one, more, set).map(Value::LcList)
        }
        _ => None,
    }
}

/// The 32 bits that a `clist` takes; plain numbers since 2.17 and 3.2.
fn clist_member(argument: &Value, version: Version) -> Option<u32> {
    match argument {
        Value::Int(number) if version.reaches((17, 0), (2, 0)) => Some(*number),
        other => other.as_member(),
    }
}

type Test<'s, T> = Box<dyn Fn(T) -> bool + 's>;

/// Membership in a set of the right type, `None` for anything else.
fn set_test<T: Copy + 'static>(
    argument: &Value,
    wrap: impl Fn(&Set) -> Option<fn(T) -> Value>,
) -> Option<Test<'_, T>> {
    let Value::Set(set) = argument else { return None };
    let wrap = wrap(set)?;
    Some(Box::new(move |member| set.contains(&wrap(member))))
}

fn fits(set: &Set, ty: Type) -> bool {
    set.sample().is_none_or(|sample| sample.from.ty() == ty)
}

fn asn_test(argument: &Value) -> Option<Test<'_, u32>> {
    match argument {
        Value::Int(wanted) => Some(Box::new(move |asn| asn == *wanted)),
        Value::Set(set) if fits(set, Type::Int) => Some(Box::new(|asn| set.contains(&Value::Int(asn)))),
        _ => None,
    }
}

/// A list after `add`, `delete` or `filter` by one member, a list or a set.
fn changed<T: Copy + PartialEq>(
    list: &Arc<Vec<T>>,
    name: &str,
    one: Option<T>,
    more: Option<&[T]>,
    set: Option<Test<'_, T>>,
) -> Option<Arc<Vec<T>>> {
    let retained =
        |wanted: &dyn Fn(T) -> bool| list.iter().copied().filter(|member| wanted(*member)).collect();
    let changed: Vec<T> = match (name, one, more, set) {
        ("add", Some(one), _, _) => community::union(list, &[one]),
        ("add", _, Some(more), _) => community::union(list, more),
        ("delete", Some(one), _, _) => retained(&|member| member != one),
        ("delete", _, Some(more), _) => retained(&|member| !more.contains(&member)),
        ("delete", _, _, Some(set)) => retained(&|member| !set(member)),
        ("filter", _, Some(more), _) => retained(&|member| more.contains(&member)),
        ("filter", _, _, Some(set)) => retained(&set),
        _ => return None,
    };
    Some(if changed.len() == list.len() { list.clone() } else { Arc::new(changed) })
}

/// BIRD's words for an argument that the method does not take.
fn refusal(on: &Value, name: &str, argument: &Value, span: Span) -> Stop {
    let message = match (on, argument) {
        (Value::CList(_), Value::Ip(_)) => "Mismatched IP type".to_owned(),
        (Value::Path(_) | Value::CList(_) | Value::EcList(_) | Value::LcList(_), Value::Set(_))
            if name != "add" =>
        {
            "Mismatched set type".to_owned()
        }
        _ => format!("Can't {name} {} in {}", argument.ty(), on.ty()),
    };
    Stop::failed(message, span)
}

fn no_method(on: &Value, name: &str, span: Span) -> Stop {
    Stop::failed(format!("No method `{name}` of {}", on.ty()), span)
}

/// `from_hex("00:ff")`: pairs of digits, between which there may be separators (`bstrhextobin` in `lib/strtoul.c`).
pub(super) fn from_hex(text: &Value, span: Span) -> Result<Value, Stop> {
    let Value::String(text) = text else { return Err(wrong_type("FROM_HEX", 1, "string", text, span)) };
    let bytes = hex_bytes(text).ok_or_else(|| Stop::failed("Invalid hex string", span))?;
    Ok(Value::Bytes(bytes.into()))
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut open) = (Vec::new(), None);
    for letter in text.chars() {
        match (letter.to_digit(16), open) {
            (Some(digit), None) => open = Some(digit),
            (Some(digit), Some(high)) => {
                bytes.push((high << 4 | digit) as u8);
                open = None;
            }
            (None, None) if " -.:".contains(letter) => {}
            (None, _) => return None,
        }
    }
    open.is_none().then_some(bytes)
}
