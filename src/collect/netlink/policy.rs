//! Policy rules, decoded by rtnetlink; what it does not know yet is read from its raw attributes.

use std::net::IpAddr;

use ipnet::IpNet;
use rtnetlink::packet_core::{DefaultNla, Nla as _, Parseable as _};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleFlags, RuleMessage, RulePortRange};

use super::message::{Malformed, Message, u16_at};
use super::route::family_of;
use crate::net::{Protocol, TableId};
use crate::snapshot::{PolicyAction, PolicyRule, PortRange, UidRange};

/// Attributes of `linux/fib_rules.h` that are newer than rtnetlink's decoder.
const FRA_PAD: u16 = 18;
const FRA_DSCP: u16 = 25;
const FRA_SPORT_MASK: u16 = 28;
const FRA_DPORT_MASK: u16 = 29;
const FRA_DSCP_MASK: u16 = 30;
/// What the kernel sends for a suppressor that is not set: -1.
const NONE: u32 = u32::MAX;
/// The mask that tests all six bits of the DSCP.
const WHOLE_DSCP: u8 = 0x3f;

/// The rule of an `RTM_NEWRULE` message.
pub fn parse(message: &Message<'_>) -> Result<Option<PolicyRule>, Malformed> {
    let decoded = RuleMessage::parse(message.body).map_err(|_| Malformed)?;
    let header = &decoded.header;
    let family = family_of(u16::from(u8::from(header.family))).ok_or(Malformed)?;
    let mut rule = PolicyRule {
        invert: header.flags.contains(RuleFlags::Invert),
        iif_detached: header.flags.contains(RuleFlags::IifDetached),
        oif_detached: header.flags.contains(RuleFlags::OifDetached),
        tos: header.tos,
        action: action(header.action),
        ..PolicyRule::lookup(family, 0, TableId(u32::from(header.table)))
    };
    for attribute in decoded.attributes {
        read_attribute(&mut rule, attribute, header.dst_len, header.src_len)?;
    }
    Ok(Some(rule))
}

fn action(action: RuleAction) -> PolicyAction {
    match action {
        RuleAction::ToTable => PolicyAction::Lookup,
        // The target follows in an attribute of its own.
        RuleAction::Goto => PolicyAction::Goto(0),
        RuleAction::Nop => PolicyAction::Nop,
        RuleAction::Blackhole => PolicyAction::Blackhole,
        RuleAction::Unreachable => PolicyAction::Unreachable,
        RuleAction::Prohibit => PolicyAction::Prohibit,
        other => PolicyAction::Other(other.into()),
    }
}

fn read_attribute(
    rule: &mut PolicyRule,
    attribute: RuleAttribute,
    dst_length: u8,
    src_length: u8,
) -> Result<(), Malformed> {
    match attribute {
        RuleAttribute::Destination(address) => rule.to = Some(prefix(address, dst_length)?),
        RuleAttribute::Source(address) => rule.from = Some(prefix(address, src_length)?),
        RuleAttribute::Iifname(name) => rule.iif = Some(name),
        RuleAttribute::Oifname(name) => rule.oif = Some(name),
        RuleAttribute::Goto(target) => rule.action = PolicyAction::Goto(target),
        RuleAttribute::Priority(priority) => rule.priority = priority,
        RuleAttribute::FwMark(mark) => rule.fwmark = mark,
        RuleAttribute::FwMask(mask) => rule.fwmask = mask,
        RuleAttribute::TunId(id) => rule.tun_id = id,
        RuleAttribute::SuppressIfGroup(group) => {
            rule.suppress_ifgroup = Some(group).filter(|group| *group != NONE)
        }
        RuleAttribute::SuppressPrefixLen(length) => {
            rule.suppress_prefixlength = Some(length).filter(|length| *length != NONE);
        }
        RuleAttribute::Table(table) => rule.table = TableId(table),
        RuleAttribute::L3MDev(on) => rule.l3mdev = on,
        RuleAttribute::UidRange(uids) => rule.uid = Some(UidRange { start: uids.start, end: uids.end }),
        RuleAttribute::Protocol(protocol) => rule.protocol = Protocol(protocol.into()),
        RuleAttribute::IpProtocol(protocol) => rule.ip_proto = Some(protocol.into()),
        RuleAttribute::SourcePortRange(ports) => set_ports(&mut rule.sport, ports),
        RuleAttribute::DestinationPortRange(ports) => set_ports(&mut rule.dport, ports),
        // A realm is given to the packet; it selects none.
        RuleAttribute::Realm(_) => {}
        RuleAttribute::Other(raw) => read_newer(rule, &raw)?,
        other => rule.unknown.push(other.kind()),
    }
    Ok(())
}

/// An attribute that is no selector we know makes the rule's selection unseen.
fn read_newer(rule: &mut PolicyRule, raw: &DefaultNla) -> Result<(), Malformed> {
    let mut value = [0; 2];
    let length = raw.value_len();
    if length <= value.len() {
        raw.emit_value(&mut value[..length]);
    }
    match raw.kind() {
        FRA_PAD => {}
        FRA_DSCP => rule.dscp = Some(value[0]),
        FRA_DSCP_MASK if value[0] == WHOLE_DSCP => {}
        FRA_SPORT_MASK => set_mask(&mut rule.sport, u16_at(&value, 0)?),
        FRA_DPORT_MASK => set_mask(&mut rule.dport, u16_at(&value, 0)?),
        other => rule.unknown.push(other),
    }
    Ok(())
}

fn prefix(address: IpAddr, length: u8) -> Result<IpNet, Malformed> {
    IpNet::new(address, length).map(|net| net.trunc()).map_err(|_| Malformed)
}

/// Range and mask come in separate attributes, in either order.
fn set_ports(slot: &mut Option<PortRange>, ports: RulePortRange) {
    let mask = slot.map_or(u16::MAX, |known| known.mask);
    *slot = Some(PortRange { start: ports.start, end: ports.end, mask });
}

fn set_mask(slot: &mut Option<PortRange>, mask: u16) {
    let known = slot.unwrap_or(PortRange { start: 0, end: u16::MAX, mask });
    *slot = Some(PortRange { mask, ..known });
}
