//! A batch: consecutive events of one sale that become durable together.

use domain::SaleId;

/// Events of one sale, in order, in one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payloads {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Payloads {
    /// Appends an event through a writer of bytes.
    ///
    /// # Errors
    /// What the writer returns; then nothing is appended.
    pub fn push_with<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let start = self.bytes.len();
        match write(&mut self.bytes) {
            Ok(()) => self.ends.push(self.bytes.len()),
            Err(error) => {
                self.bytes.truncate(start);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Appends an event.
    pub fn push(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.ends.push(self.bytes.len());
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The events, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let start = |index: usize| index.checked_sub(1).map_or(0, |before| self.ends[before]);
        (0..self.len()).map(move |index| &self.bytes[start(index)..self.ends[index]])
    }
}

/// Consecutive events of one sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Of which sale.
    pub sale: SaleId,
    /// The sequence of the first event; the first of a sale is 1.
    pub first: u64,
    /// The events.
    pub payloads: Payloads,
}
