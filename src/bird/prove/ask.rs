//! The questions that can be asked of a filter, and their answers.

use std::collections::BTreeMap;

use super::bdd::Bdd;
use super::execute::Execution;
use super::family::Family;
use super::solve::{Found, Search};
use super::symbol::{Meaning, Unknown};
use super::way::{Step, walk};
use crate::bird::eval::value::Value;
use crate::bird::eval::{Attribute, Ending, Interpreter, Route, Tables};
use crate::bird::tree::{Expr, Policy, RoutineId, Span, Tree};
use crate::bird::version::Version;

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It holds of every accepted route of the family.
    Proved,
    /// It does not hold of this one, which the interpreter has replayed.
    Refuted(Box<Witness>),
    /// It depends on something beyond the analysis.
    Undecided {
        /// What that is.
        construct: String,
        /// Where it stands; empty where it is no one place.
        span: Span,
    },
}

/// A route that a filter accepts.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The route as it comes.
    pub route: Route,
    /// The route as the filter leaves it.
    pub after: Route,
    /// The commands that it takes, in order.
    pub trace: Vec<Span>,
    /// What must hold besides, in words: what a ROA table says.
    pub supposing: Option<String>,
}

/// What an attribute is after a filter, for some accepted route.
#[derive(Clone, Debug, PartialEq)]
pub enum After {
    /// This value.
    Is(Value),
    /// What the route brought.
    AsBefore,
    /// No value.
    Undefined,
    /// Something that the filter computes, or that is beyond the analysis.
    Computed,
}

/// Answers questions about the filters of one configuration.
pub struct Prover<'a> {
    interpreter: Interpreter<'a>,
}

impl<'a> Prover<'a> {
    /// A prover for a configuration as a version runs it.
    pub fn new(tree: &'a Tree, version: Version) -> Prover<'a> {
        Prover { interpreter: Interpreter::new(tree, version) }
    }

    /// The interpreter that replays.
    pub fn interpreter(&self) -> &Interpreter<'a> {
        &self.interpreter
    }

    /// Whether a claim holds of every route of the family that the policy accepts, as the route comes: what the
    /// filter writes over it does not count.
    pub fn accepts_only(&self, policy: &Policy, family: &Family, claim: &Expr) -> Answer {
        self.search(&[Step::Policy(policy)], family, Some(&Claim { term: claim, of: Moment::Before }))
    }

    /// Whether a claim holds of every route of the family that the policy accepts, as the filter leaves it.
    pub fn leaves_only(&self, policy: &Policy, family: &Family, claim: &Expr) -> Answer {
        self.search(&[Step::Policy(policy)], family, Some(&Claim { term: claim, of: Moment::After }))
    }

