//! What is asked of the provider for a step, and what its answer leads to. Pure: the desk and the simulator share it.
//!
//! Most steps are one call. Two are not, because a definite "no" is not the end of them:
//!
//! - Cancelling a payment that the provider does not know: its opening may still be on its way. It is opened under the
//!   same key and then cancelled. A provider that refuses to open it will not open the late one either.
//! - Refunding what was captured in another currency than asked: the provider says what it took, and all of that goes
//!   back.

use domain::Money;
use sale::{Command, Order};

use super::next_step::Step;
use super::record;
use crate::provider::{Payment, PaymentStatus, ProviderError};

/// What the provider says to one call; `None` if it has no payment of the order.
pub type Answer = Result<Option<Payment>, ProviderError>;

/// A call of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Have a payment page made.
    Open,
    /// Ask how the payment stands.
    Find,
    /// See to it that no money is taken any more.
    Cancel,
    /// Open what was to be cancelled and is not known, so that it can be.
    OpenToCancel,
    /// Cancel what has been opened for that.
    CancelOpened,
    /// Cancel what could not be opened either: whatever is there by now.
    CancelUnopened,
    /// Send back what was captured.
    Refund,
    /// Ask what was captured, as sending it back was refused.
    FindToRefund,
    /// Send back what the provider says is left of it.
    RefundRest(Money),
}

impl Call {
    /// The call a step begins with.
    pub const fn first(step: Step) -> Self {
        match step {
            Step::Open => Self::Open,
            Step::Watch => Self::Find,
            Step::Cancel => Self::Cancel,
            Step::Refund => Self::Refund,
        }
    }
}

/// What an answer leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The sale is told this, in this order; then the order is looked at again.
    Record(Vec<Command>),
    /// It is up to the buyer now.
    Wait,
    /// Another call belongs to this step.
    Call(Call),
    /// The step is repeated after a pause.
    Repeat,
}

/// What the answer to a call leads to.
pub fn after(order: &Order, call: Call, answer: &Answer) -> Next {
    match (call, answer) {
        (Call::Open, Ok(Some(payment))) => Next::Record(vec![Command::RecordPaymentOpened {
            order: order.id,
            payment: payment.id.clone(),
            page_url: payment.page_url.clone(),
        }]),
        (Call::Find | Call::Cancel | Call::CancelOpened | Call::CancelUnopened, Ok(found)) => standing(found.as_ref()),
        (Call::Cancel, Err(error)) if is_unknown_payment(error) => Next::Call(Call::OpenToCancel),
        (Call::OpenToCancel, Ok(_)) => Next::Call(Call::CancelOpened),
        (Call::OpenToCancel, Err(ProviderError::Refused { .. })) => Next::Call(Call::CancelUnopened),
        (Call::CancelUnopened, Err(error)) if is_unknown_payment(error) => {
            Next::Record(vec![Command::RecordPaymentCancelled { order: order.id }])
        }
        (Call::Refund | Call::RefundRest(_), Ok(Some(payment))) => refunded(payment),
        (Call::Refund, Err(ProviderError::Refused { .. })) => Next::Call(Call::FindToRefund),
        (Call::FindToRefund, Ok(Some(payment))) if payment.status == PaymentStatus::Captured => {
            let left = payment.amount.amount - payment.refunded.amount;
            Next::Call(Call::RefundRest(Money::new(left, payment.amount.currency)))
        }
        (Call::FindToRefund, Ok(Some(payment))) => refunded(payment),
        _ => Next::Repeat,
    }
}

fn standing(payment: Option<&Payment>) -> Next {
    match payment.map(record::standing) {
        Some(commands) if !commands.is_empty() => Next::Record(commands),
        _ => Next::Wait,
    }
}

/// Only money that is all back ends an order.
fn refunded(payment: &Payment) -> Next {
    if payment.status == PaymentStatus::Refunded {
        return Next::Record(vec![Command::RecordRefund { order: payment.order }]);
    }
    Next::Repeat
}

fn is_unknown_payment(error: &ProviderError) -> bool {
    matches!(error, ProviderError::Refused { code, .. } if code == "payment_unknown")
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, Currency, OrderId, PlaceNumber, Timestamp};
    use sale::OrderStage;

    use super::*;

    const ORDER: OrderId = OrderId::new(1);

    fn order(stage: OrderStage) -> Order {
        Order {
            id: ORDER,
            account: AccountId::new(1),
            place: PlaceNumber(1),
            items: sale::Items::default(),
            total: 5_000,
            stage,
            deadline: Timestamp::from_millis(0),
            created_at: Timestamp::from_millis(0),
            payment: None,
            page_url: None,
            captured: Some(5_000),
            settled: false,
            declined: 0,
            tickets: None,
        }
    }

    fn payment(status: PaymentStatus, refunded: i64) -> Payment {
        let usd = Currency::from_code(*b"USD");
        Payment {
            id: "pay_1".into(),
            order: ORDER,
            amount: Money::new(5_000, usd),
            status,
            page_url: "http://localhost/pay_1".into(),
            refunded: Money::new(refunded, usd),
        }
    }

    fn refused(code: &str) -> Answer {
        Err(ProviderError::Refused { code: code.into(), detail: String::new() })
    }

    #[test]
    fn money_taken_in_another_currency_goes_back_in_that() {
        let order = order(OrderStage::RefundPending);
        let next = after(&order, Call::Refund, &refused("currency_differs"));
        assert_eq!(next, Next::Call(Call::FindToRefund));
        let found = Ok(Some(payment(PaymentStatus::Captured, 1_000)));
        let rest = Call::RefundRest(Money::new(4_000, Currency::from_code(*b"USD")));
        assert_eq!(after(&order, Call::FindToRefund, &found), Next::Call(rest));
        let back = Ok(Some(payment(PaymentStatus::Refunded, 5_000)));
        assert_eq!(after(&order, rest, &back), Next::Record(vec![Command::RecordRefund { order: ORDER }]));
    }

    #[test]
    fn an_order_whose_payment_cannot_be_opened_ends() {
        let order = order(OrderStage::Expired);
        assert_eq!(after(&order, Call::Cancel, &refused("payment_unknown")), Next::Call(Call::OpenToCancel));
        let next = after(&order, Call::OpenToCancel, &refused("amount_invalid"));
        assert_eq!(next, Next::Call(Call::CancelUnopened));
        let next = after(&order, Call::CancelUnopened, &refused("payment_unknown"));
        assert_eq!(next, Next::Record(vec![Command::RecordPaymentCancelled { order: ORDER }]));
    }

    #[test]
    fn an_answer_that_did_not_come_settles_nothing() {
        let lost: Answer = Err(ProviderError::Unavailable { reason: "time-out".into() });
        let order = order(OrderStage::Expired);
        for call in [Call::Open, Call::Find, Call::Cancel, Call::OpenToCancel, Call::CancelUnopened, Call::Refund] {
            assert_eq!(after(&order, call, &lost), Next::Repeat, "{call:?}");
        }
    }

    #[test]
    fn what_was_refunded_elsewhere_was_captured_first() {
        let order = order(OrderStage::Paying);
        let next = after(&order, Call::Find, &Ok(Some(payment(PaymentStatus::Refunded, 5_000))));
        let Next::Record(commands) = next else { panic!("{next:?}") };
        assert!(matches!(commands[0], Command::RecordPaymentCaptured { .. }), "{commands:?}");
        assert_eq!(commands[1], Command::RecordRefund { order: ORDER });
    }
}
