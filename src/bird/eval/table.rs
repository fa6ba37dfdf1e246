//! What ROA and ASPA tables hold, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bird::tree::{EnumType, Enumerator, Expr, Name, Net, Span, Tree};
use crate::seen::Unseen;

use super::machine::{Frame, Machine, Stop};
use super::operator::{number, truth, wrong_type};
use super::route::Route;
use super::value::{Path, SegmentKind, Value, net};

/// The contents of tables, by their names. A table that is not there is unseen, not empty.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    roa: BTreeMap<Arc<str>, Vec<Net>>,
    aspa: BTreeMap<Arc<str>, BTreeMap<u32, Vec<Vec<u32>>>>,
}

impl Tables {
    /// Says all that a ROA table holds.
    pub fn set_roa(&mut self, table: impl Into<Arc<str>>, entries: Vec<Net>) {
        self.roa.insert(table.into(), entries);
    }

    /// Says all that an ASPA table holds: the providers of each customer, one list for each authorisation.
    pub fn set_aspa(&mut self, table: impl Into<Arc<str>>, entries: BTreeMap<u32, Vec<Vec<u32>>>) {
        self.aspa.insert(table.into(), entries);
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
        let entry = |max: u8, asn: u32| vec![Net::Roa { prefix, max, asn }];
        let cases = [
            ("no ROA covers the route", Vec::new()),
            ("a ROA makes the route valid", entry(bits, origin)),
            ("a ROA makes the route invalid", entry(prefix.prefix_len(), origin.wrapping_add(1))),
        ];
        let tables = |entries: Vec<Net>| {
            let mut tables = Tables::default();
            for table in &tree.tables {
                tables.set_roa(table.name.text.clone(), entries.clone());
                tables.set_aspa(table.name.text.clone(), BTreeMap::new());
            }
            tables
        };
        cases.map(|(words, entries)| (words.to_owned(), tables(entries))).into()
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
            _ => (self.own("net", name.span)?, Value::Int(self.own_path(name.span)?.last())),
        };
        let Value::Prefix(net) = &net else {
            return Err(wrong_type("ROA_CHECK", 1, "prefix", &net, name.span));
        };
        let asn = number(&asn, "ROA_CHECK", 2, name.span)?;
        let Some(entries) = self.program.tables.roa.get(&table) else {
            return Err(unseen_table(&table, name.span));
        };
        Ok(Value::Enum(Enumerator { ty: EnumType::Roa, value: roa_state(entries, net, asn) }))
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
            _ => (Value::path(self.own_path(name.span)?), &*name.text == "aspa_check_upstream"),
        };
        let Value::Path(path) = &path else {
            return Err(wrong_type("ASPA_CHECK", 1, "bgppath", &path, name.span));
        };
        let Some(entries) = self.program.tables.aspa.get(&table) else {
            return Err(unseen_table(&table, name.span));
        };
        Ok(Value::Enum(Enumerator { ty: EnumType::Aspa, value: aspa_state(entries, path, upstream) }))
    }

    fn own(&mut self, name: &str, span: Span) -> Result<Value, Stop> {
        let route = self.route.as_ref().ok_or_else(|| Stop::failed("No route to access", span))?;
        Ok(route.get_named(name).cloned().unwrap_or(Value::Void))
    }

    fn own_path(&mut self, span: Span) -> Result<Path, Stop> {
        match self.own("bgp_path", span)? {
            Value::Path(path) => Ok((*path).clone()),
            _ => Err(Stop::failed("Missing AS_PATH attribute", span)),
        }
    }
}

fn unseen_table(table: &str, span: Span) -> Stop {
    let why =
        Unseen::new(format!("what table `{table}` holds is not known here"), "run the filter in the daemon");
    Stop::Unseen(why, span)
}

/// RFC 6811 over the entries that cover the network (`net_roa_check`); any but a prefix of addresses is unknown.
fn roa_state(entries: &[Net], net: &Net, asn: u32) -> u16 {
    let Net::Ip(prefix) = *net else { return UNKNOWN };
    let mut state = UNKNOWN;
    for entry in entries {
        let Net::Roa { prefix: covering, max, asn: origin } = entry else { continue };
        if !net::is_within(&Net::Ip(prefix), &Net::Ip(*covering)) {
            continue;
        }
        if *origin != 0 && *origin == asn && *max >= prefix.prefix_len() {
            return VALID;
        }
        state = INVALID;
    }
    state
}

/// The path's way up and down, hop by hop (`aspa_check` in `nest/rt-table.c`).
fn aspa_state(entries: &BTreeMap<u32, Vec<Vec<u32>>>, path: &Path, upstream: bool) -> u16 {
    let sequence = path.segments.iter().all(|segment| segment.kind == SegmentKind::Sequence);
    if !sequence || path.segments.is_empty() {
        return INVALID;
    }
    let mut asns: Vec<u32> = path.asns().collect();
    asns.dedup();
    let mut only_up = upstream;
    let (mut min_up, mut max_up, mut min_down, mut max_down) = (0, 0, 0, 0);
    for (at, asn) in asns.iter().enumerate() {
        let providers = entries.get(asn).map(|lists| lists.concat());
        let names = |index: Option<usize>| {
            let neighbour = index.and_then(|index| asns.get(index));
            neighbour.is_some_and(|asn| providers.as_ref().is_some_and(|list| list.contains(asn)))
        };
        let (up, down) = (names(at.checked_sub(1)), names(Some(at + 1)));
        match (&providers, only_up) {
            (None, true) => min_up = at,
            (Some(_), true) if at > 0 && !up => return INVALID,
            (Some(_), true) => {}
            (None, false) => (max_down, min_up) = (at + 1, at),
            (Some(_), false) => {
                if down {
                    max_down = at + 1;
                    min_down += usize::from(min_down == at);
                }
                only_up = !down;
                if !up {
                    (min_up, max_up) = (at, at);
                }
            }
        }
    }
    match (min_up <= min_down, max_up <= max_down) {
        (true, _) => VALID,
        (false, true) => UNKNOWN,
        (false, false) => INVALID,
    }
}
