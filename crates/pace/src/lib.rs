//! How fast people are let in, and how long the others still wait.
//!
//! [`Controller`] lowers the share of the configured pace when what stands behind it (writer, gateway, payment
//! provider) becomes slow, and raises it again when it recovers. [`Estimator`] measures how fast the line moves and says how
//! long somebody will wait, as a range with its basis.
//!
//! **Invariant:** performs no I/O, reads no clock and draws no randomness: measurements and instants come in as values.

mod controller;
mod estimate;
mod estimator;
mod health;
mod options;

pub use controller::{Controller, Decision};
pub use estimate::{Basis, Estimate};
pub use estimator::Estimator;
pub use health::{Health, Reason, Signal};
pub use options::{FULL_PERMILLE, Options, Target, Targets};
