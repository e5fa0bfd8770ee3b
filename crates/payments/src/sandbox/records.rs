//! Rows of the ledger: payments, and what was done to them.

use domain::{Currency, Money, OrderId, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::provider::{OpenPayment, Payment, PaymentStatus};

/// A payment with what only the provider knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PaymentRecord {
    pub(super) number: i64,
    pub(super) payment: Payment,
    pub(super) description: String,
    pub(super) return_url: String,
    pub(super) expires_at: Timestamp,
    pub(super) created_at: Timestamp,
}

/// The columns in the order in which [`PaymentRecord::from_row`] reads them.
pub(super) const PAYMENT_COLUMNS: &str = "number, id, order_id, amount, currency, status, refunded, description, \
     return_url, expires_at_ms, created_at_ms";

impl PaymentRecord {
    pub(super) fn from_row(row: &Row<'_>, pages: &str) -> rusqlite::Result<Self> {
        let id: String = row.get(1)?;
        let order: OrderId = parsed(row, 2)?;
        let currency: Currency = parsed(row, 4)?;
        let status: String = row.get(5)?;
        let status = PaymentStatus::from_word(&status).ok_or_else(|| unreadable(5, "no such status"))?;
        let payment = Payment {
            page_url: page_url(pages, &id),
            id,
            order,
            amount: Money::new(row.get(3)?, currency),
            status,
            refunded: Money::new(row.get(6)?, currency),
        };
        Ok(Self {
            number: row.get(0)?,
            payment,
            description: row.get(7)?,
            return_url: row.get(8)?,
            expires_at: Timestamp::from_millis(row.get(9)?),
            created_at: Timestamp::from_millis(row.get(10)?),
        })
    }
}

fn page_url(pages: &str, id: &str) -> String {
    format!("{pages}/pay/{id}")
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| unreadable(column, error))
}

fn unreadable(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// The payment of `order`.
pub(super) fn by_order(db: &Connection, order: OrderId, pages: &str) -> rusqlite::Result<Option<PaymentRecord>> {
    db.prepare_cached(&format!("SELECT {PAYMENT_COLUMNS} FROM payments WHERE order_id = ?1"))?
        .query_row([order.to_string()], |row| PaymentRecord::from_row(row, pages))
        .optional()
}

/// The payment with this id.
pub(super) fn by_id(db: &Connection, id: &str, pages: &str) -> rusqlite::Result<Option<PaymentRecord>> {
    db.prepare_cached(&format!("SELECT {PAYMENT_COLUMNS} FROM payments WHERE id = ?1"))?
        .query_row([id], |row| PaymentRecord::from_row(row, pages))
        .optional()
}

/// Adds an open payment. Its id is the capability to its page, so it is not guessable.
pub(super) fn insert(
    db: &Connection,
    request: &OpenPayment,
    pages: &str,
    now: Timestamp,
) -> rusqlite::Result<PaymentRecord> {
    let id = format!("pay_{:032x}", rand::random::<u128>());
    db.prepare_cached(
        "INSERT INTO payments
         (id, order_id, amount, currency, status, description, return_url, expires_at_ms, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id,
        request.order.to_string(),
        request.amount.amount,
        request.amount.currency.as_str(),
        request.description,
        request.return_url,
        request.expires_at.as_millis(),
        now.as_millis(),
    ])?;
    Ok(PaymentRecord {
        number: db.last_insert_rowid(),
        payment: Payment {
            page_url: page_url(pages, &id),
            id,
            order: request.order,
            amount: request.amount,
            status: PaymentStatus::Open,
            refunded: Money::new(0, request.amount.currency),
        },
        description: request.description.clone(),
        return_url: request.return_url.clone(),
        expires_at: request.expires_at,
        created_at: now,
    })
}

/// Stores where the payment stands and how much was given back.
pub(super) fn update(db: &Connection, record: &PaymentRecord) -> rusqlite::Result<()> {
    let payment = &record.payment;
    db.prepare_cached("UPDATE payments SET status = ?2, refunded = ?3 WHERE number = ?1")?
        .execute(params![record.number, payment.status.as_str(), payment.refunded.amount])
        .map(drop)
}

/// A request over the API: its idempotency key and the digest of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keyed {
    pub(super) key: String,
    pub(super) fingerprint: [u8; 32],
}

/// What was answered under a key before.
pub(super) enum Earlier {
    /// The same request, and what it was answered.
    Same(Payment),
    /// Another request under the same key.
    Other,
}

/// The earlier answer under the key of this request.
pub(super) fn earlier(db: &Connection, keyed: &Keyed) -> rusqlite::Result<Option<Earlier>> {
    db.prepare_cached("SELECT fingerprint, answer FROM operations WHERE idempotency_key = ?1")?
        .query_row([&keyed.key], |row| {
            if row.get_ref(0)?.as_blob()? != keyed.fingerprint {
                return Ok(Earlier::Other);
            }
            serde_json::from_slice(row.get_ref(1)?.as_bytes()?).map(Earlier::Same).map_err(|error| unreadable(1, error))
        })
        .optional()
}

/// Notes that something was done to a payment; with a key, also the answer to be given again.
pub(super) fn note(
    db: &Connection,
    record: &PaymentRecord,
    kind: &str,
    amount: i64,
    keyed: Option<&Keyed>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let answer = keyed.map(|_| to_json(&record.payment)).transpose()?;
    db.prepare_cached(
        "INSERT INTO operations (payment, kind, amount, at_ms, idempotency_key, fingerprint, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        record.number,
        kind,
        amount,
        now.as_millis(),
        keyed.map(|keyed| keyed.key.as_str()),
        keyed.map(|keyed| keyed.fingerprint.as_slice()),
        answer,
    ])
    .map(drop)
}

/// `value` as JSON text for a column.
pub(super) fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
