//! The signing key on disk: a PKCS#8 PEM file that only its owner may write and no stranger may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::key::TicketKey;

/// A key file holds one short PEM block; more than this is something else.
const KEY_FILE_BYTES_MAX: u64 = 4 * 1024;
/// Permission bits a key file must not have: writing by the group, anything by others. Reading by the group stays
/// possible, because that is how secrets reach a container.
const MODE_FORBIDDEN: u32 = 0o037;

/// Why a key could not be loaded or stored.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused.
    #[error("The ticket key file {} cannot be read or written: {source}.", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// There is a key already; overwriting it would make every sold ticket invalid.
    #[error("There is a ticket key in {} already; it is not overwritten.", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner may read or change it.
    #[error("The ticket key file {} is open to others (mode {mode:o}). Run: chmod 600 {}", path.display(), path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a PKCS#8 PEM file with an Ed25519 key.
    #[error("The file {} does not hold an Ed25519 key in PKCS#8 PEM form.", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no randomness for a new key.
    #[error("No randomness for a new ticket key: {0}.")]
    Randomness(getrandom::Error),
}

impl KeyFileError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "ticket_key_file_unavailable",
            Self::Exists { .. } => "ticket_key_file_exists",
            Self::Open { .. } => "ticket_key_file_open",
            Self::Malformed { .. } => "ticket_key_file_malformed",
            Self::Randomness(_) => "randomness_unavailable",
        }
    }
}

impl TicketKey {
    /// Reads the key of a PKCS#8 PEM file.
    ///
    /// # Errors
    /// When the file is not there, is open to others, or holds no Ed25519 key.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let unavailable = |source| KeyFileError::Unavailable { path: path.into(), source };
        let file = File::open(path).map_err(unavailable)?;
        let mode = file.metadata().map_err(unavailable)?.permissions().mode() & 0o777;
        if mode & MODE_FORBIDDEN != 0 {
            return Err(KeyFileError::Open { path: path.into(), mode });
        }
        let mut pem = Vec::new();
        file.take(KEY_FILE_BYTES_MAX + 1).read_to_end(&mut pem).map_err(unavailable)?;
        std::str::from_utf8(&pem)
            .ok()
            .filter(|pem| pem.len() as u64 <= KEY_FILE_BYTES_MAX)
            .and_then(Self::from_pem)
            .ok_or_else(|| KeyFileError::Malformed { path: path.into() })
    }

    /// Writes the key to a new file with mode 0600; when this returns it is on the disk, whole.
    ///
    /// # Errors
    /// When there is a file already, or the file system refuses.
    pub fn store(&self, path: &Path) -> Result<(), KeyFileError> {
        let pem = self.to_pem().ok_or_else(|| KeyFileError::Malformed { path: path.into() })?;
        store_new(path, pem.as_ref()).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.into() },
            _ => KeyFileError::Unavailable { path: path.into(), source },
        })
    }

    /// Reads the key of this file, or makes one and stores it there if there is no file.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::store`]; a file that is there but cannot be read is never replaced.
    pub fn load_or_generate(path: &Path) -> Result<Self, KeyFileError> {
        match Self::load(path) {
            Err(KeyFileError::Unavailable { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        let key = Self::generate().map_err(KeyFileError::Randomness)?;
        match key.store(path) {
            Ok(()) => Ok(key),
            // Another process was faster: its key is the one.
            Err(KeyFileError::Exists { .. }) => Self::load(path),
            Err(error) => Err(error),
        }
    }
}

/// Writes beside the target and links it there, so that a crash leaves no half a key and nothing is overwritten.
fn store_new(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let stored = write_private(&draft, text).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    stored?;
    removed?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The mode above counts only for a new file; a left-over draft may have another.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_stored_key_loads_again_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticket-key.pem");
        let key = TicketKey::generate().unwrap();
        key.store(&path).unwrap();
        assert_eq!(TicketKey::load(&path).unwrap().public_key(), key.public_key());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_stored_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticket-key.pem");
        let first = TicketKey::load_or_generate(&path).unwrap();
        let refused = TicketKey::generate().unwrap().store(&path).unwrap_err();
        assert_eq!(refused.code(), "ticket_key_file_exists");
        assert_eq!(TicketKey::load_or_generate(&path).unwrap().id(), first.id());
    }

    #[test]
    fn a_key_open_to_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticket-key.pem");
        TicketKey::generate().unwrap().store(&path).unwrap();
        for (mode, accepted) in [(0o644, false), (0o660, false), (0o604, false), (0o640, true), (0o400, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match TicketKey::load(&path) {
                Ok(_) => assert!(accepted, "mode {mode:o}"),
                Err(error) => assert!(!accepted && error.code() == "ticket_key_file_open", "mode {mode:o}: {error}"),
            }
        }
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticket-key.pem");
        for content in ["", "rubbish", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"] {
            write_private(&path, content).unwrap();
            let error = TicketKey::load_or_generate(&path).unwrap_err();
            assert_eq!(error.code(), "ticket_key_file_malformed", "{content:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = TicketKey::generate().unwrap().store(Path::new("/nowhere/at/all/key.pem")).unwrap_err();
        assert_eq!(error.code(), "ticket_key_file_unavailable");
        assert!(error.to_string().contains("/nowhere/at/all/key.pem"));
    }
}
