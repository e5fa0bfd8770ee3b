//! What a ticket says: which ticket it is, where its holder sits or stands, and when the performance starts.

use domain::{AreaIndex, SaleId, SeatIndex};

use crate::id::TicketId;

/// Where the holder of a ticket sits or stands. Indexes are those of the sale's seating plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketPlace {
    /// A numbered seat.
    Seat(SeatIndex),
    /// One of the people a counted area holds.
    Area {
        /// The area.
        area: AreaIndex,
        /// Which of its people: tells apart two tickets of one area at the gate.
        number: u32,
    },
}

/// The content of a ticket code. Nobody's name is in it, so a photographed code gives no person away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TicketClaims {
    /// Which ticket.
    pub ticket: TicketId,
    /// Which seat or area.
    pub place: TicketPlace,
    /// When the performance starts, in whole seconds since 1970-01-01T00:00:00Z: a gate without a network tells
    /// by it that a ticket is for another evening. Good until 2106.
    pub starts_at_s: u32,
}

/// First byte of the place: which kind of place follows.
const SEAT: u8 = 0;
const AREA: u8 = 1;

/// Bytes of claims with a seat: sale, serial, start, kind, seat.
const SEAT_CLAIMS_BYTES: usize = 4 + 4 + 4 + 1 + 4;
/// Bytes of claims with an area: sale, serial, start, kind, area, number.
const AREA_CLAIMS_BYTES: usize = 4 + 4 + 4 + 1 + 2 + 4;

/// The longest claims, in bytes.
pub(crate) const CLAIMS_BYTES_MAX: usize = AREA_CLAIMS_BYTES;

impl TicketClaims {
    /// Appends the claims, big endian. Each value has exactly one encoding.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.ticket.sale.get().to_be_bytes());
        out.extend(self.ticket.serial.to_be_bytes());
        out.extend(self.starts_at_s.to_be_bytes());
        match self.place {
            TicketPlace::Seat(seat) => {
                out.push(SEAT);
                out.extend(seat.0.to_be_bytes());
            }
            TicketPlace::Area { area, number } => {
                out.push(AREA);
                out.extend(area.0.to_be_bytes());
                out.extend(number.to_be_bytes());
            }
        }
    }

    /// Reads claims that fill `bytes` exactly; `None` if they do not.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let u32_at = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
        let u16_at = |at: usize| bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes);
        let place = match (*bytes.get(12)?, bytes.len()) {
            (SEAT, SEAT_CLAIMS_BYTES) => TicketPlace::Seat(SeatIndex(u32_at(13)?)),
            (AREA, AREA_CLAIMS_BYTES) => TicketPlace::Area { area: AreaIndex(u16_at(13)?), number: u32_at(15)? },
            _ => return None,
        };
        Some(Self { ticket: TicketId::new(SaleId::new(u32_at(0)?), u32_at(4)?), place, starts_at_s: u32_at(8)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_another_length_or_kind_are_refused() {
        let claims = TicketClaims {
            ticket: TicketId::new(SaleId::new(1), 2),
            place: TicketPlace::Area { area: AreaIndex(3), number: 4 },
            starts_at_s: 5,
        };
        let mut bytes = Vec::new();
        claims.write(&mut bytes);
        assert_eq!(bytes.len(), CLAIMS_BYTES_MAX);
        assert_eq!(TicketClaims::read(&bytes), Some(claims));
        for len in 0..bytes.len() {
            assert_eq!(TicketClaims::read(&bytes[..len]), None, "{len} bytes");
        }
        bytes[12] = 2;
        assert_eq!(TicketClaims::read(&bytes), None);
    }
}
