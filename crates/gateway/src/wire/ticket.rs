//! Tickets on the wire.

use domain::OrderId;
use sale::{Ticket, TicketStage};
use serde::Serialize;
use tickets::{TicketClaims, TicketId, TicketKey, TicketPlace};
use utoipa::ToSchema;

use crate::sales::SaleEntry;

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketBody {
    /// `sale_1-17`
    pub id: String,
    /// `sale_…`
    pub sale: String,
    /// `ord_…`
    pub order: String,
    /// What is performed.
    pub event: String,
    /// When, with the venue's offset.
    pub starts_at: String,
    /// When the doors open, with the venue's offset.
    pub doors_at: Option<String>,
    /// The venue's zone.
    pub time_zone: String,
    /// Where.
    pub venue: String,
    /// The section of a numbered seat.
    pub section: Option<String>,
    /// Its row.
    pub row: Option<String>,
    /// Its number.
    pub number: Option<String>,
    /// The area, for a place without a number.
    pub area: Option<String>,
    /// The signed code: what the QR shows and a gate verifies without a network.
    pub code: String,
    /// It lets nobody in: its sale is a rehearsal.
    pub rehearsal: bool,
    /// `valid`, `used` or `void`.
    #[schema(value_type = String)]
    pub stage: TicketStage,
    /// Its QR code as SVG.
    pub qr: String,
}

/// The keys that ticket codes may be signed with.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what tickets::TicketVerifier publishes")]
pub struct TicketKeysBody {
    /// The present one and those before it.
    keys: Vec<TicketKeyBody>,
}

/// A public key.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in TicketKeysBody")]
pub struct TicketKeyBody {
    /// What a ticket code names it by: 8 hexadecimal digits.
    id: String,
    /// The 32 bytes of an Ed25519 key in base64.
    public_key: String,
}

/// A page of tickets, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketsPage {
    /// The tickets.
    pub tickets: Vec<TicketBody>,
    /// Give it as `after` for the next page.
    pub next: Option<String>,
}

impl SaleEntry {
    /// The signed content of a ticket.
    pub fn claims(&self, ticket: &Ticket) -> TicketClaims {
        let id = TicketId { sale: self.handle.sale(), serial: ticket.serial };
        let place = match ticket.seat {
            Ok(seat) => TicketPlace::Seat(seat),
            // The serial tells two people of one area apart, and never changes.
            Err(area) => TicketPlace::Area { area, number: ticket.serial },
        };
        let starts_at = self.page.performance.starts_at_instant.as_millis() / 1_000;
        TicketClaims { ticket: id, place, starts_at_s: u32::try_from(starts_at).unwrap_or(u32::MAX) }
    }

    /// A ticket on the wire.
    pub fn ticket_body(&self, ticket: &Ticket, order: OrderId, key: &TicketKey) -> TicketBody {
        let claims = self.claims(ticket);
        let seat = ticket.seat.ok().and_then(|seat| self.facts.plan.seats.get(seat.0 as usize));
        let row = seat.and_then(|seat| self.facts.plan.rows.get(seat.row as usize));
        let section = row.and_then(|row| self.facts.plan.sections.get(usize::from(row.section)));
        let area = ticket.seat.err().and_then(|area| self.facts.plan.areas.get(usize::from(area.0)));
        TicketBody {
            id: claims.ticket.to_string(),
            sale: claims.ticket.sale.to_string(),
            order: order.to_string(),
            event: self.page.event.name.clone(),
            starts_at: self.page.performance.starts_at.clone(),
            doors_at: self.page.performance.doors_at.clone(),
            time_zone: self.page.performance.time_zone.clone(),
            venue: self.page.venue.name.clone(),
            section: section.map(|section| section.name.clone()),
            row: row.map(|row| row.name.clone()),
            number: seat.map(|seat| seat.number.clone()),
            area: area.map(|area| area.name.clone()),
            code: key.sign(&claims).as_str().to_owned(),
            rehearsal: self.page.rehearsal,
            stage: ticket.stage,
            qr: format!("/v1/tickets/{}/qr.svg", claims.ticket),
        }
    }
}
