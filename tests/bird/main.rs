//! BIRD's language and socket: fixtures, the public corpus and the real daemon's `bird -p` as oracles.
//!
//! Set `ROUTELINT_BIRDS` to a directory with `bird-VERSION` binaries to hold the reader against more versions
//! than the one that is installed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and skip as tests do")]

mod corpus;
mod fixtures;
mod model;
mod mutations;
mod options;
mod oracle;
mod robust;
mod secrets;
mod socket;
mod verdicts;
