//! A fan gives up an unpaid order; its seats go back at once.

use domain::{AccountId, OrderId};

use crate::event::Event;
use crate::orders::OrderStage;
use crate::rejection::Rejection;
use crate::state::Sale;

pub(super) fn decide(
    sale: &Sale,
    account: AccountId,
    order: OrderId,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let found = sale.orders.find(order).filter(|found| found.account == account).ok_or(Rejection::OrderUnknown)?;
    match found.stage {
        OrderStage::Paying => events.push(Event::OrderCancelled { order }),
        OrderStage::Cancelled => {}
        _ => return Err(Rejection::OrderNotOpen),
    }
    Ok(())
}
