//! What the provider says about a payment, as a command for the sale.

use domain::Money;
use sale::Command;

use crate::provider::{Payment, PaymentStatus};
use crate::webhook::{ProviderEvent, ProviderEventKind};

/// The command that records where a payment stands; `None` if there is nothing new in it.
///
/// A refunded payment was captured before: recording the capture first keeps the order of the two, and the sale
/// ignores what it knows.
pub(super) fn standing(payment: &Payment) -> Option<Command> {
    let order = payment.order;
    match payment.status {
        PaymentStatus::Open => None,
        PaymentStatus::Captured => Some(captured(payment)),
        PaymentStatus::Cancelled => Some(Command::RecordPaymentCancelled { order }),
        PaymentStatus::Refunded => Some(Command::RecordRefund { order }),
    }
}

/// The commands a webhook leads to, in order.
pub(super) fn event(event: &ProviderEvent) -> Vec<Command> {
    let order = event.order;
    match event.kind {
        ProviderEventKind::Captured => vec![captured(&event.payment)],
        ProviderEventKind::Declined => vec![Command::RecordPaymentDeclined { order }],
        ProviderEventKind::Cancelled => vec![Command::RecordPaymentCancelled { order }],
        // Partly refunded payments stay captured; only money that is all back ends an order.
        ProviderEventKind::Refunded if event.payment.status == PaymentStatus::Refunded => {
            vec![Command::RecordRefund { order }]
        }
        ProviderEventKind::Refunded => vec![],
    }
}

fn captured(payment: &Payment) -> Command {
    let amount = Money::new(payment.amount.amount, payment.amount.currency);
    Command::RecordPaymentCaptured { order: payment.order, payment: payment.id.clone(), amount }
}
