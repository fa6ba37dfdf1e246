//! Collecting on a live machine, with the kernel, `ip`, `wg`, wireguard-go and BIRD as oracles.
//!
//! Each test has network and mount namespaces of its own, which go with it. Without root, or without the program that a
//! test needs, it says so and passes.

#![expect(clippy::unwrap_used, reason = "a failure is a failed test")]
#![expect(clippy::print_stdout, reason = "a test says that it was skipped")]

mod bird;
mod lab;
mod lists;
mod privilege;
mod routes;
mod secrets;
mod torn;
mod wireguard;
