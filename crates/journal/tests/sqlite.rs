//! The SQLite journal: the common suite, and what only a file can suffer.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::SaleId;
use journal::conformance::{append, read};
use journal::{Journal, JournalError, SqliteJournal, SqliteOptions};

#[test]
fn sqlite_does_what_every_journal_must() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    journal::conformance::run(|| SqliteJournal::open(SqliteOptions::new(&path)).unwrap());
}

#[test]
fn every_commit_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(SqliteJournal::open(SqliteOptions::new(&path)).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn a_changed_event_is_detected() {
    let sale = SaleId::new(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(SqliteOptions::new(&path)).unwrap();
    append(&journal, sale, 1, &[b"one", b"two", b"three"]).unwrap();
    journal.close();
    let change = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();

    change("UPDATE journal SET payload = x'74776f21' WHERE sequence = 2");
    let journal = SqliteJournal::open(SqliteOptions::new(&path)).unwrap();
    let damaged = journal.replay(sale, 0, &mut |_, _| Ok(()));
    assert_eq!(damaged, Err(JournalError::Damaged { sale, sequence: 2 }));

    change("DELETE FROM journal WHERE sequence = 2");
    let gap = journal.replay(sale, 0, &mut |_, _| Ok(()));
    assert_eq!(gap, Err(JournalError::Gap { sale, expected: 2, found: 3 }));
}

#[test]
fn a_closed_journal_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(SqliteOptions::new(folder.path().join("journal.db"))).unwrap();
    append(&journal, SaleId::new(1), 1, &[b"one"]).unwrap();
    journal.close();
    assert_eq!(append(&journal, SaleId::new(1), 2, &[b"two"]), Err(JournalError::Closed));
    assert_eq!(read(&journal, SaleId::new(1), 0).len(), 1);
}
