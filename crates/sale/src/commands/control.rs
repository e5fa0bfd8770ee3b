//! The organiser's hand on the sale: pause, resume, close, pace.

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
