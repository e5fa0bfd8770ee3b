//! One step: time passes, the command is decided, its events are applied, and whoever may enter comes in.

use domain::{AccountId, PlaceNumber, Timestamp};

use crate::answer::Answer;
use crate::command::{Command, Request};
use crate::commands;
use crate::event::{Event, Recorded, ReleaseReason, ShopperEnd};
use crate::floor::Kind;
use crate::idempotency::{Outcome, RequestKey};
use crate::line::PlaceStage;
use crate::rejection::Rejection;
use crate::state::{Sale, Stage};

impl Sale {
    /// Carries out one request at `now`, appending what happened to `out`.
    ///
    /// The answer may leave only when `out` is durable. Time never goes back: an earlier `now` counts as the instant
    /// of the last event.
    ///
    /// # Errors
    /// The reason for "no"; then nothing has changed but what the passing of time brought.
    pub fn handle(&mut self, request: &Request, now: Timestamp, out: &mut Vec<Recorded>) -> Outcome {
        let now = now.max(self.last_at);
        self.advance(now, out);
        if let Some(known) = request.key.and_then(|key| self.answers.recall(key)) {
            return known;
        }
        match &request.command {
            Command::Join { account } => self.join(*account, now, out),
            Command::JoinMany { accounts } => self.join_many(accounts, now, out),
            command => self.decide_and_apply(command, request.key, now, out),
        }
    }

    /// Lets time pass up to `now`: opens the sale, ends turns whose deadline has come, lets people in.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<Recorded>) {
        let now = now.max(self.last_at);
        if self.stage == Stage::Scheduled && now >= self.settings.opens_at {
            self.record(now, None, Event::SaleOpened, out);
        }
        while let Some((deadline, place)) = self.shoppers.next_deadline() {
            if deadline > now {
                break;
            }
            let event = match self.line.stage(place) {
                Some(PlaceStage::Admitted) => Event::TurnEnded { place, end: ShopperEnd::Absent },
                Some(PlaceStage::Paying) => match self.shoppers.get(place).and_then(|shopper| shopper.order) {
                    Some(order) => Event::OrderExpired { order },
                    None => Event::TurnEnded { place, end: ShopperEnd::SelectTimeOver },
                },
                _ => Event::TurnEnded { place, end: ShopperEnd::SelectTimeOver },
            };
            self.record(now, None, event, out);
        }
        self.settle(now, out);
    }

    /// The next instant at which something happens by itself.
    pub fn next_wakeup(&mut self) -> Option<Timestamp> {
        let opening = (self.stage == Stage::Scheduled).then_some(self.settings.opens_at);
        let deadline = self.shoppers.next_deadline().map(|(at, _)| at);
        [opening, deadline, self.next_interval()].into_iter().flatten().min()
    }

    /// When the next interval of the rate begins, if somebody waits for it.
    fn next_interval(&self) -> Option<Timestamp> {
        let rate = self.settings.pace.rate?;
        if self.stage != Stage::Open || self.line.waiting() == 0 || self.released.is_some() {
            return None;
        }
        // Were the rate not what stops them, `settle` would have let them in. A rate of nobody never lets one in.
        let waits_for_rate = rate.count > 0 && self.room() > 0;
        let next = (self.window.interval + 1) * i64::from(rate.interval.as_millis().max(1));
        waits_for_rate.then_some(Timestamp::from_millis(self.settings.opens_at.as_millis() + next))
    }

    fn join(&mut self, account: AccountId, now: Timestamp, out: &mut Vec<Recorded>) -> Outcome {
        commands::join::check(self, account)?;
        if commands::join::needs_place(self, account) {
            self.record_join(account, now, out);
            self.settle(now, out);
        }
        self.place_view(account).map(Answer::Place).ok_or(Rejection::NotInLine)
    }

    fn join_many(&mut self, accounts: &[AccountId], now: Timestamp, out: &mut Vec<Recorded>) -> Outcome {
        for account in accounts {
            commands::join::check(self, *account)?;
        }
        let mut places = Vec::with_capacity(accounts.len());
        for account in accounts {
            if commands::join::needs_place(self, *account) {
                self.record_join(*account, now, out);
            }
            places.push(self.line.place_of(*account).ok_or(Rejection::NotInLine)?);
        }
        self.settle(now, out);
        Ok(Answer::Places(places))
    }

    fn decide_and_apply(
        &mut self,
        command: &Command,
        key: Option<RequestKey>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Outcome {
        let mut events = Vec::with_capacity(2);
        if let Err(rejection) = commands::decide(self, command, now, &mut events) {
            if key.is_some() {
                self.record(now, key, Event::Refused { rejection: rejection.clone() }, out);
            }
            return Err(rejection);
        }
        let changed = !events.is_empty();
        let last = events.pop().unwrap_or_else(|| self.unchanged(command));
        for event in events {
            self.record(now, None, event, out);
        }
        if !changed && key.is_none() {
            return self.outcome_of(&last);
        }
        // Answered from the event alone, so that a repetition after a restart is told the very same.
        self.record(now, key, last, out);
        let outcome = out.last().map_or(Ok(Answer::Done), |recorded| self.outcome_of(&recorded.event));
        if changed {
            self.settle(now, out);
        }
        outcome
    }

    /// What is to be remembered of a command that changes nothing.
    fn unchanged(&self, command: &Command) -> Event {
        let place = match command {
            Command::Enter { account } => self.line.place_of(*account),
            _ => None,
        };
        let order = match command {
            Command::CancelOrder { order, .. } | Command::RefundOrder { order } => Some(*order),
            _ => None,
        };
        Event::Unchanged { place, order }
    }

    /// Lets in whoever may enter, and tells the line when nothing is left or something has come back.
    fn settle(&mut self, now: Timestamp, out: &mut Vec<Recorded>) {
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
        match self.settings.pace.rate {
            Some(rate) if room > 0 => {
                let used = if self.interval_at(now) == self.window.interval { self.window.admitted } else { 0 };
                room.min(rate.count.saturating_sub(used))
            }
            _ => room,
        }
    }

    /// How many may enter as far as everything but the rate goes.
    fn room(&self) -> u32 {
        let pace = &self.settings.pace;
        let mut count = self.line.waiting();
        if count == 0 {
            return 0;
        }
        if let Some(capacity) = pace.capacity {
            count = count.min(capacity.saturating_sub(self.line.active()));
        }
        if let Some(max) = pace.admissions_max {
            count = count.min(max.saturating_sub(self.line.admitted_total()));
        }
        count.min(self.stock_for_newcomers())
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

    /// Applies an event and appends it; neighbours that say the same thing of more people become one.
    fn record(&mut self, at: Timestamp, key: Option<RequestKey>, event: Event, out: &mut Vec<Recorded>) {
        let recorded = Recorded { at, key, event };
        self.apply(&recorded);
        if let (Some(last), Event::Admitted { through, until }) = (out.last_mut(), &recorded.event)
            && let Event::Admitted { through: end, until: same } = &mut last.event
            && last.at == at
            && same == until
        {
            *end = *through;
            return;
        }
        out.push(recorded);
    }

    fn record_join(&mut self, account: AccountId, at: Timestamp, out: &mut Vec<Recorded>) {
        let place: PlaceNumber = self.apply_join(account, at);
        if let Some(Recorded { at: same, event: Event::Joined { accounts, .. }, .. }) = out.last_mut()
            && *same == at
            && accounts.len() < domain::limits::JOIN_BULK_ACCOUNTS_MAX
        {
            accounts.push(account);
            return;
        }
        out.push(Recorded { at, key: None, event: Event::Joined { first: place, accounts: vec![account] } });
    }
}