    /// Whether no route of the family gets through all the steps.
    pub fn accepts_none(&self, way: &[Step<'_>], family: &Family) -> Answer {
        self.search(way, family, None)
    }

    /// What an attribute may be after the policy, over every accepted route of the family; an error where that is
    /// beyond the analysis. Custom attributes go by their own names.
    pub fn after(&self, policy: &Policy, family: &Family, name: &str) -> Result<Vec<After>, Answer> {
        let way = [Step::Policy(policy)];
        let mut execution = self.execute(&way, family)?;
        let attribute = self.named(name);
        let mut found: Vec<After> = Vec::new();
        for accept in std::mem::take(&mut execution.accepts) {
            let state = accept.state;
            let held = execution.attribute(&attribute, &state);
            let held = held.only(&execution.diagrams).map_or(held, |symbol| execution.leaves(symbol));
            for (condition, symbol) in held.cases(&mut execution.diagrams, state.reach) {
                if matches!(self.any_route(&mut execution, &way, family, condition), Found::Nothing) {
                    continue;
                }
                let after = match execution.symbols.meaning(symbol) {
                    Meaning::Fixed(Value::Void) => After::Undefined,
                    Meaning::Fixed(value) => After::Is(value.clone()),
                    Meaning::Given(name, _) if *name == attribute => After::AsBefore,
                    Meaning::Given(..)
                    | Meaning::Computed(..)
                    | Meaning::Merged(..)
                    | Meaning::Unknown(_) => After::Computed,
                };
                if !found.contains(&after) {
                    found.push(after);
                }
            }
        }
        match execution.gave_up() {
            Some(unknown) => Err(undecided(unknown.clone())),
            None => Ok(found),
        }
    }

    /// The commands of a filter that no route of the families ever gets to, in the order of the file; an error where
    /// none is found and that is beyond the analysis for some.
    pub fn dead_commands(&self, id: RoutineId, families: &[Family]) -> Result<Vec<Span>, Answer> {
        let mut execution = Execution::new(&self.interpreter);
        let start = execution.start();
        execution.filter(id, start);
        if let Some(unknown) = execution.gave_up() {
            return Err(undecided(unknown.clone()));
        }
        let mut open = None;
        let policy = Policy::Filter(id);
        let way = [Step::Policy(&policy)];
        let reached: BTreeMap<Span, Bdd> =
            execution.reached.iter().map(|(span, reach)| (*span, *reach)).collect();
        let mut dead = super::written::commands_of(self.interpreter.tree().routine(id));
        dead.retain(|span| {
            let reach = reached.get(span).copied().unwrap_or(Bdd::FALSE);
            families.iter().all(|family| match self.any_route(&mut execution, &way, family, reach) {
                Found::Nothing => true,
                Found::Witness(_) => false,
                Found::Undecided(unknown) => {
                    open.get_or_insert(unknown);
                    false
                }
            })
        });
        match open.filter(|_| dead.is_empty()) {
            Some(unknown) => Err(undecided(unknown)),
            None => Ok(dead),
        }
    }

    fn named(&self, name: &str) -> Attribute {
        match crate::bird::tree::BuiltIn::named(name) {
            Some(attribute) => Attribute::BuiltIn(attribute),
            None => Attribute::Custom(name.into()),
        }
    }

    fn execute(&self, way: &[Step<'_>], family: &Family) -> Result<Execution<'_>, Answer> {
        let mut execution = Execution::new(&self.interpreter);
        execution.go(way, family).map_err(undecided)?;
        Ok(execution)
    }

    fn search(&self, way: &[Step<'_>], family: &Family, claim: Option<&Claim<'_>>) -> Answer {
        let mut execution = match self.execute(way, family) {
            Ok(execution) => execution,
            Err(answer) => return answer,
        };
        let before = execution.start_of(family).attributes;
        execution.claiming = true;
        let mut wanted = Bdd::FALSE;
        for accept in std::mem::take(&mut execution.accepts) {
            let mut state = accept.state;
            let reach = state.reach;
            let against = match claim {
                None => reach,
                Some(claim) => {
                    if claim.of == Moment::Before {
                        state.attributes.clone_from(&before);
                    }
                    let value = execution.term(claim.term, &mut state);
                    let holds = execution.condition(value, &mut state);
                    let holds = execution.diagrams.and(state.reach, holds);
                    execution.diagrams.without(reach, holds)
                }
            };
            wanted = execution.diagrams.or(wanted, against);
        }
        let replay = |route: &Route| self.replay(way, route, claim);
        match Search::new(&mut execution, family, &replay).run(wanted) {
            Found::Witness(witness) => Answer::Refuted(witness),
            Found::Nothing => Answer::Proved,
            Found::Undecided(unknown) => undecided(unknown),
        }
    }

    /// A route of the family that fulfils a condition, or seems to.
    fn any_route(
        &self,
        execution: &mut Execution<'_>,
        way: &[Step<'_>],
        family: &Family,
        condition: Bdd,
    ) -> Found {
        let anything = |route: &Route| self.replay(way, route, None).or_else(|| Some(Witness::of(route)));
        Search::new(execution, family, &anything).run(condition)
    }

    /// Runs the interpreter on a route: a witness where it is accepted against the claim. Where ROA tables decide,
    /// each thing that they might say of the route is tried.
    fn replay(&self, way: &[Step<'_>], route: &Route, claim: Option<&Claim<'_>>) -> Option<Witness> {
        match run(&self.interpreter, way, route, claim) {
            Replayed::Witness(witness) => Some(witness),
            Replayed::Nothing => None,
            Replayed::Unseen => Tables::suppositions(self.interpreter.tree(), route).into_iter().find_map(
                |(words, tables)| {
                    let (tree, version) = (self.interpreter.tree(), self.interpreter.version());
                    let supposing = Interpreter::with_tables(tree, version, tables);
                    match run(&supposing, way, route, claim) {
                        Replayed::Witness(witness) => Some(Witness { supposing: Some(words), ..witness }),
                        Replayed::Nothing | Replayed::Unseen => None,
                    }
                },
            ),
        }
    }
}

impl Witness {
    fn of(route: &Route) -> Witness {
        Witness { route: route.clone(), after: route.clone(), trace: Vec::new(), supposing: None }
    }
}

/// A claim about accepted routes.
struct Claim<'t> {
    term: &'t Expr,
    of: Moment,
}

/// When a claim looks at the route.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// As it comes.
    Before,
    /// As the filter leaves it.
    After,
}

/// What a replay showed.
enum Replayed {
    Witness(Witness),
    Nothing,
    Unseen,
}

fn run(
    interpreter: &Interpreter<'_>,
    way: &[Step<'_>],
    route: &Route,
    claim: Option<&Claim<'_>>,
) -> Replayed {
    let run = walk(interpreter, way, route);
    match (&run.ending, run.route) {
        (Ending::Unseen(..), _) => Replayed::Unseen,
        (Ending::Accepted, Some(after)) => {
            let claimed = claim.map(|claim| {
                let of = if claim.of == Moment::Before { route } else { &after };
                interpreter.term(claim.term, Some(of.clone()))
            });
            match claimed {
                Some(Ok(Value::Bool(true)) | Err(Ending::Unseen(..))) => Replayed::Nothing,
                _ => Replayed::Witness(Witness {
                    route: route.clone(),
                    after,
                    trace: run.trace,
                    supposing: None,
                }),
            }
        }
        _ => Replayed::Nothing,
    }
}

fn undecided(unknown: Unknown) -> Answer {
    Answer::Undecided { construct: unknown.construct, span: unknown.span }
}

impl std::fmt::Display for After {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            After::Is(value) => f.write_str(&value.text(Version::DEFAULT)),
            After::AsBefore => f.write_str("as before"),
            After::Undefined => f.write_str("undefined"),
            After::Computed => f.write_str("computed"),
        }
    }
}
