//! The catalog's own SQLite file.
//!
//! Nothing here is contended: organisers write a few rows a day, and readers are cached at the edge. Every write
//! names the organiser it acts for, and whatever it refers to must belong to that organiser.

pub mod browse;
pub mod events;
pub mod organisers;
pub mod performances;
pub mod plans;
pub mod sale_page;
pub mod sales;
pub mod venues;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{OrganiserId, Problem};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};

use browse::Listing;
use events::Category;

/// Connections to the file: readers beside the one writer SQLite allows.
const CONNECTIONS_MAX: u32 = 4;
/// How long a write waits for another one before it fails.
const BUSY_PATIENCE: Duration = Duration::from_secs(5);

/// The catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CatalogStore {
    pool: SqlitePool,
    listing: Arc<Listing>,
}

/// Something with an id and a name for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named<Id> {
    /// Its id.
    pub id: Id,
    /// Shown to fans.
    pub name: String,
}

impl CatalogStore {
    /// Opens the file, creating it and bringing its tables up to date if needed.
    ///
    /// # Errors
    /// `storage_unavailable` if the file cannot be opened or is from a newer version.
    pub async fn open(path: &Path) -> Result<Self, Problem> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        Self::connect(SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX), options).await
    }

    /// A catalog that is gone with the value, for tests and rehearsals.
    ///
    /// # Errors
    /// `storage_unavailable` if SQLite cannot start.
    pub async fn in_memory() -> Result<Self, Problem> {
        // The database lives in its one connection, which therefore must never be given up.
        let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        Self::connect(pool, SqliteConnectOptions::new().in_memory(true)).await
    }

    async fn connect(pool: SqlitePoolOptions, options: SqliteConnectOptions) -> Result<Self, Problem> {
        let options = options.foreign_keys(true).busy_timeout(BUSY_PATIENCE);
        let pool = pool.connect_with(options).await.map_err(unavailable)?;
        sabotage::crash_point("catalog.before_migration");
        sqlx::migrate!("./migrations").run(&pool).await.map_err(unavailable)?;
        sabotage::crash_point("catalog.after_migration");
        Ok(Self { pool, listing: Arc::default() })
    }

    /// Closes the file after what is under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that may write from its first statement, so that it never fails half-way for another writer.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, Problem> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)
    }
}

/// A failure of the database: the asker learns only that, the log learns why.
fn unavailable(error: impl std::fmt::Display) -> Problem {
    Problem::new("storage_unavailable", "The catalog cannot be read or written right now.").internal(error)
}

/// A row that should not exist: the log learns which.
fn inconsistent(what: impl std::fmt::Display) -> Problem {
    Problem::new("storage_inconsistent", "The catalog holds something it should not.").internal(what)
}

/// The problem of something that does not exist, or is not this organiser's: the same answer for both, so that
/// it says nothing about what others have.
fn owned(owner: Option<OrganiserId>, asker: OrganiserId, unknown: impl FnOnce() -> Problem) -> Result<(), Problem> {
    if owner == Some(asker) { Ok(()) } else { Err(unknown()) }
}

/// Whether a change was made: it was not if somebody else made one first.
fn changed(rows: u64, exists: bool, unknown: impl FnOnce() -> Problem) -> Result<(), Problem> {
    match (rows, exists) {
        (1.., _) => Ok(()),
        (0, true) => Err(Problem::new(
            "changed_meanwhile",
            "Somebody else has changed this in the meantime. Load it again, and make your change once more.",
        )
        .at("/version")),
        (0, false) => Err(unknown()),
    }
}

/// What was sold must stay as it was sold.
fn sale_begun(pointer: &str) -> Problem {
    let sentence =
        "The sale has begun: what people buy can no longer be changed. Its texts and the time of the doors can.";
    Problem::new("sale_begun", sentence).at(pointer)
}

/// The number SQLite gave to a new row, as the number of an id.
fn new_id(rowid: i64) -> Result<u32, Problem> {
    u32::try_from(rowid).map_err(|_| inconsistent(format_args!("row id {rowid}")))
}
