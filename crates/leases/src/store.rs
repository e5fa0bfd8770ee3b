//! The tables: who is there, and who holds what.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use domain::SaleId;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::LEASE;
use crate::directory::EngineAt;
use crate::placement::Lease;

static TABLES: Migrator = sqlx::migrate!("./migrations");
/// A beat that takes longer is of no use. The database's own limits do not help where nothing arrives any more.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the leases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or says no.
    #[error("the leases cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    /// The database takes too long.
    #[error("the leases cannot be used: the database does not answer")]
    Silent,
    /// Its tables are of another version.
    #[error("the tables of the leases cannot be made: {0}")]
    Tables(#[from] sqlx::migrate::MigrateError),
    /// Another process is there under this name.
    #[error("another engine called {0} is running; each needs a name of its own (cluster.name)")]
    NameTaken(String),
    /// Another engine has other keys.
    #[error("the engine {0} has other keys than this one; copy keys/ and secrets/ of its data folder here")]
    OtherKeys(String),
}

/// The tables in a PostgreSQL database, over one connection. It is thrown away when anything fails on it: a pool would
/// wait for a connection that hangs to be in order again.
#[derive(Debug, Clone)]
pub struct Store {
    options: PgConnectOptions,
    connection: Arc<Mutex<Option<PgConnection>>>,
}

/// What a beat found.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Who is there, this process included.
    pub engines: Vec<EngineAt>,
    /// Every lease that was ever given. Those of others may be over: then they have no holder.
    pub leases: Vec<Held>,
}

/// A lease in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which sale.
    pub sale: SaleId,
    /// How often it has changed hands.
    pub term: u64,
    /// Who holds it now.
    pub holder: Option<Uuid>,
    /// The engine an operator wants it at.
    pub wanted: Option<String>,
}

impl Held {
    /// As placement looks at it.
    pub(crate) fn lease(&self, is_quiet: bool) -> Lease {
        Lease { sale: self.sale, holder: self.holder, wanted: self.wanted.clone(), is_quiet }
    }
}

impl Store {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// The database cannot be reached, or its tables cannot be made.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?
            .options([("search_path", "cluster"), ("statement_timeout", "2000"), ("lock_timeout", "2000")])
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        let make = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('onsale cluster')); CREATE SCHEMA IF NOT EXISTS cluster; COMMIT";
        connection.execute(make).await?;
        TABLES.run(&mut connection).await?;
        Ok(Self { options, connection: Arc::new(Mutex::new(Some(connection))) })
    }

    /// Asks something of the database, for [`PATIENCE`] at most.
    async fn ask<T>(&self, ask: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let asking = async {
            let mut kept = self.connection.lock().await;
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => self.options.connect().await?,
            };
            let answer = ask(&mut connection).await?;
            *kept = Some(connection);
            Ok(answer)
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Err(StoreError::Silent))
    }

    /// This process is there: its leases are good for another [`LEASE`]. Says who else is there, and who holds what.
    ///
    /// # Errors
    /// The database does not answer, or this engine cannot work beside the others.
    pub async fn beat(&self, this: &EngineAt, keys: &str) -> Result<Seen, StoreError> {
        self.ask(async |connection| beat(connection, this, keys).await).await
    }

    /// Takes a sale that nobody holds; its new term, or nothing if somebody was faster.
    ///
    /// # Errors
    /// The database does not answer: whether it was taken is not known, and shows at the next beat.
    pub async fn claim(&self, sale: SaleId, process: Uuid) -> Result<Option<u64>, StoreError> {
        let claim = sqlx::query_scalar(
            "INSERT INTO leases (sale, term, process, valid_until) VALUES ($1, 1, $2, now() + $3) \
             ON CONFLICT (sale) DO UPDATE SET term = leases.term + 1, process = $2, valid_until = now() + $3, wanted = NULL \
             WHERE leases.valid_until <= now() RETURNING term",
        );
        let claim = claim.bind(i64::from(sale.get())).bind(process).bind(LEASE);
        let term: Option<i64> = self.ask(async |connection| Ok(claim.fetch_optional(connection).await?)).await?;
        Ok(term.map(i64::cast_unsigned))
    }

    /// Gives a sale up, for anybody or for this engine. Its writer must have ended before.
    ///
    /// # Errors
    /// The database does not answer; then the lease runs out by itself.
    pub async fn release(&self, sale: SaleId, process: Uuid, to: Option<&str>) -> Result<(), StoreError> {
        let release = "UPDATE leases SET valid_until = '-infinity', wanted = coalesce($3, wanted) WHERE sale = $1 AND process = $2";
        let release = sqlx::query(release).bind(i64::from(sale.get())).bind(process).bind(to);
        self.ask(async |connection| Ok(release.execute(connection).await?)).await?;
        Ok(())
    }

    /// An operator wants a sale to be at this engine. False if it was never at any.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn want(&self, sale: SaleId, engine: &str) -> Result<bool, StoreError> {
        let want =
            sqlx::query("UPDATE leases SET wanted = $2 WHERE sale = $1").bind(i64::from(sale.get())).bind(engine);
        let wanted = self.ask(async |connection| Ok(want.execute(connection).await?)).await?;
        Ok(wanted.rows_affected() > 0)
    }

    /// This process leaves, after it has released everything.
    ///
    /// # Errors
    /// The database does not answer; the others notice a little later.
    pub async fn leave(&self, process: Uuid) -> Result<(), StoreError> {
        let leave = sqlx::query("DELETE FROM engines WHERE process = $1").bind(process);
        self.ask(async |connection| Ok(leave.execute(connection).await?)).await?;
        Ok(())
    }
}

