//! Money goes back: asked for by the organiser, confirmed by the provider.

use domain::OrderId;

use crate::event::Event;
use crate::orders::OrderStage;
use crate::rejection::Rejection;
use crate::state::Sale;

/// The organiser refunds a paid order. Asking again changes nothing.
pub(super) fn requested(sale: &Sale, order: OrderId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    match found.stage {
        OrderStage::Paid => {
            events.push(Event::RefundRequested { order });
            if found.captured.is_none() {
                // Tickets that cost nothing: there is no money to send.
                events.push(Event::RefundCompleted { order });
            }
            Ok(())
        }
        OrderStage::RefundPending | OrderStage::Refunded => Ok(()),
        _ => Err(Rejection::OrderNotPaid),
    }
}

/// The provider confirms that the money went back. It may have been sent back at the provider, without asking here: the
/// tickets of money that is gone are void.
pub(super) fn completed(sale: &Sale, order: OrderId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let found = sale.orders.find(order).ok_or(Rejection::OrderUnknown)?;
    match found.stage {
        OrderStage::RefundPending => events.push(Event::RefundCompleted { order }),
        OrderStage::Paid if found.captured.is_some() => {
            events.push(Event::RefundRequested { order });
            events.push(Event::RefundCompleted { order });
        }
        OrderStage::Refunded => {}
        _ => return Err(Rejection::OrderNotPaid),
    }
    Ok(())
}
