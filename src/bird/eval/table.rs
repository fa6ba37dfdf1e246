//! What ROA and ASPA tables hold, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bird::tree::{ChannelKind, EnumType, Enumerator, Expr, Name, Net, Span, Tree};
use crate::seen::Unseen;

use super::machine::{Frame, Machine, Stop};
use super::operator::{number, truth, wrong_type};
use super::route::Route;
use super::value::{NetKind, Path, SegmentKind, Value, net};

/// The contents of tables, by their names. A table that is not there is unseen, not empty.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    roa: BTreeMap<Arc<str>, Vec<Net>>,
    aspa: BTreeMap<Arc<str>, Vec<Authorisation>>,
}

/// One route of an ASPA table; several of one customer allow all their providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// Who authorises.
    pub customer: u32,
    /// Who may carry its routes upwards; `transit` is the provider 0 alone.
    pub providers: Vec<u32>,
}

impl Tables {
    /// Says all that a ROA table holds.
    pub fn set_roa(&mut self, table: impl Into<Arc<str>>, entries: Vec<Net>) {
        self.roa.insert(table.into(), entries);
    }

    /// Says all that an ASPA table holds.
    pub fn set_aspa(&mut self, table: impl Into<Arc<str>>, entries: Vec<Authorisation>) {
        self.aspa.insert(table.into(), entries);
    }

    pub(super) fn add_roa(&mut self, table: &str, entry: Net) {
        self.roa.entry(table.into()).or_default().push(entry);
    }

    pub(super) fn add_aspa(&mut self, table: &str, customer: u32, providers: &[u32]) {
        let providers = providers.to_vec();
        self.aspa.entry(table.into()).or_default().push(Authorisation { customer, providers });
    }

    /// Makes tables unseen.
    pub(super) fn forget(&mut self, is_unseen: impl Fn(&str) -> bool) {
        self.roa.retain(|name, _| !is_unseen(name));
        self.aspa.retain(|name, _| !is_unseen(name));
    }
}

impl Tables {
    /// What ROA tables might say of a route, in words, with tables that say so.
    pub(crate) fn suppositions(tree: &Tree, route: &Route) -> Vec<(String, Tables)> {
        let Some(prefix) = route.net().and_then(Net::prefix) else { return Vec::new() };
        let origin = match route.get_named("bgp_path") {
            Some(Value::Path(path)) => path.last(),
            _ => 0,
        };
        let bits = crate::net::Family::of_prefix(prefix).bits();
        let entry = |max: u8, asn: u32| {
            (format!("a ROA table holds `{prefix} max {max} as {asn}`"), vec![Net::Roa { prefix, max, asn }])
        };
        let cases = [
            ("no ROA covers the route".to_owned(), Vec::new()),
            entry(bits, origin),
            entry(prefix.prefix_len(), origin.wrapping_add(1)),
        ];
        let tables = |entries: Vec<Net>| {
            let mut tables = Tables::default();
            for table in &tree.tables {
                tables.set_roa(table.name.text.clone(), entries.clone());
                tables.set_aspa(table.name.text.clone(), Vec::new());
            }
            tables
        };
        cases.map(|(words, entries)| (words, tables(entries))).into()
    }
}

/// What an origin is worth: BIRD's numbers for it.
const UNKNOWN: u16 = 0;
const VALID: u16 = 1;
const INVALID: u16 = 2;

impl<'a> Machine<'a> {
    /// `roa_check(table)` of the route, `roa_check(table, net, asn)` of anything.
    pub(super) fn roa_check(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        let table = self.table_name(arguments.first(), name.span)?;
        let (net, asn) = match arguments {
            [_, net, asn] => {
                let net = self.term(net, frame)?;
                self.hold(1, name.span)?;
                (net, self.term(asn, frame)?)
            }
            _ => {
                let path = self.own_path(name.span)?;
                if path.is_none() && self.version().major < 3 {
                    return Err(Stop::failed("Missing AS_PATH attribute", name.span));
                }
                (self.own("net", name.span)?, Value::Int(path.unwrap_or_default().last()))
            }
        };
        let Value::Prefix(net) = &net else {
            return Err(wrong_type("ROA_CHECK", 1, "prefix", &net, name.span));
        };
        let asn = number(&asn, "ROA_CHECK", 2, name.span)?;
        let of_family = match self.kind_of(&table) {
            Some(ChannelKind::Roa4) => net::kind(net) == NetKind::Ip4,
            Some(ChannelKind::Roa6) => net::kind(net) == NetKind::Ip6,
            Some(_) => return Err(Stop::failed("Table type must be either ROA4 or ROA6", name.span)),
            None => true,
        };
        if !of_family {
            return Ok(Value::Enum(Enumerator { ty: EnumType::Roa, value: UNKNOWN }));
        }
        let zero_fits = self.version().major >= 3;
        let Some(entries) = self.program.tables.roa.get(&table) else {
            return Err(unseen_table(&table, name.span));
        };
        Ok(Value::Enum(Enumerator { ty: EnumType::Roa, value: roa_state(entries, net, asn, zero_fits) }))
    }