async fn beat(connection: &mut PgConnection, this: &EngineAt, keys: &str) -> Result<Seen, StoreError> {
    let mut beat = connection.begin().await?;
    let here = sqlx::query(
        "INSERT INTO engines (name, process, http, keys, seen_at) VALUES ($1, $2, $3, $4, now()) \
             ON CONFLICT (name) DO UPDATE SET process = $2, http = $3, keys = $4, seen_at = now() \
             WHERE engines.process = $2 OR engines.seen_at < now() - $5",
    );
    let here = here.bind(&this.name).bind(this.process).bind(&this.http).bind(keys).bind(LEASE);
    if here.execute(&mut *beat).await?.rows_affected() == 0 {
        return Err(StoreError::NameTaken(this.name.clone()));
    }
    // Also what has run out, as long as nobody has claimed it: the database may have been away.
    let prolong =
        sqlx::query("UPDATE leases SET valid_until = now() + $2 WHERE process = $1 AND valid_until > '-infinity'");
    prolong.bind(this.process).bind(LEASE).execute(&mut *beat).await?;
    let engines = "SELECT name, process, http, keys FROM engines WHERE seen_at > now() - $1 ORDER BY name";
    let engines: Vec<(String, Uuid, String, String)> =
        sqlx::query_as(engines).bind(LEASE).fetch_all(&mut *beat).await?;
    let leases = "SELECT sale, term, CASE WHEN valid_until > now() THEN process END, wanted FROM leases ORDER BY sale";
    let leases: Vec<(i64, i64, Option<Uuid>, Option<String>)> = sqlx::query_as(leases).fetch_all(&mut *beat).await?;
    // Before the commit: whoever cannot work beside the others is not seen by them either.
    if let Some((name, ..)) = engines.iter().find(|(_, _, _, theirs)| theirs != keys) {
        return Err(StoreError::OtherKeys(name.clone()));
    }
    beat.commit().await?;
    let held = |(sale, term, holder, wanted): (i64, i64, _, _)| Held {
        sale: SaleId::new(u32::try_from(sale).unwrap_or_default()),
        term: term.cast_unsigned(),
        holder,
        wanted,
    };
    let engines = engines.into_iter().map(|(name, process, http, _)| EngineAt { name, process, http }).collect();
    Ok(Seen { engines, leases: leases.into_iter().map(held).collect() })
}
