//! Once the faults have stopped: nothing takes longer than it may.

use crate::Invariant;
use crate::world::World;

/// What was on its way when the faults stopped has arrived by then: a slow message, a slow call of the provider.
const ARRIVES_MS: i64 = 60_000;
/// A turn may end so late after its time.
const TURN_LATE_MS: i64 = 5_000;
/// The saga may need so long for an order.
const SAGA_MS: i64 = 60_000;

impl World {
    /// No turn goes on past its time, and no order waits for the saga for long.
    pub(crate) fn check_liveness(&mut self) {
        let now = self.clock.now().as_millis();
        let settled_at = self.calm_at.as_millis() + ARRIVES_MS;
        if now < settled_at {
            return;
        }
        let reader = &mut self.reader;
        let sale = &reader.sale;
        reader.due.retain(|place, _| sale.line().stage(*place).is_some_and(|stage| stage.is_active()));
        reader.unsettled.retain(|order, _| sale.orders().find(*order).is_some_and(|order| !order.is_finished()));
        let paused = matches!(sale.stage(), sale::Stage::Paused { .. });
        // The first of them, so that a seed says the same again.
        let is_late = |due: i64| now > due.max(settled_at) + TURN_LATE_MS && !paused;
        let late = reader.due.iter().filter(|(_, due)| is_late(**due)).min_by_key(|(place, _)| place.0);
        let late = late.map(|(place, due)| format!("place {} should have ended {} ms ago", place.0, now - due));
        let is_open = |since: i64| now > since.max(settled_at) + SAGA_MS;
        let open = reader.unsettled.iter().filter(|(_, since)| is_open(**since)).min_by_key(|(order, _)| **order);
        let open = open.map(|(order, since)| format!("{order} has been unsettled for {} ms", now - since));
        self.tally.require(Invariant::Stuck, late.is_none(), || late.unwrap_or_default());
        self.tally.require(Invariant::Stuck, open.is_none(), || open.unwrap_or_default());
    }
}
