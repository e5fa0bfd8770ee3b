//! An admitted fan shows up: the select time starts.

use domain::{AccountId, Timestamp};

use crate::event::Event;
use crate::line::PlaceStage;
use crate::rejection::Rejection;
use crate::state::Sale;

/// Entering again changes nothing: the select time starts once.
pub(super) fn decide(
    sale: &Sale,
    account: AccountId,
    now: Timestamp,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    super::running(sale, now)?;
    let (place, stage) = super::choosing(sale, account)?;
    if stage == PlaceStage::Admitted {
        events.push(Event::Entered { place, until: now + sale.settings.select_time });
    }
    Ok(())
}
