//! Takes a backup. The order of the steps matters; the module above says why.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ::database::Place;
use domain::SaleId;
use journal::Snapshots;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Handle;

use super::database;
use super::manifest::{Manifest, SaleMark};
use crate::data_folder::{DataFolder, private_folder, sync_folder};
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::move_sales;
use crate::table_places::TablePlaces;

/// Copies everything durable of `from` into `into`, which must be empty or not there yet. Blocks, on a thread of a runtime
/// that may.
///
/// # Errors
/// There is nothing to back up, the target is in use, or something cannot be copied. What was copied so far has no
/// manifest then, and is no backup.
pub fn take(
    from: &DataFolder,
    journal: &JournalPlace,
    tables: &TablePlaces,
    into: &Path,
    taken_at: String,
) -> Result<Manifest, Failure> {
    from.require()?;
    if !journal.exists() {
        return Err(Failure::new(format!("There is nothing to back up in {}.", from.path().display())));
    }
    let unwritten = |error: io::Error| Failure::because(format!("{} cannot be written.", into.display()), error);
    private_folder(into).map_err(unwritten)?;
    if fs::read_dir(into).map_err(unwritten)?.next().is_some() {
        return Err(Failure::new(format!("{} is not empty. Name a new folder for the backup.", into.display())));
    }
    let target = DataFolder::new(into);

    match journal {
        JournalPlace::File(file) => {
            // Before the journal, which is never behind them: the copy is refused when it is.
            let notes = journal::sqlite::notes_beside(file);
            if notes.is_file() {
                copy_file(&notes, &journal::sqlite::notes_beside(&target.journal())).map_err(unwritten)?;
            }
            database::copy(file, &target.journal())?;
        }
        // What a database keeps is copied event by event, so that every backup has the same form.
        JournalPlace::Database(_) => move_sales::copy_all(journal, &JournalPlace::file(&target))?,
    }
    sabotage::crash_point("backup.journal_copied");
    let sales = last_sequences(&target.journal())
        .map_err(|error| Failure::because(format!("{} cannot be read.", target.journal().display()), error))?;
    copy_tables(tables, &TablePlaces::files(&target))?;
    if from.sandbox_ledger().is_file() {
        private_folder(&target.sandbox()).map_err(unwritten)?;
        database::copy(&from.sandbox_ledger(), &target.sandbox_ledger())?;
    }
    copy_snapshots(from, &target, &sales).map_err(unwritten)?;
    copy_folder(&from.keys(), &target.keys()).map_err(unwritten)?;
    copy_folder(&from.secrets(), &target.secrets()).map_err(unwritten)?;
    if from.version().is_file() {
        copy_file(&from.version(), &target.version()).map_err(unwritten)?;
    }

    let manifest = Manifest::of(into, taken_at, sales).map_err(unwritten)?;
    for folder in [target.sandbox(), target.snapshots(), target.keys(), target.secrets(), into.to_owned()] {
        if folder.is_dir() {
            sync_folder(&folder).map_err(unwritten)?;
        }
    }
    sabotage::crash_point("backup.before_manifest");
    manifest.write(into).map_err(unwritten)?;
    Ok(manifest)
}

/// Files are copied page by page, what a database keeps row by row: every backup has the same form.
fn copy_tables(from: &TablePlaces, to: &TablePlaces) -> Result<(), Failure> {
    if from.is_shared() {
        Handle::current().block_on(from.copy_to(to))?;
    }
    for ((source, _), (copy, _)) in from.each().into_iter().zip(to.each()) {
        match (source, copy) {
            (Place::File(source), Place::File(copy)) if source.is_file() => database::copy(source, copy)?,
            (Place::Postgres(_), Place::File(copy)) => database::finish(copy)?,
            _ => {}
        }
    }
    Ok(())
}

/// How far each sale of a journal has come.
fn last_sequences(journal: &Path) -> rusqlite::Result<Vec<SaleMark>> {
    let connection = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement =
        connection.prepare("SELECT sale_id, MAX(sequence) FROM journal GROUP BY sale_id ORDER BY sale_id")?;
    let marks =
        statement.query_map([], |row| Ok(SaleMark { sale: SaleId::new(row.get(0)?), last_sequence: row.get(1)? }))?;
    marks.collect()
}

/// The newest snapshot of each sale that knows no more than the copied journal. One that is replaced while it is
/// looked for is left out: the events are the truth.
fn copy_snapshots(from: &DataFolder, target: &DataFolder, sales: &[SaleMark]) -> io::Result<()> {
    let (source, copies) = (Snapshots::new(from.snapshots()), Snapshots::new(target.snapshots()));
    for mark in sales {
        let newest = source.load(mark.sale).find(|snapshot| snapshot.sequence <= mark.last_sequence);
        if let Some(snapshot) = newest {
            private_folder(&target.snapshots())?;
            copies.save(mark.sale, &snapshot)?;
        }
    }
    Ok(())
}

/// Copies the files of a folder, if there is one.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    private_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // A draft is a file that another process is just writing.
        let is_draft =
            Path::new(&entry.file_name()).extension().is_some_and(|it| it.to_string_lossy().starts_with("draft-"));
        if entry.path().is_file() && !is_draft {
            copy_file(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies a file, for its owner only and durably.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut fs::File::open(from)?, &mut copy)?;
    copy.sync_all()
}
