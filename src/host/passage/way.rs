//! The ways of routes from one table of BIRD's to another: pipes, and the policies at both of their ends.

use std::sync::Arc;

use super::{Judge, Routes};
use crate::bird::model::{ChannelModel, Detail};
use crate::bird::prove::Step;
use crate::bird::tree::{Policy, Span};
use crate::net::Family;

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
    /// The communities that end their way at the session in question.
    pub kept: Vec<u32>,
}

/// Where pipes could lead on from what was not followed.
static NOT_FOLLOWED: Policy = Policy::Opaque(Span { start: 0, end: 0 });

/// A way under way: the tables that it went through, and what policies.
struct Open<'j> {
    tables: Vec<Arc<str>>,
    way: Way<'j>,
}

impl Arrival<'_> {
    /// Its way, and then out by a policy.
    pub(super) fn steps<'p>(&'p self, out: &'p Policy) -> Vec<Step<'p>> {
        let mut steps: Vec<Step<'_>> = self.way.iter().map(|policy| Step::Policy(policy)).collect();
        if !self.kept.is_empty() {
            steps.push(Step::Without(&self.kept));
        }
        steps.push(Step::Policy(out));
        steps
    }
}

impl<'c> Judge<'c, '_> {
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
                open.extend(self.onward(&next, family));
            }
            if open.len() + found.len() > WAYS {
                return vec![vec![&NOT_FOLLOWED]];
            }
        }
        found
    }

    fn onward<'j>(&'j self, open: &Open<'j>, family: Family) -> Vec<Open<'j>> {
        let here = open.tables.last();
        let mut onward = Vec::new();
        for protocol in self.working() {
            let Detail::Pipe(pipe) = &protocol.detail else { continue };
            let Some((channel, peer)) = protocol.channels.first().zip(pipe.peer_table.as_ref()) else {
                continue;
            };
            let own = channel.table.clone().unwrap_or_else(|| default_table(family));
            for (from, policy, to) in [(&own, &channel.export.what, peer), (peer, &channel.import.what, &own)]
            {
                if here == Some(from) && *policy != Policy::None && !open.tables.contains(to) {
                    let tables = [open.tables.as_slice(), std::slice::from_ref(to)].concat();
                    onward.push(Open { tables, way: [open.way.as_slice(), &[policy]].concat() });
                }
            }
        }
        onward
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
