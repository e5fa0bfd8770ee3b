//! The table, and its versions.

use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::JournalError;

/// Where the table is: each part of the program has a schema of its own.
pub(super) const SCHEMA: &str = "journal";

static TABLES: Migrator = sqlx::migrate!("./migrations/postgres");

/// Brings the journal's table up to date; several processes may do so at once.
///
/// # Errors
/// The database cannot be reached, or holds tables of a newer version.
pub async fn migrate(url: &str) -> Result<(), JournalError> {
    let unusable = |error: &dyn std::fmt::Display| JournalError::Storage(format!("the tables cannot be made: {error}"));
    let options = PgConnectOptions::from_str(url).map_err(|error| unusable(&error))?;
    let options = options.options([("search_path", SCHEMA)]).disable_statement_logging();
    let mut connection = options.connect().await.map_err(|error| unusable(&error))?;
    // `IF NOT EXISTS` is not enough when two processes ask at once; the lock ends with the transaction.
    let make =
        "BEGIN; SELECT pg_advisory_xact_lock(hashtext('onsale journal')); CREATE SCHEMA IF NOT EXISTS journal; COMMIT";
    connection.execute(make).await.map_err(|error| unusable(&error))?;
    TABLES.run(&mut connection).await.map_err(|error| unusable(&error))?;
    connection.close().await.map_err(|error| unusable(&error))
}
