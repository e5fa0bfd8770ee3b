//! All chance of an evening, from its seed.

use domain::Duration;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A seeded generator with the few questions that the simulation asks.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `bound`; 0 if that is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // The bias of a remainder over 64 bits is below one in four billion.
        (self.0.next_u64() % u64::from(bound.max(1))) as u32
    }

    /// A number from `low` up to and including `high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times out of a thousand.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.below(1_000) < per_mille
    }

    /// A span of milliseconds.
    pub(crate) fn span(&mut self, low_ms: u32, high_ms: u32) -> Duration {
        Duration::from_millis(self.between(low_ms, high_ms))
    }
}
