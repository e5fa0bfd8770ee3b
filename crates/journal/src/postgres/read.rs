//! Reading the journal back: in order, without gaps, every checksum in its chain.

use std::pin::pin;

use domain::SaleId;
use futures_util::TryStreamExt;
use tokio_postgres::Client;

use super::storage;
use crate::chain::{Replay, Tip};
use crate::{JournalError, ReplayEach};

pub(super) async fn sales(client: &Client) -> Result<Vec<SaleId>, JournalError> {
    // One look-up per sale instead of a walk over all events.
    let next = "WITH RECURSIVE found AS (
                    (SELECT sale_id FROM events ORDER BY sale_id LIMIT 1)
                    UNION ALL
                    SELECT (SELECT sale_id FROM events WHERE sale_id > found.sale_id ORDER BY sale_id LIMIT 1)
                    FROM found WHERE found.sale_id IS NOT NULL)
                SELECT sale_id FROM found WHERE sale_id IS NOT NULL ORDER BY sale_id";
    let rows = client.query(next, &[]).await.map_err(storage)?;
    rows.iter().map(|row| Ok(SaleId::new(small(row.get(0))?))).collect()
}

pub(super) async fn replay(
    client: &Client,
    sale: SaleId,
    after: u64,
    each: &mut ReplayEach<'_>,
) -> Result<(), JournalError> {
    let mut replay = Replay::after(sale, tip_at(client, sale, after).await?, each);
    let sql = "SELECT sequence, checksum, payload FROM events WHERE sale_id = $1 AND sequence > $2 ORDER BY sequence";
    let after = signed(after)?;
    let mut rows = pin!(client.query_raw(sql, [i64::from(sale.get()), after]).await.map_err(storage)?);
    while let Some(row) = rows.try_next().await.map_err(storage)? {
        replay.take(unsigned(row.get(0))?, small(row.get(1))?, row.get(2))?;
    }
    Ok(())
}

/// The tip that the event after `sequence` builds on.
async fn tip_at(client: &Client, sale: SaleId, sequence: u64) -> Result<Tip, JournalError> {
    if sequence == 0 {
        return Ok(Tip::default());
    }
    let sql = "SELECT checksum FROM events WHERE sale_id = $1 AND sequence = $2";
    let row = client.query_opt(sql, &[&i64::from(sale.get()), &signed(sequence)?]).await.map_err(storage)?;
    let row = row.ok_or(JournalError::Gap { sale, expected: sequence, found: sequence + 1 })?;
    Ok(Tip { sequence, checksum: small(row.get(0))? })
}

/// A sequence as PostgreSQL keeps it.
pub(super) fn signed(sequence: u64) -> Result<i64, JournalError> {
    i64::try_from(sequence).map_err(|_| out_of_range())
}

/// A sequence as PostgreSQL gave it.
pub(super) fn unsigned(sequence: i64) -> Result<u64, JournalError> {
    u64::try_from(sequence).map_err(|_| out_of_range())
}

/// A checksum or the number of a sale as PostgreSQL gave it.
pub(super) fn small(number: i64) -> Result<u32, JournalError> {
    u32::try_from(number).map_err(|_| out_of_range())
}

fn out_of_range() -> JournalError {
    JournalError::Storage("a number is out of its range".into())
}
