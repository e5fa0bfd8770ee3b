//! What clients were told, compared with what is durable: at once, and again when the evening is over.

use domain::{AccountId, OrderId, PlaceNumber};
use hashbrown::HashMap;
use sale::idempotency::Outcome;
use sale::{Answer, Command, HoldView, PlaceStage, Rejection};

use crate::world::World;
use crate::world::network::{Reply, Sender};
use crate::world::reader::Reader;
use crate::{Invariant, Sabotage};

/// Everything that clients were told.
#[derive(Default)]
pub(crate) struct History {
    places: Vec<(AccountId, PlaceNumber)>,
    holds: Vec<(AccountId, HoldView)>,
    orders: Vec<(AccountId, OrderId, i64)>,
    /// What was remembered of each fan's keyed requests, by their number, under which the key is made.
    remembered: HashMap<(u32, u32), Outcome>,
    /// The request that was let in with a ticket.
    check_ins: HashMap<u32, u32>,
    /// Orders that fans believe to have, by the number of the request.
    begun: HashMap<(u32, u32), OrderId>,
}

impl World {
    /// An answer reaches its client.
    pub(crate) fn answered(&mut self, reply: Reply) {
        self.check_same_answer(&reply);
        let used = matches!(reply.outcome, Err(Rejection::TicketAlreadyUsed { .. }));
        match &reply.outcome {
            Ok(answer) => self.check_acknowledged(&reply, answer),
            Err(_) if used && self.sabotage == Some(Sabotage::GateIgnoresRefusals) => {
                self.check_acknowledged(&reply, &Answer::Done);
            }
            Err(_) => {}
        }
        if let Sender::Fan(fan) = reply.to {
            self.fan_goes_on(fan, reply.number, reply.outcome.is_err());
        }
    }

    /// The same key with the same content gives the same answer, with other content an error.
    fn check_same_answer(&mut self, reply: &Reply) {
        let (Sender::Fan(fan), Some(_)) = (reply.to, reply.request.key) else { return };
        if matches!(reply.request.command, Command::CheckIn { .. }) {
            let reused = Err(Rejection::IdempotencyKeyReused);
            // Whose turn it was not left the key free: then the gate may have been first.
            if self.history.remembered.get(&(fan, reply.number)).is_none_or(|first| *first == reused) {
                return;
            }
            let refused = reply.outcome == reused;
            return self.tally.require(Invariant::SameAnswer, refused, || {
                format!("a key used for something else was answered with {:?}", reply.outcome)
            });
        }
        // That it is not one's turn is not remembered, and the network may bring that answer late.
        if reply.outcome.as_ref().is_err_and(|rejection| !rejection.is_remembered()) {
            return;
        }
        let first = self.history.remembered.entry((fan, reply.number)).or_insert_with(|| reply.outcome.clone());
        let same = *first == reply.outcome;
        let before = if same { None } else { Some(first.clone()) };
        self.tally.require(Invariant::SameAnswer, same, || format!("{before:?}, then {:?}", reply.outcome));
    }

    fn check_acknowledged(&mut self, reply: &Reply, answer: &Answer) {
        let account = match reply.request.command {
            Command::Join { account } | Command::PlaceHold { account, .. } | Command::BeginCheckout { account, .. } => {
                account
            }
            Command::CheckIn { serial } => {
                // The network may carry one answer twice.
                let once = *self.history.check_ins.entry(serial).or_insert(reply.number) == reply.number;
                return self.tally.require(Invariant::TicketOnce, once, || format!("ticket {serial} was used again"));
            }
            _ => return,
        };
        let known = match answer {
            // In the lobby nobody has a number; whoever is told of an entry has come, and may have left since.
            Answer::Place(view) | Answer::Joined(view) if view.stage == PlaceStage::InLobby => {
                self.reader.sale.lobby().rules().is_some()
            }
            Answer::Place(view) | Answer::Joined(view) => {
                self.history.places.push((account, view.number));
                knows_place(&self.reader, account, view.number)
            }
            Answer::Held(view) => {
                let known = knows_hold(&self.reader, account, view);
                self.history.holds.push((account, view.clone()));
                known
            }
            Answer::Order(view) => {
                self.history.orders.push((account, view.id, view.total.amount));
                self.check_one_order(reply, view.id);
                knows_order(&self.reader, account, view.id, view.total.amount)
            }
            _ => return,
        };
        self.tally.require(Invariant::Acknowledged, known, || format!("{account} was told {answer:?}"));
    }

    /// One request, however often it is sent, begins one order.
    fn check_one_order(&mut self, reply: &Reply, order: OrderId) {
        let Sender::Fan(fan) = reply.to else { return };
        let first = *self.history.begun.entry((fan, reply.number)).or_insert(order);
        self.tally.require(Invariant::SameAnswer, first == order, || {
            format!("request {} of fan {fan} began {first} and {order}", reply.number)
        });
    }

    /// Everything that anybody was ever told is in the journal, read again from its beginning.
    pub(crate) fn check_history(&mut self, journal: &Reader) {
        let History { places, holds, orders, .. } = &self.history;
        let place = places.iter().find(|(account, number)| !knows_place(journal, *account, *number));
        let hold = holds.iter().find(|(account, view)| !knows_hold(journal, *account, view));
        let order = orders.iter().find(|(account, id, total)| !knows_order(journal, *account, *id, *total));
        let lost = place.map(|it| format!("{it:?}")).or(hold.map(|it| format!("{it:?}")));
        let lost = lost.or(order.map(|it| format!("{it:?}")));
        self.tally.require(Invariant::Acknowledged, lost.is_none(), || format!("lost: {lost:?}"));
    }
}

fn knows_place(reader: &Reader, account: AccountId, number: PlaceNumber) -> bool {
    reader.sale.line().owner(number) == Some(account)
}

fn knows_hold(reader: &Reader, account: AccountId, view: &HoldView) -> bool {
    let hold = reader.holds.get(view.number.0 as usize - 1);
    hold.is_some_and(|(place, items)| reader.sale.line().owner(*place) == Some(account) && *items == view.items)
}

fn knows_order(reader: &Reader, account: AccountId, id: OrderId, total: i64) -> bool {
    reader.sale.orders().find(id).is_some_and(|order| order.account == account && order.total == total)
}
