//! What each event does to the state: the same live and on replay, and never a decision.

use std::sync::Arc;

use domain::{AccountId, OrderId, PlaceNumber, Timestamp};

use crate::announcement::Announcement;
use crate::answer::Answer;
use crate::event::{Event, Recorded, ShopperEnd};
use crate::floor::{Kind, SeatState};
use crate::idempotency::Outcome;
use crate::line::PlaceStage;
use crate::lobby::LobbyRules;
use crate::orders::{Order, OrderStage};
use crate::settings::Pace;
use crate::shoppers::Hold;
use crate::state::{Sale, Stage, Window};
use crate::tickets::TicketRecord;

/// While a sale is paused, deadlines of those who choose lie this far away (milliseconds, about 300 years).
pub(crate) const PAUSED_FAR_MS: i64 = 10_000_000_000_000;

impl Sale {
    /// Applies one event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        self.last_at = at;
        match &recorded.event {
            Event::SaleCreated { .. } => {}
            Event::SaleOpened => self.stage = Stage::Open,
            Event::SalePaused => self.pause(at),
            Event::SaleResumed => self.resume(at),
            Event::SaleClosed => self.close(),
            Event::PaceSet { pace } => {
                let interval_of = |pace: &Pace| pace.rate.map(|rate| rate.interval);
                let counts_on = interval_of(&self.settings.pace) == interval_of(pace);
                self.settings.pace = *pace;
                if !counts_on {
                    self.window = Window { interval: self.interval_at(at), admitted: 0 };
                }
            }
            Event::LineReleased { reason } => self.released = Some(*reason),
            Event::LineReopened => self.released = None,
            Event::Joined { accounts, .. } => accounts.iter().for_each(|account| {
                self.apply_join(*account, at);
            }),
            Event::Admitted { through, until } => self.admit(*through, *until, at),
            Event::Entered { place, until } => {
                self.demand.present += 1;
                self.line.set_stage(*place, PlaceStage::Selecting);
                self.shoppers.set_deadline(*place, *until);
            }
            Event::LeftLine { place } => self.line.set_stage(*place, PlaceStage::Left),
            Event::TurnEnded { place, end } => self.end_turn(*place, *end),
            Event::SeatsHeld { place, hold, items } => {
                self.last_hold = hold.0;
                self.replace_hold(*place, Some(Hold { number: *hold, items: items.clone() }));
                self.floor.take(items, SeatState::Held(*place));
            }
            Event::HoldReleased { place } => self.replace_hold(*place, None),
            Event::SeatsBlocked { items } => self.floor.take(items, SeatState::Blocked),
            Event::SeatsUnblocked { items } => self.floor.give(items, Kind::Blocked),
            Event::TicketCheckedIn { serial } => {
                if let Some(ticket) = self.tickets.get_mut((*serial as usize).wrapping_sub(1)) {
                    ticket.used_at = Some(at);
                }
            }
            Event::Refused { .. } | Event::Unchanged { .. } | Event::WriterChanged { .. } => {}
            Event::LobbySet { commitment, gathers_from } => {
                self.lobby.set(LobbyRules { commitment: *commitment, gathers_from: *gathers_from });
            }
            Event::LobbyJoined { accounts } => accounts.iter().for_each(|account| self.apply_lobby_join(*account, at)),
            Event::LobbyLeft { account } => self.lobby.leave(*account),
            Event::LineDrawn { seed } => {
                let accounts = self.lobby.draw(*seed);
                self.line.reserve(accounts.len());
                for account in accounts {
                    self.line.push(account);
                }
            }
            Event::Throttled { permille } => self.throttle.permille = *permille,
            Event::NoShowCorrectionSet { on } => self.throttle.corrects_no_shows = *on,
            Event::Announced { text } => {
                let message = || Arc::new(Announcement { text: text.clone(), at });
                self.announcement = (!text.is_empty()).then(message);
            }
            event => self.apply_to_order(event, at),
        }
        if let Some(key) = recorded.key {
            self.answers.remember(key, self.outcome_of(&recorded.event), at);
        }
    }

    fn apply_to_order(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::CheckoutStarted { place, order, total, until } => {
                self.start_checkout(*place, *order, *total, *until, at)
            }
            Event::PaymentOpened { order, payment, page_url } => {
                if let Some(order) = self.orders.find_mut(*order) {
                    order.payment = Some(payment.clone());
                    order.page_url = Some(page_url.clone());
                }
            }
            Event::PaymentDeclined { order } => {
                if let Some(order) = self.orders.find_mut(*order) {
                    order.declined += 1;
                }
            }
            Event::PaymentCaptured { order, payment, amount } => {
                if let Some(order) = self.orders.find_mut(*order) {
                    order.payment = Some(payment.clone());
                    order.captured = Some(amount.amount);
                    order.settled = true;
                    self.totals.taken += amount.amount;
                }
            }
            Event::TicketsIssued { order, first_serial } => self.issue_tickets(*order, *first_serial),
            Event::OrderExpired { order } => self.give_up_order(*order, OrderStage::Expired, PlaceStage::TimedOut),
            Event::OrderCancelled { order } => self.give_up_order(*order, OrderStage::Cancelled, PlaceStage::Left),
            Event::PaymentCancelled { order } => {
                if let Some(order) = self.orders.find_mut(*order) {
                    order.settled = true;
                }
            }
            Event::RefundRequested { order } => self.request_refund(*order),
            Event::RefundCompleted { order } => {
                if let Some(order) = self.orders.find_mut(*order) {
                    order.stage = OrderStage::Refunded;
                    self.totals.refunded += order.captured.unwrap_or(0);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn apply_join(&mut self, account: AccountId, at: Timestamp) -> PlaceNumber {
        self.last_at = at;
        self.line.push(account)
    }

    pub(crate) fn apply_lobby_join(&mut self, account: AccountId, at: Timestamp) {
        self.last_at = at;
        self.lobby.push(account, at < self.settings.opens_at);
    }

    fn admit(&mut self, through: PlaceNumber, until: Timestamp, at: Timestamp) {
        let interval = self.interval_at(at);
        if interval != self.window.interval {
            self.window.interval = interval;
            self.window.admitted = 0;
        }
        let Self { line, shoppers, window, .. } = self;
        line.admit_through(through, |place| {
            shoppers.admit(place, until);
            window.admitted += 1;
        });
    }

    fn end_turn(&mut self, place: PlaceNumber, end: ShopperEnd) {
        self.demand.without += 1;
        self.demand.absent += u32::from(end == ShopperEnd::Absent);
        self.replace_hold(place, None);
        self.shoppers.remove(place);
        let stage = match end {
            ShopperEnd::Absent => PlaceStage::Absent,
            ShopperEnd::SelectTimeOver => PlaceStage::TimedOut,
            ShopperEnd::Left => PlaceStage::Left,
        };
        self.line.set_stage(place, stage);
    }

    /// Puts this hold in the place of the one before, whose seats are free then.
    fn replace_hold(&mut self, place: PlaceNumber, hold: Option<Hold>) {
        if let Some(before) = self.shoppers.set_hold(place, hold) {
            self.floor.give(&before.items, Kind::Held);
        }
    }

    fn start_checkout(&mut self, place: PlaceNumber, id: OrderId, total: i64, until: Timestamp, at: Timestamp) {
        let (Some(account), Some(hold)) =
            (self.line.owner(place), self.shoppers.get(place).and_then(|shopper| shopper.hold.as_ref()))
        else {
            return;
        };
        self.orders.push(Order {
            id,
            account,
            place,
            items: hold.items.clone(),
            total,
            stage: OrderStage::Paying,
            deadline: until,
            created_at: at,
            payment: None,
            page_url: None,
            captured: None,
            settled: false,
            declined: 0,
            tickets: None,
        });
        self.line.set_stage(place, PlaceStage::Paying);
        self.shoppers.set_order(place, id);
        self.shoppers.set_deadline(place, until);
    }

    fn issue_tickets(&mut self, id: OrderId, first_serial: u32) {
        let Some(index) = self.orders.index_of(id) else { return };
        let Some(order) = self.orders.find_mut(id) else { return };
        let count = order.items.count();
        // A late payment finds its seats free, one in time finds them held.
        let from = if order.stage == OrderStage::Paying { Kind::Held } else { Kind::Free };
        order.stage = OrderStage::Paid;
        order.settled = true;
        order.tickets = Some((first_serial, count));
        self.floor.change(&order.items, from, SeatState::Sold(index));
        if from == Kind::Held {
            self.shoppers.remove(order.place);
            self.line.set_stage(order.place, PlaceStage::Done);
        }
        if from == Kind::Free {
            // The turn was counted when it ended, as one without a purchase.
            self.demand.without = self.demand.without.saturating_sub(1);
        }
        self.demand.bought(count);
        self.totals.orders_paid += 1;
        self.totals.tickets_sold += count;
        let ticket = TicketRecord { order: index, used_at: None, void: false };
        self.tickets.extend(std::iter::repeat_n(ticket, count as usize));
    }

    fn give_up_order(&mut self, id: OrderId, stage: OrderStage, place_stage: PlaceStage) {
        let Some(order) = self.orders.find_mut(id) else { return };
        order.stage = stage;
        let place = order.place;
        self.demand.without += 1;
        self.replace_hold(place, None);
        self.shoppers.remove(place);
        self.line.set_stage(place, place_stage);
    }

    fn request_refund(&mut self, id: OrderId) {
        let Some(order) = self.orders.find_mut(id) else { return };
        let before = std::mem::replace(&mut order.stage, OrderStage::RefundPending);
        let place = order.place;
        match before {
            OrderStage::Paid => {
                self.floor.give(&order.items, Kind::Sold);
                self.totals.orders_paid -= 1;
                self.totals.tickets_sold -= order.items.count();
                let (first, count) = order.tickets.unwrap_or((1, 0));
                let tickets = self.tickets.iter_mut().skip(first as usize - 1).take(count as usize);
                tickets.for_each(|ticket| ticket.void = !sabotage::is("refund_keeps_ticket"));
            }
            OrderStage::Paying => {
                self.demand.without += 1;
                self.replace_hold(place, None);
                self.shoppers.remove(place);
                self.line.set_stage(place, PlaceStage::Left);
            }
            _ => {}
        }
    }

    fn pause(&mut self, at: Timestamp) {
        self.stage = Stage::Paused { since: at };
        self.shift_deadlines(PAUSED_FAR_MS);
    }

    fn resume(&mut self, at: Timestamp) {
        let Stage::Paused { since } = self.stage else { return };
        self.stage = Stage::Open;
        self.shift_deadlines(at.as_millis() - since.as_millis() - PAUSED_FAR_MS);
    }

    /// Moves the deadlines of those who do not pay yet.
    fn shift_deadlines(&mut self, by_ms: i64) {
        let moved: Vec<_> = self
            .shoppers
            .sorted()
            .into_iter()
            .filter(|(_, shopper)| shopper.order.is_none())
            .map(|(place, shopper)| (place, Timestamp::from_millis(shopper.deadline.as_millis() + by_ms)))
            .collect();
        for (place, deadline) in moved {
            self.shoppers.set_deadline(place, deadline);
        }
    }

    fn close(&mut self) {
        let choosing: Vec<_> =
            self.shoppers.sorted().into_iter().filter(|(_, it)| it.order.is_none()).map(|(place, _)| place).collect();
        for place in choosing {
            self.end_turn(place, ShopperEnd::Left);
        }
        self.stage = Stage::Closed;
    }

    /// What the request behind this event was told: the same live and on replay.
    pub(crate) fn outcome_of(&self, event: &Event) -> Outcome {
        let answer = match event {
            Event::Refused { rejection } => return Err(rejection.clone()),
            Event::Entered { place, .. } | Event::Unchanged { place: Some(place), .. } => {
                self.line.owner(*place).and_then(|account| self.place_view(account)).map(Answer::Place)
            }
            Event::SeatsHeld { place, .. } => self.hold_view_of(*place).map(Answer::Held),
            Event::CheckoutStarted { order, .. }
            | Event::TicketsIssued { order, .. }
            | Event::OrderCancelled { order }
            | Event::RefundRequested { order }
            | Event::RefundCompleted { order }
            | Event::Unchanged { order: Some(order), .. } => {
                self.orders.find(*order).map(|order| Answer::Order(self.order_view(order)))
            }
            _ => None,
        };
        Ok(answer.unwrap_or(Answer::Done))
    }
}
