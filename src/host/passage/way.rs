//! The ways of routes from one table of BIRD's to another: pipes, and the policies at both of their ends.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use ipnet::IpNet;

use super::{Judge, Routes, is_working};
use crate::bird::eval::Attribute;
use crate::bird::eval::value::Value;
use crate::bird::model::{ChannelModel, Detail};
use crate::bird::prove::{Held, Step};
use crate::bird::tree::{Direction, Enumerator, Policy, Span};
use crate::net::Family;

/// What a route with a recursive next hop does.
pub(super) const RESOLVED: &str = "how a recursive next hop is resolved";

/// More ways than this between two tables are not told apart.
const WAYS: usize = 64;

/// The policies that a route goes through, in order.
pub(super) type Way<'j> = Vec<&'j Policy>;

/// Routes that may come to a table.
#[derive(Clone)]
pub(super) struct Arrival<'j> {
    /// Which, as their protocol makes them.
    pub routes: Routes,
    /// What they go through before they are in the table.
    pub way: Way<'j>,
    /// What the table resolves of them behind the policies that let them in, and again whenever its other routes
    /// change: the policies saw what was found before. Nothing, where next hops are not looked up.
    pub resolved: Vec<(Attribute, Held)>,
    /// The communities that end their way at the session in question.
    pub kept: Vec<u32>,
}

/// What a table finds for a next hop that it resolves: what it does with packets, and the rest when BIRD runs.
pub(super) fn resolved(dest: Held) -> Vec<(Attribute, Held)> {
    let names = ["gw", "ifname", "ifindex", "weight", "gw_mpls", "onlink", "igp_metric"];
    let open = names.into_iter().map(|name| (Attribute::known(name), Held::Unseen(RESOLVED)));
    open.chain([(Attribute::known("dest"), dest)]).collect()
}

/// Where pipes could lead on from what was not followed.
static NOT_FOLLOWED: Policy = Policy::Opaque(Span { start: 0, end: 0 });

/// A way under way: the tables that it went through, and what policies.
struct Open<'j> {
    tables: Vec<Arc<str>>,
    way: Way<'j>,
}

/// The pipes of a family's tables.
#[derive(Default)]
pub(super) struct Pipes {
    from: HashMap<Arc<str>, Vec<Pipe>>,
    /// The tables from which pipes lead to one.
    before: HashMap<Arc<str>, Vec<Arc<str>>>,
}

/// A pipe in one direction.
struct Pipe {
    to: Arc<str>,
    /// Which protocol of the model it is.
    protocol: usize,
    /// The side of its policy: what it exports goes into the peer table.
    direction: Direction,
}

impl Pipes {
    fn add(&mut self, from: &Arc<str>, pipe: Pipe) {
        self.before.entry(pipe.to.clone()).or_default().push(from.clone());
        self.from.entry(from.clone()).or_default().push(pipe);
    }

    fn from(&self, table: &Arc<str>) -> &[Pipe] {
        self.from.get(table).map_or(&[], Vec::as_slice)
    }

    /// The tables, itself included, from which pipes lead to one past all those that were gone through.
    fn leading_to<'p>(&'p self, to: &'p Arc<str>, past: &[Arc<str>]) -> HashSet<&'p Arc<str>> {
        let (mut found, mut open) = (HashSet::default(), vec![to]);
        while let Some(table) = open.pop() {
            if !past.contains(table) && found.insert(table) {
                open.extend(self.before.get(table).into_iter().flatten());
            }
        }
        found
    }
}

impl Arrival<'_> {
    /// Only those within a network, where one is given.
    pub(super) fn within(self, network: Option<IpNet>) -> Self {
        match network {
            Some(network) => Arrival { routes: self.routes.within([network]), ..self },
            None => self,
        }
    }

    /// Its way, and then out by a policy; policies after the first see what the table before them has found.
    pub(super) fn steps<'p>(&'p self, out: &'p Policy) -> Vec<Step<'p>> {
        let resolved = (!self.resolved.is_empty()).then_some(Step::Anew(&self.resolved));
        let mut steps: Vec<Step<'_>> = Vec::new();
        for policy in &self.way {
            steps.push(Step::Policy(policy));
            steps.extend(resolved);
        }
        if !self.kept.is_empty() {
            steps.push(Step::Without(&self.kept));
        }
        steps.push(Step::Policy(out));
        steps
    }
}