    /// `aspa_check(table, path, upstream)` and its two short forms of the route's own path.
    pub(super) fn aspa_check(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        frame: &mut Frame<'a>,
    ) -> Result<Value, Stop> {
        let table = self.table_name(arguments.first(), name.span)?;
        let (path, upstream) = match arguments {
            [_, path, upstream] => {
                let path = self.term(path, frame)?;
                self.hold(1, name.span)?;
                let upstream = self.term(upstream, frame)?;
                (path, truth(&upstream, "ASPA_CHECK", 2, name.span)?)
            }
            _ => (
                Value::path(self.own_path(name.span)?.unwrap_or_default()),
                &*name.text == "aspa_check_upstream",
            ),
        };
        let Value::Path(path) = &path else {
            return Err(wrong_type("ASPA_CHECK", 1, "bgppath", &path, name.span));
        };
        if self.kind_of(&table).is_some_and(|kind| kind != ChannelKind::Aspa) {
            return Err(Stop::failed("Table type must be ASPA", name.span));
        }
        let Some(entries) = self.program.tables.aspa.get(&table) else {
            return Err(unseen_table(&table, name.span));
        };
        Ok(Value::Enum(Enumerator { ty: EnumType::Aspa, value: aspa_state(entries, path, upstream) }))
    }

    fn own(&mut self, name: &str, span: Span) -> Result<Value, Stop> {
        let route = self.route.as_ref().ok_or_else(|| Stop::failed("No route to access", span))?;
        Ok(route.get_named(name).cloned().unwrap_or(Value::Void))
    }

    /// The route's own path, `None` where it has none.
    fn own_path(&mut self, span: Span) -> Result<Option<Path>, Stop> {
        match self.own("bgp_path", span)? {
            Value::Path(path) => Ok(Some((*path).clone())),
            _ => Ok(None),
        }
    }

    fn kind_of(&self, table: &str) -> Option<ChannelKind> {
        let mut tables = self.program.tree.tables.iter();
        tables.find(|known| &*known.name.text == table).map(|known| known.kind)
    }
}

fn unseen_table(table: &str, span: Span) -> Stop {
    let why =
        Unseen::new(format!("what table `{table}` holds is not known here"), "run the filter in the daemon");
    Stop::Unseen(why, span)
}

/// RFC 6811 over the entries that cover the network (`net_roa_check`); any but a prefix of addresses is unknown. An
/// entry for AS 0 makes no route valid in 2.x; 3.x compares it like any other.
fn roa_state(entries: &[Net], net: &Net, asn: u32, zero_fits: bool) -> u16 {
    let Net::Ip(prefix) = *net else { return UNKNOWN };
    let mut state = UNKNOWN;
    for entry in entries {
        let Net::Roa { prefix: covering, max, asn: origin } = entry else { continue };
        if !net::covers(*covering, prefix) {
            continue;
        }
        if (*origin != 0 || zero_fits) && *origin == asn && *max >= prefix.prefix_len() {
            return VALID;
        }
        state = INVALID;
    }
    state
}

/// Whether a path goes up and then down, as far as the customers on it say who their providers are.
fn aspa_state(entries: &[Authorisation], path: &Path, upstream: bool) -> u16 {
    let sequence = path.segments.iter().all(|segment| segment.kind == SegmentKind::Sequence);
    if !sequence || path.segments.is_empty() {
        return INVALID;
    }
    let mut asns: Vec<u32> = path.asns().collect();
    asns.dedup();
    let Some(hops) = asns.len().checked_sub(1) else { return INVALID };
    // The route came from the last number towards the first, so there it goes up: each names the one before it.
    let ways_up = || asns.windows(2).rev().map(|pair| authorised(entries, pair[1], pair[0]));
    let ways_down = || asns.windows(2).map(|pair| authorised(entries, pair[0], pair[1]));
    let sure = |state: &u16| *state == VALID;
    let maybe = |state: &u16| *state != INVALID;
    let (mut surely, mut perhaps) = (ways_up().take_while(sure).count(), ways_up().take_while(maybe).count());
    if !upstream {
        // Between the way up and the way down two peers may meet.
        surely += ways_down().take_while(sure).count() + 1;
        perhaps += ways_down().take_while(maybe).count() + 1;
    }
    match (surely >= hops, perhaps >= hops) {
        (true, _) => VALID,
        (false, true) => UNKNOWN,
        (false, false) => INVALID,
    }
}

/// Whether a customer names a provider; unknown where it names none at all.
fn authorised(entries: &[Authorisation], customer: u32, provider: u32) -> u16 {
    let mut state = UNKNOWN;
    for entry in entries.iter().filter(|entry| entry.customer == customer) {
        if entry.providers.contains(&provider) {
            return VALID;
        }
        state = INVALID;
    }
    state
}
