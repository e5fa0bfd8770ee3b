//! The commands of `onsale` that need no running server, asked of the real binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod folder;
mod lock;
mod machine;
mod provider;
mod ticket;
mod user;
mod verify;
