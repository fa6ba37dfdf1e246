//! What static protocols put into ROA and ASPA tables; what sessions or pipes might add is not known here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bird::effective::{Effective, EffectiveChannel, effective};
use crate::bird::tree::{
    ChannelKind, Net, Policy, ProtocolId, ProtocolKind, StaticRoute, StaticTarget, Table, Tree,
};
use crate::bird::version::Version;

use super::{Ending, Interpreter, Route, Tables};

impl Tables {
    /// The ROA and ASPA tables of a test, in which nothing but static protocols speaks.
    pub fn of_statics(tree: &Tree, version: Version) -> Tables {
        let interpreter = Interpreter::new(tree, version);
        let protocols = running(tree);
        let statics: Vec<&Effective<'_>> =
            protocols.iter().filter(|one| one.protocol.kind == ProtocolKind::Static).collect();
        let mut tables = Tables::default();
        for table in tree.tables.iter().filter(|table| holds_facts(table.kind)) {
            tables.fill(table, &statics, &interpreter);
        }
        tables
    }

    /// The ROA and ASPA tables of a running daemon: those that only static protocols name.
    pub fn settled(tree: &Tree, version: Version) -> Tables {
        let mut tables = Tables::of_statics(tree, version);
        let protocols = running(tree);
        let others = protocols.iter().filter(|one| one.protocol.kind != ProtocolKind::Static);
        let fed: BTreeSet<Arc<str>> = others.flat_map(named_tables).collect();
        tables.forget(|name| fed.contains(name));
        tables
    }

    /// Puts in what the static protocols say; a route whose way in is not decided leaves the table unseen.
    fn fill(&mut self, table: &Table, statics: &[&Effective<'_>], interpreter: &Interpreter<'_>) {
        let name = &table.name.text;
        self.set_roa(name.clone(), Vec::new());
        self.set_aspa(name.clone(), Vec::new());
        for one in statics {
            let into = |channel: &&EffectiveChannel<'_>| table_of(channel).as_ref() == Some(name);
            let Some(channel) = one.channels.iter().find(into) else { continue };
            for route in one.routes.iter().copied().flatten() {
                match gets_in(route, channel, interpreter) {
                    Some(true) => self.put(name, route),
                    Some(false) => {}
                    None => return self.forget(|known| known == &**name),
                }
            }
        }
    }

    fn put(&mut self, table: &str, route: &StaticRoute) {
        match (&route.net, &route.target) {
            // BIRD keeps no route of the number that no one has.
            (Net::Aspa(0), _) => {}
            (Net::Aspa(customer), StaticTarget::Providers(providers)) => {
                self.add_aspa(table, *customer, providers);
            }
            // A route that names no providers says nothing.
            (Net::Aspa(_), _) => {}
            (net, _) => self.add_roa(table, net.clone()),
        }
    }
}

fn running(tree: &Tree) -> Vec<Effective<'_>> {
    let count = u32::try_from(tree.protocols.len()).unwrap_or(u32::MAX);
    (0..count).map(|id| effective(tree, ProtocolId(id))).filter(Effective::runs).collect()
}

fn holds_facts(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Roa4 | ChannelKind::Roa6 | ChannelKind::Aspa)
}

fn table_of(channel: &EffectiveChannel<'_>) -> Option<Arc<str>> {
    channel.option("table").and_then(|option| option.name_argument()).map(|name| name.text.clone())
}

/// The tables of a protocol's channels, and the peer tables of pipes.
fn named_tables(protocol: &Effective<'_>) -> Vec<Arc<str>> {
    let options = protocol.channels.iter().flat_map(|channel| channel.options.iter());
    let names = options.filter_map(|option| option.name_argument());
    names.map(|name| name.text.clone()).collect()
}

/// Whether the channel's import lets a route in; `None` where that, or the route itself, is not known.
fn gets_in(
    route: &StaticRoute,
    channel: &EffectiveChannel<'_>,
    interpreter: &Interpreter<'_>,
) -> Option<bool> {
    let changes_providers = matches!(route.net, Net::Aspa(_)) && route.commands.is_some();
    if changes_providers || matches!(route.target, StaticTarget::Opaque) {
        return None;
    }
    let policy = channel.policy("import").unwrap_or(&Policy::All);
    match interpreter.policy(policy, Route::new(route.net.clone())).ending {
        Ending::Accepted => Some(true),
        Ending::Rejected | Ending::Returned | Ending::Failed(_) => Some(false),
        Ending::Unseen(..) => None,
    }
}
