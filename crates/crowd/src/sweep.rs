//! Going through all members, evenly over a time.

use std::ops::Range;
use std::time::{Duration, Instant};

/// A walk over the keys `0..end`, evenly until a deadline.
#[derive(Debug)]
pub(crate) struct Sweep {
    cursor: u32,
    end: u32,
    last: Instant,
    until: Instant,
}

impl Sweep {
    pub(crate) fn new(end: u32, now: Instant, spread: Duration) -> Self {
        Self { cursor: 0, end, last: now, until: now + spread }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.cursor >= self.end
    }

    /// The key that is next.
    pub(crate) fn cursor(&self) -> u32 {
        self.cursor
    }

    /// Where it should be by now.
    pub(crate) fn target(&self, now: Instant) -> u32 {
        let (left, all) = (now.saturating_duration_since(self.last), self.until.saturating_duration_since(self.last));
        let share = if now >= self.until { 1.0 } else { left.as_secs_f64() / all.as_secs_f64() };
        self.cursor + (f64::from(self.end - self.cursor) * share) as u32
    }

    /// Goes on to a key, but not over more than so many.
    pub(crate) fn advance(&mut self, to: u32, now: Instant, most: u32) -> Range<u32> {
        let to = to.clamp(self.cursor, self.end).min(self.cursor.saturating_add(most));
        let keys = self.cursor..to;
        // Without a step the clock stays, so that small shares add up.
        if to > self.cursor {
            (self.cursor, self.last) = (to, now);
        }
        keys
    }
}

/// A walk in circles, for what has to reach everybody from now on, however often it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    cursor: u32,
    left: f64,
    per_second: f64,
    last: Option<Instant>,
}

impl Rounds {
    /// Everybody, within this time from now. A round that is under way goes on from where it is, never slower.
    pub(crate) fn begin(&mut self, keys: u32, now: Instant, within: Duration) {
        let rate = f64::from(keys) / within.as_secs_f64().max(1e-3);
        self.per_second = if self.is_over() { rate } else { rate.max(self.per_second) };
        if self.is_over() {
            self.last = Some(now);
        }
        self.left = f64::from(keys);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left < 1.0
    }

    /// The keys that are next, in up to two pieces, but not more than so many.
    pub(crate) fn advance(&mut self, keys: u32, now: Instant, most: u32) -> [Range<u32>; 2] {
        let Some(last) = self.last.filter(|_| !self.is_over()) else { return [0..0, 0..0] };
        let share = now.saturating_duration_since(last).as_secs_f64() * self.per_second;
        let count = (share.min(self.left) as u32).min(most).min(keys);
        if count == 0 {
            return [0..0, 0..0];
        }
        // On by what was done, not up to now, so that small shares add up.
        self.last = Some(last + Duration::from_secs_f64(f64::from(count) / self.per_second));
        self.left -= f64::from(count);
        let from = if self.cursor >= keys { 0 } else { self.cursor };
        let over = (from + count).saturating_sub(keys);
        self.cursor = if over > 0 { over } else { from + count };
        [from..from + count - over, 0..over]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_sweep_is_even_and_complete() {
        let start = Instant::now();
        let mut sweep = Sweep::new(1_000, start, SECOND * 10);
        let mut seen = 0;
        for step in 1..=10 {
            let now = start + SECOND * step;
            let keys = sweep.advance(sweep.target(now), now, 1_000);
            assert!((99..=101).contains(&keys.len()), "{keys:?} in step {step}");
            assert_eq!(keys.start, seen);
            seen = keys.end;
        }
        assert!(sweep.is_over() && seen == 1_000);
    }

    #[test]
    fn small_shares_add_up() {
        let start = Instant::now();
        let mut sweep = Sweep::new(10, start, SECOND * 10);
        for step in 1..=999 {
            let now = start + SECOND / 100 * step;
            sweep.advance(sweep.target(now), now, 10);
        }
        assert!(sweep.cursor >= 9, "{sweep:?}");
    }

    #[test]
    fn a_sweep_over_nothing_is_over() {
        assert!(Sweep::new(0, Instant::now(), SECOND).is_over());
    }

    #[test]
    fn rounds_begun_again_and_again_reach_everybody() {
        let start = Instant::now();
        let (mut rounds, mut seen) = (Rounds::default(), [0; 100]);
        for step in 0..20 {
            let now = start + SECOND * step;
            for keys in rounds.advance(100, now, 1_000) {
                keys.for_each(|key| seen[key as usize] += 1);
            }
            rounds.begin(100, now, SECOND * 10);
        }
        assert!(seen.iter().all(|times| (1..=2).contains(times)), "{seen:?}");
    }

    #[test]
    fn a_round_visits_each_once_from_wherever_it_begins() {
        let start = Instant::now();
        let mut rounds = Rounds { cursor: 60, ..Rounds::default() };
        rounds.begin(100, start, SECOND);
        let mut seen = vec![0; 100];
        for step in 1..=30 {
            for keys in rounds.advance(100, start + SECOND / 10 * step, 1_000) {
                keys.for_each(|key| seen[key as usize] += 1);
            }
        }
        assert!(rounds.is_over() && seen.iter().all(|times| *times == 1), "{seen:?}");
    }
}
