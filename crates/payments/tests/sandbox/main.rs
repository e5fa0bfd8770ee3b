//! The sandbox provider over real HTTP: its protocol, its money rules, its webhooks, its misbehaviour and its restarts.
#![expect(clippy::unwrap_used, reason = "test")]

mod crash;
mod fixture;
mod misbehaviour;
mod money;
mod page;
mod protocol;
mod restart;
mod webhooks;
