//! A database of this crate: connections that write, connections that read, and a bound on who waits for them.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use database::{Options, Place, Tables};
use domain::{AccountId, Problem};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::limits::{DATABASE_WAIT_MS_MAX, READERS_MAX, READS_WAITING_MAX, WRITERS_MAX, WRITES_WAITING_MAX};
use crate::problems;

/// The tables of accounts and sessions.
pub static ACCOUNTS: Tables = Tables {
    schema: "accounts",
    sqlite: sqlx::migrate!("./migrations/accounts/sqlite"),
    postgres: sqlx::migrate!("./migrations/accounts/postgres"),
    names: &["accounts", "sessions", "setup_tokens"],
};
/// The table of the audit log.
pub static AUDIT: Tables = Tables {
    schema: "audit",
    sqlite: sqlx::migrate!("./migrations/audit/sqlite"),
    postgres: sqlx::migrate!("./migrations/audit/postgres"),
    names: &["audit"],
};

/// Whoever changes who is an operator is alone with this key; an account's own key is another number, unless by chance,
/// which only makes somebody wait.
const OPERATORS: i32 = 0;

pub(crate) struct Database {
    tables: database::Database,
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

/// A connection to read with.
pub(crate) struct Reading {
    connection: PoolConnection<Any>,
    _permit: OwnedSemaphorePermit,
}

/// A transaction; undone when dropped without [`commit`](Self::commit).
pub(crate) struct Writing {
    transaction: database::Writing,
    _permit: OwnedSemaphorePermit,
}

impl Database {
    /// Opens the tables, makes them if missing, and brings them up to date.
    pub(crate) async fn open(place: &Place, tables: &'static Tables) -> Result<Self, Problem> {
        let patience = Duration::from_millis(DATABASE_WAIT_MS_MAX);
        let options = Options { readers: READERS_MAX, writers: WRITERS_MAX, patience };
        sabotage::crash_point("accounts.before_migration");
        let opened = database::Database::open(place, tables, options).await;
        let tables = opened.map_err(|error| problems::unavailable(format_args!("{place}: {error}")))?;
        sabotage::crash_point("accounts.after_migration");
        let reads = Arc::new(Semaphore::new(READS_WAITING_MAX));
        Ok(Self { tables, reads, writes: Arc::new(Semaphore::new(WRITES_WAITING_MAX)) })
    }

    /// Whether other processes may write here as well.
    pub(crate) fn is_shared(&self) -> bool {
        self.tables.is_postgres()
    }

    /// A connection to read with. Errors: `busy`. Give it back before writing.
    pub(crate) async fn read(&self) -> Result<Reading, Problem> {
        let permit = self.reads.clone().try_acquire_owned().map_err(|_| problems::busy())?;
        let connection = self.tables.readers().acquire().await.map_err(problems::database)?;
        Ok(Reading { connection, _permit: permit })
    }

    /// A transaction that writes. Errors: `busy`.
    pub(crate) async fn write(&self) -> Result<Writing, Problem> {
        let permit = self.writes.clone().try_acquire_owned().map_err(|_| problems::busy())?;
        let transaction = self.tables.write().await.map_err(problems::database)?;
        Ok(Writing { transaction, _permit: permit })
    }

    /// A transaction that writes and decides about this account by what it reads of it. Errors: `busy`.
    pub(crate) async fn write_of(&self, account: AccountId) -> Result<Writing, Problem> {
        let mut writing = self.write().await?;
        writing.transaction.alone(key(account)).await.map_err(problems::database)?;
        Ok(writing)
    }

    /// A transaction that writes and decides about roles. Errors: `busy`.
    pub(crate) async fn write_roles(&self) -> Result<Writing, Problem> {
        let mut writing = self.write().await?;
        writing.transaction.alone(OPERATORS).await.map_err(problems::database)?;
        Ok(writing)
    }

    /// Waits for running statements and closes the connections.
    pub(crate) async fn close(&self) {
        self.tables.close().await;
    }
}

impl Writing {
    /// From here on this transaction also decides about this account. Errors: `busy`.
    pub(crate) async fn also_of(&mut self, account: AccountId) -> Result<(), Problem> {
        self.transaction.alone(key(account)).await.map_err(problems::database)
    }

    /// Makes the changes durable.
    pub(crate) async fn commit(self) -> Result<(), Problem> {
        self.transaction.commit().await.map_err(problems::database)
    }
}

/// The key of an account: the end of its id, which is random.
fn key(account: AccountId) -> i32 {
    let [.., a, b, c, d] = account.bits().to_be_bytes();
    i32::from_be_bytes([a, b, c, d])
}

/// Runs a change to its end even if the client who asked hangs up: else a session could be ended in the table and
/// still live in the cache.
pub(crate) async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(change.in_current_span()).await.map_err(problems::unavailable)?
}

impl Deref for Reading {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Deref for Writing {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_one_statement() {
        for tables in [&ACCOUNTS, &AUDIT] {
            for migration in tables.sqlite.iter().chain(tables.postgres.iter()) {
                let sql = migration.sql.as_str();
                assert_eq!(sql.matches(';').count(), 1, "{}", migration.description);
                assert!(sql.trim_end().ends_with(';'), "{}", migration.description);
            }
        }
    }
}
