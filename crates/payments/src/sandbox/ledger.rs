//! The ledger's only writer: a thread that takes what waits, does it in one transaction and answers after the commit.
//!
//! **Invariant:** nobody hears of a change before it is durable. After any error of the database the thread stops and
//! every caller is told so; starting again reads the truth back from the file.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot};

/// Jobs waiting for the thread, at most. When full, callers are told to come back.
const INBOX_JOBS_MAX: usize = 8_192;
/// Jobs in one commit, at most.
const COMMIT_JOBS_MAX: usize = 1_024;
/// Statements kept prepared.
const STATEMENTS_MAX: usize = 64;
/// The schema this code reads and writes.
const SCHEMA_VERSION: i64 = 1;

type Answer = Box<dyn FnOnce() + Send>;
type Job = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Answer> + Send>;

enum Message {
    Do(Job),
    Stop,
}

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LedgerError {
    /// Too many jobs are waiting; this one was not looked at.
    #[error("The ledger is busy.")]
    Busy,
    /// The thread has ended; whether the job was done is unknown.
    #[error("The ledger has stopped.")]
    Stopped,
}

/// Why the ledger's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenLedgerError {
    /// The database said no.
    #[error("The ledger could not be opened.")]
    Database(#[from] rusqlite::Error),
    /// The file is of another version of this program.
    #[error("The ledger has schema version {found}; this program reads version {SCHEMA_VERSION}.")]
    Version {
        /// The version in the file.
        found: i64,
    },
    /// No thread.
    #[error("The ledger's thread could not be started.")]
    Thread(#[from] std::io::Error),
}

/// A handle on the ledger; cheap to clone.
#[derive(Clone)]
pub(super) struct Ledger {
    inbox: mpsc::Sender<Message>,
    changed: Arc<Notify>,
}

impl Ledger {
    /// Opens or creates the file and starts its thread.
    pub(super) fn open(path: &Path) -> Result<(Self, JoinHandle<()>), OpenLedgerError> {
        let connection = connect(path)?;
        let (inbox, jobs) = mpsc::channel(INBOX_JOBS_MAX);
        let changed = Arc::new(Notify::new());
        let ledger = Self { inbox, changed: Arc::clone(&changed) };
        let thread = std::thread::Builder::new().name("sandbox-ledger".into()).spawn(move || {
            if let Err(error) = work(connection, jobs, &changed) {
                tracing::error!(%error, "The sandbox ledger stopped: {error}");
            }
        })?;
        Ok((ledger, thread))
    }

    /// Does `job` within the next commit and gives its result once that is durable; refuses at once when full.
    /// A job that wants to refuse must do so before it writes: only a database error rolls back.
    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (message, answer) = envelope(job);
        self.inbox.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => LedgerError::Busy,
            TrySendError::Closed(_) => LedgerError::Stopped,
        })?;
        answer.await.map_err(|_| LedgerError::Stopped)
    }

    /// As [`Ledger::run`], but waits for room: for the ledger's own housekeeping.
    pub(super) async fn run_when_free<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (message, answer) = envelope(job);
        self.inbox.send(message).await.map_err(|_| LedgerError::Stopped)?;
        answer.await.map_err(|_| LedgerError::Stopped)
    }

    /// Waits for the next commit that changed something (or returns at once if there was one since the last call).
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until the thread has ended.
    pub(super) async fn stopped(&self) {
        self.inbox.closed().await;
    }

    /// Lets the thread finish what waits before this, then end.
    pub(super) async fn stop(&self) {
        // An error means that it has ended already.
        let _ended = self.inbox.send(Message::Stop).await;
    }
}

fn envelope<T, F>(job: F) -> (Message, oneshot::Receiver<T>)
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = job(connection)?;
        // A caller that went away does not need its answer.
        Ok(Box::new(move || drop(reply.send(result))))
    });
    (Message::Do(job), answer)
}

fn connect(path: &Path) -> Result<Connection, OpenLedgerError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let setup = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match setup.pragma_query_value(None, "user_version", |row| row.get(0))? {
        0 => {
            setup.execute_batch(include_str!("ledger.sql"))?;
            setup.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        }
        SCHEMA_VERSION => {}
        found => return Err(OpenLedgerError::Version { found }),
    }
    setup.commit()?;
    Ok(connection)
}

fn work(mut connection: Connection, mut jobs: mpsc::Receiver<Message>, changed: &Notify) -> rusqlite::Result<()> {
    let mut batch = Vec::with_capacity(COMMIT_JOBS_MAX);
    while jobs.blocking_recv_many(&mut batch, COMMIT_JOBS_MAX) > 0 {
        let changes_before = connection.total_changes();
        let (answers, stop) = commit(&mut connection, &mut batch)?;
        if connection.total_changes() != changes_before {
            changed.notify_one();
        }
        answers.into_iter().for_each(|answer| answer());
        if stop {
            break;
        }
    }
    Ok(())
}

fn commit(connection: &mut Connection, batch: &mut Vec<Message>) -> rusqlite::Result<(Vec<Answer>, bool)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(batch.len());
    let mut stop = false;
    for message in batch.drain(..) {
        match message {
            // Whatever was sent after the stop is dropped, which tells its caller.
            Message::Do(job) if !stop => answers.push(job(&transaction)?),
            Message::Do(_) => {}
            Message::Stop => stop = true,
        }
    }
    transaction.commit()?;
    Ok((answers, stop))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_answered_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let (ledger, thread) = Ledger::open(&path).unwrap();
        ledger.run(|db| db.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (7)")).await.unwrap();
        ledger.stop().await;
        thread.join().unwrap();
        let (again, _thread) = Ledger::open(&path).unwrap();
        let number: i64 = again.run(|db| db.query_row("SELECT n FROM t", [], |row| row.get(0))).await.unwrap();
        assert_eq!(number, 7);
    }

    #[tokio::test]
    async fn after_a_database_error_everybody_is_told_and_nothing_of_the_batch_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let (ledger, _thread) = Ledger::open(&path).unwrap();
        let broken = |db: &Connection| db.execute_batch("CREATE TABLE half (n); SELECT * FROM nowhere");
        assert_eq!(ledger.run(broken).await, Err(LedgerError::Stopped));
        ledger.stopped().await;
        assert_eq!(ledger.run(|_| Ok(())).await, Err(LedgerError::Stopped));
        let (again, _thread) = Ledger::open(&path).unwrap();
        let tables: i64 = again
            .run(|db| db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'", [], |row| row.get(0)))
            .await
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[tokio::test]
    async fn a_ledger_of_another_version_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Ledger::open(&path), Err(OpenLedgerError::Version { found: 99 })));
    }
}
