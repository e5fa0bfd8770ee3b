//! The organiser's hand on the sale: pause, resume, close, pace, a word to everybody.

use domain::limits;

use crate::event::Event;
use crate::rejection::Rejection;
use crate::settings::Pace;
use crate::state::{Sale, Stage};

pub(super) fn pause(sale: &Sale, events: &mut Vec<Event>) -> Result<(), Rejection> {
    match sale.stage {
        Stage::Open => events.push(Event::SalePaused),
        Stage::Paused { .. } => {}
        Stage::Scheduled => return Err(Rejection::SaleNotOpen { opens_at: sale.settings.opens_at }),
        Stage::Closed => return Err(Rejection::SaleClosed),
    }
    Ok(())
}

pub(super) fn resume(sale: &Sale, events: &mut Vec<Event>) -> Result<(), Rejection> {
    match sale.stage {
        Stage::Paused { .. } => events.push(Event::SaleResumed),
        Stage::Open => {}
        Stage::Scheduled => return Err(Rejection::SaleNotOpen { opens_at: sale.settings.opens_at }),
        Stage::Closed => return Err(Rejection::SaleClosed),
    }
    Ok(())
}

pub(super) fn close(sale: &Sale, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.stage != Stage::Closed {
        events.push(Event::SaleClosed);
    }
    Ok(())
}

pub(super) fn set_pace(sale: &Sale, pace: Pace, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.stage == Stage::Closed {
        return Err(Rejection::SaleClosed);
    }
    if sale.settings.pace != pace {
        events.push(Event::PaceSet { pace });
    }
    Ok(())
}

/// A controller outside lowers the pace when something is slow, and raises it again.
pub(super) fn throttle(sale: &Sale, permille: u16, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.stage == Stage::Closed {
        return Err(Rejection::SaleClosed);
    }
    if permille > 1_000 {
        return Err(Rejection::ThrottleInvalid);
    }
    if sale.throttle.permille != permille {
        events.push(Event::Throttled { permille });
    }
    Ok(())
}

pub(super) fn correct_no_shows(sale: &Sale, on: bool, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.stage == Stage::Closed {
        return Err(Rejection::SaleClosed);
    }
    if sale.throttle.corrects_no_shows != on {
        events.push(Event::NoShowCorrectionSet { on });
    }
    Ok(())
}

/// Also after the end: there may be something to say about it.
pub(super) fn announce(sale: &Sale, text: &str, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if text.chars().count() > limits::ANNOUNCEMENT_CHARS_MAX {
        return Err(Rejection::AnnouncementTooLong { limit: limits::ANNOUNCEMENT_CHARS_MAX as u32 });
    }
    if sale.announcement.as_ref().map_or("", |latest| &latest.text) != text {
        events.push(Event::Announced { text: text.into() });
    }
    Ok(())
}
