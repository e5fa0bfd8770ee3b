//! The payment page, and the desk of the merchant at the provider.

use domain::{Currency, Money, OrderId};
use payments::{PaymentStatus, ProviderEventKind};

use crate::Sabotage;
use crate::world::faults::Fault;
use crate::world::{Happening, World};

/// What is taken where another currency than the sale's is taken.
const OTHER_CURRENCY: Currency = Currency::from_code(*b"USD");

impl World {
    /// A fan presses the button of the payment page.
    pub(crate) fn fan_pays(&mut self, order: OrderId) {
        let declined = self.faults.strikes(Fault::Declined, &mut self.dice);
        let wrong_amount = self.faults.strikes(Fault::WrongAmount, &mut self.dice);
        let wrong_currency = self.faults.strikes(Fault::WrongCurrency, &mut self.dice);
        let late = self.faults.strikes(Fault::CapturesLate, &mut self.dice);
        let twice = self.sabotage == Some(Sabotage::ChargeTwice) && self.dice.chance(200);
        let now = self.clock.now();
        let Some(entry) = self.provider.entry(order) else { return };
        let payment = &mut entry.payment;
        if payment.status == PaymentStatus::Captured && twice {
            entry.captures += 1;
        }
        if payment.status != PaymentStatus::Open || (now >= entry.expires_at && !late) {
            return;
        }
        if declined {
            let payment = payment.clone();
            return self.event(ProviderEventKind::Declined, &payment);
        }
        payment.status = PaymentStatus::Captured;
        entry.captures += 1;
        let currency = if wrong_currency { OTHER_CURRENCY } else { entry.asked.currency };
        payment.amount = Money::new(entry.asked.amount + if wrong_amount { 100 } else { 0 }, currency);
        payment.refunded = Money::new(0, currency);
        let payment = payment.clone();
        self.event(ProviderEventKind::Captured, &payment);
        if self.faults.strikes(Fault::RefundedElsewhere, &mut self.dice) {
            let delay = self.dice.span(10, 600_000);
            self.clock.after(delay, Happening::MerchantRefunds { order });
        }
    }

    /// A fan gives up on the payment page.
    pub(crate) fn fan_gives_up(&mut self, order: OrderId) {
        let Some(entry) = self.provider.entry(order) else { return };
        if entry.payment.status == PaymentStatus::Open {
            entry.payment.status = PaymentStatus::Cancelled;
            let payment = entry.payment.clone();
            self.event(ProviderEventKind::Cancelled, &payment);
        }
    }

    /// Somebody sends the money back at the provider, without asking the shop.
    pub(crate) fn merchant_refunds(&mut self, order: OrderId) {
        let Some(entry) = self.provider.entry(order) else { return };
        let payment = &mut entry.payment;
        if payment.status != PaymentStatus::Captured || payment.refunded.amount > 0 {
            return;
        }
        (payment.status, payment.refunded) = (PaymentStatus::Refunded, payment.amount);
        entry.given_back += payment.amount.amount;
        self.clock.after(domain::Duration::from_millis(10), Happening::MerchantTells { order });
    }

    /// The provider repeats what the shop has not acknowledged.
    pub(crate) fn merchant_tells(&mut self, order: OrderId) {
        let stage = self.reader.sale.orders().find(order).map(|order| order.stage);
        let Some(payment) = self.provider.find(order).cloned() else { return };
        if stage != Some(sale::OrderStage::Refunded) {
            self.event(ProviderEventKind::Refunded, &payment);
            self.clock.after(domain::Duration::from_secs(20), Happening::MerchantTells { order });
        }
    }
}
