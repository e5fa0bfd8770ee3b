//! Reading the journal back: in order, without gaps, every checksum in its chain.

use domain::SaleId;
use rusqlite::{Connection, OptionalExtension, params};

use super::storage;
use crate::chain::{Replay, Tip};
use crate::{JournalError, ReplayEach};

pub(super) fn sales(connection: &Connection) -> Result<Vec<SaleId>, JournalError> {
    // One look-up per sale instead of a walk over all events.
    let next = "SELECT MIN(sale_id) FROM journal WHERE sale_id > ?1";
    let mut statement = connection.prepare(next).map_err(storage)?;
    let mut sales = Vec::new();
    let mut last = -1i64;
    while let Some(sale) = statement.query_row(params![last], |row| row.get::<_, Option<u32>>(0)).map_err(storage)? {
        sales.push(SaleId::new(sale));
        last = i64::from(sale);
    }
    Ok(sales)
}

pub(super) fn replay(
    connection: &Connection,
    sale: SaleId,
    after: u64,
    each: &mut ReplayEach<'_>,
) -> Result<(), JournalError> {
    let tip = Tip { sequence: after, checksum: checksum_at(connection, sale, after)? };
    let mut replay = Replay::after(sale, tip, each);
    let sql = "SELECT sequence, checksum, payload FROM journal WHERE sale_id = ?1 AND sequence > ?2 ORDER BY sequence";
    let mut statement = connection.prepare(sql).map_err(storage)?;
    let mut rows = statement.query(params![sale.get(), after]).map_err(storage)?;
    while let Some(row) = rows.next().map_err(storage)? {
        let payload =
            row.get_ref(2).map_err(storage)?.as_blob().map_err(|error| JournalError::Storage(error.to_string()))?;
        replay.take(row.get(0).map_err(storage)?, row.get(1).map_err(storage)?, payload)?;
    }
    Ok(())
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
