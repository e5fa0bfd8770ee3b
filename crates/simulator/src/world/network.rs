//! Messages between clients and the writer: late, lost, twice.

use std::rc::Rc;

use domain::{AccountId, OrderId};
use sale::idempotency::Outcome;
use sale::{Command, Request, RequestKey};

use super::faults::Fault;
use super::{Happening, World};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A fan, by index.
    Fan(u32),
    /// The checkout saga or a webhook of the provider.
    Payments,
    /// The organiser, and the gate.
    Organiser,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Who asks.
    pub(crate) from: Sender,
    /// The sender's own number of the request.
    pub(crate) number: u32,
    /// What is asked.
    pub(crate) request: Rc<Request>,
}

/// An answer on its way.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// To whom.
    pub(crate) to: Sender,
    /// The number of the request.
    pub(crate) number: u32,
    /// The request, to judge the answer by.
    pub(crate) request: Rc<Request>,
    /// The answer.
    pub(crate) outcome: Outcome,
}

impl World {
    /// Sends a request to the writer.
    pub(crate) fn send(&mut self, message: Message) {
        if self.faults.strikes(Fault::DoubleClick, &mut self.dice) {
            self.carry(message.clone());
        }
        self.carry(message);
    }

    fn carry(&mut self, message: Message) {
        if self.faults.strikes(Fault::RequestLost, &mut self.dice) {
            return;
        }
        let delay = self.message_delay();
        self.clock.after(delay, Happening::Arrives(message));
    }

    /// Sends an answer to its client.
    pub(crate) fn reply(&mut self, reply: Reply) {
        if self.faults.strikes(Fault::AnswerLost, &mut self.dice) {
            return;
        }
        let delay = self.message_delay();
        self.clock.after(delay, Happening::Answered(Box::new(reply)));
    }

    fn message_delay(&mut self) -> domain::Duration {
        let slow = self.faults.strikes(Fault::MessageSlow, &mut self.dice);
        if slow { self.dice.span(1_000, 20_000) } else { self.dice.span(1, 60) }
    }

    /// Sends something without a key that is safe to repeat.
    pub(crate) fn tell(&mut self, from: Sender, command: Command) {
        self.told += 1;
        let number = self.told;
        self.send(Message { from, number, request: Rc::new(command.into()) });
    }

    /// An order id, as the server makes them.
    pub(crate) fn new_order(&mut self) -> OrderId {
        self.orders_made += 1;
        OrderId::new(u128::from(self.orders_made) << 64 | 7)
    }
}

/// A request under a key.
pub(crate) fn keyed(fan: u32, number: u32, command: Command) -> Rc<Request> {
    let id = domain::CommandId::new(u128::from(fan) << 64 | u128::from(number));
    Rc::new(Request { key: Some(RequestKey::new(id, &command)), command })
}

/// The account of a fan.
pub(crate) fn account_of(fan: u32) -> AccountId {
    AccountId::new(u128::from(fan) + 1)
}
