//! A fan chooses: every seat of the choice, or none and the earlier choice stays.

use domain::{AccountId, Timestamp};

use crate::command::Choice;
use crate::event::{Event, Items};
use crate::line::PlaceStage;
use crate::rejection::Rejection;
use crate::state::Sale;

pub(super) fn decide(
    sale: &Sale,
    account: AccountId,
    choice: &Choice,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    super::running(sale, now)?;
    let (place, stage) = super::choosing(sale, account)?;
    let count = match choice {
        Choice::These(places) => places.count(),
        Choice::BestAvailable(wish) => wish.count,
    };
    if count == 0 {
        return Err(Rejection::NothingChosen);
    }
    let limit = sale.settings.tickets_per_buyer_max;
    let bought = sale.bought_by(account);
    if bought.saturating_add(count) > limit && !sabotage::is("no_buyer_limit") {
        return Err(Rejection::BuyerLimitReached { limit, bought });
    }
    let own = sale.shoppers.get(place).and_then(|shopper| shopper.hold.as_ref()).map(|hold| &hold.items);
    let items = match choice {
        Choice::These(places) => {
            let items = Items::from(places.clone());
            sale.floor.check_free(&items, own)?;
            items
        }
        Choice::BestAvailable(wish) => sale.floor.best_available(*wish)?,
    };
    if stage == PlaceStage::Admitted {
        events.push(Event::Entered { place, until: now + sale.settings.select_time });
    }
    events.push(Event::SeatsHeld { place, hold: sale.next_hold(), items });
    Ok(())
}
