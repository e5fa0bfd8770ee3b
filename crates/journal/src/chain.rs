//! The chain of checksums through the events of a sale, and what it says of an append and of a replay.

use domain::SaleId;

use crate::{Batch, JournalError, ReplayEach};

/// The checksum of an event: CRC-32 over the one before it and the payload, so that a row that is changed, missing
/// or moved breaks the chain.
pub(crate) fn chain(before: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(payload);
    hasher.finalize()
}

/// The end of a sale's chain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tip {
    /// The sequence of the last event; 0 before the first.
    pub(crate) sequence: u64,
    /// Its checksum.
    pub(crate) checksum: u32,
}

impl Tip {
    /// Whether a batch goes on where this ends.
    ///
    /// # Errors
    /// Somebody else has written there, or something is missing in between.
    pub(crate) fn expect(self, batch: &Batch) -> Result<(), JournalError> {
        let expected = self.sequence + 1;
        match batch.first.cmp(&expected) {
            std::cmp::Ordering::Less => Err(JournalError::Deposed { sale: batch.sale, sequence: batch.first }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(JournalError::Gap { sale: batch.sale, expected, found: batch.first }),
        }
    }

    /// The end after one more event.
    pub(crate) fn after(self, payload: &[u8]) -> Self {
        Self { sequence: self.sequence + 1, checksum: chain(self.checksum, payload) }
    }
}

/// A replay: takes the rows of a sale in order and passes on those that fit.
pub(crate) struct Replay<'a, 'b> {
    sale: SaleId,
    tip: Tip,
    each: &'a mut ReplayEach<'b>,
}

impl<'a, 'b> Replay<'a, 'b> {
    /// Goes on after `tip`.
    pub(crate) fn after(sale: SaleId, tip: Tip, each: &'a mut ReplayEach<'b>) -> Self {
        Self { sale, tip, each }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// One is missing before it, it is not what was written, or the receiver refuses it.
    pub(crate) fn take(&mut self, sequence: u64, checksum: u32, payload: &[u8]) -> Result<(), JournalError> {
        let (sale, next) = (self.sale, self.tip.after(payload));
        if sequence != next.sequence {
            return Err(JournalError::Gap { sale, expected: next.sequence, found: sequence });
        }
        if checksum != next.checksum {
            return Err(JournalError::Damaged { sale, sequence });
        }
        (self.each)(sequence, payload).map_err(|detail| JournalError::Unreadable { sale, sequence, detail })?;
        self.tip = next;
        Ok(())
    }

    /// Nothing is missing after the last row that was taken: the sale had come to `last` at least.
    ///
    /// # Errors
    /// It ends before.
    pub(crate) fn reaches(&self, last: u64) -> Result<(), JournalError> {
        let (sale, ends) = (self.sale, self.tip.sequence);
        if ends < last { Err(JournalError::EndMissing { sale, ends, last }) } else { Ok(()) }
    }
}
