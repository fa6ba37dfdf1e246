//! The routes that protocols other than static ones make, as they are before any policy.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::HashMap;
use ipnet::IpNet;

use super::way::{Arrival, RESOLVED, Way, default_table, resolved};
use super::{Judge, Routes};
use crate::bird::eval::value::{Address, Value};
use crate::bird::eval::{Attribute, Route};
use crate::bird::model::{ChannelModel, Detail, Gateway, Learn, Peer, ProtocolModel, Session};
use crate::bird::prove::Held;
use crate::bird::tree::{
    AttributeClass, BuiltIn, CustomAttribute, EnumType, Enumerator, Net, Policy, ProtocolKind,
};
use crate::net::Family;
use crate::seen::Seen;

/// A kind of protocol that makes routes.
pub(super) struct Origin {
    kind: ProtocolKind,
    /// The name that BIRD gives one without a name.
    name: &'static str,
    sources: &'static [&'static str],
    /// What the names of the attributes begin with that its routes may have.
    attributes: &'static str,
    /// What its routes may do with packets; anything where it is empty.
    destinations: &'static [&'static str],
}

impl Origin {
    /// Whether a router commonly has one, or soon may.
    fn is_common(&self) -> bool {
        !matches!(self.kind, ProtocolKind::L3vpn | ProtocolKind::Perf)
    }

    /// Every route that it could make, and all that could become of it: no filter changes the source.
    pub(super) fn routes(&self, family: Family) -> Routes {
        Routes::all(family).in_tables().of_sources(self.sources.iter().copied())
    }

    /// Whether it is the node's own links.
    pub(super) fn is_direct(&self) -> bool {
        self.kind == ProtocolKind::Direct
    }
}

const fn origin(
    kind: ProtocolKind,
    name: &'static str,
    sources: &'static [&'static str],
    attributes: &'static str,
    destinations: &'static [&'static str],
) -> Origin {
    Origin { kind, name, sources, attributes, destinations }
}

const OSPF: &[&str] = &["RTS_OSPF", "RTS_OSPF_IA", "RTS_OSPF_EXT1", "RTS_OSPF_EXT2"];

/// Who makes routes.
pub(super) const ORIGINS: [Origin; 10] = [
    origin(ProtocolKind::Bgp, "bgp1", &["RTS_BGP"], "bgp_", &["RTD_UNICAST", "RTD_UNREACHABLE"]),
    origin(ProtocolKind::Kernel, "kernel1", &["RTS_INHERIT"], "krt_", &[]),
    origin(ProtocolKind::Direct, "direct1", &["RTS_DEVICE"], "-", &["RTD_UNICAST"]),
    origin(ProtocolKind::Ospf2, "ospf1", OSPF, "ospf_", &[]),
    origin(ProtocolKind::Ospf3, "ospf1", OSPF, "ospf_", &[]),
    origin(ProtocolKind::Babel, "babel1", &["RTS_BABEL"], "babel_", &[]),
    origin(ProtocolKind::Rip, "rip1", &["RTS_RIP"], "rip_", &[]),
    origin(ProtocolKind::RipNg, "rip1", &["RTS_RIP"], "rip_", &[]),
    origin(ProtocolKind::L3vpn, "l3vpn1", &["RTS_L3VPN"], "", &[]),
    origin(ProtocolKind::Perf, "perf1", &["RTS_PERF"], "", &[]),
];

/// RFC 1997: never, not beyond this AS, not beyond this confederation member.
const NO_ADVERTISE: u32 = 0xffff_ff02;
const BEYOND_AS: [u32; 2] = [0xffff_ff01, 0xffff_ff03];

/// Routes of one kind that come the same way, by whom they are told.
struct Group<'j> {
    way: Way<'j>,
    preference: Option<u32>,
    session: Option<&'j Session>,
    names: BTreeSet<String>,
    /// Whether their next hops must be on a link, so that none of them is unreachable (attrs.c drops the others).
    is_direct: bool,
    neighbours: Option<BTreeSet<IpAddr>>,
}

