//! The gate lets the holder of a ticket in, once.

use crate::event::Event;
use crate::rejection::Rejection;
use crate::state::Sale;
use crate::tickets::TicketStage;

pub(super) fn decide(sale: &Sale, serial: u32, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let ticket = sale.ticket(serial).ok_or(Rejection::TicketUnknown)?;
    match (ticket.stage, ticket.used_at) {
        (TicketStage::Void, _) => Err(Rejection::TicketVoid),
        (_, Some(at)) if !sabotage::is("ticket_used_twice") => Err(Rejection::TicketAlreadyUsed { at }),
        _ => {
            events.push(Event::TicketCheckedIn { serial });
            Ok(())
        }
    }
}
