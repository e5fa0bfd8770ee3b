//! Reading the journal back: in order, without gaps, every checksum in its chain.

use std::pin::pin;

use domain::SaleId;
use futures_util::TryStreamExt;
use tokio_postgres::Client;

use super::rows::{COLUMNS, unpack};
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
    let (from, tip) = place(client, sale, after).await?;
    let mut replay = Replay::after(sale, tip, each);
    let sql = format!("SELECT {COLUMNS} FROM events WHERE sale_id = $1 AND sequence >= $2 ORDER BY sequence");
    let mut rows = pin!(client.query_raw(&sql, [i64::from(sale.get()), from]).await.map_err(storage)?);
    while let Some(row) = rows.try_next().await.map_err(storage)? {
        unpack(sale, &row, &mut |sequence, checksum, payload| {
            if sequence <= after { Ok(()) } else { replay.take(sequence, checksum, payload) }
        })?;
    }
    Ok(())
}

/// The key of the row that event `after` is in, and the tip that the event after it builds on.
async fn place(client: &Client, sale: SaleId, after: u64) -> Result<(i64, Tip), JournalError> {
    if after == 0 {
        return Ok((0, Tip::default()));
    }
    let sql =
        format!("SELECT {COLUMNS} FROM events WHERE sale_id = $1 AND sequence <= $2 ORDER BY sequence DESC LIMIT 1");
    let row = client.query_opt(&sql, &[&i64::from(sale.get()), &signed(after)?]).await.map_err(storage)?;
    let mut found = None;
    if let Some(row) = &row {
        unpack(sale, row, &mut |sequence, checksum, _| {
            if sequence == after {
                found = Some((row.get(0), Tip { sequence, checksum }));
            }
            Ok(())
        })?;
    }
    found.ok_or(JournalError::Gap { sale, expected: after, found: after + 1 })
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