impl<'c> Judge<'c, '_> {
    /// The routes of an origin that may come to the table of a session's channel, and go on to the session.
    pub(super) fn arrivals<'j>(
        &'j self,
        origin: &'j Origin,
        to: &'j ProtocolModel<'c>,
        table: &Option<Arc<str>>,
        family: Family,
    ) -> impl ExactSizeIterator<Item = Arrival<'j>> {
        let mut groups: Vec<Group<'j>> = Vec::new();
        let mut numbers: HashMap<_, usize> = HashMap::default();
        for protocol in
            self.working().filter(|protocol| protocol.kind == origin.kind && goes_to(protocol, to))
        {
            let channels = protocol.channels.iter().filter(|channel| channel.kind.family() == Some(family));
            for channel in channels.filter(|_| brings(protocol)) {
                for way in self.ways_from(channel, table, family) {
                    let one = self.group(protocol, channel, way);
                    match numbers.entry(one.likeness()) {
                        Entry::Occupied(number) => groups[*number.get()].join(one),
                        Entry::Vacant(number) => {
                            number.insert(groups.len());
                            groups.push(one);
                        }
                    }
                }
            }
        }
        groups.into_iter().map(move |group| self.arrival(origin, group, to, family))
    }

    /// The routes of an origin that would come to the table if a protocol of its kind were there, in the table that
    /// it would use. A session would be like the one in question.
    pub(super) fn possible<'j>(
        &'j self,
        origin: &Origin,
        to: &'j ProtocolModel<'c>,
        channel: &'j ChannelModel<'c>,
        family: Family,
    ) -> Vec<Arrival<'j>> {
        if !origin.is_common() {
            return Vec::new();
        }
        let there = self.working().filter(|protocol| protocol.kind == origin.kind && protocol.id != to.id);
        let mut names: BTreeSet<String> = there.map(|protocol| protocol.name.to_string()).collect();
        if names.is_empty() {
            names.insert(origin.name.to_owned());
        }
        let import = Some(&channel.import.what);
        let import = import.filter(|import| origin.kind == ProtocolKind::Bgp && **import != Policy::None);
        let from = Some(default_table(family));
        let ways = self.ways(import.into_iter().collect(), &from, &channel.table, family);
        let group = |way| Group {
            way,
            preference: None,
            session: None,
            names: names.clone(),
            is_direct: false,
            neighbours: None,
        };
        ways.into_iter().map(|way| self.arrival(origin, group(way), to, family)).collect()
    }

    fn group<'j>(
        &'j self,
        protocol: &'j ProtocolModel<'c>,
        channel: &'j ChannelModel<'c>,
        way: Way<'j>,
    ) -> Group<'j> {
        let session = match &protocol.detail {
            Detail::Bgp(session) => Some(session.as_ref()),
            _ => None,
        };
        Group {
            way,
            preference: channel.preference.known().copied(),
            session,
            names: self.names(protocol),
            is_direct: session.is_some() && channel.gateway == Gateway::Direct,
            neighbours: session.and_then(|session| Some(BTreeSet::from([*session.remote.known()?]))),
        }
    }

    /// The names under which a protocol's routes come: those of a range have a number behind. Numbers that nothing
    /// mentions are all alike.
    pub(super) fn names(&self, protocol: &ProtocolModel<'_>) -> BTreeSet<String> {
        let Detail::Bgp(session) = &protocol.detail else { return [protocol.name.to_string()].into() };
        if session.range.is_none() {
            return [protocol.name.to_string()].into();
        }
        let start = &*session.dynamic_name;
        let digits = session.dynamic_digits.known().copied().unwrap_or_default() as usize;
        let numbers = (1..=120u32).chain([1000]);
        let mut names: BTreeSet<String> = numbers.map(|number| format!("{start}{number:0digits$}")).collect();
        names.extend(self.configuration.sources.numbered(start));
        names
    }

    fn arrival<'j>(
        &self,
        origin: &Origin,
        group: Group<'j>,
        to: &ProtocolModel<'_>,
        family: Family,
    ) -> Arrival<'j> {
        let kept = if origin.kind == ProtocolKind::Bgp { kept_by(to) } else { Vec::new() };
        let looked_up = group.session.is_some() && !group.is_direct;
        let resolved = if looked_up { resolved(Held::Unseen(RESOLVED)) } else { Vec::new() };
        Arrival { routes: self.made_by(origin, &group, family), way: group.way, resolved, kept }
    }

    /// The routes of a group before any policy.
    fn made_by(&self, origin: &Origin, group: &Group<'_>, family: Family) -> Routes {
        let local_preference = group.session.and_then(local_preference);
        let mut routes = self.routes_of(origin, family, group.preference, local_preference);
        routes = routes.of_protocols(group.names.iter().cloned());
        if group.is_direct {
            routes = routes.of_destinations(["RTD_UNICAST"]);
        } else if group.session.is_some() && self.configuration.version.major >= 3 {
            routes = routes.knowing(unresolved());
        }
        match &group.neighbours {
            Some(neighbours) => routes.of_neighbours(neighbours.iter().copied()),
            None => routes,
        }
    }

    /// The routes of an origin whichever protocol makes them, with what is known of all of them and the preferences
    /// that they get. Sessions by the thousand share few of these.
    fn routes_of(
        &self,
        origin: &Origin,
        family: Family,
        preference: Option<u32>,
        local_preference: Option<u32>,
    ) -> Routes {
        let key = (origin.kind, family, preference, local_preference);
        if let Some(known) = self.origins.borrow().get(&key) {
            return known.clone();
        }
        let mut routes = origin.routes(family).knowing(self.lacking(origin));
        if !origin.destinations.is_empty() {
            routes = routes.of_destinations(origin.destinations.iter().copied());
        }
        if origin.kind == ProtocolKind::Bgp {
            let typical = typical().into_iter();
            let open = typical.filter(|(name, _)| *name != "bgp_local_pref" || local_preference.is_none());
            routes =
                routes.knowing(open.map(|(name, value)| (Attribute::known(name), Held::Something(value))));
        }
        if let Some(preference) = preference {
            routes = routes.holding("preference", Value::Int(preference));
        }
        // A neighbour that sends one all the same leaves the route without: attrs.c drops it and sets no default.
        if let Some(preference) = local_preference {
            routes = routes.choosing_or_none("bgp_local_pref", Value::Int(preference));
        }
        self.origins.borrow_mut().insert(key, routes.clone());
        routes
    }

    /// The attributes that an origin's routes never have before a filter sets them.
    fn lacking(&self, origin: &Origin) -> Vec<(Attribute, Held)> {
        let own = |name: &str| {
            name.starts_with(origin.attributes) || name.starts_with("mpls_") || name == "igp_metric"
        };
        let built_in = BuiltIn::all().filter(|attribute| match attribute.class() {
            AttributeClass::Static => false,
            AttributeClass::Dynamic | AttributeClass::Bit => !own(attribute.name()),
        });
        let told = origin.kind == ProtocolKind::Bgp;
        let custom = self.custom().filter(|custom| !told || custom.bgp.is_none());
        let names = built_in
            .map(Attribute::BuiltIn)
            .chain(custom.map(|custom| Attribute::Custom(custom.name.text.clone())));
        names.map(|name| (name, Held::Nothing)).collect()
    }

    /// The attributes that the configuration makes.
    pub(super) fn custom(&self) -> impl Iterator<Item = &CustomAttribute> {
        self.configuration.tree.attributes.iter()
    }

    /// The routes that a session brings in.
    pub(super) fn received(
        &self,
        protocol: &ProtocolModel<'c>,
        channel: &ChannelModel<'c>,
        family: Family,
    ) -> Routes {
        let [bgp, ..] = &ORIGINS;
        self.made_by(bgp, &self.group(protocol, channel, Way::new()), family)
    }
}

