//! What time it is for a sale, as its fans are told.
//!
//! A sale counts on from its last event when its writer has started with a clock that is behind, or goes on elsewhere
//! (`engine::SaleTime`). Its deadlines are in that time, so the time told beside them has to be the same one: a
//! countdown is their difference. It is known from the events: none is later than the sale's time.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use sale::{SaleView, Stage};

/// How far a sale's time is ahead of the clock of this process.
#[derive(Debug, Default)]
pub struct SaleClock {
    ahead_ms: AtomicI64,
}

impl SaleClock {
    /// The sale's time when this process's clock says `clock`. A scheduled sale follows the clock: its opening is
    /// promised by it.
    pub fn at(&self, view: &SaleView, clock: Timestamp) -> Timestamp {
        self.after(view.stage, view.at, clock)
    }

    fn after(&self, stage: Stage, last_at: Timestamp, clock: Timestamp) -> Timestamp {
        if stage == Stage::Scheduled {
            return clock;
        }
        let ahead = last_at.as_millis().saturating_sub(clock.as_millis());
        let most = self.ahead_ms.fetch_max(ahead, Ordering::Relaxed).max(ahead);
        Timestamp::from_millis(clock.as_millis().saturating_add(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_time_told_is_never_behind_an_event_and_goes_on_between_them() {
        let clock = SaleClock::default();
        assert_eq!(clock.after(Stage::Open, at(900), at(1_000)), at(1_000), "a right clock is told as it is");
        assert_eq!(clock.after(Stage::Open, at(90_000), at(1_100)), at(90_000), "the sale is ahead");
        assert_eq!(clock.after(Stage::Open, at(90_000), at(4_100)), at(93_000), "and three seconds later as well");
        assert_eq!(clock.after(Stage::Open, at(93_200), at(4_100)), at(93_200), "an event knows it better");
    }

    #[test]
    fn before_the_opening_the_clock_counts() {
        assert_eq!(SaleClock::default().after(Stage::Scheduled, at(90_000), at(1_000)), at(1_000));
    }
}
