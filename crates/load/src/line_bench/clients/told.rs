//! What a process of clients reports: how many connections, what they heard, and how old it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Fineness of ages, milliseconds.
const AGE_STEP_MS: u32 = 50;
/// Ages above this are counted as this.
const AGE_MAX_MS: u32 = 600_000;

/// Ages of positions, counted in steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ages(BTreeMap<u32, u64>);

impl Ages {
    /// Counts one.
    pub fn add(&mut self, ms: i64) {
        let ms = u32::try_from(ms.max(0)).unwrap_or(u32::MAX).min(AGE_MAX_MS);
        *self.0.entry(ms / AGE_STEP_MS).or_default() += 1;
    }

    /// Adds those of another process.
    pub fn merge(&mut self, other: &Self) {
        for (step, count) in &other.0 {
            *self.0.entry(*step).or_default() += count;
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// A quantile, milliseconds: the upper end of its step; not a number without any.
    pub fn ms(&self, quantile: f64) -> f64 {
        let rank = ((self.count() as f64 * quantile).ceil() as u64).max(1);
        let mut seen = 0;
        let step = self.0.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        step.map_or(f64::NAN, |(step, _)| f64::from((step + 1) * AGE_STEP_MS))
    }
}

/// What one process reports.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Told {
    /// Connections that are open, their handshake answered.
    pub open: u64,
    /// Handshakes that failed so far.
    pub failed: u64,
    /// Open connections that were cut so far.
    pub cut: u64,
    /// Frames heard so far.
    pub frames: u64,
    /// Their bytes, without the framing.
    pub frame_bytes: u64,
    /// Open connections that were never told their position.
    pub untold: u64,
    /// Ages of the positions of those with fewer than 20,000 ahead.
    pub near: Ages,
    /// Ages of the positions of the others.
    pub far: Ages,
}

impl Told {
    /// Adds what another process reports.
    pub fn merge(&mut self, other: &Self) {
        self.open += other.open;
        self.failed += other.failed;
        self.cut += other.cut;
        self.frames += other.frames;
        self.frame_bytes += other.frame_bytes;
        self.untold += other.untold;
        self.near.merge(&other.near);
        self.far.merge(&other.far);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_no_younger_than_the_age() {
        let mut ages = Ages::default();
        (0..99).for_each(|_| ages.add(120));
        assert!(ages.ms(0.5) >= 120.0 && ages.ms(0.5) <= 170.0);
        ages.add(60_000);
        assert!(ages.ms(0.99) < 200.0 && ages.ms(0.999) >= 60_000.0);
        assert!(Ages::default().ms(0.5).is_nan());
        let mut both = ages.clone();
        both.merge(&ages);
        assert_eq!((both.count(), both.ms(0.5)), (200, ages.ms(0.5)));
    }
}