impl<'j> Group<'j> {
    /// What two groups have alike whose routes differ in their protocols alone.
    fn likeness(&self) -> (Way<'j>, Option<u32>, Option<u32>, bool) {
        (self.way.clone(), self.preference, self.session.and_then(local_preference), self.is_direct)
    }

    fn join(&mut self, other: Group<'j>) {
        self.names.extend(other.names);
        self.neighbours = self.neighbours.take().zip(other.neighbours).map(|(mut all, more)| {
            all.extend(more);
            all
        });
    }
}

/// attrs.c, `bgp_preexport`: a session's own routes never go back to it, and what one neighbour of the own AS told
/// goes to no other unless one of them is a client. Each neighbour of a range is a session of its own.
fn goes_to(protocol: &ProtocolModel<'_>, to: &ProtocolModel<'_>) -> bool {
    match (&protocol.detail, &to.detail) {
        (Detail::Bgp(from), Detail::Bgp(session)) => {
            let itself = protocol.id == to.id && session.range.is_none();
            let both_internal =
                from.is_internal() && session.is_internal() && from.local_as == session.local_as;
            let reflects = [from, session].iter().any(|one| one.rr_client.known() != Some(&false));
            !itself && (!both_internal || reflects)
        }
        _ => protocol.id != to.id,
    }
}

