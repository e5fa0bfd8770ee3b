//! The SQLite journal: the common suite, and what only a file can suffer.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use domain::SaleId;
use journal::conformance::{append, read};
use journal::sqlite::notes_beside;
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

/// A journal with events 1 to 7, closed, and what is in its file.
fn seven_events(path: &Path) -> Vec<u8> {
    let journal = SqliteJournal::open(SqliteOptions::new(path)).unwrap();
    for sequence in 1..=7 {
        append(&journal, SaleId::new(1), sequence, &[b"an event"]).unwrap();
    }
    journal.close();
    std::fs::read(path).unwrap()
}

fn replayed(path: &Path) -> (u64, Result<(), JournalError>) {
    let mut last = 0;
    let result = journal::sqlite::read_sale(path, SaleId::new(1), 0, &mut |sequence, _| {
        last = sequence;
        Ok(())
    });
    (last, result)
}

#[test]
fn a_log_that_lost_its_end_is_not_taken_for_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let log = folder.path().join("journal.db-wal");
    let copy = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(SqliteOptions::new(&path)).unwrap();
    for sequence in 1..=7 {
        append(&journal, SaleId::new(1), sequence, &[b"an event"]).unwrap();
    }
    // As a kill leaves it: the log is not folded into the database.
    for file in [&path, &log, &notes_beside(&path)] {
        std::fs::copy(file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    let copied = copy.path().join("journal.db");
    assert_eq!(replayed(&copied), (7, Ok(())));

    let mut bytes = std::fs::read(&log).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    std::fs::write(copy.path().join("journal.db-wal"), bytes).unwrap();
    let _ = std::fs::remove_file(copy.path().join("journal.db-shm"));
    let missing = JournalError::EndMissing { sale: SaleId::new(1), ends: 6, last: 7 };
    assert_eq!(replayed(&copied), (6, Err(missing.clone())));
    let journal = SqliteJournal::open(SqliteOptions::new(&copied)).unwrap();
    assert_eq!(journal.replay(SaleId::new(1), 0, &mut |_, _| Ok(())), Err(missing), "and it stays so");
}

#[test]
fn a_sale_that_is_gone_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    seven_events(&path);
    rusqlite::Connection::open(&path).unwrap().execute("DELETE FROM journal", []).unwrap();
    let journal = SqliteJournal::open(SqliteOptions::new(&path)).unwrap();
    assert_eq!(journal.sales(), Ok(vec![SaleId::new(1)]));
    let missing = JournalError::EndMissing { sale: SaleId::new(1), ends: 0, last: 7 };
    assert_eq!(replayed(&path), (0, Err(missing)));
}

#[test]
fn a_row_whose_key_is_damaged_does_not_end_the_sale() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut bytes = seven_events(&path);
    std::fs::remove_file(notes_beside(&path)).unwrap();
    assert_eq!(replayed(&path), (7, Ok(())), "a folder without notes is read");
    // The record of event 5 (sqlite.org/fileformat2.html, 2.1): five bytes of header, a sale that is 1 and takes no
    // byte (type 9), a sequence of one byte. One bit less makes it type 1, and that byte the sale's: sale 5.
    let record = bytes.windows(6).position(|at| at[..3] == [5, 9, 1] && at[5] == 5).unwrap();
    bytes[record + 1] = 1;
    std::fs::write(&path, bytes).unwrap();
    let missing = JournalError::EndMissing { sale: SaleId::new(1), ends: 4, last: 7 };
    assert_eq!(replayed(&path), (4, Err(missing)));
}
