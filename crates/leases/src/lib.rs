//! Several engines share the sales: each sale is written by whoever holds its lease.
//!
//! ```text
//! every BEAT:  I am here, prolong what I hold ─▶ PostgreSQL ─▶ who is there, who holds what
//!                                                                 │
//!              stop what I lost or am asked for ◀── placement ◀───┘──▶ claim what nobody holds
//! ```
//!
//! **The lease decides who should write; the journal decides who can.** A process that was stopped for a minute may still
//! believe in its lease. It can commit nothing all the same: whoever took over began with an event of its own, so the
//! sequence that the old one would write is taken. What the lease adds is that two writers hardly ever try, and that a
//! process whose lease has run out gives no answers that need no event ([`Tenure`]).
//!
//! The database's clock alone says when a lease is over; a holder counts its own time from before it asked, so it gives up
//! before others may claim, however the clocks of the machines differ.

mod directory;
mod keeper;
mod placement;
mod store;
mod tenure;

pub use directory::{Directory, EngineAt};
pub use keeper::{Done, Keeper, KeeperOptions, Writers};
pub use placement::{Lease, Plan, place};
pub use store::{Seen, Store, StoreError};
pub use tenure::Tenure;

use std::time::Duration;

/// How long a lease is good without being prolonged.
pub const LEASE: Duration = Duration::from_millis(3_000);
/// How often it is prolonged.
pub const BEAT: Duration = Duration::from_millis(500);
