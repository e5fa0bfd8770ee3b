//! The rate at which joins are offered: it grows until the machine no longer keeps up, then stays just below.

/// How often the rate is looked at, seconds.
const STEP_SECONDS: f64 = 0.5;
/// Behind the schedule by less than this, everything offered is being served.
const BEHIND_MAX_SECONDS: f64 = 0.1;
/// Growth of the rate in a step until the machine was first outrun, and afterwards.
const GROWTH: (f64, f64) = (1.2, 1.04);
/// The rate falls by no more than this in a step: a pause of the machine is not what it does.
const FALL_MAX: f64 = 0.7;
/// Share of what was answered in a step that is offered while the machine is behind, so that it catches up.
const EASE: f64 = 0.95;

/// An open-loop schedule of numbered joins. Times are seconds since the run began.
#[derive(Debug)]
pub struct Pacing {
    total: usize,
    next: usize,
    rate: f64,
    rate_max: f64,
    due: f64,
    step_ends: f64,
    answered: u64,
    outrun: bool,
    /// The highest rate offered, per second.
    pub rate_peak: f64,
}

impl Pacing {
    /// `total` joins, beginning with `rate` per second and never more than `rate_max`.
    pub fn new(total: usize, rate: f64, rate_max: f64) -> Self {
        let rate = rate.min(rate_max);
        Self {
            total,
            next: 0,
            rate,
            rate_max,
            due: 0.0,
            step_ends: STEP_SECONDS,
            answered: 0,
            outrun: false,
            rate_peak: rate,
        }
    }

    /// `total` joins at this rate, whatever the machine does.
    pub fn steady(total: usize, rate: f64) -> Self {
        Self { step_ends: f64::INFINITY, ..Self::new(total, rate, rate) }
    }

    /// The next join and when it is due; `None` when all are given out.
    pub fn take(&mut self, now: f64) -> Option<(usize, f64)> {
        if now >= self.step_ends {
            self.look(now);
        }
        let (index, due) = (self.next, self.due);
        if index >= self.total {
            return None;
        }
        self.next += 1;
        self.due += 1.0 / self.rate;
        Some((index, due))
    }

    /// One join was answered.
    pub fn answered(&mut self) {
        self.answered += 1;
    }

    fn look(&mut self, now: f64) {
        let seconds = now - (self.step_ends - STEP_SECONDS);
        if now - self.due < BEHIND_MAX_SECONDS {
            let growth = if self.outrun { GROWTH.1 } else { GROWTH.0 };
            self.rate = (self.rate * growth).min(self.rate_max);
        } else {
            self.outrun = true;
            self.rate = (self.answered as f64 / seconds * EASE).min(self.rate).max(self.rate * FALL_MAX);
        }
        self.rate_peak = self.rate_peak.max(self.rate);
        (self.answered, self.step_ends) = (0, now + STEP_SECONDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that answers at most `capacity` joins a second; gives the rate offered at the end.
    fn offered_to(capacity: f64, rate_max: f64) -> Pacing {
        let mut pacing = Pacing::new(400_000, 1_000.0, rate_max);
        let mut now = 0.0;
        while let Some((_, due)) = pacing.take(now) {
            now = f64::max(now + 1.0 / capacity, due);
            pacing.answered();
        }
        pacing
    }

    #[test]
    fn the_rate_finds_what_the_machine_does() {
        let pacing = offered_to(20_000.0, 1e9);
        assert!((10_000.0..30_000.0).contains(&pacing.rate_peak), "{}", pacing.rate_peak);
        assert!((15_000.0..25_000.0).contains(&pacing.rate), "{}", pacing.rate);
    }

    #[test]
    fn the_rate_stays_below_its_limit_and_every_join_is_given_out_once() {
        let pacing = offered_to(20_000.0, 5_000.0);
        assert_eq!((pacing.rate, pacing.next), (5_000.0, 400_000));
    }
}
