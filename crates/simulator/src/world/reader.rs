//! What is durable: a second sale that applies every event of the journal, in order, the moment it is there.
//!
//! It is what the saga and fans look at, and what the invariants are checked on.

use domain::{AccountId, OrderId, PlaceNumber, Timestamp};
use hashbrown::HashMap;
use journal::Journal;
use sale::{Event, Items, OrderStage, Pace, Recorded, Sale};

use super::World;
use super::faults::Fault;
use super::storage::SALE;
use crate::Invariant;

/// An event may have been decided so long before it landed.
const COMMIT_MS_MAX: i64 = 10_000;

/// The durable sale, and what is checked of it event by event.
pub(crate) struct Reader {
    /// The state after everything durable.
    pub(crate) sale: Sale,
    /// Every hold that ever was, by its number less one.
    pub(crate) holds: Vec<(PlaceNumber, Items)>,
    /// When, in true time, the present stage of those inside should end by itself.
    pub(crate) due: HashMap<PlaceNumber, i64>,
    /// Since when, in true time, it has been up to the saga to end an order.
    pub(crate) unsettled: HashMap<OrderId, i64>,
    /// When the sale's time last went on, in true time.
    landed_ms: i64,
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
        let (due, unsettled) = (HashMap::new(), HashMap::new());
        Self { sale, holds: vec![], due, unsettled, landed_ms: 0, applied, bound, last_admitted: 0, interval: (0, 0) }
    }

    /// A writer goes on with this clock, or from the last event if that is later. The writer before it had come further
    /// in the meantime without an event to show it, if the clock was set back since: how far, nobody knows any more.
    pub(crate) fn starts_at(&mut self, true_now: Timestamp, clock: Timestamp) {
        let last_at = self.sale.last_at().as_millis();
        let come_to = last_at + true_now.as_millis() - self.landed_ms;
        let lost = come_to - clock.as_millis().max(last_at);
        if lost > 0 {
            self.due.values_mut().for_each(|due| *due += lost + COMMIT_MS_MAX);
        }
    }

    /// The sequence of the last event in it.
    pub(crate) fn applied(&self) -> u64 {
        self.applied
    }

    fn sees_pace(&mut self, before: Pace, after: Pace) {
        // Those inside may stay when the capacity is lowered; until they have left nobody enters.
        self.bound = after.capacity.map(|capacity| capacity.max(self.sale.line().active()));
        if before.rate.map(|rate| rate.interval) != after.rate.map(|rate| rate.interval) {
            self.interval = (0, 0);
        }
    }

    /// Applies one event that became durable at this instant of true time; what it breaks comes back as the invariant
    /// and a sentence.
    pub(crate) fn apply(&mut self, recorded: &Recorded, true_now: Timestamp) -> Option<(Invariant, String)> {
        let (before, admitted_before) = (self.sale.pace(), self.sale.line().admitted_total());
        let (cursor_before, last_at) = (self.sale.line().cursor(), self.sale.last_at());
        self.sale.apply(recorded);
        self.applied += 1;
        if recorded.at > last_at {
            self.landed_ms = true_now.as_millis();
        }
        self.notes_times(&recorded.event, cursor_before, true_now.as_millis());
        match &recorded.event {
            Event::SeatsHeld { place, items, .. } => {
                self.holds.push((*place, items.clone()));
                return self.limit_broken(self.sale.line().owner(*place), items.count());
            }
            Event::TicketsIssued { order, .. } => {
                return self.limit_broken(self.sale.orders().find(*order).map(|order| order.account), 0);
            }
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

    fn notes_times(&mut self, event: &Event, cursor_before: u32, now: i64) {
        let settings = self.sale.settings();
        let (grace, select, pay) = (settings.grace, settings.select_time, settings.pay_time);
        let until = |span: domain::Duration| now + i64::from(span.as_millis());
        match event {
            Event::Admitted { through, .. } => {
                self.due.extend((cursor_before + 1..=through.0).map(|place| (PlaceNumber(place), until(grace))));
            }
            Event::Entered { place, .. } => drop(self.due.insert(*place, until(select))),
            Event::CheckoutStarted { place, .. } => drop(self.due.insert(*place, until(pay))),
            // The time of the pause is given back, at most all of it.
            Event::SaleResumed => {
                let longest = grace.max(select);
                self.due.values_mut().for_each(|due| *due = (*due).max(until(longest)));
            }
            Event::OrderExpired { order } | Event::OrderCancelled { order } | Event::RefundRequested { order } => {
                self.unsettled.insert(*order, now);
            }
            _ => {}
        }
    }

    /// The buyer limit, looked at whenever an account gets something.
    fn limit_broken(&self, account: Option<AccountId>, held: u32) -> Option<(Invariant, String)> {
        let paid = self.sale.orders().of(account?).filter(|order| order.stage == OrderStage::Paid);
        let count = paid.map(|order| order.items.count()).sum::<u32>() + held;
        let limit = self.sale.settings().tickets_per_buyer_max;
        let account = account?;
        (count > limit).then(|| (Invariant::Oversell, format!("{account} has {count} tickets, allowed are {limit}")))
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
    /// Reads what has become durable; the saga hears of it, and the relays.
    pub(crate) fn reader_catches_up(&mut self) {
        let mut events = Vec::new();
        let read = self.storage.replay(SALE, self.reader.applied, &mut |_, payload| {
            let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
            events.push(recorded);
            Ok(())
        });
        self.tally.require(Invariant::Replay, read.is_ok(), || format!("the journal cannot be read: {read:?}"));
        self.tally.looked(Invariant::Bound);
        let now = self.clock.now();
        let lagged = self.faults.strikes(Fault::FeedLagged, &mut self.dice);
        for recorded in &events {
            if let Some((invariant, what)) = self.reader.apply(recorded, now) {
                self.tally.report(invariant, || what);
            }
            if !lagged {
                self.saga_hears(&recorded.event);
            }
        }
        if lagged {
            // It is told that it fell behind, and looks at every order.
            self.sweep(self.saga.epoch);
        }
        self.relays_hear();
    }
}
