//! The single writer around a sale: inbox, group commit, timers, recovery, and snapshots for readers.
//!
//! ```text
//! handle.submit -> inbox (bounded) -> writer: decide, apply -> batch -> journal: commit -> answers leave
//!                                        ^ decides batch k+1 while batch k is being committed
//! ```
//!
//! Each sale has a writer thread of its own, so a hot sale cannot slow another one's decisions; the journal commits
//! what all of them have waiting at once.
//!
//! **Invariant:** an answer leaves only when everything it was decided on is durable. If a commit fails, what was
//! decided on top of it is void: the writer drops its state and recovers by replay.

mod asking;
mod bell;
pub mod encode;
mod engine;
mod handle;
mod job;
mod open_batch;
mod options;
mod recent;
pub mod recovery;
mod sale_time;
mod writer;

pub use engine::{Engine, EngineError};
pub use handle::{Committed, SaleHandle, Unavailable};
pub use options::{EngineOptions, MayAnswer};
pub use recent::{Measured, Recent};
pub use sale_time::SaleTime;

use std::sync::Arc;

use domain::Timestamp;

/// Where the writer takes the time from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
