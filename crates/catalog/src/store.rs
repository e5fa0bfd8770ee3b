//! The catalog's own SQLite file, or its schema of a PostgreSQL database.
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

use std::sync::Arc;
use std::time::Duration;

use database::{Database, Options, Place, Tables, Writing};
use domain::{OrganiserId, Problem};
use serde::Serialize;

use browse::Listing;
use events::Category;

/// The tables of the catalog.
pub static TABLES: Tables = Tables {
    schema: "catalog",
    sqlite: sqlx::migrate!("./migrations/sqlite"),
    postgres: sqlx::migrate!("./migrations/postgres"),
    names: &["organisers", "venues", "plans", "plan_price_levels", "events", "performances", "sales", "sale_prices"],
};
/// How long a read or a write waits for others before it fails.
const PATIENCE: Duration = Duration::from_secs(5);
const OPTIONS: Options = Options { readers: 4, writers: 2, patience: PATIENCE };
/// Writes are few and look at many tables, so they happen one after the other.
const WRITERS: i32 = 0;

/// The catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CatalogStore {
    tables: Database,
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
    /// Opens the tables, makes them if missing, and brings them up to date.
    ///
    /// # Errors
    /// `storage_unavailable` if the database cannot be reached or is from a newer version.
    pub async fn open(place: &Place) -> Result<Self, Problem> {
        sabotage::crash_point("catalog.before_migration");
        let tables = Database::open(place, &TABLES, OPTIONS).await;
        let tables = tables.map_err(|error| unavailable(format_args!("{place}: {error}")))?;
        sabotage::crash_point("catalog.after_migration");
        Ok(Self { tables, listing: Arc::default() })
    }

    /// A catalog that is gone with the value, for tests and rehearsals.
    ///
    /// # Errors
    /// `storage_unavailable` if SQLite cannot start.
    pub async fn in_memory() -> Result<Self, Problem> {
        Self::open(&Place::Memory).await
    }

    /// Closes the database after what is under way.
    pub async fn close(&self) {
        self.tables.close().await;
    }

    /// A transaction that may write from its first statement, one at a time.
    async fn write(&self) -> Result<Writing, Problem> {
        let mut writing = self.tables.write().await.map_err(unavailable)?;
        writing.alone(WRITERS).await.map_err(unavailable)?;
        Ok(writing)
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
