//! Buckets in a table of fixed size, by the generic cell rate algorithm (GCRA): one number per bucket.
//!
//! A map of buckets grows with whoever sends from many addresses, and then has to be cleaned or refuse everybody. A
//! fixed table does neither: keys are spread over it by a keyed hash, and keys that fall together share a bucket.
//! Under a flood of addresses that refuses more than it should, never less, and nobody can aim at another's bucket.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Duration, Timestamp};

/// So many in so long; as many may come at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    per: Duration,
}

impl Rate {
    /// `count` in each span; `None` if either is zero.
    pub fn new(count: u32, per: Duration) -> Option<Self> {
        (count > 0 && per.as_millis() > 0).then_some(Self { count, per })
    }
}

/// The buckets of one kind.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Of each: microseconds since 1970 at which it will be empty again.
    empty_at_us: Box<[AtomicU64]>,
    /// `None` if keys are the numbers of slots.
    hash: Option<RandomState>,
    each_us: u64,
    whole_us: u64,
}

impl Slots {
    /// So many slots (at least one) that keys are spread over.
    pub(crate) fn new(rate: Rate, slots: usize) -> Self {
        let whole_us = u64::from(rate.per.as_millis()) * 1_000;
        let empty_at_us = (0..slots.max(1)).map(|_| AtomicU64::new(0)).collect();
        // More than a million a second count as a million.
        let each_us = (whole_us / u64::from(rate.count)).max(1);
        Self { empty_at_us, hash: Some(RandomState::new()), each_us, whole_us }
    }

    /// A slot for each of the keys from 0 to `count`.
    pub(crate) fn numbered(rate: Rate, count: usize) -> Self {
        Self { hash: None, ..Self::new(rate, count) }
    }

    /// Whether there is room, without taking it; otherwise how long until then.
    pub(crate) fn look(&self, key: u128, now: Timestamp) -> Result<(), Duration> {
        self.after_one_more(self.slot(key).load(Ordering::Relaxed), micros(now)).map(|_| ())
    }

    /// Takes room for one; otherwise says how long until there is some.
    pub(crate) fn draw(&self, key: u128, now: Timestamp) -> Result<(), Duration> {
        let (slot, now) = (self.slot(key), micros(now));
        let mut seen = slot.load(Ordering::Relaxed);
        loop {
            let filled = self.after_one_more(seen, now)?;
            match slot.compare_exchange_weak(seen, filled, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(changed) => seen = changed,
            }
        }
    }

    /// When a bucket will be empty after one more, if it has room for it.
    fn after_one_more(&self, empty_at: u64, now: u64) -> Result<u64, Duration> {
        // Never more than full: a clock that was set back must not refuse for as long as it was set back.
        let empty_at = empty_at.clamp(now, now + self.whole_us);
        let filled = empty_at + self.each_us;
        match filled.checked_sub(now + self.whole_us) {
            None | Some(0) => Ok(filled),
            Some(over) => Err(Duration::from_millis(u32::try_from(over.div_ceil(1_000)).unwrap_or(u32::MAX))),
        }
    }

    fn slot(&self, key: u128) -> &AtomicU64 {
        let number = self.hash.as_ref().map_or(key as u64, |hash| hash.hash_one(key));
        &self.empty_at_us[(number % self.empty_at_us.len() as u64) as usize]
    }
}

fn micros(now: Timestamp) -> u64 {
    u64::try_from(now.as_millis()).unwrap_or(0).saturating_mul(1_000).min(u64::MAX / 4)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    fn slots(count: u32, seconds: u32) -> Slots {
        Slots::new(Rate::new(count, Duration::from_secs(seconds)).unwrap(), 1)
    }

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let slots = slots(3, 60);
        assert_eq!([0; 3].map(|_| slots.draw(1, at(0))), [Ok(()); 3]);
        assert_eq!(slots.draw(1, at(0)), Err(Duration::from_secs(20)));
        assert_eq!(slots.draw(1, at(19_999)), Err(Duration::from_millis(1)));
        assert_eq!(slots.draw(1, at(20_000)), Ok(()));
        assert!(slots.draw(1, at(20_000)).is_err());
    }

    #[test]
    fn looking_takes_nothing() {
        let slots = slots(1, 60);
        assert!((0..10).all(|_| slots.look(1, at(0)).is_ok()));
        assert_eq!(slots.draw(1, at(0)), Ok(()));
        assert!(slots.look(1, at(0)).is_err());
    }

    #[test]
    fn a_clock_set_back_refuses_no_longer_than_a_full_bucket() {
        let slots = slots(1, 60);
        assert_eq!(slots.draw(1, at(86_400_000)), Ok(()));
        assert_eq!(slots.draw(1, at(0)), Err(Duration::from_secs(60)));
    }

    #[test]
    fn over_any_long_time_no_more_than_the_rate_pass() {
        let slots = slots(10, 60);
        let passed = (0..600_000).step_by(50).filter(|now| slots.draw(1, at(*now)).is_ok()).count();
        assert!((100..=110).contains(&passed), "{passed} in ten minutes of 10 a minute, and 10 at once");
    }

    #[test]
    fn many_threads_draw_no_more_than_one() {
        let slots = slots(100, 60);
        let passed: usize = std::thread::scope(|scope| {
            let draw = || (0..1_000).filter(|_| slots.draw(1, at(0)).is_ok()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 100);
    }

    #[test]
    fn keys_are_spread_over_the_table() {
        let slots = Slots::new(Rate::new(1, Duration::from_secs(60)).unwrap(), 1 << 16);
        let passed = (0..1_000).filter(|key| slots.draw(*key, at(0)).is_ok()).count();
        assert!(passed > 950, "{passed} of 1000 keys have a slot of their own");
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        assert_eq!(Rate::new(0, Duration::from_secs(1)), None);
        assert_eq!(Rate::new(1, Duration::from_millis(0)), None);
    }
}
