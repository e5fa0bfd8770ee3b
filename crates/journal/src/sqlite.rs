//! The journal in SQLite: one file, one connection, one thread that commits whatever has arrived.
//!
//! WAL with `synchronous=FULL`: a commit returns after the log has been synced, so it survives a power cut. The
//! thread takes every batch that waits into one transaction (group commit across sales), so the cost of the sync is
//! shared by all of them, and the next batches are decided while it runs.

mod noted;
mod read;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{JoinHandle, Thread};

use crossbeam_channel::{Sender, unbounded};
use domain::SaleId;
use rusqlite::Connection;

use crate::{Batch, Done, Journal, JournalError, ReplayEach};
use noted::Notes;
pub use noted::beside as notes_beside;
use read::Reader;
use writer::{Work, Writer};

/// How the journal is kept.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database file.
    pub path: PathBuf,
    /// Batches in one transaction, at most. 1 gives every batch a commit of its own.
    pub batches_per_commit_max: usize,
    /// Pages in the write-ahead log before it is folded into the database.
    pub checkpoint_pages: u32,
}

impl SqliteOptions {
    /// The defaults for this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), batches_per_commit_max: 256, checkpoint_pages: 8_192 }
    }
}

/// The journal of every sale of this process.
pub struct SqliteJournal {
    path: PathBuf,
    work: Sender<Work>,
    worker: Thread,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteJournal {
    /// Opens the journal, creating the file if there is none, and starts its thread.
    ///
    /// # Errors
    /// The file cannot be opened, or is not a journal of this version.
    pub fn open(options: SqliteOptions) -> Result<Self, JournalError> {
        let connection = connect(&options)?;
        let path = options.path.clone();
        let notes = Notes::open(&path).map_err(|error| noted::unreadable(&path, &error))?;
        let (work, inbox) = unbounded();
        let writer = Writer::new(options, connection, notes);
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| JournalError::Storage(format!("no thread: {error}")))?;
        Ok(Self { path, work, worker: thread.thread().clone(), thread: Mutex::new(Some(thread)) })
    }

    /// Where the events are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Commits what waits, folds the log into the database and ends the thread. Appending later is refused.
    pub fn close(&self) {
        let _ = self.work.send(Work::Close);
        self.worker.unpark();
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("The journal's thread panicked");
        }
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        self.close();
    }
}

impl Journal for SqliteJournal {
    fn append(&self, batch: Batch, done: Done) {
        if let Err(unsent) = self.work.send(Work::Append(batch, done))
            && let Work::Append(_, done) = unsent.0
        {
            done(Err(JournalError::Closed));
        }
        self.worker.unpark();
    }

    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        Reader::open(&self.path)?.replay(sale, after, each)
    }

    fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        Reader::open(&self.path)?.sales()
    }

    fn close(&self) {
        Self::close(self);
    }
}

/// Reads a journal file that another process may be writing; for `onsale verify`.
///
/// # Errors
/// As [`Journal::replay`] and [`Journal::sales`].
pub fn read_file(
    path: &Path,
    mut each: impl FnMut(SaleId, u64, &[u8]) -> Result<(), String>,
) -> Result<(), JournalError> {
    let reader = Reader::open(path)?;
    for sale in reader.sales()? {
        reader.replay(sale, 0, &mut |sequence, payload| each(sale, sequence, payload))?;
    }
    Ok(())
}

/// Reads one sale of a journal file that another process may be writing.
///
/// # Errors
/// As [`Journal::replay`].
pub fn read_sale(path: &Path, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
    Reader::open(path)?.replay(sale, after, each)
}

/// Opens the file for writing, durable, with its table.
fn connect(options: &SqliteOptions) -> Result<Connection, JournalError> {
    let connection = Connection::open(&options.path).map_err(storage)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(storage)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(storage)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(storage)?;
    connection.pragma_update(None, "wal_autocheckpoint", options.checkpoint_pages).map_err(storage)?;
    connection.pragma_update(None, "cache_size", -65_536).map_err(storage)?;
    let level: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).map_err(storage)?;
    if mode != "wal" || level < 2 {
        // Anything less may lose acknowledged events in a power cut: better not to start.
        return Err(JournalError::Storage(format!("the file would not be durable (mode {mode}, synchronous {level})")));
    }
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS journal (
                sale_id INTEGER NOT NULL, sequence INTEGER NOT NULL,
                checksum INTEGER NOT NULL, payload BLOB NOT NULL,
                PRIMARY KEY (sale_id, sequence)
             ) STRICT, WITHOUT ROWID",
        )
        .map_err(storage)?;
    Ok(connection)
}

fn storage(error: rusqlite::Error) -> JournalError {
    JournalError::Storage(error.to_string())
}
