//! Real sockets against a crowd.

#![expect(clippy::unwrap_used, reason = "test")]

mod frames;
mod hall;
mod leaving;
mod slow;
mod times;
