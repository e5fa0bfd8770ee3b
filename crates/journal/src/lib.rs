//! Durability: the events of each sale, ordered by `(sale_id, sequence)`, committed in groups. Nothing else.
//!
//! The journal needs no lock for safety. Its primary key is `(sale_id, sequence)`: a second writer that appends at
//! a sequence that exists collides, learns that it is deposed ([`JournalError::Deposed`]) and stops.
//!
//! **Invariant:** [`Done`] is called with `Ok` only after the batch would survive a power cut. After an error nothing
//! is retried: what was decided on top of the lost batch is void, and the writer recovers by replay.

pub mod batch;
mod chain;
pub mod conformance;
pub mod copy;
pub mod postgres;
pub mod snapshots;
pub mod sqlite;

pub use batch::{Batch, Payloads};
pub use copy::copy_sale;
pub use postgres::{PostgresJournal, PostgresOptions};
pub use snapshots::{Snapshot, Snapshots};
pub use sqlite::{SqliteJournal, SqliteOptions};

use domain::SaleId;

/// What is called when a batch is durable or lost: once, unless the process ends before.
pub type Done = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// Where the events of sales are kept.
pub trait Journal: Send + Sync + 'static {
    /// Appends a batch; batches are made durable in the order of the calls. Never blocks for long.
    fn append(&self, batch: Batch, done: Done);

    /// Calls `each` with the sequence and payload of every event of a sale after `after`, in order.
    ///
    /// # Errors
    /// The storage cannot be read, a sequence is missing, a checksum does not fit, or `each` refused an event.
    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError>;

    /// The sales that have events, in order.
    ///
    /// # Errors
    /// The storage cannot be read.
    fn sales(&self) -> Result<Vec<SaleId>, JournalError>;

    /// Commits what waits and ends, where there is anything to end. Blocks; appending later is refused.
    fn close(&self) {}
}

/// Takes the sequence and payload of one event; an error ends the replay.
pub type ReplayEach<'a> = dyn FnMut(u64, &[u8]) -> Result<(), String> + 'a;

/// Why the journal could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another writer has appended at this sequence.
    #[error("another writer has taken over {sale} at sequence {sequence}")]
    Deposed {
        /// Of which sale.
        sale: SaleId,
        /// The sequence that was taken.
        sequence: u64,
    },
    /// The storage failed; the batch is lost.
    #[error("the journal's storage failed: {0}")]
    Storage(String),
    /// An event is missing.
    #[error("{sale} has no event {expected}; the next one is {found}")]
    Gap {
        /// Of which sale.
        sale: SaleId,
        /// The sequence that is missing.
        expected: u64,
        /// The one found instead.
        found: u64,
    },
    /// The last events are missing.
    #[error("{sale} ends at event {ends}, but had come to event {last}")]
    EndMissing {
        /// Of which sale.
        sale: SaleId,
        /// The last event there is.
        ends: u64,
        /// The last event that was committed, as far as is known.
        last: u64,
    },
    /// An event is not what was written.
    #[error("event {sequence} of {sale} is damaged: its checksum does not fit")]
    Damaged {
        /// Of which sale.
        sale: SaleId,
        /// Which event.
        sequence: u64,
    },
    /// An event could not be understood.
    #[error("event {sequence} of {sale} cannot be read: {detail}")]
    Unreadable {
        /// Of which sale.
        sale: SaleId,
        /// Which event.
        sequence: u64,
        /// Why.
        detail: String,
    },
    /// The journal has been closed.
    #[error("the journal is closed")]
    Closed,
}
