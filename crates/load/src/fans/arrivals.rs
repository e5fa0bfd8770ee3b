//! When each fan presses the button: a pure function of the seed, so that a run can be repeated.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The shape of the crowd: a burst right after the opening, then fewer and fewer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrivals {
    /// Share of the fans who come within the burst, 0 to 1.
    pub front_share: f64,
    /// Length of the burst, seconds.
    pub front_seconds: f64,
    /// Mean delay after the burst of those who come later, seconds (exponential).
    pub tail_mean_seconds: f64,
    /// Share of the fans whose clock is fast: they try up to a second before the opening and are sent back.
    pub early_share: f64,
}

/// When one fan arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The fan comes this long before the opening, in error; else zero.
    pub early: Duration,
    /// Or this long after it.
    pub after: Duration,
}

impl Arrivals {
    /// One arrival per fan, by fan.
    pub fn draw(&self, seed: u64, fans: usize) -> Vec<Arrival> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::MAX);
        (0..fans).map(|_| self.one(&mut rng)).collect()
    }

    fn one(&self, rng: &mut ChaCha8Rng) -> Arrival {
        let (kind, when): (f64, f64) = (rng.random(), rng.random());
        if kind < self.early_share {
            return Arrival { early: Duration::from_secs_f64(when), after: Duration::ZERO };
        }
        let front = kind < self.early_share + (1.0 - self.early_share) * self.front_share;
        // The inverse of the exponential distribution; `1 - when` is never 0.
        let seconds = if front {
            when * self.front_seconds
        } else {
            self.front_seconds - self.tail_mean_seconds * (1.0 - when).ln()
        };
        Arrival { early: Duration::ZERO, after: Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: Arrivals =
        Arrivals { front_share: 0.6, front_seconds: 2.0, tail_mean_seconds: 5.0, early_share: 0.01 };

    #[test]
    fn the_same_seed_draws_the_same_crowd() {
        assert_eq!(CROWD.draw(7, 1_000), CROWD.draw(7, 1_000));
        assert_ne!(CROWD.draw(7, 1_000), CROWD.draw(8, 1_000));
        // A larger crowd begins with the smaller one, so that fan 12 is the same person in every run.
        assert_eq!(CROWD.draw(7, 10), CROWD.draw(7, 1_000)[..10]);
    }

    #[test]
    fn most_come_in_the_burst_and_a_few_too_early() {
        let crowd = CROWD.draw(1, 20_000);
        let share = |count: usize| count as f64 / crowd.len() as f64;
        let early = share(crowd.iter().filter(|arrival| !arrival.early.is_zero()).count());
        let front =
            share(crowd.iter().filter(|arrival| arrival.early.is_zero() && arrival.after.as_secs_f64() < 2.0).count());
        assert!((0.005..0.015).contains(&early), "{early}");
        assert!((0.57..0.62).contains(&front), "{front}");
        let tail: Vec<f64> =
            crowd.iter().map(|arrival| arrival.after.as_secs_f64()).filter(|after| *after >= 2.0).collect();
        let mean = tail.iter().sum::<f64>() / tail.len() as f64 - 2.0;
        assert!((4.7..5.3).contains(&mean), "{mean}");
    }
}
