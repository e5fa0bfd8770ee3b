//! Snapshots: files beside the journal that make the next start faster. Losing one costs time, never an event.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::SaleId;

/// Marks the files and their form.
const MAGIC: &[u8; 8] = b"ONSALES1";
/// How many snapshots of a sale are kept.
const KEPT: usize = 2;

/// The state of a sale after `sequence` events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last event in it.
    pub sequence: u64,
    /// The state.
    pub state: Vec<u8>,
}

/// A folder of snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    /// The snapshots in this folder, which is created when the first is saved.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Saves a snapshot durably under its final name, and removes all but the newest two of the sale.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self, sale: SaleId, snapshot: &Snapshot) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{sale}-{:020}.snapshot", snapshot.sequence));
        let unfinished = path.with_extension("unfinished");
        let mut file = File::create(&unfinished)?;
        file.write_all(MAGIC)?;
        file.write_all(&snapshot.sequence.to_be_bytes())?;
        file.write_all(&crc32fast::hash(&snapshot.state).to_be_bytes())?;
        file.write_all(&snapshot.state)?;
        sabotage::crash_point("snapshot.written");
        file.sync_all()?;
        sabotage::crash_point("snapshot.synced");
        fs::rename(&unfinished, &path)?;
        sabotage::crash_point("snapshot.renamed");
        File::open(&self.folder)?.sync_all()?;
        for old in self.paths(sale).into_iter().rev().skip(KEPT) {
            fs::remove_file(old)?;
        }
        Ok(())
    }

    /// The snapshots of a sale that can be read, newest first.
    pub fn load(&self, sale: SaleId) -> impl Iterator<Item = Snapshot> {
        self.paths(sale).into_iter().rev().filter_map(|path| read(&path))
    }

    /// Paths of a sale's snapshots, oldest first.
    fn paths(&self, sale: SaleId) -> Vec<PathBuf> {
        let prefix = format!("{sale}-");
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(&prefix) && name.ends_with(".snapshot")
        };
        let mut paths: Vec<_> = entries.filter(ours).collect();
        paths.sort();
        paths
    }
}

/// A snapshot file; `None` (with a word in the log) if it is damaged.
fn read(path: &Path) -> Option<Snapshot> {
    let bytes = fs::read(path).ok()?;
    let sound = || {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (checksum, state) = rest.split_first_chunk::<4>()?;
        let fits = magic == MAGIC && u32::from_be_bytes(*checksum) == crc32fast::hash(state);
        fits.then(|| Snapshot { sequence: u64::from_be_bytes(*sequence), state: state.to_vec() })
    };
    let snapshot = sound();
    if snapshot.is_none() {
        tracing::warn!(path = %path.display(), "A damaged snapshot is passed over");
    }
    snapshot
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_newest_sound_snapshot_comes_first_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(folder.path());
        let sale = SaleId::new(1);
        for sequence in [9, 10, 11] {
            snapshots.save(sale, &Snapshot { sequence, state: vec![sequence as u8; 100] }).unwrap();
        }
        snapshots.save(SaleId::new(11), &Snapshot { sequence: 99, state: vec![] }).unwrap();
        let found: Vec<_> = snapshots.load(sale).map(|snapshot| snapshot.sequence).collect();
        assert_eq!(found, [11, 10]);

        let newest = snapshots.paths(sale).pop().unwrap();
        let mut bytes = fs::read(&newest).unwrap();
        bytes[50] ^= 1;
        fs::write(&newest, bytes).unwrap();
        assert_eq!(snapshots.load(sale).next().unwrap().sequence, 10);
    }
}
