//! The organiser takes free seats out of the sale, or puts them back.

use crate::command::Places;
use crate::event::{Event, Items};
use crate::floor::{Kind, SeatState, named_twice};
use crate::rejection::Rejection;
use crate::state::Sale;

/// All or nothing: a seat that somebody holds or has bought is listed, and none is blocked.
pub(super) fn block(sale: &Sale, choice: &Places, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let items = Items::from(choice.clone());
    if items.count() == 0 {
        return Err(Rejection::NothingChosen);
    }
    sale.floor.check_free(&items, None)?;
    events.push(Event::SeatsBlocked { items });
    Ok(())
}

/// Only what is blocked can be put back.
pub(super) fn unblock(sale: &Sale, choice: &Places, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let items = Items::from(choice.clone());
    if items.count() == 0 {
        return Err(Rejection::NothingChosen);
    }
    let blocked = |seat| sale.floor.seat(seat) == Some(SeatState::Blocked);
    if named_twice(&items.seats) || !items.seats.iter().copied().all(blocked) {
        return Err(Rejection::SeatUnknown);
    }
    for (at, (area, count)) in items.areas.iter().enumerate() {
        let counts = sale.floor.areas().get(usize::from(area.0)).ok_or(Rejection::SeatUnknown)?;
        if *count > counts.of(Kind::Blocked) || items.areas[..at].iter().any(|(other, _)| other == area) {
            return Err(Rejection::SeatUnknown);
        }
    }
    events.push(Event::SeatsUnblocked { items });
    Ok(())
}
