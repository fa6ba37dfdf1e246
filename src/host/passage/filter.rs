//! Code of filters that does nothing: commands that no route gets to, and tests that are the same for all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judge, Routes};
use crate::bird::prove::Answer;
use crate::bird::tree::{
    BinaryOp, Command, CommandKind, Expr, ExprKind, Net, Routine, RoutineId, RoutineKind, SetItem, Tree,
};
use crate::evidence::Evidence;
use crate::host::Host;
use crate::net::Family;
use crate::seen::Seen;
use crate::text::Span;

/// A filter that some channel uses.
#[derive(Clone, Debug)]
pub struct FilterCode {
    /// The daemon.
    pub daemon: String,
    /// Its name; for a nameless one, its place.
    pub name: String,
    /// Where it begins.
    pub line: Evidence,
    /// The families of the channels that use it.
    pub families: BTreeSet<Family>,
    /// The commands that no route gets to.
    pub dead: Seen<Vec<Evidence>>,
    /// The functions that it calls and BIRD never runs, since their names are keywords.
    pub lost: Vec<Evidence>,
    /// The tests of the network against prefixes of families that never come.
    pub foreign: Vec<Evidence>,
}

impl Host<'_> {
    /// Every filter that a channel uses.
    pub fn filters(&self) -> Vec<FilterCode> {
        Judge::each(self).flat_map(|judge| judge.filters()).collect()
    }
}

impl Judge<'_, '_> {
    fn filters(&self) -> Vec<FilterCode> {
        let mut uses: BTreeMap<RoutineId, BTreeSet<Family>> = BTreeMap::new();
        let mut elsewhere: BTreeSet<RoutineId> = BTreeSet::new();
        for channel in self.working().flat_map(|protocol| &protocol.channels) {
            for id in
                [&channel.import.what, &channel.export.what].into_iter().filter_map(|policy| policy.routine())
            {
                match channel.kind.family() {
                    Some(family) => drop(uses.entry(id).or_default().insert(family)),
                    None => drop(elsewhere.insert(id)),
                }
            }
        }
        uses.retain(|id, _| !elsewhere.contains(id));
        uses.into_iter().map(|(id, families)| self.filter_code(id, families)).collect()
    }

    fn filter_code(&self, id: RoutineId, families: BTreeSet<Family>) -> FilterCode {
        let routine = self.configuration.tree.routine(id);
        let name = routine.name.as_ref().map(|name| name.text.to_string());
        let routes: Vec<Routes> = families.iter().map(|family| Routes::all(*family)).collect();
        let dead = match routine.kind {
            RoutineKind::Filter => match self.prover.dead_commands(id, &routes) {
                Ok(dead) => Seen::Known(self.lines(&outermost(dead))),
                Err(Answer::Undecided { construct, span }) => {
                    Seen::Unseen(self.undecided("which commands are ever done", &construct, span))
                }
                Err(Answer::Proved | Answer::Refuted(_)) => Seen::Known(Vec::new()),
            },
            RoutineKind::Term | RoutineKind::Function | RoutineKind::Route => Seen::Known(Vec::new()),
        };
        let mut tests = Tests {
            tree: &self.configuration.tree,
            families: &families,
            found: Vec::new(),
            done: BTreeSet::new(),
        };
        tests.routine(id, routine);
        let called = tests.done.iter().map(|id| self.configuration.tree.routine(*id));
        let lost: Vec<Span> = called.filter(|routine| routine.is_lost).map(|routine| routine.span).collect();
        FilterCode {
            daemon: self.daemon.name.clone(),
            name: name.unwrap_or_else(|| self.place(routine.span)),
            line: self.line(routine.span),
            dead,
            lost: self.lines(&lost),
            foreign: self.lines(&tests.found),
            families,
        }
    }
}

/// The spans that lie in no other.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    spans.retain(|span| {
        let outside = span.start >= end;
        end = end.max(span.end);
        outside
    });
    spans
}

/// Looks for tests of the network that are constant for some families.
struct Tests<'t> {
    tree: &'t Tree,
    families: &'t BTreeSet<Family>,
    found: Vec<Span>,
    done: BTreeSet<RoutineId>,
}

impl Tests<'_> {
    fn routine(&mut self, id: RoutineId, routine: &Routine) {
        if self.done.insert(id) {
            routine.body.iter().for_each(|command| self.command(command));
        }
    }

    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Block(inner) => inner.iter().for_each(|command| self.command(command)),
            CommandKind::If { condition, then, otherwise } => {
                self.term(condition);
                self.command(then);
                otherwise.iter().for_each(|command| self.command(command));
            }
            CommandKind::For { over, body, .. } => {
                self.term(over);
                self.command(body);
            }
            CommandKind::Case { on, arms } => {
                self.term(on);
                arms.iter().flat_map(|arm| &arm.commands).for_each(|command| self.command(command));
            }
            CommandKind::Declare(_, value) | CommandKind::Return(value) => {
                value.iter().for_each(|v| self.term(v))
            }
            CommandKind::Assign(_, value) | CommandKind::Call(value) => self.term(value),
            CommandKind::Verdict(..)
            | CommandKind::Unset(_)
            | CommandKind::Print(..)
            | CommandKind::Update { .. }
            | CommandKind::Assert(_)
            | CommandKind::CheckAssign(..)
            | CommandKind::Opaque => {}
        }
    }

    fn term(&mut self, term: &Expr) {
        match &term.kind {
            ExprKind::Not(inner) | ExprKind::Parenthesised(inner) => self.term(inner),
            ExprKind::Binary(op, sides) => {
                if self.is_foreign(*op, &sides[0], &sides[1]) {
                    self.found.push(term.span);
                }
                sides.iter().for_each(|side| self.term(side));
            }
            ExprKind::Call(id, arguments) => {
                arguments.iter().for_each(|argument| self.term(argument));
                self.routine(*id, self.tree.routine(*id));
            }
            _ => {}
        }
    }

    /// Whether a test compares the network with prefixes, none of which is of a family that comes.
    fn is_foreign(&self, op: BinaryOp, left: &Expr, right: &Expr) -> bool {
        let tests = matches!(op, BinaryOp::Match | BinaryOp::NotMatch | BinaryOp::Equal | BinaryOp::NotEqual);
        let of_net = matches!(&left.bare().kind, ExprKind::Attribute(attribute) if attribute.name() == "net");
        let prefixes = self.families_of(right);
        tests && of_net && !prefixes.is_empty() && prefixes.is_disjoint(self.families)
    }

    /// The families of the prefixes in a term, where it is prefixes and nothing else.
    fn families_of(&self, term: &Expr) -> BTreeSet<Family> {
        let mut term = term.bare();
        while let ExprKind::Constant(id) = &term.kind {
            term = self.tree.constant(*id).value.bare();
        }
        match &term.kind {
            ExprKind::Prefix(net) => match &**net {
                Net::Ip(prefix) => BTreeSet::from([Family::of_prefix(*prefix)]),
                _ => BTreeSet::new(),
            },
            ExprKind::Set(items) => items.iter().filter_map(family_of_item).collect(),
            _ => BTreeSet::new(),
        }
    }
}

fn family_of_item(item: &SetItem) -> Option<Family> {
    match item {
        SetItem::Prefix(pattern) => Some(Family::of_prefix(pattern.prefix)),
        SetItem::Value(_)
        | SetItem::Community(..)
        | SetItem::Pair(_)
        | SetItem::TupleRange(_)
        | SetItem::Ec(..)
        | SetItem::Lc(_)
        | SetItem::Opaque(_) => None,
    }
}
