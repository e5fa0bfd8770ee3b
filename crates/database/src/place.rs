//! Where tables are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::Tables;

/// Where tables are. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file, readable for its owner only.
    File(PathBuf),
    /// A SQLite database that is gone with its value, for tests.
    Memory,
    /// A PostgreSQL database, by its URL.
    Postgres(String),
}

impl Place {
    /// Whether it is a PostgreSQL database.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The steps that make these tables here.
    pub(crate) fn steps(&self, tables: &'static Tables) -> &'static Migrator {
        if self.is_postgres() { &tables.postgres } else { &tables.sqlite }
    }

    /// Makes the file or the schema if it is missing.
    pub(crate) async fn make(&self, schema: &'static str) -> sqlx::Result<()> {
        match self {
            Self::File(path) => create_private(path).map_err(sqlx::Error::Io),
            Self::Memory => Ok(()),
            Self::Postgres(url) => {
                let mut connection = PgConnectOptions::from_str(url)?.disable_statement_logging().connect().await?;
                // `IF NOT EXISTS` is not enough when two processes ask at once; the lock ends with the transaction.
                let make = format!(
                    "BEGIN; SELECT pg_advisory_xact_lock(hashtext('onsale {schema}')); \
                     CREATE SCHEMA IF NOT EXISTS {schema}; COMMIT"
                );
                connection.execute(sqlx::AssertSqlSafe(make)).await?;
                connection.close().await
            }
        }
    }

    pub(crate) fn options(&self) -> sqlx::Result<AnyConnectOptions> {
        let url = match self {
            // Absolute: the first folder of another path would be taken for a host.
            Self::File(path) => {
                let path = std::path::absolute(path).map_err(sqlx::Error::Io)?;
                SqliteConnectOptions::new().filename(path).to_url_lossy().to_string()
            }
            Self::Memory => "sqlite::memory:".to_owned(),
            // As it is: options made into an address again lose the file of certificates.
            Self::Postgres(url) => url.clone(),
        };
        Ok(AnyConnectOptions::from_str(&url)?.disable_statement_logging())
    }

    /// What every new connection is told first.
    pub(crate) fn settings(&self, schema: &'static str, patience: Duration, reads: bool) -> Vec<String> {
        let patience = patience.as_millis();
        let some: &[String] = match self {
            Self::Postgres(_) => &[
                format!("SET search_path = {schema}"),
                format!("SET lock_timeout = {patience}"),
                // Nothing here takes long; a statement that does is stuck.
                format!("SET statement_timeout = {}", 2 * patience),
                "SET idle_in_transaction_session_timeout = 60000".to_owned(),
            ],
            Self::Memory => &["PRAGMA foreign_keys = ON".to_owned()],
            Self::File(_) if reads => {
                &[format!("PRAGMA busy_timeout = {patience}"), "PRAGMA query_only = ON".to_owned()]
            }
            // FULL: with NORMAL an acknowledged log-out could be undone by a power cut.
            Self::File(_) => &[
                format!("PRAGMA busy_timeout = {patience}"),
                "PRAGMA journal_mode = WAL".to_owned(),
                "PRAGMA synchronous = FULL".to_owned(),
                "PRAGMA foreign_keys = ON".to_owned(),
            ],
        };
        some.to_vec()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str("a database in memory"),
            Self::Postgres(_) => f.write_str("the PostgreSQL database"),
        }
    }
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
