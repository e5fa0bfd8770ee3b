//! A fan gives up the place, and what it holds.

use domain::AccountId;

use crate::event::{Event, ShopperEnd};
use crate::line::PlaceStage;
use crate::rejection::Rejection;
use crate::state::Sale;

/// Who pays must cancel the order instead, so that money and seats part ways knowingly.
pub(super) fn decide(sale: &Sale, account: AccountId, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.lobby.holds(account) {
        events.push(Event::LobbyLeft { account });
        return Ok(());
    }
    let place = sale.line.place_of(account).ok_or(Rejection::NotInLine)?;
    match sale.line.stage(place) {
        Some(PlaceStage::Waiting) => events.push(Event::LeftLine { place }),
        Some(PlaceStage::Admitted | PlaceStage::Selecting) => {
            events.push(Event::TurnEnded { place, end: ShopperEnd::Left });
        }
        Some(PlaceStage::Paying) => return Err(Rejection::AlreadyPaying),
        _ => {}
    }
    Ok(())
}
