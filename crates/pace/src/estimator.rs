//! Measures how fast the line moves, over the last minute.
//!
//! A window and no exponential average: its length can be told to who reads the estimate ("18 a minute over the last
//! minute"), and from its blocks the spread is known, from which the range follows. What did not show up, left or was
//! let in late is in the measurement already.

use std::collections::VecDeque;

use domain::{Duration, Timestamp};

use crate::estimate::{Estimate, Flow, configured};

/// Over how long is measured.
const WINDOW: Duration = Duration::from_secs(60);
/// Less than this is no measurement.
const WINDOW_MIN: Duration = Duration::from_secs(10);
/// Samples closer than this are one, so that the number of ticks does not decide how much is kept.
const SPACING: Duration = Duration::from_secs(1);
/// A pace that is raised by so much at once makes what was measured before it worthless.
const RAISED: f64 = 1.5;
/// The spread is measured between stretches of this length: long enough to see that neighbouring seconds are alike.
const BLOCK: Duration = Duration::from_secs(10);

/// How many had been let in at an instant.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Timestamp,
    admitted_total: u64,
}

/// Says how long somebody will wait, from what was measured.
#[derive(Debug, Clone, Default)]
pub struct Estimator {
    samples: VecDeque<Sample>,
    /// What the samples say: looked at for every fan, so it is worked out once for each sample.
    flow: Option<Flow>,
    configured_per_second: Option<f64>,
    paused: bool,
}

impl Estimator {
    /// An estimator that has measured nothing yet. Without a configured pace it then says nothing either.
    pub fn new(configured_per_second: Option<f64>) -> Self {
        let mut estimator = Self::default();
        estimator.set_configured(configured_per_second);
        estimator
    }

    /// The pace that is configured now: what is said before there is a measurement, and never exceeded by one.
    pub fn set_configured(&mut self, per_second: Option<f64>) {
        let per_second = per_second.filter(|rate| rate.is_finite() && *rate > 0.0);
        if let (Some(before), Some(now)) = (self.configured_per_second, per_second)
            && now > before * RAISED
        {
            self.forget();
        }
        self.configured_per_second = per_second;
    }

    /// Whether the sale is paused. Time in which nobody could be let in is not measured.
    pub fn set_paused(&mut self, paused: bool) {
        if paused != self.paused {
            self.forget();
        }
        self.paused = paused;
    }

    /// How many had been let in by now. A clock or a count that goes back starts the measurement anew.
    pub fn observe(&mut self, now: Timestamp, admitted_total: u64) {
        let sample = Sample { at: now, admitted_total };
        if self.samples.back().is_some_and(|last| now < last.at || admitted_total < last.admitted_total) {
            self.samples.clear();
        }
        // The last sample moves along until it is far enough from the one before it.
        let moves = self.samples.len() >= 2 && now.since(self.samples[self.samples.len() - 2].at) < SPACING;
        if moves {
            self.samples.pop_back();
        }
        self.samples.push_back(sample);
        while self.samples.len() > 2 && now.since(self.samples[1].at) >= WINDOW {
            self.samples.pop_front();
        }
        self.flow = self.flow();
    }

    fn forget(&mut self) {
        self.samples.clear();
        self.flow = None;
    }

    /// People let in per second, if there is a measurement.
    pub fn per_second(&self) -> Option<f64> {
        self.flow.as_ref().map(|flow| flow.per_second)
    }

    /// How long somebody waits who has so many people before them.
    ///
    /// `None` while the sale is paused, when nobody was let in over the whole window, and when nothing was measured and
    /// no pace is configured: then nothing honest can be said.
    pub fn wait_for(&self, ahead: u32) -> Option<Estimate> {
        if self.paused {
            return None;
        }
        let count = f64::from(ahead) + 1.0;
        match &self.flow {
            Some(flow) if flow.per_second > 0.0 => Some(flow.wait(count, self.configured_per_second)),
            Some(_) => None,
            None => self.configured_per_second.map(|per_second| configured(count, per_second)),
        }
    }

    fn flow(&self) -> Option<Flow> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        if last.at.since(first.at) < WINDOW_MIN {
            return None;
        }
        let (count, seconds) = between(first, last);
        let per_second = count / seconds;
        Some(Flow { per_second, seconds, dispersion: self.dispersion(per_second), gap_seconds: self.gap_seconds() })
    }

    /// The longest time without anybody let in.
    fn gap_seconds(&self) -> f64 {
        let Some(mut start) = self.samples.front() else { return 0.0 };
        let mut longest = 0.0;
        for sample in &self.samples {
            longest = between(start, sample).1.max(longest);
            if sample.admitted_total > start.admitted_total {
                start = sample;
            }
        }
        longest
    }

    /// Variance over mean of the people in a block; at least 1.
    fn dispersion(&self, per_second: f64) -> f64 {
        let Some(mut start) = self.samples.front() else { return 1.0 };
        let (mut blocks, mut squares) = (0_u32, 0.0);
        for sample in &self.samples {
            if sample.at.since(start.at) < BLOCK {
                continue;
            }
            let (count, seconds) = between(start, sample);
            let expected = per_second * seconds;
            squares += (count - expected).powi(2) / expected.max(f64::MIN_POSITIVE);
            blocks += 1;
            start = sample;
        }
        if blocks < 2 { 1.0 } else { (squares / f64::from(blocks - 1)).max(1.0) }
    }
}

