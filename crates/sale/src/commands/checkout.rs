//! A fan goes on to pay for the hold. From here there is no way back to the seats.

use domain::{AccountId, OrderId, Timestamp};

use crate::event::Event;
use crate::rejection::Rejection;
use crate::state::Sale;

/// Tickets that cost nothing need no provider: they are issued at once.
pub(super) fn decide(
    sale: &Sale,
    account: AccountId,
    order: OrderId,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    super::running(sale, now)?;
    let (place, _) = super::choosing(sale, account)?;
    let hold = sale.shoppers.get(place).and_then(|shopper| shopper.hold.as_ref()).ok_or(Rejection::NothingHeld)?;
    if sale.orders.find(order).is_some() {
        return Err(Rejection::OrderExists);
    }
    let total = sale.total_of(&hold.items).ok_or(Rejection::SeatUnknown)?;
    let total = if sabotage::is("wrong_price") { total - 1 } else { total };
    events.push(Event::CheckoutStarted { place, order, total, until: now + sale.settings.pay_time });
    if total == 0 {
        events.push(Event::TicketsIssued { order, first_serial: sale.tickets_issued() + 1 });
    }
    Ok(())
}
