//! How far every sale has come, in a file of its own beside the journal.
//!
//! A chain of checksums says when a link in the middle is wrong, not that the last ones are gone: a wrong bit in the
//! write-ahead log makes SQLite take the log for shorter, and one in the last page may hide rows. What is left is whole in
//! itself and earlier than what fans were told. So after every commit, and before its callers are told, the sequence it
//! came to is noted here, and a journal that ends before it is not read.
//!
//! A note is never synced: after a power cut it may be older than the journal, which says nothing false, for it is only
//! ever written after the commit it tells of. One that is torn or damaged counts as none.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use domain::SaleId;

use crate::JournalError;

/// A note: sale, sequence, CRC-32 of both, little-endian.
const NOTE_BYTES: usize = 16;
/// Bytes of a note that its checksum covers.
const TOLD_BYTES: usize = 12;

/// The notes of the process that writes the journal.
pub(super) struct Notes {
    file: File,
    places: HashMap<SaleId, u64>,
    next: u64,
    failed: bool,
}

impl Notes {
    /// Opens the notes of this journal, with none if there is no such file yet.
    pub(super) fn open(journal: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside(journal))?;
        let mut notes = Self { file, places: HashMap::new(), next: 0, failed: false };
        for (place, note) in (0..).zip(std::fs::read(beside(journal))?.chunks(NOTE_BYTES)) {
            // Two of one sale: the second was written because the first could not be read, and is newer.
            if let Some((sale, _)) = parse(note) {
                notes.places.insert(sale, place);
            }
            notes.next = place + 1;
        }
        Ok(notes)
    }

    /// Everything of `sale` up to `sequence` is durable. A note that cannot be written is missed by nobody until there is
    /// damage as well, so it stops nothing; it is said once.
    pub(super) fn note(&mut self, sale: SaleId, sequence: u64) {
        let place = *self.places.entry(sale).or_insert_with(|| {
            self.next += 1;
            self.next - 1
        });
        match self.file.write_all_at(&compose(sale, sequence), place * NOTE_BYTES as u64) {
            Ok(()) => self.failed = false,
            Err(error) if !self.failed => {
                self.failed = true;
                tracing::warn!(%error, "It cannot be noted how far the journal has come");
            }
            Err(_) => {}
        }
    }
}

/// How far each sale of this journal had come. Read before the journal, which may be written meanwhile.
pub(super) fn read(journal: &Path) -> Result<BTreeMap<SaleId, u64>, JournalError> {
    let bytes = match std::fs::read(beside(journal)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(journal, &error)),
    };
    let mut noted = BTreeMap::new();
    for (sale, sequence) in bytes.chunks(NOTE_BYTES).filter_map(parse) {
        let most = noted.entry(sale).or_default();
        *most = sequence.max(*most);
    }
    Ok(noted)
}

/// The file of a journal's notes: `journal.db` has `journal.tips` beside it.
pub fn beside(journal: &Path) -> PathBuf {
    journal.with_extension("tips")
}

/// The notes cannot be used.
pub(super) fn unreadable(journal: &Path, error: &io::Error) -> JournalError {
    JournalError::Storage(format!("{}: {error}", beside(journal).display()))
}

fn compose(sale: SaleId, sequence: u64) -> [u8; NOTE_BYTES] {
    let mut note = [0; NOTE_BYTES];
    note[..4].copy_from_slice(&sale.get().to_le_bytes());
    note[4..TOLD_BYTES].copy_from_slice(&sequence.to_le_bytes());
    let checksum = crc32fast::hash(&note[..TOLD_BYTES]);
    note[TOLD_BYTES..].copy_from_slice(&checksum.to_le_bytes());
    note
}

fn parse(note: &[u8]) -> Option<(SaleId, u64)> {
    let sale = u32::from_le_bytes(note.get(..4)?.try_into().ok()?);
    let sequence = u64::from_le_bytes(note.get(4..TOLD_BYTES)?.try_into().ok()?);
    let checksum = u32::from_le_bytes(note.get(TOLD_BYTES..)?.try_into().ok()?);
    (checksum == crc32fast::hash(&note[..TOLD_BYTES])).then_some((SaleId::new(sale), sequence))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn the_newest_note_of_each_sale_counts_and_a_torn_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        assert_eq!(read(&journal), Ok(BTreeMap::new()));
        let (one, two) = (SaleId::new(1), SaleId::new(2));
        let mut notes = Notes::open(&journal).unwrap();
        notes.note(one, 4);
        notes.note(two, 1);
        notes.note(one, 9);
        drop(notes);
        assert_eq!(read(&journal), Ok(BTreeMap::from([(one, 9), (two, 1)])));

        let mut bytes = std::fs::read(beside(&journal)).unwrap();
        assert_eq!(bytes.len(), 2 * NOTE_BYTES);
        bytes[5] ^= 1;
        std::fs::write(beside(&journal), &bytes).unwrap();
        assert_eq!(read(&journal), Ok(BTreeMap::from([(two, 1)])));
        let mut notes = Notes::open(&journal).unwrap();
        notes.note(two, 2);
        notes.note(one, 10);
        assert_eq!(read(&journal), Ok(BTreeMap::from([(one, 10), (two, 2)])));
    }

    #[test]
    fn empty_bytes_are_no_note() {
        assert_eq!(parse(&[0; NOTE_BYTES]), None);
        assert_eq!(parse(&[]), None);
    }
}
