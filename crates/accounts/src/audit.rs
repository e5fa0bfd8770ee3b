//! What people with a role did: noted before it is done, so that nothing is done that could not be noted.
//!
//! The log has a file, or a schema, of its own: a crowd that signs in must not keep an operator from pausing a sale.

use std::sync::Arc;

use database::Place;
use domain::{AccountId, Problem, Role, Timestamp};
use sqlx::any::AnyRow;

use crate::account::{get, id_bytes, read_id, read_role, role_text};
use crate::database::{AUDIT, Database, to_the_end};
use crate::limits::AUDIT_DETAIL_CHARS_MAX;
use crate::problems;

/// The number of a row: it only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditId(i64);

impl AuditId {
    /// As a number, for a cursor.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// What somebody is about to do.
#[derive(Debug, Clone)]
pub struct AuditNote {
    /// Who.
    pub account: AccountId,
    /// In which role; fans are not noted.
    pub role: Role,
    /// What, a word in `snake_case`.
    pub action: &'static str,
    /// To what: the id of a sale, an order, an account.
    pub target: String,
    /// How. Holds no secret; at most 4,000 characters are kept.
    pub detail: String,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The number of the row.
    pub id: AuditId,
    /// When it was begun.
    pub at: Timestamp,
    /// Who.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// What.
    pub action: String,
    /// To what.
    pub target: String,
    /// How.
    pub detail: String,
    /// `done`, or the code of the refusal; `None` if it is not known how it ended.
    pub outcome: Option<String>,
}

/// The audit log. Clones are handles to the same log.
#[derive(Clone)]
pub struct AuditLog {
    database: Arc<Database>,
}

impl AuditLog {
    /// Opens the log, makes it if missing, and brings its table up to date. Errors: `accounts_unavailable`.
    pub async fn open(place: &Place) -> Result<Self, Problem> {
        Ok(Self { database: Arc::new(Database::open(place, &AUDIT).await?) })
    }

    /// Notes what is about to be done; durable when this returns. Errors: `busy`; then it must not be done.
    pub async fn begin(&self, note: AuditNote, now: Timestamp) -> Result<AuditId, Problem> {
        let database = Arc::clone(&self.database);
        let detail: String = note.detail.chars().take(AUDIT_DETAIL_CHARS_MAX).collect();
        to_the_end(async move {
            let mut writing = database.write().await?;
            let query = sqlx::query_scalar(
                "INSERT INTO audit (at_ms, account, role, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            );
            let query = query.bind(now.as_millis()).bind(id_bytes(note.account)).bind(role_text(note.role));
            let query = query.bind(note.action).bind(note.target).bind(detail);
            let id = query.fetch_one(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await?;
            Ok(AuditId(id))
        })
        .await
    }

    /// Notes how it ended: `done`, or the code of the refusal. Errors: `busy`; then the row keeps saying that it is not
    /// known.
    pub async fn end(&self, id: AuditId, outcome: &'static str) -> Result<(), Problem> {
        let database = Arc::clone(&self.database);
        to_the_end(async move {
            let mut writing = database.write().await?;
            let query = sqlx::query("UPDATE audit SET outcome = $1 WHERE id = $2 AND outcome IS NULL");
            query.bind(outcome).bind(id.0).execute(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await
        })
        .await
    }

    /// What was done, the latest first; `before` is where the page before ended. Errors: `busy`.
    pub async fn page(&self, before: Option<i64>, rows: usize) -> Result<Vec<AuditRecord>, Problem> {
        let mut reading = self.database.read().await?;
        let query = sqlx::query(
            "SELECT id, at_ms, account, role, action, target, detail, outcome FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2",
        );
        let query = query.bind(before.unwrap_or(i64::MAX)).bind(i64::try_from(rows).unwrap_or(i64::MAX));
        let rows = query.fetch_all(&mut *reading).await.map_err(problems::database)?;
        rows.iter().map(read_record).collect()
    }

    /// Waits for running statements and closes the file.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

fn read_record(row: &AnyRow) -> Result<AuditRecord, Problem> {
    Ok(AuditRecord {
        id: AuditId(get(row, "id")?),
        at: Timestamp::from_millis(get(row, "at_ms")?),
        account: read_id(get::<&[u8]>(row, "account")?)?,
        role: read_role(get::<&str>(row, "role")?)?,
        action: get(row, "action")?,
        target: get(row, "target")?,
        detail: get(row, "detail")?,
        outcome: get(row, "outcome")?,
    })
}
