//! The static routes that BIRD's tables hold, as the files say them.

use std::sync::Arc;

use ipnet::IpNet;

use super::{Judge, Passed, family_of};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Ending, Route};
use crate::bird::model::{Detail, ProtocolModel};
use crate::bird::tree::{Enumerator, Net, Policy, StaticRoute, StaticTarget};
use crate::net::Family;
use crate::seen::Seen;
use crate::text::Span;

/// A static route in a table.
pub(super) struct Held {
    /// Its network.
    pub net: IpNet,
    /// The route as its protocol's import leaves it.
    pub route: Route,
    /// Whether it discards.
    pub discards: bool,
    /// Where it stands.
    pub span: Span,
}

impl Judge<'_, '_> {
    /// The static routes of a family that may come to a table.
    pub(super) fn statics(&self, table: &Option<Arc<str>>, family: Family) -> Vec<Held> {
        let mut held = Vec::new();
        for protocol in self.working() {
            let Detail::Static(routes) = &protocol.detail else { continue };
            let feeding = protocol
                .channels
                .iter()
                .find(|channel| family_of(channel.kind) == Some(family) && self.feeds(channel, table));
            let Some(channel) = feeding else { continue };
            held.extend(
                routes.iter().filter_map(|route| self.held(protocol, &channel.import.what, route, family)),
            );
        }
        held
    }

    fn held(
        &self,
        protocol: &ProtocolModel<'_>,
        import: &Policy,
        written: &StaticRoute,
        family: Family,
    ) -> Option<Held> {
        let Net::Ip(net) = written.net else { return None };
        if Family::of_prefix(net) != family {
            return None;
        }
        let mut route = Route::new(written.net.clone());
        route.set(Attribute::known("proto"), Value::string(protocol.name.clone()));
        let dest = Enumerator::named(destination(&written.target)).map(|(dest, _)| Value::Enum(dest));
        route.set(Attribute::known("dest"), dest.unwrap_or(Value::Void));
        if let Some(commands) = written.commands {
            route = self.prover.interpreter().filter(commands, route).route?;
        }
        let run = self.prover.interpreter().policy(import, route.clone());
        match run.ending {
            Ending::Accepted => route = run.route?,
            // What its import does is not seen: it may be there as it is written.
            Ending::Unseen(..) => {}
            Ending::Rejected | Ending::Returned | Ending::Failed(_) => return None,
        }
        let discards = !matches!(written.target, StaticTarget::Via(_) | StaticTarget::Recursive(_));
        Some(Held { net, route, discards, span: written.span })
    }

    /// A static route after a policy.
    pub(super) fn held_passes(&self, policy: &Policy, held: &Held) -> Seen<Passed> {
        self.run(policy, &held.route).map(|run| {
            let mut lines = vec![self.line(held.span)];
            lines.extend(self.lines(&run.trace));
            Passed { net: held.net, route: format!("{} (static)", held.net), lines }
        })
    }
}

fn destination(target: &StaticTarget) -> &'static str {
    match target {
        StaticTarget::Via(_) | StaticTarget::Recursive(_) | StaticTarget::None | StaticTarget::Opaque => {
            "RTD_UNICAST"
        }
        StaticTarget::Blackhole => "RTD_BLACKHOLE",
        StaticTarget::Unreachable => "RTD_UNREACHABLE",
        StaticTarget::Prohibit => "RTD_PROHIBIT",
    }
}
