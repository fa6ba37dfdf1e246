//! BIRD's configuration language, 2.0 to 3.x: the reader, its tree, the resolved model, the socket's answers.
//!
//! Nothing here touches the machine but the files it is told to read; the control socket's answers come as
//! lines. Nothing here knows what a rule thinks of a configuration.

mod check;
pub mod effective;
pub mod error;
pub mod eval;
pub mod files;
mod glob;
mod grammar;
mod host;
mod keyword;
mod lexer;
mod literal;
pub mod model;
mod parse;
pub mod plain;
mod plan;
pub mod prove;
mod read;
mod secret;
pub mod socket;
mod symbols;
pub mod tree;
pub mod types;
pub mod version;

pub use error::{Error, ErrorKind};
pub use files::{Files, NoFile, Place, Sources};
pub use read::{Configuration, Diagnostic, check, read};
pub use version::{Version, Versions};