/// People let in between two samples, and the seconds.
fn between(earlier: &Sample, later: &Sample) -> (f64, f64) {
    let count = later.admitted_total.saturating_sub(earlier.admitted_total);
    (count as f64, f64::from(later.at.since(earlier.at).as_millis()) / 1_000.0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::estimate::Basis;

    fn millis(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    /// Two a second, one tick a second, for so many seconds.
    fn steady(seconds: i64) -> Estimator {
        let mut estimator = Estimator::new(Some(5.0));
        (0..=seconds).for_each(|second| estimator.observe(millis(second * 1_000), 2 * second as u64));
        estimator
    }

    #[test]
    fn before_anything_is_measured_the_configured_pace_is_said() {
        let estimate = steady(5).wait_for(99).unwrap();
        assert_eq!((estimate.basis, estimate.basis_seconds), (Basis::Configured, 0));
        assert_eq!((estimate.seconds_low, estimate.seconds_likely, estimate.seconds_high), (16, 20, 40));
        assert_eq!(Estimator::new(None).wait_for(99), None);
    }

    #[test]
    fn a_steady_line_is_measured() {
        let estimate = steady(600).wait_for(119).unwrap();
        assert_eq!((estimate.basis, estimate.basis_seconds, estimate.seconds_likely), (Basis::Measured, 60, 60));
        assert!((estimate.basis_per_minute - 120.0).abs() < 1e-9);
        assert!(estimate.seconds_low > 30 && estimate.seconds_low < 60, "{estimate:?}");
        assert!(estimate.seconds_high < 120 && estimate.seconds_high > 60, "{estimate:?}");
    }

    #[test]
    fn the_further_away_the_less_is_known() {
        let estimator = steady(600);
        let width = |ahead| {
            let estimate = estimator.wait_for(ahead).unwrap();
            f64::from(estimate.seconds_high) / f64::from(estimate.seconds_likely)
        };
        assert!(width(10_000) > width(1_000) && width(1_000) > width(300));
    }

    #[test]
    fn a_paused_sale_and_a_line_that_stands_have_no_estimate() {
        let mut estimator = steady(600);
        estimator.set_paused(true);
        assert_eq!(estimator.wait_for(1), None);
        estimator.set_paused(false);
        assert_eq!(estimator.wait_for(1).unwrap().basis, Basis::Configured, "the pause is not measured");
        (0..60).for_each(|second| estimator.observe(millis(700_000 + second * 1_000), 1_200));
        assert_eq!(estimator.wait_for(1), None);
    }

    #[test]
    fn a_lowered_pace_counts_at_once() {
        let mut estimator = steady(600);
        estimator.set_configured(Some(0.5));
        assert_eq!(estimator.wait_for(119).unwrap().seconds_likely, 240);
    }

    #[test]
    fn a_pace_that_leaps_up_is_measured_anew_and_one_that_creeps_up_is_not() {
        let mut estimator = steady(600);
        estimator.set_configured(Some(50.0));
        let estimate = estimator.wait_for(99).unwrap();
        assert_eq!((estimate.basis, estimate.seconds_likely), (Basis::Configured, 2));
        let mut estimator = steady(600);
        estimator.set_configured(Some(6.0));
        assert_eq!(estimator.wait_for(119).unwrap().basis, Basis::Measured);
    }

    #[test]
    fn many_ticks_keep_as_little_as_few() {
        let mut estimator = Estimator::new(None);
        (0..100_000).for_each(|tick| estimator.observe(millis(tick * 10), tick as u64));
        assert!(estimator.samples.len() <= 63, "{} samples", estimator.samples.len());
        assert!((estimator.per_second().unwrap() - 100.0).abs() < 0.1);
    }

    #[test]
    fn a_count_or_a_clock_that_goes_back_starts_anew() {
        let mut estimator = steady(600);
        estimator.observe(millis(601_000), 3);
        assert_eq!(estimator.per_second(), None);
        let mut estimator = steady(600);
        estimator.observe(millis(0), 5_000);
        assert_eq!(estimator.per_second(), None);
    }

    #[test]
    fn nonsense_is_not_a_pace() {
        for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Estimator::new(Some(nonsense)).wait_for(1), None, "{nonsense}");
        }
    }
}
