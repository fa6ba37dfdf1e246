//! The way of a route: the policies that it goes through one after the other, on every route at once and on one.

use std::collections::BTreeSet;

use super::bdd::Bdd;
use super::execute::Execution;
use super::family::{Family, Held};
use super::guarded::State;
use super::symbol::{Symbol, Unknown};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Ending, Interpreter, Operation, Route, Run};
use crate::bird::tree::{BinaryOp, Enumerator, Policy, Span};

/// One thing that a route goes through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step<'p> {
    /// A channel's policy.
    Policy(&'p Policy),
    /// A session that keeps routes with one of these communities to itself.
    Without(&'p [u32]),
    /// A table that resolves the next hop anew, whatever the policies before it saw: these attributes, unless a policy
    /// has written `dest` and taken the route from its next hop.
    Anew(&'p [(Attribute, Held)]),
    /// Somebody who looks only at routes that refuse packets: `dest` is a blackhole, unreachable or prohibited.
    Discarding,
}

impl Execution<'_> {
    /// Sends every route of a family through the steps; what comes out stands in `accepts`.
    pub(super) fn go(&mut self, way: &[Step<'_>], family: &Family) -> Result<(), Unknown> {
        let start = self.start_of(family);
        let mut resolved = self.attribute(&dest(), &start).symbols(&self.diagrams);
        self.accept(start);
        for step in way {
            let Some(state) = self.arrived() else { break };
            match step {
                Step::Policy(policy) => self.policy(policy, state)?,
                Step::Without(communities) => self.without(communities, state),
                Step::Anew(found) => {
                    let state = self.anew(found, &resolved, state);
                    resolved.extend(self.attribute(&dest(), &state).symbols(&self.diagrams));
                    self.accept(state);
                }
                Step::Discarding => self.discarding(state),
            }
        }
        Ok(())
    }

    /// Every route of a family, before anything was done.
    pub(super) fn start_of(&mut self, family: &Family) -> State {
        let mut state = self.start();
        family.held().for_each(|(name, held)| self.know(&mut state, name, held));
        state
    }

    /// The state behind a table that resolves next hops; `resolved` are the values of `dest` that tables found.
    fn anew(&mut self, found: &[(Attribute, Held)], resolved: &BTreeSet<Symbol>, before: State) -> State {
        let mut state = before.clone();
        found.iter().for_each(|(name, held)| self.know(&mut state, name, held));
        let mut untouched = Bdd::FALSE;
        for (condition, symbol) in self.attribute(&dest(), &before).cases(&mut self.diagrams, before.reach) {
            if resolved.contains(&symbol) {
                untouched = self.diagrams.or(untouched, condition);
            }
        }
        self.join(untouched, state, before)
    }

    fn know(&mut self, state: &mut State, name: &Attribute, held: &Held) {
        let value = match held {
            Held::Is(value) => self.fixed(value.clone()),
            Held::Nothing => {
                let ty = self.type_of(name);
                self.fixed(Value::empty(ty))
            }
            Held::Something(_) => return,
            Held::Unseen(words) => self.unknown(words, Span::default()),
        };
        state.attributes.insert(name.clone(), value);
    }

    /// Everything that was accepted so far, as one state that sets out anew.
    fn arrived(&mut self) -> Option<State> {
        let mut states = std::mem::take(&mut self.accepts).into_iter().map(|accept| {
            let mut state = accept.state;
            state.frames.clear();
            state
        });
        let first = states.next()?;
        Some(states.fold(first, |joined, state| self.join(state.reach, state, joined)))
    }

    fn policy(&mut self, policy: &Policy, state: State) -> Result<(), Unknown> {
        match policy {
            Policy::All => self.accept(state),
            Policy::None => {}
            Policy::Filter(id) | Policy::Where(id) => self.filter(*id, state),
            Policy::Opaque(span) => {
                let construct = "a policy that could not be read".to_owned();
                return Err(Unknown { construct, span: *span, attributes: Vec::new() });
            }
        }
        Ok(())
    }

    fn without(&mut self, communities: &[u32], mut state: State) {
        let list = self.attribute(&Attribute::known("bgp_community"), &state);
        for community in communities {
            let community = self.fixed(Value::Pair(*community));
            let held = self.apply(&Operation::Binary(BinaryOp::Match), &[community, list], &mut state);
            let held = self.condition(held, &mut state);
            state.reach = self.diagrams.without(state.reach, held);
        }
        self.accept(state);
    }

    fn discarding(&mut self, mut state: State) {
        let held = self.attribute(&dest(), &state);
        let mut refuses = Bdd::FALSE;
        for value in discards() {
            let value = self.fixed(value);
            let same = self.apply(&Operation::Binary(BinaryOp::Equal), &[held, value], &mut state);
            let same = self.condition(same, &mut state);
            refuses = self.diagrams.or(refuses, same);
        }
        let refused = state.narrowed(&mut self.diagrams, refuses);
        self.accept(refused);
    }
}

fn dest() -> Attribute {
    Attribute::known("dest")
}

/// What `dest` is of routes that refuse packets.
fn discards() -> impl Iterator<Item = Value> {
    let names = ["RTD_BLACKHOLE", "RTD_UNREACHABLE", "RTD_PROHIBIT"];
    names.into_iter().filter_map(|name| Some(Value::Enum(Enumerator::named(name)?.0)))
}

/// Sends one route through the steps: how its last one ended, and every command that was done.
pub(super) fn walk(interpreter: &Interpreter<'_>, way: &[Step<'_>], route: &Route) -> Run {
    let mut done = interpreter.policy(&Policy::All, route.clone());
    let mut resolved = route.get_named("dest").cloned();
    for step in way {
        let (Ending::Accepted, Some(route)) = (&done.ending, done.route.take()) else { break };
        let trace = std::mem::take(&mut done.trace);
        done = match step {
            Step::Policy(policy) => interpreter.policy(policy, route),
            Step::Without(communities) => {
                let stops = matches!(route.get_named("bgp_community"), Some(Value::CList(list))
                    if list.iter().any(|held| communities.contains(held)));
                interpreter.policy(if stops { &Policy::None } else { &Policy::All }, route)
            }
            Step::Anew(found) => {
                let mut route = route;
                if route.get_named("dest") == resolved.as_ref() {
                    let known = found.iter().filter_map(|(name, held)| match held {
                        Held::Is(value) => Some((name.clone(), value.clone())),
                        Held::Nothing | Held::Something(_) | Held::Unseen(_) => None,
                    });
                    known.for_each(|(name, value)| route.set(name, value));
                    resolved = route.get_named("dest").cloned();
                }
                interpreter.policy(&Policy::All, route)
            }
            Step::Discarding => {
                let dest = route.get_named("dest");
                let discards = discards().any(|value| dest == Some(&value));
                interpreter.policy(if discards { &Policy::All } else { &Policy::None }, route)
            }
        };
        done.trace.splice(..0, trace);
    }
    done
}
