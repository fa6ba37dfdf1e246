//! The prover: which routes a filter lets through, and what they look like after.
//!
//! The filter is run once on values that stand for every route at hand. Conditions become Boolean functions of
//! atoms ("the network is in this set"), paths join where the program joins, so that hundreds of conditions
//! stay one function and never become two to their number of cases. What is asked of the accepted routes is a
//! search for one route that refutes it; no refutation is told before the interpreter has replayed it.

mod apply;
mod ask;
mod assign;
mod bdd;
mod choice;
mod claim;
mod domain;
mod execute;
mod exemplar;
mod family;
mod guarded;
mod invert;
mod knowledge;
mod merge;
mod range;
mod region;
mod repeat;
mod routes;
mod simplify;
mod solve;
mod symbol;
mod term;
mod way;
mod written;

pub use ask::{After, Answer, Prover, Witness};
pub use claim::{Claim, Claimed};
pub use family::Family;
pub use family::Held;
pub use way::Step;
