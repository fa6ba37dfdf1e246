//! routelint judges the routing state of Linux nodes that form a WireGuard mesh with BIRD on top.
//!
//! # The code map
//!
//! A layer may use only the layers above it in this list; `tests/tidy.rs` holds that.
//!
//! | layer | owns |
//! |---|---|
//! | [`net`] [`text`] [`seen`] [`evidence`] | words of the trade, spans and blanked text, knowing, places |
//! | [`snapshot`] | what was observed on one node, verbatim; the folder format |
//! | [`bird`] | BIRD's configuration language: reader, tree, model, the control socket's answers |

pub mod bird;
pub mod cli;
pub mod evidence;
pub mod net;
pub mod seen;
pub mod snapshot;
pub mod text;
