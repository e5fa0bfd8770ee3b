//! Who may enter: every bound that is set holds at once.
//!
//! Corrected for no-shows, the capacity bounds how many are *expected* to come: those who showed up, and of those let
//! in and not seen yet the share that, as measured, will come. Never more than one and a half times the capacity are
//! inside.

use domain::{Timestamp, limits};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Recorded, ReleaseReason};
use crate::floor::Kind;
use crate::settings::Pace;
use crate::state::{Sale, Stage};

/// How the pace that is set is changed by what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Throttle {
    /// Thousandths of capacity and rate.
    pub(crate) permille: u16,
    /// More are let in for those who will not show up.
    pub(crate) corrects_no_shows: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { permille: 1_000, corrects_no_shows: false }
    }
}

impl Sale {
    /// The pace in force: what is set, throttled.
    pub fn pace(&self) -> Pace {
        self.settings.pace.throttled(self.throttle.permille)
    }

    /// Lets in whoever may enter, and tells the line when nothing is left or something has come back.
    pub(crate) fn settle(&mut self, now: Timestamp, out: &mut Vec<Recorded>) {
        if self.stage != Stage::Open {
            return;
        }
        if self.released.is_some() && self.reason_to_release().is_none() {
            self.record(now, None, Event::LineReopened, out);
        }
        let count = self.admissible(now);
        if count > 0 {
            let through = self.line.through_for(count);
            self.record(now, None, Event::Admitted { through, until: now + self.settings.grace }, out);
        }
        // Asked again: those just let in may have been the last. A later reason takes the place of an earlier one.
        if let Some(reason) = self.reason_to_release().filter(|reason| self.released != Some(*reason)) {
            self.record(now, None, Event::LineReleased { reason }, out);
        }
    }

    /// When the next interval of the rate begins, if somebody waits for it.
    pub(crate) fn next_interval(&self) -> Option<Timestamp> {
        let rate = self.pace().rate?;
        if self.stage != Stage::Open || self.line.waiting() == 0 || self.released.is_some() {
            return None;
        }
        // Were the rate not what stops them, `settle` would have let them in. A rate of nobody never lets one in.
        let waits_for_rate = rate.count > 0 && self.room() > 0;
        let next = (self.window.interval + 1) * i64::from(rate.interval.as_millis().max(1));
        waits_for_rate.then_some(Timestamp::from_millis(self.settings.opens_at.as_millis() + next))
    }

    fn reason_to_release(&self) -> Option<ReleaseReason> {
        let max = self.settings.pace.admissions_max;
        if self.is_sold_out() {
            Some(ReleaseReason::SoldOut)
        } else {
            max.filter(|max| self.line.admitted_total() >= *max).map(|_| ReleaseReason::AdmissionsReached)
        }
    }

    /// How many may enter at this instant: every bound that is set holds.
    fn admissible(&self, now: Timestamp) -> u32 {
        let room = self.room();
        match self.pace().rate {
            Some(rate) if room > 0 => {
                let used = if self.interval_at(now) == self.window.interval { self.window.admitted } else { 0 };
                room.min(rate.count.saturating_sub(used))
            }
            _ => room,
        }
    }

    /// How many may enter as far as everything but the rate goes.
    fn room(&self) -> u32 {
        let pace = self.pace();
        let mut count = self.line.waiting();
        if count == 0 {
            return 0;
        }
        if let Some(capacity) = pace.capacity.filter(|_| !sabotage::is("no_admission_bound")) {
            count = count.min(self.room_inside(capacity));
        }
        if let Some(max) = pace.admissions_max {
            count = count.min(max.saturating_sub(self.line.admitted_total()));
        }
        count.min(self.stock_for_newcomers())
    }

    /// How many more `capacity` lets in.
    fn room_inside(&self, capacity: u32) -> u32 {
        let (active, arriving) = (self.line.active(), self.line.arriving());
        let on = self.throttle.corrects_no_shows;
        let absent = self.demand.absent_permille(limits::NO_SHOW_TURNS_MIN).filter(|_| on).unwrap_or(0);
        // Of so many who have not come yet, those who will come just fill what is left of the capacity.
        let unfilled = u64::from(capacity.saturating_sub(active - arriving));
        let invited = (unfilled * 1_000).checked_div(u64::from(1_000 - absent)).unwrap_or(u64::MAX);
        let expected = invited.saturating_sub(u64::from(arriving));
        let bound = (u64::from(capacity) * 3 / 2).saturating_sub(u64::from(active));
        expected.min(bound) as u32
    }

    /// Nobody is let in to an empty floor: each one inside without a hold may still take one of the free seats.
    fn stock_for_newcomers(&self) -> u32 {
        let choosing = self.line.active().saturating_sub(self.shoppers.with_hold());
        self.floor.total().of(Kind::Free).saturating_sub(choosing)
    }

    /// The interval of the rate that holds `at`, counted from the opening.
    pub(crate) fn interval_at(&self, at: Timestamp) -> i64 {
        let Some(rate) = self.settings.pace.rate else { return 0 };
        (at.as_millis() - self.settings.opens_at.as_millis()).div_euclid(i64::from(rate.interval.as_millis().max(1)))
    }
}
