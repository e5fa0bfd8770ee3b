//! What the controller steers by: how far down, how fast up, and from where on a measurement is too much.

use domain::Duration;

/// The whole configured pace, in permille.
pub const FULL_PERMILLE: u16 = 1_000;

/// A cut to less than half answers one bad second with an empty hall; one of almost nothing answers too late.
const CUT_MIN: f64 = 0.3;
const CUT_MAX: f64 = 0.95;

/// How the controller behaves. [`Options::default`] is meant for one tick a second.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The pace never falls below this share of the configured one: with nobody let in there is nothing to measure,
    /// and no way back.
    pub floor_permille: u16,
    /// Added at each tick in which everything is calm and somebody waits.
    pub raise_permille_per_tick: u16,
    /// What a cut multiplies the pace by.
    pub cut: f64,
    /// How long a cut takes to show in the measurements; until then there is neither another cut nor a raise. Not
    /// below the time over which the measurements are taken.
    pub reaction: Duration,
    /// From where on each measurement counts.
    pub targets: Targets,
}

/// The bounds of each measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// Milliseconds of a commit.
    pub commit_ms: Target,
    /// Share of the writer's inbox that is taken, from 0 to 1.
    pub inbox_fill: Target,
    /// Milliseconds of an answer of the payment provider.
    pub provider_ms: Target,
    /// Share of calls to the payment provider that failed, from 0 to 1.
    pub provider_failures: Target,
    /// Milliseconds by which a gateway is late with its own work.
    pub loop_lag_ms: Target,
}

/// Two bounds instead of one, so that a measurement close to a bound does not switch the pace to and fro.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Up to here the pace may rise.
    pub calm: f64,
    /// Above this the pace is cut. Between the two it stays.
    pub limit: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            floor_permille: 50,
            raise_permille_per_tick: 10,
            cut: 0.7,
            reaction: Duration::from_secs(8),
            targets: Targets::default(),
        }
    }
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            commit_ms: Target { calm: 60.0, limit: 120.0 },
            inbox_fill: Target { calm: 0.3, limit: 0.6 },
            provider_ms: Target { calm: 1_500.0, limit: 3_000.0 },
            provider_failures: Target { calm: 0.05, limit: 0.2 },
            loop_lag_ms: Target { calm: 50.0, limit: 200.0 },
        }
    }
}

impl Options {
    /// These options with every value within its bounds.
    pub(crate) fn bounded(mut self) -> Self {
        self.floor_permille = self.floor_permille.clamp(1, FULL_PERMILLE);
        self.raise_permille_per_tick = self.raise_permille_per_tick.clamp(1, FULL_PERMILLE);
        self.cut = if self.cut.is_nan() { Self::default().cut } else { self.cut.clamp(CUT_MIN, CUT_MAX) };
        self
    }
}
