//! What somebody who waits is told: a range, and what it rests on.

/// How long somebody will wait. The range is meant to hold in at least four of five cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Hardly sooner than this.
    pub seconds_low: u32,
    /// The single figure, if there must be one.
    pub seconds_likely: u32,
    /// Hardly later than this.
    pub seconds_high: u32,
    /// What kind of figure it rests on.
    pub basis: Basis,
    /// People per minute, measured or configured.
    pub basis_per_minute: f64,
    /// Over how many seconds they were measured; 0 if the figure is the configured one.
    pub basis_seconds: u32,
}

/// What an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// How fast people were let in of late.
    Measured,
    /// The configured pace, because nothing was measured yet.
    Configured,
}

impl Basis {
    /// The word for answers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Configured => "configured",
        }
    }
}

/// The configured pace is the fastest that is possible, so the truth lies rather above than below.
const CONFIGURED_LOW: f64 = 0.8;
const CONFIGURED_HIGH: f64 = 2.0;

/// How many standard deviations the range reaches to either side: what leaves out a tenth at each end by Student's t
/// for the five degrees of freedom from which the spread is known (the blocks of a window).
const DEVIATIONS: f64 = 1.48;
/// How much the pace wanders over one window, as a share: people choose faster or slower, incidents come and go.
const DRIFT_PER_WINDOW: f64 = 0.1;
/// The wandering is bounded from both sides, so it does not add up for ever.
const DRIFT_WINDOWS_MAX: f64 = 25.0;

/// How fast the line moved over a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Flow {
    pub(crate) per_second: f64,
    pub(crate) seconds: f64,
    /// Variance of the people in a stretch of time over their mean: 1 if each comes independently of the others, more
    /// if they come in batches or the pace changed.
    pub(crate) dispersion: f64,
    /// The longest stretch in which nobody was let in: nobody can tell where in it they ask.
    pub(crate) gap_seconds: f64,
}

impl Flow {
    /// The wait until `count` people were let in, if the pace stays below `per_second_max`.
    pub(crate) fn wait(&self, count: f64, per_second_max: Option<f64>) -> Estimate {
        let rate = per_second_max.map_or(self.per_second, |max| self.per_second.min(max));
        let likely = count / rate;
        let measured = self.dispersion / (rate * self.seconds);
        let ahead = self.dispersion / count;
        let drift = DRIFT_PER_WINDOW.powi(2) * (likely / self.seconds).min(DRIFT_WINDOWS_MAX);
        // A factor instead of a span: nobody waits less than nothing, and delays have a long tail.
        let factor = 1.0 + DEVIATIONS * (measured + ahead + drift).sqrt();
        Estimate {
            seconds_low: (likely / factor - self.gap_seconds).floor() as u32,
            seconds_likely: likely.round() as u32,
            seconds_high: (likely * factor + self.gap_seconds).ceil() as u32,
            basis: Basis::Measured,
            basis_per_minute: rate * 60.0,
            basis_seconds: self.seconds.round() as u32,
        }
    }
}

/// The wait until `count` people were let in at the configured pace.
pub(crate) fn configured(count: f64, per_second: f64) -> Estimate {
    let likely = count / per_second;
    Estimate {
        seconds_low: (likely * CONFIGURED_LOW).floor() as u32,
        seconds_likely: likely.round() as u32,
        seconds_high: (likely * CONFIGURED_HIGH).ceil() as u32,
        basis: Basis::Configured,
        basis_per_minute: per_second * 60.0,
        basis_seconds: 0,
    }
}
