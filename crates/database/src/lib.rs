//! Tables in a SQLite file or in a schema of a PostgreSQL database, behind the same statements.
//!
//! Statements are written once: with `$1` for what is bound, 64-bit integers, text and bytes, `RETURNING` for the id of
//! a new row, and nothing that only one of the two understands. Only the tables are made by statements of each
//! ([`Tables`]); a test compares what comes out.

mod copy;
mod number;
mod place;
mod rows;
mod steps;
mod writing;

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool};

pub use copy::{Copied, copy};
pub use number::Number;
pub use place::Place;
pub use rows::rows;
pub use steps::{migrate, pending};
pub use writing::Writing;

/// The tables of one part of the program, for each database.
#[derive(Debug)]
pub struct Tables {
    /// The schema of PostgreSQL they are in; a part has one of its own.
    pub schema: &'static str,
    /// The steps that make them in SQLite.
    pub sqlite: Migrator,
    /// The same steps in PostgreSQL, under the same numbers.
    pub postgres: Migrator,
    /// Every table, after those it refers to.
    pub names: &'static [&'static str],
}

/// How many connections, and how patient they are.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Connections that only read. A database in memory has one connection for everything.
    pub readers: u32,
    /// Connections that write; SQLite has one writer whatever is said here.
    pub writers: u32,
    /// How long to wait for a connection, or for what another one has locked.
    pub patience: Duration,
}

/// An open database. Clones are handles to the same connections.
#[derive(Debug, Clone)]
pub struct Database {
    postgres: bool,
    schema: &'static str,
    readers: AnyPool,
    writers: AnyPool,
}

impl Database {
    /// Opens the tables at this place: a file is created if missing, a schema likewise.
    ///
    /// # Errors
    /// The database cannot be reached, or its tables are too new for this version of the program.
    pub async fn open(place: &Place, tables: &'static Tables, options: Options) -> sqlx::Result<Self> {
        sqlx::any::install_default_drivers();
        let schema = tables.schema;
        let postgres = place.is_postgres();
        place.make(schema).await?;
        let writing = place.options()?;
        let reading = writing.clone();
        let writers = if postgres { options.writers } else { 1 };
        let writers = pool(place, schema, writers, options.patience, false).connect_with(writing).await?;
        steps::run(&mut *writers.acquire().await?, place.steps(tables)).await?;
        let readers = match place {
            Place::Memory => writers.clone(),
            _ => pool(place, schema, options.readers, options.patience, true).connect_with(reading).await?,
        };
        Ok(Self { postgres, schema, readers, writers })
    }

    /// Connections to read with.
    pub fn readers(&self) -> &AnyPool {
        &self.readers
    }

    /// A transaction to write in. In SQLite it is the only one; in PostgreSQL there may be others, so whoever decides by
    /// what was read first takes a [lock](Writing::alone).
    ///
    /// # Errors
    /// No connection became free in time, or the database failed.
    pub async fn write(&self) -> sqlx::Result<Writing> {
        let begin = if self.postgres { "BEGIN" } else { "BEGIN IMMEDIATE" };
        Ok(Writing::new(self.writers.begin_with(begin).await?, self.postgres, self.schema))
    }

    /// Whether this is PostgreSQL, which other processes may write to as well.
    pub fn is_postgres(&self) -> bool {
        self.postgres
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

fn pool(place: &Place, schema: &'static str, max: u32, patience: Duration, reads: bool) -> AnyPoolOptions {
    let settings = place.settings(schema, patience, reads);
    let kept = !place.is_postgres();
    AnyPoolOptions::new()
        .max_connections(max)
        .min_connections(1)
        .acquire_timeout(patience)
        // A file needs no test, and a database in memory is gone with its connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(!kept)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { apply(connection, settings).await })
        })
}

async fn apply(connection: &mut AnyConnection, settings: Vec<String>) -> sqlx::Result<()> {
    for setting in settings {
        sqlx::raw_sql(sqlx::AssertSqlSafe(setting)).execute(&mut *connection).await?;
    }
    Ok(())
}
