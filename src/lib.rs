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
//! | [`wgquick`] | the language of wg-quick's files |
//! | [`collect`] | filling a snapshot from the live node: the only code that touches the machine |
//! | [`fib`] | what the kernel does with a packet, for every destination at once |
//! | [`host`] | one node, vendor-independent: snapshot, intent, planes, tunnels and forwarding joined |
//! | [`relation`] | one noun per file: its rows, fields, sentence and evidence |
//! | [`rule`] [`finding`] [`cause`] | loading rules, judging rows, folding symptoms under their cause |
//! | [`report`] | judged nodes as text and JSON |
//! | [`cli`] | arguments and exit codes; the only code that prints |

pub mod bird;
pub mod cause;
pub mod cli;
pub mod collect;
pub mod evidence;
pub mod fib;
pub mod finding;
pub mod host;
pub mod net;
pub mod relation;
pub mod report;
pub mod rule;
pub mod seen;
pub mod snapshot;
pub mod text;
pub mod wgquick;
