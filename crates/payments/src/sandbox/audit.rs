//! The whole ledger, page by page, for checkers that compare it with what a shop believes.

use domain::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, LedgerError};
use super::records::{PAYMENT_COLUMNS, PaymentRecord};
use crate::provider::Payment;

/// Payments in one page, at most.
pub const LEDGER_PAGE_ROWS_MAX: u32 = 1_000;

/// A page of the ledger, in the order in which payments were opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPage {
    /// The payments of this page.
    pub payments: Vec<LedgerEntry>,
    /// The cursor of the next page (`after`); `None` on the last one.
    pub next: Option<i64>,
}

/// A payment, everything that was done to it and every webhook about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its number in the ledger, counting from 1.
    pub number: i64,
    /// The payment as it stands.
    pub payment: Payment,
    /// From when its page takes no money.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: Timestamp,
    /// When it was opened.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
    /// What was done to it, in order.
    pub operations: Vec<LedgerOperation>,
    /// The events about it, in order.
    pub webhooks: Vec<LedgerWebhook>,
}

impl LedgerEntry {
    /// How often its money was taken; more than once must never happen.
    pub fn captures(&self) -> usize {
        self.operations.iter().filter(|operation| operation.kind == "capture").count()
    }
}

/// Something that was done to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerOperation {
    /// `open`, `capture`, `decline`, `cancel` or `refund`.
    pub kind: String,
    /// Minor units it was about; 0 for `cancel`.
    pub amount: i64,
    /// When it was done.
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
    /// The key of the request; `None` for what was done on the payment page.
    pub idempotency_key: Option<String>,
}

/// An event about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerWebhook {
    /// `captured`, `declined`, `cancelled` or `refunded`.
    pub kind: String,
    /// `waiting`, `delivered` or `dropped` (told to lose it).
    pub state: String,
    /// Attempts made.
    pub attempts: u32,
}

/// The payments after the cursor `after`.
pub(super) async fn page(ledger: &Ledger, pages: String, after: i64, limit: u32) -> Result<LedgerPage, LedgerError> {
    let limit = limit.clamp(1, LEDGER_PAGE_ROWS_MAX);
    ledger.run(move |db| read_page(db, &pages, after, limit)).await
}

fn read_page(db: &Connection, pages: &str, after: i64, limit: u32) -> rusqlite::Result<LedgerPage> {
    let sql = format!("SELECT {PAYMENT_COLUMNS} FROM payments WHERE number > ?1 ORDER BY number LIMIT ?2");
    let payments = db
        .prepare_cached(&sql)?
        .query_map(params![after, limit], |row| PaymentRecord::from_row(row, pages))?
        .map(|record| record.and_then(|record| entry(db, record)))
        .collect::<Result<Vec<_>, _>>()?;
    let full = payments.len() == limit as usize;
    Ok(LedgerPage { next: payments.last().map(|last| last.number).filter(|_| full), payments })
}

fn entry(db: &Connection, record: PaymentRecord) -> rusqlite::Result<LedgerEntry> {
    let operations = db
        .prepare_cached(
            "SELECT kind, amount, at_ms, idempotency_key FROM operations WHERE payment = ?1 ORDER BY number",
        )?
        .query_map([record.number], |row| {
            Ok(LedgerOperation {
                kind: row.get(0)?,
                amount: row.get(1)?,
                at: Timestamp::from_millis(row.get(2)?),
                idempotency_key: row.get(3)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let webhooks = db
        .prepare_cached("SELECT kind, state, attempts FROM webhooks WHERE payment = ?1 ORDER BY number")?
        .query_map([record.number], |row| {
            Ok(LedgerWebhook { kind: row.get(0)?, state: row.get(1)?, attempts: row.get(2)? })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(LedgerEntry {
        number: record.number,
        payment: record.payment,
        expires_at: record.expires_at,
        created_at: record.created_at,
        operations,
        webhooks,
    })
}
