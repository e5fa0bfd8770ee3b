//! Tickets of a sale: one per seat or area place, numbered by a serial from 1.

use domain::{AreaIndex, SeatIndex, Timestamp};
use serde::{Deserialize, Serialize};

use crate::state::Sale;

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStage {
    /// Lets its holder in.
    Valid,
    /// Has let its holder in.
    Used,
    /// Was refunded.
    Void,
}

/// What the sale keeps of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TicketRecord {
    /// Index of its order.
    pub(crate) order: u32,
    /// When its holder went in.
    pub(crate) used_at: Option<Timestamp>,
    /// It was refunded.
    pub(crate) void: bool,
}

/// A ticket, with what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its serial in the sale; the first is 1.
    pub serial: u32,
    /// Index of its order.
    pub order: u32,
    /// The seat, or the area.
    pub seat: Result<SeatIndex, AreaIndex>,
    /// What it is good for.
    pub stage: TicketStage,
    /// When its holder went in.
    pub used_at: Option<Timestamp>,
}

impl Sale {
    /// A ticket by its serial.
    pub fn ticket(&self, serial: u32) -> Option<Ticket> {
        let record = self.tickets.get((serial as usize).checked_sub(1)?)?;
        let order = self.orders.at(record.order)?;
        let (first, _) = order.tickets?;
        let nth = serial.checked_sub(first)?;
        let seat = match order.items.seats.get(nth as usize) {
            Some(seat) => Ok(*seat),
            None => Err(area_of(&order.items.areas, nth - order.items.seats.len() as u32)?),
        };
        let stage = match (record.void, record.used_at) {
            (true, _) => TicketStage::Void,
            (false, Some(_)) => TicketStage::Used,
            (false, None) => TicketStage::Valid,
        };
        Some(Ticket { serial, order: record.order, seat, stage, used_at: record.used_at })
    }

    /// The tickets of an order, in its order.
    pub fn tickets_of(&self, order: &crate::orders::Order) -> Vec<Ticket> {
        let (first, count) = order.tickets.unwrap_or((0, 0));
        (first..first + count).filter_map(|serial| self.ticket(serial)).collect()
    }

    /// How many tickets were ever issued.
    pub fn tickets_issued(&self) -> u32 {
        self.tickets.len() as u32
    }
}

fn area_of(areas: &[(AreaIndex, u32)], mut nth: u32) -> Option<AreaIndex> {
    for (area, count) in areas {
        if nth < *count {
            return Some(*area);
        }
        nth -= count;
    }
    None
}
