//! The time of a sale under one writer: it goes on from where the sale has come, whatever the clock says now.
//!
//! A writer may start with a clock that is behind that of the one before: somebody set the wall clock back, or the
//! other one ran elsewhere. A sale never goes back in time, so it would stand still until the clock has caught up: no
//! hold would run out, nobody would be let in. Instead its time counts on from its last event.

use domain::Timestamp;
use sale::{Sale, Stage};

/// How far a sale's time is ahead of its writer's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SaleTime {
    ahead_ms: i64,
}

impl SaleTime {
    /// The sale's time when its writer's clock says `clock`.
    ///
    /// The opening is promised by the wall clock, and before it nothing waits for time to pass: a scheduled sale
    /// follows the clock.
    pub fn at(&mut self, sale: &Sale, clock: Timestamp) -> Timestamp {
        if sale.stage() != Stage::Scheduled {
            self.ahead_ms = self.ahead_ms.max(sale.last_at().as_millis().saturating_sub(clock.as_millis()));
        }
        Timestamp::from_millis(clock.as_millis().saturating_add(self.ahead_ms))
    }
}
