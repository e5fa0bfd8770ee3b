//! Reading the journal back: in order, without gaps, every checksum in its chain, to the end that was noted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use domain::SaleId;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::{noted, storage};
use crate::chain::{Replay, Tip};
use crate::{JournalError, ReplayEach};

/// A journal file and how far it had come. Another process may be writing it.
pub(super) struct Reader {
    // Read first, so that the journal is never behind it.
    noted: BTreeMap<SaleId, u64>,
    connection: Connection,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let noted = noted::read(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(storage)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(storage)?;
        Ok(Self { noted, connection })
    }

    /// The sales that have events, and those that had.
    pub(super) fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        // One look-up per sale instead of a walk over all events.
        let next = "SELECT MIN(sale_id) FROM journal WHERE sale_id > ?1";
        let mut statement = self.connection.prepare(next).map_err(storage)?;
        let mut sales: BTreeSet<SaleId> = self.noted.keys().copied().collect();
        let mut last = -1i64;
        while let Some(sale) =
            statement.query_row(params![last], |row| row.get::<_, Option<u32>>(0)).map_err(storage)?
        {
            sales.insert(SaleId::new(sale));
            last = i64::from(sale);
        }
        Ok(sales.into_iter().collect())
    }

    pub(super) fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        // From the other end: a row whose key is damaged ends a walk early.
        let last = self.last(sale)?.max(self.noted.get(&sale).copied().unwrap_or_default());
        let tip = Tip { sequence: after, checksum: checksum_at(&self.connection, sale, after)? };
        let mut replay = Replay::after(sale, tip, each);
        let sql =
            "SELECT sequence, checksum, payload FROM journal WHERE sale_id = ?1 AND sequence > ?2 ORDER BY sequence";
        let mut statement = self.connection.prepare(sql).map_err(storage)?;
        let mut rows = statement.query(params![sale.get(), after]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            let payload =
                row.get_ref(2).map_err(storage)?.as_blob().map_err(|error| JournalError::Storage(error.to_string()))?;
            replay.take(row.get(0).map_err(storage)?, row.get(1).map_err(storage)?, payload)?;
        }
        replay.reaches(last)
    }

    fn last(&self, sale: SaleId) -> Result<u64, JournalError> {
        let sql = "SELECT MAX(sequence) FROM journal WHERE sale_id = ?1";
        let last = self.connection.query_row(sql, params![sale.get()], |row| row.get::<_, Option<u64>>(0));
        Ok(last.map_err(storage)?.unwrap_or_default())
    }
}

/// The checksum that the event after `sequence` builds on.
fn checksum_at(connection: &Connection, sale: SaleId, sequence: u64) -> Result<u32, JournalError> {
    if sequence == 0 {
        return Ok(0);
    }
    let sql = "SELECT checksum FROM journal WHERE sale_id = ?1 AND sequence = ?2";
    let found =
        connection.query_row(sql, params![sale.get(), sequence], |row| row.get(0)).optional().map_err(storage)?;
    found.ok_or(JournalError::Gap { sale, expected: sequence, found: sequence + 1 })
}
