//! The store as its callers see it, on real files and on a real server.
#![expect(clippy::unwrap_used, reason = "test")]

mod attempts;
mod audit;
mod house;
mod log_in;
mod operators;
mod rehearsal;
mod roles;
mod sessions;
mod sign_up;
mod tables;
