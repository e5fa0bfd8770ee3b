//! What the payment provider reports. Every report may come late, twice and out of order.

use domain::{Money, OrderId};

use crate::event::Event;
use crate::orders::{Order, OrderStage};
use crate::rejection::Rejection;
use crate::state::{Sale, Stage};

pub(super) fn opened(
    sale: &Sale,
    order: OrderId,
    payment: &str,
    page_url: &str,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    if found.page_url.is_none() && found.captured.is_none() {
        events.push(Event::PaymentOpened { order, payment: payment.into(), page_url: page_url.into() });
        if sabotage::is("ticket_without_payment") {
            let amount = sale.money(found.total);
            events.push(Event::PaymentCaptured { order, payment: payment.into(), amount });
            events.push(Event::TicketsIssued { order, first_serial: sale.tickets_issued() + 1 });
        }
    }
    Ok(())
}

pub(super) fn declined(sale: &Sale, order: OrderId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    if found.stage == OrderStage::Paying {
        events.push(Event::PaymentDeclined { order });
    }
    Ok(())
}

/// Money is there. In time, it buys the tickets; late, it buys them if the seats are still free for that buyer;
/// in every other case it goes back.
pub(super) fn captured(
    sale: &Sale,
    order: OrderId,
    payment: &str,
    amount: Money,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    // An order that costs nothing has no payment: what is reported for it is not its money.
    if found.captured.is_some() || found.total == 0 || sabotage::is("capture_forgotten") {
        return Ok(());
    }
    events.push(Event::PaymentCaptured { order, payment: payment.into(), amount });
    let buys = amount == sale.money(found.total)
        && match found.stage {
            OrderStage::Paying => true,
            OrderStage::Expired => may_complete_late(sale, found),
            _ => false,
        };
    events.push(if buys {
        Event::TicketsIssued { order, first_serial: sale.tickets_issued() + 1 }
    } else {
        Event::RefundRequested { order }
    });
    Ok(())
}

fn may_complete_late(sale: &Sale, order: &Order) -> bool {
    let count = sale.bought_by(order.account) + sale.held_by(order.account) + order.items.count();
    sale.stage != Stage::Closed
        && count <= sale.settings.tickets_per_buyer_max
        && sale.floor.check_free(&order.items, None).is_ok()
}

/// The provider will take no money any more: the undo is done, or the buyer cancelled on its page.
pub(super) fn cancelled(sale: &Sale, order: OrderId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    if found.settled {
        return Ok(());
    }
    if found.stage == OrderStage::Paying {
        events.push(Event::OrderCancelled { order });
    }
    events.push(Event::PaymentCancelled { order });
    Ok(())
}
