//! The manifest of a backup: what belongs to it, and the SHA-256 of each file.
//!
//! It is written last, so a backup without one is an unfinished one. It proves that the backup is whole and unharmed;
//! against somebody who changes file and manifest together, keep backups where nobody else can write.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use domain::SaleId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data_folder::write_private;
use crate::failure::Failure;

/// The name of the manifest in a backup.
pub const MANIFEST: &str = "MANIFEST.json";
/// The form this program writes and reads.
const FORMAT_VERSION: u32 = 1;
/// Bytes of a manifest.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What belongs to a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest and of the backup.
    pub format_version: u32,
    /// The version of the program that took it.
    pub program_version: String,
    /// When it was begun, RFC 3339.
    pub taken_at: String,
    /// How far each sale had come.
    pub sales: Vec<SaleMark>,
    /// Every file but the manifest, in the order of their paths.
    pub files: Vec<FileMark>,
}

/// How far a sale had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleMark {
    /// Which.
    pub sale: SaleId,
    /// The sequence of its last event.
    pub last_sequence: u64,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMark {
    /// Relative to the backup, with slashes.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of what is in `folder` now.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of(folder: &Path, taken_at: String, sales: Vec<SaleMark>) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(folder, folder, &mut files)?;
        files.sort_unstable();
        let program_version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { format_version: FORMAT_VERSION, program_version, taken_at, sales, files })
    }

    /// Writes the manifest; from then on the backup counts as one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        write_private(&folder.join(MANIFEST), &json)
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// There is none, it is of a newer version, or it names files outside the backup.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let unreadable = |why: &dyn std::fmt::Display| {
            Failure::because(
                format!("{} is not a finished backup.", folder.display()),
                format!("{}: {why}", path.display()),
            )
        };
        let mut json = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut json));
        read.map_err(|error| unreadable(&error))?;
        let Version { format_version } = serde_json::from_slice(&json).map_err(|error| unreadable(&error))?;
        if format_version != FORMAT_VERSION {
            return Err(Failure::new(format!(
                "The backup {} has format {format_version}, and this version of onsale reads format {FORMAT_VERSION}. \
                 Please use the version that took it.",
                folder.display()
            )));
        }
        let manifest: Self = serde_json::from_slice(&json).map_err(|error| unreadable(&error))?;
        match manifest.misplaced() {
            Some(path) => Err(unreadable(&format_args!("{path:?} cannot be in a backup"))),
            None => Ok(manifest),
        }
    }

    /// The first path that is given twice or leads elsewhere.
    fn misplaced(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        let sound = |path: &str| {
            let mut parts = Path::new(path).components();
            !path.is_empty() && path != MANIFEST && parts.all(|part| matches!(part, Component::Normal(_)))
        };
        let paths = self.files.iter().map(|file| file.path.as_str());
        paths.into_iter().find(|path| !sound(path) || !seen.insert(*path))
    }

    /// Compares every file with its mark.
    ///
    /// # Errors
    /// The first file that is missing or changed.
    pub fn check(&self, folder: &Path) -> Result<(), Failure> {
        self.files.iter().try_for_each(|file| {
            let path = folder.join(&file.path);
            let found = mark(&path, &file.path).map_err(|error| {
                Failure::because(format!("The backup is not whole: {} cannot be read.", path.display()), error)
            })?;
            if found == *file { Ok(()) } else { Err(changed(&path)) }
        })
    }
}

/// The one member of every version.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// The failure of a file that is not what its manifest says.
pub fn changed(path: &Path) -> Failure {
    Failure::new(format!("The backup was changed: {} is not the file its manifest names.", path.display()))
}

/// The mark of a file.
fn mark(path: &Path, relative: &str) -> io::Result<FileMark> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut hasher = Hasher::new(File::open(path)?);
    io::copy(&mut hasher, &mut io::sink())?;
    let (bytes, sha256) = hasher.finish();
    Ok(FileMark { path: relative.to_owned(), bytes, sha256 })
}

/// Every file below `folder`, with its path relative to `root`.
fn collect(root: &Path, folder: &Path, files: &mut Vec<FileMark>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            files.push(mark(&path, relative)?);
        }
    }
    Ok(())
}

/// Hashes what is read through it.
pub struct Hasher<R> {
    inner: R,
    bytes: u64,
    sha256: Sha256,
}

impl<R: Read> Hasher<R> {
    /// Hashes what is read from `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, bytes: 0, sha256: Sha256::new() }
    }

    /// How much was read, and its SHA-256 in hex.
    pub fn finish(self) -> (u64, String) {
        (self.bytes, hex::encode(self.sha256.finalize()))
    }
}

impl<R: Read> Read for Hasher<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        self.sha256.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_a_changed_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        fs::write(folder.path().join("keys/a"), "one").unwrap();
        let manifest = Manifest::of(folder.path(), "2026-01-01T00:00:00Z".into(), vec![]).unwrap();
        manifest.write(folder.path()).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), manifest);
        manifest.check(folder.path()).unwrap();
        fs::write(folder.path().join("keys/a"), "two").unwrap();
        assert!(manifest.check(folder.path()).unwrap_err().sentence().contains("keys/a"));
    }

    #[test]
    fn a_manifest_cannot_lead_out_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../x", "/etc/passwd", "a/../../x", "", ".", MANIFEST] {
            let mut manifest = Manifest::of(folder.path(), String::new(), vec![]).unwrap();
            manifest.files = vec![FileMark { path: path.into(), bytes: 0, sha256: String::new() }];
            fs::write(folder.path().join(MANIFEST), serde_json::to_vec(&manifest).unwrap()).unwrap();
            assert!(Manifest::read(folder.path()).is_err(), "{path:?}");
            fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        }
    }
}
