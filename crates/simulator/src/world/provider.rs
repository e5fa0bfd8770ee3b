//! The simulated payment provider: one payment and one capture per order, refunds once per key.

pub(crate) mod page;
pub(crate) mod webhooks;

use domain::{Money, OrderId, Timestamp};
use hashbrown::HashMap;
use payments::checkout::call::Answer;
use payments::{OpenPayment, Payment, PaymentStatus, ProviderError, ProviderEventKind};

use super::World;
use super::faults::Fault;
use crate::Sabotage;

/// A payment, and what the provider's ledger has of it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The payment as it stands.
    pub(crate) payment: Payment,
    /// What the shop asked for.
    pub(crate) asked: Money,
    /// How often money was taken.
    pub(crate) captures: u32,
    /// Given back in all, whatever the payment says.
    pub(crate) given_back: i64,
    expires_at: Timestamp,
    /// The keys of its refunds.
    refunds: Vec<String>,
}

impl Entry {
    /// What the provider still has of it.
    pub(crate) fn left(&self) -> i64 {
        i64::from(self.captures) * self.payment.amount.amount - self.given_back
    }
}

/// The provider's ledger.
#[derive(Default)]
pub(crate) struct Provider {
    entries: Vec<Entry>,
    by_order: HashMap<OrderId, usize>,
    /// Orders whose payment it will never open.
    unopenable: HashMap<OrderId, bool>,
    /// Events sent so far.
    events: u64,
}

impl Provider {
    /// Every payment, in the order in which they were opened.
    pub(crate) fn ledger(&self) -> &[Entry] {
        &self.entries
    }

    /// The payment of an order.
    pub(crate) fn find(&self, order: OrderId) -> Option<&Payment> {
        Some(&self.entries.get(*self.by_order.get(&order)?)?.payment)
    }

    fn entry(&mut self, order: OrderId) -> Option<&mut Entry> {
        self.entries.get_mut(*self.by_order.get(&order)?)
    }

    fn open(&mut self, request: &OpenPayment) -> Payment {
        if let Some(entry) = self.entry(request.order) {
            return entry.payment.clone();
        }
        let number = self.entries.len();
        let payment = Payment {
            id: format!("pay_{number}"),
            order: request.order,
            amount: request.amount,
            status: PaymentStatus::Open,
            page_url: format!("https://pay.example/{number}"),
            refunded: Money::new(0, request.amount.currency),
        };
        self.by_order.insert(request.order, number);
        let (expires_at, asked) = (request.expires_at, request.amount);
        let entry = Entry { payment: payment.clone(), asked, captures: 0, given_back: 0, expires_at, refunds: vec![] };
        self.entries.push(entry);
        payment
    }

    /// Gives money back; the same key gives it back once.
    fn refund(
        &mut self,
        order: OrderId,
        amount: Money,
        key: String,
        knows_keys: bool,
    ) -> Result<Payment, &'static str> {
        let entry = self.entry(order).ok_or("payment_unknown")?;
        if entry.refunds.contains(&key) && knows_keys {
            return Ok(entry.payment.clone());
        }
        let payment = &mut entry.payment;
        if !matches!(payment.status, PaymentStatus::Captured | PaymentStatus::Refunded) {
            return Err("payment_not_captured");
        }
        if amount.currency != payment.amount.currency {
            return Err("currency_differs");
        }
        if payment.refunded.amount + amount.amount > payment.amount.amount {
            if knows_keys {
                return Err("refund_exceeds_capture");
            }
            entry.given_back += amount.amount;
            return Ok(payment.clone());
        }
        payment.refunded = Money::new(payment.refunded.amount + amount.amount, amount.currency);
        entry.given_back += amount.amount;
        if payment.refunded == payment.amount {
            payment.status = PaymentStatus::Refunded;
        }
        entry.refunds.push(key);
        Ok(payment.clone())
    }
}

impl World {
    /// The shop wants a payment page.
    pub(crate) fn provider_opens(&mut self, request: &OpenPayment) -> Answer {
        let order = request.order;
        let unopenable = match self.provider.unopenable.get(&order) {
            Some(known) => *known,
            None => self.faults.strikes(Fault::OpenRefused, &mut self.dice),
        };
        self.provider.unopenable.insert(order, unopenable);
        if unopenable {
            return refused("amount_invalid");
        }
        let payment = self.provider.open(request);
        self.forges_for(order);
        Ok(Some(payment))
    }

    /// The shop wants no money to be taken any more.
    pub(crate) fn provider_cancels(&mut self, order: OrderId) -> Answer {
        let Some(entry) = self.provider.entry(order) else { return refused("payment_unknown") };
        let was_open = entry.payment.status == PaymentStatus::Open;
        if was_open {
            entry.payment.status = PaymentStatus::Cancelled;
        }
        let payment = entry.payment.clone();
        if was_open {
            self.event(ProviderEventKind::Cancelled, &payment);
        }
        Ok(Some(payment))
    }

    /// The shop sends money back.
    pub(crate) fn provider_refunds(&mut self, order: OrderId, amount: Money, key: String) -> Answer {
        let knows_keys = self.sabotage != Some(Sabotage::ForgetRefundKeys);
        match self.provider.refund(order, amount, key, knows_keys) {
            Ok(payment) => {
                self.event(ProviderEventKind::Refunded, &payment);
                Ok(Some(payment))
            }
            Err(code) => refused(code),
        }
    }
}

fn refused(code: &str) -> Answer {
    Err(ProviderError::Refused { code: code.into(), detail: String::new() })
}
