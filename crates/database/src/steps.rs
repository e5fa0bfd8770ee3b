//! The steps that make the tables: which were made, and making the others.
//!
//! **Expand, then contract.** A step adds: a table, an index, a column that may be null or has a default. Only a step whose
//! file is called `NNNN_contract_…` takes something away, one release after nothing uses it any more. So a process of the
//! release before goes on, and even starts, on tables of the new one.

use std::time::Duration;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::{AnyConnection, ConnectOptions, Connection};

use crate::{Place, Tables, apply};

/// How the description of a step begins that takes something away.
const CONTRACTS: &str = "contract ";

/// Brings the tables up to date, and says how many steps were made.
///
/// # Errors
/// The database cannot be reached, or its tables are too new for this version of the program.
pub async fn migrate(place: &Place, tables: &'static Tables, patience: Duration) -> sqlx::Result<usize> {
    let (mut connection, before) = look(place, tables, patience).await?;
    run(&mut connection, place.steps(tables)).await?;
    connection.close().await?;
    Ok(before)
}

/// How many of the steps that make the tables are still to be made.
///
/// # Errors
/// The database cannot be reached.
pub async fn pending(place: &Place, tables: &'static Tables, patience: Duration) -> sqlx::Result<usize> {
    let (connection, pending) = look(place, tables, patience).await?;
    connection.close().await?;
    Ok(pending)
}

async fn look(place: &Place, tables: &'static Tables, patience: Duration) -> sqlx::Result<(AnyConnection, usize)> {
    let mut connection = connect(place, tables, patience).await?;
    let steps = place.steps(tables);
    connection.ensure_migrations_table(&steps.table_name).await?;
    let made = connection.list_applied_migrations(&steps.table_name).await?;
    let pending = steps.iter().filter(|step| made.iter().all(|made| made.version != step.version)).count();
    Ok((connection, pending))
}

/// A connection to the tables, which may not be there yet.
pub(crate) async fn connect(place: &Place, tables: &'static Tables, patience: Duration) -> sqlx::Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    place.make(tables.schema).await?;
    let mut connection = place.options()?.connect().await?;
    apply(&mut connection, place.settings(tables.schema, patience, false)).await?;
    Ok(connection)
}

/// Makes the steps that were not made yet. Steps of a newer version are no obstacle, unless one takes something away.
pub(crate) async fn run(connection: &mut AnyConnection, steps: &'static Migrator) -> sqlx::Result<()> {
    let mut tolerant = Migrator::with_migrations(steps.iter().cloned().collect());
    tolerant.set_ignore_missing(true).run(&mut *connection).await?;
    let newest = steps.iter().map(|step| step.version).max().unwrap_or_default();
    let unknown = sqlx::query_scalar("SELECT description FROM _sqlx_migrations WHERE version > $1 ORDER BY version");
    let unknown: Vec<String> = unknown.bind(newest).fetch_all(connection).await?;
    match unknown.iter().find(|description| description.starts_with(CONTRACTS)) {
        None => Ok(()),
        Some(step) => Err(sqlx::Error::Configuration(
            format!("a newer version of the program took away what this one needs (\u{201c}{step}\u{201d})").into(),
        )),
    }
}
