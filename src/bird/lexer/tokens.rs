//! The tokens around the place where the parser reads: of a large file they are never in memory as a whole, and
//! a thread of its own reads them ahead.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use super::{Kind, Lexer, Token};
use crate::bird::error::Error;
use crate::bird::files::Span;
use crate::bird::plan::Plan;

/// How far the parser looks ahead, and more: options have phrases of a few words.
const AHEAD: usize = 32;
/// How many tokens are new in a batch; the two threads wake each other as often as batches end.
const BATCH: usize = 1 << 14;
/// How many batches go round between the lexer's thread and the parser.
const BATCHES: usize = 4;
/// From how many bytes on a thread is worth its start.
const LARGE: u32 = 1 << 17;

/// Successive tokens; the last [`AHEAD`] of a batch are the first of the next one.
type Batch = Vec<Token>;

/// What the lexer has to tell at last: where the files end, and what is wrong with them.
type Lexed = (Span, Vec<Error>);

fn fill_all(plan: &Plan, empty: Receiver<Batch>, full: Sender<Batch>) -> Lexed {
    let mut batches = Batches::new(plan);
    for mut batch in empty {
        batches.fill(&mut batch);
        if full.send(batch).is_err() || batches.ended {
            break;
        }
    }
    batches.lexer.finish()
}

/// The lexer, batch by batch.
#[derive(Debug)]
struct Batches<'p> {
    lexer: Lexer<'p>,
    /// What the next batch begins with.
    shared: Vec<Token>,
    ended: bool,
}

impl<'p> Batches<'p> {
    fn new(plan: &'p Plan) -> Batches<'p> {
        Batches { lexer: Lexer::new(plan), shared: Vec::new(), ended: false }
    }

    /// Puts the next tokens into a batch; behind the last one [`Kind::End`] stands as often as one may look ahead.
    fn fill(&mut self, batch: &mut Batch) {
        batch.clear();
        batch.append(&mut self.shared);
        for _ in 0..BATCH {
            let token = self.lexer.next();
            batch.push(token);
            if token.kind == Kind::End {
                batch.resize(batch.len() + AHEAD, token);
                self.ended = true;
                break;
            }
        }
        self.shared.extend_from_slice(&batch[batch.len() - AHEAD..]);
    }
}

/// Where batches come from.
#[derive(Debug)]
enum Source<'t> {
    Here(Batches<'t>),
    Ahead { filled: Receiver<Batch>, emptied: Sender<Batch>, lexer: ScopedJoinHandle<'t, Lexed> },
}

impl<'t> Source<'t> {
    fn new(plan: &'t Plan, scope: &'t Scope<'t, '_>) -> Source<'t> {
        let bytes: u32 = plan.stretches.iter().map(|stretch| stretch.end - stretch.start).sum();
        let ahead = (bytes >= LARGE).then(|| Source::ahead(plan, scope).ok()).flatten();
        // Where no thread can be had, the tokens are read here.
        ahead.unwrap_or_else(|| Source::Here(Batches::new(plan)))
    }

    fn ahead(plan: &'t Plan, scope: &'t Scope<'t, '_>) -> std::io::Result<Source<'t>> {
        let (full, filled) = channel();
        let (emptied, empty) = channel();
        let lexer = Builder::new().spawn_scoped(scope, move || fill_all(plan, empty, full))?;
        for _ in 0..BATCHES {
            give_back(&emptied, Batch::with_capacity(AHEAD + BATCH));
        }
        Ok(Source::Ahead { filled, emptied, lexer })
    }

    /// Puts the next batch in the place of one that was read.
    fn next(&mut self, batch: &mut Batch) {
        match self {
            Source::Here(batches) => batches.fill(batch),
            Source::Ahead { filled, emptied, .. } => match filled.recv() {
                Ok(next) => give_back(emptied, std::mem::replace(batch, next)),
                // The thread died, and says so when it is joined: here the tokens end.
                Err(_) => {
                    *batch = vec![Token { kind: Kind::End, span: Span::default(), value: 0 }; 2 * AHEAD]
                }
            },
        }
    }
}

/// Gives a batch to the thread, which needs no more of them when it has seen the end.
fn give_back(emptied: &Sender<Batch>, batch: Batch) {
    drop(emptied.send(batch));
}

/// The tokens around the place where the parser reads.
#[derive(Debug)]
pub(in crate::bird) struct Tokens<'t> {
    source: Source<'t>,
    batch: Batch,
    /// The index of the batch's first token.
    first: usize,
}

impl<'t> Tokens<'t> {
    pub(in crate::bird) fn new(plan: &'t Plan, scope: &'t Scope<'t, '_>) -> Tokens<'t> {
        Tokens::of(Source::new(plan, scope))
    }

    fn of(mut source: Source<'t>) -> Tokens<'t> {
        let mut batch = Batch::new();
        source.next(&mut batch);
        Tokens { source, batch, first: 0 }
    }

    /// The token at an index: one of those that [`Tokens::keep`] was asked for.
    #[inline]
    pub(in crate::bird) fn get(&self, index: usize) -> &Token {
        &self.batch[index - self.first]
    }

    /// Makes sure that the tokens from an index on can be looked at, as far as anyone looks ahead; those before it
    /// are given up. Behind [`Kind::End`] nothing is asked for.
    #[inline]
    pub(in crate::bird) fn keep(&mut self, index: usize) {
        if index + AHEAD > self.first + self.batch.len() {
            self.advance();
        }
    }

    #[inline(never)]
    fn advance(&mut self) {
        self.first += self.batch.len() - AHEAD;
        self.source.next(&mut self.batch);
    }

    /// Where the files end, once everything was read, and what the lexer has to tell of them.
    pub(in crate::bird) fn finish(self) -> Lexed {
        match self.source {
            Source::Here(batches) => batches.lexer.finish(),
            Source::Ahead { filled, emptied, lexer } => {
                drop((filled, emptied));
                lexer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bird::files::Files;

    /// Every token up to the end, and what is told of them.
    fn all(mut tokens: Tokens<'_>) -> (Vec<Token>, Lexed) {
        let mut read = Vec::new();
        while read.last().is_none_or(|token: &Token| token.kind != Kind::End) {
            tokens.keep(read.len());
            let last = *tokens.get(read.len() + AHEAD - 1);
            read.push(*tokens.get(read.len()));
            assert!(last.span.start >= read[read.len() - 1].span.start);
        }
        (read, tokens.finish())
    }

    #[test]
    fn a_thread_reads_what_is_read_without_one() {
        for lines in [0, 1, 2_700, 2_730, 2_731, 40_000] {
            let text = "route 10.0.0.0/8 via @; # a comment\n".repeat(lines);
            let files = Files::Given([("f".to_owned(), text.as_str().into())].into());
            let plan = crate::bird::plan::plan(&files, "f").unwrap();
            let here = all(Tokens::of(Source::Here(Batches::new(&plan))));
            let ahead = std::thread::scope(|scope| all(Tokens::of(Source::ahead(&plan, scope).unwrap())));
            assert_eq!(here, ahead);
            assert_eq!((here.0.len(), here.1.1.len()), (6 * lines + 1, lines));
        }
    }
}
