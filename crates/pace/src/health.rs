//! What was measured since the last tick, and what of it stands against a faster pace.

use crate::options::{Target, Targets};

/// Measurements of one tick. What was not measured is `None` and speaks neither for nor against anything.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Health {
    /// Milliseconds of a commit, 99th percentile.
    pub commit_ms_p99: Option<f64>,
    /// Share of the writer's inbox that is taken, from 0 to 1.
    pub inbox_fill: f64,
    /// Milliseconds of an answer of the payment provider, 99th percentile.
    pub provider_ms_p99: Option<f64>,
    /// Share of calls to the payment provider that failed, from 0 to 1.
    pub provider_failures_share: Option<f64>,
    /// Milliseconds by which the slowest gateway is late with its own work.
    pub gateway_loop_lag_ms: Option<f64>,
    /// Whether anybody waits who could be let in by a faster pace. Without demand a raise proves nothing.
    pub waiting: bool,
}

/// One of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Time of a commit.
    Commit,
    /// Commands waiting for the writer.
    Inbox,
    /// Time of an answer of the payment provider.
    ProviderTime,
    /// Failing calls to the payment provider.
    ProviderFailures,
    /// A gateway that does not keep up.
    GatewayLag,
}

impl Signal {
    /// The word for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Inbox => "inbox",
            Self::ProviderTime => "provider_time",
            Self::ProviderFailures => "provider_failures",
            Self::GatewayLag => "gateway_lag",
        }
    }
}

/// Why the pace was cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// The measurement that was furthest above its limit.
    pub signal: Signal,
    /// What it was.
    pub measured: f64,
    /// What it may be.
    pub limit: f64,
}

/// What the measurements together say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// At least one is over its limit; the worst.
    Over(Reason),
    /// None is over its limit, but not all are calm, or one makes no sense.
    Tense,
    /// All are calm.
    Calm,
}

impl Health {
    pub(crate) fn judge(&self, targets: &Targets) -> Verdict {
        let measured = [
            (Signal::Commit, self.commit_ms_p99, targets.commit_ms),
            (Signal::Inbox, Some(self.inbox_fill), targets.inbox_fill),
            (Signal::ProviderTime, self.provider_ms_p99, targets.provider_ms),
            (Signal::ProviderFailures, self.provider_failures_share, targets.provider_failures),
            (Signal::GatewayLag, self.gateway_loop_lag_ms, targets.loop_lag_ms),
        ];
        let present = measured.iter().filter_map(|(signal, value, target)| Some((*signal, (*value)?, *target)));
        let worst = present
            .clone()
            .filter(|(_, value, target)| value > &target.limit)
            .max_by(|one, other| excess(one).total_cmp(&excess(other)));
        if let Some((signal, measured, Target { limit, .. })) = worst {
            return Verdict::Over(Reason { signal, measured, limit });
        }
        // Not a number is not calm: a broken measurement holds the pace where it is.
        let calm = present.clone().all(|(_, value, target)| value <= target.calm);
        if calm { Verdict::Calm } else { Verdict::Tense }
    }
}

/// How many times its limit a measurement is.
fn excess((_, value, target): &(Signal, f64, Target)) -> f64 {
    value / target.limit.max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_measurement_is_named() {
        let health = Health { commit_ms_p99: Some(130.0), provider_ms_p99: Some(9_000.0), ..Health::default() };
        let reason = Reason { signal: Signal::ProviderTime, measured: 9_000.0, limit: 3_000.0 };
        assert_eq!(health.judge(&Targets::default()), Verdict::Over(reason));
    }

    #[test]
    fn what_was_not_measured_is_no_evidence() {
        assert_eq!(Health::default().judge(&Targets::default()), Verdict::Calm);
    }

    #[test]
    fn between_the_bounds_and_not_a_number_are_tense() {
        for health in [
            Health { commit_ms_p99: Some(90.0), ..Health::default() },
            Health { inbox_fill: f64::NAN, ..Health::default() },
            Health { provider_failures_share: Some(f64::NAN), ..Health::default() },
        ] {
            assert_eq!(health.judge(&Targets::default()), Verdict::Tense, "{health:?}");
        }
    }
}