impl<'c> Judge<'c, '_> {
    /// The same routes where a table resolves their next hops to this: `RTD_UNREACHABLE`. In 2.x they have it before the
    /// first policy already.
    pub(super) fn found<'j>(&self, arrival: Arrival<'j>, destination: &str) -> Arrival<'j> {
        let Some((dest, _)) = Enumerator::named(destination) else { return arrival };
        let resolved = resolved(Held::Is(Value::Enum(dest)));
        let early = self.configuration.version.major < 3 && arrival.way.len() == 1;
        let routes = if early { arrival.routes.of_destinations([destination]) } else { arrival.routes };
        Arrival { routes, resolved, ..arrival }
    }

    /// The ways from a channel of a protocol that makes routes into a table.
    pub(super) fn ways_from<'j>(
        &'j self,
        channel: &'j ChannelModel<'c>,
        table: &Option<Arc<str>>,
        family: Family,
    ) -> Vec<Way<'j>> {
        if channel.import.what == Policy::None {
            return Vec::new();
        }
        self.ways(vec![&channel.import.what], &channel.table, table, family)
    }

    /// The ways between two tables, behind a beginning.
    pub(super) fn ways<'j>(
        &'j self,
        beginning: Way<'j>,
        from: &Option<Arc<str>>,
        to: &Option<Arc<str>>,
        family: Family,
    ) -> Vec<Way<'j>> {
        let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
        let mut open = vec![Open { tables: vec![from.clone()], way: beginning }];
        let mut found = Vec::new();
        while let Some(next) = open.pop() {
            if next.tables.last() == Some(to) {
                found.push(next.way);
            } else {
                open.extend(self.onward(&next, to, family));
            }
            if open.len() + found.len() > WAYS {
                return vec![vec![&NOT_FOLLOWED]];
            }
        }
        found
    }

    /// The next steps of a way, those that end nowhere left out.
    fn onward<'j>(&'j self, open: &Open<'j>, to: &Arc<str>, family: Family) -> Vec<Open<'j>> {
        let pipes = self.pipes(family);
        let here = open.tables.last().map_or(&[][..], |here| pipes.from(here));
        let mut next: Vec<&Pipe> = here.iter().filter(|pipe| !open.tables.contains(&pipe.to)).collect();
        // Where there is no choice, the end shows by itself.
        if next.len() > 1 {
            let leading = pipes.leading_to(to, &open.tables);
            next.retain(|pipe| leading.contains(&pipe.to));
        }
        let step = |pipe: &Pipe| {
            let tables = [open.tables.as_slice(), std::slice::from_ref(&pipe.to)].concat();
            Open { tables, way: [open.way.as_slice(), &[self.policy_of(pipe)]].concat() }
        };
        next.into_iter().map(step).collect()
    }

    fn policy_of(&self, pipe: &Pipe) -> &Policy {
        let channel = self.model.protocols[pipe.protocol].channels.first();
        channel.map_or(&NOT_FOLLOWED, |channel| match pipe.direction {
            Direction::Import => &channel.import.what,
            Direction::Export => &channel.export.what,
        })
    }

    fn pipes(&self, family: Family) -> &Pipes {
        let known = match family {
            Family::V4 => &self.pipes[0],
            Family::V6 => &self.pipes[1],
        };
        known.get_or_init(|| self.pipes_between(family))
    }

    fn pipes_between(&self, family: Family) -> Pipes {
        let mut pipes = Pipes::default();
        for (number, protocol) in self.model.protocols.iter().enumerate() {
            let Detail::Pipe(pipe) = &protocol.detail else { continue };
            let Some((channel, peer)) = protocol.channels.first().zip(pipe.peer_table.as_ref()) else {
                continue;
            };
            if !is_working(protocol) {
                continue;
            }
            let own = channel.table.clone().unwrap_or_else(|| default_table(family));
            let ways = [
                (&own, &channel.export.what, peer, Direction::Export),
                (peer, &channel.import.what, &own, Direction::Import),
            ];
            for (from, policy, to, direction) in ways {
                if *policy != Policy::None {
                    pipes.add(from, Pipe { to: to.clone(), protocol: number, direction });
                }
            }
        }
        pipes
    }

    /// Whether the routes of a channel may come to a table.
    pub(super) fn feeds(&self, channel: &ChannelModel<'c>, table: &Option<Arc<str>>, family: Family) -> bool {
        !self.ways_from(channel, table, family).is_empty()
    }
}

/// The table that channels of a family use unless they name one.
pub(super) fn default_table(family: Family) -> Arc<str> {
    match family {
        Family::V4 => "master4".into(),
        Family::V6 => "master6".into(),
    }
}
