//! The latest measurements of something that happens often, for whoever decides by them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Measurements kept. More within a window push out the oldest of it.
const KEPT: usize = 512;
/// Marks a measurement of something that failed.
const FAILED: u64 = 1 << 31;

/// A ring of measurements, written and read without a lock.
pub struct Recent {
    began: Instant,
    next: AtomicUsize,
    /// Milliseconds since `began`, 32 bits, which begin anew after 49 days; failed, 1 bit; microseconds, 31 bits. Never 0
    /// once written.
    ring: Box<[AtomicU64]>,
}

/// What was measured within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// How often.
    pub count: u32,
    /// Milliseconds, median.
    pub ms_p50: f64,
    /// Milliseconds, 99th percentile.
    pub ms_p99: f64,
    /// Share that failed, from 0 to 1.
    pub failed: f64,
}

impl Default for Recent {
    fn default() -> Self {
        let ring = std::iter::repeat_with(AtomicU64::default).take(KEPT).collect();
        Self { began: Instant::now(), next: AtomicUsize::new(0), ring }
    }
}

impl Recent {
    /// Notes how long something took, and whether it failed.
    pub fn note(&self, took: Duration, failed: bool) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).clamp(1, FAILED - 1);
        let value = self.now_ms() << 32 | if failed { FAILED } else { 0 } | micros;
        let slot = self.next.fetch_add(1, Ordering::Relaxed) % KEPT;
        self.ring[slot].store(value, Ordering::Relaxed);
    }

    /// What was measured within the last `window`; `None` if nothing was.
    pub fn within(&self, window: Duration) -> Option<Measured> {
        let since = self.now_ms().saturating_sub(u64::try_from(window.as_millis()).unwrap_or(u64::MAX));
        let values = self.ring.iter().map(|slot| slot.load(Ordering::Relaxed));
        let mut measured: Vec<u64> = values
            .filter(|value| *value != 0 && value >> 32 >= since)
            .map(|value| value & u64::from(u32::MAX))
            .collect();
        let count = measured.len();
        let failed = measured.iter().filter(|value| *value & FAILED != 0).count();
        measured.iter_mut().for_each(|value| *value &= FAILED - 1);
        measured.sort_unstable();
        let at =
            |percent: usize| Some(*measured.get((count * percent).div_ceil(100).checked_sub(1)?)? as f64 / 1_000.0);
        let share = failed as f64 / count as f64;
        Some(Measured { count: count as u32, ms_p50: at(50)?, ms_p99: at(99)?, failed: share })
    }

    fn now_ms(&self) -> u64 {
        // Wraps after 49 days, and then one window of measurements is not seen.
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(0) & u64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_window_counts() {
        let recent = Recent::default();
        assert_eq!(recent.within(Duration::from_secs(1)), None);
        for ms in 1..=200 {
            recent.note(Duration::from_millis(ms), ms % 4 == 0);
        }
        let measured = recent.within(Duration::from_secs(60));
        assert_eq!(measured, Some(Measured { count: 200, ms_p50: 100.0, ms_p99: 198.0, failed: 0.25 }));
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(recent.within(Duration::from_millis(5)), None);
    }

    #[test]
    fn the_newest_push_out_the_oldest() {
        let recent = Recent::default();
        (0..KEPT).for_each(|_| recent.note(Duration::from_secs(9), true));
        (0..KEPT).for_each(|_| recent.note(Duration::from_millis(1), false));
        let measured = recent.within(Duration::from_secs(60));
        assert_eq!(measured, Some(Measured { count: 512, ms_p50: 1.0, ms_p99: 1.0, failed: 0.0 }));
    }
}
