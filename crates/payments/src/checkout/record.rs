//! What the provider says about a payment, as commands for the sale. Pure: the desk and the simulator share it.

use domain::Money;
use sale::{Command, Sale};

use crate::provider::{Payment, PaymentStatus};
use crate::webhook::{ProviderEvent, ProviderEventKind};

/// The commands that record where a payment stands, in order; none if there is nothing new in it.
///
/// A refunded payment was captured before, and that may not be known: without the capture the refund would be one of
/// an order that never had any money. The sale ignores what it knows.
pub fn standing(payment: &Payment) -> Vec<Command> {
    let order = payment.order;
    match payment.status {
        PaymentStatus::Open => vec![],
        PaymentStatus::Captured => vec![captured(payment)],
        PaymentStatus::Cancelled => vec![Command::RecordPaymentCancelled { order }],
        PaymentStatus::Refunded => vec![captured(payment), Command::RecordRefund { order }],
    }
}

/// The commands that a verified webhook leads to, in order; `None` if the provider has to be asked instead.
///
/// A wrong amount decides whether a fan gets tickets: no message is believed about it.
pub fn heard(sale: &Sale, event: &ProviderEvent) -> Option<Vec<Command>> {
    let order = event.order;
    match event.kind {
        ProviderEventKind::Captured if !amount_fits(sale, event) => None,
        ProviderEventKind::Captured => Some(vec![captured(&event.payment)]),
        ProviderEventKind::Declined => Some(vec![Command::RecordPaymentDeclined { order }]),
        ProviderEventKind::Cancelled => Some(vec![Command::RecordPaymentCancelled { order }]),
        // Partly refunded payments stay captured; only money that is all back ends an order.
        ProviderEventKind::Refunded if event.payment.status == PaymentStatus::Refunded && amount_fits(sale, event) => {
            Some(standing(&event.payment))
        }
        ProviderEventKind::Refunded if event.payment.status == PaymentStatus::Refunded => None,
        ProviderEventKind::Refunded => Some(vec![]),
    }
}

fn amount_fits(sale: &Sale, event: &ProviderEvent) -> bool {
    let order = sale.orders().find(event.order);
    order.is_none_or(|order| Money::new(order.total, sale.settings().currency) == event.payment.amount)
}

fn captured(payment: &Payment) -> Command {
    Command::RecordPaymentCaptured { order: payment.order, payment: payment.id.clone(), amount: payment.amount }
}
