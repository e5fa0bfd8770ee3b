//! The journal in PostgreSQL: one table, one session that writes, one thread that commits whatever has arrived.
//!
//! A group of batches is one `INSERT … SELECT … FROM UNNEST`, which is a transaction of its own: one round trip and one
//! commit for all sales that wait. A row holds many events (`rows`). A second group may be on its way before the first is answered, as long as they share
//! no sale.
//!
//! **Unknown outcomes.** When the session breaks while a group is on its way, nobody knows whether it was committed. The
//! next session first makes sure that the broken one is gone (`session`), then reads what is there: a group that is
//! found is reported as done, one that is not is sent again, which cannot double it. If no session comes in time, its
//! batches are reported as lost, and nothing may be read or written until the outcome is settled.

mod outcome;
mod read;
mod rows;
mod schema;
mod session;
mod tls;
mod writer;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::SaleId;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::{Batch, Done, Journal, JournalError, ReplayEach};
pub use schema::migrate;
use writer::{Work, Writer};

/// How the journal is kept.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; with `?sslmode=verify-full` over TLS.
    pub url: String,
    /// Names this journal among all that use the database: a number nobody else draws. A session that this journal
    /// lost is found and ended by it.
    pub writer: u64,
    /// Batches in one transaction, at most. 1 gives every batch a commit of its own.
    pub batches_per_commit_max: usize,
    /// How long a commit may take before its session counts as broken.
    pub commit_patience: Duration,
    /// How long batches wait for a new session before they are reported as lost.
    pub session_patience: Duration,
}

/// Without the address, which may hold a password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").field("writer", &self.writer).finish_non_exhaustive()
    }
}

impl PostgresOptions {
    /// The defaults for this database.
    pub fn new(url: impl Into<String>, writer: u64) -> Self {
        Self {
            url: url.into(),
            writer,
            batches_per_commit_max: 256,
            commit_patience: Duration::from_secs(10),
            session_patience: Duration::from_secs(5),
        }
    }
}

/// The journal of the sales this process writes.
pub struct PostgresJournal {
    options: PostgresOptions,
    work: UnboundedSender<Work>,
    /// An earlier group may still be committed.
    unsettled: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl PostgresJournal {
    /// Connects, brings the table up to date, and starts the journal's thread. Blocks.
    ///
    /// # Errors
    /// The database cannot be reached, would not keep what it commits, or holds tables of a newer version.
    pub fn open(options: PostgresOptions) -> Result<Self, JournalError> {
        let runtime = runtime()?;
        let (work, inbox) = unbounded_channel();
        let unsettled = Arc::new(AtomicBool::new(false));
        let session = runtime.block_on(async {
            schema::migrate(&options.url).await?;
            session::open(&options).await
        })?;
        let writer = Writer::new(options.clone(), session, Arc::clone(&unsettled));
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || runtime.block_on(writer.run(inbox)))
            .map_err(|error| JournalError::Storage(format!("no thread: {error}")))?;
        Ok(Self { options, work, unsettled, thread: Mutex::new(Some(thread)) })
    }

    /// Commits what waits and ends the thread. Appending later is refused.
    pub fn close(&self) {
        let _ = self.work.send(Work::Close);
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("The journal's thread panicked");
        }
    }

    fn reader<T>(
        &self,
        read: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        if self.unsettled.load(Ordering::Acquire) {
            return Err(JournalError::Storage("whether the last events were committed is not known yet".into()));
        }
        runtime()?.block_on(async { read(&session::connect(&self.options.url).await?).await })
    }
}

impl Drop for PostgresJournal {
    fn drop(&mut self) {
        self.close();
    }
}

impl Journal for PostgresJournal {
    fn append(&self, batch: Batch, done: Done) {
        if let Err(unsent) = self.work.send(Work::Append(batch, done))
            && let Work::Append(_, done) = unsent.0
        {
            done(Err(JournalError::Closed));
        }
    }

    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        self.reader(async |client| read::replay(client, sale, after, each).await)
    }

    fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        self.reader(async |client| read::sales(client).await)
    }

    fn close(&self) {
        Self::close(self);
    }
}

/// Reads a journal that other processes may be writing; for `onsale verify`.
///
/// # Errors
/// As [`Journal::replay`] and [`Journal::sales`].
pub fn read_all(url: &str, mut each: impl FnMut(SaleId, u64, &[u8]) -> Result<(), String>) -> Result<(), JournalError> {
    runtime()?.block_on(async {
        let client = session::connect(url).await?;
        for sale in read::sales(&client).await? {
            read::replay(&client, sale, 0, &mut |sequence, payload| each(sale, sequence, payload)).await?;
        }
        Ok(())
    })
}

/// Reads one sale of a journal that other processes may be writing.
///
/// # Errors
/// As [`Journal::replay`].
pub fn read_sale(url: &str, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
    runtime()?.block_on(async { read::replay(&session::connect(url).await?, sale, after, each).await })
}

/// Connects and looks whether the database would keep what it commits; gives its version. Changes nothing.
///
/// # Errors
/// It cannot be reached, or would not be durable.
pub fn examine(url: &str) -> Result<String, JournalError> {
    runtime()?.block_on(async {
        let client = session::connect(url).await?;
        session::durable(&client).await?;
        let row = client.query_one("SELECT current_setting('server_version')", &[]).await.map_err(storage)?;
        Ok(row.get(0))
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, JournalError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| JournalError::Storage(format!("no runtime: {error}")))
}

/// What PostgreSQL says, with what it means: the error itself often only says "db error".
fn storage(error: tokio_postgres::Error) -> JournalError {
    JournalError::Storage(describe(&error))
}

/// It took longer than it may.
fn silent() -> JournalError {
    JournalError::Storage("the database does not answer".into())
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}
