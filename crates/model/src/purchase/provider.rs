//! The provider as a model: one payment per order, captured at most once, refunded at most once.

use domain::{Money, Timestamp};
use payments::checkout::Call;
use payments::checkout::call::Answer;
use payments::{Payment, PaymentStatus, ProviderError, ProviderEvent, ProviderEventKind};
use sale::Order;

use super::{CURRENCY, order_of};

/// What a ticket costs.
pub(crate) const PRICE: i64 = 5_000;

/// The payment of each buyer's order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Provider {
    /// How each stands, and how often its money went back.
    payments: Vec<Option<(PaymentStatus, u8)>>,
}

impl Provider {
    pub(crate) fn new(buyers: u8) -> Self {
        Self { payments: vec![None; buyers.into()] }
    }

    pub(crate) fn status(&self, buyer: u8) -> Option<PaymentStatus> {
        self.payments[usize::from(buyer)].map(|(status, _)| status)
    }

    /// Money that went back was captured and went back once.
    pub(crate) fn is_sound(&self) -> bool {
        self.payments.iter().flatten().all(|(status, refunds)| (*status == PaymentStatus::Refunded) == (*refunds == 1))
    }

    pub(crate) fn pay(&mut self, buyer: u8) {
        if let Some((status @ PaymentStatus::Open, _)) = &mut self.payments[usize::from(buyer)] {
            *status = PaymentStatus::Captured;
        }
    }

    /// The answer to a call.
    pub(crate) fn answer(&mut self, order: &Order, call: Call) -> Answer {
        let buyer = (order.id.bits() - 1) as u8;
        let slot = &mut self.payments[usize::from(buyer)];
        match (call, &mut *slot) {
            (Call::Open | Call::OpenToCancel, None) => *slot = Some((PaymentStatus::Open, 0)),
            (Call::Cancel | Call::CancelOpened | Call::CancelUnopened, None) => {
                return Err(ProviderError::Refused { code: "payment_unknown".into(), detail: String::new() });
            }
            (Call::Cancel | Call::CancelOpened | Call::CancelUnopened, Some((status @ PaymentStatus::Open, _))) => {
                *status = PaymentStatus::Cancelled;
            }
            (Call::Refund | Call::RefundRest(_), Some((status @ PaymentStatus::Captured, refunds))) => {
                *status = PaymentStatus::Refunded;
                *refunds += 1;
            }
            _ => {}
        }
        Ok(self.payment(buyer))
    }

    /// What the provider tells by itself.
    pub(crate) fn event(&self, buyer: u8, kind: ProviderEventKind) -> Option<ProviderEvent> {
        let payment = self.payment(buyer)?;
        let created_at = Timestamp::from_millis(0);
        Some(ProviderEvent { id: String::new(), kind, order: payment.order, payment, created_at })
    }

    fn payment(&self, buyer: u8) -> Option<Payment> {
        let (status, refunds) = self.payments[usize::from(buyer)]?;
        Some(Payment {
            id: "pay".into(),
            order: order_of(buyer),
            amount: Money::new(PRICE, CURRENCY),
            status,
            page_url: "https://pay.example/".into(),
            refunded: Money::new(i64::from(refunds) * PRICE, CURRENCY),
        })
    }
}
