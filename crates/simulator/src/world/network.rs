//! Messages between clients, gateways and the writer: late, lost, twice, out of order, in one direction only.

use std::rc::Rc;

use domain::{AccountId, Duration, OrderId, Timestamp};
use sale::idempotency::Outcome;
use sale::{Command, Request, RequestKey};

use super::faults::Fault;
use super::{Happening, World};

/// How many gateways there are.
pub(crate) const GATEWAYS: u32 = 3;

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
    /// Through which gateway.
    pub(crate) gateway: u32,
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
    /// Through which gateway.
    pub(crate) gateway: u32,
    /// The request, to judge the answer by.
    pub(crate) request: Rc<Request>,
    /// The answer.
    pub(crate) outcome: Outcome,
}

/// The way between one gateway and the engine.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// The writer it asks.
    writer: u32,
    requests_lost_until: Timestamp,
    answers_lost_until: Timestamp,
    /// Nothing comes out before, and nothing that went in is lost.
    clogged: (Timestamp, Timestamp),
}

impl Link {
    const fn to(writer: u32) -> Self {
        let never = Timestamp::from_millis(i64::MIN);
        Self { writer, requests_lost_until: never, answers_lost_until: never, clogged: (never, never) }
    }
}

/// All of them.
pub(crate) struct Network {
    links: [Link; GATEWAYS as usize],
}

impl Default for Network {
    fn default() -> Self {
        Self { links: [Link::to(0); GATEWAYS as usize] }
    }
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
        self.trouble(message.gateway);
        let link = self.network.links[message.gateway as usize];
        let blocked = self.clock.now() < link.requests_lost_until;
        if blocked || self.faults.strikes(Fault::RequestLost, &mut self.dice) {
            return;
        }
        let epoch = link.writer;
        if self.faults.strikes(Fault::MessageDuplicated, &mut self.dice) {
            let at = self.arrival(link);
            self.clock.at(at, Happening::Arrives { epoch, message: message.clone() });
        }
        let at = self.arrival(link);
        self.clock.at(at, Happening::Arrives { epoch, message });
    }

    /// Sends an answer to its client.
    pub(crate) fn reply(&mut self, reply: Reply) {
        let link = self.network.links[reply.gateway as usize];
        let blocked = self.clock.now() < link.answers_lost_until;
        if blocked || self.faults.strikes(Fault::AnswerLost, &mut self.dice) {
            return;
        }
        if self.faults.strikes(Fault::MessageDuplicated, &mut self.dice) {
            let at = self.arrival(link);
            self.clock.at(at, Happening::Answered(Box::new(reply.clone())));
        }
        let at = self.arrival(link);
        self.clock.at(at, Happening::Answered(Box::new(reply)));
    }

    /// When something sent now comes out.
    fn arrival(&mut self, link: Link) -> Timestamp {
        let delay = if self.faults.strikes(Fault::MessageSlow, &mut self.dice) {
            self.dice.span(1_000, 20_000)
        } else if self.faults.strikes(Fault::MessageReordered, &mut self.dice) {
            self.dice.span(60, 2_000)
        } else {
            self.dice.span(1, 60)
        };
        let at = self.clock.now() + delay;
        let (from, until) = link.clogged;
        if at < from || at >= until { at } else { until + Duration::from_millis(self.dice.below(50)) }
    }

    /// Something may happen to the links.
    fn trouble(&mut self, gateway: u32) {
        let now = self.clock.now();
        if self.faults.strikes(Fault::OneWayPartition, &mut self.dice) {
            let until = now + self.dice.span(1_000, 60_000);
            let link = &mut self.network.links[gateway as usize];
            if self.dice.chance(500) {
                link.requests_lost_until = until;
            } else {
                link.answers_lost_until = until;
            }
        }
        if self.faults.strikes(Fault::SwizzleClog, &mut self.dice) {
            self.swizzle(now);
        }
    }

    /// Clogs some links one by one, and frees them in an order of its own.
    fn swizzle(&mut self, now: Timestamp) {
        for gateway in 0..GATEWAYS as usize {
            if self.dice.chance(700) {
                let (from, takes) = (self.dice.span(0, 5_000), self.dice.span(5_000, 30_000));
                self.network.links[gateway].clogged = (now + from, now + takes);
            }
        }
    }

    /// The gateways hear of a new writer, some of them late.
    pub(crate) fn gateways_learn(&mut self, epoch: u32) {
        for gateway in 0..GATEWAYS {
            let stale = self.faults.strikes(Fault::GatewayStale, &mut self.dice);
            let delay = if stale { self.dice.span(5_000, 60_000) } else { self.dice.span(1, 800) };
            self.clock.after(delay, Happening::GatewayLearns { gateway, epoch });
        }
    }

    /// One gateway asks this writer from now on; it never goes back to an older one.
    pub(crate) fn gateway_learns(&mut self, gateway: u32, epoch: u32) {
        let link = &mut self.network.links[gateway as usize];
        link.writer = link.writer.max(epoch);
    }

    /// The network is as it should be.
    pub(crate) fn calm_network(&mut self) {
        self.network.links = [Link::to(self.writers.current); GATEWAYS as usize];
    }

    /// Sends something without a key that is safe to repeat.
    pub(crate) fn tell(&mut self, from: Sender, command: Command) {
        self.told += 1;
        let (number, gateway) = (self.told, self.dice.below(GATEWAYS));
        self.send(Message { from, number, gateway, request: Rc::new(command.into()) });
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
