//! The webhooks in the ledger: written with the change they tell of, kept until the receiver took them.

use std::collections::HashSet;

use domain::{Duration, Timestamp};
use rusqlite::{Connection, params};

use super::behaviour::EventFate;
use super::records::{PaymentRecord, to_json};
use crate::webhook::{ProviderEvent, ProviderEventKind};

/// The pause after a first failed attempt; it doubles with every further one.
const PAUSE_MS_MIN: u32 = 100;
/// The pause between attempts, at most. Attempts never end: an event that was promised is delivered.
const PAUSE_MS_MAX: u32 = 15_000;

/// An event to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) number: i64,
    pub(super) body: String,
    pub(super) attempts: u32,
}

/// What is to be delivered now, and when there is more.
pub(super) struct Due {
    pub(super) parcels: Vec<Parcel>,
    pub(super) next_at: Option<Timestamp>,
}

/// Adds the event of a change that is being made to `record`.
pub(super) fn add(
    db: &Connection,
    record: &PaymentRecord,
    kind: ProviderEventKind,
    fate: &EventFate,
    now: Timestamp,
) -> rusqlite::Result<Parcel> {
    let mut payment = record.payment.clone();
    if fate.wrong_amount {
        payment.amount.amount = payment.amount.amount.saturating_add(1);
    }
    let id = format!("evt_{:032x}", rand::random::<u128>());
    let body = to_json(&ProviderEvent { id, kind, order: payment.order, payment, created_at: now })?;
    let state = if fate.dropped { "dropped" } else { "waiting" };
    db.prepare_cached("INSERT INTO webhooks (payment, kind, body, state, due_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![record.number, word(kind), body, state, fate.due_at.as_millis()])?;
    Ok(Parcel { number: db.last_insert_rowid(), body, attempts: 0 })
}

const fn word(kind: ProviderEventKind) -> &'static str {
    match kind {
        ProviderEventKind::Captured => "captured",
        ProviderEventKind::Declined => "declined",
        ProviderEventKind::Cancelled => "cancelled",
        ProviderEventKind::Refunded => "refunded",
    }
}

/// Up to `room` events whose time has come, oldest first, without those `on_their_way`.
pub(super) fn due(db: &Connection, on_their_way: &HashSet<i64>, room: usize, now: Timestamp) -> rusqlite::Result<Due> {
    // The numbers come from the index alone; bodies are read only of those that are taken.
    let looked_at = i64::try_from(room + on_their_way.len()).unwrap_or(i64::MAX);
    let numbers = db
        .prepare_cached(
            "SELECT number FROM webhooks WHERE state = 'waiting' AND due_at_ms <= ?1
             ORDER BY due_at_ms, number LIMIT ?2",
        )?
        .query_map([now.as_millis(), looked_at], |row| row.get(0))?
        .filter(|number| !number.as_ref().is_ok_and(|number| on_their_way.contains(number)))
        .take(room)
        .collect::<Result<Vec<i64>, _>>()?;
    let mut read = db.prepare_cached("SELECT body, attempts FROM webhooks WHERE number = ?1")?;
    let parcels = numbers
        .into_iter()
        .map(|number| read.query_row([number], |row| Ok(Parcel { number, body: row.get(0)?, attempts: row.get(1)? })))
        .collect::<Result<Vec<_>, _>>()?;
    let next_at: Option<i64> = db
        .prepare_cached("SELECT min(due_at_ms) FROM webhooks WHERE state = 'waiting' AND due_at_ms > ?1")?
        .query_row([now.as_millis()], |row| row.get(0))?;
    Ok(Due { parcels, next_at: next_at.map(Timestamp::from_millis) })
}

/// Notes that the receiver took an event.
pub(super) fn delivered(db: &Connection, number: i64, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE webhooks SET state = 'delivered', attempts = attempts + 1, delivered_at_ms = ?2 WHERE number = ?1",
    )?
    .execute([number, now.as_millis()])
    .map(drop)
}

/// Notes a failed attempt: the next one is made after a pause.
pub(super) fn failed(db: &Connection, parcel: &Parcel, now: Timestamp) -> rusqlite::Result<()> {
    let again_at = now + pause(parcel.attempts);
    db.prepare_cached(
        "UPDATE webhooks SET attempts = attempts + 1, due_at_ms = ?2 WHERE number = ?1 AND state = 'waiting'",
    )?
    .execute([parcel.number, again_at.as_millis()])
    .map(drop)
}

/// Makes every event that waits out a pause due now: after a start the receiver deserves a new attempt.
pub(super) fn forget_pauses(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE webhooks SET due_at_ms = min(due_at_ms, ?1) WHERE state = 'waiting' AND attempts > 0",
        [now.as_millis()],
    )
    .map(drop)
}

fn pause(attempts: u32) -> Duration {
    Duration::from_millis(PAUSE_MS_MIN.saturating_mul(1 << attempts.min(16)).min(PAUSE_MS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        assert_eq!(pause(0), Duration::from_millis(100));
        assert_eq!(pause(3), Duration::from_millis(800));
        assert_eq!(pause(u32::MAX), Duration::from_millis(PAUSE_MS_MAX));
    }
}
