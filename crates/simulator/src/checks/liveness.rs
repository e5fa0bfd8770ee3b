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
        let late = reader.due.iter().find(|(_, due)| now > (**due).max(settled_at) + TURN_LATE_MS && !paused);
        let late = late.map(|(place, due)| format!("place {} should have ended {} ms ago", place.0, now - due));
        let open = reader.unsettled.iter().find(|(_, since)| now > (**since).max(settled_at) + SAGA_MS);
        let open = open.map(|(order, since)| format!("{order} has been unsettled for {} ms", now - since));
        self.tally.require(Invariant::Stuck, late.is_none(), || late.unwrap_or_default());
        self.tally.require(Invariant::Stuck, open.is_none(), || open.unwrap_or_default());
    }
}
