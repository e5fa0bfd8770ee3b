//! Copies a SQLite file as of one instant, while another process may be writing to it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::failure::Failure;

/// How often a copy is tried when a writer is in the way, which the write-ahead log makes rare.
const TRIES_MAX: u32 = 100;
/// Pause before the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// Copies `from` to the new file `to`, for its owner only, and makes it durable.
///
/// # Errors
/// The source cannot be read, the target exists or cannot be written, or the copy is damaged.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::because(format!("{} cannot be copied.", from.display()), why);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|error| failed(&error))?;
    copy_pages(from, to).map_err(|error| failed(&error))?;
    finish(to)
}

/// Makes a copy one whole and durable file.
///
/// # Errors
/// It cannot be written, or is damaged.
pub fn finish(copy: &Path) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::because(format!("{} is no copy.", copy.display()), why);
    let damage = one_plain_file(copy).map_err(|error| failed(&error))?;
    if damage != "ok" {
        return Err(failed(&damage));
    }
    File::open(copy).and_then(|file| file.sync_all()).map_err(|error| failed(&error))
}

fn copy_pages(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(Duration::from_secs(5))?;
    let mut target = Connection::open(to)?;
    let backup = Backup::new(&source, &mut target)?;
    for _ in 0..TRIES_MAX {
        // All pages in one step: one read transaction, so the copy is one instant, and a writer that goes on
        // meanwhile (it may: this is a write-ahead log) never makes the copy start again.
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(PAUSE),
        }
    }
    Err(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
        Some("another process keeps it locked".into()),
    ))
}

/// Leaves the write-ahead log, so that the copy is one file and can be read from a medium that cannot be written.
/// Returns what SQLite says of its structure: `ok`, or the first damage.
fn one_plain_file(path: &Path) -> rusqlite::Result<String> {
    let connection = Connection::open(path)?;
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
}
