//! What readers see: a second sale that applies every durable batch, in order.

use domain::{PlaceNumber, Timestamp};
use sale::{Event, Items, Pace, Recorded, Sale};

use super::World;
use crate::Invariant;

/// The durable sale, and what is checked of it event by event.
pub(crate) struct Reader {
    /// The state after everything durable.
    pub(crate) sale: Sale,
    /// Every hold that ever was, by its number less one.
    pub(crate) holds: Vec<(PlaceNumber, Items)>,
    applied: u64,
    /// The most people that may be inside at this instant.
    bound: Option<u32>,
    /// The last place that was let in.
    last_admitted: u32,
    /// The interval of the rate and how many were let in during it.
    interval: (i64, u32),
}

impl Reader {
    /// A reader of a new sale, or of a journal read again from its beginning.
    pub(crate) fn new(sale: Sale) -> Self {
        Self::after(sale, 1)
    }

    /// A reader of a sale after its first events.
    pub(crate) fn after(sale: Sale, applied: u64) -> Self {
        let bound = sale.pace().capacity;
        Self { sale, holds: vec![], applied, bound, last_admitted: 0, interval: (0, 0) }
    }

    fn sees_pace(&mut self, before: Pace, after: Pace) {
        // Those inside may stay when the capacity is lowered; until they have left nobody enters.
        self.bound = after.capacity.map(|capacity| capacity.max(self.sale.line().active()));
        if before.rate.map(|rate| rate.interval) != after.rate.map(|rate| rate.interval) {
            self.interval = (0, 0);
        }
    }

    /// Applies one event; what it breaks comes back as the invariant and a sentence.
    pub(crate) fn apply(&mut self, recorded: &Recorded) -> Option<(Invariant, String)> {
        let (before, admitted_before) = (self.sale.pace(), self.sale.line().admitted_total());
        let cursor_before = self.sale.line().cursor();
        self.sale.apply(recorded);
        self.applied += 1;
        match &recorded.event {
            Event::SeatsHeld { place, items, .. } => self.holds.push((*place, items.clone())),
            Event::PaceSet { .. } | Event::Throttled { .. } => self.sees_pace(before, self.sale.pace()),
            Event::Admitted { through, .. } => {
                if through.0 <= self.last_admitted || through.0 <= cursor_before {
                    let last = self.last_admitted;
                    return Some((Invariant::Order, format!("place {} enters after place {last}", through.0)));
                }
                self.last_admitted = through.0;
                let entered = self.sale.line().admitted_total() - admitted_before;
                return self.rate_broken(recorded.at, entered);
            }
            _ => {}
        }
        self.bound_broken()
    }

    fn rate_broken(&mut self, at: Timestamp, entered: u32) -> Option<(Invariant, String)> {
        let settings = self.sale.settings();
        if let Some(rate) = self.sale.pace().rate {
            let since = at.as_millis() - settings.opens_at.as_millis();
            let interval = since.div_euclid(i64::from(rate.interval.as_millis()));
            let before = if self.interval.0 == interval { self.interval.1 } else { 0 };
            self.interval = (interval, before + entered);
            if before + entered > rate.count {
                return Some((Invariant::Bound, format!("{} entered in interval {interval}", before + entered)));
            }
        }
        let (total, max) = (self.sale.line().admitted_total(), settings.pace.admissions_max);
        if max.is_some_and(|max| total > max) {
            return Some((Invariant::Bound, format!("{total} entered in all, allowed are {max:?}")));
        }
        self.bound_broken()
    }

    fn bound_broken(&mut self) -> Option<(Invariant, String)> {
        let (bound, active) = (self.bound?, self.sale.line().active());
        self.bound = self.sale.pace().capacity.map(|capacity| capacity.max(active.min(bound)));
        (active > bound).then(|| (Invariant::Bound, format!("{active} are inside, allowed are {bound}")))
    }
}

impl World {
    /// Readers, the saga among them, learn of a durable batch.
    pub(crate) fn reader_applies(&mut self, first: u64, events: &[Recorded]) {
        let expected = self.reader.applied;
        self.tally.require(Invariant::Feed, first == expected, || format!("event {first} came, {expected} was next"));
        self.tally.looked(Invariant::Bound);
        for recorded in events {
            if let Some((invariant, what)) = self.reader.apply(recorded) {
                self.tally.report(invariant, || what);
            }
            self.saga_hears(&recorded.event);
        }
    }
}
