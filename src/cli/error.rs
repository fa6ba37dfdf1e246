//! Why routelint could not work, as a chain of causes.

use std::path::{Path, PathBuf};

use crate::collect::CollectError;
use crate::fib::LookupError;
use crate::host::IntentError;
use crate::rule::RuleError;
use crate::snapshot::folder::FolderError;

/// What ends a run with exit status 3.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The live host could not be looked at at all.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// A folder could not be read or written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A rule is not valid.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Intent is not valid.
    #[error(transparent)]
    Intent(#[from] IntentError),
    /// There is no rule of a name.
    #[error("there is no rule `{name}`{}; `routelint rules` lists them", nearest(.near))]
    NoRule {
        /// What was asked for.
        name: String,
        /// The rule whose name is nearest.
        near: Option<String>,
    },
    /// There is no relation of a name.
    #[error("there is no relation `{name}`; valid: {valid}")]
    NoRelation {
        /// What was asked for.
        name: String,
        /// The relations.
        valid: String,
    },
    /// A look-up is not in the words of `ip route get`.
    #[error("look-up `{line}`{}: {source}", at(.number))]
    Lookup {
        /// The look-up.
        line: String,
        /// Its line in standard input.
        number: Option<usize>,
        /// What is wrong.
        source: LookupError,
    },
    /// Standard input could not be read.
    #[error("cannot read look-ups from standard input: {0}")]
    Input(std::io::Error),
    /// Two states are not of the same nodes.
    #[error("the nodes differ: {before} before, {after} after; name the folders of one node each")]
    OtherNodes {
        /// The nodes of the first state.
        before: String,
        /// The nodes of the second state.
        after: String,
    },
    /// A configuration of BIRD could not be had.
    #[error("{0}")]
    NoBirdFile(String),
    /// A configuration of BIRD is not valid where it has to be.
    #[error("`{path}` is not valid: {first}; `routelint bird check` shows all that is wrong")]
    BrokenBird {
        /// The file.
        path: String,
        /// The first thing that is wrong, with its place.
        first: String,
    },
    /// A configuration of BIRD has no filter or function of a name.
    #[error("`{path}` has no filter or function `{name}`{}", nearest(.near))]
    NoRoutine {
        /// The file.
        path: String,
        /// What was asked for.
        name: String,
        /// The filter or function whose name is nearest.
        near: Option<String>,
    },
    /// A function cannot be looked at without the arguments that it takes.
    #[error("`{name}` of `{path}` takes {number} argument{}; name a filter that calls it", if *.number == 1 { "" } else { "s" })]
    TakesArguments {
        /// The file.
        path: String,
        /// The function.
        name: String,
        /// How many arguments it takes.
        number: usize,
    },
    /// A route, or a claim on routes, is not valid.
    #[error("{0}")]
    NoRoute(String),
    /// A path that was named does not exist.
    #[error("`{}` does not exist{}", .0.display(), command_hint(.0))]
    NoPath(PathBuf),
    /// A path that was named is a file.
    #[error("`{}` is a file; name the folder that holds it (`routelint bird check` reads a configuration of BIRD alone)", .0.display())]
    NoFolder(PathBuf),
    /// The folder of a capture could not be made.
    #[error("cannot create `{}`: {source}", path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
    /// The report could not be made JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A word that is no path was meant as a command.
fn command_hint(path: &Path) -> &'static str {
    if path.components().count() == 1 { "; `routelint --help` lists the commands" } else { "" }
}

fn at(number: &Option<usize>) -> String {
    number.map(|number| format!(" in line {number}")).unwrap_or_default()
}

fn nearest(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default()
}

/// An error with what caused it, unless its own text says so already.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let said = deeper.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = deeper.source();
    }
    text
}