/// Whether a protocol brings routes of others into its table at all.
pub(super) fn brings(protocol: &ProtocolModel<'_>) -> bool {
    match &protocol.detail {
        Detail::Kernel(kernel) => kernel.learn.known() != Some(&Learn::Off),
        Detail::Bgp(_) | Detail::Static(_) | Detail::Direct(_) | Detail::Pipe(_) | Detail::Other => true,
    }
}

/// attrs.c: a neighbour of another AS cannot set it unless that is allowed, and the session's default counts.
pub(super) fn local_preference(session: &Session) -> Option<u32> {
    let external =
        session.peer.known() == Some(&Peer::External) && session.confederation_member == Seen::Known(false);
    let own = external && session.allow_local_pref == Seen::Known(false);
    session.default_local_pref.known().copied().filter(|_| own)
}

/// attrs.c, `bgp_preexport`: the communities by which a session keeps learned routes to itself.
fn kept_by(to: &ProtocolModel<'_>) -> Vec<u32> {
    let Detail::Bgp(session) = &to.detail else { return Vec::new() };
    if session.interpret_communities != Seen::Known(true) {
        return Vec::new();
    }
    let outside =
        session.peer == Seen::Known(Peer::External) && session.confederation_member == Seen::Known(false);
    let mut kept = vec![NO_ADVERTISE];
    kept.extend(BEYOND_AS.into_iter().filter(|_| outside));
    kept
}

/// What every route of a neighbour has, and an example of each.
fn typical() -> [(&'static str, Value); 3] {
    let origin = Value::Enum(Enumerator { ty: EnumType::Origin, value: 0 });
    let next_hop = Value::Ip(Address::from(IpAddr::from([192, 0, 2, 1])));
    [("bgp_origin", origin), ("bgp_local_pref", Value::Int(100)), ("bgp_next_hop", next_hop)]
}

/// What 3.x shows of a next hop that is not resolved yet (f-inst.c, `FI_RTA_GET`).
fn unresolved() -> impl Iterator<Item = (Attribute, Held)> {
    let held = [
        ("gw", Value::Ip(Address::NONE)),
        ("ifname", Value::string("")),
        ("dest", Value::Enum(Enumerator { ty: EnumType::Destination, value: 0 })),
        ("ifindex", Value::Int(0)),
        ("weight", Value::Int(1)),
    ];
    held.into_iter().map(|(name, value)| (Attribute::known(name), Held::Is(value)))
}

/// A route with nothing that need be told.
pub(super) fn plain(net: IpNet) -> Route {
    let mut route = Route::new(Net::Ip(net));
    for (name, value) in typical() {
        route.set(Attribute::known(name), value);
    }
    route
}
