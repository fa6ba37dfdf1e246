//! BIRD's configuration language, 2.0 to 3.x: the reader, its tree, the resolved model, the socket's answers.
//!
//! Nothing here touches the machine: files come as text, the control socket's answers as lines. Nothing here
//! knows what a rule thinks of a configuration.

pub mod eval;
pub mod files;
pub mod tree;
pub mod version;
