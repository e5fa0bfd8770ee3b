//! The keys on disk: a folder with a file per key.
//!
//! A file is called `SECONDS.key` after the instant (seconds since 1970) from which on it signs, and holds 64 hex
//! digits. To rotate, put a file with a start in the near future into the folder of every process (or call
//! [`KeyRing::rotate`] on a shared one), let all of them read it, and remove old ones when their overlap is over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::{Duration, Timestamp};

use super::{KEYS_MAX, KeyRing, SealKey};

const KEY_FILE_ENDING: &str = "key";
const HEX_CHARS: usize = SealKey::BYTES * 2;
/// Permission bits a key file must not have: writing by the group, anything by others. Reading by the group stays
/// possible, because that is how secrets reach a container.
const MODE_FORBIDDEN: u32 = 0o037;

/// Why keys could not be loaded or stored.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file system refused.
    #[error("The pass key {} cannot be read or written: {source}.", path.display())]
    Unavailable {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Others than the owner may read or change it.
    #[error("The pass key {} is open to others (mode {mode:o}). Run: chmod 600 {}", path.display(), path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hex digits, or the name is no instant.
    #[error("The file {} is not a pass key: SECONDS.key with 64 hex digits.", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// No key, or more than a ring takes.
    #[error("The folder {} holds {count} pass keys; it needs from 1 to {KEYS_MAX}.", path.display())]
    Count {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// The operating system gave no randomness for a new key.
    #[error("No randomness for a new pass key: {0}.")]
    Randomness(getrandom::Error),
}

impl KeyRingError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "pass_key_unavailable",
            Self::Open { .. } => "pass_key_open",
            Self::Malformed { .. } => "pass_key_malformed",
            Self::Count { .. } => "pass_keys_miscounted",
            Self::Randomness(_) => "randomness_unavailable",
        }
    }
}

impl KeyRing {
    /// Reads all keys of a folder. One that cannot be used fails the whole: a ring with a hole refuses honest people.
    ///
    /// # Errors
    /// When the folder or a file is not readable, is open to others, or is not what it should be.
    pub fn load(folder: &Path, overlap: Duration) -> Result<Self, KeyRingError> {
        let files = key_files(folder)?;
        if files.is_empty() || files.len() > KEYS_MAX {
            return Err(KeyRingError::Count { path: folder.into(), count: files.len() });
        }
        let secrets = files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(secrets, overlap))
    }

    /// Reads the keys of a folder; if there is none, makes the folder and a key that signs from now on.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::rotate`].
    pub fn load_or_generate(folder: &Path, overlap: Duration, now: Timestamp) -> Result<Self, KeyRingError> {
        fs::create_dir_all(folder).map_err(|source| unavailable(folder, source))?;
        if key_files(folder)?.is_empty() {
            Self::rotate(folder, now)?;
        }
        Self::load(folder, overlap)
    }

    /// Puts a new key into a folder, which signs from `starts_at` on (in whole seconds). Nothing is overwritten.
    ///
    /// # Errors
    /// When there is a key with this start already, or the file system refuses.
    pub fn rotate(folder: &Path, starts_at: Timestamp) -> Result<(), KeyRingError> {
        let mut secret = [0; SealKey::BYTES];
        getrandom::fill(&mut secret).map_err(KeyRingError::Randomness)?;
        let seconds = starts_at.as_millis().div_euclid(1_000);
        let path = folder.join(format!("{seconds}.{KEY_FILE_ENDING}"));
        store(&path, &hex::encode(secret)).map_err(|source| unavailable(&path, source))
    }
}

fn unavailable(path: &Path, source: io::Error) -> KeyRingError {
    KeyRingError::Unavailable { path: path.into(), source }
}

