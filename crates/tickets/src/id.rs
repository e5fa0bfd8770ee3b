//! The id of a ticket: the sale and the number of the ticket within it, printed `sale_1-17`.

use std::fmt;
use std::str::FromStr;

use domain::SaleId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A ticket of a sale. Tickets are numbered by the sale in the order in which they are issued.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketId {
    /// The sale that issued it.
    pub sale: SaleId,
    /// Its number within the sale.
    pub serial: u32,
}

/// A text that is not a ticket id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid ticket id; it looks like sale_1-17")]
pub struct ParseTicketIdError;

impl TicketId {
    /// The ticket with this number in this sale.
    pub const fn new(sale: SaleId, serial: u32) -> Self {
        Self { sale, serial }
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.sale, self.serial)
    }
}

impl fmt::Debug for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TicketId {
    type Err = ParseTicketIdError;

    /// Only the printed form is accepted (no `+`, no leading zeros), so that one ticket has one spelling.
    fn from_str(text: &str) -> Result<Self, ParseTicketIdError> {
        let (sale, serial) = text.split_once('-').ok_or(ParseTicketIdError)?;
        let sale: SaleId = sale.parse().map_err(|_| ParseTicketIdError)?;
        let serial: u32 = serial.parse().map_err(|_| ParseTicketIdError)?;
        let id = Self { sale, serial };
        if id.to_string() == text { Ok(id) } else { Err(ParseTicketIdError) }
    }
}

impl Serialize for TicketId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.sale, self.serial).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for TicketId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            <(SaleId, u32)>::deserialize(deserializer).map(|(sale, serial)| Self { sale, serial })
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_string_in_json() {
        let id = TicketId::new(SaleId::new(1), 17);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"sale_1-17\"");
        assert_eq!(serde_json::from_str::<TicketId>("\"sale_1-17\"").unwrap(), id);
    }

    #[test]
    fn other_spellings_are_refused() {
        let wrong = ["", "-", "sale_1", "sale_1-", "sale_1-+7", "sale_1-07", "sale_01-7", "sale_1-7-1", " sale_1-7"];
        for text in wrong.into_iter().chain(["sale_1-4294967296", "org_1-7", "sale_1--7"]) {
            assert_eq!(text.parse::<TicketId>(), Err(ParseTicketIdError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_id_reads_back_as_printed(sale: u32, serial: u32) {
            let id = TicketId::new(SaleId::new(sale), serial);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            if let Ok(id) = text.parse::<TicketId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
