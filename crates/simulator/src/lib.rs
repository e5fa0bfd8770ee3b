//! A whole evening from a seed: simulated clock, disk, network, provider and crashes around the real sale.
//!
//! One thread, no I/O, no clock: everything that happens comes out of a heap of happenings, everything that is
//! chance comes out of one seeded generator. So a seed that fails, fails again, at the same step; a step is one
//! happening.
//!
//! An evening has two phases. In the first fans arrive, double-click, retry, fight for the same seats and pay or not,
//! while messages are lost, the disk fails, writers crash or sleep, and the provider does its worst; each seed has its
//! own mixture of faults. In the second all faults stop and everything must come to its end. Invariants are checked at
//! every step, some only every few thousand steps and at the end ([`Invariant`]).
//!
//! | part | real | simulated |
//! |---|---|---|
//! | line, floor, orders | `sale` | |
//! | saga | steps, what answers lead to, what webhooks mean: `payments::checkout`; signatures: `payments::webhook` | its calls, pauses and crashes |
//! | provider | its types and answers | its ledger, page and misbehaviour |
//! | writer | encoding, recovery, a sale's time: `engine` | group commit, answers after the commit, leases, pauses |
//! | journal | the trait and its errors: `journal` | the file, the disk under it |
//! | readers | | relays with cursors, deliveries, receipts |

pub mod checks;
mod evening;
pub mod minimise;
pub mod report;
mod sabotage;
mod workload;
mod world;

pub use checks::{Invariant, Violation};
pub use evening::{Evening, run};
pub use sabotage::Sabotage;
pub use world::faults::{Fault, FaultSet};

/// How an evening is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Steps of the first phase; the second takes as many as it needs.
    pub steps: u64,
    /// Fans, at most.
    pub fans_max: u32,
    /// Faults that do not happen.
    pub without: FaultSet,
    /// Something broken on purpose, to see that it is noticed.
    pub sabotage: Option<Sabotage>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 4_000, fans_max: u32::MAX, without: FaultSet::default(), sabotage: None }
    }
}
