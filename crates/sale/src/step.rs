//! One step: time passes, the command is decided, its events are applied, and whoever may enter comes in.

use domain::{AccountId, PlaceNumber, Timestamp};

use crate::answer::Answer;
use crate::command::{Command, Request};
use crate::commands;
use crate::event::{Event, Recorded, ShopperEnd};
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
        if self.opens_by_itself() && now >= self.settings.opens_at {
            self.record(now, None, Event::SaleOpened, out);
        }
        while let Some((deadline, place)) = self.shoppers.next_deadline() {
            if deadline > now || sabotage::is("hold_never_expires") {
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
        let opening = self.opens_by_itself().then_some(self.settings.opens_at);
        let deadline = self.shoppers.next_deadline().map(|(at, _)| at);
        [opening, deadline, self.next_interval()].into_iter().flatten().min()
    }

    /// A sale with a lobby opens with its draw and never without: no other order was promised.
    fn opens_by_itself(&self) -> bool {
        self.stage == Stage::Scheduled && !self.lobby.is_undrawn()
    }

    fn join(&mut self, account: AccountId, now: Timestamp, out: &mut Vec<Recorded>) -> Outcome {
        commands::join::check(self, account, now)?;
        let is_new = commands::join::needs_place(self, account);
        if is_new {
            self.record_join(account, now, out);
            self.settle(now, out);
        }
        let answer = if is_new { Answer::Joined } else { Answer::Place };
        self.place_view(account).map(answer).ok_or(Rejection::NotInLine)
    }

    fn join_many(&mut self, accounts: &[AccountId], now: Timestamp, out: &mut Vec<Recorded>) -> Outcome {
        for account in accounts {
            commands::join::check(self, *account, now)?;
        }
        let mut places = Vec::with_capacity(accounts.len());
        for account in accounts {
            if commands::join::needs_place(self, *account) {
                self.record_join(*account, now, out);
            }
            places.extend(self.line.place_of(*account));
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
            if key.is_some() && rejection.is_remembered() {
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

    /// Applies an event and appends it; neighbours that say the same thing of more people become one.
    pub(crate) fn record(&mut self, at: Timestamp, key: Option<RequestKey>, event: Event, out: &mut Vec<Recorded>) {
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
        if self.stage == Stage::Scheduled {
            return self.record_lobby_join(account, at, out);
        }
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

    fn record_lobby_join(&mut self, account: AccountId, at: Timestamp, out: &mut Vec<Recorded>) {
        self.apply_lobby_join(account, at);
        if let Some(Recorded { at: same, event: Event::LobbyJoined { accounts }, .. }) = out.last_mut()
            && *same == at
            && accounts.len() < domain::limits::JOIN_BULK_ACCOUNTS_MAX
        {
            accounts.push(account);
            return;
        }
        out.push(Recorded { at, key: None, event: Event::LobbyJoined { accounts: vec![account] } });
    }
}
