//! The simulated payment provider: one payment and one capture per order, refunds once per key, webhooks.

use domain::{Money, OrderId};
use hashbrown::HashMap;
use sale::Command;

use super::faults::Fault;
use super::network::Sender;
use super::{Happening, World};
use crate::Sabotage;
use crate::world::CURRENCY;

/// How a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentStatus {
    /// Its page takes money.
    Open,
    /// The money was taken.
    Captured,
    /// Nothing was taken and nothing will be.
    Cancelled,
    /// The money was taken and given back.
    Refunded,
}

/// A line of the provider's ledger.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    /// What for.
    pub(crate) order: OrderId,
    /// How it stands.
    pub(crate) status: PaymentStatus,
    /// What the shop asked for.
    pub(crate) asked: i64,
    /// What one capture took.
    pub(crate) amount: i64,
    /// How often money was taken.
    pub(crate) captures: u32,
    /// Given back in all.
    pub(crate) refunded: i64,
}

/// The provider's ledger.
#[derive(Default)]
pub(crate) struct Provider {
    payments: Vec<Payment>,
    by_order: HashMap<OrderId, usize>,
}

impl Provider {
    /// Every payment, in the order in which they were opened.
    pub(crate) fn ledger(&self) -> &[Payment] {
        &self.payments
    }

    /// The payment of an order.
    pub(crate) fn find(&self, order: OrderId) -> Option<&Payment> {
        self.payments.get(*self.by_order.get(&order)?)
    }

    fn find_mut(&mut self, order: OrderId) -> Option<&mut Payment> {
        self.payments.get_mut(*self.by_order.get(&order)?)
    }

    /// Opens the payment of an order; opening it again changes nothing.
    pub(crate) fn open(&mut self, order: OrderId, asked: i64) {
        let Self { payments, by_order } = self;
        by_order.entry(order).or_insert_with(|| {
            let status = PaymentStatus::Open;
            payments.push(Payment { order, status, asked, amount: asked, captures: 0, refunded: 0 });
            payments.len() - 1
        });
    }

    /// Cancels the payment of an order if it is open; true if that changed it.
    pub(crate) fn cancel(&mut self, order: OrderId) -> bool {
        let open = self.find_mut(order).filter(|payment| payment.status == PaymentStatus::Open);
        open.map(|payment| payment.status = PaymentStatus::Cancelled).is_some()
    }

    /// Gives money back; the same key (there is one per order) gives it back once.
    pub(crate) fn refund(&mut self, order: OrderId, amount: i64, knows_keys: bool) {
        let Some(payment) = self.find_mut(order) else { return };
        match payment.status {
            PaymentStatus::Captured => {
                payment.refunded = amount;
                payment.status = PaymentStatus::Refunded;
            }
            PaymentStatus::Refunded if !knows_keys => payment.refunded += amount,
            _ => {}
        }
    }
}

impl World {
    /// A fan presses the button of the payment page.
    pub(crate) fn fan_pays(&mut self, order: OrderId) {
        if self.faults.strikes(Fault::Declined, &mut self.dice) {
            return self.webhook(Command::RecordPaymentDeclined { order });
        }
        let wrong = self.faults.strikes(Fault::WrongAmount, &mut self.dice);
        let twice = self.sabotage == Some(Sabotage::ChargeTwice) && self.dice.chance(200);
        let Some(payment) = self.provider.find_mut(order) else { return };
        if payment.status == PaymentStatus::Captured && twice {
            payment.captures += 1;
        }
        if payment.status != PaymentStatus::Open {
            return;
        }
        payment.status = PaymentStatus::Captured;
        payment.captures += 1 + u32::from(twice);
        payment.amount = if wrong { payment.asked + 100 } else { payment.asked };
        let captured = captured(payment);
        self.webhook(captured);
    }

    /// A fan gives up on the payment page.
    pub(crate) fn fan_gives_up(&mut self, order: OrderId) {
        if self.provider.cancel(order) {
            self.webhook(Command::RecordPaymentCancelled { order });
        }
    }

    /// Sends what happened to the shop, as reliably as webhooks are.
    pub(crate) fn webhook(&mut self, command: Command) {
        if self.faults.strikes(Fault::WebhookDropped, &mut self.dice) {
            return;
        }
        let copies = 1 + u32::from(self.faults.strikes(Fault::WebhookDuplicated, &mut self.dice));
        for _ in 0..copies {
            let late = self.faults.strikes(Fault::WebhookLate, &mut self.dice);
            let delay = if late { self.dice.span(10_000, 900_000) } else { self.dice.span(20, 2_000) };
            self.clock.after(delay, Happening::Webhook(Box::new(command.clone())));
        }
    }

    /// A webhook reaches the shop.
    pub(crate) fn webhook_comes(&mut self, command: Command) {
        self.tell(Sender::Payments, command);
    }
}

/// The report of a capture.
pub(crate) fn captured(payment: &Payment) -> Command {
    let (order, id) = (payment.order, format!("pay_{:x}", payment.order.bits() >> 64));
    Command::RecordPaymentCaptured { order, payment: id, amount: Money::new(payment.amount, CURRENCY) }
}
