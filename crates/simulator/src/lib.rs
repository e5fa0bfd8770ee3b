//! A whole evening from a seed: simulated clock, disk, network, provider and crashes around the real sale.
//!
//! One thread, no I/O, no clock: everything that happens comes out of a heap of happenings, everything that is
//! chance comes out of one seeded generator. So a seed that fails, fails again, at the same step.
//!
//! An evening has two phases. In the first fans arrive, double-click, retry, fight for the same seats and pay or not,
//! while messages are lost, the disk fails, the writer and the saga crash and the provider does its worst; each seed
//! has its own mixture of faults. In the second all faults stop and everything must come to its end. Invariants are
//! checked at every step, some only every few thousand steps and at the end ([`Invariant`]).
//!
//! | part | real | simulated |
//! |---|---|---|
//! | line, floor, orders | `sale` | |
//! | next step of an order | `payments::checkout::next_step` | the saga's calls and crashes |
//! | writer | | group commit, answers after the commit, recovery, a deposed writer that wakes up late |
//! | journal | postcard bytes of the real events | the disk under it |

pub mod checks;
mod evening;
pub mod report;
mod sabotage;
mod workload;
mod world;

pub use checks::{Invariant, Violation};
pub use evening::{Evening, run};
pub use sabotage::Sabotage;
pub use world::faults::Fault;

/// How an evening is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Steps of the first phase; the second takes as many as it needs.
    pub steps: u64,
    /// Something broken on purpose, to see that it is noticed.
    pub sabotage: Option<Sabotage>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 20_000, sabotage: None }
    }
}
