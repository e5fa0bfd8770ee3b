//! The checkout saga: for every order the next step, asked of the provider and recorded in the sale.
//!
//! What is to be done, what an answer leads to and what a webhook means is the real code of `payments`. The saga knows
//! only what is durable, keeps nothing that a crash could lose, and repeats until the order is finished.

use domain::{Duration, Money, OrderId};
use hashbrown::HashMap;
use payments::checkout::call::Answer;
use payments::checkout::{Call, Next, Step, after, next_step};
use payments::provider::{refund_key, refund_rest_key};
use payments::{OpenPayment, ProviderError};
use sale::{Command, Event, Order};

use super::faults::Fault;
use super::network::Sender;
use super::{CURRENCY, Happening, World};
use crate::Sabotage;

/// How often the saga looks through all orders, should it have missed one.
const SWEEP: Duration = Duration::from_secs(15);
/// The first and the longest pause after an answer that did not come.
const PAUSES_MS: (u32, u32) = (200, 10_000);
/// A call that is not answered in this time counts as lost.
const PATIENCE_MS: u32 = 10_000;

/// The running saga.
#[derive(Default)]
pub(crate) struct Saga {
    /// Grows with every start; what belongs to an earlier one is void.
    pub(crate) epoch: u32,
    /// Orders being worked on: the next pause, and whether more came up meanwhile.
    busy: HashMap<OrderId, (u32, bool)>,
}

/// What is asked of the provider; the order is not looked up again, as that is what travels.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) epoch: u32,
    pub(crate) call: Call,
    pub(crate) order: Order,
}

impl World {
    /// The saga starts, the first time or after a crash.
    pub(crate) fn start_saga(&mut self) {
        self.saga.epoch += 1;
        self.saga.busy.clear();
        self.sweep(self.saga.epoch);
    }

    /// The saga stops. Somebody starts it again.
    pub(crate) fn crash_saga(&mut self) {
        self.saga.epoch += 1;
        self.saga.busy.clear();
        let delay = self.dice.span(100, 30_000);
        self.clock.after(delay, Happening::SagaStarts { epoch: self.saga.epoch });
    }

    /// Looks for orders with something left to do.
    pub(crate) fn sweep(&mut self, epoch: u32) {
        if epoch != self.saga.epoch {
            return;
        }
        let open = self.reader.sale.orders().all().iter().filter(|order| !order.is_finished());
        let open: Vec<OrderId> = open.map(|order| order.id).collect();
        if self.is_calm && open.is_empty() && self.writers.are_idle() {
            return;
        }
        for order in open {
            self.work_on(order);
        }
        self.clock.after(SWEEP, Happening::SagaSweeps { epoch });
    }

    /// Tells the saga of a durable event.
    pub(crate) fn saga_hears(&mut self, event: &Event) {
        match event {
            Event::CheckoutStarted { order, .. }
            | Event::OrderExpired { order }
            | Event::OrderCancelled { order }
            | Event::RefundRequested { order } => self.work_on(*order),
            _ => {}
        }
    }

    pub(crate) fn work_on(&mut self, order: OrderId) {
        if let Some((_, again)) = self.saga.busy.get_mut(&order) {
            *again = true;
            return;
        }
        self.saga.busy.insert(order, (PAUSES_MS.0, false));
        let (delay, epoch) = (self.dice.span(1, 50), self.saga.epoch);
        self.clock.after(delay, Happening::SagaTurns { epoch, order });
    }

    /// Lets go of an order, unless more came up while it was worked on.
    fn leave(&mut self, order: OrderId) {
        if self.saga.busy.remove(&order).is_some_and(|(_, again)| again) {
            self.work_on(order);
        }
    }

    /// Takes up an order and does the first call of its step.
    pub(crate) fn saga_turns(&mut self, epoch: u32, id: OrderId) {
        if epoch != self.saga.epoch {
            return;
        }
        if self.faults.strikes(Fault::SagaCrash, &mut self.dice) {
            return self.crash_saga();
        }
        let order = self.reader.sale.orders().find(id);
        let step = order.and_then(next_step).filter(|step| !self.skips(*step));
        let Some((step, order)) = step.zip(order.cloned()) else { return self.leave(id) };
        if step == Step::Refund && self.sabotage == Some(Sabotage::RefundOnPaper) {
            self.tell(Sender::Payments, Command::RecordRefund { order: id });
            return self.turns_again(id, 1_000);
        }
        self.asks(Asked { epoch, call: Call::first(step), order });
    }

