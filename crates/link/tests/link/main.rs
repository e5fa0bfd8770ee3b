//! Gateways and an engine over real TCP, with a real journal.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod faults;
mod handshake;
mod limits;
mod moves;
mod proxy;
mod raw;
mod stage;
mod views;
