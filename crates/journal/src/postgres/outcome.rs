//! What became of a group: what an error says about it, and what the table says where an error says nothing.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::error::{Severity, SqlState};

use super::read::signed;
use super::rows::unpack;
use super::session::Session;
use super::storage;
use crate::{Batch, JournalError};

/// What is known of a group that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Landed {
    /// It is durable.
    Committed,
    /// It collided with rows of another writer; nothing of it is there.
    Collided,
    /// The database refused it; nothing of it is there.
    Refused(JournalError),
    /// It may be there or not.
    Unknown(String),
}

/// Reads an error. Only what PostgreSQL says about the statement itself, on a session that goes on, means that nothing
/// was committed.
pub(super) fn read(error: tokio_postgres::Error) -> Landed {
    let unknown = Landed::Unknown(super::describe(&error));
    let Some(said) = error.as_db_error() else { return unknown };
    if said.parsed_severity() != Some(Severity::Error) {
        return unknown;
    }
    // Data, transaction state, roll-back, syntax and access, resources (a full disk), limits.
    match said.code().code().get(..2) {
        _ if *said.code() == SqlState::UNIQUE_VIOLATION => Landed::Collided,
        Some("22" | "25" | "40" | "42" | "53" | "54") => Landed::Refused(storage(error)),
        _ => unknown,
    }
}

/// Where a batch stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// All of it is there.
    Committed,
    /// Nothing of it is there, and its place is free.
    Absent,
    /// Its place is taken by something else.
    Taken,
}

/// Looks for a batch, event by event. The session that sent it must be gone.
pub(super) async fn find(session: &Session, batch: &Batch) -> Result<Found, JournalError> {
    let first = signed(batch.first)?;
    let last = first.saturating_add(signed(batch.payloads.len() as u64)?) - 1;
    let parameters = [i64::from(batch.sale.get()), first, last];
    let mut rows = pin!(session.client.query_raw(&session.rows, parameters).await.map_err(storage)?);
    let mut ours = batch.payloads.iter();
    let mut found = 0;
    let mut taken = false;
    while let Some(row) = rows.try_next().await.map_err(storage)? {
        unpack(batch.sale, &row, &mut |_, _, payload| {
            taken |= ours.next() != Some(payload);
            found += 1;
            Ok(())
        })?;
        if taken {
            return Ok(Found::Taken);
        }
    }
    Ok(match found {
        0 => Found::Absent,
        all if all == batch.payloads.len() => Found::Committed,
        // A group is one transaction, so a part of it was written by somebody else.
        _ => Found::Taken,
    })
}
