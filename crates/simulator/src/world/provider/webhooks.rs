//! What the provider tells by itself: signed, verified and understood by the real code, and as unreliable as webhooks
//! are.

use std::sync::LazyLock;

use domain::{OrderId, Timestamp};
use payments::checkout::record;
use payments::webhook::{self, TOLERANCE};
use payments::{Payment, ProviderEvent, ProviderEventKind, Secret};

use crate::world::faults::Fault;
use crate::world::network::Sender;
use crate::world::{Happening, World};
use crate::{Invariant, Sabotage};

static SECRETS: LazyLock<[Secret; 2]> = LazyLock::new(|| [Secret::new("the shop's"), Secret::new("somebody else's")]);

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    body: Vec<u8>,
    is_forged: bool,
}

impl World {
    /// Tells the shop what happened to a payment.
    pub(crate) fn event(&mut self, kind: ProviderEventKind, payment: &Payment) {
        if self.faults.strikes(Fault::WebhookForged, &mut self.dice) {
            self.forges(payment);
        }
        if self.faults.strikes(Fault::WebhookDropped, &mut self.dice) {
            return;
        }
        let mut payment = payment.clone();
        if self.faults.strikes(Fault::WebhookWrong, &mut self.dice) {
            payment.amount.amount += 700;
        }
        let copies = if self.faults.strikes(Fault::WebhookStorm, &mut self.dice) {
            100
        } else {
            1 + u32::from(self.faults.strikes(Fault::WebhookDuplicated, &mut self.dice))
        };
        let body = self.body(kind, payment);
        for _ in 0..copies {
            let delay = if self.faults.strikes(Fault::WebhookLate, &mut self.dice) {
                let longest = if self.dice.chance(100) { 24 * 3_600_000 } else { 900_000 };
                self.dice.span(10_000, longest)
            } else if self.faults.strikes(Fault::WebhookEarly, &mut self.dice) {
                self.dice.span(0, 5)
            } else {
                self.dice.span(20, 2_000)
            };
            let delivery = Delivery { body: body.clone(), is_forged: false };
            self.clock.after(delay, Happening::Webhook(Box::new(delivery)));
        }
    }

    fn body(&mut self, kind: ProviderEventKind, payment: Payment) -> Vec<u8> {
        self.provider.events += 1;
        let id = format!("evt_{}", self.provider.events);
        let event = ProviderEvent { id, kind, order: payment.order, payment, created_at: self.clock.now() };
        serde_json::to_vec(&event).unwrap_or_default()
    }

    /// Somebody who knows an order claims that it is paid.
    fn forges(&mut self, payment: &Payment) {
        let status = payments::PaymentStatus::Captured;
        let body = self.body(ProviderEventKind::Captured, Payment { status, ..payment.clone() });
        let delivery = Delivery { body, is_forged: true };
        self.clock.after(domain::Duration::from_millis(1), Happening::Webhook(Box::new(delivery)));
    }

    /// Somebody claims that an order is paid the moment its page is there.
    pub(crate) fn forges_for(&mut self, order: OrderId) {
        if let Some(payment) = self.provider.find(order).cloned()
            && self.faults.strikes(Fault::WebhookForged, &mut self.dice)
        {
            self.forges(&payment);
        }
    }

    /// A webhook reaches the shop. It is signed when it is sent, however late that is.
    pub(crate) fn webhook_comes(&mut self, delivery: &Delivery) {
        let now = Timestamp::from_millis(self.clock.now().as_millis().max(0));
        let header = webhook::sign(&SECRETS[usize::from(delivery.is_forged)], &delivery.body, now);
        let trusted = if self.sabotage == Some(Sabotage::TrustForged) { &SECRETS[..] } else { &SECRETS[..1] };
        let verified = webhook::verify(trusted, &header, &delivery.body, now, TOLERANCE);
        if delivery.is_forged && self.sabotage.is_none() {
            self.tally.require(Invariant::Money, verified.is_err(), || "a forged webhook was believed".into());
        }
        let Ok(event) = verified else { return };
        match record::heard(&self.reader.sale, &event) {
            Some(commands) => commands.into_iter().for_each(|command| self.tell(Sender::Payments, command)),
            None => self.work_on(event.order),
        }
    }
}
