//! A timer wheel: who is due in which twentieth of a second.

use std::time::{Duration, Instant};

/// A twentieth of a second since the crowd began. Enough for six years.
pub(crate) type Tick = u32;

/// No time at all.
pub(crate) const NEVER: Tick = Tick::MAX;

/// How long a tick is.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// Buckets, and so ticks one can look ahead: 102 s. Whoever is due later is looked at on the way.
const BUCKETS: u32 = 2_048;

/// A bucket larger than this gives its memory back once it is empty.
const BUCKET_KEPT: usize = 64;

/// Whole ticks in a time, rounded up, at least one.
pub(crate) fn ticks(time: Duration) -> Tick {
    let ticks = time.as_millis().div_ceil(TICK.as_millis()).max(1);
    Tick::try_from(ticks).unwrap_or(NEVER / 2).min(NEVER / 2)
}

/// The tick that an instant is in.
pub(crate) fn tick_at(now: Instant, start: Instant) -> Tick {
    Tick::try_from(now.duration_since(start).as_millis() / TICK.as_millis()).unwrap_or(NEVER - 1)
}

/// Keys by the tick in which they come up. It forgets nothing and knows nothing: whoever put a key in decides, when it
/// comes up, whether that still means something.
pub(crate) struct Wheel {
    buckets: Box<[Vec<u32>]>,
    at: Tick,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| Vec::new()).collect(), at: 0 }
    }

    /// Puts a key in, and returns when it will come up: in the tick asked for, or before if that is too far away.
    pub(crate) fn insert(&mut self, key: u32, due: Tick) -> Tick {
        let due = due.clamp(self.at + 1, self.at + BUCKETS - 1);
        self.bucket(due).push(key);
        due
    }

    /// Turns up to and with this tick; `each` receives every key that comes up and its tick.
    pub(crate) fn turn(&mut self, to: Tick, mut each: impl FnMut(u32, Tick)) {
        if to <= self.at {
            return;
        }
        for tick in self.at + 1..=to.min(self.at + BUCKETS) {
            let bucket = self.bucket(tick);
            if bucket.capacity() > BUCKET_KEPT {
                std::mem::take(bucket).into_iter().for_each(|key| each(key, tick));
            } else {
                bucket.drain(..).for_each(|key| each(key, tick));
            }
        }
        self.at = to;
    }

    fn bucket(&mut self, tick: Tick) -> &mut Vec<u32> {
        &mut self.buckets[(tick % BUCKETS) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(wheel: &mut Wheel, to: Tick) -> Vec<(u32, Tick)> {
        let mut up = Vec::new();
        wheel.turn(to, |key, tick| up.push((key, tick)));
        up
    }

    #[test]
    fn keys_come_up_in_their_tick_and_once() {
        let mut wheel = Wheel::new();
        for (key, due) in [(1, 5), (2, 6), (3, 5)] {
            assert_eq!(wheel.insert(key, due), due);
        }
        assert_eq!(turned(&mut wheel, 4), []);
        assert_eq!(turned(&mut wheel, 6), [(1, 5), (3, 5), (2, 6)]);
        assert_eq!(turned(&mut wheel, 10_000), []);
    }

    #[test]
    fn what_is_too_far_away_comes_up_on_the_way() {
        let mut wheel = Wheel::new();
        let up = wheel.insert(7, 1_000_000);
        assert!(up < BUCKETS);
        assert_eq!(turned(&mut wheel, up), [(7, up)]);
    }

    #[test]
    fn a_long_pause_loses_nobody() {
        let mut wheel = Wheel::new();
        wheel.insert(1, 3);
        wheel.insert(2, 2_000);
        assert_eq!(turned(&mut wheel, 1_000_000), [(1, 3), (2, 2_000)]);
        assert_eq!(wheel.insert(3, 5), 1_000_001, "what is past comes up next");
        assert_eq!(turned(&mut wheel, 1_000_001), [(3, 1_000_001)]);
    }

    #[test]
    fn a_time_is_never_shortened() {
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(Duration::from_millis(51)), 2);
        assert_eq!(ticks(Duration::MAX), NEVER / 2);
    }
}
