//! A file of this crate: one connection that writes, a few that read, and a bound on who waits for them.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::Problem;
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::limits::{DATABASE_WAIT_MS_MAX, READERS_MAX, READS_WAITING_MAX, WRITES_WAITING_MAX};
use crate::problems;

/// The tables of `accounts.db`.
pub(crate) static ACCOUNTS: Migrator = sqlx::migrate!("./migrations/accounts");
/// The table of `audit.db`.
pub(crate) static AUDIT: Migrator = sqlx::migrate!("./migrations/audit");

pub(crate) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

/// A connection to read with.
pub(crate) struct Reading {
    connection: PoolConnection<Sqlite>,
    _permit: OwnedSemaphorePermit,
}

/// A transaction; undone when dropped without [`commit`](Self::commit).
pub(crate) struct Writing {
    transaction: Transaction<'static, Sqlite>,
    _permit: OwnedSemaphorePermit,
}

impl Database {
    /// Opens the file, creates it if missing, and brings its tables up to date.
    pub(crate) async fn open(path: &Path, tables: &'static Migrator) -> Result<Self, Problem> {
        create_private(path).map_err(|error| problems::unavailable(format_args!("{}: {error}", path.display())))?;
        let options = SqliteConnectOptions::new().filename(path);
        // FULL: with NORMAL an acknowledged log-out could be undone by a power cut.
        let writing = options.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let writer = pool(1, writing).await?;
        sabotage::crash_point("accounts.before_migration");
        tables
            .run(&writer)
            .await
            .map_err(|error| problems::unavailable(format_args!("{}: {error}", path.display())))?;
        sabotage::crash_point("accounts.after_migration");
        let readers = pool(READERS_MAX, options.pragma("query_only", "ON")).await?;
        Ok(Self::new(writer, readers))
    }

    /// A database of its own in memory. Its one connection both reads and writes.
    pub(crate) async fn in_memory(tables: &'static Migrator) -> Result<Self, Problem> {
        let only = pool(1, SqliteConnectOptions::new().in_memory(true)).await?;
        tables.run(&only).await.map_err(problems::unavailable)?;
        Ok(Self::new(only.clone(), only))
    }

    fn new(writer: SqlitePool, readers: SqlitePool) -> Self {
        let reads = Arc::new(Semaphore::new(READS_WAITING_MAX));
        Self { writer, readers, reads, writes: Arc::new(Semaphore::new(WRITES_WAITING_MAX)) }
    }

    /// A connection to read with. Errors: `busy`. Give it back before writing.
    pub(crate) async fn read(&self) -> Result<Reading, Problem> {
        let permit = self.reads.clone().try_acquire_owned().map_err(|_| problems::busy())?;
        let connection = self.readers.acquire().await.map_err(problems::database)?;
        Ok(Reading { connection, _permit: permit })
    }

    /// The one transaction that writes. Errors: `busy`.
    pub(crate) async fn write(&self) -> Result<Writing, Problem> {
        let permit = self.writes.clone().try_acquire_owned().map_err(|_| problems::busy())?;
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(problems::database)?;
        Ok(Writing { transaction, _permit: permit })
    }

    /// Waits for running statements and closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Writing {
    /// Makes the changes durable.
    pub(crate) async fn commit(self) -> Result<(), Problem> {
        self.transaction.commit().await.map_err(problems::database)
    }
}

/// Runs a change to its end even if the client who asked hangs up: else a session could be ended in the file and
/// still live in the cache.
pub(crate) async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(change.in_current_span()).await.map_err(problems::unavailable)?
}

async fn pool(connections_max: u32, options: SqliteConnectOptions) -> Result<SqlitePool, Problem> {
    let patience = Duration::from_millis(DATABASE_WAIT_MS_MAX);
    let options = options.foreign_keys(true).busy_timeout(patience).disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(problems::database)
}

/// Creates the file for its owner only, before SQLite would create it for everybody. SQLite gives the files it
/// puts beside it the same permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

impl Deref for Reading {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_one_statement() {
        for migration in ACCOUNTS.iter().chain(AUDIT.iter()) {
            let sql = migration.sql.as_str();
            assert_eq!(sql.matches(';').count(), 1, "{}", migration.description);
            assert!(sql.trim_end().ends_with(';'), "{}", migration.description);
        }
    }
}
