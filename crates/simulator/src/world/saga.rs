//! The checkout saga: for every order the next step, asked of the provider and recorded in the sale.
//!
//! It knows only what is durable, keeps nothing that a crash could lose, and repeats until the order is finished.

use domain::OrderId;
use hashbrown::HashSet;
use payments::checkout::{Step, next_step};
use sale::{Command, Event};

use super::faults::Fault;
use super::network::Sender;
use super::provider::{PaymentStatus, captured};
use super::{Happening, World};
use crate::Sabotage;

/// How often the saga looks through all orders, should it have missed one.
const SWEEP_MS: u32 = 30_000;

/// The running saga.
#[derive(Default)]
pub(crate) struct Saga {
    /// Grows with every start; what belongs to an earlier one is void.
    pub(crate) epoch: u32,
    busy: HashSet<OrderId>,
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
        let open = self.reader.sale.orders().all().iter().filter(|order| next_step(order).is_some());
        let open: Vec<OrderId> = open.map(|order| order.id).collect();
        if self.is_calm && open.is_empty() && self.writer.is_idle() {
            return;
        }
        for order in open {
            self.nudge(order);
        }
        self.clock.after(domain::Duration::from_millis(SWEEP_MS), Happening::SagaSweeps { epoch });
    }

    /// Tells the saga of a durable event.
    pub(crate) fn saga_hears(&mut self, event: &Event) {
        match event {
            Event::CheckoutStarted { order, .. }
            | Event::OrderExpired { order }
            | Event::OrderCancelled { order }
            | Event::RefundRequested { order } => self.nudge(*order),
            _ => {}
        }
    }

    fn nudge(&mut self, order: OrderId) {
        if self.saga.busy.insert(order) {
            let (delay, epoch) = (self.dice.span(1, 50), self.saga.epoch);
            self.clock.after(delay, Happening::SagaTurns { epoch, order });
        }
    }

    /// Takes up an order: calls the provider, and comes back later to see whether that was enough.
    pub(crate) fn saga_turns(&mut self, epoch: u32, id: OrderId) {
        if epoch != self.saga.epoch {
            return;
        }
        if self.faults.strikes(Fault::SagaCrash, &mut self.dice) {
            return self.crash_saga();
        }
        let step = self.reader.sale.orders().find(id).and_then(next_step).filter(|step| !self.skips(*step));
        let Some(step) = step else {
            self.saga.busy.remove(&id);
            return;
        };
        if step == Step::Refund && self.sabotage == Some(Sabotage::RefundOnPaper) {
            self.tell(Sender::Payments, Command::RecordRefund { order: id });
        } else if !self.faults.strikes(Fault::ProviderFails, &mut self.dice) {
            let slow = self.faults.strikes(Fault::ProviderSlow, &mut self.dice);
            let delay = if slow { self.dice.span(1_000, 60_000) } else { self.dice.span(10, 400) };
            self.clock.after(delay, Happening::ProviderCalled { epoch, order: id, step });
        }
        let pause = self.dice.span(1_000, 8_000);
        self.clock.after(pause, Happening::SagaTurns { epoch, order: id });
    }

    fn skips(&self, step: Step) -> bool {
        match self.sabotage {
            Some(Sabotage::SkipRefunds) => step == Step::Refund,
            Some(Sabotage::SkipCancels) => step == Step::Cancel,
            _ => false,
        }
    }

    /// A call reaches the provider, even if the saga that made it is gone; only a living saga hears the answer.
    pub(crate) fn provider_called(&mut self, epoch: u32, id: OrderId, step: Step) {
        let Some(order) = self.reader.sale.orders().find(id) else { return };
        let (total, captured_amount) = (order.total, order.captured.unwrap_or(0));
        let knows_keys = self.sabotage != Some(Sabotage::ForgetRefundKeys);
        match step {
            Step::Open => self.provider.open(id, total),
            Step::Watch => {}
            Step::Cancel => {
                if self.provider.cancel(id) {
                    self.webhook(Command::RecordPaymentCancelled { order: id });
                }
            }
            Step::Refund => self.provider.refund(id, captured_amount, knows_keys),
        }
        let lost = self.faults.strikes(Fault::ProviderAnswerLost, &mut self.dice);
        if !lost && epoch == self.saga.epoch {
            let delay = self.dice.span(10, 400);
            self.clock.after(delay, Happening::ProviderAnswers { epoch, order: id, step });
        }
    }

    /// The provider's answer: what it says is recorded in the sale.
    pub(crate) fn provider_answers(&mut self, epoch: u32, id: OrderId, step: Step) {
        if epoch != self.saga.epoch {
            return;
        }
        let payment = self.provider.find(id);
        let report = match (step, payment.map(|payment| payment.status)) {
            (Step::Open, Some(_)) => Some(Command::RecordPaymentOpened {
                order: id,
                payment: format!("pay_{:x}", id.bits() >> 64),
                page_url: format!("https://pay.example/{:x}", id.bits() >> 64),
            }),
            (Step::Refund, Some(PaymentStatus::Refunded)) => Some(Command::RecordRefund { order: id }),
            (Step::Watch | Step::Cancel, Some(PaymentStatus::Captured | PaymentStatus::Refunded)) => {
                payment.map(captured)
            }
            // No payment was ever opened: none can be paid either, as nobody was shown a page.
            (Step::Watch | Step::Cancel, Some(PaymentStatus::Cancelled)) | (Step::Cancel, None) => {
                Some(Command::RecordPaymentCancelled { order: id })
            }
            _ => None,
        };
        if let Some(report) = report {
            self.tell(Sender::Payments, report);
        }
    }
}
