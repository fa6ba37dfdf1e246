//! Reading a configuration: files in, tree and errors out.

use super::error::Error;
use super::files::{Files, NoFile, Sources};
use super::tree::Tree;
use super::version::Version;

/// A configuration as it was read by the eyes of one version.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The version whose eyes these were.
    pub version: Version,
    /// The files, from which places are told.
    pub sources: Sources,
    /// What they say.
    pub tree: Tree,
    /// What is wrong with them, in the order of the files; empty where `bird -p` accepts them.
    pub errors: Vec<Error>,
}

/// Reads a file and what it includes. Fails only where the main file itself cannot be had.
pub fn read(files: &Files, main: &str, version: Version) -> Result<Configuration, NoFile> {
    let (sources, tokens, lexed) = super::lexer::lex(files, main)?;
    let (tree, mut errors) = super::parse::parse(&sources, &tokens, version);
    errors.extend(lexed);
    errors.sort_by_key(|error| (error.span.start, error.span.end));
    errors.dedup();
    Ok(Configuration { version, sources, tree, errors })
}
