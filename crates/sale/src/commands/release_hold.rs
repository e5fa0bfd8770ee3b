//! A fan gives the chosen seats back and may choose others.

use domain::AccountId;

use crate::event::Event;
use crate::rejection::Rejection;
use crate::state::Sale;

pub(super) fn decide(sale: &Sale, account: AccountId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let (place, _) = super::choosing(sale, account)?;
    let holds = sale.shoppers.get(place).is_some_and(|shopper| shopper.hold.is_some());
    if !holds {
        return Err(Rejection::NothingHeld);
    }
    events.push(Event::HoldReleased { place });
    Ok(())
}
