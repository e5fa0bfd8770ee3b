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
use sqlx::{AnyConnection, AnyPool, Connection};

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
    // A database in memory is gone with its connection.
    let may_close = !matches!(place, Place::Memory);
    AnyPoolOptions::new()
        .max_connections(max)
        .min_connections(1)
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None)
        // A file needs no test.
        .test_before_acquire(!kept)
        .before_acquire(move |connection, _| Box::pin(async move { Ok(!may_close || is_free(connection).await) }))
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { apply(connection, settings).await })
        })
}

/// Whether the transaction before is over. SQLite ends some by itself when a statement fails, on a full disk for one; sqlx then
/// cannot roll back, and takes the connection for busy ever after.
async fn is_free(connection: &mut AnyConnection) -> bool {
    // Rolling back may still be on its way; a ping comes after it.
    !connection.is_in_transaction() || (connection.ping().await.is_ok() && !connection.is_in_transaction())
}

async fn apply(connection: &mut AnyConnection, settings: Vec<String>) -> sqlx::Result<()> {
    for setting in settings {
        sqlx::raw_sql(sqlx::AssertSqlSafe(setting)).execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    static TABLES: Tables =
        Tables { schema: "things", sqlite: Migrator::DEFAULT, postgres: Migrator::DEFAULT, names: &["things"] };

    #[tokio::test]
    async fn a_transaction_that_the_database_has_ended_does_not_end_all_writing() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { readers: 1, writers: 1, patience: Duration::from_secs(5) };
        let database = Database::open(&Place::File(folder.path().join("things.db")), &TABLES, options).await.unwrap();
        let mut writing = database.write().await.unwrap();
        sqlx::query("CREATE TABLE things (name TEXT UNIQUE)").execute(&mut *writing).await.unwrap();
        writing.commit().await.unwrap();
        for name in ["first", "second", "third"] {
            let mut writing = database.write().await.unwrap();
            sqlx::query("INSERT INTO things VALUES ($1)").bind(name).execute(&mut *writing).await.unwrap();
            writing.commit().await.unwrap();
            // As on a full disk: the statement fails, and the transaction is over with it.
            let mut writing = database.write().await.unwrap();
            let again = sqlx::query("INSERT OR ROLLBACK INTO things VALUES ($1)").bind(name);
            again.execute(&mut *writing).await.unwrap_err();
        }
        // One that is given up in an ordinary way keeps its connection.
        drop(database.write().await.unwrap());
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM things").fetch_one(database.readers()).await.unwrap();
        assert_eq!(count, 3);
    }
}