    fn skips(&self, step: Step) -> bool {
        match self.sabotage {
            Some(Sabotage::SkipRefunds) => step == Step::Refund,
            Some(Sabotage::SkipCancels) => step == Step::Cancel,
            _ => false,
        }
    }

    /// A call sets out. It may never get there; then the saga waits in vain.
    fn asks(&mut self, asked: Asked) {
        let asked = Box::new(asked);
        if self.faults.strikes(Fault::ProviderFails, &mut self.dice) {
            return self.answers_later(asked, unavailable(), 10, 400);
        }
        let slow = self.faults.strikes(Fault::ProviderSlow, &mut self.dice);
        let delay = if slow { self.dice.span(1_000, 60_000) } else { self.dice.span(10, 400) };
        if delay.as_millis() > PATIENCE_MS {
            // The saga gives up waiting, and the call still gets there.
            self.answers_later(asked.clone(), unavailable(), PATIENCE_MS, PATIENCE_MS);
            self.clock.after(delay, Happening::ProviderCalled { asked, is_awaited: false });
        } else {
            self.clock.after(delay, Happening::ProviderCalled { asked, is_awaited: true });
        }
    }

    fn answers_later(&mut self, asked: Box<Asked>, answer: Answer, low_ms: u32, high_ms: u32) {
        let delay = self.dice.span(low_ms, high_ms);
        self.clock.after(delay, Happening::ProviderAnswers { asked, answer: Box::new(answer) });
    }

    /// A call reaches the provider, even if the saga that made it is gone.
    pub(crate) fn provider_called(&mut self, asked: Box<Asked>, is_awaited: bool) {
        let order = &asked.order;
        let answer = match asked.call {
            Call::Open | Call::OpenToCancel => self.provider_opens(&opening(order)),
            Call::Find | Call::FindToRefund => Ok(self.provider.find(order.id).cloned()),
            Call::Cancel | Call::CancelOpened | Call::CancelUnopened => self.provider_cancels(order.id),
            Call::Refund => {
                let amount = Money::new(order.captured.unwrap_or(0), CURRENCY);
                self.provider_refunds(order.id, amount, refund_key(order.id))
            }
            Call::RefundRest(amount) => self.provider_refunds(order.id, amount, refund_rest_key(order.id)),
        };
        if !is_awaited {
            return;
        }
        if self.faults.strikes(Fault::ProviderAnswerLost, &mut self.dice) {
            return self.answers_later(asked, unavailable(), PATIENCE_MS, PATIENCE_MS);
        }
        self.answers_later(asked, answer, 10, 400);
    }

    /// The provider's answer: what it leads to is done or recorded.
    pub(crate) fn provider_answers(&mut self, asked: Asked, answer: &Answer) {
        if asked.epoch != self.saga.epoch {
            return;
        }
        let id = asked.order.id;
        match after(&asked.order, asked.call, answer) {
            Next::Record(commands) => {
                for command in commands {
                    self.tell(Sender::Payments, command);
                }
                self.turns_again(id, 100);
            }
            Next::Wait => self.leave(id),
            Next::Call(call) => self.asks(Asked { call, ..asked }),
            Next::Repeat => {
                let pause = self.saga.busy.get(&id).map_or(PAUSES_MS.0, |(pause, _)| *pause);
                self.saga.busy.insert(id, ((pause * 2).min(PAUSES_MS.1), false));
                self.turns_again(id, pause);
            }
        }
    }

    fn turns_again(&mut self, order: OrderId, pause_ms: u32) {
        let (delay, epoch) = (self.dice.span(pause_ms, pause_ms * 2), self.saga.epoch);
        self.clock.after(delay, Happening::SagaTurns { epoch, order });
    }
}

fn unavailable() -> Answer {
    Err(ProviderError::Unavailable { reason: "no answer".into() })
}

/// The same order gives the same request, whoever builds it and when.
fn opening(order: &Order) -> OpenPayment {
    OpenPayment {
        order: order.id,
        amount: Money::new(order.total, CURRENCY),
        description: String::new(),
        return_url: String::new(),
        expires_at: order.deadline,
    }
}