fn key_files(folder: &Path) -> Result<Vec<PathBuf>, KeyRingError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|source| unavailable(folder, source))? {
        let path = entry.map_err(|source| unavailable(folder, source))?.path();
        if path.extension().is_some_and(|ending| ending == KEY_FILE_ENDING) {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<(Timestamp, [u8; SealKey::BYTES]), KeyRingError> {
    let malformed = || KeyRingError::Malformed { path: path.into() };
    let seconds: i64 = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).ok_or_else(malformed)?;
    let millis = seconds.checked_mul(1_000).ok_or_else(malformed)?;
    let file = File::open(path).map_err(|source| unavailable(path, source))?;
    let mode = file.metadata().map_err(|source| unavailable(path, source))?.permissions().mode() & 0o777;
    if mode & MODE_FORBIDDEN != 0 {
        return Err(KeyRingError::Open { path: path.into(), mode });
    }
    let mut text = Vec::new();
    // One character for a line end, one to see that there is more.
    file.take(HEX_CHARS as u64 + 2).read_to_end(&mut text).map_err(|source| unavailable(path, source))?;
    let mut secret = [0; SealKey::BYTES];
    let digits = text.strip_suffix(b"\n").unwrap_or(&text);
    hex::decode_to_slice(digits, &mut secret).map_err(|_| malformed())?;
    Ok((Timestamp::from_millis(millis), secret))
}

/// Writes beside the target and links it there, so that a crash leaves no half a key and nothing is overwritten.
fn store(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let stored = write_private(&draft, text).and_then(|()| fs::hard_link(&draft, path));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => stored?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The mode above counts only for a new file; a left-over draft may have another.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    const OVERLAP: Duration = Duration::from_mins(10);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn a_first_start_makes_a_key_and_the_next_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pass-keys");
        let ring = KeyRing::load_or_generate(&path, OVERLAP, at(1_000)).unwrap();
        let again = KeyRing::load_or_generate(&path, OVERLAP, at(5_000)).unwrap();
        assert!(ring.current(at(5_000)).is_some());
        assert_eq!(ring.current(at(5_000)), again.current(at(5_000)));
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["1000.key"]);
        assert_eq!(fs::metadata(path.join("1000.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_rotated_key_takes_over_at_its_start_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let before = KeyRing::load_or_generate(folder.path(), OVERLAP, at(1_000)).unwrap();
        KeyRing::rotate(folder.path(), at(2_000)).unwrap();
        let after = KeyRing::load(folder.path(), OVERLAP).unwrap();
        assert_eq!(after.current(at(1_999)), before.current(at(1_999)));
        assert_ne!(after.current(at(2_000)), before.current(at(2_000)));
        assert_eq!(KeyRing::rotate(folder.path(), at(2_000)).unwrap_err().code(), "pass_key_unavailable");
    }

    #[test]
    fn whatever_is_not_a_private_key_file_fails_the_whole_ring() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(KeyRing::load(folder.path(), OVERLAP).unwrap_err().code(), "pass_keys_miscounted");
        KeyRing::rotate(folder.path(), at(1_000)).unwrap();
        let good = fs::read_to_string(folder.path().join("1000.key")).unwrap();
        let other = folder.path().join("2000.key");
        let long = format!("{good}0\n");
        for content in ["", "rubbish", &good[..HEX_CHARS - 2], &long] {
            write_private(&other, content.trim_end()).unwrap();
            assert_eq!(KeyRing::load(folder.path(), OVERLAP).unwrap_err().code(), "pass_key_malformed", "{content:?}");
        }
        fs::write(&other, &good).unwrap();
        for (mode, accepted) in [(0o644, false), (0o660, false), (0o604, false), (0o640, true), (0o400, true)] {
            fs::set_permissions(&other, fs::Permissions::from_mode(mode)).unwrap();
            match KeyRing::load(folder.path(), OVERLAP) {
                Ok(_) => assert!(accepted, "mode {mode:o}"),
                Err(error) => assert!(!accepted && error.code() == "pass_key_open", "mode {mode:o}: {error}"),
            }
        }
        fs::rename(&other, folder.path().join("soon.key")).unwrap();
        assert_eq!(KeyRing::load(folder.path(), OVERLAP).unwrap_err().code(), "pass_key_malformed");
    }

    #[test]
    fn too_many_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        (0..=KEYS_MAX as i64).for_each(|second| KeyRing::rotate(folder.path(), at(second)).unwrap());
        assert_eq!(KeyRing::load(folder.path(), OVERLAP).unwrap_err().code(), "pass_keys_miscounted");
    }
}
